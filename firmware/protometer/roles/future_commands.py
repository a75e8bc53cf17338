"""Commands for a later date: one of each group, kept until their time (ESME-COM-12).

A later one replaces it; the date NEVER cancels it. What is kept has been checked already.
"""

from micropython import const

from ..model.encoding import EncodingError, decode, encode, encode_in_slices

NEVER_S = 0xFFFF_FFFF
_MOST_OCTETS = const(4_096)


class FutureCommands:
    """Keeps them in Pending Commands; `next_s`: when the first falls due."""

    def __init__(self, data):
        self._data = data
        self.next_s = NEVER_S
        self._look()

    def put(self, group, at_s, name, values, reference=b""):
        """Keep, sliced, a Command's checked values until a time; return False where there is no
        room.
        """
        values = yield from encode_in_slices(values)
        kept = [entry for entry in self.entries() if entry[0] != group]
        entry = [group, at_s, name, values]
        return self._keep(kept + [entry + [reference] if reference else entry])

    def cancel(self, group):
        """Forget what waits of a group."""
        self._keep([entry for entry in self.entries() if entry[0] != group])

    def take_due(self, now_s):
        """Remove and return (name, values, reference) of the earliest that is due, or None."""
        if now_s < self.next_s:
            return None
        entries = self.entries()
        earliest = min(entries, key=lambda entry: entry[1])
        self._keep([entry for entry in entries if entry is not earliest])
        name, values = earliest[2:4]
        # Earlier firmware kept them as a list.
        if isinstance(values, bytes):
            values = decode(values)[0]
        return name, values, earliest[4] if len(earliest) > 4 else b""

    def entries(self):
        """Return [group, at_s, name, encoded values] of all that wait, and a reference if there is
        one.
        """
        octets = self._data.pending_commands
        if not octets:
            return []
        try:
            return decode(octets)[0]
        except EncodingError:
            # Whole by its record's CRC, so of a firmware that wrote otherwise.
            return []

    def _keep(self, entries):
        octets = encode(entries) if entries else b""
        if len(octets) > _MOST_OCTETS:
            return False
        self._data.pending_commands = octets
        self._look()
        return True

    def _look(self):
        self.next_s = min([entry[1] for entry in self.entries()] or [NEVER_S])
