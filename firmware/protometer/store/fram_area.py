"""A log's area in a FRAM, written in place.

See store/file_area.py for the contract of an area.
"""


class FramArea:
    """The slots from an address on; `end`, once divided, is the address after them."""

    def __init__(self, fram, address):
        self._fram = fram
        self._address = address
        self._size = 0
        self.end = address

    def begin(self, entries, size):
        """Take room for so many entries."""
        self._size = size
        self.end = self._address + entries * size
        return entries

    def ends_at(self, slot):
        """Tell that any entries may be written together."""
        return False

    def together(self, slot, count):
        """Return that all of the entries lie side by side."""
        return count

    def write(self, slot, octets):
        """Write entries; OSError where the chip does not answer."""
        self._fram.write(self._address + slot * self._size, octets)

    def read_into(self, slot, buffer):
        """Read entries; return the count of octets."""
        self._fram.read_into(self._address + slot * self._size, buffer)
        return len(buffer)
