"""IEEE 802.15.4-2006 frames and the frame check sequence (clause 7.2).

An address is an integer where it has 16 bits, 8 octets where it is extended, and None where there
is none.
"""

from micropython import const

from ..kernel.crc16 import crc16
from .frame_error import FrameError

# Frame types.
BEACON = const(0)
DATA = const(1)
ACK = const(2)
COMMAND = const(3)

BROADCAST = const(0xFFFF)
MOST_OCTETS = const(127)

# Frame control.
_TYPE = const(0x0007)
_SECURED = const(0x0008)
_PENDING = const(0x0010)
ACK_REQUEST = const(0x0020)
_SAME_PAN = const(0x0040)
_VERSION = const(0x3000)
_NEWEST_VERSION = const(0x1000)
_DESTINATION = const(10)
_SOURCE = const(14)

# Addressing modes.
_NONE = const(0)
_RESERVED = const(1)
_SHORT = const(2)
_EXTENDED = const(3)

_CONTROL_SIZE = const(3)
_FCS = const(2)


class MacFrame:
    """A frame taken apart: kind, sequence, pending, the PANs and addresses of both, payload."""

    def __init__(self, psdu):
        if not _CONTROL_SIZE + _FCS <= len(psdu) <= MOST_OCTETS:
            raise FrameError("MAC: %d octets is no frame" % len(psdu))
        control = psdu[0] | psdu[1] << 8
        if control & _SECURED or control & _VERSION > _NEWEST_VERSION:
            raise FrameError("MAC: frame control not ours")
        self.kind = control & _TYPE
        self.pending = bool(control & _PENDING)
        self.sequence = psdu[2]
        self._end = _CONTROL_SIZE
        destination_mode = control >> _DESTINATION & 3
        source_mode = control >> _SOURCE & 3
        self.destination_pan = self._pan(psdu, destination_mode)
        self.destination = self._address(psdu, destination_mode)
        same_pan = control & _SAME_PAN and destination_mode
        self.source_pan = self.destination_pan if same_pan else self._pan(psdu, source_mode)
        self.source = self._address(psdu, source_mode)
        self.payload = bytes(psdu[self._end : len(psdu) - _FCS])

    def _pan(self, psdu, mode):
        return None if mode == _NONE else self._uint16(psdu)

    def _address(self, psdu, mode):
        if mode == _NONE:
            return None
        if mode == _SHORT:
            return self._uint16(psdu)
        if mode == _RESERVED:
            raise FrameError("MAC: a reserved addressing mode")
        return bytes(psdu[self._advance(psdu, 8) : self._end])

    def _uint16(self, psdu):
        at = self._advance(psdu, 2)
        return psdu[at] | psdu[at + 1] << 8

    def _advance(self, psdu, size):
        """Return where the next field begins, and go beyond it."""
        at = self._end
        self._end = at + size
        if self._end > len(psdu) - _FCS:
            raise FrameError("MAC: header cut off")
        return at


def encode(kind, sequence, pan_id, destination, source, payload, fill_fcs, source_pan=None):
    """Return a PSDU; what is sent to one device asks for an acknowledgement.

    pan_id: of the destination, and of the source unless source_pan is given; fill_fcs: compute
    the check sequence, where the radio doesn't.
    """
    control = kind | _mode(destination) << _DESTINATION | _mode(source) << _SOURCE
    if kind != BEACON and destination not in (None, BROADCAST):
        control |= ACK_REQUEST
    same_pan = source_pan is None and destination is not None and source is not None
    if same_pan:
        control |= _SAME_PAN
    psdu = bytearray((control & 0xFF, control >> 8, sequence))
    if destination is not None:
        _put_uint16(psdu, pan_id)
        _put_address(psdu, destination)
    if source is not None:
        if not same_pan:
            _put_uint16(psdu, pan_id if source_pan is None else source_pan)
        _put_address(psdu, source)
    psdu.extend(payload)
    size = len(psdu)
    if size + _FCS > MOST_OCTETS:
        raise FrameError("MAC: %d octets is too long" % (size + _FCS))
    _put_uint16(psdu, crc16(psdu, size) if fill_fcs else 0)
    return psdu


def check_fcs(psdu):
    """Raise FrameError unless a PSDU's check sequence is right."""
    size = len(psdu) - _FCS
    if size < 0 or crc16(psdu, size) != psdu[size] | psdu[size + 1] << 8:
        raise FrameError("MAC: wrong FCS")


def _mode(address):
    if address is None:
        return _NONE
    return _SHORT if isinstance(address, int) else _EXTENDED


def _put_address(psdu, address):
    if isinstance(address, int):
        _put_uint16(psdu, address)
    else:
        psdu.extend(address)


def _put_uint16(psdu, value):
    psdu.append(value & 0xFF)
    psdu.append(value >> 8)
