"""What routers of a network say to each other: links and routes (Zigbee 05-3474, 3.4 and 3.6.1.5).

Routers tell each other every fifteen seconds, in Link Status, what they hear; a link costs what
the worse of its directions does, 1 to 7.
"""

from micropython import const

from . import nwk_commands
from .ieee802154 import BROADCAST
from .nwk_frame import ALL_ROUTERS
from .routing import Routing

_ONE_HOP = const(1)
_LINK_STATUS_S = const(15)
_MOST_NEIGHBOURS = const(16)
_WORST = const(7)
# Link Status periods after which a silent neighbour is forgotten (nwkRouterAgeLimit).
_AGE_LIMIT = const(3)
# A link's cost by the quality of what was heard: from here on up, 1, 2 and so on.
_COSTS = ((200, 1), (160, 2), (120, 3), (80, 4), (40, 5), (20, 6))
_INCOMING = const(0)
_OUTGOING = const(1)
_AGE = const(2)


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
        nwk.forget_route = self.routing.forget
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


class Neighbours:
    """Costs of links by the neighbour's short address."""

    def __init__(self):
        self._links = {}

    def heard(self, address, lqi):
        """Note how well a router was heard just now."""
        link = self._links.get(address)
        if link is None:
            if len(self._links) >= _MOST_NEIGHBOURS:
                return
            link = self._links[address] = [_WORST, 0, 0]
        link[_INCOMING] = _cost(lqi)
        link[_AGE] = 0

    def told(self, address, payload, own_address):
        """Take the Link Status of a neighbour: how well it hears us; FrameError if malformed."""
        outgoing = 0
        for other, incoming, _ in nwk_commands.decode_link_status(payload):
            if other == own_address:
                outgoing = incoming
        if address in self._links:
            self._links[address][_OUTGOING] = outgoing

    def grow_older(self):
        """Let a Link Status period pass."""
        for address in list(self._links):
            link = self._links[address]
            link[_AGE] += 1
            if link[_AGE] > _AGE_LIMIT:
                del self._links[address]

    def knows(self, address):
        """Tell whether a router is in reach."""
        return address in self._links

    def cost(self, address):
        """Return the cost of the link with a neighbour; the worst where it is unknown."""
        link = self._links.get(address)
        return max(link[_INCOMING], link[_OUTGOING]) if link else _WORST

    def forget(self, address):
        """Drop a neighbour."""
        self._links.pop(address, None)

    def links(self):
        """Return [(address, incoming cost, outgoing cost)] for our own Link Status."""
        return [
            (address, self._links[address][_INCOMING], self._links[address][_OUTGOING])
            for address in sorted(self._links)
        ]


def _cost(lqi):
    for least, cost in _COSTS:
        if lqi >= least:
            return cost
    return _WORST
