"""NWK commands (Zigbee 05-3474, 3.4): what routers and those that join say to each other.

Decoders take the payload after the command's own octet and raise FrameError only.
"""

from struct import pack

from micropython import const

from .frame_error import at_least, fields

ROUTE_REQUEST = const(0x01)
ROUTE_REPLY = const(0x02)
NETWORK_STATUS = const(0x03)
LEAVE = const(0x04)
REJOIN_REQUEST = const(0x06)
REJOIN_RESPONSE = const(0x07)
LINK_STATUS = const(0x08)
TIMEOUT_REQUEST = const(0x0B)
TIMEOUT_RESPONSE = const(0x0C)

# Of the codes of Network Status: up to this one a route is no more.
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
MANY_TO_ONE = const(0x18)
LEAVE_REJOINS = const(0x20)
LEAVE_IS_REQUEST = const(0x40)
_FIRST_LINKS = const(0x20)
_LAST_LINKS = const(0x40)
_LINK_COUNT = const(0x1F)

_LINK_SIZE = const(3)

# Fields of the commands that are always alike: options, identifier, destination, path cost;
# options, identifier, originator, responder, path cost; code, destination; options; capability
# information; short address, status.
_FORMS = {
    ROUTE_REQUEST: "<BBHB",
    ROUTE_REPLY: "<BBHHB",
    NETWORK_STATUS: "<BH",
    LEAVE: "<B",
    REJOIN_REQUEST: "<B",
    REJOIN_RESPONSE: "<HB",
}


def decode(command, payload):
    """Return the fields of a command that is always alike, as a tuple."""
    return fields(_FORMS[command], payload)


def route_request(identifier, destination, cost):
    """Return a Route Request command."""
    return pack("<BBBHB", ROUTE_REQUEST, 0, identifier, destination, cost)


def route_reply(identifier, originator, responder, cost):
    """Return a Route Reply command."""
    return pack("<BBBHHB", ROUTE_REPLY, 0, identifier, originator, responder, cost)


def leave(options=0):
    """Return a Leave command: the sender's own, or a request; it may say to rejoin."""
    return bytes((LEAVE, options))


def link_status(links):
    """Return a Link Status command for [(address, incoming cost, outgoing cost)], all at once."""
    octets = bytes((LINK_STATUS, _FIRST_LINKS | _LAST_LINKS | len(links)))
    for address, incoming, outgoing in links:
        octets += pack("<HB", address, incoming | outgoing << 4)
    return octets


def decode_link_status(payload):
    """Return [(address, incoming cost, outgoing cost)] as its sender has them."""
    at_least(1, payload)
    links = []
    for at in range(1, 1 + _LINK_SIZE * (payload[0] & _LINK_COUNT), _LINK_SIZE):
        address, costs = fields("<HB", payload[at:])
        links.append((address, costs & 7, costs >> 4 & 7))
    return links


def rejoin_request(capability):
    """Return a Rejoin Request command of a device."""
    return bytes((REJOIN_REQUEST, capability))


def rejoin_response(short_address, status):
    """Return a Rejoin Response command."""
    return pack("<BHB", REJOIN_RESPONSE, short_address, status)


def timeout_request(timeout):
    """Return an End Device Timeout Request: timeout, of the enumeration, 0..14."""
    return bytes((TIMEOUT_REQUEST, timeout, 0))


def decode_timeout_request(payload):
    """Return the timeout in s, or None where there is no such value."""
    at_least(2, payload)
    timeout = payload[0]
    if timeout > _LONGEST_TIMEOUT:
        return None
    return 60 << timeout if timeout else _SHORTEST_S


def timeout_response(status):
    """Return an End Device Timeout Response."""
    return bytes((TIMEOUT_RESPONSE, status, _KEEPS_ALIVE))
