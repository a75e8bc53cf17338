"""HDLC-lite: how the frames of a radio co-processor stand in a stream of octets.

After draft-rquattle-spinel-unified, appendix A.1.1: a frame and its CRC-16/X25, least significant
octet first, between flags; flags and flow control octets inside it are escaped.
"""

from micropython import const

from ...kernel.crc16 import TABLE, crc16

FLAG = const(0x7E)
_ESCAPE = const(0x7D)
_FLIP = const(0x20)
_ESCAPED = b"\x7e\x7d\x11\x13\xf8"
# What the check makes of a frame and its own check.
_GOOD = const(0xF0B8)
_START = const(0xFFFF)
_CHECK = const(2)


def encode(frame):
    """Return the octets that carry a frame."""
    out = bytearray((FLAG,))
    for octet in frame:
        _put(out, octet)
    check = crc16(frame, len(frame), _START) ^ 0xFFFF
    _put(out, check & 0xFF)
    _put(out, check >> 8)
    out.append(FLAG)
    return out


def _put(out, octet):
    if octet in _ESCAPED:
        out.append(_ESCAPE)
        octet ^= _FLIP
    out.append(octet)


class HdlcDecoder:
    """Takes a stream in pieces; on_frame(octets) gets each frame that is whole and right.

    It never raises: what is cut, too long or of a wrong check is counted in `discarded`. It keeps
    most_octets of one frame, check included, and no more.
    """

    def __init__(self, on_frame, most_octets):
        self._on_frame = on_frame
        self._buffer = bytearray(most_octets)
        self._size = self._flip = 0
        self._check = _START
        self.discarded = 0

    def feed(self, octets, count):
        """Take the first `count` of some octets."""
        # Every octet of the radio comes through here, hence the local names.
        buffer, table = self._buffer, TABLE
        most = len(buffer)
        size, check, flip = self._size, self._check, self._flip
        for index in range(count):
            octet = octets[index]
            if octet == FLAG:
                self._end(size, check, flip)
                size, check, flip = 0, _START, 0
            elif octet == _ESCAPE and not flip:
                flip = _FLIP
            elif size < most:
                octet ^= flip
                flip = 0
                buffer[size] = octet
                size += 1
                check = check >> 8 ^ table[(check ^ octet) & 0xFF]
            else:
                # Too long: no more of it is kept until its end.
                size, flip = most + 1, 0
        self._size, self._check, self._flip = size, check, flip

    def _end(self, size, check, flip):
        if _CHECK < size <= len(self._buffer) and check == _GOOD and not flip:
            self._on_frame(bytes(memoryview(self._buffer)[: size - _CHECK]))
        elif size or flip:
            self.discarded += 1
