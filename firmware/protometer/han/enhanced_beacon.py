"""Beacons and their requests in the Sub GHz Bands: frames with information elements.

    Enhanced Beacon Request  whether only who lets devices in is to answer; of a device that lost
                             its network: which, and who asks
    Enhanced Beacon          what a plain beacon says, and the sender's short address

IEEE 802.15.4-2015, 7.3.1 and 7.4; what is in the elements of Zigbee (05-3474-22, annex D) is as
Wireshark reads it. To all else such a frame looks as the plain one does.
"""

from struct import pack

from micropython import const

from .frame_error import FrameError, at_least, fields
from .ieee802154 import BEACON, BROADCAST, COMMAND, MacFrame
from .mac_commands import BEACON_REQUEST

# Of the frame control: version 2, with information elements.
_ENHANCED = const(0x2200)
_VERSION = const(0x30)
_VERSION_2 = const(0x20)
# No more header elements, payload elements follow; no more of those, a command follows.
_HEADER_ENDS = b"\x00\x3f"
_ELEMENTS_END = b"\x00\xf8"
# Groups of payload elements: of the MAC, of a vendor, the end.
_OF_MAC = const(1)
_OF_VENDOR = const(2)
_END = const(15)
_PAYLOAD_ELEMENT = const(0x8000)
_ZIGBEE = b"\x1b\x19\x4a"
# The MAC's filter of who is to answer, and its bit for who lets devices in.
_FILTER = const(0x1E)
_PERMITTING = const(0x01)
# Zigbee's own elements.
_REJOIN = const(0)
_BEACON_PAYLOAD = const(2)
_REJOINS = "<8sH"
# Zigbee's beacon payload, superframe specification, short address.
_TOLD = "<15sHH"


def send_request(mac, network, lost):
    """Have a Mac ask for beacons; lost: the extended PAN id of the network looked for, or None."""
    elements = _element(_OF_MAC, pack("<HB", _FILTER << 8 | 1, _PERMITTING if lost is None else 0))
    if lost:
        elements += _zigbee(_REJOIN, pack(_REJOINS, lost, network.short_address))
    payload = _HEADER_ENDS + elements + _ELEMENTS_END + bytes((BEACON_REQUEST,))
    mac.queue(COMMAND | _ENHANCED, BROADCAST, BROADCAST, network.extended_address, payload)


def send_beacon(mac, network, payload):
    """Have a Mac send what a plain beacon's payload says."""
    superframe = payload[0] | payload[1] << 8
    told = pack(_TOLD, payload[4:], superframe, network.short_address)
    payload = _HEADER_ENDS + _zigbee(_BEACON_PAYLOAD, told)
    mac.queue(BEACON | _ENHANCED, network.pan_id, None, network.extended_address, payload)


def frame_of(psdu):
    """Return the MacFrame of a PSDU, an enhanced one as its plain counterpart; FrameError.

    Of a request `permitting` tells whether only who lets devices in is to answer, and `lost` is
    the extended PAN id of whose devices are, or None.
    """
    at_least(2, psdu)
    if psdu[1] & _VERSION != _VERSION_2:
        return MacFrame(psdu)
    plain = bytearray(psdu)
    plain[1] &= ~(_ENHANCED >> 8)
    frame = MacFrame(plain)
    frame.permitting, frame.lost = False, None
    elements, frame.payload = _elements(frame.payload)
    told = None
    for group, content in elements:
        if group == _OF_MAC:
            frame.permitting = _is_permitting(content)
        elif group == _OF_VENDOR and content[:3] == _ZIGBEE:
            for kind, inner in _inner(content[3:]):
                if kind == _REJOIN:
                    frame.lost = fields(_REJOINS, inner)[0]
                elif kind == _BEACON_PAYLOAD:
                    told = fields(_TOLD, inner)
    if frame.kind == BEACON:
        if told is None:
            raise FrameError("beacon: not of Zigbee PRO")
        payload, superframe, frame.source = told
        frame.payload = pack("<HH", superframe, 0) + payload
    return frame


def is_asked(frame, network, permits):
    """Tell whether a request for beacons, enhanced or plain, is one for us to answer."""
    lost = getattr(frame, "lost", None)
    if lost is not None and lost != network.extended_pan_id:
        return False
    return permits or not getattr(frame, "permitting", False)


def _element(group, content):
    return pack("<H", _PAYLOAD_ELEMENT | group << 11 | len(content)) + content


def _zigbee(kind, content):
    return _element(_OF_VENDOR, _ZIGBEE + pack("<H", kind << 6 | len(content)) + content)


def _elements(octets):
    """Return ([(group, content)] of the payload elements, what follows them)."""
    if octets[:2] != _HEADER_ENDS:
        raise FrameError("MAC: header elements not ours")
    found, at, group = [], 2, 0
    while at < len(octets) and group != _END:
        (head,) = fields("<H", octets[at:])
        group, end = head >> 11 & 15, at + 2 + (head & 0x7FF)
        at_least(end, octets)
        found.append((group, octets[at + 2 : end]))
        at = end
    return found, octets[at:]


def _is_permitting(content):
    head, bits = fields("<HB", content)
    return head >> 8 == _FILTER and bool(bits & _PERMITTING)


def _inner(octets):
    """Yield (kind, content) of Zigbee's own elements."""
    while octets:
        (head,) = fields("<H", octets)
        end = 2 + (head & 0x3F)
        at_least(end, octets)
        yield head >> 6, octets[2:end]
        octets = octets[end:]
