"""What both ends of a tunnel share: its octets, and messages that go until they have arrived.

Smart Energy 1.4, D.6: the Tunneling cluster. In it GBCS messages go between hub and meter,
protocol GB-HRGP, without flow control. A gas meter's have a header (GBCS 10.2.2):

    GET           0x01                        what waits for me?
    GET-RESPONSE  0x02, how many still wait   with the first message, if there was any
    PUT           0x03                        with a message of the meter's
"""

from hashlib import sha256

from micropython import const

from .aps_delivery import MOST_OCTETS
from .frame_error import FrameError
from .zcl_types import get_uint, put_uint

CLUSTER = const(0x0704)
# Commands of the client.
REQUEST_TUNNEL = const(0x00)
CLOSE_TUNNEL = const(0x01)
TRANSFER_DATA = const(0x02)
TRANSFER_DATA_ERROR = const(0x03)
GET_SUPPORTED_PROTOCOLS = const(0x06)
# Commands of the server.
REQUEST_TUNNEL_RESPONSE = const(0x00)
SUPPORTED_PROTOCOLS = const(0x05)
CLOSURE_NOTIFICATION = const(0x06)

_NO_TUNNEL = const(0xFFFF)
# TunnelStatus.
SUCCESS = const(0x00)
PROTOCOL_NOT_SUPPORTED = const(0x03)
FLOW_CONTROL_NOT_SUPPORTED = const(0x04)
# TransferDataStatus.
NO_SUCH_TUNNEL = const(0x00)

# GB-HRGP, of no manufacturer.
_PROTOCOL = const(6)
_MANUFACTURER = const(0xFFFF)
# Data of a Transfer Data in the longest APS payload, and a message in it with its header.
_MOST_DATA = MOST_OCTETS - 5
_HEADER = const(2)
# MaximumIncomingTransferSize of who says none.
_DEFAULT_MOST = const(1_500)
LONGEST_MESSAGE = _MOST_DATA - _HEADER

GET = b"\x01"
_GET_RESPONSE = const(0x02)
PUT = b"\x03"

# CloseTunnelTimeout.
CLOSE_S = const(65_535)
# How long the other end has to tell that the tunnel, which what has arrived came through, is none.
_SETTLE_S = const(8)
_AGAIN_S = const(10)
# Nobody may be there to tell what became of a frame.
_FORGOTTEN_S = const(180)
_MOST_WAITING = const(4)
# Messages whose copies are known.
_MOST_KNOWN = const(4)


def request_tunnel():
    """Return the payload of a Request Tunnel."""
    octets = bytearray((_PROTOCOL, _MANUFACTURER & 0xFF, _MANUFACTURER >> 8, 0))
    put_uint(octets, _MOST_DATA, 2)
    return octets


def decode_request_tunnel(payload):
    """Return the TunnelStatus that a Request Tunnel deserves, and the longest data that the other
    end takes; FrameError if it is malformed.
    """
    protocol, manufacturer = get_uint(payload, 0, 1), get_uint(payload, 1, 2)
    most = _told_most(payload, 4)
    if get_uint(payload, 3, 1):
        return FLOW_CONTROL_NOT_SUPPORTED, most
    known = (protocol, manufacturer) == (_PROTOCOL, _MANUFACTURER)
    return (SUCCESS if known else PROTOCOL_NOT_SUPPORTED), most


def request_tunnel_response(identifier, status):
    """Return the payload of a Request Tunnel Response."""
    octets = of_tunnel(identifier, bytes((status,)))
    put_uint(octets, _MOST_DATA, 2)
    return octets


def decode_request_tunnel_response(payload):
    """Return (TunnelStatus, number, longest data) of one; FrameError if it is malformed."""
    return get_uint(payload, 2, 1), get_uint(payload, 0, 2), _told_most(payload, 3)


def _told_most(payload, at):
    return get_uint(payload, at, 2) if len(payload) > at else _DEFAULT_MOST


def supported_protocols():
    """Return the payload of a Supported Tunnel Protocols Response: there is one."""
    return bytes((1, 1, _MANUFACTURER & 0xFF, _MANUFACTURER >> 8, _PROTOCOL))


def of_tunnel(identifier, octets=b""):
    """Return a payload that begins with a tunnel's identifier."""
    payload = bytearray()
    put_uint(payload, identifier, 2)
    return payload + octets


def get_response(remaining):
    """Return the header of a GET-RESPONSE."""
    return bytes((_GET_RESPONSE, min(remaining, 0xFF)))


def decode_get_response(data):
    """Return (messages that still wait, message or b""); FrameError if it is no GET-RESPONSE."""
    if get_uint(data, 0, 1) != _GET_RESPONSE:
        raise FrameError("tunnel: no GET-RESPONSE")
    return get_uint(data, 1, 1), data[2:]


def tell_protocols(stack, source, sequence):
    """Answer which protocols our tunnels carry."""
    answer = supported_protocols()
    stack.answer(source, CLUSTER, sequence, SUPPORTED_PROTOCOLS, answer, True)


