"""What a device is told to do: to take a key, hand one on, send another device away, or leave.

By the trust centre in APS commands (Zigbee 05-3474, 4.4.10), and by Leave. Hardly ever after it
has joined, so this is in a board's memory only then.
"""

from . import aps_commands, nwk_commands
from .aps_commands import TransportedKey
from .aps_frame import KEY_LOAD, KEY_TRANSPORT, LINK_KEY
from .frame_error import FrameError
from .network import COORDINATOR


class Orders:
    """Carries out orders for a device's Membership.

    network; standing; parent, a router's Parent, else None; admits(extended), or None, says with
    whom a link key may be shared, and on_key(extended) hears of a new one.
    """

    def __init__(self, network, standing, parent, admits, on_key):
        self._network = network
        self._standing = standing
        self._parent = parent
        self._admits = admits
        self._on_key = on_key

    def carry_out(self, command, payload, sealed_with, sender):
        """Carry out an APS command; FrameError if it is malformed, not ours, or not to come now.

        sealed_with: the identifier of the key that sealed it, or None; sender: an EUI-64.
        """
        if command == aps_commands.TRANSPORT_KEY:
            self._take_key(TransportedKey(payload), sealed_with, sender)
        elif command == aps_commands.SWITCH_KEY:
            if self._network.use_key(*aps_commands.decode(command, payload)):
                self._network.is_changed = True
        elif command == aps_commands.REMOVE_DEVICE and self._parent:
            if sealed_with != LINK_KEY or sender != self._network.trust_centre:
                raise FrameError("Remove Device: not the trust centre's")
            self._parent.send_away(*aps_commands.decode(command, payload))
        elif command == aps_commands.TUNNEL and self._parent:
            self._parent.give(*aps_commands.decode_tunnel(payload))
        else:
            raise FrameError("APS: not our command")

    def leaves(self, neighbour, frame, payload):
        """Tell whether to forget the network, as a Leave says; another is a reason to rejoin.

        The trust centre may say so, and any device of the network could in its name: a device
        forgets its network for what has the trust centre's EUI-64, too, and came to an end device
        over its parent.
        """
        network = self._network
        (options,) = nwk_commands.decode(nwk_commands.LEAVE, payload)
        is_parents = neighbour == frame.source == network.parent
        is_near = network.is_router or neighbour == network.parent
        is_hubs = frame.source == COORDINATOR and is_near
        if not options & nwk_commands.LEAVE_IS_REQUEST or not (is_parents or is_hubs):
            return False
        is_certain = frame.source_extended == network.trust_centre or network.is_interop
        if is_hubs and is_certain and not options & nwk_commands.LEAVE_REJOINS:
            return True
        self._standing.seek()
        return False

    def _take_key(self, transported, sealed_with, sender):
        network = self._network
        if transported.kind == aps_commands.APPLICATION_LINK_KEY:
            self._take_partners_key(transported, sealed_with, sender)
        elif transported.destination not in (network.extended_address, bytes(8)):
            raise FrameError("Transport Key: not ours")
        elif transported.kind == aps_commands.NETWORK_KEY and network.is_joined:
            # Of a network that is changing its key: a Switch Key says from when.
            is_known = transported.source == network.trust_centre
            if is_known and (network.is_interop or sealed_with == KEY_TRANSPORT):
                network.keep_key(transported.sequence, transported.key)
        elif self._standing.way:
            self._standing.way.transported(transported, sealed_with)
        else:
            raise FrameError("Transport Key unasked")

    def _take_partners_key(self, transported, sealed_with, sender):
        network = self._network
        partner = transported.destination
        if sealed_with != KEY_LOAD or sender != network.trust_centre:
            raise FrameError("Transport Key: not the trust centre's")
        if not self._admits or self._admits(partner):
            network.devices.keep_key(partner, transported.key, True)
            self._on_key(partner)
