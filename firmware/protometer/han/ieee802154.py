"""IEEE 802.15.4-2006 data frames with 16-bit addresses, and the frame check sequence."""

from array import array

from micropython import const

from .frame_error import FrameError

BROADCAST = const(0xFFFF)
# Frame control: data frame, PAN id compression, short addresses; bit 5 asks for an ack.
_DATA = const(0x8841)
_ACK_REQUEST = const(0x0020)
# Bits that a frame may differ in and still be read: ack request and frame pending.
_IGNORED = const(0x0030)
_HEADER = const(9)
_FCS = const(2)
MOST_OCTETS = const(127)


def _fcs_table():
    table = array("H")
    for octet in range(256):
        for _ in range(8):
            octet = octet >> 1 ^ 0x8408 if octet & 1 else octet >> 1
        table.append(octet)
    return table


_TABLE = _fcs_table()


def fcs(octets, size):
    """Return the frame check sequence of the first `size` octets (ITU-T CRC-16)."""
    table = _TABLE
    crc = 0
    for index in range(size):
        crc = crc >> 8 ^ table[(crc ^ octets[index]) & 0xFF]
    return crc


def encode_data(sequence, pan_id, destination, source, payload, fill_fcs):
    """Return the PSDU of a data frame; unicast asks for an acknowledgement.

    fill_fcs: compute the check sequence, where the radio doesn't.
    """
    size = _HEADER + len(payload)
    if size + _FCS > MOST_OCTETS:
        raise FrameError("MAC: %d octets is too long" % (size + _FCS))
    control = _DATA if destination == BROADCAST else _DATA | _ACK_REQUEST
    psdu = bytearray(size + _FCS)
    for at, value in ((0, control), (3, pan_id), (5, destination), (7, source)):
        psdu[at] = value & 0xFF
        psdu[at + 1] = value >> 8
    psdu[2] = sequence
    psdu[_HEADER:size] = payload
    if fill_fcs:
        check = fcs(psdu, size)
        psdu[size] = check & 0xFF
        psdu[size + 1] = check >> 8
    return psdu


def check_fcs(psdu):
    """Raise FrameError unless a PSDU's check sequence is right."""
    size = len(psdu) - _FCS
    if size < 0 or fcs(psdu, size) != psdu[size] | psdu[size + 1] << 8:
        raise FrameError("MAC: wrong frame check sequence")


def decode_data(psdu):
    """Return (sequence, pan_id, destination, source, payload) of a data frame, FCS unchecked."""
    size = len(psdu) - _FCS
    if size < _HEADER or size + _FCS > MOST_OCTETS:
        raise FrameError("MAC: %d octets is no data frame" % len(psdu))
    control = psdu[0] | psdu[1] << 8
    if control & ~_IGNORED != _DATA:
        raise FrameError("MAC: frame control 0x%04x is not ours" % control)
    return (
        psdu[2],
        psdu[3] | psdu[4] << 8,
        psdu[5] | psdu[6] << 8,
        psdu[7] | psdu[8] << 8,
        bytes(psdu[_HEADER:size]),
    )
