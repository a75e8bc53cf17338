"""Membership of a network that a device joins or forms: kept through restarts, until it leaves."""

from micropython import const

from ..kernel.ring import keep
from ..kernel.unload import forget_idle, lend, unload
from . import aps_frame, nwk_commands, zcl
from .ieee802154 import BROADCAST
from .network import COORDINATOR, NOBODY
from .nwk_frame import ALL_LISTENING, ALL_ROUTERS, FIRST_BROADCAST
from .zdo import PERMIT_JOINING

_BETWEEN_DEVICES = (aps_frame.DEVICE_ENDPOINT, aps_frame.DEVICE_ENDPOINT)
_SECOND_MS = const(1_000)
_ONE_HOP = const(1)
# Frames in a row that do not reach the parent, before a device looks for its network again.
_MOST_LOST = const(4)
# Seconds in which nobody is heard under the network key: an end device has its parent speak, does
# so once more, and looks for its network. A gas meter hears its hub each half-hour without that.
_SILENCE_S = (100, 150, 300)
_SILENCE_OF_SLEEPERS_S = (2_400, 3_000, 3_600)
# How long a device waits for a link key with another before it asks again.
_ASK_AGAIN_S = const(20)
_MOST_ASKED = const(8)
_BASIC = const(0x0000)
_IDLE_S = const(60)
_APS_COMMANDS = "han.aps_commands"
# A Clock Status.
_RELIABLE = const(2)


