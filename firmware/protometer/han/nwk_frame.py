"""The header of Zigbee NWK frames (05-3474, 3.3.1)."""

from struct import pack

from micropython import const

from .frame_error import FrameError, at_least, fields

DATA = const(0)
COMMAND = const(1)

# From here on up an address stands for many: all, all that listen, all routers.
FIRST_BROADCAST = const(0xFFF8)
ALL = const(0xFFFF)
ALL_LISTENING = const(0xFFFD)
ALL_ROUTERS = const(0xFFFC)

# Frame control.
_KIND = const(0x0003)
_VERSION = const(0x003C)
_PRO = const(0x0008)
_DISCOVER = const(0x0040)
_MULTICAST = const(0x0100)
_SECURED = const(0x0200)
_SOURCE_ROUTE = const(0x0400)
_DESTINATION_EXTENDED = const(0x0800)
_SOURCE_EXTENDED = const(0x1000)
_END_DEVICE = const(0x2000)

# Frame control, destination, source, radius, sequence number.
_HEAD = "<HHHBB"
_LEAST = const(8)
_RADIUS_AT = const(6)
_EXTENDED_SIZE = const(8)


class NwkFrame:
    """A frame taken apart, FrameError where it can't be; `payload` is still sealed if `secured`.

    kind; destination, source (16 bits); destination_extended, source_extended (8 octets or None);
    radius; sequence; header, the octets before the payload.
    """

    def __init__(self, octets):
        control, *named = fields(_HEAD, octets)
        if control & _VERSION != _PRO or control & _MULTICAST or control & _KIND > COMMAND:
            raise FrameError("NWK: frame control not ours")
        self.kind = control & _KIND
        self.secured = bool(control & _SECURED)
        self.destination, self.source, self.radius, self.sequence = named
        self._end = _LEAST
        self.destination_extended = self._extended(octets, control & _DESTINATION_EXTENDED)
        self.source_extended = self._extended(octets, control & _SOURCE_EXTENDED)
        if control & _SOURCE_ROUTE:
            relays = octets[self._end] if self._end < len(octets) else 0
            self._end += 2 + 2 * relays
        at_least(self._end, octets)
        self.header = bytes(octets[: self._end])
        self.payload = octets[self._end :]

    def is_broadcast(self):
        """Tell whether it is for many."""
        return self.destination >= FIRST_BROADCAST

    def relayed_header(self):
        """Return the header for the next hop."""
        header = bytearray(self.header)
        header[_RADIUS_AT] -= 1
        return header

    def _extended(self, octets, present):
        if not present:
            return None
        at = self._end
        self._end = at + _EXTENDED_SIZE
        return bytes(octets[at : self._end])


def is_secured(header):
    """Tell whether a header is that of a sealed frame."""
    return bool(header[1] & _SECURED >> 8)


def header(kind, destination, source, radius, sequence, secured, extended=(None, None)):
    """Return the octets of a header; extended: addresses of destination and source, or None."""
    control = kind | _PRO
    if secured:
        control |= _SECURED
    if extended[0]:
        control |= _DESTINATION_EXTENDED
    if extended[1]:
        control |= _SOURCE_EXTENDED
    octets = bytearray(pack(_HEAD, control, destination, source, radius, sequence))
    for address in extended:
        if address:
            octets.extend(address)
    return octets
