"""The electricity meter's end of its tunnel: the hub asks for it, and messages go at once."""

from micropython import const

from . import zcl
from .network import COORDINATOR
from .nwk_frame import ALL_LISTENING
from .tunneling import (
    CLOSE_TUNNEL,
    GET_SUPPORTED_PROTOCOLS,
    REQUEST_TUNNEL,
    TRANSFER_DATA,
    TRANSFER_DATA_ERROR,
    Tunnel,
    tell_protocols,
)

# Who has something to say and no tunnel announces itself so often: the hub may not know.
_ANNOUNCE_S = const(60)


class TunnelServer:
    """Serves one tunnel to the hub from a meter's Stack; step() once a second.

    on_message(octets) hears of what comes; known: what known() told of a server before, or None.
    """

    def __init__(self, stack, on_message, known):
        self._stack = stack
        self._network = stack.network
        self._announced_s = None
        self._last = 0
        self._tunnel = Tunnel(stack, stack.network.trust_centre, True, on_message)
        if known:
            self._last, kept = known
            self._tunnel.remember(kept)

    def known(self):
        """Return what a server after this one is to know."""
        return self._last, self._tunnel.known()

    def is_busy(self):
        """Tell whether something waits to be sent."""
        return len(self._tunnel.messages) > 0

    def open_s(self):
        """Return when something last went through the tunnel; None where it is closed."""
        return None if self._tunnel.identifier is None else self._tunnel.used_s

    def send(self, octets):
        """Have a message go to the hub; return whether there is room. FrameError: too long."""
        return self._tunnel.put(octets)

    def step(self, now_s):
        """Send what waits; close what has not been used for CloseTunnelTimeout."""
        tunnel = self._tunnel
        if tunnel.is_free(now_s) and tunnel.messages:
            tunnel.send_first(now_s)
        else:
            tunnel.keep_time(now_s)
        if not tunnel.messages or tunnel.identifier is not None:
            self._announced_s = None
        elif self._announced_s is None:
            self._announced_s = now_s
        elif not 0 <= now_s - self._announced_s < _ANNOUNCE_S:
            self._announced_s = now_s
            if self._network.is_joined:
                self._stack.membership.zdo.announce(ALL_LISTENING)

    def take(self, command, source, sequence, payload, now_s):
        """Take a command of the cluster; return the status to tell, None where it is answered."""
        return _TAKERS[command](self, source, sequence, payload, now_s)

    def _requested(self, source, sequence, payload, now_s):
        if source != COORDINATOR:
            return zcl.NOT_AUTHORIZED
        self._tunnel.partner = self._network.trust_centre
        identifier = (self._last + 1) % 0xFFFF
        if self._tunnel.requested(source, sequence, payload, identifier, now_s):
            self._last = identifier
        return None

    def _closed(self, source, sequence, payload, now_s):
        is_ours = source == COORDINATOR and self._tunnel.closed(payload)
        return zcl.SUCCESS if is_ours else zcl.NOT_FOUND

    def _data(self, source, sequence, payload, now_s):
        if source != COORDINATOR:
            return zcl.NOT_AUTHORIZED
        data = self._tunnel.data_of(payload, False, now_s)
        if data is not None:
            self._tunnel.take(data)
        return None

    def _error(self, source, sequence, payload, now_s):
        if source == COORDINATOR:
            self._tunnel.failed(payload)
        return zcl.SUCCESS

    def _protocols(self, source, sequence, payload, now_s):
        tell_protocols(self._stack, source, sequence)


_TAKERS = {
    REQUEST_TUNNEL: TunnelServer._requested,
    CLOSE_TUNNEL: TunnelServer._closed,
    TRANSFER_DATA: TunnelServer._data,
    TRANSFER_DATA_ERROR: TunnelServer._error,
    GET_SUPPORTED_PROTOCOLS: TunnelServer._protocols,
}
