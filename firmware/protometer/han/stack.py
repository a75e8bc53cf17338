"""One device's HAN: MAC, NWK, APS and ZCL, from radio frame to cluster and back.

    radio -> Mac -> Nwk -> Aps -> zcl -> the role's handlers, by cluster and command

and, on a network that the device joins by itself, Membership beside them.

A kernel task: each poll() does one piece of work, so that a slice stays short. A frame that goes
out is sealed by the APS in one and by the NWK in the next; one that comes is opened by the NWK,
then by the APS, then handled.
"""

from micropython import const

from ..crypto.ccm_star import CcmError
from ..kernel.ring import Ring
from . import aps_frame, zcl, zcl_types
from .aps import Aps
from .attributes import AttributeClient, AttributeServer
from .frame_error import FrameError
from .mac import Mac
from .nwk import Nwk

_MORE_MS = 0
# A radio that never tells an outcome must not stop the stack.
_SILENCE_MS = const(5_000)
_QUEUE = const(16)
# Octets of identifiers looked up in a slice.
_READ_AT_A_TIME = const(16)

# Profile, the other's endpoint and ours, as our own devices have them.
_OURS = (aps_frame.SMART_ENERGY, aps_frame.ENDPOINT, aps_frame.ENDPOINT)
# How something is sent: once, or until it is acknowledged, or sealed by no link key.
_ONCE = {}
_WANTS_ACK = {"wants_ack": True}
_IN_CLEAR = {"in_clear": True}
# Spoken of under a link key (Smart Energy 1.4, 5.4.6): the clusters of Smart Energy, and of
# the general ones Time, Commissioning, Over-the-Air Upgrade and Keep-Alive.
_SMART_ENERGY_CLUSTERS = range(0x0700, 0x0800)
_KEY_ESTABLISHMENT = const(0x0800)
_GENERAL_CLUSTERS = (0x000A, 0x0015, 0x0019, 0x0025)
_NO_CLUSTER = const(-1)
# Octets of an answer to whoever may not know fragments, and to devices of Smart Energy.
_ROOM = const(76)
_LONG_ANSWER = const(1_200)


