"""One device's HAN: MAC, NWK, APS and ZCL, from radio frame to cluster and back.

    radio -> Mac -> Nwk -> Aps -> zcl -> the role's handlers, by cluster and command

and, on a network that the device joins by itself, Membership beside them.

A kernel task: each poll() does one piece of work, so that a slice stays short: seals one frame,
handles one opened payload, or opens one received frame.
"""

from micropython import const

from ..crypto.ccm_star import CcmError
from ..kernel.ring import Ring
from . import aps_frame, zcl
from .aps import Aps
from .attributes import AttributeClient, AttributeServer
from .frame_error import FrameError
from .key_identifiers import LINK_KEY
from .mac import Mac
from .network import COORDINATOR
from .nwk import MOST_PAYLOAD, Nwk

_IDLE = None
_MORE_MS = 0
# A radio that never tells an outcome must not stop the stack.
_SILENCE_MS = const(5_000)
_QUEUE = const(16)

# Profile and endpoint, as our own devices have them.
_OURS = (aps_frame.SMART_ENERGY, aps_frame.ENDPOINT)
_SMART_ENERGY_CLUSTERS = range(0x0700, 0x0800)
_NO_CLUSTER = const(-1)
# Octets of an answer that fit into a frame.
_ROOM = const(76)
_SEALED_ROOM = const(62)


