"""What a device does with ZCL frames that come, whatever brings them (ZCL revision 8, chapter 2).

Reads and reports are served and kept here, commands of clusters go to whom they concern, and what
is not answered otherwise has a Default Response.
"""

from micropython import const

from ..kernel.unload import lend, unload
from . import aps_frame, zcl, zcl_types
from .attributes import AttributeClient, AttributeServer
from .frame_error import FrameError

# Octets of identifiers looked up in a slice.
_READ_AT_A_TIME = const(16)
_NO_CLUSTER = const(-1)

# Profile, the other's endpoint and ours, as our own devices have them.
OURS = (aps_frame.SMART_ENERGY, aps_frame.ENDPOINT, aps_frame.ENDPOINT)
# How something is sent: once, or until it is acknowledged, or sealed by no link key.
ONCE = {}
WANTS_ACK = {"wants_ack": True}
IN_CLEAR = {"in_clear": True}


class Frame:
    """A ZCL frame that came: who sent it, of which cluster, and what it says.

    `along`: profile, the other's endpoint and ours; to_all: it was a broadcast. FrameError if
    the octets are no frame.
    """

    def __init__(self, source, cluster, octets, along, to_all):
        self.source = source
        self.cluster = cluster
        self.along = along
        self.to_all = to_all
        self.control, self.sequence, self.command, self.payload = zcl.decode(octets)
        self.from_server = self.control & zcl.SERVER_TO_CLIENT != 0


