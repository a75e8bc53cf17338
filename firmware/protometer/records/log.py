"""A log: a circular row of entries of one size, each with a CRC-32, read by number or by time.

Entry n lies at (n modulo slots) of an area, so that nothing is ever searched for. How many there
are is an item of the dictionary: an entry counts from the commit after it was written. The CRC
begins with n: an entry of an earlier lap, or a damaged one, is known.
"""

import struct
from binascii import crc32

from micropython import const

_CRC_SIZE = const(4)
# Octets read at once from an area: a few small entries.
_CHUNK = const(120)
# Octets written at once: what a write may take of the heap.
_MOST_WRITE = const(1_024)
# Entries that one commit may add while it can still be undone: the oldest are needed until then.
# What follows a calendar may be more, for it is written again after a cut.
SPARE = const(8)


class LogError(ValueError):
    """A log refuses; the message says which and why."""


def entry_size(fields):
    """Return the octets of an entry with these struct codes."""
    return struct.calcsize("<" + fields) + _CRC_SIZE


class Log:
    """One log.

    row: of logs.tbl; area: where it lies; counts, starts: the dictionary's arrays, and this log's
    index in them; buffer: a bytearray that logs may share, it grows to the largest entry.
    `damaged` counts entries that entries() found unreadable, `octets_read` all that were read.
    """

    def __init__(self, row, area, counts, starts, index, buffer):
        _, self.name, _, _, entries, fields, period_s, _, self.marks = row
        self.entries_kept = int(entries)
        self._format = "<" + fields
        self._period_s = int(period_s)
        self._size = entry_size(fields)
        self._slots = area.begin(self.entries_kept + SPARE, self._size)
        self._area = area
        self._counts = counts
        self._starts = starts
        self.number = index
        self._at_once = max(_CHUNK // self._size, 1)
        buffer.extend(bytes(max(self._at_once * self._size - len(buffer), 0)))
        self._buffer = buffer
        self.damaged = 0
        self.octets_read = 0

    def next_number(self):
        """Return the number that the next entry gets."""
        return self._counts[self.number]

    def first_number(self):
        """Return the number of the oldest entry that is kept."""
        oldest = self._counts[self.number] - self.entries_kept
        return max(oldest, self._starts[self.number], 0)

    def __len__(self):
        return self.next_number() - self.first_number()

    def append(self, *values):
        """Write an entry after the last; OSError where the area fails, and nothing has changed."""
        number = self.next_number()
        view = memoryview(self._buffer)[: self._size]
        self._pack(number, view, values)
        self._area.write(number % self._slots, view)
        self._counts[self.number] = number + 1

    def extend(self, rows):
        """Write several entries, all or none, as many at once as lie together; OSError as append.

        rows: an iterable of tuples; entries beyond the log's size need not be given.
        """
        entry = memoryview(self._buffer)[: self._size]
        begin = number = self.next_number()
        waiting = bytearray()
        for values in rows:
            self._pack(number, entry, values)
            waiting.extend(entry)
            number += 1
            full = len(waiting) + self._size > _MOST_WRITE
            if full or number % self._slots == 0 or self._area.ends_at(number % self._slots):
                self._area.write(begin % self._slots, waiting)
                waiting = bytearray()
                begin = number
        if waiting:
            self._area.write(begin % self._slots, waiting)
        self._counts[self.number] = number

    def replace(self, rows):
        """Have these entries in the place of all that there are; OSError as extend."""
        begin = self.next_number()
        self.extend(rows)
        self._starts[self.number] = begin

    def take_back(self, number):
        """Forget the entries from a number on, which no commit has made count."""
        self._counts[self.number] = number

    def clear(self):
        """Forget all entries; LogError where SMETS2 does not allow it."""
        if "C" not in self.marks:
            raise LogError("%s: may not be cleared" % self.name)
        self._starts[self.number] = self._counts[self.number]

    def entries(self, first, count):
        """Yield entries as tuples, oldest first; None for one that is damaged.

        first: a number; what lies outside the log is left out.
        """
        number = max(first, self.first_number())
        end = min(first + count, self.next_number())
        size = self._size
        while number < end:
            slot = number % self._slots
            together = min(self._at_once, end - number, self._slots - slot)
            together = self._area.together(slot, together)
            view = memoryview(self._buffer)[: together * size]
            self._read(slot, view)
            # Unpacked before the first is handed on: the reader may read elsewhere meanwhile.
            ready = [self._unpacked(number + at, view, at * size) for at in range(together)]
            number += together
            for entry in ready:
                if entry is None:
                    self.damaged += 1
                yield entry

    def between(self, from_s, until_s):
        """Return what yields the entries stamped from from_s up to and including until_s, as
        entries() does.
        """
        # Found in two slices: the end as the first entry is asked for.
        return self._between(self.find(from_s), from_s, until_s)

    def _between(self, first, from_s, until_s):
        for entry in self.entries(first, self.find(until_s + 1) - first):
            # Where the clock was set back, stamps are not in order.
            if entry is None or from_s <= entry[0] <= until_s:
                yield entry

    def find(self, at_s):
        """Return the number of the first entry stamped at_s or later.

        A damaged entry at that place counts as stamped with what follows it, or, in a log with a
        period, with what its place says.
        """
        first, end = self.first_number(), self.next_number()
        if self._period_s and end > first:
            number = self._reckoned(at_s, first, end)
            if number is not None:
                return number
        return self._bisected(at_s, first, end)

    def _bisected(self, at_s, first, end):
        while first < end:
            number = self._readable(first, (first + end) // 2, end)
            if number is None:
                break
            if self._stamp(number) < at_s:
                first = number + 1
            else:
                end = number
        return first

    def _reckoned(self, at_s, first, end):
        """Return what find() wants by the newest stamp, or None where the row has a gap."""
        known = self._readable(first, end - 1, end)
        if known is None:
            return None
        known_s = self._stamp(known)
        number = known - (known_s - at_s) // self._period_s
        if number > known:
            return min(number, end)
        number = max(number, first)
        found_s = self._stamp(number)
        if found_s is None:
            return number if self._has_no_gap(first, known, known_s) else None
        is_next = 0 <= found_s - at_s < self._period_s
        return number if is_next or (number == first and found_s >= at_s) else None

    def _has_no_gap(self, first, known, known_s):
        oldest = self._readable(first, first, known + 1)
        return known_s - self._stamp(oldest) == (known - oldest) * self._period_s

    def _readable(self, first, middle, end):
        """Return the readable entry nearest to the middle, those before it first, or None."""
        for number in range(middle, first - 1, -1):
            if self._stamp(number) is not None:
                return number
        for number in range(middle + 1, end):
            if self._stamp(number) is not None:
                return number
        return None

    def _stamp(self, number):
        view = memoryview(self._buffer)[: self._size]
        self._read(number % self._slots, view)
        # The stamp alone: an entry may have a hundred values.
        return struct.unpack_from("<I", view, 0)[0] if self._is_whole(number, view) else None

    def _read(self, slot, view):
        self.octets_read += len(view)
        count = self._area.read_into(slot, view)
        # What isn't there any more can't have a right CRC.
        for index in range(count, len(view)):
            view[index] = 0

    def _pack(self, number, view, values):
        struct.pack_into(self._format, view, 0, *values)
        end = self._size - _CRC_SIZE
        struct.pack_into("<I", view, end, crc32(view[:end], number))

    def _unpacked(self, number, view, at):
        whole = self._is_whole(number, view[at : at + self._size])
        return struct.unpack_from(self._format, view, at) if whole else None

    def _is_whole(self, number, view):
        end = self._size - _CRC_SIZE
        return crc32(view[:end], number) == struct.unpack_from("<I", view, end)[0]