class Membership:
    """Joins or forms, keeps what that found out in HAN Network and HAN Devices, and leaves.

    role: its letters; network; data, whose items they are; persist() makes them durable; layers:
    the device's Mac, Nwk and Aps; clusters: those it serves, and those it uses; command() and
    machines are the Stack's, for key establishment.

    Its parts are made by membership_parts. `admits(extended)` may be set, and says with whom a
    link key may be shared; `on_found(short address)` hears of devices that discovery() finds.
    `parent`, of a router, `trust_centre`, of the coordinator, and `sub_ghz`, else None.
    """

    def __init__(self, role, network, data, persist, layers, clusters, command, machines):
        self.mac, self.nwk, self.aps = layers
        self.network = network
        self.data = data
        self.persist = persist
        self._is_started = self._is_leaving = self._is_asked_under_key = False
        # Tried again at the next poll, should there be no memory for it just now.
        self._is_kept = True
        self._now_s = self._silence_s = 0
        self._lost = 0
        # When a link key with a partner was asked for last, by its EUI-64.
        self._asked_s = {}
        # When an address that a device with a link key may have was tried last.
        self._tried_s = 0
        self.admits = self.link_key = self.parent = self.trust_centre = self.polling = None
        self.mesh = self.on_found = self.sub_ghz = None
        from .membership_parts import compose

        compose(self, role, clusters, command, machines)
        unload("han.membership_parts")

    def way_onto(self, on_arrived):
        """Return what brings the device onto a network; on_arrived() hears that it is there."""
        from .membership_parts import way_onto

        return way_onto(self, on_arrived)

    # Its time.

    def poll(self, now_s, now_ms, is_quiet):
        """Do what is due; return how many ms to the next: a second at most.

        is_quiet: nothing waits to be sent, so that a device that leaves may.
        """
        standing = self.standing
        if now_s != self._now_s:
            self._now_s = now_s
            self._each_second(now_s)
        if not self._is_started:
            self._is_started = True
            standing.start(now_ms)
            if self.polling:
                self.polling.start(now_ms)
        if self._is_leaving and is_quiet:
            self._leave()
        if self.network.is_changed:
            self.network.is_changed = False
            self._keep()
        if not self._is_kept:
            self._is_kept = self.persist()
        wait_ms = min(standing.poll(now_ms), _SECOND_MS)
        if self.parent:
            wait_ms = min(wait_ms, self.parent.poll(now_s, now_ms))
        if self.link_key and self.link_key.step(now_s):
            wait_ms = 0
        due_ms = self.sub_ghz.poll(now_ms) if self.sub_ghz else None
        if due_ms is not None:
            wait_ms = min(wait_ms, due_ms)
        if self.polling:
            wait_ms = min(wait_ms, self._poll_parent(now_ms))
        return wait_ms

    def _poll_parent(self, now_ms):
        if not self.standing.is_known_to_parent():
            self.polling.listen()
            return _SECOND_MS
        if not self.standing.is_joined():
            self.polling.busy()
        return self.polling.poll(now_ms)

    def _each_second(self, now_s):
        if not now_s % _IDLE_S:
            self.aps.rest()
            forget_idle(now_s)
        if self.mesh:
            self.mesh.step(now_s)
        if self.sub_ghz:
            self.sub_ghz.step()
        if self.trust_centre:
            self.trust_centre.step()
            return
        # Counted, as the clock may be set.
        self._silence_s += 1
        limits_s = _SILENCE_OF_SLEEPERS_S if self.network.is_sleepy else _SILENCE_S
        if self._silence_s > limits_s[-1]:
            self._silence_s = 0
            self.standing.seek()
        elif self._silence_s in limits_s[:-1] and not self.parent:
            self.standing.keep_alive()
            # The answer is to be fetched: a parent takes who leaves something for gone.
            self.something_came()

    # Who is in reach.

    def heard(self, neighbour, source, lqi):
        """Hear who spoke under the network key, and over whom."""
        self._silence_s = 0
        if self.sub_ghz:
            self.sub_ghz.heard(source, lqi)
        if self.parent:
            self.parent.heard(neighbour, source)

    def keeps_alive(self, neighbour, frame, payload, lqi):
        """Take an End Device Timeout Response: a parent that refuses forgets us later."""

    def reached(self, neighbour):
        """Hear that a frame has reached a neighbour."""
        if self.mesh:
            self.mesh.routing.reached(neighbour)
        if neighbour == self.network.parent:
            self._lost = 0

    def missed(self, neighbour):
        """Hear that a frame did not reach a neighbour."""
        if self.parent:
            self.mesh.routing.lost(neighbour)
            self.parent.missed(neighbour)
        if neighbour != self.network.parent or self.trust_centre:
            return
        if self.parent:
            # To a router it is a neighbour as others are.
            self.network.parent = NOBODY
            return
        self._lost += 1
        if self._lost >= _MOST_LOST:
            self._lost = 0
            self.standing.seek()

    def asked(self, source, frame):
        """Take an ApsFrame of the device profile; FrameError if it is malformed."""
        if frame.profile == aps_frame.DEVICE_PROFILE:
            self._is_asked_under_key = frame.sealed_with == aps_frame.LINK_KEY
            self.zdo.receive(source, frame.cluster, frame.payload, frame.to_all)

    def discovery(self):
        """Return what asks others who they are, a Discovery."""
        from .discovery import Discovery

        lend("han.discovery")
        return Discovery(self.network, self.zdo.ask, self.on_found)

    def told(self, source, cluster, payload):
        """Take a response of the device profile; FrameError if it is malformed."""
        self.discovery().answered(source, cluster, payload)

    def permit(self, duration_s):
        """Let devices in, over us and over all routers, for so long: 255, until told otherwise."""
        self.parent.permit(duration_s)
        self.zdo.ask(ALL_ROUTERS, PERMIT_JOINING, bytes((duration_s, 1)))

    def bound(self, cluster):
        """Return [(short address, endpoint)] that a cluster is bound to and can be reached."""
        targets = []
        for extended, endpoint in self.bindings.targets(cluster):
            address = self.network.devices.short_of(extended)
            if address is not None:
                targets.append((address, endpoint))
        return targets

    def something_came(self):
        """Note that a frame was sent or came: a device that sleeps stays awake for more."""
        if self.polling:
            self.polling.busy()

    def try_address(self, short_address):
        """Say something there that only the device with the link key can acknowledge."""
        if 0 <= self._now_s - self._tried_s < _ASK_AGAIN_S:
            return
        self._tried_s = self._now_s
        ours = aps_frame.ENDPOINT, aps_frame.ENDPOINT
        question = zcl.read_attributes(0, (0,))
        profile = aps_frame.SMART_ENERGY
        self.aps.send(short_address, ours, profile, _BASIC, question, True, wants_ack=True)

    # Keys.

    def ask_for_link_key(self, short_address):
        """Ask the trust centre for a link key with a device, unless that was done just now."""
        partner = self.network.devices.extended_of(short_address)
        if partner is None:
            self.discovery().ask_for_extended(short_address)
        else:
            self.ask_for_key_with(partner)

    def ask_for_key_with(self, partner):
        """Ask for a link key with an EUI-64: one may also have been lost on its way to us."""
        network = self.network
        if network.has_confirmed_key and partner != network.trust_centre:
            asked_s = self._asked_s.get(partner)
            if asked_s is None or not 0 <= self._now_s - asked_s < _ASK_AGAIN_S:
                # Any device of the network can say that it has whatever EUI-64.
                keep(self._asked_s, partner, self._now_s, _MOST_ASKED)
                self.send_to_trust_centre(_aps_commands().request_key(partner), True)

    def begin_anew(self):
        """Forget the frame counters of another network."""
        self.security.counters.forget()
        self.nwk.security.counters.forget()

    def is_time_known(self):
        """Tell whether certificates may be judged by the time."""
        return self.data.clock_status == _RELIABLE

    def link_key_agreed(self, peer, key):
        """Keep a link key that certificates have made."""
        network = self.network
        if peer == network.trust_centre:
            network.keep_link_key(key, True)
        else:
            network.devices.keep_key(peer, key, True)
        self._changed_key_with(peer)

    def _changed_key_with(self, partner):
        self.security.counters.forget(partner)
        self.network.is_changed = True

    # Commands between devices and the trust centre.

    def commanded(self, *command):
        """Carry out an APS command, as Orders do."""
        self._orders().carry_out(*command)

    def _orders(self):
        from .orders import Orders

        lend("han.orders", _APS_COMMANDS)
        return Orders(
            self.network, self.standing, self.parent, self.admits, self._changed_key_with
        )

    def send_command(self, destination, command, identifier, partner):
        """Send an APS command under a kind of link key with a partner; identifier None: bare."""
        self.aps.send_octets(
            destination, self.sealed(command, identifier, partner, destination >= FIRST_BROADCAST)
        )

    def sealed(self, command, identifier, partner, to_all=False):
        """Return an APS command as it is sent: under a kind of link key; identifier None: bare."""
        header = aps_frame.command_header(self.aps.count(), identifier is not None, to_all)
        if identifier is None:
            return header + command
        return self.security.seal(header, command, identifier, partner)

    def send_to_trust_centre(self, command, secured):
        """Send an APS command; secured: with the link key, beside the network key."""
        identifier = aps_frame.LINK_KEY if secured else None
        self.send_command(COORDINATOR, command, identifier, self.network.trust_centre)

    def tell_trust_centre(self, extended, short_address, status):
        """Tell who came or went, with a status of Update Device."""
        if self.trust_centre:
            self.trust_centre.came(extended, short_address, status)
        elif self.standing.is_joined():
            command = _aps_commands().update_device(extended, short_address, status)
            self.send_to_trust_centre(command, True)

    def send_zdo(self, destination, cluster, payload):
        """Send a frame of the device profile."""
        profile = aps_frame.DEVICE_PROFILE
        self.aps.send(destination, _BETWEEN_DEVICES, profile, cluster, payload)

    # What outlives a restart, and the end.

    def _keep(self):
        from .kept_network import packed

        lend("han.kept_network")
        self.data.han_network = packed(self.network)
        self.data.han_devices = self.network.devices.pack()
        self._is_kept = False

    def asked_to_leave(self):
        """Leave, as a Management Leave says, if that came under the link key."""
        if self._is_asked_under_key or self.network.is_interop:
            self._is_leaving = True
        else:
            self.standing.seek()

    def told_to_leave(self, neighbour, frame, payload, lqi):
        """Take a Leave, as Orders do."""
        if self._orders().leaves(neighbour, frame, payload):
            self._is_leaving = True

    def _leave(self):
        self._is_leaving = False
        # Whoever is in reach hears it.
        self.nwk.send_command(BROADCAST, ALL_LISTENING, nwk_commands.leave(), _ONE_HOP)
        self.standing.leave()
        self._keep()


def _aps_commands():
    from . import aps_commands

    lend(_APS_COMMANDS)
    return aps_commands
