"""The APS layer: data between endpoints, what secures it, and the trust centre's commands.

A frame that asks for an acknowledgement gets one, and one that comes twice is taken once.
"""

from micropython import const

from . import aps_frame
from .aps_frame import ApsFrame
from .frame_error import FrameError
from .key_identifiers import LINK_KEY
from .nwk_frame import FIRST_BROADCAST

# Frames that are remembered, so that a copy is told.
_MOST_REMEMBERED = const(8)


class Aps:
    """Sends and receives APS frames.

    nwk_send(destination, octets) takes what goes out; on_data(source, frame, sealed_with) gets
    data frames, opened, with the identifier of the key that sealed them, or None.

    Commissioned networks have no link keys and no commands. A Membership sets what others need:
    `security`, an ApsSecurity; `commands`, functions (payload, sealed_with) by their octet.
    """

    def __init__(self, network, nwk_send, on_data):
        self._network = network
        self._nwk_send = nwk_send
        self._on_data = on_data
        self.security = None
        self.commands = {}
        self._counter = 0
        self._remembered = [None] * _MOST_REMEMBERED
        self._next = 0

    def send(self, destination, endpoints, profile, cluster, payload, sealed=False):
        """Send data from our endpoint to theirs: (ours, theirs).

        sealed: with the link key of the device at the destination.
        """
        to_all = destination >= FIRST_BROADCAST
        header = aps_frame.data_header(endpoints, profile, cluster, self.count(), sealed, to_all)
        octets = header + payload
        if sealed:
            partner = self._network.partner_at(destination)
            if partner is None:
                raise FrameError("APS: nobody known is at 0x%04x" % destination)
            octets = self.security.seal(header, payload, LINK_KEY, partner)
        self._nwk_send(destination, octets)

    def send_octets(self, destination, octets):
        """Send a frame that is complete."""
        self._nwk_send(destination, octets)

    def receive(self, nwk_frame, octets):
        """Take the payload of a NWK frame; FrameError or CcmError where it is not good."""
        frame = ApsFrame(octets)
        sealed_with = None
        if frame.secured:
            # Any device of the network can write another's EUI-64 into its NWK header.
            known = self._network.partner_at(nwk_frame.source)
            sender = known or nwk_frame.source_extended
            if self.security is None:
                raise FrameError("APS: there are no link keys here")
            frame.payload, sealed_with, sealer = self.security.open(frame, sender)
            if sender not in (None, sealer):
                raise FrameError("APS: sealed by another than who sent it")
        if not nwk_frame.secured and sealed_with is None:
            raise FrameError("APS: sealed by no key at all")
        if frame.kind == aps_frame.ACK:
            return
        if frame.wants_ack and not nwk_frame.is_broadcast() and nwk_frame.secured:
            self._nwk_send(nwk_frame.source, frame.ack())
        if self._is_copy(nwk_frame.source, frame):
            return
        if frame.kind == aps_frame.DATA:
            self._on_data(nwk_frame.source, frame, sealed_with)
        else:
            self._command(frame.payload, sealed_with)

    def _command(self, payload, sealed_with):
        handler = self.commands.get(payload[0]) if payload else None
        if handler is None:
            raise FrameError("APS: a command that is not ours")
        handler(payload[1:], sealed_with)

    def _is_copy(self, source, frame):
        told = (source, frame.kind, frame.counter)
        if frame.kind != aps_frame.DATA or not frame.wants_ack:
            return False
        if told in self._remembered:
            return True
        self._remembered[self._next] = told
        self._next = (self._next + 1) % _MOST_REMEMBERED
        return False

    def count(self):
        """Return the counter of the next frame."""
        self._counter = (self._counter + 1) & 0xFF
        return self._counter
