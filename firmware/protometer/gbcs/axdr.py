"""A-XDR, the encoding of DLMS data (IEC 61334-6), by types that a template spells out.

    b boolean    e enum    n null-data
    i8 i16 i32 integers with a sign, u8 u16 u32 without one
    o octet-string, v visible-string, t UTF-8, s bit-string: o6 of 6, o-18 of up to 18, o of any
    {..} structure of these, [.] array of one, ?. null-data or that

As values: integers, booleans, None; octets for strings, (count, octets) for bit-strings; lists.
What does not fit its template, or ends too early, is a PayloadError. What is long comes, or is
encoded, in slices: an element of an array in each.
"""

from micropython import const

from ..kernel.slices import finish
from .execution import PayloadError

_NULL = const(0x00)
_ARRAY = const(0x01)
_STRUCTURE = const(0x02)
_BOOLEAN = const(0x03)
_BIT_STRING = const(0x04)
_ENUM = const(0x16)
_TRUE = const(0xFF)
_INTEGERS = {
    "i8": (0x0F, 1),
    "i16": (0x10, 2),
    "i32": (0x05, 4),
    "u8": (0x11, 1),
    "u16": (0x12, 2),
    "u32": (0x06, 4),
}
_STRINGS = {"o": 0x09, "v": 0x0A, "t": 0x0C, "s": _BIT_STRING}
_OPENING = {"{": "}", "[": "]"}
# What holds other data, or may.
_NESTING = "{[?"
# Members of a structure in one slice.
_AT_ONCE = const(4)


def take(octets, at, template):
    """Return (value, end) of the data at an offset."""
    return finish(take_in_slices(octets, at, template))


def take_in_slices(octets, at, template):
    """Return, sliced, (value, end) of the data at an offset."""
    if template[0] in _NESTING:
        value, at, _ = yield from _take_nested(octets, at, template, 0)
    else:
        value, at, _ = _take(octets, at, template, 0)
    return value, at


def encode(template, value):
    """Return a value's octets."""
    return finish(encode_in_slices(template, value))


def encode_in_slices(template, value):
    """Return, sliced, a value's octets."""
    target = bytearray()
    if template[0] in _NESTING:
        yield from _put_nested(target, value, template, 0)
    else:
        _put(target, value, template, 0)
    return bytes(target)


def take_length(octets, at):
    """Return (length, end) of a length in its shortest form."""
    first, at = _octet(octets, at)
    if first < 0x80:
        return first, at
    size = first & 0x7F
    if not 1 <= size <= 2:
        raise PayloadError("A-XDR: a length of %d octets" % size)
    view, at = _octets(octets, at, size)
    length = int.from_bytes(view, "big")
    if length < (0x80, 0x100)[size - 1]:
        raise PayloadError("A-XDR: a length longer than it needs to be")
    return length, at


def put_length(target, length):
    """Append a length in its shortest form."""
    if length >= 0x100:
        target.extend(bytes((0x82, length >> 8, length & 0xFF)))
    elif length >= 0x80:
        target.extend(bytes((0x81, length)))
    else:
        target.append(length)


def _octet(octets, at):
    if at >= len(octets):
        raise PayloadError("A-XDR: ends too early")
    return octets[at], at + 1


def _octets(octets, at, size):
    end = at + size
    if end > len(octets):
        raise PayloadError("A-XDR: ends too early")
    return bytes(octets[at:end]), end


def _token(template, place):
    """Return (letter, number of an integer or a string's size, whether up to it, next place)."""
    letter = template[place]
    place += 1
    at_most = template[place : place + 1] == "-"
    if at_most:
        place += 1
    begin = place
    while place < len(template) and template[place] in "0123456789":
        place += 1
    size = int(template[begin:place]) if place > begin else -1
    return letter, size, at_most, place


def _skip(template, place):
    """Return the place behind one type."""
    opening = template[place]
    if opening == "?":
        return _skip(template, place + 1)
    if opening not in _OPENING:
        return _token(template, place)[3]
    place += 1
    while template[place] != _OPENING[opening]:
        place = _skip(template, place)
    return place + 1


