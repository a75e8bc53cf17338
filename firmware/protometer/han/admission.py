"""How a router lets devices in: in a board's memory while some come.

    Beacon Request      -> a beacon: which network, and whether it lets devices in
    Association Request -> an address, fetched by Data Request; then the trust centre is told
    Rejoin Request      -> the same for a device that has been here

A device that came is *new* until it is heard under the network key and announces itself; the
trust centre is told again, and so sends the key again, should it not be heard. Until then nothing
is kept: anybody can ask for an address, or to rejoin in another's name.

IEEE 802.15.4-2006, 7.5.3; Zigbee 05-3474-22, 3.6.1.4 and 3.6.1.6.
"""

from os import urandom

from micropython import const

from ..kernel.ticks import ticks_add, ticks_diff
from . import aps_commands, mac_commands, nwk_commands
from .devices import CHILD
from .frame_error import FrameError, at_least
from .network import COORDINATOR, NOBODY
from .nwk_frame import FIRST_BROADCAST

_MOST_NEW = const(4)
# The first word to the trust centre leaves a device the time to take its address.
_FIRST_MS = const(100)
_AGAIN_MS = const(2_500)
_TRIES = const(4)
_IDLE_MS = const(1_000)

_SHORT = const(0)
_STATUS = const(1)
_TRIES_LEFT = const(2)
_DUE_MS = const(3)
_CAPABILITY = const(4)
# In place of its status: that it was heard under the network key.
_HEARD = const(-1)


