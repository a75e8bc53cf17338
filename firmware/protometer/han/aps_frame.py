"""Zigbee APS frames: data between endpoints, acknowledgements, commands (05-3474, 2.2.5)."""

from struct import pack, unpack_from

from micropython import const

from .frame_error import FrameError, at_least

# Frame types.
DATA = const(0)
COMMAND = const(1)
ACK = const(2)

# Profiles, and the endpoints of ours that they live on.
DEVICE_PROFILE = const(0x0000)
SMART_ENERGY = const(0x0109)
HOME_AUTOMATION = const(0x0104)
DEVICE_ENDPOINT = const(0)
ENDPOINT = const(1)
# And that of the hub's mirror of the gas meter.
MIRROR_ENDPOINT = const(2)

# Which key seals a frame: the link key itself, or one derived from it (4.4.1.1).
LINK_KEY = const(0)
KEY_TRANSPORT = const(2)
KEY_LOAD = const(3)

# Frame control.
_KIND = const(0x03)
_DELIVERY = const(0x0C)
_UNICAST = const(0x00)
_BROADCAST = const(0x08)
_GROUP = const(0x0C)
_ACK_FORMAT = const(0x10)
_SECURED = const(0x20)
_ACK_REQUEST = const(0x40)
_EXTENDED_HEADER = const(0x80)

DATA_HEADER = const(8)
_COMMAND_HEADER = const(2)

# Extended header: which part of a payload in fragments a frame is. It has one octet where it
# is none, one more for the number of the block (of the first: how many there are), and of an
# acknowledgement one for the blocks that have arrived.
FIRST = const(1)
OTHER = const(2)
FRAGMENT_SIZE = const(2)
_FRAGMENTATION = const(0x03)


class ApsFrame:
    """A frame taken apart, FrameError where it can't be; `payload` is still sealed if `secured`.

    kind; destination_endpoint, cluster, profile, source_endpoint of data and of their
    acknowledgements (is_of_command where it is of a command, which has none of those); counter;
    wants_ack; to_all; header, the octets before the payload. fragment: FIRST, OTHER or 0; block;
    ack_bits. Once it is opened sealed_with is the identifier of the key that sealed it, or None,
    and sealer the EUI-64 of who did; sender that, or the EUI-64 at its short address.
    """

    sealed_with = sealer = sender = None

    def __init__(self, octets):
        at_least(_COMMAND_HEADER, octets)
        control = octets[0]
        self.kind = control & _KIND
        self.secured = bool(control & _SECURED)
        self.wants_ack = bool(control & _ACK_REQUEST)
        self.to_all = control & _DELIVERY == _BROADCAST
        if self.kind > ACK or control & _DELIVERY == _GROUP:
            raise FrameError("APS: frame control not ours")
        size = DATA_HEADER
        self.is_of_command = self.kind == ACK and bool(control & _ACK_FORMAT)
        if self.kind == COMMAND or self.is_of_command:
            size = _COMMAND_HEADER
        at_least(size, octets)
        if size == DATA_HEADER:
            named = unpack_from("<BHHB", octets, 1)
            self.destination_endpoint, self.cluster, self.profile, self.source_endpoint = named
        self.counter = octets[size - 1]
        self.fragment = self.block = self.ack_bits = 0
        if control & _EXTENDED_HEADER:
            size = self._extend(octets, size)
        self.header = bytes(octets[:size])
        self.payload = octets[size:]

    def _extend(self, octets, at):
        """Read the extended header; return where it ends."""
        size = 1
        if at < len(octets):
            self.fragment = octets[at] & _FRAGMENTATION
        if self.fragment:
            size = FRAGMENT_SIZE + (self.kind == ACK)
        is_odd = self.kind == COMMAND or self.is_of_command or self.fragment > OTHER
        if is_odd or at + size > len(octets):
            raise FrameError("APS: bad extended header")
        if self.fragment:
            self.block = octets[at + 1]
            self.ack_bits = octets[at + size - 1]
        return at + size

    def answers(self, header):
        """Tell whether it is the acknowledgement of a data frame with that header."""
        endpoints = self.header[1] == header[6] and self.header[6] == header[1]
        return endpoints and self.header[2:6] == header[2:6] and self.counter == header[7]

    def ack(self, arrived=None):
        """Return the header of the acknowledgement of a data frame, or of a command.

        arrived: (block, bits) of a window that has come so far, for a fragment.
        """
        if self.kind == COMMAND:
            return bytes((ACK | _ACK_FORMAT, self.counter))
        octets = bytearray(self.header[:DATA_HEADER])
        octets[0] = ACK | (_SECURED if self.sealed_with is not None else 0)
        octets[1], octets[6] = self.source_endpoint, self.destination_endpoint
        if arrived:
            octets[0] |= _EXTENDED_HEADER
            octets.append(OTHER if arrived[0] else FIRST)
            octets.extend(bytes(arrived))
        return octets


def data_header(endpoints, profile, cluster, counter, secured=False, to_all=False):
    """Return the header of a data frame; endpoints: (ours, theirs)."""
    control = DATA | (_BROADCAST if to_all else _UNICAST) | (_SECURED if secured else 0)
    source, destination = endpoints
    return pack("<BBHHBB", control, destination, cluster, profile, source, counter)


def wanting_ack(header, fragment=None):
    """Return a data frame's header that asks for an acknowledgement.

    fragment: (FIRST, how many blocks) or (OTHER, which), where it is of one.
    """
    octets = bytearray(header)
    octets[0] |= _ACK_REQUEST
    if fragment:
        octets[0] |= _EXTENDED_HEADER
        octets.extend(bytes(fragment))
    return octets


def command_header(counter, secured, to_all=False):
    """Return the header of a command frame."""
    control = COMMAND | (_BROADCAST if to_all else _UNICAST) | (_SECURED if secured else 0)
    return bytes((control, counter))
