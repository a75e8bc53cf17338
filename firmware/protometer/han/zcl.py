"""ZCL frames: the header, and reading attributes as both sides do (ZCL revision 8, 2.4-2.5).

Decoders raise FrameError only, whatever the octets.
"""

from micropython import const

from .frame_error import FrameError, at_least
from .zcl_types import get_uint, get_value, put_uint

# The cluster that is served on both sides alike, and comes before any link key.
KEY_ESTABLISHMENT = const(0x0800)

# General commands; the others, and their statuses, are general_commands'.
READ_ATTRIBUTES = const(0x00)
READ_ATTRIBUTES_RESPONSE = const(0x01)
CONFIGURE_REPORTING = const(0x06)
REPORT_ATTRIBUTES = const(0x0A)
DEFAULT_RESPONSE = const(0x0B)

SUCCESS = const(0x00)
FAILURE = const(0x01)
NOT_AUTHORIZED = const(0x7E)
MALFORMED_COMMAND = const(0x80)
UNSUP_COMMAND = const(0x81)
UNSUPPORTED_ATTRIBUTE = const(0x86)
INVALID_VALUE = const(0x87)
INSUFFICIENT_SPACE = const(0x89)
NOT_FOUND = const(0x8B)
INVALID_DATA_TYPE = const(0x8D)

# Frame control bits.
CLUSTER_SPECIFIC = const(0x01)
_MANUFACTURER = const(0x04)
SERVER_TO_CLIENT = const(0x08)
NO_DEFAULT_RESPONSE = const(0x10)
_FRAME_TYPE = const(0x03)

_HEADER = const(3)


def frame(control, sequence, command, payload=b""):
    """Return a ZCL frame."""
    return bytes((control, sequence, command)) + payload


def cluster_command(sequence, command, payload, from_server):
    """Return the frame, a bytearray, of a cluster's command that wants no Default Response."""
    control = CLUSTER_SPECIFIC | NO_DEFAULT_RESPONSE
    if from_server:
        control |= SERVER_TO_CLIENT
    return bytearray((control, sequence, command)) + payload


def decode(octets):
    """Return (control, sequence, command, payload), or raise FrameError."""
    at_least(_HEADER, octets)
    control = octets[0]
    if control & _MANUFACTURER or control & _FRAME_TYPE > CLUSTER_SPECIFIC:
        raise FrameError("ZCL: frame control not ours")
    return control, octets[1], octets[2], octets[_HEADER:]


def read_attributes(sequence, identifiers):
    """Return a Read Attributes frame for some attribute identifiers."""
    payload = bytearray()
    for identifier in identifiers:
        put_uint(payload, identifier, 2)
    return frame(0, sequence, READ_ATTRIBUTES, payload)


def decode_read_attributes(payload):
    """Return the attribute identifiers asked for, or raise FrameError."""
    if not payload or len(payload) % 2:
        raise FrameError("ZCL: bad question")
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
