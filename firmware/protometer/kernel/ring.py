"""What stays small whatever comes: a queue with a counted discard policy, and dictionaries."""


class Ring:
    """First in, first out, of at most `size` entries.

    When full a new entry is refused and counted in `discarded`: what was accepted earlier is
    never lost. `high_water` is the most that ever waited.
    """

    def __init__(self, size):
        self._entries = [None] * size
        self._first = 0
        self._count = 0
        self.discarded = 0
        self.high_water = 0

    def __len__(self):
        return self._count

    def put(self, entry):
        """Add an entry; return False where there was no room."""
        size = len(self._entries)
        if self._count == size:
            self.discarded += 1
            return False
        self._entries[(self._first + self._count) % size] = entry
        self._count += 1
        if self._count > self.high_water:
            self.high_water = self._count
        return True

    def take(self):
        """Remove and return the oldest entry, or None."""
        if not self._count:
            return None
        entry = self._entries[self._first]
        self._entries[self._first] = None
        self._first = (self._first + 1) % len(self._entries)
        self._count -= 1
        return entry


def keep(table, key, value, most):
    """Set table[key]; a new key beyond the most that there may be takes another's place."""
    if key not in table and len(table) >= most:
        table.pop(next(iter(table)))
    table[key] = value
