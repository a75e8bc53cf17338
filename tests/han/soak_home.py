"""A week of a home on a network of its own, on a lossy air, with restarts: `make soak-han`.

    python -m tests.han.soak_home [SEED] [DAYS]

Hub, both meters, display, prepayment interface and load switch form their network, join by install
code and agree keys; a week at 2 % loss, in which a device at a time is switched off and on again
fifty times, and the hub for two hours; then an hour at 20 %.
"""

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from host_tools.desk.capture import Capture
from host_tools.desk.ether import Tap
from host_tools.desk.home_network import DEVICES, HUB, METER, HomeNetwork
from host_tools.node.frame_counts import frame_counts
from host_tools.node.house import half_hours
from protometer.han.devices import CONFIRMED
from tests.han.home_judge import Judge
from tests.interop import referee

START_S = 378_691_200  # 2012-01-01T00:00:00Z
HOUSEHOLD = "host_tools/data/household_2012.csv"
LOSS, HEAVY_LOSS = 0.02, 0.2
RESTARTS = 50
OUTAGE_S = 2 * 3_600
_DAY_S = 86_400
_HALF_HOUR_S = 1_800
# A second's gas: some 3 cubic metres a day.
_BURNED_ML = 35
# From power on to an answer at most, and to what the display shows being right.
BACK_WITHIN_S = 300
SHOWN_WITHIN_S = 400
# A commit of 10 Wh at most, and a second, may be lost in a power cut.
LOSS_BOUND_WH = 11


def restarts(chance: random.Random, seconds: int, count: int) -> Iterator[tuple[int, str, int]]:
    """Yield (second of the run, device, seconds off), in order."""
    at_s = sorted(chance.sample(range(3_600, seconds, 60), count))
    for second in at_s:
        yield second, chance.choice((HUB, *DEVICES)), chance.choice((2, 10, 60, 300, 900))


