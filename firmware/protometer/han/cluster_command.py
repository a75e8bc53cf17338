"""Commands of clusters by name, as `cluster_commands.tbl` lays out their fields.

The table stays a file: a command's row is read when it is sent or comes.
"""

from ..kernel.slices import finish
from ..model.dictionary import is_for
from ..model.table import rows, table_path
from .frame_error import FrameError
from .zcl_types import get_value, is_signed, is_string, kind_of, put_uint, put_value, size_of

_TABLE = table_path(__file__, "cluster_commands.tbl")
_COLUMNS = 6


class ClusterCommand:
    """One command: `cluster`, `from_server`, `identifier`, `name`, and its payload's codec.

    Values are a dictionary by field: integers, bytes for strings and for arrays of octets, lists
    for other arrays, dictionaries for fields that go together.
    """

    def __init__(self, row):
        self.cluster = int(row[0], 0)
        self.from_server = row[1] == "s"
        self.identifier = int(row[2], 0)
        self.name = row[3]
        self._fields = row[5]

    def encode(self, values):
        """Return the payload; FrameError for what is no field, or no value of its type.

        What is left out has no value: all bits set, the least of a signed type, nothing of a
        string or an array.
        """
        return finish(self.encode_in_slices(values))

    def encode_in_slices(self, values):
        """Do, sliced, as encode() does."""
        octets = bytearray()
        taken = yield from _encode(self._fields.split(), values, octets)
        if taken != len(values):
            raise FrameError("%s: values for no field" % self.name)
        return octets

    def decode(self, payload):
        """Return the values; FrameError where the payload ends too early.

        Octets beyond the last field are of a later version, and are left alone.
        """
        return finish(_decode(self._fields.split(), payload, 0))[0]

    def decode_in_slices(self, payload):
        """Do, sliced, as decode() does; FrameError where octets are left over too."""
        values, end = yield from _decode(self._fields.split(), payload, 0)
        if end != len(payload):
            raise FrameError("%s: %d octets left over" % (self.name, len(payload) - end))
        return values


def find(cluster, from_server, command):
    """Return a command by its name or identifier; FrameError where the table has none."""
    side = "s" if from_server else "c"
    text = command if isinstance(command, str) else "0x%02x" % command
    for row in rows(_TABLE, _COLUMNS, "0x%04x" % cluster, text):
        if row[1] == side and (row[3] == command or int(row[2], 0) == command):
            return ClusterCommand(row)
    raise FrameError("cluster 0x%04x: no command %s" % (cluster, command))


def commands(role, cluster, from_server, received):
    """Yield the identifiers of the commands that a role carries out, or those that it sends."""
    side = "s" if from_server else "c"
    for row in rows(_TABLE, _COLUMNS, "0x%04x" % cluster):
        sent, _, taken = row[4].partition(">")
        if row[1] == side and is_for(role, taken if received else sent):
            yield int(row[2], 0)


class _Field:
    """A field's text taken apart.

    is_last: it and what follows may be missing; several: it is an array, of as many as `count`
    says, or up to the end; kind: its type, None for fields that go together, which are `members`.
    """

    def __init__(self, text):
        condition, mark, rest = text.rpartition("?")
        self.condition = condition
        self.is_last = mark == "?" and not condition
        self.name, _, kind = rest.partition(":")
        self.several = kind[-1] == "]"
        self.count = ""
        if self.several:
            cut = kind.rindex("[")
            self.count = kind[cut + 1 : -1]
            kind = kind[:cut]
        self.members = kind[1:-1].split(",") if kind[0] == "(" else None
        self.kind = None if self.members else kind_of(kind)

    def applies(self, values):
        """Tell whether the condition holds, for the fields before."""
        condition = self.condition
        for sign in "&=>":
            if sign in condition:
                name, number = condition.split(sign)
                value, number = values.get(name, 0), int(number)
                if sign == "&":
                    return value & number != 0
                return value == number if sign == "=" else value > number
        return True

    def number(self, values):
        """Return how many there are by an earlier field, -1 for as many as there is room."""
        if not self.count:
            return -1
        name, _, mask = self.count.partition("&")
        number = values.get(name, 0)
        return number & int(mask) if mask else number

    def is_octets(self):
        """Tell whether it is an array of octets, which are held as bytes."""
        return self.several and self.kind == 0x20


def _encode(texts, values, octets):
    """Append, sliced, fields; return how many values were used."""
    taken = 0
    for text in texts:
        field = _Field(text)
        if field.is_last and field.name not in values:
            break
        if not field.applies(values):
            continue
        value = values.get(field.name)
        if field.name in values:
            taken += 1
        if field.several:
            value = value or ()
            if field.number(values) not in (-1, len(value)):
                raise FrameError("%s: %d is not what was said" % (field.name, len(value)))
        else:
            value = (value,)
        for member in value:
            if field.members:
                yield from _put_members(field, member or {}, octets)
            else:
                _put(field, member, octets)
            if field.several:
                yield
    return taken


def _put_members(field, values, octets):
    taken = yield from _encode(field.members, values, octets)
    if taken != len(values):
        raise FrameError("%s: values for no field" % field.name)


def _put(field, value, octets):
    if is_string(field.kind):
        value = value or b""
        if len(value) > 0xFE:
            raise FrameError("%s: %d octets too long" % (field.name, len(value)))
        put_value(octets, field.kind, value)
    else:
        bits = 8 * size_of(field.kind)
        least = -(1 << bits - 1) if is_signed(field.kind) else 0
        if value is None:
            value = least or (1 << bits) - 1
        if not least <= value < least + (1 << bits):
            raise FrameError("%s: %d is beyond its type" % (field.name, value))
        put_uint(octets, value, bits // 8)


def _decode(texts, octets, at):
    """Return, sliced, (values, end) of fields."""
    values = {}
    for text in texts:
        field = _Field(text)
        if field.is_last and at >= len(octets):
            break
        if not field.applies(values):
            continue
        if field.several:
            values[field.name], at = yield from _get_several(field, values, octets, at)
        elif field.members:
            values[field.name], at = yield from _decode(field.members, octets, at)
        else:
            values[field.name], at = get_value(octets, at, field.kind)
    return values, at


def _get_several(field, values, octets, at):
    left = field.number(values)
    if field.is_octets():
        end = len(octets) if left < 0 else at + left
        if end > len(octets):
            raise FrameError("%s: ends beyond the payload" % field.name)
        return bytes(octets[at:end]), end
    found = []
    # Each takes an octet at least, so that they are no more than the payload has.
    while left != 0 and (left > 0 or at < len(octets)):
        if field.members:
            value, at = yield from _decode(field.members, octets, at)
        else:
            value, at = get_value(octets, at, field.kind)
        found.append(value)
        left -= 1
        yield
    return found, at
