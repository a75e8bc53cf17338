"""Devices of one process on the desk's air, in virtual time: what a Conductor is to processes.

For networks of many devices over many days, which processes would take too long for.
"""

from typing import Any, Protocol

from host_tools.desk.ether import Ether
from host_tools.node import link
from host_tools.node.ether_radio import EtherRadio


class Node(Protocol):
    """A device that is on: its scheduler, and its radio."""

    scheduler: Any
    radio: EtherRadio


class InProcess:
    """Runs nodes against one ether; a node may be switched off, and another on in its place.

    clock: a VirtualClock, which the nodes' clocks show the time of. Times are microseconds since
    2000-01-01T00:00:00Z.
    """

    def __init__(self, ether: Ether, clock: Any) -> None:
        self.now_us = clock.utc_s() * 1_000_000
        self.clock = clock
        self._ether = ether
        self._nodes: dict[int, Node] = {}
        self._due_us: dict[int, int] = {}
        self._stations: dict[str, int] = {}
        ether.deliver = self._deliver
        self._arrived: list[tuple[int, int, bytes]] = []

    def switch_on(self, name: str, node: Node) -> None:
        """Have a node take part."""
        if name not in self._stations:
            # A new one each time: what the last one sent is still on the air.
            self._stations[name] = self._ether.add_station(name)
        index = self._stations[name]
        self._nodes[index] = node
        self._take(index)
        self._due_us[index] = self.now_us

    def switch_off(self, name: str) -> None:
        """Have a node be deaf and dumb from now on."""
        index = self._stations.pop(name)
        del self._nodes[index], self._due_us[index]
        self._ether.switch_off(index)

    def run(self, until_us: int) -> None:
        """Let everything happen up to a time."""
        while True:
            index = min(self._due_us, key=self._due_us.__getitem__, default=None)
            due_us = until_us + 1 if index is None else self._due_us[index]
            if self._ether.next_us <= min(due_us, until_us):
                self.now_us = max(self.now_us, self._ether.next_us)
                self._ether.step()
                self._hand_out()
            elif index is not None and due_us <= until_us:
                self.now_us = max(self.now_us, due_us)
                self._step(index)
            else:
                break
        self.now_us = max(self.now_us, until_us)
        self._catch_up()

    def _deliver(self, index: int, at_us: int, kind: int, payload: bytes) -> None:
        self._arrived.append((index, kind, payload))

    def _hand_out(self) -> None:
        arrived, self._arrived = self._arrived, []
        for index, kind, payload in arrived:
            node = self._nodes.get(index)
            if node is not None:
                self._catch_up()
                node.radio.deliver(kind, payload)
                self._step(index)

    def _catch_up(self) -> None:
        """Bring the clock to our time, in whole milliseconds."""
        clock = self.clock
        behind_ms = self.now_us // 1000 - (clock.utc_s() * 1000 + clock.ms_of_second())
        if behind_ms > 0:
            clock.advance(behind_ms)

    def _step(self, index: int) -> None:
        self._catch_up()
        node = self._nodes[index]
        wait_ms = node.scheduler.run_due()
        self._take(index)
        wait_us = 3_600_000_000 if wait_ms is None else max(wait_ms, 1) * 1000
        self._due_us[index] = self.now_us - self.now_us % 1000 + wait_us

    def _take(self, index: int) -> None:
        """Carry out what a node told its radio."""
        radio = self._nodes[index].radio
        ether = self._ether
        for kind, payload in list(radio.outputs):
            if kind == link.FRAME:
                ether.transmit(index, self.now_us, payload)
            elif kind == link.CONFIGURE:
                ether.configure(index, self.now_us, payload)
            elif kind == link.RECEIVER:
                ether.set_receiver(index, self.now_us, payload[0])
            elif kind == link.PENDING:
                ether.set_pending(index, payload)
        radio.taken()