class Admission:
    """Lets devices in for a Parent, as long as there are any: see is_empty().

    network; mac; nwk; parent, whose children they become.
    """

    def __init__(self, network, mac, nwk, parent):
        self._network = network
        self._mac = mac
        self._nwk = nwk
        self._parent = parent
        # EUI-64: [short address, status, tries left, when the next is due, capability].
        self._new = {}

    def is_empty(self):
        """Tell whether no device is on its way in."""
        return not self._new

    def poll(self, now_ms):
        """Tell the trust centre again of who is due; return how many ms to the next."""
        wait_ms = _IDLE_MS
        for extended in list(self._new):
            left_ms = ticks_diff(self._new[extended][_DUE_MS], now_ms)
            wait_ms = min(wait_ms, self._remind(extended) if left_ms <= 0 else left_ms)
        return wait_ms

    def give(self, extended, octets):
        """Hand an APS frame to a new device, which has no network key yet."""
        new = self._new.get(extended)
        if new is None:
            raise FrameError("parent: nobody new")
        self._nwk.send_clear(new[_SHORT], octets)

    def drop(self, extended):
        """Know a device no more; return whether it was new."""
        return self._new.pop(extended, None) is not None

    def heard(self, extended, short_address):
        """Note that a neighbour was heard under the network key, and so has it."""
        new = self._new.get(extended)
        if new and short_address == new[_SHORT]:
            # It need not be told again, and says now what it is.
            new[_STATUS] = _HEARD

    def settle(self, short_address, extended, capability=None):
        """Take in a device of the network that came over us, if that is how it spoke.

        capability: what it announced; without that it is what it was when it asked.
        """
        new = self._new.get(extended)
        if new and new[_STATUS] == _HEARD and new[_SHORT] == short_address:
            del self._new[extended]
            kind = new[_CAPABILITY] if capability is None else capability
            self._parent.take_in(extended, short_address, kind)

    def knows(self, short_address):
        """Tell whether a new device has that address."""
        return self._at(short_address) is not None

    def sleeps(self, short_address):
        """Tell whether a new device that does not always listen has that address."""
        new = self._at(short_address)
        return new is not None and not new[_CAPABILITY] & mac_commands.LISTENS

    def _at(self, short_address):
        for new in self._new.values():
            if new[_SHORT] == short_address:
                return new
        return None

    # What devices ask that want in.

    def asked_for_beacon(self, frame):
        """Answer a Beacon Request."""
        network = self._network
        enhanced = self._mac.enhanced
        permits = self._parent.permits()
        if not network.is_joined or (enhanced and not enhanced.is_asked(frame, network, permits)):
            return
        told = mac_commands.beacon(
            network.is_coordinator, permits, self._has_room(), network.extended_pan_id
        )
        self._mac.send_beacon(told)

    def asked_to_associate(self, frame):
        """Have an Association Response wait; FrameError where the request is malformed."""
        network = self._network
        extended = frame.source
        is_ours = frame.destination_pan == network.pan_id
        is_for_us = frame.destination in (network.short_address, network.extended_address)
        if not (network.is_joined and is_ours and is_for_us) or isinstance(extended, int):
            return
        if extended is None:
            return
        at_least(2, frame.payload)
        status, short_address = mac_commands.ASSOCIATED, NOBODY
        if not self._parent.permits():
            status = mac_commands.ACCESS_DENIED
        elif not self._has_room() and extended not in self._new:
            status = mac_commands.AT_CAPACITY
            self._parent.turn_away(extended)
        else:
            # Known by its address already, it keeps it.
            short_address = network.devices.short_of(extended)
            if short_address in (None, COORDINATOR):
                short_address = self._free_address()
        response = mac_commands.association_response(short_address, status)
        self._parent.hold(extended, (extended, response, frame.payload[1]))

    def give_response(self, extended, response, capability):
        """Send the Association Response that has waited: the device has an address now."""
        own = self._network.extended_address
        self._mac.send_command(self._network.pan_id, extended, own, response)
        if response[-1] == mac_commands.ASSOCIATED:
            short_address = response[1] | response[2] << 8
            self._await_key(extended, short_address, aps_commands.UNSECURED_JOIN, capability)

    def asked_to_rejoin(self, frame, payload):
        """Answer a Rejoin Request; FrameError where it is malformed."""
        network = self._network
        (capability,) = nwk_commands.decode(nwk_commands.REJOIN_REQUEST, payload)
        extended = frame.source_extended
        if not network.is_joined or extended is None:
            return
        if not self._has_room() and not network.devices.is_(extended, CHILD):
            # Anybody can say so in clear.
            if frame.secured:
                self._parent.turn_away(extended)
            return
        short_address = frame.source
        if network.devices.extended_of(short_address) not in (None, extended):
            short_address = self._free_address()
        if frame.secured:
            self._parent.release(short_address)
            self._parent.take_in(extended, short_address, capability)
            self._parent.tell(extended, short_address, aps_commands.SECURED_REJOIN)
        else:
            # Anybody can say this: it counts once the device is heard under the network key.
            status = aps_commands.UNSECURED_REJOIN
            self._await_key(extended, short_address, status, capability)
        response = nwk_commands.rejoin_response(short_address, nwk_commands.SUCCESS)
        self._nwk.answer(frame, response)

    def _await_key(self, extended, short_address, status, capability):
        if extended in self._new or len(self._new) < _MOST_NEW:
            due_ms = ticks_add(self._parent.now_ms, _FIRST_MS)
            self._new[extended] = [short_address, status, _TRIES, due_ms, capability]

    def _remind(self, extended):
        """Tell the trust centre of a new device once more; one that never came is forgotten."""
        new = self._new[extended]
        if not new[_TRIES_LEFT]:
            del self._new[extended]
            return _IDLE_MS
        new[_TRIES_LEFT] -= 1
        new[_DUE_MS] = ticks_add(self._parent.now_ms, _AGAIN_MS)
        if new[_STATUS] != _HEARD:
            self._parent.tell(extended, new[_SHORT], new[_STATUS])
        return _AGAIN_MS

    def _has_room(self):
        return len(self._new) < _MOST_NEW and not self._parent.is_full()

    def _free_address(self):
        address = COORDINATOR
        while not COORDINATOR < address < FIRST_BROADCAST or self._is_taken(address):
            octets = urandom(2)
            address = octets[0] | octets[1] << 8
        return address

    def _is_taken(self, address):
        network = self._network
        is_known = address == network.short_address or network.devices.knows(address)
        return is_known or self.knows(address)
