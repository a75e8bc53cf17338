"""A whole home on a network of its own: hub, meters, displays and a load switch, in one process.

The devices are assembled as on a board; pins, memories and air are stand-ins. They join by
install code and agree keys by certificates of the desk's test authority.
"""

import functools
import random
from collections.abc import Callable, Iterator
from typing import Any

from host_tools.certificates import TestAuthority
from host_tools.desk.ether import Ether, Tap
from host_tools.desk.in_process import InProcess
from host_tools.node.bench import MAKERS, Device
from host_tools.node.ether_radio import EtherRadio
from host_tools.node.home import EXTENDED_ADDRESSES
from host_tools.node.house import House, seconds_with_pulses
from host_tools.node.own_network import introduce, introductions, own_network
from host_tools.node.ram_memory import RamFiles
from protometer.han.network import Network
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler

# Names of devices as role_letters() takes them; an ESME with an auxiliary load to control.
HUB, METER, GAS, DISPLAY, PPMID, SWITCH = "CH", "ESME:alcs", "GSME", "IHD", "PPMID", "HCALCS"
DEVICES = (METER, GAS, DISPLAY, PPMID, SWITCH)
_SUITE = 2

OnEvent = Callable[[Device, int, int], None]


@functools.cache
def _authority(seed: int) -> TestAuthority:
    return TestAuthority.made(_SUITE, random.Random(f"authority {seed}").randbytes)


@functools.cache
def _certificates(seed: int, role_name: str) -> list[list[int | str]]:
    return _authority(seed).certificates(EXTENDED_ADDRESSES[role_name])


class _World:
    """What happens in the house, on the same clock: a node without a radio."""

    def __init__(self, clock: VirtualClock) -> None:
        self.scheduler = Scheduler(clock)
        self.radio = EtherRadio()


class HomeNetwork:
    """The devices by name, their air and their time.

    seed: of the air's randomness and the keys; loss: by receiver and frame; on_event(device,
    code, at_s) hears of their events. To the Devices of node.bench it is the bench.
    """

    def __init__(
        self,
        start_s: int,
        seed: int = 1,
        loss: float = 0.0,
        tap: Tap | None = None,
        on_event: OnEvent | None = None,
    ) -> None:
        self.clock = VirtualClock(start_s, lambda: 0)
        self.air = Ether(seed, loss=loss, tap=tap)
        self.devices: dict[str, Any] = {}
        self.on_event = on_event or (lambda device, code, at_s: None)
        self._desk = InProcess(self.air, self.clock)
        self._world = _World(self.clock)
        self._seed = seed
        self._desk.switch_on("world", self._world)

    # What a Device wants of its bench.

    make_memory = RamFiles

    def radio_of(self, device: Device) -> EtherRadio:
        """Return a new radio: it forgets all at a power cut."""
        return EtherRadio()

    def network_of(self, device: Device) -> Network:
        """Return the network that a device forms or is to join."""
        return Network(own_network(device.role_name, _certificates(self._seed, device.role_name)))

    def powered_off(self, device: Device) -> None:
        """Take a device off the air."""
        self._desk.switch_off(device.role_name)

    # The home.

    def on(self, name: str) -> Any:
        """Switch a device on, new or as it was; return it."""
        device = self.devices.get(name)
        if device is None:
            device = MAKERS.get(name.partition(":")[0], Device)(name, self)
            self.devices[name] = device
        device.power_on()
        self._desk.switch_on(device.role_name, device)
        return device

    def off(self, name: str) -> None:
        """Cut a device's power."""
        self.devices[name].power_off()

    def is_on(self, name: str) -> bool:
        """Tell whether a device has power."""
        return self.devices[name].scheduler is not None

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self._desk.run(self._desk.now_us + round(seconds * 1_000_000))

    def run_until(self, at_s: int) -> None:
        """Let time pass up to an instant, UTC."""
        self._desk.run(at_s * 1_000_000)

    def failures(self) -> list[tuple[str, Any]]:
        """Return what tasks failed with; they are taken up again, and nothing else shows it."""
        return [
            (name, task.last_failure)
            for name, device in self.devices.items()
            if device.scheduler
            for task in device.scheduler.tasks
            if task.failures
        ]

    def stack(self, name: str) -> Any:
        """Return a device's Stack."""
        role = self.devices[name].role
        return role.stack if hasattr(role, "stack") else role.han.stack

    def is_ready(self, name: str) -> bool:
        """Tell whether a device is on the network and has a link key with the hub."""
        if not self.is_on(name):
            return False
        network = self.stack(name).network
        return bool(network.is_joined and network.has_confirmed_key)

    def set_up(self) -> None:
        """Have all devices know of each other, as their owners' Commands would, and let them in.

        The hub is on; each device joins within minutes.
        """
        self.on(HUB)
        self.run(3)
        self.devices[HUB].role.permit(0xFF)
        for name in DEVICES:
            self.on(name)
        for name in (METER, SWITCH):
            device = self.devices[name]
            commands = introductions(device.role_name, True)
            introduce(device.role, commands, self.clock.utc_s())

    def live_in(self, rows: Iterator[tuple[int, int]]) -> House:
        """Have the household use energy: rows of (start, Wh) of half-hours."""
        meter = self.devices[METER]
        house = House(seconds_with_pulses(rows), meter.pulse_pin, self.clock, meter.served)
        self.add_task("house", house)
        return house

    def add_task(self, name: str, task: Any) -> None:
        """Have something happen in the house: task.poll is one of a scheduler's."""
        self._world.scheduler.add(name, task.poll)
        self._desk.switch_on("world", self._world)