class Stack:
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
        self.handlers = {}
        self.machines = {}
        self.clusters = None
        self.on_answer = self.on_status = None
        self.believes = None
        self.mirrors = {}
        self.clients = {}
        self.network = network
        self._server = AttributeServer(role, store.durable)
        self._client = AttributeClient(role, data)
        self._data = data
        # Loaded when it is asked for.
        self._general = None
        self._scheduler = scheduler
        self._task = scheduler.add("han", self.poll, None, True)
        # (destination, header, payload, partner or None), and the first of them once the APS
        # has sealed it: (destination, octets).
        self._unsealed = Ring(_QUEUE)
        self._half_sealed = None
        # (NwkFrame, octets), and the first of them once the APS has opened it.
        self._opened = Ring(_QUEUE)
        self._in_hand = None
        # A question for attributes that is being answered: source, cluster, sequence, identifiers
        # still to be looked up, the answer so far.
        self._reading = None
        self.malformed = 0
        self._forged = 0
        self._sequence = 0
        self._now_s = 0
        # What the request in hand came with: so goes its answer.
        self._asked_with = _OURS
        self._asked_all = False
        network.unpack(data.han_network, data.han_devices)
        self.mac = Mac(radio, network, self._wake, self._from_mac)
        self.nwk = Nwk(network, data, store.commit, self.mac.send, self._from_nwk)
        self.aps = Aps(network, self._to_nwk, self._from_aps)
        self.membership = None
        if not network.is_commissioned:
            # Not in the memory of a device that was commissioned.
            from .membership import Membership

            layers = self.mac, self.nwk, self.aps
            clusters = self._server.clusters(), self._client.clusters()
            self.membership = Membership(
                role, network, data, store.commit, layers, clusters, self.command, self.machines
            )
            self._serve_suites()
            if self.membership.sub_ghz:
                self.membership.sub_ghz.serve(self._server.add)
            self._wake()

    def _serve_suites(self):
        """Serve KeyEstablishmentSuite: a bit for each suite of our certificates."""
        suites = 0
        for certificate in self.network.certificates:
            suites |= certificate[0]
        if suites:
            self._server.add(_KEY_ESTABLISHMENT, 0, zcl_types.kind_of("e16"), suites)

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
        elif len(self._opened):
            self._guard(self._open, *self._opened.take())
        elif not self.mac.poll(now_s) and not len(self._opened):
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
        return self._half_sealed is not None or len(self._unsealed) > 0

    def read(self, destination, cluster, identifiers, theirs=aps_frame.ENDPOINT, ours=None):
        """Ask a device's endpoint for attributes; they are kept when the answer comes.

        ours: the endpoint that asks, where it is a mirror's.
        """
        along = _to(theirs, ours or aps_frame.ENDPOINT)
        frame = zcl.read_attributes(self._next_sequence(), identifiers)
        self._send(destination, cluster, frame, along)

    def command(self, destination, cluster, command, payload, from_server, **how):
        """Send a cluster command that expects no default response.

        On a network that was joined it is tried again until it is acknowledged, unless how says
        wants_ack=False; on_outcome(arrived) may hear of that. wants_status=True has `on_status`
        hear what became of the command.
        """
        control = zcl.CLUSTER_SPECIFIC
        if not how.pop("wants_status", False):
            control |= zcl.NO_DEFAULT_RESPONSE
        if from_server:
            control |= zcl.SERVER_TO_CLIENT
        frame = zcl.frame(control, self._next_sequence(), command, payload)
        how["wants_ack"] = how.get("wants_ack", True)
        self._send(destination, cluster, frame, how=how)

    def answer(self, destination, cluster, sequence, command, payload, from_server):
        """Send a cluster command as the answer to the one in hand, of that sequence number."""
        control = zcl.CLUSTER_SPECIFIC | zcl.NO_DEFAULT_RESPONSE
        if from_server:
            control |= zcl.SERVER_TO_CLIENT
        frame = zcl.frame(control, sequence, command, payload)
        self._send(destination, cluster, frame, self._asked_with, _WANTS_ACK)

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
            self._send(destination, cluster, frame, _to(theirs), _WANTS_ACK)
        if self.membership:
            for destination, endpoint in self.membership.bound(cluster):
                self._send(destination, cluster, frame, _to(endpoint))
        return True

    def figures(self):
        """Return the frame counters as a dictionary."""
        mac = self.mac
        return {
            "sent": mac.sent,
            "retried": mac.retried,
            "lost": mac.lost + self._unsealed.discarded,
            "received": mac.received,
            "dropped": mac.dropped + self.nwk.dropped + self._opened.discarded,
            "relayed": self.nwk.relayed,
            "malformed": self.malformed,
            "queue_high_water": max(
                mac.queue_high_water(), self._unsealed.high_water, self._opened.high_water
            ),
        }

    def forged(self):
        """Return how many frames were not authentic, by network key or link key."""
        return self.nwk.forged + self._forged

    def _wake(self):
        self._scheduler.wake(self._task)

    def _next_sequence(self):
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    # On the way out.

    def _send(self, destination, cluster, frame, along=_OURS, how=_ONCE):
        sealed = self._wants_link_key(cluster) and not how.get("in_clear")
        if sealed and not self.network.has_link_key_with(destination):
            # Nothing is to be told without.
            self.membership.ask_for_link_key(destination)
            return
        profile, theirs, ours = along
        endpoints = (ours, theirs)
        if self.membership is None:
            # Where all were commissioned nothing but what is long is acknowledged.
            how = _ONCE
        elif how.get("wants_ack"):
            self.membership.something_came()
        self.aps.send(destination, endpoints, profile, cluster, frame, sealed, **how)

    def _respond(self, source, cluster, control, sequence, command, payload):
        """Answer the request in hand, of that control, with a general command."""
        control = zcl.NO_DEFAULT_RESPONSE | ~control & zcl.SERVER_TO_CLIENT
        frame = zcl.frame(control, sequence, command, payload)
        self._send(source, cluster, frame, self._asked_with, _WANTS_ACK)

    def _to_nwk(self, destination, header, payload, partner):
        # Whom anything else was for is on no network of ours.
        if self.network.is_joined:
            self._unsealed.put((destination, header, payload, partner))
            self._wake()

    def _seal(self):
        """Seal what goes out next, by the layer whose turn it is."""
        if not self.network.is_joined:
            self._half_sealed = None
            self._unsealed.take()
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
        destination, header, payload, partner = self._unsealed.take()
        if partner is None:
            self.nwk.send(destination, header + payload)
            return
        self._half_sealed = destination, self.aps.sealed(header, payload, partner)

    # On the way in.

    def _from_mac(self, neighbour, octets, lqi):
        self.nwk.receive(neighbour, octets, lqi)

    def _from_nwk(self, frame, octets):
        self._opened.put((frame, octets))
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
        control, sequence, command, payload = zcl.decode(octets)
        if command == zcl.DEFAULT_RESPONSE and not control & zcl.CLUSTER_SPECIFIC:
            # No answer to one: two that refuse each other's would never end.
            if self.on_status and self._is_trusted(source, cluster, sealed_with):
                self._status_came(source, cluster, payload)
            return
        if not self._is_trusted(source, cluster, sealed_with):
            refusal = zcl.default_response(sequence, command, zcl.NOT_AUTHORIZED, control)
            self._send(source, cluster, refusal, self._asked_with, _IN_CLEAR)
            return
        try:
            if control & zcl.CLUSTER_SPECIFIC:
                status = self._cluster_command(
                    source, cluster, control, sequence, command, payload
                )
            else:
                status = self._general_command(
                    source, cluster, control, sequence, command, payload
                )
        except FrameError:
            self._tell(source, cluster, control, sequence, command, zcl.MALFORMED_COMMAND)
            raise
        if status is not None:
            self._tell(source, cluster, control, sequence, command, status)

    def _general_command(self, source, cluster, control, sequence, command, payload):
        """Carry out a general command; return the status to tell, None where that is answered."""
        # The client sides of clusters have no attributes here, but of the one that is symmetric.
        is_of_client = control & zcl.SERVER_TO_CLIENT and cluster != _KEY_ESTABLISHMENT
        served = _NO_CLUSTER if is_of_client else cluster
        if command == zcl.READ_ATTRIBUTES:
            self._reading = source, cluster, served, control, sequence, payload, b""
            self._read_on()
        elif command == zcl.CONFIGURE_REPORTING and not self._mirror():
            answer = self._server.reporting.configure(served, payload)
            # The responses' identifiers follow on their requests'.
            self._respond(source, cluster, control, sequence, command + 1, answer)
        elif command in (zcl.READ_ATTRIBUTES_RESPONSE, zcl.REPORT_ATTRIBUTES):
            if self.believes and not self.believes(source, cluster):
                return None
            self._keeper().keep(cluster, command, payload)
            if self.on_answer:
                self.on_answer(source, cluster, self._now_s)
            return zcl.SUCCESS
        elif self._mirror():
            return zcl.UNSUP_COMMAND
        else:
            return self._rare_command(source, cluster, control, sequence, command, payload)
        return None

    def _status_came(self, source, cluster, payload):
        command, status = zcl.decode_default_response(payload)
        self.on_status(source, cluster, command, status, self._now_s)

    def _mirror(self):
        """Return the mirror whose endpoint the frame in hand came to, or None."""
        return self.mirrors.get(self._asked_with[2])

    def _keeper(self):
        """Return who keeps the attributes that the frame in hand tells."""
        return self._mirror() or self.clients.get(self._asked_with[1], self._client)

    def _rare_command(self, source, cluster, control, sequence, command, payload):
        if self._general is None:
            from .general_commands import GeneralCommands

            self._general = GeneralCommands(self._server, self._data, self._commands_of)
        of_server = not control & zcl.SERVER_TO_CLIENT
        try:
            answer = self._general.answer(cluster, command, payload, of_server)
        except KeyError:
            return zcl.UNSUP_COMMAND
        if answer:
            self._respond(source, cluster, control, sequence, *answer)
        return None

    def _commands_of(self, cluster, of_server, received):
        """Return the identifiers of a cluster's commands that are carried out, or sent, here."""
        from .cluster_command import commands

        return commands(self._data.role, cluster, of_server != received, received)

    def _read_on(self):
        """Answer a few of the attributes asked for; what an answer has no room for is left out."""
        source, cluster, served, control, sequence, left, answer = self._reading
        self._reading = None
        room = _LONG_ANSWER if self._wants_link_key(cluster) else _ROOM
        server = self._mirror() or self._server
        asked = left[:_READ_AT_A_TIME]
        answer += server.answer(served, asked, self._now_s, room - len(answer))
        left = left[_READ_AT_A_TIME:]
        if left:
            self._reading = source, cluster, served, control, sequence, left, answer
        else:
            response = zcl.READ_ATTRIBUTES_RESPONSE
            self._respond(source, cluster, control, sequence, response, answer)

    def _cluster_command(self, source, cluster, control, sequence, command, payload):
        """Carry out a cluster's command; return the status to tell, None where it is answered."""
        from_server = bool(control & zcl.SERVER_TO_CLIENT)
        handler = self.handlers.get((cluster, command, from_server))
        if cluster in self.machines:
            receive = self.machines[cluster].receive
            receive(source, command, from_server, payload, self._now_s)
            return None
        if handler:
            return handler(source, sequence, payload, self._now_s)
        if self.clusters:
            return self.clusters(
                source, cluster, command, from_server, sequence, payload, self._now_s
            )
        return zcl.UNSUP_COMMAND

    def _tell(self, source, cluster, control, sequence, command, status):
        """Send a Default Response: of errors always, of success where it is asked for."""
        if (
            self._asked_all
            or command == zcl.DEFAULT_RESPONSE
            and not control & zcl.CLUSTER_SPECIFIC
        ):
            return
        if status or not control & zcl.NO_DEFAULT_RESPONSE:
            response = zcl.default_response(sequence, command, status, control)
            self._send(source, cluster, response, self._asked_with, _WANTS_ACK)


def _to(theirs, ours=aps_frame.ENDPOINT):
    """Return what a frame of Smart Energy goes along, to an endpoint from one of ours."""
    return aps_frame.SMART_ENERGY, theirs, ours
