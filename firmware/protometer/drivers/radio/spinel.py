"""Spinel: what a host and a radio co-processor (RCP) say to each other, as octets.

After draft-rquattle-spinel-unified, sections 3 to 5, and the OpenThread RCP. Numbers are
little-endian; an EUI-64 goes most significant octet first, and is least significant first here.
"""

from micropython import const

# Commands.
RESET = const(1)
PROP_VALUE_GET = const(2)
PROP_VALUE_SET = const(3)
PROP_VALUE_IS = const(6)

# What a RESET begins anew: the stack, not the whole chip.
RESET_STACK = const(2)

# Properties.
LAST_STATUS = const(0x00)
PROTOCOL_VERSION = const(0x01)
NCP_VERSION = const(0x02)
INTERFACE_TYPE = const(0x03)
PHY_ENABLED = const(0x20)
PHY_CHAN = const(0x21)
PHY_CCA_THRESHOLD = const(0x24)
PHY_TX_POWER = const(0x25)
PHY_RSSI = const(0x26)
PHY_RX_SENSITIVITY = const(0x27)
MAC_15_4_LADDR = const(0x34)
MAC_15_4_SADDR = const(0x35)
MAC_15_4_PANID = const(0x36)
MAC_RAW_STREAM_ENABLED = const(0x37)
MAC_PROMISCUOUS_MODE = const(0x38)
MAC_RX_ON_WHEN_IDLE = const(0x3B)
STREAM_RAW = const(0x71)
RCP_API_VERSION = const(0xB0)
RCP_MIN_HOST_API_VERSION = const(0xB1)
MAC_SRC_MATCH_ENABLED = const(0x1303)
MAC_SRC_MATCH_SHORT_ADDRESSES = const(0x1304)
MAC_SRC_MATCH_EXTENDED_ADDRESSES = const(0x1305)

# Values of LAST_STATUS; from RESET_FIRST to RESET_LAST it tells why the RCP began anew.
OK = const(0)
FAILURE = const(1)
INVALID_ARGUMENT = const(3)
INVALID_STATE = const(4)
INVALID_COMMAND = const(5)
PARSE_ERROR = const(9)
BUSY = const(12)
PROP_NOT_FOUND = const(13)
NO_ACK = const(17)
CCA_FAILURE = const(18)
RESET_SOFTWARE = const(114)
RESET_FIRST = const(112)
RESET_LAST = const(127)

MOST_PSDU = const(127)

_FLAG = const(0x80)
_FLAG_MASK = const(0xC0)
_TID_MASK = const(0x0F)
_MOST_PACKED = const(0x1F_FFFF)
_MOST_PACKED_OCTETS = const(3)
_EUI64 = const(8)


class SpinelError(ValueError):
    """What came is no Spinel of ours; the message names the fault."""


def packed(value):
    """Return a number below 2**21 in one to three octets."""
    if not 0 <= value <= _MOST_PACKED:
        raise SpinelError("%d can't be packed" % value)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def unpacked(octets, at):
    """Return (value, where the next field begins) of a packed number."""
    value = 0
    for index in range(_MOST_PACKED_OCTETS):
        if at >= len(octets):
            raise SpinelError("packed number cut")
        octet = octets[at]
        at += 1
        value |= (octet & 0x7F) << 7 * index
        if octet < 0x80:
            return value, at
    raise SpinelError("packed number of more than three octets")


def frame(tid, command, *parts):
    """Return a frame: transaction (0: none), command and what belongs to it."""
    return b"".join((bytes((_FLAG | tid,)), packed(command)) + parts)


def opened(octets):
    """Return (tid, command, where its parts begin) of a frame."""
    if not octets or octets[0] & _FLAG_MASK != _FLAG:
        raise SpinelError("no Spinel header")
    command, at = unpacked(octets, 1)
    return octets[0] & _TID_MASK, command, at


# How the values of properties stand: by letter of the draft, (to octets, from octets).


def _fixed(size, lowest):
    """Return the pair for an integer of a size; lowest: the least value, below 0 if signed."""

    def write(value):
        if not lowest <= value < lowest + (1 << 8 * size):
            raise SpinelError("%d in %d octets" % (value, size))
        return bytes([value >> 8 * index & 0xFF for index in range(size)])

    def read(octets):
        if len(octets) < size:
            raise SpinelError("integer cut")
        value = 0
        for index in range(size):
            value |= octets[index] << 8 * index
        return value - (1 << 8 * size) if lowest and value >> 8 * size - 1 else value

    return write, read


def _write_bool(value):
    return b"\x01" if value else b"\x00"


def _read_bool(octets):
    if not octets or octets[0] > 1:
        raise SpinelError("no truth value")
    return octets[0] == 1


def _write_eui64(value):
    return bytes(reversed(value))


