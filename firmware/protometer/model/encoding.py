"""Values in octets: the same octets on every runtime, for Commands that are kept for later.

Integers, text, octets, None, and lists of these. One octet says the kind; lengths and magnitudes
follow in groups of 7 bits, the lowest first, each octet but the last with its top bit set.
"""

from micropython import const

from ..kernel.slices import finish

_NONE = const(0)
_POSITIVE = const(1)
_NEGATIVE = const(2)
_OCTETS = const(3)
_TEXT = const(4)
_LIST = const(5)
# No integer of a Command has more than 64 bits. The prices of a tariff stand in lists six deep:
# of Commands, of one, of its values, of a tariff, of its prices, of those of one kind.
_MOST_GROUPS = const(10)
_DEEPEST = const(7)
_LISTS = (list, tuple)
_A_LIST = bytes((_LIST,))
# Entries of a list in one slice.
_AT_ONCE = const(8)


class EncodingError(ValueError):
    """The octets are no encoded value."""


def encode(value):
    """Return a value's octets; booleans become integers."""
    return finish(encode_in_slices(value))


def encode_in_slices(value):
    """Do, sliced, as encode() does."""
    target = bytearray()
    if isinstance(value, _LISTS):
        yield from _put_list(target, value)
    else:
        _put(target, value)
    return bytes(target)


def decode(octets, at=0):
    """Return (value, end) of the value that begins at an offset, or raise EncodingError.

    Lists come back as lists.
    """
    return finish(decode_in_slices(octets, at))


def decode_in_slices(octets, at=0):
    """Do, sliced, as decode() does."""
    if octets[at : at + 1] == _A_LIST:
        return (yield from _take_list(octets, at, _DEEPEST))
    return _take(octets, at)


def _put_list(target, values):
    _put_number(target, _LIST, len(values))
    for index, value in enumerate(values):
        if isinstance(value, _LISTS):
            yield from _put_list(target, value)
        else:
            _put(target, value)
        if index % _AT_ONCE == _AT_ONCE - 1:
            yield


def _put(target, value):
    if value is None:
        target.append(_NONE)
    elif isinstance(value, str):
        octets = value.encode()
        _put_number(target, _TEXT, len(octets))
        target.extend(octets)
    elif isinstance(value, (bytes, bytearray)):
        _put_number(target, _OCTETS, len(value))
        target.extend(value)
    else:
        value = int(value)
        _put_number(target, _NEGATIVE if value < 0 else _POSITIVE, abs(value))


def _put_number(target, kind, number):
    target.append(kind)
    while number > 0x7F:
        target.append(number & 0x7F | 0x80)
        number >>= 7
    target.append(number)


def _take_list(octets, at, depth):
    """Return, sliced, (list, end)."""
    if not depth:
        raise EncodingError("value: nests too deep")
    count, at = _take_number(octets, at + 1)
    if count > len(octets) - at:
        raise EncodingError("value: longer than what follows")
    values = []
    for index in range(count):
        if octets[at : at + 1] == _A_LIST:
            value, at = yield from _take_list(octets, at, depth - 1)
        else:
            value, at = _take(octets, at)
        values.append(value)
        if index % _AT_ONCE == _AT_ONCE - 1:
            yield
    return values, at


def _take(octets, at):
    """Return (value, end) of what is no list."""
    if at >= len(octets):
        raise EncodingError("value: ends too early")
    kind = octets[at]
    if kind == _NONE:
        return None, at + 1
    if kind >= _LIST:
        raise EncodingError("value: there is no kind %d" % kind)
    number, at = _take_number(octets, at + 1)
    if kind == _POSITIVE:
        return number, at
    if kind == _NEGATIVE:
        return -number, at
    if number > len(octets) - at:
        raise EncodingError("value: longer than what follows")
    content = bytes(octets[at : at + number])
    return (_text(content) if kind == _TEXT else content), at + number


def _take_number(octets, at):
    number = 0
    for group in range(_MOST_GROUPS):
        if at + group >= len(octets):
            break
        octet = octets[at + group]
        number |= (octet & 0x7F) << 7 * group
        if octet < 0x80:
            return number, at + group + 1
    raise EncodingError("value: a number does not end")


def _text(octets):
    try:
        return octets.decode()
    except ValueError:
        # UnicodeError is one.
        raise EncodingError("value: not UTF-8 text")
