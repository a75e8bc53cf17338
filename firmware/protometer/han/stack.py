"""One device's HAN: MAC, NWK and APS, from radio frame to the ZCL's Foundation and back.

    radio -> Mac -> Nwk -> Aps -> Foundation -> the role's handlers, by cluster and command

and, on a network that the device joins by itself, Membership beside them.

A kernel task: each poll() does one piece of work, so that a slice stays short. A frame that goes
out is sealed by the APS in one and by the NWK in the next; one that comes is opened by the NWK,
then by the APS, then handled.
"""

from micropython import const

from ..crypto.ccm_star import CcmError
from ..kernel.ring import Ring
from ..kernel.unload import lend
from . import aps_frame, zcl
from .aps import Aps
from .foundation import ONCE, OURS, WANTS_ACK, Foundation, Frame
from .frame_error import FrameError
from .frame_security import first_number
from .mac import Mac
from .nwk import Nwk

_MORE_MS = 0
# A radio that never tells an outcome must not stop the stack.
_SILENCE_MS = const(5_000)
_QUEUE = const(16)
# Spoken of under a link key (Smart Energy 1.4, 5.4.6): the clusters of Smart Energy, and of
# the general ones Time, Commissioning, Over-the-Air Upgrade and Keep-Alive.
_SMART_ENERGY_CLUSTERS = range(0x0700, 0x0800)
_GENERAL_CLUSTERS = (0x000A, 0x0015, 0x0019, 0x0025)
# Octets of an answer to whoever may not know fragments, and to devices of Smart Energy.
_ROOM = const(76)
_LONG_ANSWER = const(1_200)


