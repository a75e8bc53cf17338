"""What a plain dictionary says of the network that a device is on, or is to be on.

extended_address: 16 hex digits as printed. Commissioned: short_address, pan_id: 4 hex digits;
channel: 11..26; network_key: 32 hex digits; key_sequence; devices: {short address (hex): extended
address}; routes: {destination (hex): next hop (hex)}, others are reached directly. To be joined or
formed: see joining_description. Both: sleepy, for a device whose radio sleeps as well; end_device,
for another that is no router; policy, default or interop.
"""

from binascii import unhexlify

from micropython import const

from ..model.command import is_integer
from .network import NetworkError, PolicyRefused

CHANNELS = (11, 26)
# What a description has of a network to be joined or formed.
_NOT_COMMISSIONED = ("install_code", "policy", "admits")
# Capability information (IEEE 802.15.4-2006, 7.3.1.2). A router: full function, on the mains,
# receiver always on, wants an address; an end device on the mains; one that sleeps.
_ROUTER = const(0x8E)
_END_DEVICE = const(0x8C)
_SLEEPY = const(0x80)


def read(network, description, is_locked):
    """Have a Network be what a description says; NetworkError if that is malformed.

    is_locked: PolicyRefused for policy interop.
    """
    try:
        _read(network, description, is_locked)
    except KeyError as missing:
        raise NetworkError("network: no %s" % missing.args[0])
    except NetworkError:
        raise
    except (AttributeError, TypeError, ValueError):
        raise NetworkError("network: a part of the wrong type")


def _read(network, description, is_locked):
    network.is_commissioned = not any(name in description for name in _NOT_COMMISSIONED)
    network.is_coordinator = "admits" in description
    network.is_sleepy = bool(description.get("sleepy", False))
    network.is_interop = description.get("policy", "default") == "interop"
    if network.is_interop and is_locked:
        raise PolicyRefused("network: policy interop is refused: locked")
    network.is_router = not (network.is_sleepy or description.get("end_device", False))
    network.capability = _ROUTER if network.is_router else _END_DEVICE
    if network.is_sleepy:
        network.capability = _SLEEPY
    network.extended_address = octets_of(description["extended_address"], 8, "extended_address")
    network.forget()
    if network.is_commissioned:
        _commission(network, description)
    else:
        from .joining_description import prepare

        prepare(network, description)


def _commission(network, description):
    network.short_address = _address(description["short_address"])
    network.pan_id = _address(description["pan_id"])
    network.page, network.channel = place_of(description["channel"])
    sequence = description["key_sequence"]
    network.keep_key(sequence, octets_of(description["network_key"], 16, "network_key", False))
    network.use_key(sequence)
    network.devices.commission(
        {
            _address(short): octets_of(extended, 8, "devices")
            for short, extended in description["devices"].items()
        }
    )
    network.routes = {
        _address(destination): _address(hop) for destination, hop in description["routes"].items()
    }
    check_range("key_sequence", sequence, 0, 255)
    network.is_joined = True


def place_of(told):
    """Return (page, channel) of a channel at 2.4 GHz, or of [page, channel] below 1 GHz."""
    if not isinstance(told, (list, tuple)):
        check_range("channel", told, *CHANNELS)
        return 0, told
    from . import channel_pages

    page, channel = told
    if not channel_pages.has(page, channel):
        raise NetworkError("network: page %s has no channel %s" % (page, channel))
    return page, channel


def check_range(name, value, least, greatest):
    """NetworkError if a value is not an integer within bounds."""
    if not is_integer(value) or not least <= value <= greatest:
        raise NetworkError("network: %s %s is outside %d..%d" % (name, value, least, greatest))


def octets_of(text, size, name, reverse=True):
    """Return `size` octets of hex text; EUI-64s are printed most significant octet first."""
    try:
        octets = unhexlify(text)
    except ValueError:
        raise NetworkError("network: %s is not hexadecimal" % name)
    if len(octets) != size:
        raise NetworkError("network: %s has %d octets, expected %d" % (name, len(octets), size))
    return bytes(reversed(octets)) if reverse else octets


def _address(text):
    """Return the 16 bits of four hexadecimal digits."""
    octets = octets_of(text, 2, "an address")
    return octets[0] | octets[1] << 8
