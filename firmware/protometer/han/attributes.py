"""Serves and keeps ZCL attributes out of the dictionary, as `attributes.tbl` says.

Nothing is stored twice: a server reads the dictionary when it is asked, a client writes what it
is told into its own dictionary. Of the table eight octets a row are in memory: where it stands.
"""

from micropython import const

from ..kernel.unload import unload
from ..model.table import row_at, table_path
from . import zcl, zcl_types
from .reporting import Reporting

TABLE = table_path(__file__, "attributes.tbl")
COLUMNS = 7
_NEVER = const(-1)
_MOST_KEPT = const(0x7FFF_FFFF)
# Numbers of an entry of the index: see attribute_index.
_ENTRY = const(4)
# Prices are in mp, 10^-5 of the currency unit; a scale is a power of ten of the unit.
_MP_DIGITS = const(5)
_LEAST_ANSWER = const(3)
_UINT8 = const(0x20)
_UINT64 = const(0x27)


class Attribute:
    """One served or kept attribute: where its value comes from or goes to.

    identifier: which of the row's, and number: how many come before it; kept: of a client.
    """

    def __init__(self, row, identifier, number, kept):
        cluster, _, kind, _, source, keeper, report = row
        self.cluster = int(cluster, 0)
        self.identifier = identifier
        self.kind = zcl_types.kind_of(kind.rstrip("w"))
        self.is_writable = kind[-1] == "w"
        self._constant = self._values = None
        self._scale = ""
        self._divisor = 0
        self._is_version = False
        self._index = -1
        self._take(source, number)
        if kept:
            self._name = keeper
        self.report_s = _NEVER if report == "-" else int(report)
        # What a report said last, and when; what Configure Reporting has set.
        self.reported = None
        self.reported_s = self.longest_s = 0
        self.change = 0

    def _take(self, source, number):
        self._name = source
        if source[0] == "=":
            self._constant = int(source[1:], 0)
        elif source[0] == "@":
            self._name = "" if source == "@utc" else source
        else:
            if source[-1] == "!":
                self._is_version = True
                source = source[:-1]
            if "*" in source:
                source, self._scale = source.split("*")
            if "/" in source:
                source, divisor = source.split("/")
                self._divisor = int(divisor)
            if ":" in source:
                source, translated = source.split(":")
                self._values = bytes(int(value) for value in translated.split(","))
            if source[-1] == "]":
                cut = source.index("[")
                self._index = int(source[cut + 1 : -1]) + number
                source = source[:cut]
            self._name = source

    def value(self, read, now_s):
        """Return the value on the wire: an integer, or bytes for the strings.

        read(name, index) gives an item, or an element of it, as it may be published.
        """
        if self._constant is not None:
            return self._constant
        if not self._name:
            return now_s
        value = read(self._name, self._index)
        if self._values:
            value = self._values[value]
        if self._scale:
            value *= 10 ** (_MP_DIGITS + read(self._scale, -1))
        if self._divisor:
            value //= self._divisor
        if self._is_version:
            from ..model.firmware_version import version_octets

            return version_octets(value)
        return value.encode() if isinstance(value, str) else value

    def is_constant(self):
        """Tell whether its value never changes."""
        return self._constant is not None

    def item(self):
        """Return the dictionary's name of what is served or kept."""
        return self._name

    def index(self):
        """Return which element of the item is served, -1 where it is no array."""
        return self._index

    def keep(self, data, value):
        """Keep a value from the wire in a client's dictionary, unless it has no meaning there."""
        if self._values:
            held = None
            for index in range(len(self._values)):
                if self._values[index] == value:
                    held = index
            if held is None:
                return
            value = held
        setattr(data, self._name, value)


