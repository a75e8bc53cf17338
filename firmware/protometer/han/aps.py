"""The APS layer: data between endpoints, what secures it, and the trust centre's commands.

A frame that asks for an acknowledgement gets one, and one that comes twice is taken once. What
is long goes, and comes, in fragments.
"""

from micropython import const

from ..kernel.ticks import ticks_add, ticks_diff
from ..kernel.unload import lend
from . import aps_frame
from .aps_frame import LINK_KEY, ApsFrame
from .frame_error import FrameError
from .nwk import MOST_PAYLOAD
from .nwk_frame import FIRST_BROADCAST

# Frames that are remembered, so that a copy is told, for as long as a sender may repeat one.
_MOST_REMEMBERED = const(16)
_MEMORY_MS = const(8_000)
_NOTHING = (None, 0)
# What sealing adds: auxiliary header and MIC.
_SEAL = const(17)


class Aps:
    """Sends and receives APS frames.

    nwk_send(destination, header, payload, partner) takes what goes out, to be sealed by sealed()
    where a partner is given; on_data(source, frame, sealed_with) gets data frames, opened, with
    the identifier of the key that sealed them, or None. first_number: before the first counter.

    Commissioned networks have no link keys and no commands. A Membership sets what others need:
    `security`, an ApsSecurity; `commands`, functions (payload, sealed_with, sender's EUI-64) by
    their octet; on_command(octet, payload, sealed_with, sender), which takes all others;
    holds_back(profile, cluster), whether data is not to be sent just now. `copies` counts frames
    that came again, `unasked` acknowledgements that nobody waits for.
    """

    def __init__(self, network, nwk_send, on_data, first_number):
        self._network = network
        self._nwk_send = nwk_send
        self._on_data = on_data
        self.security = self.holds_back = self.on_command = None
        self.commands = {}
        # In memory while they are needed.
        self.deliveries = ()
        self._reassembly = None
        self._counter = first_number
        self._now_ms = 0
        # What came, and until when it is remembered.
        self._remembered = [_NOTHING] * _MOST_REMEMBERED
        self._next = 0
        self.copies = self.unasked = 0

    def poll(self, now_ms):
        """Note the time, try again what was not acknowledged; return ms to the next, or None."""
        self._now_ms = now_ms
        return self.deliveries.poll(now_ms) if len(self.deliveries) else None

    def rest(self):
        """Keep nothing that nothing is under way in."""
        if not len(self.deliveries):
            self.deliveries = ()
        for at, (told, until_ms) in enumerate(self._remembered):
            # Before the ticks come round.
            if told and ticks_diff(until_ms, self._now_ms) <= 0:
                self._remembered[at] = _NOTHING
        if self._reassembly:
            self._reassembly.now_ms = self._now_ms
            if self._reassembly.is_idle():
                self._reassembly = None

    def send(self, destination, endpoints, profile, cluster, payload, sealed=False, **how):
        """Send data from our endpoint to theirs: (ours, theirs); FrameError where it can't be.

        sealed: with the link key of the device at the destination. how: wants_ack, to be tried
        again until it is acknowledged; on_outcome(arrived), who hears of that. What is too long
        for a frame wants it in any case.
        """
        if self.holds_back and self.holds_back(profile, cluster):
            if how.get("on_outcome"):
                how["on_outcome"](False)
            return
        partner = self._partner(destination) if sealed else None
        room = MOST_PAYLOAD - aps_frame.DATA_HEADER - (_SEAL if sealed else 0)
        to_all = destination >= FIRST_BROADCAST
        if to_all and len(payload) > room:
            raise FrameError("APS: too long for everybody")
        header = aps_frame.data_header(endpoints, profile, cluster, self.count(), sealed, to_all)
        if how.get("wants_ack") and not to_all or len(payload) > room:
            self._deliver(destination, header, partner, how.get("on_outcome"), payload, room)
        else:
            self._nwk_send(destination, header, payload, partner)

    def _deliver(self, destination, header, partner, on_outcome, payload, room):
        from .aps_delivery import Deliveries, Delivery

        lend("han.aps_delivery")
        self.deliveries = self.deliveries or Deliveries(self._nwk_send)
        delivery = Delivery(destination, header, partner, on_outcome)
        self.deliveries.start(delivery, payload, room)

    def send_octets(self, destination, octets):
        """Send a frame that is complete."""
        self._nwk_send(destination, octets, b"", None)

    def sealed(self, header, payload, partner):
        """Return a frame sealed with the link key of a partner (EUI-64), or as it is for None."""
        if partner is None:
            return header + payload
        return self.security.seal(header, payload, LINK_KEY, partner)

    def open(self, nwk_frame, octets):
        """Return the ApsFrame in a NWK frame; FrameError or CcmError where it is not good."""
        frame = ApsFrame(octets)
        known = self._network.partner_at(nwk_frame.source)
        sender = frame.sender = known or nwk_frame.source_extended
        if frame.secured:
            # Any device of the network can write another's EUI-64 into its NWK header.
            if self.security is None:
                raise FrameError("APS: no link keys here")
            frame.payload, frame.sealed_with, frame.sealer = self.security.open(frame, sender)
            # A parent hands on, unsealed by the NWK, what the trust centre has sealed.
            if nwk_frame.secured and sender not in (None, frame.sealer):
                raise FrameError("APS: sealed by another")
            frame.sender = frame.sealer
            if nwk_frame.secured:
                self._network.learn(nwk_frame.source, frame.sealer, True)
        if not nwk_frame.secured and frame.sealed_with is None:
            raise FrameError("APS: not sealed")
        return frame

    def receive(self, nwk_frame, frame):
        """Take an opened ApsFrame that came in a NWK frame; FrameError where it is not good."""
        source = nwk_frame.source
        if frame.kind == aps_frame.ACK:
            if not (self.deliveries and self.deliveries.acknowledged(source, frame)):
                self.unasked += 1
            return
        may_ack = nwk_frame.secured and not nwk_frame.is_broadcast()
        if frame.fragment:
            frame.payload, arrived = self._reassembled(source, frame)
            if arrived and may_ack:
                self._acknowledge(source, frame, arrived)
            if frame.payload is None:
                return
        else:
            if frame.wants_ack and may_ack:
                self._acknowledge(source, frame)
            if self._is_copy(source, frame):
                self.copies += 1
                return
        if frame.kind == aps_frame.DATA:
            self._on_data(source, frame, frame.sealed_with)
        else:
            self._command(frame.payload, frame.sealed_with, frame.sender)

    def _reassembled(self, source, frame):
        if self._reassembly is None:
            from .aps_reassembly import Reassembly

            self._reassembly = Reassembly()
        lend("han.aps_reassembly")
        self._reassembly.now_ms = self._now_ms
        return self._reassembly.take(source, frame)

    def _acknowledge(self, source, frame, arrived=None):
        partner = frame.sealer if frame.kind == aps_frame.DATA else None
        self._nwk_send(source, frame.ack(arrived), b"", partner)

    def _partner(self, destination):
        partner = self._network.partner_at(destination)
        if partner is None:
            raise FrameError("APS: sent to a stranger")
        return partner

    def _command(self, payload, sealed_with, sender):
        handler = self.commands.get(payload[0]) if payload else None
        if handler:
            handler(payload[1:], sealed_with, sender)
        elif payload and self.on_command:
            self.on_command(payload[0], payload[1:], sealed_with, sender)
        else:
            raise FrameError("APS: not our command")

    def _is_copy(self, source, frame):
        if frame.kind != aps_frame.DATA or not frame.wants_ack:
            return False
        # What is sealed is no copy of what another said in the sender's name.
        told = (source, frame.counter, frame.sealer)
        for remembered, until_ms in self._remembered:
            if remembered == told and ticks_diff(until_ms, self._now_ms) > 0:
                return True
        self._remembered[self._next] = (told, ticks_add(self._now_ms, _MEMORY_MS))
        self._next = (self._next + 1) % _MOST_REMEMBERED
        return False

    def count(self):
        """Return the counter of the next frame."""
        self._counter = (self._counter + 1) & 0xFF
        return self._counter