class Tunnel:
    """Our end towards one other device: `messages` wait in it, whether it is open or not.

    stack: sends; partner: the other's EUI-64, as link keys name it; is_server: whether we serve
    it. `identifier` while it is open, else None; `refused` counts messages that are longer than
    the other end takes. on_message(octets) hears of each message once, unless power is lost as it
    comes: every GBCS message has a counter, so that one that says the same as another is its copy.
    """

    def __init__(self, stack, partner, is_server, on_message):
        self._stack = stack
        self.partner = partner
        self.is_server = is_server
        self.identifier = None
        self.messages = []
        self.refused = 0
        self._most = _MOST_DATA
        self.used_s = 0
        self._on_message = on_message
        self._has_arrived = False
        # The tunnel that the first message went through.
        self._through = None
        # How long the first message is left alone, from when: None, from when it is looked at.
        self._wait_s = 0
        self._since_s = None
        self._known = []

    def known(self):
        """Return what is to be known of the tunnel while nothing goes through it."""
        return self.identifier, self._most, self.used_s, self._known

    def remember(self, known):
        """Go on from what known() of a Tunnel before has told."""
        self.identifier, self._most, self.used_s, self._known = known

    def put(self, octets):
        """Have a message sent; return whether there is room. FrameError for one too long."""
        if len(octets) > LONGEST_MESSAGE:
            raise FrameError("tunnel: %d octets is too long" % len(octets))
        if len(self.messages) >= _MOST_WAITING:
            return False
        self.messages.append(bytes(octets))
        return True

    def open(self, identifier, most, now_s):
        """Use the tunnel of that number, whose other end takes so many octets of data, from now
        on, in place of any before.
        """
        self.identifier = identifier
        self._most = most
        self.used_s = now_s

    def requested(self, source, sequence, payload, identifier, now_s):
        """Answer a Request Tunnel, and serve it under a number; return whether it is one of ours.

        FrameError if it is malformed.
        """
        status, most = decode_request_tunnel(payload)
        if status == SUCCESS:
            self.is_server = True
            self.open(identifier, most, now_s)
        else:
            identifier = _NO_TUNNEL
        answer = request_tunnel_response(identifier, status)
        self._stack.answer(source, CLUSTER, sequence, REQUEST_TUNNEL_RESPONSE, answer, True)
        return status == SUCCESS

    def closed(self, payload):
        """Hear that the tunnel is closed whose number comes first; return whether it was ours."""
        is_ours = get_uint(payload, 0, 2) == self.identifier
        if is_ours:
            self.identifier = None
        return is_ours

    def failed(self, payload):
        """Take a Transfer Data Error: what went through that tunnel goes again."""
        self.closed(payload)
        if get_uint(payload, 0, 2) == self._through:
            self._free()

    def lost(self):
        """Hear that the other end knows of no tunnel any more: what went through it goes again."""
        if self.identifier is not None and self.identifier == self._through:
            self._free()
        self.identifier = None

    def _free(self):
        self._through = None
        self._has_arrived = False
        self._wait_s = 0

    def is_free(self, now_s):
        """Let time pass; tell whether the first of the messages may go."""
        if self._wait_s:
            if self._since_s is None:
                self._since_s = now_s
            if 0 <= now_s - self._since_s < self._wait_s:
                return False
            self.settle()
            self._free()
        if self.identifier is None:
            return False
        while self.messages and len(self.messages[0]) + _HEADER > self._most:
            self.messages.pop(0)
            self.refused += 1
        return True

    def is_sending(self):
        """Tell whether the first message is on its way, or was not acknowledged just now."""
        return self._wait_s > 0 and not self._has_arrived

    def settle(self):
        """Be sure that the message that has arrived was taken, if there is one."""
        if self._has_arrived:
            self._free()
            self.messages.pop(0)

    def send_first(self, now_s, header=b""):
        """Send the first message behind a header; it stays until that has arrived."""
        self._wait_s, self._since_s = _FORGOTTEN_S, now_s
        self._through = through = self.identifier

        def ended(arrived):
            # Of what is to go again it says nothing.
            if through == self._through:
                self._has_arrived = arrived
                self._wait_s, self._since_s = _SETTLE_S if arrived else _AGAIN_S, None

        self.transfer(now_s, header + self.messages[0], ended)

    def transfer(self, now_s, data, on_outcome=None):
        """Send data through the tunnel, which is open."""
        self.used_s = now_s
        command = 1 if self.is_server else 2
        self._say(command, of_tunnel(self.identifier, data), self.is_server, on_outcome)

    def ask(self):
        """Ask the other device, which is to serve us, for a tunnel."""
        self._say(REQUEST_TUNNEL, request_tunnel(), False, None, True)

    def keep_time(self, now_s):
        """Close a tunnel that we serve, and say so, where CloseTunnelTimeout has passed."""
        if self.identifier is not None and not 0 <= now_s - self.used_s < CLOSE_S:
            self._say(CLOSURE_NOTIFICATION, of_tunnel(self.identifier), True)
            self.identifier = None

    def _say(self, command, payload, from_server, on_outcome=None, wants_status=False):
        """Send a command to the other device, where its address is known."""
        destination = self._stack.network.address_of(self.partner)
        if destination is not None:
            how = {"on_outcome": on_outcome, "wants_status": wants_status}
            self._stack.command(destination, CLUSTER, command, payload, from_server, **how)

    def data_of(self, payload, from_server, now_s):
        """Return the data of a Transfer Data; None where it is told that there is no such tunnel.

        from_server: it came from the other end as the tunnel's server.
        """
        identifier = get_uint(payload, 0, 2)
        if identifier != self.identifier:
            error = of_tunnel(identifier, bytes((NO_SUCH_TUNNEL,)))
            self._say(3 if from_server else 2, error, not from_server)
            return None
        self.used_s = now_s
        return payload[2:]

    def take(self, message):
        """Hand on a message, unless it is a copy of one of those before."""
        digest = sha256(message).digest()[:8]
        if digest in self._known:
            return
        self._known = self._known[1 - _MOST_KNOWN :] + [digest]
        if self._on_message:
            self._on_message(bytes(message))