class AttributeTable:
    """The rows of the table that a role serves, or that its dictionary `data` keeps."""

    def __init__(self, role, data=None):
        from .attribute_index import index_of

        self._is_kept = data is not None
        self._index, self._reported = index_of(role, data)
        # Made once: a board has better use for its memory.
        unload("han.attribute_index")

    def clusters(self):
        """Return the clusters that have attributes here, in order."""
        return sorted(self._index)

    def identifiers(self, cluster):
        """Return the attributes of a cluster, in order."""
        index = self._index.get(cluster, ())
        found = []
        for at in range(0, len(index), _ENTRY):
            first, count, step = index[at], index[at + 1] >> 8, index[at + 1] & 0xFF
            found.extend(range(first, first + count * step, step))
        return found

    def find(self, cluster, identifier):
        """Return an attribute, or None."""
        with self.opened() as table:
            return self.load(table, cluster, identifier)

    def opened(self):
        """Return the table's file, open, for load()."""
        return open(TABLE)

    def load(self, table, cluster, identifier):
        """Return an attribute out of the open table, or None."""
        index = self._index.get(cluster, ())
        # The last run that begins at or before the identifier: no other reaches into it.
        low, high = 0, len(index) // _ENTRY
        while low < high:
            middle = (low + high) // 2
            if index[_ENTRY * middle] <= identifier:
                low = middle + 1
            else:
                high = middle
        if not low:
            return None
        at = _ENTRY * (low - 1)
        beyond, step = identifier - index[at], index[at + 1] & 0xFF
        number = beyond // step
        if number >= index[at + 1] >> 8 or number * step != beyond:
            return None
        row = row_at(table, index[at + 2])
        return Attribute(row, identifier, index[at + 3] + number, self._is_kept)

    def reported(self):
        """Return the attributes that are reported as shipped."""
        return [self.find(*identity) for identity in self._reported]


def read_answer(payload, look_up, room):
    """Return the payload of a Read Attributes Response; FrameError if the request is bad.

    look_up(identifier) gives (type, value), or None for what is not served. Attributes that do
    not fit into `room` octets are answered so, or not at all.
    """
    response = bytearray()
    for identifier in zcl.decode_read_attributes(payload):
        if len(response) + _LEAST_ANSWER > room:
            break
        zcl.put_uint(response, identifier, 2)
        at = len(response)
        found = look_up(identifier)
        if not found:
            response.append(zcl.UNSUPPORTED_ATTRIBUTE)
            continue
        response.append(zcl.SUCCESS)
        response.append(found[0])
        zcl_types.put_value(response, *found)
        if len(response) > room:
            response = response[:at]
            response.append(zcl.INSUFFICIENT_SPACE)
    return response


class AttributeServer:
    """Answers Read Attributes.

    read(name, index) gives the items' values: a meter's are durable ones. `reporting` builds the
    reports of what changed.
    """

    def __init__(self, role, read):
        self.table = AttributeTable(role)
        self.read = read
        self.reporting = Reporting(self.table, read)
        # What is served beside the table: (cluster, identifier): (type, value).
        self._added = {}

    def add(self, cluster, identifier, kind, value):
        """Serve one attribute more, whose value (an integer) never changes."""
        self._added[(cluster, identifier)] = (kind, value)

    def clusters(self):
        """Return the clusters that have attributes here, in order."""
        return self.table.clusters()

    def answer(self, cluster, payload, now_s, room=0xFFFF):
        """Return the payload of a Read Attributes Response; FrameError if the request is bad.

        Attributes that do not fit into `room` octets are answered so, or not at all.
        """
        with self.table.opened() as table:

            def look_up(identifier):
                attribute = self.table.load(table, cluster, identifier)
                if attribute is None:
                    return self._added.get((cluster, identifier))
                return attribute.kind, attribute.value(self.read, now_s)

            return read_answer(payload, look_up, room)


class AttributeClient:
    """Keeps the attributes that a server answers or reports in the client's dictionary.

    forgets: an amount that the server says it has no value of (any more) becomes None.
    """

    def __init__(self, role, data, forgets=False):
        self._data = data
        self._forgets = forgets
        self._table = AttributeTable(role, data)

    def clusters(self):
        """Return the clusters that attributes are kept of, in order."""
        return self._table.clusters()

    def keep(self, cluster, command, payload):
        """Take a Read Attributes Response or a report; FrameError, with nothing kept, if bad.

        A value of another type than the table's, or beyond the item, is not kept.
        """
        for identifier, kind, value in zcl.decode_values(command, payload):
            attribute = self._table.find(cluster, identifier)
            if attribute is None or attribute.kind != kind:
                continue
            if _fits(kind, value):
                attribute.keep(self._data, value)
            elif self._forgets and _says_none(kind, value):
                setattr(self._data, attribute.item(), None)


def _says_none(kind, value):
    """Tell whether a value says that there is none of an amount: all its bits are set."""
    return _UINT8 <= kind <= _UINT64 and value + 1 == 1 << 8 * zcl_types.size_of(kind)


def _fits(kind, value):
    """Tell whether a value fits the item it is kept in: the ZCL gives amounts more bits."""
    if zcl_types.is_string(kind):
        return True
    if _says_none(kind, value):
        return False
    return isinstance(value, int) and (value <= _MOST_KEPT or kind == zcl_types.kind_of("utc"))
