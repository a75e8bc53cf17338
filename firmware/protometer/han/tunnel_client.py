"""The gas meter's end of its tunnel: while its radio is on it fetches, and says, what waits.

contact -> Request Tunnel, once -> GET until nothing waits, PUT of what is to be said -> GET
"""

from micropython import const

from . import zcl
from .network import COORDINATOR
from .tunneling import (
    CLOSURE_NOTIFICATION,
    CLUSTER,
    GET,
    PUT,
    REQUEST_TUNNEL_RESPONSE,
    SUCCESS,
    Tunnel,
    decode_get_response,
    decode_request_tunnel_response,
)

# How long an answer is waited for: the longest comes in some ninety fragments.
_ANSWER_S = const(60)
_RESPONSE_S = const(5)
# What one contact may take at most, and how often in a row nothing may be answered in it.
_CONTACT_S = const(240)
_TRIES = const(5)


class TunnelClient:
    """Asks the hub for a tunnel, and for what waits there; step() once a second in a contact.

    stack: the meter's; on_message(octets), where set, hears of what comes.
    """

    def __init__(self, stack):
        self.on_message = None
        self._tunnel = Tunnel(stack, None, False, self._came)
        self._network = stack.network
        # Whether there is something to fetch, for all we know.
        self._fetches = False
        self._asked_s = None
        self._wait_s = self._began_s = self._tries = 0
        stack.membership.zdo.endpoints[0].add(CLUSTER)
        for command, carry_out in (
            (REQUEST_TUNNEL_RESPONSE, self._opened),
            (1, self._data),
            (2, self._failed),
            (CLOSURE_NOTIFICATION, self._closed),
        ):
            stack.handlers[(CLUSTER, command, True)] = carry_out

    def send(self, octets):
        """Have a message go to the hub in this contact or the next; return whether there is room.

        FrameError for one too long.
        """
        return self._tunnel.put(octets)

    def contact(self, now_s):
        """Fetch what waits, as the radio is on now."""
        self._fetches = True
        self._began_s = now_s
        self._answered()

    def is_busy(self, now_s):
        """Tell whether there is something to be fetched or said in this contact still."""
        is_long = not 0 <= now_s - self._began_s < _CONTACT_S
        is_over = is_long or not self._tries
        return not is_over and (self._fetches or len(self._tunnel.messages) > 0)

    def step(self, now_s):
        """Go on: a tunnel first, then what waits at the hub, then what waits here."""
        if not self.is_busy(now_s):
            return
        tunnel = self._tunnel
        is_free = tunnel.is_free(now_s)
        is_asked = self._asked_s is not None and 0 <= now_s - self._asked_s < self._wait_s
        if is_asked or tunnel.is_sending():
            return
        if tunnel.identifier is None:
            self._ask(now_s, _RESPONSE_S)
            tunnel.partner = self._network.trust_centre
            tunnel.ask()
        elif self._fetches:
            self._ask(now_s, _ANSWER_S)
            tunnel.transfer(now_s, GET)
        elif is_free and tunnel.messages:
            tunnel.send_first(now_s, PUT)
            # The answer shows that the tunnel was one.
            self._fetches = True

    def _ask(self, now_s, wait_s):
        self._asked_s = now_s
        self._wait_s = wait_s
        self._tries -= 1

    def _answered(self):
        self._asked_s = None
        self._tries = _TRIES

    def _came(self, octets):
        if self.on_message:
            self.on_message(octets)

    def _opened(self, source, sequence, payload, now_s):
        status, identifier, most = decode_request_tunnel_response(payload)
        if source == COORDINATOR and status == SUCCESS:
            self._tunnel.open(identifier, most, now_s)
            self._answered()
        return zcl.SUCCESS

    def _data(self, source, sequence, payload, now_s):
        if source != COORDINATOR:
            return zcl.NOT_AUTHORIZED
        tunnel = self._tunnel
        data = tunnel.data_of(payload, True, now_s)
        if data is None:
            return None
        remaining, message = decode_get_response(data)
        self._fetches = remaining > 0
        self._answered()
        tunnel.settle()
        if message:
            tunnel.take(message)
        return None

    def _failed(self, source, sequence, payload, now_s):
        if source == COORDINATOR:
            self._tunnel.failed(payload)
            self._asked_s = None
        return zcl.SUCCESS

    def _closed(self, source, sequence, payload, now_s):
        if source == COORDINATOR and self._tunnel.closed(payload):
            self._asked_s = None
        return zcl.SUCCESS
