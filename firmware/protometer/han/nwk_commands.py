"""NWK commands (Zigbee 05-3474, 3.4): what routers and those that join say to each other.

Each decoder takes the payload after the command's own octet and raises FrameError only.
"""

from micropython import const

from .frame_error import FrameError

ROUTE_REQUEST = const(0x01)
ROUTE_REPLY = const(0x02)
NETWORK_STATUS = const(0x03)
LEAVE = const(0x04)
REJOIN_REQUEST = const(0x06)
REJOIN_RESPONSE = const(0x07)
LINK_STATUS = const(0x08)
TIMEOUT_REQUEST = const(0x0B)
TIMEOUT_RESPONSE = const(0x0C)

# Codes of Network Status; up to the last of these a route is no more.
NO_ROUTE = const(0x00)
LINK_FAILURE = const(0x02)
# Status of a Rejoin Response, and of an End Device Timeout Response.
SUCCESS = const(0x00)
INCORRECT_VALUE = const(0x01)
# What End Device Timeouts there are: the enumeration's values to minutes (05-3474-22, table 3.44).
_LONGEST_TIMEOUT = const(14)
_SHORTEST_S = const(10)
# A parent that takes both ways of keeping alive: a poll, and a timeout request again.
_KEEPS_ALIVE = const(0x03)

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


def leave(options=0):
    """Return a Leave command: the sender's own, or a request; it may say to rejoin."""
    return bytes((LEAVE, options))


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


def network_status(code, destination):
    """Return a Network Status command about a destination."""
    return bytes((NETWORK_STATUS, code, destination & 0xFF, destination >> 8))


def decode_network_status(payload):
    """Return (code, destination)."""
    _at_least("Network Status", payload, 3)
    return payload[0], payload[1] | payload[2] << 8


def rejoin_request(capability):
    """Return a Rejoin Request command of a device."""
    return bytes((REJOIN_REQUEST, capability))


def decode_rejoin_request(payload):
    """Return the capability information of the device."""
    _at_least("Rejoin Request", payload, 1)
    return payload[0]


def rejoin_response(short_address, status):
    """Return a Rejoin Response command."""
    return bytes((REJOIN_RESPONSE, short_address & 0xFF, short_address >> 8, status))


def decode_rejoin_response(payload):
    """Return (short address, status)."""
    _at_least("Rejoin Response", payload, 3)
    return payload[0] | payload[1] << 8, payload[2]


def timeout_request(timeout):
    """Return an End Device Timeout Request: timeout, of the enumeration, 0..14."""
    return bytes((TIMEOUT_REQUEST, timeout, 0))


def decode_timeout_request(payload):
    """Return the timeout in s, or None where there is no such value."""
    _at_least("End Device Timeout Request", payload, 2)
    timeout = payload[0]
    if timeout > _LONGEST_TIMEOUT:
        return None
    return 60 << timeout if timeout else _SHORTEST_S


def timeout_response(status):
    """Return an End Device Timeout Response."""
    return bytes((TIMEOUT_RESPONSE, status, _KEEPS_ALIVE))


def _at_least(name, payload, size):
    if len(payload) < size:
        raise FrameError("%s: %d octets is too short" % (name, len(payload)))
