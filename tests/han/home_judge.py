"""Holds a home on a network of its own to what its meters have counted.

What a display shows of both meters, and the hub mirrors of the gas meter, must be what the meter
had made durable not long ago: less was lost on the way, more was counted twice.
"""

from collections import deque

from host_tools.desk.home_network import DEVICES, DISPLAY, GAS, HUB, METER, HomeNetwork
from host_tools.node.bench import Burner

# How old, in s, what is shown may be: energy is asked for each minute, and a question or its
# answer may be lost; the gas meter speaks each half-hour, and may be away when that ends.
FRESH_S = 200
FRESH_GAS_S = 2 * 1_800 + 300
# A display looks into the mirror each ten minutes, and again where an answer was lost.
FRESH_SHOWN_GAS_S = FRESH_GAS_S + 600 + 300
STEP_S = 10
_METERING = 0x0702
_IDENTIFY, _IDENTIFY_QUERY = 0x0003, 0x01
_KEPT = 2 * FRESH_GAS_S // STEP_S


class Judge:
    """Runs a home in steps and looks at it; `faults` lists what was wrong, `looks` counts.

    awaited: who was still to come back when that was last waited for.
    """

    def __init__(self, home: HomeNetwork) -> None:
        self.home = home
        self.faults: list[str] = []
        self.looks = 0
        self.awaited: set[str] = set()
        self._energy: deque[tuple[int, int]] = deque(maxlen=_KEPT)
        self._volume: deque[tuple[int, int]] = deque(maxlen=_KEPT)
        self._excused_until_s = self._gas_excused_until_s = home.clock.utc_s() + FRESH_GAS_S

    def excuse(self, seconds: int, gas_seconds: int | None = None) -> None:
        """Let what is shown be older for so long from now on: somebody is off."""
        now_s = self.home.clock.utc_s()
        gas_s = seconds if gas_seconds is None else gas_seconds
        self._excused_until_s = max(self._excused_until_s, now_s + seconds)
        self._gas_excused_until_s = max(self._gas_excused_until_s, now_s + gas_s + FRESH_GAS_S)

    def run(self, seconds: int) -> None:
        """Let time pass, and look at all that is shown meanwhile."""
        for _ in range(0, seconds, STEP_S):
            self.home.run(STEP_S)
            self._look()

    def burn(self, volume_ml: int, for_s: int) -> None:
        """Have the household burn gas, evenly."""
        meter = self.home.devices[GAS]
        is_on = lambda: meter.role is not None  # noqa: E731
        burner = Burner(meter.gas, volume_ml, for_s, self.home.clock, is_on)
        self.home.add_task("burner", burner)

    def seconds_until_all_ready(self, most_s: int) -> int | None:
        """Run until all that are on have keys and answer the hub; the seconds, None if never."""
        awaited = self.awaited = {name for name in DEVICES if self.home.is_on(name)}
        for passed in range(0, most_s, STEP_S):
            if not awaited:
                return passed
            for name in sorted(name for name in awaited if self.home.is_ready(name)):
                if name == GAS:
                    # It sleeps: what it says is judged by the mirror.
                    awaited.discard(name)
                else:
                    self._ask(name, awaited)
            self.run(STEP_S)
        return None

    def _ask(self, name: str, awaited: set[str]) -> None:
        """Have the hub ask a device for its Identify Time; who acknowledges is awaited no more."""

        def told(arrived: bool) -> None:
            if arrived:
                awaited.discard(name)

        address = self.home.stack(name).network.short_address
        hub = self.home.stack(HUB)
        hub.command(address, _IDENTIFY, _IDENTIFY_QUERY, b"", False, on_outcome=told)

    def _look(self) -> None:
        home = self.home
        now_s = home.clock.utc_s()
        self.looks += 1
        self.faults += [f"{name}: {failure!r}" for name, failure in home.failures()]
        if home.is_on(METER):
            energy_wh = home.devices[METER].role.durable("weeks_energy_wh", 0)
            self._energy.append((now_s, energy_wh))
        if home.is_on(GAS):
            volume_l = home.devices[GAS].role.durable("consumption_register", 0)
            self._volume.append((now_s, volume_l))
        if home.is_on(DISPLAY) and now_s >= self._excused_until_s:
            data = home.devices[DISPLAY].role.data
            if not data.link_ok:
                self.faults.append(f"{now_s}: display: no link")
            self._check(now_s, "display", data.energy_this_week_wh, self._energy, FRESH_S)
        if home.is_on(HUB) and now_s >= self._gas_excused_until_s:
            mirrored_l = home.devices[HUB].role.gas.mirror.value(_METERING, 0)
            self._check(now_s, "mirror", mirrored_l, self._volume, FRESH_GAS_S)
            if home.is_on(DISPLAY) and home.devices[DISPLAY].role.watch.gas.data.told_s:
                shown_l = home.devices[DISPLAY].role.watch.gas.data.gas_volume_l
                self._check(now_s, "display", shown_l, self._volume, FRESH_SHOWN_GAS_S)

    def _check(
        self,
        now_s: int,
        who: str,
        shown: int | None,
        counted: deque[tuple[int, int]],
        fresh_s: int,
    ) -> None:
        recent = [value for at_s, value in counted if now_s - at_s <= fresh_s]
        begins_week = bool(recent) and recent[-1] < recent[0]
        lowest = 0 if begins_week else min(recent, default=0)
        if shown is None or not lowest <= shown <= max(recent, default=0):
            told = f"{who} shows {shown}, counted {recent[:1]}..{recent[-1:]}"
            self.faults.append(f"{now_s}: {told}")
