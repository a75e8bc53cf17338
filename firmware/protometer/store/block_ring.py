"""Records in a ring of erase blocks of raw flash: every block is erased in its turn, none more.

A record begins on a page and stays inside one stretch of blocks, erased together. Each page ends
with a mark, programmed with it: whether the record goes on. A page whose mark is blank was torn
by a power cut, as was a record whose last page is missing; that is no damage. See
store/file_slots.py for the contract of a stream.
"""

from micropython import const

_BLANK = const(0xFF)
_GOES_ON = const(0xA5)
_LAST = const(0x5A)
_MARK_SIZE = const(1)
_EIO = const(5)


class BlockRing:
    """A stream in stretches of a flash; a place is an offset into them.

    first: block where they begin; count: how many stretches of `blocks` blocks; pages: the most
    pages that a record may have, up to a stretch's.
    """

    def __init__(self, flash, first, count, blocks, pages):
        self._flash = flash
        self._page = flash.page_size
        self._stretch = blocks * flash.block_size
        self._start = first * flash.block_size
        self._size = count * self._stretch
        self._at = 0
        self._next = 0
        # The stretch with the last record that was read back.
        self._kept = -1
        self._buffer = bytearray(flash.page_size)
        self._mark = bytearray(_MARK_SIZE)
        self.most = pages * (flash.page_size - _MARK_SIZE)

    def places(self):
        """Yield the offsets at which a record begins, or should: one page after another."""
        place = 0
        while place < self._size:
            pages = self._pages_from(place)
            if pages:
                yield place
            place += max(pages, 1) * self._page

    def read_head(self, place, buffer):
        """Read the beginning of a record; return the count of octets, 0 if an erase was torn."""
        self._flash.read_into(self._start + place, buffer)
        # No record begins with a blank octet, nor does one turned bit make it so.
        return 0 if buffer[0] == _BLANK else len(buffer)

    def read(self, place):
        """Return the octets from here to the record's last page."""
        pages = self._pages_from(place)
        payload = self._page - _MARK_SIZE
        octets = bytearray(pages * payload)
        view = memoryview(octets)
        for index in range(pages):
            at = self._start + place + index * self._page
            self._flash.read_into(at, view[index * payload : (index + 1) * payload])
        return octets

    def go_on_after(self, place):
        """Let the next record follow the one that begins here."""
        self._at = place
        self.confirm()
        self._next = place + self._pages_from(place) * self._page

    def append(self, octets):
        """Program a record after the last; OSError where the flash fails.

        Pages that a cut left half programmed are passed over, and stretches that can't be erased;
        a stretch is erased as it is begun, but never the one with the last record confirmed.
        """
        room = -(-len(octets) // (self._page - _MARK_SIZE)) * self._page
        at = self._next
        while at % self._stretch and not self._is_free(at, room):
            at += self._page
        at %= self._size
        if at % self._stretch == 0:
            # Should this one not do, the next attempt is for the stretch after it.
            self._next = at + self._stretch
            if at == self._kept:
                raise OSError(_EIO)
            for offset in range(0, self._stretch, self._flash.block_size):
                self._flash.erase((self._start + at + offset) // self._flash.block_size)
        self._at = at
        self._next = at + room
        self._program(octets)

    def confirm(self):
        """Protect the record appended from being erased, until another is confirmed."""
        self._kept = self._at - self._at % self._stretch

    def read_into(self, offset, buffer):
        """Read back from the record appended last; return the count of octets."""
        view = memoryview(buffer)
        payload = self._page - _MARK_SIZE
        done = 0
        while done < len(buffer):
            page, within = divmod(offset + done, payload)
            count = min(payload - within, len(buffer) - done)
            at = self._start + self._at + page * self._page + within
            self._flash.read_into(at, view[done : done + count])
            done += count
        return done

    def _program(self, octets):
        payload = self._page - _MARK_SIZE
        buffer = self._buffer
        at = self._start + self._at
        for offset in range(0, len(octets), payload):
            part = octets[offset : offset + payload]
            buffer[: len(part)] = part
            for index in range(len(part), payload):
                buffer[index] = _BLANK
            buffer[payload] = _LAST if offset + payload >= len(octets) else _GOES_ON
            self._flash.program(at, buffer)
            at += self._page

    def _mark_of(self, place):
        self._flash.read_into(self._start + place + self._page - _MARK_SIZE, self._mark)
        return self._mark[0]

    def _follows_on(self, place):
        return place % self._stretch and self._mark_of(place - self._page) == _GOES_ON

    def _pages_from(self, place):
        """Return how many pages the record has that begins here; 0 for none, or a torn one."""
        at = place
        while True:
            mark = self._mark_of(at)
            at += self._page
            if mark == _BLANK:
                return 0
            if mark != _GOES_ON or at % self._stretch == 0:
                return (at - place) // self._page

    def _is_free(self, at, room):
        fits = at % self._stretch + room <= self._stretch
        return fits and not self._follows_on(at) and self._is_blank(at, room)

    def _is_blank(self, at, size):
        buffer = self._buffer
        # A record's own first octets tell of most that was left there, without a page read.
        if self.read_head(at, self._mark):
            return False
        for offset in range(at, at + size, self._page):
            self._flash.read_into(self._start + offset, buffer)
            for octet in buffer:
                if octet != _BLANK:
                    return False
        return True
