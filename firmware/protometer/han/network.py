"""The network that a device is on: who we are, and the keys; `devices` says who the others are.

It was commissioned, as a whole, or is to be joined, or is to be formed: then what joining and
forming find out is kept in the dictionary, as HAN Network and HAN Devices, and is there again
after a restart.
"""

import struct
from binascii import unhexlify

from micropython import const

from ..model.command import is_integer
from .devices import CONFIRMED, NO_KEY, Devices

COORDINATOR = const(0x0000)
NOBODY = const(0xFFFF)
_CHANNELS = (11, 26)
# What a description has of a network to be joined or formed.
_NOT_COMMISSIONED = ("install_code", "policy", "admits")
# The well-known link key, which strangers join with: policy interop alone trusts it.
_WELL_KNOWN = b"ZigBeeAlliance09"
_INSTALL_CODE_SIZE = const(18)
# Of the numbers of network keys, which wrap at 256.
_HALF = const(128)
# Capability information (IEEE 802.15.4-2006, 7.3.1.2). A router: full function, on the mains,
# receiver always on, wants an address; an end device on the mains; one that sleeps.
_ROUTER = const(0x8E)
_END_DEVICE = const(0x8C)
_SLEEPY = const(0x80)
# HAN Network: channel, PAN, own address, parent, extended PAN id, key's number and key, trust
# centre, link key with it, whether that is confirmed and, above that bit, the channel's page.
_KEPT = "<BHHH8sB16s8s16sB"


class NetworkError(ValueError):
    """A network description is malformed; the message names the fault."""


class PolicyRefused(NetworkError):
    """A locked build is asked to trust what everybody knows."""