def _read_eui64(octets):
    if len(octets) < _EUI64:
        raise SpinelError("EUI-64 cut")
    return bytes(reversed(octets[:_EUI64]))


def _write_numbers(values):
    return b"".join([packed(value) for value in values])


def _read_numbers(octets):
    values = []
    at = 0
    while at < len(octets):
        value, at = unpacked(octets, at)
        values.append(value)
    return tuple(values)


def _write_text(value):
    return value.encode() + b"\x00"


def _read_text(octets):
    if not octets or octets[-1]:
        raise SpinelError("text without its end")
    try:
        return octets[:-1].decode()
    except UnicodeError:
        raise SpinelError("text is not UTF-8")


def _array(size):
    """Return the pair for a list of addresses, least significant octet first in both.

    A 16-bit address goes as it is, an EUI-64 turned round.
    """
    turn = reversed if size == _EUI64 else iter

    def write(addresses):
        return b"".join([bytes(turn(address)) for address in addresses])

    def read(octets):
        if len(octets) % size:
            raise SpinelError("list of addresses cut")
        return [bytes(turn(octets[at : at + size])) for at in range(0, len(octets), size)]

    return write, read


_VALUES = {
    "b": (_write_bool, _read_bool),
    "C": _fixed(1, 0),
    "c": _fixed(1, -128),
    "S": _fixed(2, 0),
    "E": (_write_eui64, _read_eui64),
    "i": (_write_numbers, _read_numbers),
    "U": (_write_text, _read_text),
    "A(S)": _array(2),
    "A(E)": _array(_EUI64),
}
# "i" stands for as many packed numbers as there are, so LAST_STATUS is not among these.
KINDS = {
    PROTOCOL_VERSION: "i",
    NCP_VERSION: "U",
    INTERFACE_TYPE: "i",
    PHY_ENABLED: "b",
    PHY_CHAN: "C",
    PHY_CCA_THRESHOLD: "c",
    PHY_TX_POWER: "c",
    PHY_RSSI: "c",
    PHY_RX_SENSITIVITY: "c",
    MAC_15_4_LADDR: "E",
    MAC_15_4_SADDR: "S",
    MAC_15_4_PANID: "S",
    MAC_RAW_STREAM_ENABLED: "b",
    MAC_PROMISCUOUS_MODE: "C",
    MAC_RX_ON_WHEN_IDLE: "b",
    RCP_API_VERSION: "i",
    RCP_MIN_HOST_API_VERSION: "i",
    MAC_SRC_MATCH_ENABLED: "b",
    MAC_SRC_MATCH_SHORT_ADDRESSES: "A(S)",
    MAC_SRC_MATCH_EXTENDED_ADDRESSES: "A(E)",
}


def with_value(key, value):
    """Return a property and its value as a command carries them."""
    return packed(key) + _VALUES[KINDS[key]][0](value)


def value_of(key, octets):
    """Return the value of a property of KINDS."""
    return _VALUES[KINDS[key]][1](octets)


# The stream of raw frames.


def to_transmit(psdu, channel):
    """Return STREAM_RAW with a PSDU, check sequence left to the RCP, and how it is to be sent.

    With CSMA-CA at four back-offs and without retries, which are the MAC's.
    """
    size = len(psdu)
    head = packed(STREAM_RAW) + bytes((size & 0xFF, size >> 8))
    # Channel, back-offs, retries, CSMA-CA, header updated, retransmission, security processed;
    # delay and its base (32 bits each), channel to receive on afterwards.
    return head + bytes(psdu) + bytes((channel, 4, 0, 1, 0, 0, 0)) + bytes(8) + bytes((channel,))


def received(octets):
    """Return (psdu, rssi_dbm, lqi) of a STREAM_RAW from the RCP, from after its number on.

    LQI is 0 where the RCP tells none.
    """
    psdu, at = _counted(octets, 0)
    if len(psdu) > MOST_PSDU:
        raise SpinelError("PSDU of %d octets" % len(psdu))
    if len(octets) < at + 4:
        raise SpinelError("STREAM_RAW without its RSSI, noise and flags")
    rssi_dbm = octets[at] - 256 if octets[at] & 0x80 else octets[at]
    phy = b""
    if len(octets) > at + 4:
        phy, _ = _counted(octets, at + 4)
    return psdu, rssi_dbm, phy[1] if len(phy) > 1 else 0


def status_of(octets):
    """Return (status, acknowledgement told of data) of a LAST_STATUS, from after its number on."""
    status, at = unpacked(octets, 0)
    return status, at < len(octets) and octets[at] == 1


def _counted(octets, at):
    """Return (data, where the next field begins) of data that its length stands before."""
    if len(octets) < at + 2:
        raise SpinelError("length cut")
    start = at + 2
    end = start + (octets[at] | octets[at + 1] << 8)
    if end > len(octets):
        raise SpinelError("data cut")
    return octets[start:end], end