class Foundation:
    """A role's attributes and commands; what carries it sends frames and says how long they are.

    It has _send(destination, cluster, frame, along, how), and _room(cluster), in octets of a
    payload. The attributes without underscore are a Stack's, and described there.
    """

    def __init__(self, role, data, durable):
        self.handlers = {}
        self.machines = {}
        self.clusters = None
        self.on_answer = self.on_status = None
        self.believes = None
        self.mirrors = {}
        self.clients = {}
        self._server = AttributeServer(role, durable)
        self._client = AttributeClient(role, data)
        self._data = data
        # A question for attributes that is being answered: its Frame, whose payload are the
        # identifiers still to be looked up, and the answer so far.
        self._reading = None
        self._now_s = 0

    def serve(self, cluster, kind, value):
        """Serve a cluster's attribute 0x0000, of a type by its name, whose value never changes."""
        self._server.add(cluster, 0, zcl_types.kind_of(kind), value)

    def serve_suites(self, certificates):
        """Serve KeyEstablishmentSuite: a bit for each suite of our certificates."""
        suites = 0
        for certificate in certificates:
            suites |= certificate[0]
        if suites:
            self.serve(zcl.KEY_ESTABLISHMENT, "e16", suites)

    def _take(self, frame, is_trusted):
        """Take a Frame; is_trusted: it may concern its cluster, by the key it was sealed with.

        FrameError, once it is answered, where its payload is malformed.
        """
        is_of_cluster = frame.control & zcl.CLUSTER_SPECIFIC
        if frame.command == zcl.DEFAULT_RESPONSE and not is_of_cluster:
            # No answer to one: two that refuse each other's would never end.
            if self.on_status and is_trusted:
                told = zcl.decode_default_response(frame.payload)
                self.on_status(frame.source, frame.cluster, *told, self._now_s)
        elif not is_trusted:
            self._tell(frame, zcl.NOT_AUTHORIZED, IN_CLEAR)
        else:
            try:
                carry_out = self._cluster_command if is_of_cluster else self._general_command
                status = carry_out(frame)
            except FrameError:
                self._default_response(frame, zcl.MALFORMED_COMMAND)
                raise
            if status is not None:
                self._default_response(frame, status)

    def _default_response(self, frame, status):
        """Tell a status: of errors always, of success where it is asked for, nothing to all."""
        if not frame.to_all and (status or not frame.control & zcl.NO_DEFAULT_RESPONSE):
            self._tell(frame, status, WANTS_ACK)

    def _tell(self, frame, status, how):
        response = zcl.default_response(frame.sequence, frame.command, status, frame.control)
        self._send(frame.source, frame.cluster, response, frame.along, how)

    def _respond(self, frame, command, payload):
        """Answer a frame with a general command."""
        control = zcl.NO_DEFAULT_RESPONSE | ~frame.control & zcl.SERVER_TO_CLIENT
        response = zcl.frame(control, frame.sequence, command, payload)
        self._send(frame.source, frame.cluster, response, frame.along, WANTS_ACK)

    # General commands.

    def _general_command(self, frame):
        """Carry out a general command; return the status to tell, None where that is answered."""
        command = frame.command
        mirror = self._mirror(frame)
        if command == zcl.READ_ATTRIBUTES:
            self._reading = frame, b""
            self._read_on()
        elif command in (zcl.READ_ATTRIBUTES_RESPONSE, zcl.REPORT_ATTRIBUTES):
            return self._keep(frame, mirror)
        elif mirror:
            return zcl.UNSUP_COMMAND
        else:
            return self._rare_command(frame)
        return None

    def _mirror(self, frame):
        """Return the mirror whose endpoint a frame came to, or None."""
        return self.mirrors.get(frame.along[2])

    def _keep(self, frame, mirror):
        """Keep what a frame tells of attributes, if it is believed."""
        if self.believes and not self.believes(frame.source, frame.cluster):
            return None
        keeper = mirror or self.clients.get(frame.along[1], self._client)
        keeper.keep(frame.cluster, frame.command, frame.payload)
        if self.on_answer:
            self.on_answer(frame.source, frame.cluster, self._now_s)
        return zcl.SUCCESS

    def _read_on(self):
        """Answer a few of the attributes asked for; what an answer has no room for is left out."""
        frame, answer = self._reading
        self._reading = None
        asked, frame.payload = frame.payload[:_READ_AT_A_TIME], frame.payload[_READ_AT_A_TIME:]
        server = self._mirror(frame) or self._server
        room = self._room(frame.cluster) - len(answer)
        answer += server.answer(_served(frame), asked, self._now_s, room)
        if frame.payload:
            self._reading = frame, answer
        else:
            self._respond(frame, zcl.READ_ATTRIBUTES_RESPONSE, answer)

    def _rare_command(self, frame):
        from .general_commands import GeneralCommands

        general = GeneralCommands(self._server, self._data, self._commands_of)
        of_server = not frame.from_server
        try:
            answer = general.answer(frame.cluster, frame.command, frame.payload, of_server)
        except KeyError:
            return zcl.UNSUP_COMMAND
        finally:
            # After a device was interviewed hardly anybody asks.
            unload("han.general_commands", "han.reporting_configuration")
        if answer:
            self._respond(frame, *answer)
        return None

    def _commands_of(self, cluster, of_server, received):
        """Return the identifiers of a cluster's commands that are carried out, or sent, here."""
        from .cluster_command import commands

        lend("han.cluster_command")
        return commands(self._data.role, cluster, of_server != received, received)

    # Commands of clusters.

    def _cluster_command(self, frame):
        """Carry out a cluster's command; return the status to tell, None where it is answered."""
        source, cluster, command = frame.source, frame.cluster, frame.command
        from_server, payload, now_s = frame.from_server, frame.payload, self._now_s
        if cluster in self.machines:
            self.machines[cluster].receive(source, command, from_server, payload, now_s)
            return None
        handler = self.handlers.get((cluster, command, from_server))
        if handler:
            return handler(source, frame.sequence, payload, now_s)
        if self.clusters:
            return self.clusters(
                source, cluster, command, from_server, frame.sequence, payload, now_s
            )
        return zcl.UNSUP_COMMAND


def _served(frame):
    """Return the cluster that a frame means the server side of.

    The client sides of clusters have no attributes here, but of the one that is symmetric.
    """
    is_of_client = frame.from_server and frame.cluster != zcl.KEY_ESTABLISHMENT
    return _NO_CLUSTER if is_of_client else frame.cluster
