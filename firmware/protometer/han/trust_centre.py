"""The trust centre: who may be on the network, and the keys of those who are.

    a device came        -> the network key, under its link key; over its parent if not over us
    Verify Key           -> Confirm Key
    Request Key          -> a link key between two devices, to both of them
    renew_key()          -> a new network key to each device, and after a while Switch Key to all

Zigbee 05-3474-22, 4.6.3 and 4.7; Smart Energy 1.4, 5.4. Devices are admitted by their EUI-64 and
the link key of their install code; certificates make another of it.
"""

from os import urandom

from micropython import const

from . import aps_commands
from .aps_frame import KEY_LOAD, KEY_TRANSPORT, LINK_KEY
from .devices import CONFIRMED
from .frame_error import FrameError
from .nwk_frame import ALL

# From the last device's new network key to its use: a gas meter asks every 7.5 s, or later.
_SWITCH_S = const(60)


class TrustCentre:
    """Lets devices in and keeps their keys.

    network; parent, a Parent; confirmation(partner), what proves a link key; send(destination,
    command, key identifier or None, partner) sends an APS command; seal(command, identifier,
    partner) makes one of what another is to deliver. `allows(extended, other)` may be set, and
    says whether two devices may share a link key; `on_refused(extended)` hears of strangers, and
    `on_came(extended, status)` of who comes and goes, a status of Update Device.
    """

    def __init__(self, network, parent, confirmation, send, seal):
        self._network = network
        self._parent = parent
        self._confirmation = confirmation
        self._send = send
        self._seal = seal
        self.allows = self.on_refused = self.on_came = None
        # Whom the new network key is for, until they have been told.
        self._untold = []
        # Seconds left until it is used, once all have been told.
        self._switch_in_s = 0
        self.commands = {
            aps_commands.UPDATE_DEVICE: self._updated,
            aps_commands.REQUEST_KEY: self._requested,
            aps_commands.VERIFY_KEY: self._asked_to_verify,
        }

    def admit(self, extended, key):
        """Let a device join, by the link key of its install code; False where there is no room."""
        is_kept = self._network.devices.keep_key(extended, key, False)
        self._network.is_changed = True
        return is_kept

    def remove(self, extended):
        """Have a device leave, and not come back."""
        self._parent.send_away(extended)
        self._network.devices.drop(extended)
        self._network.is_changed = True

    def came(self, extended, short_address, status, router=None):
        """Hear that a device came or went, over a router's short address; None: over us."""
        devices = self._network.devices
        if status == aps_commands.DEVICE_LEFT:
            self._tell(extended, status)
        elif devices.key_of(extended) is None:
            self._refuse(extended, router)
        else:
            self._network.learn(short_address, extended)
            self._tell(extended, status)
            if status != aps_commands.SECURED_REJOIN:
                self._give_network_key(extended, router)

    def renew_key(self):
        """Have everybody use another network key in a while."""
        network = self._network
        network.keep_key(self._next_sequence(), urandom(16))
        self._untold = network.devices.having(CONFIRMED)
        self._switch_in_s = 0

    def step(self):
        """Let a second pass."""
        if self._untold:
            extended, short_address = self._untold.pop()
            command = self._network_key_for(extended, self._next_sequence())
            self._send(short_address, command, KEY_TRANSPORT, extended)
            self._switch_in_s = _SWITCH_S
        elif self._switch_in_s:
            self._switch_in_s -= 1
            if not self._switch_in_s:
                self._switch()

    def _switch(self):
        sequence = self._next_sequence()
        self._send(ALL, aps_commands.switch_key(sequence), None, None)
        self._network.use_key(sequence)
        self._network.is_changed = True

    def _next_sequence(self):
        return (self._network.key_sequence + 1) & 0xFF

    def _tell(self, extended, status):
        if self.on_came:
            self.on_came(extended, status)

    def _refuse(self, extended, router):
        if self.on_refused:
            self.on_refused(extended)
        if router is None:
            self._parent.send_away(extended)
        else:
            partner = self._network.devices.extended_of(router)
            self._send(router, aps_commands.remove_device(extended), LINK_KEY, partner)

    def _network_key_for(self, extended, sequence):
        network = self._network
        key = network.key_of(sequence)
        own = network.extended_address
        return aps_commands.transport_network_key(key, sequence, extended, own)

    def _give_network_key(self, extended, router):
        command = self._network_key_for(extended, self._network.key_sequence)
        octets = self._seal(command, KEY_TRANSPORT, extended)
        if router is None:
            self._parent.give(extended, octets)
        else:
            self._send(router, aps_commands.tunnel(extended, octets), None, None)

    # What devices say.

    def _updated(self, payload, sealed_with, sender):
        router = self._network.devices.short_of(sender)
        if sealed_with != LINK_KEY or router is None:
            raise FrameError("Update Device: not a router")
        self.came(*aps_commands.decode(aps_commands.UPDATE_DEVICE, payload), router)

    def _requested(self, payload, sealed_with, sender):
        partner = aps_commands.decode_request_key(payload)
        if sealed_with != LINK_KEY:
            raise FrameError("Request Key: not sealed")
        if partner is None:
            self._give_link_key(sender)
        else:
            self._give_application_key(sender, partner)

    def _give_link_key(self, extended):
        """Give a key in place of the install code's, to those that make none of certificates."""
        network = self._network
        if not network.is_interop:
            raise FrameError("Request Key: not here")
        key = urandom(16)
        command = aps_commands.transport_link_key(key, extended, network.extended_address)
        self._send(network.devices.short_of(extended), command, KEY_LOAD, extended)
        self.admit(extended, key)

    def _give_application_key(self, extended, partner):
        devices = self._network.devices
        pair = (extended, partner)
        are_trusted = extended != partner and all(devices.is_(one, CONFIRMED) for one in pair)
        if not are_trusted or (self.allows and not self.allows(extended, partner)):
            raise FrameError("Request Key: refused")
        key = urandom(16)
        for one, other in (pair, (partner, extended)):
            command = aps_commands.transport_application_key(key, other, one == extended)
            self._send(devices.short_of(one), command, KEY_LOAD, one)

    def _asked_to_verify(self, payload, sealed_with, sender):
        _, extended, proof = aps_commands.decode(aps_commands.VERIFY_KEY, payload)
        devices = self._network.devices
        key = devices.key_of(extended)
        if key is None or extended != sender:
            raise FrameError("Verify Key: a stranger")
        status = aps_commands.SECURITY_FAILURE
        if proof == self._confirmation(extended):
            status = aps_commands.SUCCESS
            devices.keep_key(extended, key, True)
            self._network.is_changed = True
        command = aps_commands.confirm_key(status, extended)
        self._send(devices.short_of(extended), command, LINK_KEY, extended)
