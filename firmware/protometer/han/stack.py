"""One device's HAN: MAC, NWK, APS and ZCL, from radio frame to cluster and back.

    radio -> Mac -> Nwk -> aps -> zcl -> the role's handlers, by cluster and command

A kernel task: each poll() does one piece of work, so that a slice stays short: seals one frame,
handles one opened payload, or opens one received frame.
"""

from micropython import const

from ..kernel.ring import Ring
from . import aps, zcl
from .attributes import AttributeClient, AttributeServer
from .frame_error import FrameError
from .mac import Mac
from .nwk import MOST_PAYLOAD, Nwk

_IDLE = None
_MORE_MS = 0
# A radio that never tells an outcome must not stop the stack.
_SILENCE_MS = const(5_000)
_QUEUE = const(16)


class Stack:
    """Sends and answers ZCL frames for a role ('E', 'I' or 'H').

    scheduler: runs the stack's task; store: commit() makes the dictionary durable and
    durable(name, index) reads what is. `handlers` maps
    (cluster, command, from server) to a function (source, sequence, payload, now_s) for
    cluster commands; `on_answer(source, cluster, now_s)` hears of every answer and report kept;
    `believes(source, cluster)`, where set, says whose answers and reports are kept at all.
    """

    def __init__(self, role, data, radio, network, scheduler, store):
        self.handlers = {}
        self.on_answer = None
        self.believes = None
        self._server = AttributeServer(role, store.durable)
        self._client = AttributeClient(role, data)
        self._scheduler = scheduler
        self._task = scheduler.add("han", self.poll, None, True)
        self.mac = Mac(radio, network, self._wake, self._from_mac)
        self.nwk = Nwk(network, data, store.commit, self.mac.send, self._from_nwk)
        self._unsealed = Ring(_QUEUE)
        self._opened = Ring(_QUEUE)
        self.malformed = 0
        self._aps_counter = 0
        self._sequence = 0
        self._now_s = 0

    def poll(self, now_s, now_ms):
        """Do one piece of work; sleep until woken when there is no more."""
        self._now_s = now_s
        if len(self._unsealed) and self.mac.has_room():
            destination, octets = self._unsealed.take()
            self.nwk.send(destination, octets)
        elif len(self._opened):
            self._handle(*self._opened.take())
        elif not self.mac.poll(now_s) and not len(self._opened):
            return _SILENCE_MS if self.mac.is_sending() else _IDLE
        return _MORE_MS

    def read(self, destination, cluster, identifiers):
        """Ask a device for attributes; they are kept when the answer comes."""
        self._send(destination, cluster, zcl.read_attributes(self._next_sequence(), identifiers))

    def command(self, destination, cluster, command, payload, from_server):
        """Send a cluster command that expects no default response."""
        control = zcl.CLUSTER_SPECIFIC | zcl.NO_DEFAULT_RESPONSE
        if from_server:
            control |= zcl.SERVER_TO_CLIENT
        frame = zcl.frame(control, self._next_sequence(), command, payload)
        self._send(destination, cluster, frame)

    def report(self, destinations, now_s):
        """Send one attribute report, if any is due, to all destinations; return whether it was."""
        due = self._server.due_report(now_s)
        if due is None:
            return False
        cluster, payload = due
        control = zcl.SERVER_TO_CLIENT | zcl.NO_DEFAULT_RESPONSE
        frame = zcl.frame(control, self._next_sequence(), zcl.REPORT_ATTRIBUTES, payload)
        for destination in destinations:
            self._send(destination, cluster, frame)
        return True

    def figures(self):
        """Return the frame counters as a dictionary."""
        mac = self.mac
        return {
            "sent": mac.sent,
            "retried": mac.retried,
            "lost": mac.lost + self._unsealed.discarded,
            "received": mac.received,
            "dropped": mac.dropped + self.nwk.dropped + self._opened.discarded,
            "relayed": self.nwk.relayed,
            "malformed": self.malformed,
            "queue_high_water": max(
                mac.queue_high_water(), self._unsealed.high_water, self._opened.high_water
            ),
        }

    def _wake(self):
        self._scheduler.wake(self._task)

    def _next_sequence(self):
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    def _send(self, destination, cluster, frame):
        self._aps_counter = (self._aps_counter + 1) & 0xFF
        octets = aps.encode(cluster, self._aps_counter, frame)
        if len(octets) > MOST_PAYLOAD:
            raise FrameError("APS: %d octets is too long" % len(octets))
        self._unsealed.put((destination, octets))
        self._wake()

    def _from_mac(self, neighbour, octets):
        self.nwk.receive(neighbour, octets)

    def _from_nwk(self, source, octets):
        self._opened.put((source, octets))

    def _handle(self, source, octets):
        try:
            cluster, payload = aps.decode(octets)
            self._from_aps(source, cluster, payload)
        except FrameError:
            self.malformed += 1

    def _from_aps(self, source, cluster, octets):
        control, sequence, command, payload = zcl.decode(octets)
        if control & zcl.CLUSTER_SPECIFIC:
            self._cluster_command(source, cluster, control, sequence, command, payload)
        elif command == zcl.READ_ATTRIBUTES:
            answer = self._server.answer(cluster, payload, self._now_s)
            answer_control = zcl.SERVER_TO_CLIENT | zcl.NO_DEFAULT_RESPONSE
            frame = zcl.frame(answer_control, sequence, zcl.READ_ATTRIBUTES_RESPONSE, answer)
            self._send(source, cluster, frame)
        elif command in (zcl.READ_ATTRIBUTES_RESPONSE, zcl.REPORT_ATTRIBUTES):
            if self.believes and not self.believes(source, cluster):
                return
            self._client.keep(cluster, command, payload)
            if self.on_answer:
                self.on_answer(source, cluster, self._now_s)
        elif command != zcl.DEFAULT_RESPONSE:
            self._refuse(source, cluster, control, sequence, command)

    def _cluster_command(self, source, cluster, control, sequence, command, payload):
        key = (cluster, command, bool(control & zcl.SERVER_TO_CLIENT))
        handler = self.handlers.get(key)
        if handler:
            handler(source, sequence, payload, self._now_s)
        else:
            self._refuse(source, cluster, control, sequence, command)

    def _refuse(self, source, cluster, control, sequence, command):
        refusal = zcl.default_response(sequence, command, zcl.UNSUP_COMMAND, control)
        self._send(source, cluster, refusal)
