"""Records in slots of a FRAM, octet by octet, written over in turn.

A slot begins with a mark: cleared before the record is written, set after it. A write that a
power cut tore is told from damage by that. See store/file_slots.py for the contract of a stream.
"""

from micropython import const

from .record import HEADER_SIZE, head_of

_TORN = b"\x00"
_WHOLE = b"\x5a"
_MARK_SIZE = const(1)


class FramSlots:
    """A stream of `count` slots of `size` octets from an address on."""

    def __init__(self, fram, address, size, count):
        self._fram = fram
        self._address = address
        self._size = size
        self._count = count
        self._place = count - 1
        self._mark = bytearray(_MARK_SIZE)
        self.most = size - _MARK_SIZE

    def places(self):
        """Return the numbers of the slots."""
        return range(self._count)

    def read_head(self, place, buffer):
        """Read the beginning of a slot's record; return the count of octets, 0 if it is torn."""
        address = self._address + place * self._size
        self._fram.read_into(address, self._mark)
        if self._mark == _TORN:
            return 0
        self._fram.read_into(address + _MARK_SIZE, buffer)
        return len(buffer)

    def read(self, place):
        """Return as many octets of a slot as its record says it has."""
        head = bytearray(HEADER_SIZE)
        self.read_head(place, head)
        octets = bytearray(min(head_of(head).size, self.most))
        self._fram.read_into(self._address + place * self._size + _MARK_SIZE, octets)
        return octets

    def go_on_after(self, place):
        """Let the next record go into the slot after this one."""
        self._place = place

    def append(self, octets):
        """Write over the oldest slot; OSError where the chip does not answer."""
        address = self._following()
        self._fram.write(address, _TORN)
        self._fram.write(address + _MARK_SIZE, octets)
        self._fram.write(address, _WHOLE)

    def read_into(self, offset, buffer):
        """Read back from the slot written last; return the count of octets."""
        self._fram.read_into(self._following() + _MARK_SIZE + offset, buffer)
        return len(buffer)

    def confirm(self):
        """Let the next record go on after the one appended."""
        self._place = (self._place + 1) % self._count

    def _following(self):
        return self._address + (self._place + 1) % self._count * self._size
