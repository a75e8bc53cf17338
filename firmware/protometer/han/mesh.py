"""What routers of a network say to each other: links, routes, who leaves (Zigbee 05-3474, 3.4)."""

from micropython import const

from . import nwk_commands
from .ieee802154 import BROADCAST
from .neighbours import Neighbours
from .nwk_frame import ALL_LISTENING, ALL_ROUTERS
from .routing import Routing

_ONE_HOP = const(1)
_LINK_STATUS_S = const(15)


class Mesh:
    """Gives a Nwk its routes and its commands; step() once a second.

    `on_leave(source, options)` may be set, and hears of Leave commands.
    """

    def __init__(self, network, nwk):
        self._network = network
        self._nwk = nwk
        self.on_leave = None
        self.neighbours = Neighbours()
        self.routing = Routing(network, self.neighbours, nwk.send_command, nwk.send_along)
        self._now_s = self._link_status_s = 0
        nwk.next_hop = self.routing.next_hop
        nwk.discover = self._discover
        nwk.commands = {
            nwk_commands.ROUTE_REQUEST: self._route_requested,
            nwk_commands.ROUTE_REPLY: self._route_replied,
            nwk_commands.NETWORK_STATUS: self._told_status,
            nwk_commands.LINK_STATUS: self._told_links,
            nwk_commands.LEAVE: self._told_to_leave,
        }

    def step(self, now_s):
        """Let a second pass."""
        self._now_s = now_s
        self.routing.step(now_s)
        network = self._network
        is_due = not 0 <= now_s - self._link_status_s < _LINK_STATUS_S
        if is_due and network.is_router and network.is_joined:
            self._link_status_s = now_s
            self.neighbours.grow_older()
            links = nwk_commands.link_status(self.neighbours.links())
            self._nwk.send_command(BROADCAST, ALL_ROUTERS, links, _ONE_HOP)

    def leave(self):
        """Tell everybody in reach that we are off the network."""
        self._nwk.send_command(BROADCAST, ALL_LISTENING, nwk_commands.leave(), _ONE_HOP)

    def _discover(self, destination, waiting):
        return self.routing.discover(destination, waiting, self._now_s)

    def _route_requested(self, neighbour, frame, payload, lqi):
        self.routing.requested(neighbour, frame.source, frame.radius, payload, self._now_s)

    def _route_replied(self, neighbour, frame, payload, lqi):
        self.routing.replied(neighbour, payload)

    def _told_status(self, neighbour, frame, payload, lqi):
        code, destination = nwk_commands.decode(nwk_commands.NETWORK_STATUS, payload)
        if code <= nwk_commands.LINK_FAILURE:
            self.routing.forget(destination)

    def _told_links(self, neighbour, frame, payload, lqi):
        self.neighbours.heard(neighbour, lqi)
        self.neighbours.told(neighbour, payload, self._network.short_address)

    def _told_to_leave(self, neighbour, frame, payload, lqi):
        if self.on_leave:
            self.on_leave(frame.source, *nwk_commands.decode(nwk_commands.LEAVE, payload))
