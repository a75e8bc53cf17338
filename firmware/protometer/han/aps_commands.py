"""APS commands between a device and its trust centre (Zigbee 05-3474, 4.4.10)."""

from micropython import const

from .frame_error import FrameError

TRANSPORT_KEY = const(0x05)
UPDATE_DEVICE = const(0x06)
REMOVE_DEVICE = const(0x07)
REQUEST_KEY = const(0x08)
SWITCH_KEY = const(0x09)
TUNNEL = const(0x0E)
VERIFY_KEY = const(0x0F)
CONFIRM_KEY = const(0x10)

# Types of key.
NETWORK_KEY = const(0x01)
APPLICATION_LINK_KEY = const(0x03)
TRUST_CENTRE_LINK_KEY = const(0x04)
# Of what is asked for: a link key with another device.
_WITH_PARTNER = const(0x02)

# Status of Update Device: how a device came, or that it went.
SECURED_REJOIN = const(0x00)
UNSECURED_JOIN = const(0x01)
DEVICE_LEFT = const(0x02)
UNSECURED_REJOIN = const(0x03)

# Status of Confirm Key.
SUCCESS = const(0x00)
SECURITY_FAILURE = const(0xAD)

_KEY = const(16)
_EUI = const(8)


class TransportedKey:
    """A key on its way: kind, key, sequence (of a network key), destination, source (EUI-64s).

    Of an application link key destination and source are the partner and none.
    """

    def __init__(self, payload):
        _size("Transport Key", payload, 2 + _KEY + _EUI)
        self.kind = payload[0]
        self.key = bytes(payload[1 : 1 + _KEY])
        self.sequence = 0
        at = 1 + _KEY
        if self.kind == NETWORK_KEY:
            _size("Transport Key", payload, 2 + _KEY + 2 * _EUI)
            self.sequence = payload[at]
            at += 1
        elif self.kind == TRUST_CENTRE_LINK_KEY:
            _size("Transport Key", payload, 1 + _KEY + 2 * _EUI)
        elif self.kind != APPLICATION_LINK_KEY:
            raise FrameError("Transport Key: type %d is not ours" % self.kind)
        self.destination = bytes(payload[at : at + _EUI])
        self.source = bytes(payload[at + _EUI : at + 2 * _EUI])


def transport_network_key(key, sequence, destination, source):
    """Return the Transport Key command of a network key."""
    return bytes((TRANSPORT_KEY, NETWORK_KEY)) + key + bytes((sequence,)) + destination + source


def transport_link_key(key, destination, source):
    """Return the Transport Key command of a trust centre link key."""
    return bytes((TRANSPORT_KEY, TRUST_CENTRE_LINK_KEY)) + key + destination + source


def transport_application_key(key, partner, is_initiator):
    """Return the Transport Key command of a link key with a partner."""
    head = bytes((TRANSPORT_KEY, APPLICATION_LINK_KEY))
    return head + key + partner + bytes((is_initiator,))


def request_key(partner=None):
    """Return the Request Key command for a link key: the trust centre's, or with a partner."""
    if partner is None:
        return bytes((REQUEST_KEY, TRUST_CENTRE_LINK_KEY))
    return bytes((REQUEST_KEY, _WITH_PARTNER)) + partner


def decode_request_key(payload):
    """Return the partner's EUI-64 of a Request Key, None for the trust centre's own."""
    _size("Request Key", payload, 1)
    if payload[0] == TRUST_CENTRE_LINK_KEY:
        return None
    if payload[0] != _WITH_PARTNER:
        raise FrameError("Request Key: type %d is not ours" % payload[0])
    _size("Request Key", payload, 1 + _EUI)
    return bytes(payload[1 : 1 + _EUI])


def update_device(extended, short_address, status):
    """Return the Update Device command of a router: who came or went."""
    short = bytes((short_address & 0xFF, short_address >> 8))
    return bytes((UPDATE_DEVICE,)) + extended + short + bytes((status,))


def decode_update_device(payload):
    """Return (EUI-64, short address, status)."""
    _size("Update Device", payload, _EUI + 3)
    return bytes(payload[:_EUI]), payload[_EUI] | payload[_EUI + 1] << 8, payload[_EUI + 2]


def remove_device(extended):
    """Return the Remove Device command: its parent is to send a device away."""
    return bytes((REMOVE_DEVICE,)) + extended


def decode_remove_device(payload):
    """Return the EUI-64 of the device."""
    _size("Remove Device", payload, _EUI)
    return bytes(payload[:_EUI])


def tunnel(destination, octets):
    """Return the Tunnel command: a parent is to hand an APS frame to its new child."""
    return bytes((TUNNEL,)) + destination + octets


def decode_tunnel(payload):
    """Return (the child's EUI-64, the APS frame)."""
    _size("Tunnel", payload, _EUI + 1)
    return bytes(payload[:_EUI]), bytes(payload[_EUI:])


def switch_key(sequence):
    """Return the Switch Key command."""
    return bytes((SWITCH_KEY, sequence))


def confirm_key(status, destination):
    """Return the Confirm Key command to a device."""
    return bytes((CONFIRM_KEY, status, TRUST_CENTRE_LINK_KEY)) + destination


def decode_verify_key(payload):
    """Return (key type, the device's EUI-64, its 16 octets of proof) of a Verify Key command."""
    _size("Verify Key", payload, 1 + _EUI + _KEY)
    end = 1 + _EUI
    return payload[0], bytes(payload[1:end]), bytes(payload[end : end + _KEY])


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
