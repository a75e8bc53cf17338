"""Payloads that come in fragments, put together again (Zigbee 05-3474, 2.2.8.4.5.2)."""

from micropython import const

from ..kernel.ticks import ticks_add, ticks_diff
from . import aps_frame
from .aps_delivery import MOST_OCTETS, WINDOW
from .frame_error import FrameError

_MOST_TRANSACTIONS = const(2)
# All tries of a sender, and as long as a last acknowledgement that was lost is asked for again.
_PATIENCE_MS = const(8_000)
_ALL = const(0xFF)


class _Transaction:
    """One payload that comes: blocks before `first` are in `octets`, the window's are held."""

    def __init__(self, key):
        self.key = key
        self.blocks = None
        self.first = 0
        self.held = [None] * WINDOW
        self.octets = bytearray()
        self.is_done = False
        self.due_ms = None

    def window(self):
        """Return how many blocks the window has."""
        return WINDOW if self.blocks is None else min(WINDOW, self.blocks - self.first)

    def bits(self):
        """Return the bits of an acknowledgement: set for what is here, and beyond the window."""
        bits = _ALL
        for index in range(self.window()):
            if self.held[index] is None:
                bits &= ~(1 << index)
        return bits

    def close_window(self):
        """Take the held blocks over, if all are here; FrameError beyond the longest payload."""
        count = self.window()
        if self.blocks is None or None in self.held[:count]:
            return False
        for index in range(count):
            if len(self.octets) + len(self.held[index]) > MOST_OCTETS:
                raise FrameError("APS: more than %d octets" % MOST_OCTETS)
            self.octets.extend(self.held[index])
            self.held[index] = None
        self.first += count
        return True


class Reassembly:
    """Takes fragments; the memory it needs is that of two of the longest payloads."""

    def __init__(self):
        self._transactions = []
        self.now_ms = 0

    def take(self, source, frame):
        """Take an opened ApsFrame that is a fragment.

        Returns (the whole payload or None, (block, bits) to acknowledge or None). FrameError for
        what can't be a part of anything.
        """
        if not frame.payload or not frame.block:
            raise FrameError("APS: an empty fragment")
        block = 0 if frame.fragment == aps_frame.FIRST else frame.block
        transaction = self._transaction(source, frame, block)
        transaction.due_ms = ticks_add(self.now_ms, _PATIENCE_MS)
        if block == 0:
            self._begin(transaction, frame.block)
        if transaction.is_done or block < transaction.first:
            # Its acknowledgement was lost.
            return None, (block // WINDOW * WINDOW, _ALL)
        return self._put(transaction, block, frame.payload)

    def is_idle(self):
        """Tell whether nothing is being put together, nor might come again."""
        return all(self._is_over(transaction) for transaction in self._transactions)

    def _put(self, transaction, block, payload):
        first = transaction.first
        index = block - first
        if index >= transaction.window():
            raise FrameError("APS: outside the window")
        is_new = transaction.held[index] is None
        transaction.held[index] = bytes(payload)
        is_last = index == transaction.window() - 1
        try:
            is_closed = transaction.close_window()
        except FrameError:
            self._transactions.remove(transaction)
            raise
        if is_closed:
            return self._finished(transaction), (first, _ALL)
        return None, (first, transaction.bits()) if is_last or not is_new else None

    def _finished(self, transaction):
        if transaction.first < transaction.blocks:
            return None
        octets, transaction.octets = transaction.octets, None
        transaction.is_done = True
        return bytes(octets)

    def _begin(self, transaction, blocks):
        if transaction.blocks not in (None, blocks):
            raise FrameError("APS: other number of blocks")
        transaction.blocks = blocks

    def _transaction(self, source, frame, block):
        key = (
            (source, frame.counter, frame.profile, frame.cluster),
            (frame.source_endpoint, frame.destination_endpoint),
            # What is sealed is never completed by what is not, nor by another's.
            (frame.sealed_with, frame.sealer),
        )
        for transaction in self._transactions:
            if transaction.key == key and not self._is_over(transaction):
                return transaction
        if block >= WINDOW:
            raise FrameError("APS: of nothing that began")
        self._make_room()
        transaction = _Transaction(key)
        self._transactions.append(transaction)
        return transaction

    def _is_over(self, transaction):
        due_ms = transaction.due_ms
        return due_ms is not None and ticks_diff(due_ms, self.now_ms) <= 0

    def _make_room(self):
        kept = [other for other in self._transactions if not self._is_over(other)]
        self._transactions = kept
        if len(kept) < _MOST_TRANSACTIONS:
            return
        done = [other for other in kept if other.is_done]
        if not done:
            raise FrameError("APS: too much at once")
        kept.remove(done[0])
