"""An electricity meter's tunnel: what serves it is in memory while it is used.

In between what it knows is enough: a tunnel stays open for hours after the last message.
"""

from micropython import const

from ..kernel.unload import unload
from .tunneling import (
    CLOSE_S,
    CLOSE_TUNNEL,
    CLUSTER,
    GET_SUPPORTED_PROTOCOLS,
    REQUEST_TUNNEL,
    TRANSFER_DATA,
    TRANSFER_DATA_ERROR,
)

# Commands that a server of tunnels takes.
_COMMANDS = (
    REQUEST_TUNNEL,
    CLOSE_TUNNEL,
    TRANSFER_DATA,
    TRANSFER_DATA_ERROR,
    GET_SUPPORTED_PROTOCOLS,
)
_IDLE_S = const(60)


class TunnelDoor:
    """Has a TunnelServer for a meter's Stack; step() once a second.

    on_message(octets), where set, hears of what comes.
    """

    def __init__(self, stack):
        self.on_message = None
        self._stack = stack
        self._server = None
        # What it knew when it was last in memory, and when the tunnel was used, if it is open.
        self._known = self._open_s = None
        # When the server was used.
        self._used_s = 0
        stack.serve(CLUSTER, "u16", CLOSE_S)
        stack.membership.zdo.endpoints[0].add(CLUSTER)
        for command in _COMMANDS:
            stack.handlers[(CLUSTER, command, False)] = self._taker(command)

    def send(self, octets):
        """Have a message go to the hub; return whether there is room. FrameError: too long."""
        return self._served().send(octets)

    def step(self, now_s):
        """Send what waits; close what has not been used for CloseTunnelTimeout."""
        server = self._server
        if server is None:
            if self._open_s is not None and not 0 <= now_s - self._open_s < CLOSE_S:
                self._served()
            return
        server.step(now_s)
        if server.is_busy():
            self._used_s = now_s
        elif not 0 <= now_s - self._used_s < _IDLE_S:
            self._known = server.known()
            self._open_s = server.open_s()
            self._server = None
            unload("han.tunnel_server", "han.tunneling")

    def _taker(self, command):
        def take(source, sequence, payload, now_s):
            self._used_s = now_s
            return self._served().take(command, source, sequence, payload, now_s)

        return take

    def _served(self):
        if self._server is None:
            from .tunnel_server import TunnelServer

            self._server = TunnelServer(self._stack, self._came, self._known)
        return self._server

    def _came(self, octets):
        if self.on_message:
            self.on_message(octets)
