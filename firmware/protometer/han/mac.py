"""The MAC above a radio chip: one frame in the air at a time, and retries.

The radio acknowledges and does CSMA-CA; what it reports as no_ack or channel_busy is tried
again here, with the same sequence number, as IEEE 802.15.4 7.5.6.4.3 has it.
"""

from micropython import const

from ..kernel.ring import Ring
from ..kernel.ticks import ticks_diff
from .frame_error import FrameError
from .ieee802154 import ACK_REQUEST, BEACON, BROADCAST, COMMAND, DATA, MacFrame, check_fcs, encode
from .mac_commands import BEACON_REQUEST, DATA_REQUEST

# What a Radio reports of a transmission.
SENT = const(0)
NO_ACK = const(1)
CHANNEL_BUSY = const(2)

_MOST_RETRIES = const(3)
# A meter speaks to several displays in one breath: a price and the reports for each.
_OUTGOING = const(16)
_INCOMING = const(8)
_PENDING = const(-1)
# Octets of an acknowledgement.
_ACK = const(5)
# A radio that says nothing of a transmission for so long has failed.
_SILENCE_MS = const(5_000)


class Mac:
    """Sends and receives the frames of one network over a Radio.

    wake: called whenever there is something for poll() to do; on_data(source, payload, lqi) gets
    the data frames that arrive. `on_beacon(frame, lqi)` may be set, `commands` by their octet
    (frame), and `on_lost(neighbour)`, whom a frame did not reach, and on_reached. The counters
    `sent`, `retried`, `lost`, `received` and `dropped` count frames.
    """

    def __init__(self, radio, network, wake, on_data):
        self._radio = radio
        self._network = network
        self._wake = wake
        self._on_data = on_data
        self.on_beacon = self.on_lost = self.on_reached = None
        self.commands = {}
        # Who may be in the Sub GHz Bands knows their beacons, and counts its time on the air.
        self.enhanced = self.duty = None
        self._outgoing = Ring(_OUTGOING)
        self._incoming = Ring(_INCOMING)
        self._in_air = None
        self._retries = 0
        self._outcome = SENT
        self._waiting = False
        self._sequence = 0
        self._sent_ms = 0
        self.sent = self.retried = self.lost = self.received = self.dropped = 0
        radio.on_sent = self._note_outcome
        radio.on_frame = self._note_frame
        radio.coordinator = network.is_coordinator
        if not network.is_commissioned and any(page for page, _ in network.channels):
            from . import enhanced_beacon

            self.enhanced = enhanced_beacon
        self.tune()

    def tune(self, place=None):
        """Set the radio up for what the network says; who scans gives the (page, channel)."""
        network = self._network
        self._page, channel = place or (network.page, network.channel)
        self._radio.configure(
            self._page,
            channel,
            network.pan_id,
            network.short_address,
            network.extended_address,
        )

    def send(self, destination, payload):
        """Queue a data frame to a neighbour (16-bit address); FrameError if it is too long."""
        network = self._network
        self.queue(DATA, network.pan_id, destination, network.short_address, payload)

    def send_command(self, pan_id, destination, source, payload, source_pan=None):
        """Queue a MAC command; the addresses as ieee802154.encode has them."""
        self.queue(COMMAND, pan_id, destination, source, payload, source_pan)

    def send_beacon(self, payload):
        """Queue a beacon."""
        network = self._network
        if network.page:
            self.enhanced.send_beacon(self, network, payload)
        else:
            self.queue(BEACON, network.pan_id, None, network.short_address, payload)

    def ask_for_beacons(self, page, lost):
        """Ask all in reach for beacons; lost: the extended PAN id of a network looked for."""
        if page:
            self.enhanced.send_request(self, self._network, lost)
        else:
            self.send_command(BROADCAST, BROADCAST, None, bytes((BEACON_REQUEST,)))

    def set_pending(self, address, pending):
        """Have the radio say to an address (2 or 8 octets) that asks whether something waits."""
        self._radio.set_pending(address, pending)

    def listen(self, on):
        """Switch the idle receiver on or off."""
        self._radio.set_receiver(on)

    def ask_parent(self):
        """Ask the parent for what waits there for us (Data Request)."""
        network = self._network
        own = network.short_address
        source = network.extended_address if own == BROADCAST else own
        request = bytes((DATA_REQUEST,))
        self.send_command(network.pan_id, network.parent, source, request)

    def has_room(self):
        """Tell whether one more frame can be queued."""
        return len(self._outgoing) < _OUTGOING

    def is_sending(self):
        """Tell whether a transmission's outcome is awaited."""
        return self._waiting

    def queue_high_water(self):
        """Return the most frames that ever waited in one of the queues."""
        return max(self._outgoing.high_water, self._incoming.high_water)

    def poll(self, now_ms):
        """Do one piece of work; return whether more waits."""
        if self._waiting:
            if self._outcome == _PENDING and ticks_diff(now_ms, self._sent_ms) >= _SILENCE_MS:
                self._outcome = NO_ACK
            if self._outcome != _PENDING:
                self._conclude()
        if not self._waiting:
            self._transmit_next(now_ms)
        arrived = self._incoming.take()
        if arrived is not None:
            self._receive(*arrived)
        return len(self._incoming) > 0

    def queue(self, kind, pan_id, destination, source, payload, source_pan=None):
        """Queue a frame, as ieee802154.encode has its parts; kind may bring control bits along."""
        self._sequence = (self._sequence + 1) & 0xFF
        fill_fcs = not self._radio.fills_fcs
        psdu = encode(
            kind, self._sequence, pan_id, destination, source, payload, fill_fcs, source_pan
        )
        if not self._outgoing.put((psdu, destination)):
            self.lost += 1
        self._wake()

    def _note_outcome(self, status):
        self._outcome = status
        self._wake()

    def _note_frame(self, psdu, rssi_dbm, lqi):
        if self._incoming.put((psdu, lqi)):
            self._wake()
        else:
            self.dropped += 1

    def _transmit_next(self, now_ms):
        if self._in_air is None:
            self._in_air = self._outgoing.take()
            self._retries = 0
        if self._in_air is not None:
            self._waiting = True
            self._outcome = _PENDING
            self._sent_ms = now_ms
            if self._page and self.duty and not self.duty.allows():
                self._note_outcome(CHANNEL_BUSY)
            else:
                self._radio.send(self._in_air[0])

    def _conclude(self):
        self._waiting = False
        if self._page and self.duty and self._outcome != CHANNEL_BUSY:
            self.duty.note(len(self._in_air[0]))
        arrived = self._outcome == SENT
        if not arrived and self._retries < _MOST_RETRIES:
            self._retries += 1
            self.retried += 1
            return
        neighbour = self._in_air[1]
        self._in_air = None
        if arrived:
            self.sent += 1
            if self.on_reached:
                self.on_reached(neighbour)
            return
        self.lost += 1
        if self.on_lost:
            self.on_lost(neighbour)

    def _receive(self, psdu, lqi):
        try:
            if not self._radio.fills_fcs:
                check_fcs(psdu)
            if self._page and self.duty and psdu[0] & ACK_REQUEST:
                self.duty.note(_ACK)
            decode = self.enhanced.frame_of if self.enhanced else MacFrame
            taken = self._take(decode(psdu), lqi)
        except FrameError:
            taken = False
        if not taken:
            self.dropped += 1

    def _take(self, frame, lqi):
        """Hand a frame to whom it concerns; return whether there is anybody."""
        if frame.kind == BEACON and self.on_beacon:
            self.on_beacon(frame, lqi)
        elif frame.kind == COMMAND and frame.payload and frame.payload[0] in self.commands:
            self.commands[frame.payload[0]](frame)
        elif frame.kind == DATA and self._is_of_the_network(frame):
            # What a lost acknowledgement made arrive twice is refused by its NWK frame counter:
            # before that, a sequence number could be anybody's.
            self.received += 1
            self._on_data(frame.source, frame.payload, lqi)
        else:
            return False
        return True

    def _is_of_the_network(self, frame):
        network = self._network
        if frame.destination_pan != network.pan_id or not isinstance(frame.source, int):
            return False
        return frame.destination in (network.short_address, BROADCAST)
