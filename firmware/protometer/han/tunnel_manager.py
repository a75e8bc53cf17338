"""The hub's ends of its tunnels: messages to meters and from them, by EUI-64.

With who listens the hub opens a tunnel once they share a link key, and a message goes at once.
Who sleeps asks for a tunnel, and then, when it is awake, for what waits (GBCS 10.2.2).
"""

from micropython import const

from . import zcl
from .devices import CONFIRMED
from .frame_error import FrameError
from .tunneling import (
    CLOSE_S,
    CLOSURE_NOTIFICATION,
    CLUSTER,
    GET,
    GET_SUPPORTED_PROTOCOLS,
    PUT,
    REQUEST_TUNNEL,
    REQUEST_TUNNEL_RESPONSE,
    SUCCESS,
    Tunnel,
    decode_request_tunnel_response,
    get_response,
    tell_protocols,
)

# How long after the first question for a tunnel the next is asked, and at most.
_ASK_S = const(15)
_MOST_ASK_S = const(3_600)
# Devices that were never admitted may be spoken of, but not for ever more of them.
_MOST_TUNNELS = const(16)
# Messages that wait for all devices together.
_MOST_WAITING = const(12)


class _HubTunnel(Tunnel):
    """A Tunnel, and when it is asked for."""

    def __init__(self, stack, partner, on_message):
        Tunnel.__init__(self, stack, partner, False, on_message)
        self.asked_s = None
        self.wait_s = _ASK_S


