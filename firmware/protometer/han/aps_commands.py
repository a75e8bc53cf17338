"""APS commands between a device and its trust centre (Zigbee 05-3474, 4.4.10)."""

from micropython import const

from .frame_error import FrameError

TRANSPORT_KEY = const(0x05)
REQUEST_KEY = const(0x08)
SWITCH_KEY = const(0x09)
VERIFY_KEY = const(0x0F)
CONFIRM_KEY = const(0x10)

# Types of key.
NETWORK_KEY = const(0x01)
TRUST_CENTRE_LINK_KEY = const(0x04)

_KEY = const(16)
_EUI = const(8)


class TransportedKey:
    """A key on its way: kind, key, sequence (of a network key), destination, source (EUI-64s)."""

    def __init__(self, payload):
        _size("Transport Key", payload, 1 + _KEY + 2 * _EUI)
        self.kind = payload[0]
        self.key = bytes(payload[1 : 1 + _KEY])
        self.sequence = 0
        at = 1 + _KEY
        if self.kind == NETWORK_KEY:
            _size("Transport Key", payload, 2 + _KEY + 2 * _EUI)
            self.sequence = payload[at]
            at += 1
        elif self.kind != TRUST_CENTRE_LINK_KEY:
            raise FrameError("Transport Key: type %d is not ours" % self.kind)
        self.destination = bytes(payload[at : at + _EUI])
        self.source = bytes(payload[at + _EUI : at + 2 * _EUI])


def request_key():
    """Return the Request Key command for a trust centre link key."""
    return bytes((REQUEST_KEY, TRUST_CENTRE_LINK_KEY))


def verify_key(source, confirmation):
    """Return the Verify Key command of a device (EUI-64) with its 16 octets of proof."""
    return bytes((VERIFY_KEY, TRUST_CENTRE_LINK_KEY)) + source + confirmation


def decode_confirm_key(payload):
    """Return (status, key type, the device's EUI-64) of a Confirm Key command."""
    _size("Confirm Key", payload, 2 + _EUI)
    return payload[0], payload[1], bytes(payload[2 : 2 + _EUI])


def decode_switch_key(payload):
    """Return the sequence number of the network key to use from now on."""
    _size("Switch Key", payload, 1)
    return payload[0]


def _size(name, payload, least):
    if len(payload) < least:
        raise FrameError("%s: %d octets is too short" % (name, len(payload)))
