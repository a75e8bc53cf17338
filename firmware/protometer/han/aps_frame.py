"""Zigbee APS frames: data between endpoints, acknowledgements, commands (05-3474, 2.2.5)."""

from micropython import const

from .frame_error import FrameError

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

_DATA_HEADER = const(8)
_COMMAND_HEADER = const(2)


class ApsFrame:
    """A frame taken apart, FrameError where it can't be; `payload` is still sealed if `secured`.

    kind; destination_endpoint, cluster, profile, source_endpoint of data and of their
    acknowledgements; counter; wants_ack; to_all; header, the octets before the payload.
    """

    def __init__(self, octets):
        if len(octets) < _COMMAND_HEADER:
            raise FrameError("APS: %d octets is too short" % len(octets))
        control = octets[0]
        self.kind = control & _KIND
        self.secured = bool(control & _SECURED)
        self.wants_ack = bool(control & _ACK_REQUEST)
        self.to_all = control & _DELIVERY == _BROADCAST
        if self.kind > ACK or control & _DELIVERY == _GROUP or control & _EXTENDED_HEADER:
            raise FrameError("APS: frame control 0x%02x is not ours" % control)
        size = _DATA_HEADER
        if self.kind == COMMAND or self.kind == ACK and control & _ACK_FORMAT:
            size = _COMMAND_HEADER
        if len(octets) < size:
            raise FrameError("APS: the header is cut off")
        if size == _DATA_HEADER:
            self.destination_endpoint = octets[1]
            self.cluster = octets[2] | octets[3] << 8
            self.profile = octets[4] | octets[5] << 8
            self.source_endpoint = octets[6]
        self.counter = octets[size - 1]
        self.header = bytes(octets[:size])
        self.payload = octets[size:]

    def ack(self):
        """Return the acknowledgement of a data frame, or of a command."""
        if self.kind == COMMAND:
            return bytes((ACK | _ACK_FORMAT, self.counter))
        octets = bytearray(self.header)
        octets[0] = ACK
        octets[1], octets[6] = self.source_endpoint, self.destination_endpoint
        return octets


def data_header(endpoints, profile, cluster, counter, secured=False, to_all=False):
    """Return the header of a data frame; endpoints: (ours, theirs)."""
    control = DATA | (_BROADCAST if to_all else _UNICAST) | (_SECURED if secured else 0)
    source, destination = endpoints
    return bytes(
        (
            control,
            destination,
            cluster & 0xFF,
            cluster >> 8,
            profile & 0xFF,
            profile >> 8,
            source,
            counter,
        )
    )


def command_header(counter, secured, to_all=False):
    """Return the header of a command frame."""
    control = COMMAND | (_BROADCAST if to_all else _UNICAST) | (_SECURED if secured else 0)
    return bytes((control, counter))
