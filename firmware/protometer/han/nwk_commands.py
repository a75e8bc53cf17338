"""NWK commands (Zigbee 05-3474, 3.4): what routers and those that join say to each other.

Each decoder takes the payload after the command's own octet and raises FrameError only.
"""

from micropython import const

from .frame_error import FrameError

ROUTE_REQUEST = const(0x01)
ROUTE_REPLY = const(0x02)
LEAVE = const(0x04)
LINK_STATUS = const(0x08)

# Options.
_MANY_TO_ONE = const(0x18)
LEAVE_REJOINS = const(0x20)
LEAVE_IS_REQUEST = const(0x40)
_FIRST_LINKS = const(0x20)
_LAST_LINKS = const(0x40)
_LINK_COUNT = const(0x1F)

_LINK_SIZE = const(3)


def route_request(identifier, destination, cost):
    """Return a Route Request command."""
    head = (ROUTE_REQUEST, 0, identifier, destination & 0xFF, destination >> 8, cost)
    return bytes(head)


def decode_route_request(payload):
    """Return (identifier, destination, path cost, is many-to-one)."""
    _at_least("Route Request", payload, 5)
    many = bool(payload[0] & _MANY_TO_ONE)
    return payload[1], payload[2] | payload[3] << 8, payload[4], many


def route_reply(identifier, originator, responder, cost):
    """Return a Route Reply command."""
    octets = bytearray((ROUTE_REPLY, 0, identifier))
    for address in (originator, responder):
        octets.append(address & 0xFF)
        octets.append(address >> 8)
    octets.append(cost)
    return octets


def decode_route_reply(payload):
    """Return (identifier, originator, responder, path cost)."""
    _at_least("Route Reply", payload, 7)
    originator = payload[2] | payload[3] << 8
    return payload[1], originator, payload[4] | payload[5] << 8, payload[6]


def leave(rejoins):
    """Return a Leave command that says the sender itself leaves."""
    return bytes((LEAVE, LEAVE_REJOINS if rejoins else 0))


def decode_leave(payload):
    """Return its options."""
    _at_least("Leave", payload, 1)
    return payload[0]


def link_status(links):
    """Return a Link Status command for [(address, incoming cost, outgoing cost)], all at once."""
    octets = bytearray((LINK_STATUS, _FIRST_LINKS | _LAST_LINKS | len(links)))
    for address, incoming, outgoing in links:
        octets.append(address & 0xFF)
        octets.append(address >> 8)
        octets.append(incoming | outgoing << 4)
    return octets


def decode_link_status(payload):
    """Return [(address, incoming cost, outgoing cost)] as its sender has them."""
    _at_least("Link Status", payload, 1)
    count = payload[0] & _LINK_COUNT
    _at_least("Link Status", payload, 1 + _LINK_SIZE * count)
    links = []
    for at in range(1, 1 + _LINK_SIZE * count, _LINK_SIZE):
        costs = payload[at + 2]
        links.append((payload[at] | payload[at + 1] << 8, costs & 7, costs >> 4 & 7))
    return links


def _at_least(name, payload, size):
    if len(payload) < size:
        raise FrameError("%s: %d octets is too short" % (name, len(payload)))
