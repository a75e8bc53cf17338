"""The binding table: whom a cluster's reports go to (Zigbee 05-3474, 2.4.3.2).

It is a dictionary item, HAN Bindings, of eleven octets an entry: cluster, EUI-64, endpoint.
"""

from micropython import const

_ENTRY = const(11)
_MOST = const(5)


class Bindings:
    """Reads and changes the item; persist() makes it durable."""

    def __init__(self, data, persist):
        self._data = data
        self._persist = persist

    def add(self, cluster, extended, endpoint):
        """Bind a cluster to a device's endpoint; False where the table is full."""
        entry = _packed(cluster, extended, endpoint)
        if entry in self._entries():
            return True
        if len(self._data.han_bindings) >= _MOST * _ENTRY:
            return False
        self._data.han_bindings += entry
        self._persist()
        return True

    def remove(self, cluster, extended, endpoint):
        """Undo add(); False where there is no such entry."""
        entry = _packed(cluster, extended, endpoint)
        left = [known for known in self._entries() if known != entry]
        if _ENTRY * len(left) == len(self._data.han_bindings):
            return False
        self._data.han_bindings = b"".join(left)
        self._persist()
        return True

    def targets(self, cluster):
        """Return [(EUI-64, endpoint)] that a cluster is bound to."""
        return [
            (bytes(entry[2:10]), entry[10])
            for entry in self._entries()
            if entry[0] | entry[1] << 8 == cluster
        ]

    def _entries(self):
        table = self._data.han_bindings
        return [table[at : at + _ENTRY] for at in range(0, len(table), _ENTRY)]


def _packed(cluster, extended, endpoint):
    return bytes((cluster & 0xFF, cluster >> 8)) + extended + bytes((endpoint,))