class Captures:
    """A capture of the air for each day, in a folder: write() is an Ether's tap."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._day = -1
        self._capture: Capture | None = None
        self.paths: list[Path] = []

    def write(self, at_us: int, psdu: bytes) -> None:
        """Keep a frame."""
        day = at_us // 1_000_000 // _DAY_S
        if day != self._day:
            self.close()
            self._day = day
            self.paths.append(self._folder / f"day{len(self.paths)}.pcapng")
            self._capture = Capture(self.paths[-1])
        self._capture.write(at_us, psdu)

    def close(self) -> None:
        """End the last of them."""
        if self._capture:
            self._capture.close()


class Soak:
    """One run; faults() must be empty at its end.

    seconds at LOSS, with so many restarts and, if it is longer than a day, the hub's outage;
    heavy_s at HEAVY_LOSS; say(text) tells of it.
    """

    def __init__(
        self,
        seed: int,
        seconds: int,
        count: int,
        heavy_s: int = 3_600,
        tap: Tap | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self._seconds, self._count, self._heavy_s, self._say = seconds, count, heavy_s, say
        self._chance = random.Random(seed)
        self.home = HomeNetwork(START_S, seed, LOSS, tap)
        self.judge = Judge(self.home)
        self.slowest_s = 0
        self.cuts_of_meter = 0
        self.house = None

    def run(self) -> None:
        """Play it all."""
        home, judge = self.home, self.judge
        home.set_up()
        self._await_all("joining")
        begin_s = home.clock.utc_s()
        end_s = START_S + self._seconds
        self.house = home.live_in(half_hours(HOUSEHOLD, START_S + _HALF_HOUR_S, end_s + 7_200))
        judge.burn(self._seconds * _BURNED_ML, self._seconds)
        planned = [*restarts(self._chance, self._seconds, self._count)]
        if self._seconds > _DAY_S:
            planned.append((self._seconds // 2, HUB, OUTAGE_S))
        for second, name, off_s in sorted(planned):
            self._run_until(START_S + second)
            self._restart(name, off_s)
        self._run_until(end_s)
        self._say(f"{(home.clock.utc_s() - begin_s) / _DAY_S:.1f} days at {LOSS:.0%} loss")
        self._heavy()

    def keys(self) -> dict[str, bytes]:
        """Return all keys that something was sealed with: {name: octets}."""
        hub = self.home.stack(HUB).network
        keys = {"network": hub.key_of(hub.key_sequence), "code": hub.admits[0][1]}
        for name in (HUB, *DEVICES):
            devices = self.home.stack(name).network.devices
            for index, (extended, _) in enumerate(devices.having(CONFIRMED)):
                keys[f"{name.partition(':')[0]}{index}"] = devices.key_of(extended)
        return keys

    def faults(self) -> list[str]:
        """Return what was wrong, energy that went missing included."""
        found = list(self.judge.faults)
        meter = self.home.devices[METER].role
        metered_wh = meter.data.active_import_register.wh(0)
        lost_wh = self.house.pulses - metered_wh
        if not 0 <= lost_wh <= LOSS_BOUND_WH * self.cuts_of_meter:
            found.append(f"{self.house.pulses} pulses, {metered_wh} Wh, {self.cuts_of_meter} cuts")
        return found

    def _heavy(self) -> None:
        home, judge = self.home, self.judge
        home.air.loss = HEAVY_LOSS
        # Three questions in a row may be lost now.
        judge.excuse(600)
        judge.run(self._heavy_s)
        home.air.loss = LOSS
        self._await_all(f"{self._heavy_s} s at {HEAVY_LOSS:.0%} loss")
        judge.run(600)

    def _run_until(self, at_s: int) -> None:
        left_s = at_s - self.home.clock.utc_s()
        if left_s > 0:
            self.judge.run(left_s)

    def _restart(self, name: str, off_s: int) -> None:
        home, judge = self.home, self.judge
        judge.excuse(off_s + SHOWN_WITHIN_S)
        home.off(name)
        self.cuts_of_meter += name == METER
        judge.run(off_s)
        home.on(name)
        self._await_all(f"{name} off for {off_s} s")

    def _await_all(self, what: str) -> None:
        seconds = self.judge.seconds_until_all_ready(BACK_WITHIN_S)
        if seconds is None:
            away = ", ".join(self._state(name) for name in sorted(self.judge.awaited))
            self.judge.faults.append(f"{what}: not back: {away}")
            self._say(f"{what}: NOT BACK: {away}")
            return
        self.slowest_s = max(self.slowest_s, seconds)
        self._say(f"{what}: all on the network after {seconds} s")

    def _state(self, name: str) -> str:
        network = self.home.stack(name).network
        joined = "joined" if network.is_joined else "not joined"
        return f"{name} ({joined}, key {'' if network.has_confirmed_key else 'not '}confirmed)"


def main(arguments: list[str]) -> int:
    """Run it; return 0 if nothing was wrong."""
    seed = int(arguments[0]) if arguments else 1
    days = int(arguments[1]) if len(arguments) > 1 else 7
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        captures = Captures(Path(folder))
        soak = Soak(seed, days * _DAY_S, RESTARTS * days // 7, tap=captures.write)
        soak.run()
        captures.close()
        faults = soak.faults()
        if shutil.which("tshark"):
            judged = [referee.judged(path, soak.keys()) for path in captures.paths]
            found = [fault for _, faulty in judged for fault in faulty]
            print(
                f"{sum(count for count, _ in judged)} frames, tshark faults {len(found)} of them"
            )
            faults += found
    for name in (HUB, *DEVICES):
        print(name, frame_counts(soak.home.stack(name)))
    print(
        f"{soak.judge.looks} looks, slowest {soak.slowest_s} s, {time.monotonic() - began:.0f} s"
    )
    print(f"{len(faults)} faults", *faults[:20], sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
