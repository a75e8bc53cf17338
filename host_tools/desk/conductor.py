"""Owner of virtual time: grants each device process the time up to the next thing that matters.

Times are integer microseconds since 2000-01-01T00:00:00Z; a node sees whole milliseconds,
rounded up. One grant is out at a time, so the same inputs give the same run.
"""

import heapq
import time
from collections.abc import Callable
from operator import attrgetter
from types import TracebackType
from typing import Self

from host_tools.desk.ether import NEVER_US, Ether
from host_tools.desk.process import NodeProcess
from host_tools.desk.station import EtherError
from host_tools.desk.wire import NodeError, Peer, Wire
from host_tools.node import link

Observer = Callable[[int, str, int, bytes], None]  # at_us, node name, kind, payload

_START_TIMEOUT_S = 20.0
_STOP_GRACE_S = 2.0
# What a node has for its radio; the rest is for the observers.
_RADIO_KINDS = (link.FRAME, link.CONFIGURE, link.RECEIVER, link.PENDING)
_ITEMS_BYTES = link.MAX_DATAGRAM_BYTES - link.HEADER_BYTES  # what one GRANT has for items


class _Node:
    """What the conductor keeps of a node; inputs are a heap of (at_us, order, kind, payload)."""

    __slots__ = ("due_us", "index", "inputs", "next_us", "peer")

    def __init__(self, index: int, peer: Peer, start_us: int) -> None:
        self.index = index
        self.peer = peer
        self.inputs: list[tuple[int, int, int, bytes]] = []
        self.next_us = start_us  # its own next deadline
        self.due_us = start_us  # the earlier of that and its first input

    def update_due(self) -> None:
        """Work out due_us anew."""
        self.due_us = self.next_us
        if self.inputs:
            self.due_us = min(self.due_us, _whole_ms_up(self.inputs[0][0]))


_due = attrgetter("due_us")


