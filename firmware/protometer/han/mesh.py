"""What routers of a network say to each other: links and routes (Zigbee 05-3474, 3.4)."""

from micropython import const

from . import nwk_commands
from .ieee802154 import BROADCAST
from .neighbours import Neighbours
from .nwk_frame import ALL_ROUTERS
from .routing import Routing

_ONE_HOP = const(1)
_LINK_STATUS_S = const(15)


class Mesh:
    """Gives a router's Nwk its routes and the commands about them; step() once a second."""

    def __init__(self, network, nwk):
        self._network = network
        self._nwk = nwk
        self.neighbours = Neighbours()
        self.routing = Routing(network, self.neighbours, nwk.send_command, nwk.send_along)
        self._link_status_s = 0
        nwk.next_hop = self.routing.next_hop
        nwk.discover = self.routing.discover
        nwk.commands[nwk_commands.ROUTE_REQUEST] = self.routing.requested
        nwk.commands[nwk_commands.ROUTE_REPLY] = self.routing.replied
        nwk.commands[nwk_commands.NETWORK_STATUS] = self.routing.told_status
        nwk.commands[nwk_commands.LINK_STATUS] = self._told_links

    def step(self, now_s):
        """Let a second pass."""
        self.routing.step(now_s)
        network = self._network
        is_due = not 0 <= now_s - self._link_status_s < _LINK_STATUS_S
        if is_due and network.is_joined:
            self._link_status_s = now_s
            self.neighbours.grow_older()
            links = nwk_commands.link_status(self.neighbours.links())
            self._nwk.send_command(BROADCAST, ALL_ROUTERS, links, _ONE_HOP)

    def _told_links(self, neighbour, frame, payload, lqi):
        self.neighbours.heard(neighbour, lqi)
        self.neighbours.told(neighbour, payload, self._network.short_address)
