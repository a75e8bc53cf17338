"""The other devices of a network: their addresses, the link keys with them, whose parent we are.

Addresses alone are learnt anew after a restart. A device with a link key, and a child, has an
*entry*, which is kept: 27 octets of the dictionary item HAN Devices.
"""

import struct

from micropython import const

from ..kernel.ring import keep

# What an entry says of a device. Its link key was agreed or verified.
CONFIRMED = const(0x01)
# It is a child of ours: it talks to the network through us. It is an end device, and sleeps.
CHILD = const(0x02)
END_DEVICE = const(0x04)
SLEEPS = const(0x08)

NO_KEY = bytes(16)
_NOBODY = const(0xFFFF)
# Devices whose addresses are remembered, and that may have entries.
_MOST_DEVICES = const(32)
_MOST_ENTRIES = const(16)
_ENTRY = "<8sHB16s"

_SHORT = const(0)
_FLAGS = const(1)
_KEY = const(2)


class Devices:
    """Devices by their EUI-64, least significant octet first, and by short address."""

    def __init__(self):
        self._addresses = {}
        self._entries = {}

    def forget(self):
        """Know nobody."""
        self._addresses.clear()
        self._entries.clear()

    def commission(self, addresses):
        """Know the devices of a dictionary: short address to EUI-64."""
        self._addresses = addresses

    def knows(self, short_address):
        """Tell whether a device's EUI-64 is known."""
        return short_address in self._addresses

    def learn(self, short_address, extended, is_proven=False):
        """Note a device's addresses; return whether frames for it go there from now on.

        is_proven: its link key has sealed what came from there. The address of a device with a
        link key stays until then: another is noted as a claim, whose frames may prove it.
        """
        addresses = self._addresses
        holder = addresses.get(short_address)
        if holder == extended and self.short_of(extended) == short_address:
            return True
        at = self._kept_address(extended)
        if not is_proven and holder != extended and self._kept_address(holder) == short_address:
            return False
        is_claim = not is_proven and at not in (None, short_address)
        for known in [short for short in addresses if addresses[short] == extended]:
            if not (is_claim and known == at):
                del addresses[known]
        keep(addresses, short_address, extended, _MOST_DEVICES)
        if is_claim:
            return False
        entry = self._entries.get(extended)
        if entry:
            entry[_SHORT] = short_address
        return True

    def _kept_address(self, extended):
        """Return the short address of a device with a link key, None for any other."""
        if self.key_of(extended) is None:
            return None
        short = self._entries[extended][_SHORT]
        return None if short == _NOBODY else short

    def extended_of(self, short_address):
        """Return a device's EUI-64, or None."""
        return self._addresses.get(short_address)

    def short_of(self, extended):
        """Return a device's short address, or None; claims that nothing proves are none."""
        kept = self._kept_address(extended)
        if kept is not None:
            return kept
        for short, known in self._addresses.items():
            if known == extended:
                return short
        return None

    def has_room(self, extended):
        """Tell whether a device has an entry or can be given one."""
        return extended in self._entries or len(self._entries) < _MOST_ENTRIES

    def key_of(self, extended):
        """Return the link key with a device, or None."""
        entry = self._entries.get(extended)
        return entry[_KEY] if entry and entry[_KEY] != NO_KEY else None

    def keep_key(self, extended, key, confirmed):
        """Keep a link key with a device; False where there is no room for one more."""
        if not self.has_room(extended):
            return False
        entry = self._entry(extended)
        entry[_KEY] = key
        entry[_FLAGS] = entry[_FLAGS] & ~CONFIRMED | (CONFIRMED if confirmed else 0)
        return True

    def is_(self, extended, flags):
        """Tell whether an entry has all of some flags."""
        entry = self._entries.get(extended)
        return entry is not None and entry[_FLAGS] & flags == flags

    def flag(self, extended, flags, on=True):
        """Set flags of a device's entry, or clear them; one that then says nothing is dropped."""
        entry = self._entry(extended)
        entry[_FLAGS] = entry[_FLAGS] | flags if on else entry[_FLAGS] & ~flags
        if not entry[_FLAGS] and entry[_KEY] == NO_KEY:
            self.drop(extended)

    def drop(self, extended):
        """Have no entry of a device."""
        self._entries.pop(extended, None)

    def having(self, flags):
        """Return [(EUI-64, short address)] of the entries with all of some flags."""
        return [
            (extended, entry[_SHORT])
            for extended, entry in self._entries.items()
            if entry[_FLAGS] & flags == flags
        ]

    def is_child(self, short_address, flags=CHILD):
        """Tell whether an address is that of a child, with all of some flags."""
        extended = self._addresses.get(short_address)
        return extended is not None and self.is_(extended, CHILD | flags)

    def pack(self):
        """Return HAN Devices: the entries, to outlive a restart."""
        octets = bytearray()
        for extended, entry in self._entries.items():
            octets.extend(struct.pack(_ENTRY, extended, *entry))
        return bytes(octets)

    def unpack(self, octets):
        """Have the entries that pack() described; what is cut off is left out."""
        size = struct.calcsize(_ENTRY)
        for at in range(0, len(octets) - size + 1, size):
            extended, short, flags, key = struct.unpack(_ENTRY, octets[at : at + size])
            self._entries[extended] = [short, flags, key]
            if short != _NOBODY:
                keep(self._addresses, short, extended, _MOST_DEVICES)

    def _entry(self, extended):
        if extended not in self._entries:
            short = self.short_of(extended)
            self._entries[extended] = [_NOBODY if short is None else short, 0, NO_KEY]
        return self._entries[extended]
