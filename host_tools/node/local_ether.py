"""The air between devices of one process: lossless, a few milliseconds a frame."""

_AIR_MS = 4
_RSSI_DBM = -50
_LQI = 220
_BROADCAST = b"\xff\xff"
_BEACON = 0
_COMMAND = 3
_DATA_REQUEST = 0x04
_SAME_PAN = 0x40
_BOTH_SHORT = 0x88
# Frame control and sequence number.
_LEAST = 3
# Octets of an address by addressing mode.
_SIZES = (0, 0, 2, 8)


class LocalRadio:
    """A Radio on a LocalEther; it hears what is sent to one of its addresses or to all."""

    fills_fcs = False

    def __init__(self, ether):
        self._ether = ether
        self.on_sent = None
        self.on_frame = None
        self.short_address = self.place = None
        self.coordinator = False
        self.ack_pending = False
        self._addresses = ()
        self._receives = True
        self._pending = set()
        ether.radios.append(self)

    def configure(self, page, channel, pan_id, short_address, extended_address):
        """Set the channel and the addresses to listen for; there is no PAN here."""
        self.place = page, channel
        self.short_address = short_address
        short = bytes((short_address & 0xFF, short_address >> 8))
        self._addresses = (short, bytes(extended_address))

    def set_receiver(self, on):
        """Switch the idle receiver; an acknowledgement with `ack_pending` switches it on."""
        self._receives = on

    def set_pending(self, address, pending):
        """Say in acknowledgements of an address's Data Requests whether data waits for it."""
        if pending:
            self._pending.add(bytes(address))
        else:
            self._pending.discard(bytes(address))

    def send(self, psdu):
        """Put a frame on the air."""
        self._ether.carry(self, bytes(psdu))

    def hear(self, psdu, destination, place=None):
        """Hand up a frame to a destination (b"": none named), if it is for us.

        place: the channel page and channel that it is on, None for wherever we are.
        """
        if not self._receives or place not in (None, self.place):
            return False
        if destination:
            mine = destination == _BROADCAST or destination in self._addresses
        else:
            mine = psdu[0] & 7 == _BEACON or self.coordinator or self.short_address == 0
        if mine:
            self.on_frame(psdu, _RSSI_DBM, _LQI)
        return mine

    def holds_for(self, source):
        """Tell whether data is held for an address."""
        return source in self._pending

    def note_sent(self, status, pending):
        """Take the outcome of our frame and what its acknowledgement said."""
        self.ack_pending = pending
        self._receives = self._receives or pending
        self.on_sent(status)


class LocalEther:
    """Carries one frame at a time, each _AIR_MS after the last; `on_frame(psdu)` may watch."""

    def __init__(self, scheduler):
        self.radios = []
        self.on_frame = None
        self._in_air = []
        self._scheduler = scheduler
        self._task = scheduler.add("ether", self._poll, None)

    def carry(self, sender, psdu):
        """Take a frame from a radio, or from outside (sender None)."""
        self._in_air.append((sender, psdu, sender.place if sender else None))
        if len(self._in_air) == 1:
            self._scheduler.wake(self._task)
            self._begun = False

    def _poll(self, now_s, now_ms):
        if not self._begun:
            self._begun = True
            return _AIR_MS
        sender, psdu, place = self._in_air.pop(0)
        if self.on_frame:
            self.on_frame(psdu)
        heard, pending = self._deliver(sender, psdu, place)
        if sender:
            sender.note_sent(0 if heard else 1, pending)
        self._begun = True
        return _AIR_MS if self._in_air else None

    def _deliver(self, sender, psdu, place):
        """Hand a frame to all it is for; return (heard, data is held for its sender)."""
        heard = pending = False
        if len(psdu) < _LEAST:
            return heard, pending
        destination, source, payload = _addresses(psdu)
        is_request = psdu[0] & 7 == _COMMAND and payload[:1] == bytes((_DATA_REQUEST,))
        for radio in self.radios:
            if radio is not sender and radio.hear(psdu, destination, place):
                heard = True
                pending = pending or (is_request and radio.holds_for(source))
        return heard, pending


def _addresses(psdu):
    """Return (destination, source, rest) of a frame; addresses as sent, b"" where absent."""
    # What is no frame at all is heard at a short address, so that a scenario can try it.
    modes = psdu[1] if psdu[0] & 7 <= _COMMAND else _BOTH_SHORT
    destination_size = _SIZES[modes >> 2 & 3]
    source_size = _SIZES[modes >> 6]
    at = _LEAST + 2 if destination_size else _LEAST
    destination = psdu[at : at + destination_size]
    at += destination_size
    if source_size and not (destination_size and psdu[0] & _SAME_PAN):
        at += 2
    return destination, psdu[at : at + source_size], psdu[at + source_size :]
