"""The network that a device is on: who we are, and the keys; `devices` says who the others are.

It was commissioned, as a whole, or is to be joined, or is to be formed: then what joining and
forming find out is kept, see kept_network, and is there again after a restart.
"""

from micropython import const

from ..kernel.unload import unload
from .devices import CONFIRMED, Devices

COORDINATOR = const(0x0000)
NOBODY = const(0xFFFF)
_FIRST_CHANNEL = const(11)
# Of the numbers of network keys, which wrap at 256.
_HALF = const(128)


class NetworkError(ValueError):
    """A network description is malformed; the message names the fault."""


class PolicyRefused(NetworkError):
    """A locked build is asked to trust what everybody knows."""


class Network:
    """A device's network, as a plain dictionary describes it: see network_description.

    is_locked: PolicyRefused for policy interop.
    """

    def __init__(self, description, is_locked=False):
        self.joining_key = self.on_claim = None
        self.certificates = ()
        self.admits = ()
        self.devices = Devices()
        from . import network_description

        network_description.read(self, description, is_locked)
        # Read once: a board has better use for its memory.
        unload("han.network_description", "han.joining_description", "han.install_code")

    def forget(self):
        """Be on no network."""
        self.is_joined = False
        self.short_address = self.pan_id = self.parent = NOBODY
        self.extended_pan_id = self.trust_centre = bytes(8)
        self.page, self.channel = 0, _FIRST_CHANNEL
        self.key_sequence = 0
        self.has_confirmed_key = False
        self._keys = {}
        self.routes = {}
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
        return self.routes.get(destination, destination) if self.is_commissioned else None

    def parent_hop(self, destination):
        """Return the neighbour over which an end device reaches any destination: its parent."""
        return self.parent

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
        return self._link_key or self.joining_key

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
