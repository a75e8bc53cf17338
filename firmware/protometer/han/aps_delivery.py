"""What is to be acknowledged on its way out: tried again, in fragments where it is long.

Zigbee 05-3474, 2.2.8.4.4 and 2.2.8.4.5: a frame that no acknowledgement comes for is sent again
with the same counter, up to three times. What one frame can't hold goes in blocks, a window of
them at a time; an acknowledgement tells which have arrived.
"""

from micropython import const

from ..kernel.ticks import ticks_add, ticks_diff
from . import aps_frame
from .frame_error import FrameError

# The longest that we send or take, which our node descriptor claims: the longest GBCS message in a
# tunnel.
MOST_OCTETS = const(4_407)
# Blocks on their way at a time (Smart Energy 1.4, 5.3.8): both sides have the same.
WINDOW = const(1)
# apscMaxFrameRetries, and apscAckWaitDuration of a network 15 hops deep.
_MOST_RETRIES = const(3)
_ACK_WAIT_MS = const(1_600)
_MOST_DELIVERIES = const(8)
_MOST_FRAGMENTED = const(2)
_LONGEST_MS = const(60_000)


class Delivery:
    """One payload on its way: to whom, what is still missing there, and when it is due again.

    header: as data_header makes it; partner: the EUI-64 that it is sealed for, or None;
    on_outcome, or None, hears whether it has arrived.
    """

    def __init__(self, destination, header, partner, on_outcome):
        self.destination = destination
        self.header = header
        self.partner = partner
        self.on_outcome = on_outcome
        self.payload = b""
        self.block_size = self.blocks = 1
        # The window: its first block, and a bit for each of its blocks that is missing.
        self.first = 0
        self.missing = 0
        self.tries = 0
        self.due_ms = None

    def divide(self, payload, room):
        """Take the payload: in blocks where it is longer than a frame's room for it."""
        self.payload = payload
        if len(payload) > room:
            self.block_size = room - aps_frame.FRAGMENT_SIZE
            self.blocks = (len(payload) + self.block_size - 1) // self.block_size
        self.open_window(0)

    def open_window(self, first):
        """Go on to the window that begins with a block."""
        self.first = first
        self.missing = (1 << min(WINDOW, self.blocks - first)) - 1
        self.tries = _MOST_RETRIES
        self.due_ms = None

    def frame(self, block):
        """Return (header, payload) of a block, or of the whole."""
        fragment = None
        payload = self.payload
        if self.blocks > 1:
            first = (aps_frame.FIRST, self.blocks)
            fragment = (aps_frame.OTHER, block) if block else first
            payload = payload[block * self.block_size : (block + 1) * self.block_size]
        return aps_frame.wanting_ack(self.header, fragment), payload

    def is_meant(self, source, frame):
        """Tell whether an acknowledgement, an opened ApsFrame, is of this."""
        if source != self.destination or frame.is_of_command:
            return False
        if self.partner and (
            frame.sealed_with != aps_frame.LINK_KEY or frame.sealer != self.partner
        ):
            return False
        return frame.answers(self.header)


class Deliveries:
    """All that is on its way; send(destination, header, payload, partner) takes a frame.

    `retried` and `lost` count.
    """

    def __init__(self, send):
        self._send = send
        self._under_way = []
        self.retried = self.lost = 0

    def __len__(self):
        return len(self._under_way)

    def start(self, delivery, payload, room):
        """Send a payload as a Delivery; room: octets in a frame.

        Where there is no room for one more, it goes once if it is short and nobody wants to hear
        of it, and else is lost. FrameError for what is longer than may be.
        """
        if len(payload) > MOST_OCTETS:
            raise FrameError("APS: %d octets is too long" % len(payload))
        delivery.divide(payload, room)
        others = [other for other in self._under_way if other.blocks > 1]
        is_full = delivery.blocks > 1 and len(others) >= _MOST_FRAGMENTED
        is_full = is_full or len(self._under_way) >= _MOST_DELIVERIES
        if is_full and delivery.blocks == 1 and not delivery.on_outcome:
            # Who never acknowledges must not silence us.
            self._send(delivery.destination, delivery.header, payload, delivery.partner)
            return
        self._under_way.append(delivery)
        if is_full:
            self._end(delivery, False)
        else:
            self._send_missing(delivery)

    def poll(self, now_ms):
        """Try again what is due; return how many ms to the next time."""
        wait_ms = _LONGEST_MS
        for delivery in list(self._under_way):
            if delivery.due_ms is not None and ticks_diff(delivery.due_ms, now_ms) <= 0:
                self._try_again(delivery)
            elif delivery.due_ms is None:
                delivery.due_ms = ticks_add(now_ms, _ACK_WAIT_MS)
            if delivery.due_ms is not None:
                wait_ms = min(wait_ms, ticks_diff(delivery.due_ms, now_ms))
        return max(wait_ms, 0)

    def acknowledged(self, source, frame):
        """Take an acknowledgement, an opened ApsFrame; return whether it belongs to anything."""
        for delivery in self._under_way:
            if delivery.is_meant(source, frame):
                if delivery.blocks == 1:
                    self._end(delivery, True)
                    return True
                return self._window_acknowledged(delivery, frame)
        return False

    def forget(self):
        """Give all of it up, as on a network that was left."""
        while self._under_way:
            self._end(self._under_way[0], False)

    def _window_acknowledged(self, delivery, frame):
        if not frame.fragment or frame.block != delivery.first:
            return False
        delivery.missing &= ~frame.ack_bits
        if delivery.missing:
            # Of a window some blocks were lost: they alone go again.
            self._try_again(delivery)
        elif delivery.first + WINDOW < delivery.blocks:
            delivery.open_window(delivery.first + WINDOW)
            self._send_missing(delivery)
        else:
            self._end(delivery, True)
        return True

    def _try_again(self, delivery):
        delivery.due_ms = None
        if not delivery.tries:
            self._end(delivery, False)
            return
        delivery.tries -= 1
        self.retried += 1
        self._send_missing(delivery)

    def _send_missing(self, delivery):
        for block in range(WINDOW):
            if delivery.missing >> block & 1:
                header, payload = delivery.frame(delivery.first + block)
                self._send(delivery.destination, header, payload, delivery.partner)

    def _end(self, delivery, arrived):
        self._under_way.remove(delivery)
        if not arrived:
            self.lost += 1
        if delivery.on_outcome:
            delivery.on_outcome(arrived)