class Conductor:
    """Runs the nodes against one ether; leaving its `with` block always ends the processes.

    speed None runs as fast as it can; 1.0 follows the wall clock, 60.0 sixty times faster.
    """

    def __init__(
        self,
        ether: Ether,
        start_us: int,
        speed: float | None = None,
        *,
        retry_s: float = 1.0,
        tries: int = 5,
    ) -> None:
        self.now_us = start_us
        self._ether = ether
        self._speed = speed
        self._start_us = start_us
        self._start_wall_s = 0.0
        self._wire = Wire(retry_s, tries)
        self._nodes: list[_Node] = []
        self._by_name: dict[str, _Node] = {}
        self._observers: list[Observer] = []
        self._running = False
        self._seq = 0
        self._order = 0
        ether.deliver = self._deliver

    def add_node(self, name: str, process: NodeProcess) -> None:
        """Add a node before the first run; ties go to the one added first."""
        if self._running or name in self._by_name:
            raise ValueError(f"can't add node {name!r} now")
        node = _Node(self._ether.add_station(name), Peer(name, process), self._start_us)
        self._nodes.append(node)
        self._by_name[name] = node

    def schedule(self, at_us: int, name: str, kind: int, payload: bytes) -> None:
        """Hand a COMMAND, KEY or QUERY to a node at at_us, which may not be past.

        Raises ValueError for an earlier time, KeyError for no such node, LinkError for a
        payload that the link can't carry.
        """
        if at_us < self.now_us:
            raise ValueError(f"{at_us} us is past: it is {self.now_us} us")
        node = self._by_name[name]
        link.encode_grant(0, 0, 0, 0, 0, [(kind, payload)])
        self._deliver(node.index, at_us, kind, payload)

    def observe(self, callback: Observer) -> None:
        """Call callback(at_us, node name, kind, payload) for each PICTURE, TRACE and ANSWER.

        at_us is the time the node had reached: exact for what an input caused, and for what a
        deadline of its own caused if the node ends the grant there, else the grant's end.
        """
        self._observers.append(callback)

    def run(self, until_us: int) -> None:
        """Let everything happen up to and including until_us. Raises NodeError."""
        if not self._running:
            self._start()
        ether = self._ether
        while True:
            node = min(self._nodes, key=_due)
            at_us = min(node.due_us, ether.next_us)
            if at_us > until_us:
                break
            if ether.next_us <= at_us:
                ether.step()
                continue
            self.now_us = at_us
            if self._speed:
                self._wait_for_wall_clock(at_us)
            self._grant(node, at_us, until_us)
        self.now_us = until_us
        if self._speed:
            self._wait_for_wall_clock(until_us)

    def stop(self) -> None:
        """Ask each node for its last items and end it, however the asking goes."""
        grace_s = 0.0
        try:
            for node in self._nodes if self._running else ():
                self._seq += 1
                done = self._wire.ask(node.peer, self._seq, link.encode_stop(self._seq))
                self._observe(node, done[6])
            grace_s = _STOP_GRACE_S
        finally:
            self._end(grace_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.stop()
        else:
            self._end(0.0)

    def _start(self) -> None:
        self._wire.start([node.peer for node in self._nodes], _START_TIMEOUT_S)
        self._running = True
        self._start_wall_s = time.monotonic()

    def _end(self, grace_s: float) -> None:
        self._running = False
        for node in self._nodes:
            node.peer.process.end(grace_s)
        self._wire.close()

    def _wait_for_wall_clock(self, at_us: int) -> None:
        wall_s = self._start_wall_s + (at_us - self._start_us) / 1e6 / self._speed
        time.sleep(max(0.0, wall_s - time.monotonic()))

    def _deliver(self, index: int, at_us: int, kind: int, payload: bytes) -> None:
        self._order += 1
        node = self._nodes[index]
        heapq.heappush(node.inputs, (at_us, self._order, kind, payload))
        node.update_due()

    def _grant(self, node: _Node, at_us: int, end_us: int) -> None:
        """Give node its inputs of at_us and the time in which nothing can reach it."""
        items = self._inputs(node, at_us)
        # An input is a grant of its own, so that what it causes is stamped exactly.
        until_us = at_us if items or self._speed else self._horizon(node, end_us)
        self._seq += 1
        at_s, rest_us = divmod(at_us, 1_000_000)
        until_s, until_rest_us = divmod(until_us, 1_000_000)
        question = link.encode_grant(
            self._seq, at_s, rest_us // 1000, until_s, until_rest_us // 1000, items
        )
        done = self._wire.ask(node.peer, self._seq, question)
        reached_us = done[2] * 1_000_000 + done[3] * 1000
        next_us = NEVER_US if done[4] == link.NEVER_S else done[4] * 1_000_000 + done[5] * 1000
        if not at_us <= reached_us <= until_us:
            raise NodeError(node.peer, f"left its grant: {at_us}, {reached_us}, {until_us} us")
        if next_us <= reached_us:
            raise NodeError(node.peer, f"reports {next_us} us as next at {reached_us} us")
        node.next_us = next_us
        node.update_due()
        if done[6]:
            self.now_us = reached_us
            self._take(node, reached_us, done[6])

    def _inputs(self, node: _Node, at_us: int) -> list[tuple[int, bytes]]:
        """Take what is due by at_us; what one GRANT can't carry is left for another."""
        items: list[tuple[int, bytes]] = []
        room = _ITEMS_BYTES
        while node.inputs and node.inputs[0][0] <= at_us and len(items) < link.MAX_ITEMS:
            room -= link.ITEM_HEADER_BYTES + len(node.inputs[0][3])
            if room < 0:
                break
            items.append(heapq.heappop(node.inputs)[2:])
        return items

    def _horizon(self, node: _Node, end_us: int) -> int:
        """Return the last whole millisecond before anything else can concern node."""
        horizon_us = min(end_us, self._ether.next_us)
        if node.inputs:
            horizon_us = min(horizon_us, _whole_ms_up(node.inputs[0][0]))
        for other in self._nodes:
            if other.due_us < horizon_us and other is not node:
                horizon_us = other.due_us
        return horizon_us - horizon_us % 1000

    def _take(self, node: _Node, at_us: int, items: list[tuple[int, bytes]]) -> None:
        try:
            for kind, payload in items:
                if kind == link.FRAME:
                    self._ether.transmit(node.index, at_us, payload)
                elif kind == link.CONFIGURE:
                    self._ether.configure(node.index, at_us, payload)
                elif kind == link.RECEIVER:
                    self._ether.set_receiver(node.index, at_us, payload[0])
                elif kind == link.PENDING:
                    self._ether.set_pending(node.index, payload)
        except EtherError as error:
            raise NodeError(node.peer, str(error)) from error
        self._observe(node, items)

    def _observe(self, node: _Node, items: list[tuple[int, bytes]]) -> None:
        for kind, payload in items:
            if kind not in _RADIO_KINDS:
                for callback in self._observers:
                    callback(self.now_us, node.peer.name, kind, payload)


def _whole_ms_up(at_us: int) -> int:
    return -(-at_us // 1000) * 1000
