"""What a device that sleeps has said of its attributes, for others to read (SMETS2 4.5.1).

A mirror lives on an endpoint of its own, and knows no meaning: a value is served as it came. It is
of the attributes that `attributes.tbl` has a role serve, so that nobody can fill it with others.
"""

from micropython import const

from . import zcl
from .attributes import AttributeTable, read_answer

# Attributes asked for in one frame, so that the answer fits into one.
_ASKED_AT_ONCE = const(5)
# More than any attribute that holds an amount: it says that there is none.
_NO_VALUE = 1 << 48


class Mirror:
    """Both sides of the attributes of a role (its letters), as a Stack has them.

    clusters: those that are mirrored. `hides`: None, or hides(attribute, now_s) tells whether an
    Attribute is not to be shown to whoever asks on the HAN.
    """

    def __init__(self, role, clusters):
        self._table = AttributeTable(role)
        self.clusters = clusters
        self.hides = None
        # By cluster << 16 | identifier: (type, value).
        self._values = {}

    def count(self):
        """Return of how many attributes something has been said."""
        return len(self._values)

    def questions(self):
        """Yield (cluster, identifiers) of all that is mirrored, a question's worth at a time."""
        for cluster in self.clusters:
            identifiers = self._table.identifiers(cluster)
            for at in range(0, len(identifiers), _ASKED_AT_ONCE):
                yield cluster, identifiers[at : at + _ASKED_AT_ONCE]

    def keep(self, cluster, command, payload):
        """Take a Read Attributes Response or a report; FrameError, with nothing kept, if bad."""
        if cluster not in self.clusters:
            return
        known = self._table.identifiers(cluster)
        for identifier, kind, value in zcl.decode_values(command, payload):
            if identifier in known:
                self._values[cluster << 16 | identifier] = (kind, value)

    def value(self, cluster, identifier):
        """Return what was said of an attribute, or None."""
        return self._values.get(cluster << 16 | identifier, (0, None))[1]

    def look_up(self, cluster, identifier):
        """Return (type, value) of what was said of an attribute, or None."""
        return self._values.get(cluster << 16 | identifier)

    def answer(self, cluster, payload, now_s, room=0xFFFF):
        """Return the payload of a Read Attributes Response; FrameError if the request is bad."""

        def look_up(identifier):
            found = self.look_up(cluster, identifier)
            if found and self.hides:
                attribute = self._table.find(cluster, identifier)
                if self.hides(attribute, now_s):
                    return found[0], _NO_VALUE
            return found

        return read_answer(payload, look_up, room)
