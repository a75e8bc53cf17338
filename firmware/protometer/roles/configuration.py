"""Write Configuration Data (SMETS2 5.6.3.36, 4.5.3.23): one item, by whoever it belongs to."""

from ..model import command as commands
from ..model.command import NoAuthority
from ..model.dictionary import find, write

# Mark of an item, and who may write it (ESME-SEC-02).
_OWNERS = (
    ("W", commands.SUPPLIER),
    ("V", commands.NETWORK_OPERATOR),
    ("A", commands.ACCESS_CONTROL_BROKER),
)


class Configuration:
    """Writes the items of a meter's dictionary."""

    def __init__(self, data):
        self._data = data

    def check_write(self, by, name, value):
        """Return what write takes; ItemError or NoAuthority, and nothing has changed."""
        item = find(self._data.role, name)
        item.check_writable()
        if not any(mark in item.marks and by & owner for mark, owner in _OWNERS):
            raise NoAuthority("%s: not for this originator" % name)
        item.check(value)
        return [by, name, value if item.base == "TEXT" else int(value)]

    def write(self, now_s, by, name, value):
        """Set an item to a checked value."""
        write(self._data, name, value)
