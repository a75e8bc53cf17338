"""Values in octets: the same octets on every runtime, for Commands that are kept for later.

Integers, text, octets, None, and lists of these. One octet says the kind; lengths and magnitudes
follow in groups of 7 bits, the lowest first, each octet but the last with its top bit set.
"""

from micropython import const

_NONE = const(0)
_POSITIVE = const(1)
_NEGATIVE = const(2)
_OCTETS = const(3)
_TEXT = const(4)
_LIST = const(5)
# No integer of a Command has more than 64 bits. The prices of a tariff stand in lists six deep:
# of Commands, of one, of its values, of a tariff, of its prices, of those of one kind.
_MOST_GROUPS = const(10)
_DEEPEST = const(8)


class EncodingError(ValueError):
    """The octets are no encoded value."""


def encode(value):
    """Return a value's octets; booleans become integers."""
    target = bytearray()
    _put(target, value)
    return bytes(target)


def decode(octets, at=0):
    """Return (value, end) of the value that begins at an offset, or raise EncodingError.

    Lists come back as lists.
    """
    return _take(octets, at, _DEEPEST)


def _put(target, value):
    if value is None:
        target.append(_NONE)
    elif isinstance(value, (list, tuple)):
        _put_number(target, _LIST, len(value))
        for entry in value:
            _put(target, entry)
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


def _take(octets, at, depth):
    if at >= len(octets) or not depth:
        raise EncodingError("value: ends too early or nests too deep")
    kind = octets[at]
    if kind == _NONE:
        return None, at + 1
    if kind > _LIST:
        raise EncodingError("value: there is no kind %d" % kind)
    number, at = _take_number(octets, at + 1)
    if kind == _POSITIVE:
        return number, at
    if kind == _NEGATIVE:
        return -number, at
    if number > len(octets) - at:
        raise EncodingError("value: longer than what follows")
    if kind == _LIST:
        values = []
        for _ in range(number):
            value, at = _take(octets, at, depth - 1)
            values.append(value)
        return values, at
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
