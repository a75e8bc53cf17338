"""A log's area in files: segments of whole entries, the oldest replaced when a new one begins.

A segment fits one erase block. Nothing is ever changed in the middle of a long file, which
littlefs would copy up to its end.

Contract of an area: begin(entries, size) returns the slots, no fewer than entries; write(slot,
octets) of one or more entries side by side; read_into(slot, buffer); ends_at(slot): the entry
before that slot was the last that could be written together with its neighbours; together(slot,
count): so many of count entries lie side by side.
"""

from micropython import const

_SEGMENT_SIZE = const(4_096)


class FileArea:
    """The segments `<name>.0`, `<name>.1`, ... of a memory for files."""

    def __init__(self, files, name):
        self._files = files
        self._name = name
        self._size = 0
        self._per_segment = 0
        # The segment that is known to hold all entries before the next.
        self._whole = -1

    def begin(self, entries, size):
        """Divide the area; the segment that is being begun keeps none of the entries needed."""
        self._size = size
        self._per_segment = min(_SEGMENT_SIZE // size, entries)
        return (-(-entries // self._per_segment) + 1) * self._per_segment

    def ends_at(self, slot):
        """Tell whether a segment ends before that slot."""
        return slot % self._per_segment == 0

    def together(self, slot, count):
        """Return how many of the entries from a slot on lie in its segment."""
        return min(count, self._per_segment - slot % self._per_segment)

    def write(self, slot, octets):
        """Write entries of one segment; OSError where the file system fails."""
        segment, within = divmod(slot, self._per_segment)
        name = self._file(segment)
        position = within * self._size
        if not within:
            self._files.write(name, octets)
        elif segment == self._whole or self._reaches(name, position):
            self._files.write_at(name, position, octets)
        else:
            self._mend(name, position, octets)
        self._whole = segment

    def read_into(self, slot, buffer):
        """Read entries of one segment; return the count of octets that were there."""
        segment, within = divmod(slot, self._per_segment)
        return self._files.read_into(self._file(segment), within * self._size, buffer)

    def _reaches(self, name, position):
        return self._files.read_into(name, position - 1, bytearray(1)) == 1

    def _mend(self, name, position, octets):
        """Begin a segment anew that was lost, with nothing in place of what it held."""
        segment = bytearray(position + len(octets))
        self._files.read_into(name, 0, memoryview(segment)[:position])
        segment[position:] = octets
        self._files.write(name, segment)

    def _file(self, segment):
        return "%s.%d" % (self._name, segment)
