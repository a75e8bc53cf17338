"""ZCL data types: their identifiers, and values from and to octets (ZCL revision 8, 2.6.2).

A value is an integer, bytes for the strings, (element type, [values]) for an array, set or bag,
and [(type, value)] for a structure. Floating point numbers are kept as their octets' integer.
Decoders raise FrameError only, and hold no more than the octets that they are given.
"""

from micropython import const

from .frame_error import FrameError

# Names as the tables have them: "u48" an unsigned integer of 48 bits, "s" signed, "b" a bitmap,
# "d" data, "e" an enumeration.
_FIRST = {"d": 0x08, "b": 0x18, "u": 0x20, "s": 0x28, "e": 0x30}
_NAMED = {
    "bool": 0x10,
    "ostr": 0x41,
    "cstr": 0x42,
    "lostr": 0x43,
    "lcstr": 0x44,
    "array": 0x48,
    "struct": 0x4C,
    "tod": 0xE0,
    "date": 0xE1,
    "utc": 0xE2,
    "eui64": 0xF0,
    "key128": 0xF1,
}
# Octets of the types that no rule gives.
_SIZES = {
    0x00: 0,
    0x10: 1,
    0x30: 1,
    0x31: 2,
    0x38: 2,
    0x39: 4,
    0x3A: 8,
    0xE0: 4,
    0xE1: 4,
    0xE2: 4,
    0xE8: 2,
    0xE9: 2,
    0xEA: 4,
    0xF0: 8,
    0xF1: 16,
}
_UTC = const(0xE2)
_OCTET_STRING = const(0x41)
_LONG_CHARACTER_STRING = const(0x44)
# Where the length is that of a long string.
_LONG = const(0x43)
_STRUCTURE = const(0x4C)
_COLLECTIONS = (0x48, 0x50, 0x51)
# A structure may hold another, and so on: beyond this it is nonsense, or an attack.
_MOST_DEPTH = const(4)


def kind_of(name):
    """Return the identifier of a data type by its name in the tables; KeyError for another."""
    if name in _NAMED:
        return _NAMED[name]
    return _FIRST[name[0]] + int(name[1:]) // 8 - 1


def size_of(kind):
    """Return the octets of a type of fixed size, -1 for another; FrameError for no type."""
    if kind in _SIZES:
        return _SIZES[kind]
    if 0x08 <= kind <= 0x0F or 0x18 <= kind <= 0x2F:
        return (kind & 7) + 1
    if is_string(kind) or kind == _STRUCTURE or kind in _COLLECTIONS:
        return -1
    raise FrameError("ZCL: data type 0x%02x" % kind)


def is_string(kind):
    """Tell whether values of a type are octets with their length before them."""
    return _OCTET_STRING <= kind <= _LONG_CHARACTER_STRING


def is_signed(kind):
    """Tell whether a type has numbers below zero."""
    return 0x28 <= kind <= 0x2F


def is_analogue(kind):
    """Tell whether values of a data type can differ by much or little: integers and times."""
    return 0x20 <= kind <= 0x2F or kind == _UTC


def put_uint(octets, value, size):
    """Append the `size` octets of an integer, least significant first, modulo 2**(8 size)."""
    for _ in range(size):
        octets.append(value & 0xFF)
        value >>= 8


def get_uint(octets, at, size):
    """Return the unsigned integer of `size` octets at a place, or raise FrameError."""
    if at + size > len(octets):
        raise FrameError("ZCL: field cut off")
    value = 0
    for index in range(at + size - 1, at - 1, -1):
        value = value << 8 | octets[index]
    return value


def put_value(octets, kind, value):
    """Append a value of a data type.

    A value below zero, such as a cost at a negative price, is 0 where the type has no sign, and
    one beyond the type is its greatest, which says that there is no value.
    """
    size = size_of(kind)
    if size >= 0:
        if not is_signed(kind):
            value = max(value, 0)
            if value >> 8 * size:
                value = -1
        put_uint(octets, value, size)
    elif is_string(kind):
        put_uint(octets, len(value), 2 if kind >= _LONG else 1)
        octets.extend(value)
    elif kind == _STRUCTURE:
        put_uint(octets, len(value), 2)
        for member, inner in value:
            octets.append(member)
            put_value(octets, member, inner)
    else:
        member, values = value
        octets.append(member)
        put_uint(octets, len(values), 2)
        for inner in values:
            put_value(octets, member, inner)


def get_value(octets, at, kind, depth=0):
    """Return (value, end) of a data type at a place, or raise FrameError."""
    size = size_of(kind)
    if size >= 0:
        value = get_uint(octets, at, size)
        if is_signed(kind) and value >> 8 * size - 1:
            value -= 1 << 8 * size
        return value, at + size
    if is_string(kind):
        return _string(octets, at, 2 if kind >= _LONG else 1)
    if depth == _MOST_DEPTH:
        raise FrameError("ZCL: nested structures")
    if kind == _STRUCTURE:
        return _structure(octets, at, depth + 1)
    return _collection(octets, at, depth + 1)


def _string(octets, at, width):
    size = get_uint(octets, at, width)
    if size == (1 << 8 * width) - 1:
        # What stands for no string at all.
        size = 0
    end = at + width + size
    if end > len(octets):
        raise FrameError("ZCL: string cut off")
    return bytes(octets[at + width : end]), end


def _count(octets, at):
    count = get_uint(octets, at, 2)
    if count == 0xFFFF:
        return 0
    # No member is shorter than an octet.
    if count > len(octets) - at:
        raise FrameError("ZCL: members cut off")
    return count


def _structure(octets, at, depth):
    members = []
    count = _count(octets, at)
    at += 2
    for _ in range(count):
        kind = get_uint(octets, at, 1)
        value, at = get_value(octets, at + 1, kind, depth)
        members.append((kind, value))
    return members, at


def _collection(octets, at, depth):
    kind = get_uint(octets, at, 1)
    count = _count(octets, at + 1)
    at += 3
    values = []
    for _ in range(count):
        value, at = get_value(octets, at, kind, depth)
        values.append(value)
    return (kind, values), at
