"""The radio of a device process: the firmware's radio contract over link items.

The chip and the air themselves are modelled on the desk's side of the link.
"""

from host_tools.node import link

SENT = link.STATUS_SENT
NO_ACK = link.STATUS_NO_ACK
CHANNEL_BUSY = link.STATUS_CHANNEL_BUSY


def _ignore(*_):
    """Stand in for a callback that nobody has set yet."""


class EtherRadio:
    """Sends and receives PSDUs through the items of GRANT and DONE.

    The run loop takes `outputs` [(kind, payload)] away with each DONE and stops at the end
    of a millisecond that set `transmitted`; `taken()` does both resets.
    """

    fills_fcs = False  # our own MAC's check sequence goes on the air

    def __init__(self, outputs=None):
        self.outputs = [] if outputs is None else outputs
        self.transmitted = False
        self.coordinator = False  # take frames that name no destination
        self.ack_pending = False  # valid in on_sent: the acknowledgement said that data waits
        self.on_sent = _ignore  # (status): SENT, NO_ACK or CHANNEL_BUSY
        self.on_frame = _ignore  # (psdu, rssi_dbm, lqi)
        self._in_flight = False
        self._parked = False
        self._held = []  # (kind, payload) that came while parked
        self._receiver = link.RECEIVER_ON

    def configure(self, page, channel, pan_id, short_address, extended_address):
        """Tune and set the addresses; extended_address is 8 bytes, little-endian.

        It may be called at any time. pan_id or short_address 0xFFFF: none yet. `coordinator`
        counts as it stands now.
        """
        if self.coordinator != bool(self._receiver & link.RECEIVER_COORDINATOR):
            self._tell_receiver(self._receiver ^ link.RECEIVER_COORDINATOR)
        payload = link.encode_configure(page, channel, pan_id, short_address, extended_address)
        self.outputs.append((link.CONFIGURE, payload))

    def set_receiver(self, on):
        """Switch the idle receiver; off, one is deaf but to acknowledgements.

        An acknowledgement with `ack_pending` switches it on, until it is switched off again.
        """
        self._tell_receiver(self._receiver & link.RECEIVER_COORDINATOR | (1 if on else 0))

    def set_pending(self, address, pending):
        """Say in acknowledgements of an address's Data Requests whether data waits for it.

        address: its 2 or 8 octets, little-endian.
        """
        self.outputs.append((link.PENDING, bytes((1 if pending else 0,)) + bytes(address)))

    def send(self, psdu):
        """Start one transmission of psdu, FCS included; the outcome comes to `on_sent`.

        Raises RuntimeError while an outcome is awaited or while parked, LinkError for an
        impossible length.
        """
        if self._parked:
            raise RuntimeError("radio is parked")
        if self._in_flight:
            raise RuntimeError("radio is sending")
        if not link.MIN_PSDU_BYTES <= len(psdu) <= link.MAX_PSDU_BYTES:
            raise link.LinkError("PSDU of %d bytes" % len(psdu))
        self._in_flight = True
        self.transmitted = True
        self.outputs.append((link.FRAME, bytes(psdu)))

    def deliver(self, kind, payload):
        """Hand in a FRAME or SENT item; returns False for any other kind."""
        if self._parked and kind in (link.FRAME, link.SENT):
            self._held.append((kind, bytes(payload)))
        elif kind == link.FRAME:
            self.on_frame(*link.received_frame(payload))
        elif kind == link.SENT:
            self._in_flight = False
            self.ack_pending = bool(payload[0] & link.ACK_PENDING)
            self.on_sent(payload[0] & ~link.ACK_PENDING)
        else:
            return False
        return True

    def _tell_receiver(self, bits):
        self._receiver = bits
        self.outputs.append((link.RECEIVER, bytes((bits,))))

    def park(self):
        """Have the peer hold what it has for us: the board is about to be deaf."""
        self._parked = True

    def resume(self):
        """Take what the peer held, in its order, and go on."""
        self._parked = False
        while self._held and not self._parked:
            self.deliver(*self._held.pop(0))

    def taken(self):
        """Start over after a DONE: the outputs it carried are gone."""
        self.outputs.clear()
        self.transmitted = False
