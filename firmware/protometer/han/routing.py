"""Routes: found when they are first needed, by flooding a request (Zigbee 05-3474, 3.6.3).

A Route Request adds up what links cost on its way; whom it asks for answers the neighbour that
was cheapest, and each router on the way back learns the next hop to both ends.
"""

from micropython import const

from ..kernel.ring import Ring, keep
from . import nwk_commands
from .devices import END_DEVICE
from .frame_error import FrameError
from .ieee802154 import BROADCAST
from .nwk_frame import ALL_ROUTERS

_MOST_ROUTES = const(16)
_MOST_DISCOVERIES = const(8)
# Payloads that wait for a route.
_MOST_WAITING = const(4)
# How long a discovery is remembered (nwkcRouteDiscoveryTime is 10 s).
_DISCOVERY_S = const(10)
_MOST_COST = const(255)
# On a bad air one is lost now and then, and finding a route again costs more of it.
_MOST_MISSES = const(3)


class Routing:
    """Knows the next hop to a destination, or finds it.

    network: a router's short_address, parent; neighbours: link costs; send(hop, destination,
    command, radius, source) is Nwk's send_command; go_on(parts) sends what waited for a route.
    """

    def __init__(self, network, neighbours, send, go_on):
        self._network = network
        self._neighbours = neighbours
        self._send = send
        self._go_on = go_on
        self._next_hops = {}
        # (originator, identifier): [cheapest cost so far, when it began].
        self._discoveries = {}
        self._waiting = Ring(_MOST_WAITING)
        # Who was asked for in this second.
        self._asked = []
        # By neighbour: frames in a row that were not acknowledged.
        self._misses = {}
        self._identifier = 0
        self._now_s = 0

    def next_hop(self, destination):
        """Return the neighbour that a frame goes to next, or None where that is to be found."""
        network = self._network
        # What is in reach needs no route, and one to a child is of the time before it was that.
        if network.devices.is_child(destination):
            return destination
        if destination in self._next_hops:
            return self._next_hops[destination]
        if destination == network.parent or self._neighbours.knows(destination):
            return destination
        return None

    def discover(self, destination, waiting):
        """Ask all routers for a destination; waiting is sent when there is a route.

        Returns False where what has waited longest is given up for it: whom nobody finds must not
        keep others from being looked for.
        """
        is_full = len(self._waiting) == _MOST_WAITING
        if is_full:
            self._waiting.take()
        self._waiting.put((destination, waiting, self._now_s))
        if destination not in self._asked and len(self._asked) < _MOST_DISCOVERIES:
            self._asked.append(destination)
            self._ask(destination)
        return not is_full

    def _ask(self, destination):
        self._identifier = (self._identifier + 1) & 0xFF
        own = self._network.short_address
        self._begin((own, self._identifier), 0)
        request = nwk_commands.route_request(self._identifier, destination, 0)
        self._send(BROADCAST, ALL_ROUTERS, request)

    def forget(self, destination):
        """Forget the route to a destination."""
        self._next_hops.pop(destination, None)

    # Commands, as Nwk hands them over; FrameError where one is malformed.

    def requested(self, neighbour, frame, payload, lqi):
        """Take a Route Request that a neighbour sent on."""
        originator = frame.source
        route_request = nwk_commands.ROUTE_REQUEST
        options, identifier, destination, cost = nwk_commands.decode(route_request, payload)
        own = self._network.short_address
        if originator == own:
            return
        cost = min(cost + self._neighbours.cost(neighbour), _MOST_COST)
        if not self._begin((originator, identifier), cost):
            return
        self._learn(originator, neighbour)
        if destination == own or self._network.devices.is_child(destination, END_DEVICE):
            if not options & nwk_commands.MANY_TO_ONE:
                reply = nwk_commands.route_reply(identifier, originator, destination, cost)
                self._send(neighbour, neighbour, reply)
        elif frame.radius > 1:
            request = bytearray((route_request,))
            request.extend(payload)
            request[5] = cost
            self._send(BROADCAST, ALL_ROUTERS, request, frame.radius - 1, originator)

    def replied(self, neighbour, frame, payload, lqi):
        """Take a Route Reply."""
        route_reply = nwk_commands.ROUTE_REPLY
        _, identifier, originator, responder, _ = nwk_commands.decode(route_reply, payload)
        if (originator, identifier) not in self._discoveries:
            raise FrameError("Route Reply: nobody asked")
        self._learn(responder, neighbour)
        if originator == self._network.short_address:
            self._send_waiting(responder)
            return
        back = self.next_hop(originator)
        if back is not None:
            reply = bytearray((route_reply,))
            reply.extend(payload)
            self._send(back, back, reply)

    def told_status(self, neighbour, frame, payload, lqi):
        """Take a Network Status: somebody on a route may say that it is no more."""
        code, destination = nwk_commands.decode(nwk_commands.NETWORK_STATUS, payload)
        if code <= nwk_commands.LINK_FAILURE:
            self.forget(destination)

    def reached(self, neighbour):
        """Hear that a frame was acknowledged."""
        self._misses.pop(neighbour, None)

    def lost(self, neighbour):
        """Forget the routes over a neighbour that has not acknowledged a few frames in a row."""
        misses = self._misses.get(neighbour, 0) + 1
        keep(self._misses, neighbour, misses, _MOST_ROUTES)
        if misses < _MOST_MISSES:
            return
        self.reached(neighbour)
        for destination in list(self._next_hops):
            if self._next_hops[destination] == neighbour:
                del self._next_hops[destination]
        self._neighbours.forget(neighbour)

    def step(self, now_s):
        """Let a second pass: give up what has waited, and forget discoveries, for too long."""
        self._now_s = now_s
        self._asked.clear()
        for key in list(self._discoveries):
            if not 0 <= now_s - self._discoveries[key][1] <= _DISCOVERY_S:
                del self._discoveries[key]
        for _ in range(len(self._waiting)):
            entry = self._waiting.take()
            if 0 <= now_s - entry[2] <= _DISCOVERY_S:
                self._waiting.put(entry)

    def _begin(self, key, cost):
        """Note a discovery; return whether it is new, or cheaper than before."""
        known = self._discoveries.get(key)
        if known is not None and known[0] <= cost:
            return False
        if known is None and len(self._discoveries) >= _MOST_DISCOVERIES:
            # A second is enough for one; the others are kept for copies that come late.
            del self._discoveries[min((at[1], key) for key, at in self._discoveries.items())[1]]
        self._discoveries[key] = [cost, self._now_s]
        return True

    def _learn(self, destination, neighbour):
        keep(self._next_hops, destination, neighbour, _MOST_ROUTES)

    def _send_waiting(self, responder):
        if responder in self._asked:
            self._asked.remove(responder)
        for _ in range(len(self._waiting)):
            entry = self._waiting.take()
            if entry[0] == responder:
                self._go_on(*entry[1])
            else:
                self._waiting.put(entry)