def _take(octets, at, template, place):
    """Return (value, end, place behind the type) of what holds nothing else."""
    tag, at = _octet(octets, at)
    letter, size, at_most, place = _token(template, place)
    if letter in _STRINGS:
        _expect(tag, _STRINGS[letter])
        length, at = take_length(octets, at)
        if 0 <= size < length or (length < size and not at_most):
            raise PayloadError("A-XDR: a string of %d, not of %d" % (length, size))
        count = length + 7 >> 3 if letter == "s" else length
        value, at = _octets(octets, at, count)
        return ((length, value) if letter == "s" else value), at, place
    if letter == "n":
        _expect(tag, _NULL)
        return None, at, place
    if letter in "be":
        _expect(tag, _BOOLEAN if letter == "b" else _ENUM)
        value, at = _octet(octets, at)
        return (value != 0 if letter == "b" else value), at, place
    code, count = _INTEGERS["%s%d" % (letter, size)]
    _expect(tag, code)
    view, at = _octets(octets, at, count)
    value = int.from_bytes(view, "big")
    if letter == "i" and value >> size - 1:
        value -= 1 << size
    return value, at, place


def _take_nested(octets, at, template, place):
    """Return, sliced, (value, end, place behind the type) of a structure, an array, or what may
    be null-data.
    """
    if template[place] == "?":
        if at < len(octets) and octets[at] == _NULL:
            return None, at + 1, _skip(template, place)
        place += 1
        if template[place] not in _NESTING:
            return _take(octets, at, template, place)
    is_array = template[place] == "["
    tag, at = _octet(octets, at)
    _expect(tag, _ARRAY if is_array else _STRUCTURE)
    count, at = take_length(octets, at)
    place += 1
    behind = place
    values = []
    for index in range(count):
        if template[place] == "}":
            raise PayloadError("A-XDR: a structure with more than belongs into it")
        if template[place] in _NESTING:
            value, at, behind = yield from _take_nested(octets, at, template, place)
            yield
        else:
            value, at, behind = _take(octets, at, template, place)
            if is_array or index % _AT_ONCE == _AT_ONCE - 1:
                yield
        values.append(value)
        if not is_array:
            place = behind
    if is_array and not count:
        behind = _skip(template, place)
    if template[behind] not in "]}":
        raise PayloadError("A-XDR: a structure with less than belongs into it")
    return values, at, behind + 1


def _expect(tag, code):
    if tag != code:
        raise PayloadError("A-XDR: data of type %d, not %d" % (tag, code))


def _put(target, value, template, place):
    """Append a value that holds no others; return the place behind its type."""
    letter, size, _, place = _token(template, place)
    if letter == "n":
        target.append(_NULL)
    elif letter in _STRINGS:
        target.append(_STRINGS[letter])
        count, octets = value if letter == "s" else (len(value), value)
        put_length(target, count)
        target.extend(octets)
    elif letter == "b":
        target.extend(bytes((_BOOLEAN, _TRUE if value else 0)))
    elif letter == "e":
        target.extend(bytes((_ENUM, value)))
    else:
        code, count = _INTEGERS["%s%d" % (letter, size)]
        target.append(code)
        target.extend((value & (1 << size) - 1).to_bytes(count, "big"))
    return place


def _put_nested(target, value, template, place):
    """Append, sliced, a structure, an array, or what may be null-data; return the place behind."""
    if template[place] == "?":
        if value is None:
            target.append(_NULL)
            return _skip(template, place)
        place += 1
        if template[place] not in _NESTING:
            return _put(target, value, template, place)
    is_array = template[place] == "["
    target.append(_ARRAY if is_array else _STRUCTURE)
    put_length(target, len(value))
    place += 1
    behind = place
    for one in value:
        if template[place] in _NESTING:
            behind = yield from _put_nested(target, one, template, place)
            yield
        else:
            behind = _put(target, one, template, place)
            if is_array:
                yield
        if not is_array:
            place = behind
    if is_array and not len(value):
        behind = _skip(template, place)
    return behind + 1
