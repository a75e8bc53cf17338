"""A pre-commissioned network: who we are, who the others are, and the network key."""

from binascii import unhexlify

from ..model.command import is_integer

COORDINATOR = 0x0000


class NetworkError(ValueError):
    """A network description is malformed; the message names the fault."""


class Network:
    """What commissioning leaves behind, from a plain dictionary.

    short_address, pan_id: 16 bits; channel: 11..26; extended_address: 16 hex digits as printed;
    network_key: 32 hex digits; key_sequence; devices: {short address (hex): extended address};
    routes: {destination (hex): next hop (hex)}, others are reached directly.
    """

    def __init__(self, description):
        try:
            self.short_address = _address(description["short_address"])
            self.extended_address = _octets(description["extended_address"], 8, "extended_address")
            self.pan_id = _address(description["pan_id"])
            self.channel = description["channel"]
            self.key = _octets(description["network_key"], 16, "network_key", False)
            self.key_sequence = description["key_sequence"]
            self._devices = {
                _address(short): _octets(extended, 8, "devices")
                for short, extended in description["devices"].items()
            }
            self._routes = {
                _address(destination): _address(hop)
                for destination, hop in description["routes"].items()
            }
        except KeyError as missing:
            raise NetworkError("network: no %s" % missing.args[0])
        except (AttributeError, TypeError):
            raise NetworkError("network: a part of it is of the wrong type")
        _check_range("channel", self.channel, 11, 26)
        _check_range("key_sequence", self.key_sequence, 0, 255)

    def knows(self, short_address):
        """Tell whether a device belongs to the network."""
        return short_address in self._devices

    def extended_of(self, short_address):
        """Return a device's EUI-64, least significant octet first, or None."""
        return self._devices.get(short_address)

    def next_hop(self, destination):
        """Return the neighbour that a frame for destination goes to next."""
        return self._routes.get(destination, destination)


def _check_range(name, value, least, greatest):
    if not is_integer(value) or not least <= value <= greatest:
        raise NetworkError("network: %s %s is outside %d..%d" % (name, value, least, greatest))


def _address(text):
    """Return the 16 bits of four hexadecimal digits."""
    octets = _octets(text, 2, "an address")
    return octets[0] | octets[1] << 8


def _octets(text, size, name, reverse=True):
    """Return `size` octets of hex text; EUI-64s are printed most significant octet first."""
    try:
        octets = unhexlify(text)
    except ValueError:
        raise NetworkError("network: %s is not hexadecimal" % name)
    if len(octets) != size:
        raise NetworkError("network: %s has %d octets, expected %d" % (name, len(octets), size))
    return bytes(reversed(octets)) if reverse else octets
