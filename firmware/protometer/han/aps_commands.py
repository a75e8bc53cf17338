"""APS commands between a device and its trust centre (Zigbee 05-3474, 4.4.10).

Decoders take the payload after the command's own octet and raise FrameError only.
"""

from struct import pack

from micropython import const

from .frame_error import FrameError, at_least, fields

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
_TRUST_CENTRE_LINK_KEY = const(0x04)
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

# Fields of the commands that are always alike: EUI-64, short address, status; EUI-64; number of
# a network key; type of key, EUI-64, proof; status, type of key, EUI-64.
_FORMS = {
    UPDATE_DEVICE: "<8sHB",
    REMOVE_DEVICE: "<8s",
    SWITCH_KEY: "<B",
    VERIFY_KEY: "<B8s16s",
    CONFIRM_KEY: "<BB8s",
}


class TransportedKey:
    """A key on its way: kind, key, sequence (of a network key), destination, source (EUI-64s).

    Of an application link key destination and source are the partner and none.
    """

    def __init__(self, payload):
        self.kind, self.key, self.destination = fields("<B16s8s", payload)
        self.sequence = 0
        at = 1 + _KEY
        if self.kind == NETWORK_KEY:
            self.sequence = payload[at]
            at += 1
        elif self.kind == APPLICATION_LINK_KEY:
            at_least(at + _EUI + 1, payload)
            return
        elif self.kind != _TRUST_CENTRE_LINK_KEY:
            raise FrameError("Transport Key: type %d" % self.kind)
        self.destination, self.source = fields("<8s8s", payload[at:])


def transport_network_key(key, sequence, destination, source):
    """Return the Transport Key command of a network key."""
    return pack("<BB16sB8s8s", TRANSPORT_KEY, NETWORK_KEY, key, sequence, destination, source)


def transport_link_key(key, destination, source):
    """Return the Transport Key command of a trust centre link key."""
    return pack("<BB16s8s8s", TRANSPORT_KEY, _TRUST_CENTRE_LINK_KEY, key, destination, source)


def transport_application_key(key, partner, is_initiator):
    """Return the Transport Key command of a link key with a partner."""
    return pack("<BB16s8sB", TRANSPORT_KEY, APPLICATION_LINK_KEY, key, partner, is_initiator)


def request_key(partner=None):
    """Return the Request Key command for a link key: the trust centre's, or with a partner."""
    if partner is None:
        return bytes((REQUEST_KEY, _TRUST_CENTRE_LINK_KEY))
    return bytes((REQUEST_KEY, _WITH_PARTNER)) + partner


def decode_request_key(payload):
    """Return the partner's EUI-64 of a Request Key, None for the trust centre's own."""
    at_least(1, payload)
    if payload[0] == _TRUST_CENTRE_LINK_KEY:
        return None
    if payload[0] != _WITH_PARTNER:
        raise FrameError("Request Key: type %d" % payload[0])
    return fields("<B8s", payload)[1]


def update_device(extended, short_address, status):
    """Return the Update Device command of a router: who came or went."""
    return pack("<B8sHB", UPDATE_DEVICE, extended, short_address, status)


def remove_device(extended):
    """Return the Remove Device command: its parent is to send a device away."""
    return bytes((REMOVE_DEVICE,)) + extended


def tunnel(destination, octets):
    """Return the Tunnel command: a parent is to hand an APS frame to its new child."""
    return bytes((TUNNEL,)) + destination + octets


def decode_tunnel(payload):
    """Return (the child's EUI-64, the APS frame)."""
    at_least(_EUI + 1, payload)
    return bytes(payload[:_EUI]), bytes(payload[_EUI:])


def switch_key(sequence):
    """Return the Switch Key command."""
    return bytes((SWITCH_KEY, sequence))


def confirm_key(status, destination):
    """Return the Confirm Key command to a device."""
    return bytes((CONFIRM_KEY, status, _TRUST_CENTRE_LINK_KEY)) + destination


def verify_key(source, confirmation):
    """Return the Verify Key command of a device (EUI-64) with its 16 octets of proof."""
    return bytes((VERIFY_KEY, _TRUST_CENTRE_LINK_KEY)) + source + confirmation


def decode(command, payload):
    """Return the fields of a command that is always alike, as a tuple."""
    return fields(_FORMS[command], payload)