class Network:
    """A device's network, from a plain dictionary; is_locked: PolicyRefused for policy interop.

    extended_address: 16 hex digits as printed. Commissioned: short_address, pan_id: 4 hex digits;
    channel: 11..26; network_key: 32 hex digits; key_sequence; devices: {short address (hex):
    extended address}; routes: {destination (hex): next hop (hex)}, others are reached directly.
    To be joined: install_code, 36 hex digits with its check; or none, with policy interop, for
    the well-known link key; channels, all of 11..26 unless given, of the Sub GHz Bands [page,
    channel]; end_device, for one that is no
    router; sleepy, for one whose radio sleeps as well; certificates, [[suite, certificate,
    private key, authority's public key]] in hex, by which the default policy agrees a link key.
    To be formed, by the coordinator: admits, [[extended_address, install_code]], who may join.
    """

    def __init__(self, description, is_locked=False):
        self._joining_key = self.on_claim = None
        self.certificates = ()
        self.admits = ()
        self.devices = Devices()
        try:
            self.is_commissioned = not any(name in description for name in _NOT_COMMISSIONED)
            self.is_coordinator = "admits" in description
            self.is_sleepy = bool(description.get("sleepy", False))
            self.is_interop = description.get("policy", "default") == "interop"
            if self.is_interop and is_locked:
                raise PolicyRefused("network: policy interop is refused: this build is locked")
            self.is_router = not (self.is_sleepy or description.get("end_device", False))
            self.capability = _ROUTER if self.is_router else _END_DEVICE
            if self.is_sleepy:
                self.capability = _SLEEPY
            self.extended_address = _octets(description["extended_address"], 8, "extended_address")
            self.forget()
            if self.is_commissioned:
                self._commission(description)
            else:
                self._prepare(description)
        except KeyError as missing:
            raise NetworkError("network: no %s" % missing.args[0])
        except NetworkError:
            raise
        except (AttributeError, TypeError, ValueError):
            raise NetworkError("network: a part of it is of the wrong type")

    def forget(self):
        """Be on no network."""
        self.is_joined = False
        self.short_address = self.pan_id = self.parent = NOBODY
        self.extended_pan_id = self.trust_centre = bytes(8)
        self.page, self.channel = 0, _CHANNELS[0]
        self.key_sequence = 0
        self.has_confirmed_key = False
        self._keys = {}
        self._routes = {}
        self._link_key = None
        self.devices.forget()
        # Whether what is kept of it has changed since it was.
        self.is_changed = False

    def form(self, place, pan_id, key):
        """Be the coordinator and trust centre of a new network; place: (page, channel)."""
        self.page, self.channel = place
        self.pan_id = pan_id
        self.short_address = self.parent = COORDINATOR
        self.extended_pan_id = self.trust_centre = self.extended_address
        self.keep_key(0, key)
        self.use_key(0)
        self.is_joined = True

    def learn(self, short_address, extended, is_proven=False):
        """Note a device's addresses, as Devices.learn does; not that the trust centre has moved.

        They are kept with the next thing that is: any device of the network can say that it has
        moved, as often as it likes. `on_claim(short_address)` hears what is to be proven.
        """
        if self.is_joined and (extended == self.trust_centre) != (short_address == COORDINATOR):
            return
        is_so = self.devices.learn(short_address, extended, is_proven)
        if not is_so and self.on_claim and self.devices.extended_of(short_address) == extended:
            self.on_claim(short_address)

    def is_met(self, neighbour, extended):
        """Tell whether a neighbour may have that EUI-64, as an authentic frame says, and learn it.

        Where all were commissioned nobody has another's address.
        """
        if self.is_commissioned:
            return self.devices.extended_of(neighbour) == extended
        self.learn(neighbour, extended)
        return True

    def may_reach(self, destination):
        """Tell whether frames for a device are relayed."""
        return self.is_router and (self.devices.knows(destination) or not self.is_commissioned)

    def fixed_hop(self, destination):
        """Return the neighbour that commissioning set for a destination; None where it did not."""
        return self._routes.get(destination, destination) if self.is_commissioned else None

    def key_of(self, sequence):
        """Return the network key of that number, or None."""
        return self._keys.get(sequence)

    def keep_key(self, sequence, key):
        """Keep a network key beside the one in use."""
        in_use = self._keys.get(self.key_sequence)
        self._keys = {sequence: key}
        if in_use:
            self._keys[self.key_sequence] = in_use

    def use_key(self, sequence):
        """Seal with the network key of that number from now on; False if it is unknown."""
        known = sequence in self._keys
        if known:
            self.key_sequence = sequence
        return known

    def follow_key(self, sequence):
        """Use the network key of that number too, where it is a newer one than ours."""
        if 0 < sequence - self.key_sequence & 0xFF < _HALF and not self.is_coordinator:
            self.is_changed = self.use_key(sequence) or self.is_changed

    def link_key_of(self, partner):
        """Return the link key with a device (EUI-64), or None.

        Who joins does not know yet who its trust centre is, and has one key for whoever that is.
        """
        if self.is_joined and partner != self.trust_centre:
            return self.devices.key_of(partner)
        return self._link_key or self._joining_key

    def partner_at(self, short_address):
        """Return the EUI-64 of who has a short address, as link keys name it, or None."""
        if short_address == COORDINATOR and not self.is_coordinator:
            return self.trust_centre if self.is_joined else None
        return self.devices.extended_of(short_address)

    def address_of(self, partner):
        """Return the short address of a partner (EUI-64): partner_at()'s other way, or None."""
        if partner == self.trust_centre and not self.is_coordinator:
            return COORDINATOR
        return self.devices.short_of(partner)

    def may_talk(self):
        """Tell whether there is a link key to speak to the hub under, where one is needed."""
        return self.is_joined and (self.has_confirmed_key or self.is_interop)

    def has_link_key_with(self, short_address):
        """Tell whether a confirmed link key protects what is said to a short address."""
        partner = self.partner_at(short_address)
        if partner == self.trust_centre:
            return self.has_confirmed_key
        return partner is not None and self.devices.is_(partner, CONFIRMED)

    def keep_link_key(self, key, confirmed):
        """Keep a link key with the trust centre."""
        self._link_key = key
        self.has_confirmed_key = confirmed

    def pack(self):
        """Return HAN Network: what is to outlive a restart, beside `devices`."""
        return struct.pack(
            _KEPT,
            self.channel,
            self.pan_id,
            self.short_address,
            self.parent,
            self.extended_pan_id,
            self.key_sequence,
            self._keys[self.key_sequence],
            self.trust_centre,
            self.link_key_of(self.trust_centre) or NO_KEY,
            self.has_confirmed_key | self.page << 1,
        )

    def unpack(self, octets, devices):
        """Be on the network that pack() of it and of its devices described.

        What has another size describes none.
        """
        if self.is_commissioned or len(octets) != struct.calcsize(_KEPT):
            return
        kept = struct.unpack(_KEPT, octets)
        self.channel, self.pan_id, self.short_address, self.parent = kept[:4]
        self.extended_pan_id, self.key_sequence, key, self.trust_centre = kept[4:8]
        self._keys = {self.key_sequence: key}
        self.keep_link_key(kept[8], bool(kept[9] & 1))
        self.page = kept[9] >> 1
        self.devices.unpack(devices)
        self.learn(COORDINATOR, self.trust_centre)
        self.is_joined = True

    def _commission(self, description):
        self.short_address = _address(description["short_address"])
        self.pan_id = _address(description["pan_id"])
        self.page, self.channel = _place(description["channel"])
        self.key_sequence = description["key_sequence"]
        key = _octets(description["network_key"], 16, "network_key", False)
        self._keys = {self.key_sequence: key}
        self.devices.commission(
            {
                _address(short): _octets(extended, 8, "devices")
                for short, extended in description["devices"].items()
            }
        )
        self._routes = {
            _address(destination): _address(hop)
            for destination, hop in description["routes"].items()
        }
        _check_range("key_sequence", self.key_sequence, 0, 255)
        self.is_joined = True

    def _prepare(self, description):
        channels = description.get("channels", range(_CHANNELS[0], _CHANNELS[1] + 1))
        # Where a network may be: (page, channel).
        self.channels = [_place(channel) for channel in channels]
        self.certificates = [
            (suite, unhexlify(certificate), unhexlify(key), unhexlify(authority))
            for suite, certificate, key, authority in description.get("certificates", ())
        ]
        for certificate in self.certificates:
            _check_range("certificates: suite", certificate[0], 1, 2)
        if self.is_coordinator:
            self.admits = [
                (_octets(extended, 8, "admits"), _key_of_code(code))
                for extended, code in description["admits"]
            ]
        elif "install_code" in description:
            self._joining_key = _key_of_code(description["install_code"])
        elif self.is_interop:
            self._joining_key = _WELL_KNOWN
        else:
            raise NetworkError("network: no install_code")


def _key_of_code(text):
    """Return the link key of an install code in hex."""
    from .install_code import InstallCodeError, link_key

    code = _octets(text, _INSTALL_CODE_SIZE, "install_code", False)
    try:
        return link_key(code)
    except InstallCodeError as fault:
        raise NetworkError("network: install_code: %s" % fault)


def _place(told):
    """Return (page, channel) of a channel at 2.4 GHz, or of [page, channel] below 1 GHz."""
    if not isinstance(told, (list, tuple)):
        _check_range("channel", told, *_CHANNELS)
        return 0, told
    from . import channel_pages

    page, channel = told
    if not channel_pages.has(page, channel):
        raise NetworkError("network: channel page %s has no channel %s" % (page, channel))
    return page, channel


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