class TunnelManager:
    """Tunnels of a hub's Stack, whose `on_status` is this one's; step() once a second.

    on_message(eui64, octets), where set, hears of what devices say: EUI-64s as they are printed.
    Not so where relays(eui64, octets), if that is set, says that it took it to another device.
    What waits for a device is lost when the hub loses power: who gives it asks `waiting()`.
    """

    def __init__(self, stack):
        self.on_message = self.relays = None
        self._stack = stack
        self._tunnels = {}
        self._last = 0
        stack.on_status = self._status_came
        stack.serve(CLUSTER, "u16", CLOSE_S)
        zdo = stack.membership.zdo
        zdo.endpoints[0].add(CLUSTER)
        self._heed = zdo.on_announce
        zdo.on_announce = self._announced
        handlers = stack.handlers
        handlers[(CLUSTER, REQUEST_TUNNEL, False)] = self._requested
        handlers[(CLUSTER, REQUEST_TUNNEL_RESPONSE, True)] = self._opened
        handlers[(CLUSTER, GET_SUPPORTED_PROTOCOLS, False)] = self._asked_for_protocols
        for command, from_server, carry_out in (
            (1, False, self._closed),
            (2, False, self._asked_or_told),
            (3, False, self._failed),
            (1, True, self._told),
            (2, True, self._failed),
            (CLOSURE_NOTIFICATION, True, self._closed),
        ):
            handlers[(CLUSTER, command, from_server)] = carry_out

    def deliver(self, eui64, octets):
        """Have a message go to a device; return whether there is room. FrameError: too long."""
        if sum(len(tunnel.messages) for tunnel in self._tunnels.values()) >= _MOST_WAITING:
            return False
        tunnel = self._tunnel_with(bytes(reversed(eui64)))
        return tunnel is not None and tunnel.put(octets)

    def waiting(self, eui64):
        """Return how many messages a device does not have yet, for sure."""
        tunnel = self._tunnels.get(bytes(reversed(eui64)))
        return len(tunnel.messages) if tunnel else 0

    def step(self, now_s):
        """Open what is not open, send what waits for who listens, close what is not used."""
        if not self._stack.network.is_joined:
            return
        for partner, _ in self._stack.network.devices.having(CONFIRMED):
            tunnel = self._tunnel_with(partner)
            if tunnel is None:
                continue
            is_free = tunnel.is_free(now_s)
            if tunnel.is_server:
                tunnel.keep_time(now_s)
            elif is_free and tunnel.messages:
                tunnel.send_first(now_s)
            elif tunnel.identifier is None:
                self._ask_for(tunnel, now_s)

    def _ask_for(self, tunnel, now_s):
        """Ask a device for a tunnel, seldom where it does not answer or has said no."""
        if tunnel.asked_s is None or not 0 <= now_s - tunnel.asked_s < tunnel.wait_s:
            if tunnel.asked_s is not None:
                tunnel.wait_s = min(2 * tunnel.wait_s, _MOST_ASK_S)
            tunnel.asked_s = now_s
            tunnel.ask()

    def _tunnel_with(self, partner):
        """Return our end towards a device, new or known; None where there are too many."""
        tunnel = self._tunnels.get(partner)
        if tunnel is None and len(self._tunnels) >= _MOST_TUNNELS:
            self._forget_strangers()
        if tunnel is None and len(self._tunnels) < _MOST_TUNNELS:

            def came(octets):
                said = bytes(reversed(partner)), octets
                if self.relays and self.relays(*said):
                    return
                if self.on_message:
                    self.on_message(*said)

            tunnel = self._tunnels[partner] = _HubTunnel(self._stack, partner, came)
        return tunnel

    def _forget_strangers(self):
        """Have no tunnels with who has left, or has never come."""
        devices = self._stack.network.devices
        for partner in list(self._tunnels):
            if not devices.is_(partner, CONFIRMED):
                del self._tunnels[partner]

    def _tunnel_of(self, source):
        """Return our end towards who sent something; FrameError if that is nobody known."""
        tunnel = self._tunnel_with(self._stack.network.devices.extended_of(source) or b"")
        if tunnel is None or not tunnel.partner:
            raise FrameError("tunnel: nobody at 0x%04x" % source)
        return tunnel

    # What devices send.

    def _announced(self, short_address, extended, capability):
        """Ask who listens for a tunnel, at once: who announces itself may have been off."""
        if self._heed:
            self._heed(short_address, extended, capability)
        tunnel = self._tunnels.get(extended)
        if tunnel and not tunnel.is_server and (tunnel.identifier or tunnel.wait_s > _ASK_S):
            tunnel.lost()
            tunnel.asked_s = None
            tunnel.wait_s = _ASK_S

    def _requested(self, source, sequence, payload, now_s):
        """Open a tunnel for a device, in place of any before."""
        tunnel = self._tunnel_of(source)
        identifier = (self._last + 1) % 0xFFFF
        if tunnel.requested(source, sequence, payload, identifier, now_s):
            self._last = identifier

    def _asked_for_protocols(self, source, sequence, payload, now_s):
        tell_protocols(self._stack, source, sequence)

    def _opened(self, source, sequence, payload, now_s):
        tunnel = self._tunnel_of(source)
        status, identifier, most = decode_request_tunnel_response(payload)
        if status == SUCCESS and tunnel.asked_s is not None:
            tunnel.is_server = False
            tunnel.asked_s = None
            tunnel.wait_s = _ASK_S
            tunnel.open(identifier, most, now_s)
        return zcl.SUCCESS

    def _status_came(self, source, cluster, command, status, now_s):
        """Hear that a device has no tunnels, or is no longer a server: it is asked seldom."""
        if cluster == CLUSTER and command == REQUEST_TUNNEL:
            self._tunnel_of(source).wait_s = _MOST_ASK_S

    def _closed(self, source, sequence, payload, now_s):
        return zcl.SUCCESS if self._tunnel_of(source).closed(payload) else zcl.NOT_FOUND

    def _failed(self, source, sequence, payload, now_s):
        self._tunnel_of(source).failed(payload)
        return zcl.SUCCESS

    def _told(self, source, sequence, payload, now_s):
        """Take a message of a device that listens."""
        tunnel = self._tunnel_of(source)
        data = tunnel.data_of(payload, True, now_s)
        if data is not None:
            tunnel.take(data)

    def _asked_or_told(self, source, sequence, payload, now_s):
        """Take a GET or PUT of a device that sleeps."""
        tunnel = self._tunnel_of(source)
        data = tunnel.data_of(payload, False, now_s)
        if data is None:
            return None
        if data[:1] == PUT:
            tunnel.take(data[1:])
        elif data != GET:
            return zcl.MALFORMED_COMMAND
        elif not tunnel.is_sending():
            # It asks for more, so it has what it got.
            tunnel.settle()
            waiting = len(tunnel.messages)
            if waiting:
                tunnel.send_first(now_s, get_response(waiting - 1))
            else:
                tunnel.transfer(now_s, get_response(0))
        return None