class Stack:
    """Sends and answers ZCL frames for a role ('E', 'G', 'I' or 'H').

    scheduler: runs the stack's task; store: commit() makes the dictionary durable and
    durable(name, index) reads what is. `handlers` maps (cluster, command, from server) to a
    function (source, sequence, payload, now_s) for a cluster command, which returns the status
    to be told, None where it answers itself; `machines` a cluster to what takes all of its
    commands by receive(source, command, from server, payload, now_s), `clusters`, where set, takes
    what is left: (source, cluster, command, from server, sequence, payload, now_s);
    `on_answer(source, cluster, now_s)` hears of every answer and report kept;
    `believes(source, cluster)`, where set, says whose answers and reports are kept at all.
    """

    def __init__(self, role, data, radio, network, scheduler, store):
        self.handlers = {}
        self.machines = {}
        self.clusters = None
        self.on_answer = None
        self.believes = None
        self.network = network
        self._server = AttributeServer(role, store.durable)
        self._client = AttributeClient(role, data)
        self._data = data
        # Loaded when it is asked for.
        self._general = None
        self._scheduler = scheduler
        self._task = scheduler.add("han", self.poll, None, True)
        self._unsealed = Ring(_QUEUE)
        self._opened = Ring(_QUEUE)
        self.malformed = 0
        self._sequence = 0
        self._now_s = 0
        # Profile and endpoint that the request in hand came with: so goes its answer.
        self._asked_with = _OURS
        self._asked_all = False
        network.unpack(data.han_network)
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
            self._wake()

    def poll(self, now_s, now_ms):
        """Do one piece of work; sleep until woken when there is no more."""
        wait_ms = _IDLE
        if self.membership:
            is_quiet = not len(self._unsealed) and not self.mac.is_sending()
            wait_ms = self.membership.poll(now_s, now_ms, is_quiet)
        self._now_s = now_s
        if len(self._unsealed) and self.mac.has_room():
            destination, octets = self._unsealed.take()
            self.nwk.send(destination, octets)
        elif len(self._opened):
            self._handle(*self._opened.take())
        elif not self.mac.poll(now_s) and not len(self._opened):
            return _SILENCE_MS if self.mac.is_sending() else wait_ms
        return _MORE_MS

    def read(self, destination, cluster, identifiers):
        """Ask a device for attributes; they are kept when the answer comes."""
        self._send(destination, cluster, zcl.read_attributes(self._next_sequence(), identifiers))

    def command(self, destination, cluster, command, payload, from_server):
        """Send a cluster command that expects no default response."""
        control = zcl.CLUSTER_SPECIFIC | zcl.NO_DEFAULT_RESPONSE
        if from_server:
            control |= zcl.SERVER_TO_CLIENT
        frame = zcl.frame(control, self._next_sequence(), command, payload)
        self._send(destination, cluster, frame)

    def answer(self, destination, cluster, sequence, command, payload, from_server):
        """Send a cluster command as the answer to the one in hand, of that sequence number."""
        control = zcl.CLUSTER_SPECIFIC | zcl.NO_DEFAULT_RESPONSE
        if from_server:
            control |= zcl.SERVER_TO_CLIENT
        frame = zcl.frame(control, sequence, command, payload)
        self._send(destination, cluster, frame, self._asked_with)

    def report(self, destinations, now_s):
        """Send one attribute report, if any is due; return whether it was.

        It goes to all destinations, and to whom its cluster is bound.
        """
        due = self._server.reporting.due(now_s)
        if due is None:
            return False
        cluster, payload = due
        control = zcl.SERVER_TO_CLIENT | zcl.NO_DEFAULT_RESPONSE
        frame = zcl.frame(control, self._next_sequence(), zcl.REPORT_ATTRIBUTES, payload)
        for destination in destinations:
            self._send(destination, cluster, frame)
        if self.membership:
            for destination, endpoint in self.membership.bound(cluster):
                self._send(destination, cluster, frame, (aps_frame.SMART_ENERGY, endpoint))
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

    def _wake(self):
        self._scheduler.wake(self._task)

    def _next_sequence(self):
        self._sequence = (self._sequence + 1) & 0xFF
        return self._sequence

    # On the way out.

    def _send(self, destination, cluster, frame, profile_and_endpoint=_OURS, in_clear=False):
        sealed = self._wants_link_key(cluster) and not in_clear
        if sealed and not (destination == COORDINATOR and self.network.has_confirmed_key):
            # There is no link key with that device, and nothing to be told without.
            return
        profile, endpoint = profile_and_endpoint
        endpoints = (aps_frame.ENDPOINT, endpoint)
        self.aps.send(destination, endpoints, profile, cluster, frame, sealed)

    def _respond(self, source, cluster, control, sequence, command, payload):
        """Answer the request in hand, of that control, with a general command."""
        control = zcl.NO_DEFAULT_RESPONSE | ~control & zcl.SERVER_TO_CLIENT
        frame = zcl.frame(control, sequence, command, payload)
        self._send(source, cluster, frame, self._asked_with)

    def _to_nwk(self, destination, octets):
        if not self.network.is_joined:
            # Whom it was for is on no network of ours.
            return
        if len(octets) > MOST_PAYLOAD:
            raise FrameError("APS: %d octets is too long" % len(octets))
        self._unsealed.put((destination, octets))
        self._wake()

    # On the way in.

    def _from_mac(self, neighbour, octets, lqi):
        self.nwk.receive(neighbour, octets, lqi)

    def _from_nwk(self, frame, octets):
        self._opened.put((frame, octets))
        if self.membership:
            self.membership.something_came()

    def _handle(self, frame, octets):
        try:
            self.aps.receive(frame, octets)
        except (FrameError, CcmError):
            self.malformed += 1

    def _from_aps(self, source, frame, sealed_with):
        if frame.destination_endpoint == aps_frame.DEVICE_ENDPOINT:
            if self.membership:
                self.membership.asked(source, frame)
            return
        if not self._serves(frame.profile):
            raise FrameError("APS: profile 0x%04x" % frame.profile)
        self._asked_with = (frame.profile, frame.source_endpoint)
        self._asked_all = frame.to_all
        self._from_cluster(source, frame.cluster, frame.payload, sealed_with)

    def _serves(self, profile):
        """Tell whether we answer under a profile: strangers ask as in home automation."""
        if profile == aps_frame.SMART_ENERGY:
            return True
        return profile == aps_frame.HOME_AUTOMATION and self.network.is_interop

    def _wants_link_key(self, cluster):
        """Tell whether a cluster is spoken of under the link key only: those of Smart Energy."""
        network = self.network
        is_lax = network.is_commissioned or network.is_interop
        return cluster in _SMART_ENERGY_CLUSTERS and not is_lax

    def _is_trusted(self, cluster, sealed_with):
        """Tell whether a frame may concern a cluster; the install code's key is not agreed yet."""
        is_sealed = sealed_with == LINK_KEY and self.network.has_confirmed_key
        return is_sealed or not self._wants_link_key(cluster)

    def _from_cluster(self, source, cluster, octets, sealed_with):
        control, sequence, command, payload = zcl.decode(octets)
        if not self._is_trusted(cluster, sealed_with):
            refusal = zcl.default_response(sequence, command, zcl.NOT_AUTHORIZED, control)
            self._send(source, cluster, refusal, self._asked_with, True)
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
        # The client sides of clusters have no attributes here.
        served = _NO_CLUSTER if control & zcl.SERVER_TO_CLIENT else cluster
        answer = None
        if command == zcl.READ_ATTRIBUTES:
            room = _SEALED_ROOM if self._wants_link_key(cluster) else _ROOM
            answer = self._server.answer(served, payload, self._now_s, room)
        elif command == zcl.CONFIGURE_REPORTING:
            answer = self._server.reporting.configure(served, payload)
        elif command in (zcl.READ_ATTRIBUTES_RESPONSE, zcl.REPORT_ATTRIBUTES):
            if self.believes and not self.believes(source, cluster):
                return None
            self._client.keep(cluster, command, payload)
            if self.on_answer:
                self.on_answer(source, cluster, self._now_s)
            return zcl.SUCCESS
        elif command != zcl.DEFAULT_RESPONSE:
            return self._rare_command(source, cluster, control, sequence, command, payload)
        if answer is not None:
            # The responses' identifiers follow on their requests'.
            self._respond(source, cluster, control, sequence, command + 1, answer)
        return None

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
            self._send(source, cluster, response, self._asked_with)