class Stack(Foundation):
    """Sends and answers ZCL frames for a role ('E', 'G', 'I' or 'H').

    scheduler: runs the stack's task; store: commit() makes the dictionary durable and
    durable(name, index) reads what is. `handlers` maps (cluster, command, from server) to a
    function (source, sequence, payload, now_s) for a cluster command, which returns the status
    to be told, None where it answers itself; `machines` a cluster to what takes all of its
    commands by receive(source, command, from server, payload, now_s), `clusters`, where set, takes
    what is left: (source, cluster, command, from server, sequence, payload, now_s);
    `on_answer(source, cluster, now_s)` hears of every answer and report kept;
    `believes(source, cluster)`, where set, says whose answers and reports are kept at all, and
    `on_status(source, cluster, command, status, now_s)` hears of Default Responses. `mirrors`:
    Mirrors by the endpoint of ours that they live on; `clients`: AttributeClients by that of
    others, in place of the one there is for all.
    """

    def __init__(self, role, data, radio, network, scheduler, store):
        Foundation.__init__(self, role, data, store.durable)
        self.network = network
        self._scheduler = scheduler
        self._task = scheduler.add("han", self.poll, None, True)
        # (destination, header, payload, partner or None), and the first of them once the APS
        # has sealed it: (destination, octets).
        self.unsealed = Ring(_QUEUE)
        self._half_sealed = None
        # (NwkFrame, octets), and the first of them once the APS has opened it.
        self.opened = Ring(_QUEUE)
        self._in_hand = None
        self.malformed = 0
        self._forged = 0
        self._sequence = 0
        # What the request in hand came with: so goes its answer.
        self._asked_with = OURS
        self._asked_all = False
        if not network.is_commissioned:
            from .kept_network import take_up

            take_up(network, data.han_network, data.han_devices)
            lend("han.kept_network")
        self.mac = Mac(radio, network, self._wake, self._from_mac)
        number = first_number(data)
        self.nwk = Nwk(network, data, store.commit, self.mac.send, self._from_nwk)
        self.aps = Aps(network, self._to_nwk, self._from_aps, number)
        self.membership = None
        if not network.is_commissioned:
            # Not in the memory of a device that was commissioned.
            from .membership import Membership

            layers = self.mac, self.nwk, self.aps
            clusters = self._server.clusters(), self._client.clusters()
            self.membership = Membership(
                role, network, data, store.commit, layers, clusters, self.command, self.machines
            )
            self.serve_suites(network.certificates)
            if self.membership.sub_ghz:
                self.membership.sub_ghz.serve(self._server.add)
            self._wake()

    def poll(self, now_s, now_ms):
        """Do one piece of work; sleep until woken when there is no more."""
        self._now_s = now_s
        wait_ms = self._keep_time(now_s, now_ms)
        if self._reading:
            self._guard(self._read_on)
        elif self._in_hand:
            in_hand, self._in_hand = self._in_hand, None
            self._guard(self.aps.receive, *in_hand)
        elif self._waits_to_go() and self.mac.has_room():
            self._guard(self._seal)
        elif len(self.opened):
            self._guard(self._open, *self.opened.take())
        elif not self.mac.poll(now_ms) and not len(self.opened):
            return _SILENCE_MS if self.mac.is_sending() else wait_ms
        return _MORE_MS

    def _keep_time(self, now_s, now_ms):
        """Have done what is due; return how many ms to the next, or None."""
        wait_ms = self.aps.poll(now_ms)
        if self.membership:
            is_quiet = not self._waits_to_go() and not self.mac.is_sending()
            due_ms = self.membership.poll(now_s, now_ms, is_quiet)
            wait_ms = due_ms if wait_ms is None else min(wait_ms, due_ms)
        return wait_ms

    def _waits_to_go(self):
        return self._half_sealed is not None or len(self.unsealed) > 0

    def read(self, destination, cluster, identifiers, theirs=aps_frame.ENDPOINT, ours=None):
        """Ask a device's endpoint for attributes; they are kept when the answer comes.

        ours: the endpoint that asks, where it is a mirror's.
        """
        along = _to(theirs, ours or aps_frame.ENDPOINT)
        frame = zcl.read_attributes(self._next_sequence(), identifiers)
        self._send(destination, cluster, frame, along)

    def command(self, destination, cluster, command, payload, from_server, **how):
        """Send a cluster command that expects no default response; return its sequence number.

        On a network that was joined it is tried again until it is acknowledged, unless how says
        wants_ack=False; on_outcome(arrived) may hear of that. wants_status=True has `on_status`
        hear what became of the command.
        """
        frame = zcl.cluster_command(self._next_sequence(), command, payload, from_server)
        if how.pop("wants_status", False):
            frame[0] ^= zcl.NO_DEFAULT_RESPONSE
        how["wants_ack"] = how.get("wants_ack", True)
        sequence = self._sequence
        self._send(destination, cluster, frame, how=how)
        return sequence

    def answer(self, destination, cluster, sequence, command, payload, from_server):
        """Send a cluster command as the answer to the one in hand, of that sequence number."""
        frame = zcl.cluster_command(sequence, command, payload, from_server)
        self._send(destination, cluster, frame, self._asked_with, WANTS_ACK)

    def report(self, destinations, now_s, theirs=aps_frame.ENDPOINT):
        """Send one attribute report, if any is due; return whether it was.

        It goes to an endpoint of all destinations, and to whom its cluster is bound.
        """
        due = self._server.reporting.due(now_s)
        if due is None:
            return False
        cluster, payload = due
        control = zcl.SERVER_TO_CLIENT | zcl.NO_DEFAULT_RESPONSE
        frame = zcl.frame(control, self._next_sequence(), zcl.REPORT_ATTRIBUTES, payload)
        for destination in destinations:
            self._send(destination, cluster, frame, _to(theirs), WANTS_ACK)
        if self.membership:
            for destination, endpoint in self.membership.bound(cluster):
                self._send(destination, cluster, frame, _to(endpoint))
        return True

    def forged(self):
        """Return how many frames were not authentic, by network key or link key."""
        return self.nwk.forged + self._forged

    def _wake(self):
        self._scheduler.wake(self._task)

    def _next_sequence(self):
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    def may_tell(self, destination, cluster):
        """Tell whether something may be said to a device of a cluster; ask for a key if not."""
        if not self._wants_link_key(cluster) or self.network.has_link_key_with(destination):
            return True
        self.membership.ask_for_link_key(destination)
        return False

    # On the way out.

    def _send(self, destination, cluster, frame, along=OURS, how=ONCE):
        sealed = self._wants_link_key(cluster) and not how.get("in_clear")
        if sealed and not self.may_tell(destination, cluster):
            return
        profile, theirs, ours = along
        endpoints = (ours, theirs)
        if self.membership is None:
            # Where all were commissioned nothing but what is long is acknowledged.
            how = ONCE
        elif how.get("wants_ack"):
            self.membership.something_came()
        self.aps.send(destination, endpoints, profile, cluster, frame, sealed, **how)

    def _room(self, cluster):
        """Return how many octets an answer about a cluster may have."""
        return _LONG_ANSWER if self._wants_link_key(cluster) else _ROOM

    def _to_nwk(self, destination, header, payload, partner):
        # Whom anything else was for is on no network of ours.
        if self.network.is_joined:
            self.unsealed.put((destination, header, payload, partner))
            self._wake()

    def _seal(self):
        """Seal what goes out next, by the layer whose turn it is."""
        if not self.network.is_joined:
            self._half_sealed = None
            self.unsealed.take()
            return
        for layer in (self.nwk, self.aps):
            # A commit takes as long as sealing does, so that they share no slice.
            if layer.security and layer.security.counters.are_few():
                layer.security.counters.set_aside()
                return
        if self._half_sealed:
            destination, octets = self._half_sealed
            self._half_sealed = None
            self.nwk.send(destination, octets)
            return
        destination, header, payload, partner = self.unsealed.take()
        if partner is None:
            self.nwk.send(destination, header + payload)
            return
        self._half_sealed = destination, self.aps.sealed(header, payload, partner)

    # On the way in.

    def _from_mac(self, neighbour, octets, lqi):
        self.nwk.receive(neighbour, octets, lqi)

    def _from_nwk(self, frame, octets):
        self.opened.put((frame, octets))
        if self.membership:
            self.membership.something_came()

    def _open(self, frame, octets):
        self._in_hand = frame, self.aps.open(frame, octets)

    def _guard(self, action, *arguments):
        try:
            action(*arguments)
        except FrameError:
            self.malformed += 1
        except CcmError:
            self.malformed += 1
            self._forged += 1

    def _from_aps(self, source, frame, sealed_with):
        if frame.destination_endpoint == aps_frame.DEVICE_ENDPOINT:
            if self.membership:
                self.membership.asked(source, frame)
            return
        if not self._serves(frame.profile):
            raise FrameError("APS: profile 0x%04x" % frame.profile)
        self._asked_with = frame.profile, frame.source_endpoint, frame.destination_endpoint
        self._asked_all = frame.to_all
        self._from_cluster(source, frame.cluster, frame.payload, sealed_with)

    def _serves(self, profile):
        """Tell whether we answer under a profile: strangers ask as in home automation."""
        if profile == aps_frame.SMART_ENERGY:
            return True
        return profile == aps_frame.HOME_AUTOMATION and self.network.is_interop

    def _wants_link_key(self, cluster):
        """Tell whether a cluster is spoken of under the link key only."""
        network = self.network
        is_lax = network.is_commissioned or network.is_interop
        is_concerned = cluster in _SMART_ENERGY_CLUSTERS or cluster in _GENERAL_CLUSTERS
        return is_concerned and not is_lax

    def _is_trusted(self, source, cluster, sealed_with):
        """Tell whether a frame may concern a cluster; the install code's key is not agreed yet."""
        is_sealed = sealed_with == aps_frame.LINK_KEY and self.network.has_link_key_with(source)
        return is_sealed or not self._wants_link_key(cluster)

    def _from_cluster(self, source, cluster, octets, sealed_with):
        frame = Frame(source, cluster, octets, self._asked_with, self._asked_all)
        self._take(frame, self._is_trusted(source, cluster, sealed_with))


def _to(theirs, ours=aps_frame.ENDPOINT):
    """Return what a frame of Smart Energy goes along, to an endpoint from one of ours."""
    return aps_frame.SMART_ENERGY, theirs, ours
