"""Files that outlive a simulated power cut, in RAM."""


class RamFiles:
    """A memory for files; `writes` counts, and while `broken` every write fails."""

    MEDIUM = "files"

    def __init__(self):
        self.files = {}
        self.writes = 0
        self.broken = False

    def read(self, name):
        """Return what a file holds, or b""."""
        return self.files.get(name, b"")

    def write(self, name, octets):
        """Replace what a file holds."""
        self._check()
        self.files[name] = bytes(octets)

    def read_into(self, name, position, buffer):
        """Read from a position; return the count of octets."""
        part = self.files.get(name, b"")[position : position + len(buffer)]
        buffer[: len(part)] = part
        return len(part)

    def write_at(self, name, position, octets):
        """Write over, or extend, an existing file."""
        self._check()
        held = self.files[name]
        self.files[name] = held[:position] + bytes(octets) + held[position + len(octets) :]

    def _check(self):
        if self.broken:
            raise OSError(5)
        self.writes += 1


class RamState(RamFiles):
    """Files of which only the state's are kept: for long runs, whose logs would fill the heap."""

    def write(self, name, octets):
        """Replace what a file holds, or forget it."""
        self.writes += 1
        if not name.startswith("log"):
            super().write(name, octets)

    def write_at(self, name, position, octets):
        """Forget what is written: the state never adds to a file."""
        self.writes += 1
