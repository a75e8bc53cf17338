"""Who else is on the network: asked as the Zigbee Device Profile has it (05-3474, 2.4.3.1)."""

from struct import pack

from micropython import const

from .aps_frame import SMART_ENERGY
from .frame_error import at_least, fields
from .mac_commands import LISTENS
from .nwk_frame import ALL_LISTENING
from .zdo import IEEE_ADDRESS, MATCH_DESCRIPTOR, NODE_DESCRIPTOR, NWK_ADDRESS

_SUCCESS = const(0x00)
_SINGLE = const(0)
# Where a node descriptor's response has its capability information: behind status and address.
_CAPABILITY_AT = const(5)
# Octets of each response at least, its status included.
_LEAST = {
    NWK_ADDRESS: 11,
    IEEE_ADDRESS: 11,
    MATCH_DESCRIPTOR: 5,
    NODE_DESCRIPTOR: 6,
}


class Discovery:
    """Finds devices by what they serve, and their addresses.

    ask(destination, cluster, payload) is Zdo's; on_found(short address), or None, hears of devices
    that serve what find() asked for, and always listen.
    """

    def __init__(self, network, ask, on_found):
        self._network = network
        self._ask = ask
        self._on_found = on_found
        self._takers = {
            NWK_ADDRESS: self._learn,
            IEEE_ADDRESS: self._learn,
            MATCH_DESCRIPTOR: self._matched,
            NODE_DESCRIPTOR: self._described,
        }

    def ask_for_extended(self, short_address):
        """Ask a device for its EUI-64, which the network then knows."""
        self._ask(short_address, IEEE_ADDRESS, pack("<HH", short_address, _SINGLE))

    def ask_for_short(self, extended):
        """Ask everybody for the short address of a device, which the network then knows."""
        self._ask(ALL_LISTENING, NWK_ADDRESS, extended + bytes(2))

    def find(self, cluster):
        """Ask everybody who serves a cluster of Smart Energy."""
        request = pack("<HHBHB", ALL_LISTENING, SMART_ENERGY, 1, cluster, 0)
        self._ask(ALL_LISTENING, MATCH_DESCRIPTOR, request)

    def answered(self, source, cluster, payload):
        """Take a response; FrameError if it is malformed."""
        at_least(1, payload)
        taker = self._takers.get(cluster)
        if taker is None or payload[0] != _SUCCESS:
            return
        at_least(_LEAST[cluster], payload)
        taker(source, payload)

    def _learn(self, source, payload):
        extended, short_address = fields("<8sH", payload[1:])
        self._network.learn(short_address, extended)

    def _matched(self, source, payload):
        if self._on_found:
            self._ask(source, NODE_DESCRIPTOR, pack("<H", source))

    def _described(self, source, payload):
        if self._on_found and payload[_CAPABILITY_AT] & LISTENS:
            self._on_found(source)
