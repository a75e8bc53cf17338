"""The electricity meter's end of its tunnel: the hub asks for it, and messages go at once."""

from micropython import const

from . import zcl
from .network import COORDINATOR
from .nwk_frame import ALL_LISTENING
from .tunneling import CLOSE_S, CLUSTER, Tunnel, tell_protocols

# Who has something to say and no tunnel announces itself so often: the hub may not know.
_ANNOUNCE_S = const(60)


class TunnelServer:
    """Serves one tunnel to the hub from a meter's Stack; step() once a second.

    on_message(octets), where set, hears of what comes.
    """

    def __init__(self, stack):
        self.on_message = None
        self._network = stack.network
        self._announce = stack.membership.zdo.announce
        self._announced_s = None
        self._last = 0
        self._tunnel = Tunnel(stack, None, True, self._came)
        stack.serve(CLUSTER, "u16", CLOSE_S)
        stack.membership.zdo.endpoints[0].add(CLUSTER)
        commands = self._requested, self._closed, self._data, self._error
        for command, carry_out in enumerate(commands):
            stack.handlers[(CLUSTER, command, False)] = carry_out
        tell_protocols(stack)

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
                self._announce(ALL_LISTENING)

    def _came(self, octets):
        if self.on_message:
            self.on_message(octets)

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
