"""The data dictionary: `items.tbl` turned into the values that a role holds.

`Data` has one attribute an item, so that the metering path reads and writes plain integers; the
table itself stays a file and is consulted by name when a value is written from outside.
"""

from array import array
from binascii import unhexlify

from .command import CommandRefused, is_integer
from .register import RegisterBank
from .table import TableError, rows, table_path

_TABLE = table_path(__file__, "items.tbl")
_COLUMNS = 9
_ROLES = 3

# Integer types: struct and array code, least and greatest value.
_INTEGERS = {
    "INT8": ("b", -(1 << 7), (1 << 7) - 1),
    "INT16": ("h", -(1 << 15), (1 << 15) - 1),
    "INT32": ("i", -(1 << 31), (1 << 31) - 1),
    "UINT8": ("B", 0, (1 << 8) - 1),
    "UINT16": ("H", 0, (1 << 16) - 1),
    "UINT32": ("I", 0, (1 << 32) - 1),
    "ENUM8": ("B", 0, (1 << 8) - 1),
    "BOOL": ("B", 0, 1),
    "UTC": ("I", 0, (1 << 32) - 1),
}


class ItemError(CommandRefused):
    """A data item does not exist, may not be written, or a value lies outside its bounds."""


class Item:
    """One row of the dictionary."""

    def __init__(self, row):
        name, attribute, clause, roles, kind, least, greatest, default, marks = row
        self.name = name
        self.attribute = attribute
        self.clause = clause
        self.roles = roles
        self.marks = marks
        # "INT16[48]" is an array of 48, "TEXT(8)" text of up to 8 octets.
        self.base, self.size = _split_kind(kind)
        self.is_array = kind[-1] == "]"
        self._default = default
        self.code, self.least, self.greatest = _INTEGERS.get(self.base, ("", 0, 0))
        # "826,978" instead of a least value lists all that there are.
        self.only = [int(value) for value in least.split(",")] if "," in least else None
        if least != "-" and not self.only:
            self.least = int(least)
        if greatest != "-":
            self.greatest = int(greatest)

    def shipped(self):
        """Return a new value of this item, as shipped."""
        if self.base == "REGISTER":
            return RegisterBank(self.size)
        if self.base == "OCTETS":
            return unhexlify(self._default)
        if self.base == "TEXT":
            return self._default
        if self.is_array:
            return array(self.code, [int(self._default)] * self.size)
        return int(self._default)

    def check_writable(self):
        """Raise ItemError unless somebody may write this item."""
        if not is_for("WVA", self.marks):
            raise ItemError("%s: may not be written" % self.name)

    def check(self, value):
        """Raise ItemError unless an integer or text value may be written to this item."""
        if self.base == "TEXT":
            if not isinstance(value, str) or len(value.encode()) > self.size:
                raise ItemError("%s: takes text of up to %d octets" % (self.name, self.size))
            return
        if not self.code or self.is_array:
            raise ItemError("%s: not a single value" % self.name)
        if self.base == "BOOL" and isinstance(value, bool):
            value = int(value)
        if not is_integer(value):
            raise ItemError("%s: takes an integer" % self.name)
        if self.only and value not in self.only:
            raise ItemError("%s: %d is none of %s" % (self.name, value, self.only))
        if not self.least <= value <= self.greatest:
            raise ItemError(
                "%s: %d is outside %d..%d" % (self.name, value, self.least, self.greatest)
            )


def _split_kind(kind):
    for opening in "[(":
        cut = kind.find(opening)
        if cut > 0:
            return kind[:cut], int(kind[cut + 1 : -1])
    return kind, 1


def items(role):
    """Yield the items that a role holds, in table order: those with one of its letters.

    role: "E" for an electricity meter, "ETLB" for a twin element one with auxiliary load control
    and boost; see the head of the table.
    """
    for row in rows(_TABLE, _COLUMNS):
        if is_for(role, row[_ROLES]):
            yield Item(row)


def is_for(role, letters):
    """Tell whether a row of a table marked with these letters is for a role."""
    # No generator: it would cost a board three allocations.
    for letter in role:  # noqa: SIM110
        if letter in letters:
            return True
    return False


def find(role, name):
    """Return the item of that SMETS2 name, or raise ItemError."""
    for row in rows(_TABLE, _COLUMNS, name):
        if row[0] == name and is_for(role, row[_ROLES]):
            return Item(row)
    raise ItemError("%s: no such data item" % name)


class Data:
    """The values of all items of one role, an attribute each, as shipped until restored."""

    def __init__(self, role):
        self.role = role
        for item in items(role):
            setattr(self, item.attribute, item.shipped())


def write(data, name, value):
    """Write a configuration item by name (SMETS2 5.6.3.36); raise ItemError and change nothing."""
    item = find(data.role, name)
    item.check_writable()
    item.check(value)
    setattr(data, item.attribute, value if item.base == "TEXT" else int(value))


def read(data, name):
    """Return an item's value by name: an integer, text, bytes or a list of integers."""
    item = find(data.role, name)
    if "S" in item.marks:
        raise ItemError("%s: may not be read" % name)
    value = getattr(data, item.attribute)
    if item.base == "REGISTER":
        readings_wh = [value.wh(index) for index in range(len(value))]
        return readings_wh[0] if item.size == 1 else readings_wh
    return list(value) if item.is_array else value


__all__ = ("Data", "Item", "ItemError", "TableError", "find", "items", "read", "write")
