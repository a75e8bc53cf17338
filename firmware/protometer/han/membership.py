"""Membership of a network that a device joins: kept through restarts, until it is to leave."""

from micropython import const

from . import aps_commands, aps_frame
from .aps_commands import TransportedKey
from .aps_security import ApsSecurity
from .bindings import Bindings
from .joining import Joining
from .key_identifiers import LINK_KEY
from .mesh import Mesh
from .network import COORDINATOR
from .nwk_commands import LEAVE_IS_REQUEST
from .polling import Polling
from .zdo import Endpoint, Zdo

# Smart Energy's device types by role: metering device, in-premises display, energy service
# interface, load control device.
_DEVICE_TYPES = {"E": 0x0501, "G": 0x0501, "I": 0x0502, "H": 0x0500, "S": 0x0504}
_BETWEEN_DEVICES = (aps_frame.DEVICE_ENDPOINT, aps_frame.DEVICE_ENDPOINT)
_SECOND_MS = const(1_000)
# A Clock Status.
_RELIABLE = const(2)


class Membership:
    """Joins, keeps what joining found out in the item HAN Network, and leaves.

    role: its letters; network; data, whose items they are; persist() makes them durable; layers:
    the device's Mac, Nwk and Aps; clusters: those it serves, and those it uses; command() and
    machines are the Stack's, for key establishment.
    """

    def __init__(self, role, network, data, persist, layers, clusters, command, machines):
        mac, nwk, aps = layers
        self._network = network
        self._data = data
        self._persist = persist
        self._nwk = nwk
        self._aps = aps
        self._is_started = self._is_leaving = False
        # Tried again at the next poll, should there be no memory for it just now.
        self._is_kept = True
        self._now_s = 0
        self.link_key = None
        self.mesh = Mesh(network, nwk)
        self.security = aps.security = ApsSecurity(network, data, persist)
        endpoint = Endpoint(
            aps_frame.ENDPOINT, aps_frame.SMART_ENERGY, _DEVICE_TYPES[role[0]], *clusters
        )
        self._bindings = Bindings(data, persist)
        self.zdo = Zdo(network, endpoint, self._bindings, self._send_zdo)
        self.joining = Joining(
            network,
            mac,
            self.security.confirmation,
            self._send_to_trust_centre,
            self.zdo.announce,
            self._begin_anew,
            self._joined,
        )
        aps.commands = {
            aps_commands.TRANSPORT_KEY: self._key_came,
            aps_commands.SWITCH_KEY: self._switch_key,
            aps_commands.CONFIRM_KEY: self.joining.confirmed,
        }
        mac.on_lost = self.mesh.routing.lost
        self.mesh.on_leave = self._told_to_leave
        self.zdo.on_leave = self._asked_to_leave
        self.polling = Polling(mac.ask_parent, mac.listen) if network.is_sleepy else None
        if network.certificates:
            self._agree_link_key(command, machines)

    def poll(self, now_s, now_ms, is_quiet):
        """Do what is due; return how many ms to the next: a second at most.

        is_quiet: nothing waits to be sent, so that a device that leaves may.
        """
        joining = self.joining
        if now_s != self._now_s:
            self._now_s = now_s
            self.mesh.step(now_s)
        if not self._is_started:
            self._is_started = True
            joining.start(now_ms)
        if self._is_leaving and is_quiet:
            self._leave()
        if not self._is_kept:
            self._persist()
            self._is_kept = True
        wait_ms = min(joining.poll(now_ms), _SECOND_MS)
        if self.link_key and self.link_key.step(now_s):
            wait_ms = 0
        if self.polling and joining.is_known_to_parent():
            if not joining.is_joined():
                self.polling.busy()
            wait_ms = min(wait_ms, self.polling.poll(now_ms))
        return wait_ms

    def asked(self, source, frame):
        """Take an ApsFrame of the device profile; FrameError if it is malformed."""
        if frame.profile == aps_frame.DEVICE_PROFILE:
            self.zdo.receive(source, frame.cluster, frame.payload, frame.to_all)

    def bound(self, cluster):
        """Return [(short address, endpoint)] that a cluster is bound to and can be reached."""
        targets = []
        for extended, endpoint in self._bindings.targets(cluster):
            address = self._network.short_of(extended)
            if address is not None:
                targets.append((address, endpoint))
        return targets

    def something_came(self):
        """Note that a frame was sent or came: a device that sleeps stays awake for more."""
        if self.polling:
            self.polling.busy()

    def _begin_anew(self):
        self.security.counters.forget()
        self._nwk.security.counters.forget()

    def _joined(self):
        self._keep(self._network.pack())

    def _agree_link_key(self, command, machines):
        """Have a link key agreed by certificates, over the cluster for that."""
        from os import urandom

        from .key_establishment_payloads import CLUSTER
        from .link_key import LinkKey

        self.link_key = LinkKey(
            self._network, urandom, command, self._link_key_agreed, self._is_time_known
        )
        self.zdo.endpoint.add(CLUSTER)
        machines[CLUSTER] = self.link_key

    def _is_time_known(self):
        return self._data.clock_status == _RELIABLE

    def _link_key_agreed(self, key):
        self._network.keep_link_key(key, True)
        self.security.counters.forget()
        self._keep(self._network.pack())

    def _send_zdo(self, destination, cluster, payload):
        profile = aps_frame.DEVICE_PROFILE
        self._aps.send(destination, _BETWEEN_DEVICES, profile, cluster, payload)

    def _send_to_trust_centre(self, command, secured):
        """Send an APS command; secured: with the link key, beside the network key."""
        octets = aps_frame.command_header(self._aps.count(), secured)
        if secured:
            octets = self.security.seal(octets, command, LINK_KEY, self._network.trust_centre)
        else:
            octets += command
        self._aps.send_octets(COORDINATOR, octets)

    def _keep(self, octets):
        self._data.han_network = octets
        self._is_kept = False

    def _key_came(self, payload, sealed_with):
        self.joining.transported(TransportedKey(payload), sealed_with)

    def _switch_key(self, payload, sealed_with):
        if self._network.use_key(aps_commands.decode_switch_key(payload)):
            self._keep(self._network.pack())

    def _asked_to_leave(self):
        self._is_leaving = True

    def _told_to_leave(self, source, options):
        # The parent and the trust centre may say so.
        if source in (self._network.parent, COORDINATOR) and options & LEAVE_IS_REQUEST:
            self._is_leaving = True

    def _leave(self):
        self._is_leaving = False
        self.mesh.leave()
        self._keep(b"")
        self.joining.leave()
