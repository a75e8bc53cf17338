"""Stacks that have joined one network, on an air that may lose and repeat what it is told."""

from host_tools.node.joined_network import LINK_KEY, joined_network
from protometer.han.stack import Stack
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model.dictionary import Data
from tests.han.han_stand import EXTENDED, START_S, LiveStore, Radio

__all__ = ["LINK_KEY"]
HUB, METER, DISPLAY = 0, 1, 2
EUI = {short: bytes.fromhex(text)[::-1] for short, text in EXTENDED.items()}


class Joined:
    """A stack of one role that is on the network since before."""

    def __init__(self, role, short, clock=None, data=None, radio=None, **description):
        self.short = short
        self.data = data or Data(role)
        self.clock = clock or VirtualClock(START_S, lambda: 0)
        self.scheduler = Scheduler(self.clock)
        self.radio = radio or Radio()
        self.counters = []
        self.network, self.data.han_network = joined_network(
            EXTENDED[short], short, EUI[HUB], **description
        )
        store = LiveStore(self.data, self.counters)
        self.stack = Stack(role, self.data, self.radio, self.network, self.scheduler, store)
        for other in EUI:
            if other != short:
                self.network.learn(other, EUI[other])

    def trust(self, *shorts):
        """Have this device share link keys with others too."""
        for short in shorts:
            self.network.devices.keep_key(EUI[short], LINK_KEY, True)


class Ether:
    """Carries frames between joined stacks on one clock.

    `fate(number, psdu)`: how often the numbered data frame between two devices arrives; what
    does not is acknowledged all the same: it was lost further on.
    """

    def __init__(self, *nodes, fate=None):
        self.nodes = nodes
        self.clock = nodes[0].clock
        self.fate = fate or (lambda number, psdu: 1)
        self.heard = []

    def run(self, ms, step_ms=10):
        """Let time pass for all."""
        for _ in range(0, ms, step_ms):
            while self._turn():
                pass
            self.clock.advance(step_ms)
        for node in self.nodes:
            assert [task.last_failure for task in node.scheduler.tasks if task.failures] == []

    def _turn(self):
        busy = False
        for node in self.nodes:
            node.scheduler.run_due()
            while node.radio.sent:
                busy = True
                self._carry(node, node.radio.sent.pop(0))
        return busy

    def _carry(self, sender, psdu):
        destination = psdu[5] | psdu[6] << 8
        is_broadcast = destination == 0xFFFF
        there = [node for node in self.nodes if node.short == destination]
        if is_broadcast:
            there = [node for node in self.nodes if node is not sender]
        times = 1
        if there and not is_broadcast:
            times = self.fate(len(self.heard), psdu)
            self.heard.append(psdu)
        for node in there * times:
            node.radio.on_frame(psdu, -50, 200)
        sender.radio.on_sent(0 if there else 1)
        sender.scheduler.run_due()


def three(**options):
    """A hub, a meter and a display on one network and one clock."""
    clock = VirtualClock(START_S, lambda: 0)
    roles = {HUB: "H", METER: "E", DISPLAY: "I"}
    return [Joined(role, short, clock, **options) for short, role in roles.items()]
