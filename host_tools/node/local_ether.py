"""The air between devices of one process: lossless, a few milliseconds a frame."""

_AIR_MS = 4
_RSSI_DBM = -50
_LQI = 220


class LocalRadio:
    """A Radio on a LocalEther; it hears what is sent to its short address or to all."""

    fills_fcs = False

    def __init__(self, ether):
        self._ether = ether
        self.on_sent = None
        self.on_frame = None
        self.short_address = None
        ether.radios.append(self)

    def configure(self, page, channel, pan_id, short_address, extended_address):
        """Set the address to listen for."""
        self.short_address = short_address

    def send(self, psdu):
        """Put a frame on the air."""
        self._ether.carry(self, bytes(psdu))


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
        self._in_air.append((sender, psdu))
        if len(self._in_air) == 1:
            self._scheduler.wake(self._task)
            self._begun = False

    def _poll(self, now_s, now_ms):
        if not self._begun:
            self._begun = True
            return _AIR_MS
        sender, psdu = self._in_air.pop(0)
        if self.on_frame:
            self.on_frame(psdu)
        heard = self._deliver(sender, psdu)
        if sender:
            sender.on_sent(0 if heard else 1)
        self._begun = True
        return _AIR_MS if self._in_air else None

    def _deliver(self, sender, psdu):
        heard = False
        destination = psdu[5] | psdu[6] << 8 if len(psdu) > 6 else -1
        for radio in self.radios:
            if radio is not sender and destination in (radio.short_address, 0xFFFF):
                radio.on_frame(psdu, _RSSI_DBM, _LQI)
                heard = True
        return heard
