"""Serves and keeps ZCL attributes out of the dictionary, as `attributes.tbl` says.

Nothing is stored twice: a server reads the dictionary when it is asked, a client writes what it
is told into its own dictionary. The table is packed at start into a few octets a row.
"""

from micropython import const

from ..model.table import rows, table_path
from . import zcl
from .reporting import Reporting

_TABLE = table_path(__file__, "attributes.tbl")
_COLUMNS = 7
_NEVER = const(-1)
_MOST_KEPT = const(0x7FFF_FFFF)


class Attribute:
    """One served or kept attribute: where its value comes from or goes to."""

    def __init__(self, cluster, identifier, kind, name, index, constant, values, report_s):
        self.cluster = cluster
        self.identifier = identifier
        self.kind = kind
        self._name = name
        self._index = index
        self._constant = constant
        self._values = values
        self.report_s = report_s
        self.reported = None
        self.reported_s = 0

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
        return value.encode() if isinstance(value, str) else value

    def is_constant(self):
        """Tell whether its value never changes."""
        return self._constant is not None

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


def served(role):
    """Return the attributes that a role ('E', 'G', 'I' or 'H') serves."""
    return _parse(lambda row: role in row[3], 4)


def kept(role, items):
    """Return the attributes that a client keeps; items: names its dictionary has."""
    return _parse(lambda row: role not in row[3] and row[5] in items, 5)


def _parse(wanted, target):
    attributes = []
    for row in rows(_TABLE, _COLUMNS):
        if wanted(row):
            attributes.append(_attribute(row, target))
    return attributes


def _attribute(row, target):
    cluster, identifier, kind, _, source, _, report = row
    values = None
    constant = None
    name = source
    index = -1
    if source[0] == "=":
        constant = int(source[1:], 0)
    elif source[0] == "@":
        name = ""
    elif source[-1] == "]":
        cut = source.index("[")
        name, index = source[:cut], int(source[cut + 1 : -1])
    elif ":" in source:
        name, translated = source.split(":")
        values = bytes(int(value) for value in translated.split(","))
    if target == 5:
        name, index = row[5], -1
    report_s = _NEVER if report == "-" else int(report)
    cluster = int(cluster, 0)
    identifier = int(identifier, 0)
    kind = zcl.TYPES[kind]
    return Attribute(cluster, identifier, kind, name, index, constant, values, report_s)


class AttributeServer:
    """Answers Read Attributes.

    read(name, index) gives the items' values: a meter's are durable ones. `reporting` builds the
    reports of what changed.
    """

    def __init__(self, role, read):
        self._read = read
        self._attributes = served(role)
        self.reporting = Reporting(self._attributes, self._find, read)

    def add(self, cluster, identifier, kind, value):
        """Serve one attribute more, whose value (an integer) never changes."""
        name, index, values = None, -1, None
        added = Attribute(cluster, identifier, kind, name, index, value, values, _NEVER)
        self._attributes.append(added)

    def clusters(self):
        """Return the clusters that have attributes here, in order."""
        return _clusters(self._attributes)

    def answer(self, cluster, payload, now_s):
        """Return the payload of a Read Attributes Response; FrameError if the request is bad."""
        response = bytearray()
        for identifier in zcl.decode_read_attributes(payload):
            zcl.put_uint(response, identifier, 2)
            attribute = self._find(cluster, identifier)
            if attribute is None:
                response.append(zcl.UNSUPPORTED_ATTRIBUTE)
                continue
            response.append(zcl.SUCCESS)
            response.append(attribute.kind)
            zcl.put_value(response, attribute.kind, attribute.value(self._read, now_s))
        return response

    def _find(self, cluster, identifier):
        return _find(self._attributes, cluster, identifier)


class AttributeClient:
    """Keeps the attributes that a server answers or reports in the client's dictionary."""

    def __init__(self, role, data):
        self._data = data
        self._attributes = kept(role, dir(data))

    def clusters(self):
        """Return the clusters that attributes are kept of, in order."""
        return _clusters(self._attributes)

    def keep(self, cluster, command, payload):
        """Take a Read Attributes Response or a report; FrameError, with nothing kept, if bad.

        A value of another type than the table's, or beyond the item, is not kept.
        """
        for identifier, kind, value in zcl.decode_values(command, payload):
            attribute = _find(self._attributes, cluster, identifier)
            if attribute is not None and attribute.kind == kind and _fits(kind, value):
                attribute.keep(self._data, value)


def _clusters(attributes):
    return sorted({attribute.cluster for attribute in attributes})


def _find(attributes, cluster, identifier):
    for attribute in attributes:
        if attribute.identifier == identifier and attribute.cluster == cluster:
            return attribute
    return None


def _fits(kind, value):
    """Tell whether a value fits the item it is kept in: the ZCL gives amounts more bits."""
    return not isinstance(value, int) or value <= _MOST_KEPT or kind == zcl.TYPES["UTC"]
