"""The routers that a device hears, and what its links with them cost (Zigbee 05-3474, 3.6.1.5).

Routers tell each other every fifteen seconds, in Link Status, what they hear; a link costs what
the worse of its directions does, 1 to 7.
"""

from micropython import const

from . import nwk_commands

_MOST = const(16)
_WORST = const(7)
# Link Status periods after which a silent neighbour is forgotten (nwkRouterAgeLimit).
_AGE_LIMIT = const(3)
# A link's cost by the quality of what was heard: from here on up, 1, 2 and so on.
_COSTS = ((200, 1), (160, 2), (120, 3), (80, 4), (40, 5), (20, 6))
_INCOMING = const(0)
_OUTGOING = const(1)
_AGE = const(2)


class Neighbours:
    """Costs of links by the neighbour's short address."""

    def __init__(self):
        self._links = {}

    def heard(self, address, lqi):
        """Note how well a router was heard just now."""
        link = self._links.get(address)
        if link is None:
            if len(self._links) >= _MOST:
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
