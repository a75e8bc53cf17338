"""The MAC above a radio chip: one frame in the air at a time, and retries.

The radio acknowledges and does CSMA-CA; what it reports as no_ack or channel_busy is tried
again here, with the same sequence number, as IEEE 802.15.4 7.5.6.4.3 has it.
"""

from micropython import const

from ..kernel.ring import Ring
from .frame_error import FrameError
from .ieee802154 import check_fcs, decode_data, encode_data

# What a Radio reports of a transmission.
SENT = const(0)
NO_ACK = const(1)
CHANNEL_BUSY = const(2)

_MOST_RETRIES = const(3)
# A meter speaks to several displays in one breath: a price and the reports for each.
_OUTGOING = const(16)
_INCOMING = const(8)
_PENDING = const(-1)
# A radio that says nothing of a transmission for so long has failed.
_SILENCE_S = const(5)


class Mac:
    """Sends and receives data frames of one network over a Radio.

    wake: called whenever there is something for poll() to do; on_data(source, payload) gets what
    arrives. The counters `sent`, `retried`, `lost`, `received` and `dropped` count frames.
    """

    def __init__(self, radio, network, wake, on_data):
        self._radio = radio
        self._network = network
        self._wake = wake
        self._on_data = on_data
        self._outgoing = Ring(_OUTGOING)
        self._incoming = Ring(_INCOMING)
        self._in_air = None
        self._retries = 0
        self._outcome = SENT
        self._waiting = False
        self._sequence = 0
        self._sent_s = 0
        self.sent = self.retried = self.lost = self.received = self.dropped = 0
        radio.on_sent = self._note_outcome
        radio.on_frame = self._note_frame
        radio.configure(
            0, network.channel, network.pan_id, network.short_address, network.extended_address
        )

    def send(self, destination, payload):
        """Queue a frame to a neighbour (16-bit address); FrameError if it is too long."""
        self._sequence = (self._sequence + 1) & 0xFF
        psdu = encode_data(
            self._sequence,
            self._network.pan_id,
            destination,
            self._network.short_address,
            payload,
            not self._radio.fills_fcs,
        )
        if not self._outgoing.put(psdu):
            self.lost += 1
        self._wake()

    def has_room(self):
        """Tell whether one more frame can be queued."""
        return len(self._outgoing) < _OUTGOING

    def is_sending(self):
        """Tell whether a transmission's outcome is awaited."""
        return self._waiting

    def queue_high_water(self):
        """Return the most frames that ever waited in one of the queues."""
        return max(self._outgoing.high_water, self._incoming.high_water)

    def poll(self, now_s):
        """Do one piece of work; return whether more waits."""
        if self._waiting:
            if self._outcome == _PENDING and not 0 <= now_s - self._sent_s < _SILENCE_S:
                self._outcome = NO_ACK
            if self._outcome != _PENDING:
                self._conclude()
        if not self._waiting:
            self._transmit_next(now_s)
        psdu = self._incoming.take()
        if psdu is not None:
            self._receive(psdu)
        return len(self._incoming) > 0

    def _note_outcome(self, status):
        self._outcome = status
        self._wake()

    def _note_frame(self, psdu, rssi_dbm, lqi):
        if self._incoming.put(psdu):
            self._wake()
        else:
            self.dropped += 1

    def _transmit_next(self, now_s):
        if self._in_air is None:
            self._in_air = self._outgoing.take()
            self._retries = 0
        if self._in_air is not None:
            self._waiting = True
            self._outcome = _PENDING
            self._sent_s = now_s
            self._radio.send(self._in_air)

    def _conclude(self):
        self._waiting = False
        if self._outcome == SENT:
            self.sent += 1
        elif self._retries < _MOST_RETRIES:
            self._retries += 1
            self.retried += 1
            return
        else:
            self.lost += 1
        self._in_air = None

    def _receive(self, psdu):
        try:
            if not self._radio.fills_fcs:
                check_fcs(psdu)
            _, pan_id, _, source, payload = decode_data(psdu)
        except FrameError:
            self.dropped += 1
            return
        if pan_id != self._network.pan_id:
            self.dropped += 1
            return
        # What a lost acknowledgement made arrive twice is refused by its NWK frame counter: before
        # that, a sequence number could be anybody's.
        self.received += 1
        self._on_data(source, payload)
