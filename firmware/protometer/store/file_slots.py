"""Records in files that are rewritten in turn: for littlefs, which swaps contents at close.

Contract of a *stream* of records, which every medium fulfils: `most`, the octets a record may
have; `places()`; `read_head(place, buffer)`, the count of octets, 0 where nothing whole was ever
put; `read(place)`, octets that begin with the record; `go_on_after(place)`; `append(octets)`, in
place of the oldest; `read_into(offset, buffer)`, of what was appended last; `confirm()`: that it
was read back. Until then the next append goes to the same place, so that a memory that fails
loses no more than its oldest record.
"""

from micropython import const

# littlefs keeps files up to this size inside the folder's own block, which makes a commit cheap.
INLINE_SIZE = const(128)
MOST_SIZE = const(24_576)


class FileSlots:
    """A stream in files `<name>0`, `<name>1`, ... of a memory for files."""

    def __init__(self, files, name, count, most):
        self._files = files
        self._names = ["%s%d" % (name, place) for place in range(count)]
        self._place = count - 1
        self.most = most

    def places(self):
        """Return the numbers of the files."""
        return range(len(self._names))

    def read_head(self, place, buffer):
        """Read the beginning of a file; return the count of octets."""
        return self._files.read_into(self._names[place], 0, buffer)

    def read(self, place):
        """Return what a file holds."""
        return self._files.read(self._names[place])

    def go_on_after(self, place):
        """Let the next record go into the file after this one."""
        self._place = place

    def append(self, octets):
        """Rewrite the oldest file; OSError where the file system fails."""
        self._files.write(self._names[self._following()], octets)

    def read_into(self, offset, buffer):
        """Read back from the file written last; return the count of octets."""
        return self._files.read_into(self._names[self._following()], offset, buffer)

    def confirm(self):
        """Let the next record go on after the one appended."""
        self._place = self._following()

    def _following(self):
        return (self._place + 1) % len(self._names)
