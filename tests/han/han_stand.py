"""Radios and a tiny network for the HAN's tests: hub 0000, meter 0001, display 0002."""

from protometer.han.network import Network
from protometer.han.stack import Stack
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model.dictionary import Data
from protometer.model.register import RegisterBank

START_S = 757_386_000
KEY = bytes(range(16))
EXTENDED = {0: "00db1234567890a1", 1: "00db1234567890a0", 2: "00db1234567890a2"}


def description(short=1, routes=None):
    return {
        "short_address": f"{short:04x}",
        "extended_address": EXTENDED[short],
        "pan_id": "1a62",
        "channel": 20,
        "network_key": KEY.hex(),
        "key_sequence": 0,
        "devices": {f"{number:04x}": text for number, text in EXTENDED.items()},
        "routes": routes or {},
    }


def network(short=1, routes=None):
    return Network(description(short, routes))


class Radio:
    """A radio contract that keeps what it is told to send; the test says what became of it."""

    def __init__(self, fills_fcs=False):
        self.fills_fcs = fills_fcs
        self.sent = []
        self.configured = None
        self.listens = True

    def configure(self, *arguments):
        self.configured = arguments

    def send(self, psdu):
        self.sent.append(bytes(psdu))

    def set_receiver(self, on):
        self.listens = on

    def set_pending(self, address, pending):
        self.held_for = address if pending else None


def live(data):
    """Return a reader of items for an AttributeServer: the values of the moment."""

    def read(name, index=-1):
        value = getattr(data, name)
        if isinstance(value, RegisterBank):
            return value.wh(max(index, 0))
        return value if index < 0 else value[index]

    return read


class LiveStore:
    """A Store's face for a Stack, without a memory; notes the frame counter at each commit."""

    def __init__(self, data, counters):
        self._data = data
        self._counters = counters
        self.durable = live(data)

    def commit(self):
        self._counters.append(self._data.nwk_frame_counter)
        return True


class Node:
    """A stack of one role on a clock of its own."""

    def __init__(self, role, short, data=None, routes=None):
        self.short = short
        self.data = data or Data(role)
        self.clock = VirtualClock(START_S, lambda: 0)
        self.scheduler = Scheduler(self.clock)
        self.radio = Radio()
        self.persisted = []
        self.stack = Stack(
            role,
            self.data,
            self.radio,
            network(short, routes),
            self.scheduler,
            LiveStore(self.data, self.persisted),
        )


class Air:
    """Carries every frame at once to the node it is addressed to; `heard` keeps them."""

    def __init__(self, *nodes):
        self.nodes = nodes
        self.heard = []

    def settle(self):
        """Run everybody until nobody has anything to say."""
        busy = True
        while busy:
            busy = False
            for node in self.nodes:
                node.scheduler.run_due()
                while node.radio.sent:
                    busy = True
                    self._carry(node, node.radio.sent.pop(0))

    def _carry(self, sender, psdu):
        self.heard.append(psdu)
        destination = psdu[5] | psdu[6] << 8
        there = [node for node in self.nodes if node.short == destination]
        for node in there:
            node.radio.on_frame(psdu, -50, 200)
        sender.radio.on_sent(0 if there else 1)
        sender.scheduler.run_due()
