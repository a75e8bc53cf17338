"""ZCL frames: header, data types and the general commands this release uses (ZCL rev 8, 2.4-2.6).

Decoders raise FrameError only, whatever the octets.
"""

from micropython import const

from .frame_error import FrameError

READ_ATTRIBUTES = const(0x00)
READ_ATTRIBUTES_RESPONSE = const(0x01)
CONFIGURE_REPORTING = const(0x06)
CONFIGURE_REPORTING_RESPONSE = const(0x07)
REPORT_ATTRIBUTES = const(0x0A)
DEFAULT_RESPONSE = const(0x0B)

SUCCESS = const(0x00)
NOT_AUTHORIZED = const(0x7E)
UNSUP_COMMAND = const(0x81)
UNSUPPORTED_ATTRIBUTE = const(0x86)

# Frame control bits.
CLUSTER_SPECIFIC = const(0x01)
_MANUFACTURER = const(0x04)
SERVER_TO_CLIENT = const(0x08)
NO_DEFAULT_RESPONSE = const(0x10)
_FRAME_TYPE = const(0x03)

_HEADER = const(3)

# Data types: identifier to (octets, signed); octets 0 means a length octet comes first.
TYPES = {
    "BOOL": 0x10,
    "BITMAP8": 0x18,
    "BITMAP16": 0x19,
    "UINT8": 0x20,
    "UINT16": 0x21,
    "UINT24": 0x22,
    "UINT32": 0x23,
    "UINT48": 0x25,
    "INT24": 0x2A,
    "INT32": 0x2B,
    "ENUM8": 0x30,
    "ENUM16": 0x31,
    "OCTSTR": 0x41,
    "CHARSTR": 0x42,
    "UTC": 0xE2,
}
_SIZES = {
    0x10: (1, False),
    0x18: (1, False),
    0x19: (2, False),
    0x20: (1, False),
    0x21: (2, False),
    0x22: (3, False),
    0x23: (4, False),
    0x25: (6, False),
    0x2A: (3, True),
    0x2B: (4, True),
    0x30: (1, False),
    0x31: (2, False),
    0x41: (0, False),
    0x42: (0, False),
    0xE2: (4, False),
}


def frame(control, sequence, command, payload=b""):
    """Return a ZCL frame."""
    return bytes((control, sequence, command)) + payload


def decode(octets):
    """Return (control, sequence, command, payload), or raise FrameError."""
    if len(octets) < _HEADER:
        raise FrameError("ZCL: %d octets is too short" % len(octets))
    control = octets[0]
    if control & _MANUFACTURER or control & _FRAME_TYPE > CLUSTER_SPECIFIC:
        raise FrameError("ZCL: frame control 0x%02x is not ours" % control)
    return control, octets[1], octets[2], octets[_HEADER:]


def put_uint(octets, value, size):
    """Append the `size` octets of an integer, least significant first, modulo 2**(8 size)."""
    for _ in range(size):
        octets.append(value & 0xFF)
        value >>= 8


def get_uint(octets, at, size):
    """Return the unsigned integer of `size` octets at a place, or raise FrameError."""
    if at + size > len(octets):
        raise FrameError("ZCL: payload ends inside a field")
    value = 0
    for index in range(at + size - 1, at - 1, -1):
        value = value << 8 | octets[index]
    return value


def is_analogue(kind):
    """Tell whether values of a data type can differ by much or little: integers and times."""
    return 0x20 <= kind <= 0x2F or kind == TYPES["UTC"]


def put_value(octets, kind, value):
    """Append a value of a data type: an integer, or bytes for the strings.

    A value below zero, such as a cost at a negative price, is 0 where the type has no sign.
    """
    size, signed = _SIZES[kind]
    if size:
        put_uint(octets, value if signed else max(value, 0), size)
    else:
        octets.append(len(value))
        octets.extend(value)


def get_value(octets, at, kind):
    """Return (value, end) of a data type at a place, or raise FrameError."""
    if kind not in _SIZES:
        raise FrameError("ZCL: data type 0x%02x is not ours" % kind)
    size, signed = _SIZES[kind]
    if size:
        value = get_uint(octets, at, size)
        if signed and value >> 8 * size - 1:
            value -= 1 << 8 * size
        return value, at + size
    size = get_uint(octets, at, 1)
    if size == 0xFF:
        size = 0
    end = at + 1 + size
    if end > len(octets):
        raise FrameError("ZCL: string ends beyond the payload")
    return bytes(octets[at + 1 : end]), end


def read_attributes(sequence, identifiers):
    """Return a Read Attributes frame for some attribute identifiers."""
    payload = bytearray()
    for identifier in identifiers:
        put_uint(payload, identifier, 2)
    return frame(0, sequence, READ_ATTRIBUTES, payload)


def decode_read_attributes(payload):
    """Return the attribute identifiers asked for, or raise FrameError."""
    if not payload or len(payload) % 2:
        raise FrameError("ZCL: Read Attributes of %d octets" % len(payload))
    return [get_uint(payload, at, 2) for at in range(0, len(payload), 2)]


def decode_values(command, payload):
    """Return [(identifier, type, value)] of a Read Attributes Response or a report.

    Attributes that the server doesn't support are left out. Raises FrameError.
    """
    values = []
    at = 0
    while at < len(payload):
        identifier = get_uint(payload, at, 2)
        at += 2
        if command == READ_ATTRIBUTES_RESPONSE:
            status = get_uint(payload, at, 1)
            at += 1
            if status != SUCCESS:
                continue
        kind = get_uint(payload, at, 1)
        value, at = get_value(payload, at + 1, kind)
        values.append((identifier, kind, value))
    return values


def default_response(sequence, command, status, control):
    """Return the Default Response to a command, in the direction opposite to its control."""
    direction = ~control & SERVER_TO_CLIENT
    return frame(
        direction | NO_DEFAULT_RESPONSE, sequence, DEFAULT_RESPONSE, bytes((command, status))
    )


def decode_default_response(payload):
    """Return (command, status), or raise FrameError."""
    return get_uint(payload, 0, 1), get_uint(payload, 1, 1)
