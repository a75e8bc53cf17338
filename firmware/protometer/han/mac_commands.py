"""MAC commands between a device that joins and a parent, and the beacons that it chooses among.

IEEE 802.15.4-2006, 7.3 and 7.2.2.1; the beacon's payload is Zigbee's (05-3474, 3.6.7).
"""

from struct import pack

from micropython import const

from .frame_error import FrameError, fields

ASSOCIATION_REQUEST = const(0x01)
ASSOCIATION_RESPONSE = const(0x02)
DATA_REQUEST = const(0x04)
BEACON_REQUEST = const(0x07)

# Association status.
ASSOCIATED = const(0x00)
AT_CAPACITY = const(0x01)
ACCESS_DENIED = const(0x02)
# Of a device's capability information.
IS_ROUTER = const(0x02)
LISTENS = const(0x08)

# Of a beacon's superframe specification: no beacons by themselves, all slots open.
_NO_SUPERFRAME = const(0x0FFF)
_OF_COORDINATOR = const(0x4000)
_PERMITS = const(0x8000)
_NO_GTS = const(0)
_NO_PENDING = const(0)

# Zigbee's beacon payload.
_PROTOCOL = const(0)
# Stack profile PRO, protocol version 2.
_PRO = const(0x22)
_ROUTER_CAPACITY = const(0x04)
_END_DEVICE_CAPACITY = const(0x80)
_NO_OFFSET_NO_UPDATE = b"\xff\xff\xff\x00"
# Superframe, GTS, pending addresses, protocol, profile and version, capacity, extended PAN id,
# offset and update.
_BEACON = "<HBBBBB8s4s"


def association_request(capability):
    """Return the payload of an Association Request."""
    return bytes((ASSOCIATION_REQUEST, capability))


def association_response(short_address, status):
    """Return the payload of an Association Response."""
    return pack("<BHB", ASSOCIATION_RESPONSE, short_address, status)


def beacon(is_coordinator, permits_joining, has_capacity, extended_pan_id):
    """Return the payload of a beacon of a Zigbee PRO network."""
    superframe = _NO_SUPERFRAME
    superframe |= _OF_COORDINATOR if is_coordinator else 0
    superframe |= _PERMITS if permits_joining else 0
    capacity = (_ROUTER_CAPACITY | _END_DEVICE_CAPACITY) if has_capacity else 0
    head = superframe, _NO_GTS, _NO_PENDING, _PROTOCOL, _PRO, capacity
    return pack(_BEACON, *head, extended_pan_id, _NO_OFFSET_NO_UPDATE)


def decode_association_response(payload):
    """Return (short address, status), or raise FrameError."""
    return fields("<BHB", payload)[1:]


class Beacon:
    """What a beacon says of a Zigbee PRO network and its sender; FrameError for any other.

    permits_joining; has_router_capacity, has_end_device_capacity; extended_pan_id, 8 octets.
    """

    def __init__(self, payload):
        superframe, *kind, capacity, self.extended_pan_id, _ = fields(_BEACON, payload)
        if kind != [_NO_GTS, _NO_PENDING, _PROTOCOL, _PRO]:
            raise FrameError("beacon: not of Zigbee PRO")
        self.permits_joining = bool(superframe & _PERMITS)
        self.has_router_capacity = bool(capacity & _ROUTER_CAPACITY)
        self.has_end_device_capacity = bool(capacity & _END_DEVICE_CAPACITY)
