"""Slots of octets that outlive a simulated power cut."""


class RamMemory:
    """Memory by slots; `writes` counts, and while `broken` every write fails."""

    def __init__(self):
        self._slots = {}
        self.writes = 0
        self.broken = False

    def read(self, slot):
        """Return what a slot holds, or b""."""
        return self._slots.get(slot, b"")

    def write(self, slot, octets):
        """Replace what a slot holds."""
        if self.broken:
            raise OSError(5)
        self.writes += 1
        self._slots[slot] = bytes(octets)
