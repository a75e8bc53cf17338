"""A whole network of our own stacks on the desk's air, in one process."""

import random

from host_tools.desk.ether import Ether
from host_tools.desk.in_process import InProcess
from host_tools.node.device_clock import DeviceClock
from host_tools.node.ether_radio import EtherRadio
from protometer.han.network import Network
from protometer.han.stack import Stack
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model.dictionary import Data
from tests.han.han_stand import START_S, LiveStore
from tests.han.key_establishment_stand import authority

HUB, METER, GAS, DISPLAY = (f"00db1234567890a{digit}" for digit in "1032")
# 05-3474 annex C.6.1's install code and its check: every device's here.
INSTALL_CODE = "83fed3407a939723a5c639b26916d505c3b5"
ROLES = {HUB: "H", METER: "E", GAS: "G", DISPLAY: "I"}
HOW = {GAS: {"sleepy": True}, DISPLAY: {"end_device": True}}


def certificates(extended, suites=(2,)):
    held = []
    for suite in suites:
        seeded = random.Random(f"{extended} {suite}").randbytes
        issued = authority(suite).issue(bytes.fromhex(extended), seeded)
        octets = issued.certificate, issued.private_key, issued.authority
        held.append([suite, *(part.hex() for part in octets)])
    return held


class Node:
    """A device that is on."""

    def __init__(self, extended, data, clock, **described):
        role = ROLES[extended]
        self.data = data
        self.clock = DeviceClock(clock)
        self.scheduler = Scheduler(self.clock)
        self.radio = EtherRadio()
        description = {"extended_address": extended, **described}
        self.network = Network(description)
        self.counters = []
        store = LiveStore(data, self.counters)
        self.stack = Stack(role, data, self.radio, self.network, self.scheduler, store)
        self.membership = self.stack.membership


class Home:
    """The air, and the devices; on(device) and off(device) as by their mains."""

    def __init__(
        self,
        seed=1,
        loss=0.0,
        admitted=(METER, GAS, DISPLAY),
        tap=None,
        policy="default",
        channels=(11, 15, 20),
        ticks_ms=0,
    ):
        self.ether = Ether(seed, loss=loss, tap=tap)
        clock = VirtualClock(START_S - ticks_ms // 1000, lambda: 0)
        # As chips that have run for so long.
        clock.advance(ticks_ms)
        self.desk = InProcess(self.ether, clock)
        self.nodes = {}
        self._data = {}
        self._policy = policy
        self._channels = channels
        self._admits = [[extended, INSTALL_CODE] for extended in admitted]

    def on(self, extended, **described):
        how = {"policy": self._policy, "channels": self._channels, **HOW.get(extended, {})}
        if self._policy == "default":
            how["certificates"] = certificates(extended)
        if extended == HUB:
            how["admits"] = self._admits
        else:
            how["install_code"] = INSTALL_CODE
        data = self._data.setdefault(extended, Data(ROLES[extended]))
        node = Node(extended, data, self.desk.clock, **{**how, **described})
        self.nodes[extended] = node
        self.desk.switch_on(extended, node)
        return node

    def off(self, extended):
        """Cut the power; what is kept is kept."""
        self.desk.switch_off(extended)
        del self.nodes[extended]
        shipped = Data(ROLES[extended])
        for name in ("han_network", "han_devices", "han_bindings"):
            setattr(shipped, name, getattr(self._data[extended], name))
        for name in ("nwk_frame_counter", "aps_frame_counter"):
            setattr(shipped, name, getattr(self._data[extended], name))
        self._data[extended] = shipped

    def run(self, seconds):
        self.desk.run(self.desk.now_us + round(seconds * 1_000_000))
        for node in self.nodes.values():
            # A task that fails is taken up again, and would hide what went wrong.
            failed = [task.last_failure for task in node.scheduler.tasks if task.failures]
            assert failed == []

    def until(self, condition, seconds):
        """Run until something is so; return after how many seconds, AssertionError if never."""
        for passed in range(seconds):
            if condition():
                return passed
            self.run(1)
        raise AssertionError(f"not in {seconds} s")

    def opened(self, duration_s=255):
        """Let devices in."""
        self.until(lambda: self.nodes[HUB].network.is_joined, 10)
        self.nodes[HUB].membership.parent.permit(duration_s)
