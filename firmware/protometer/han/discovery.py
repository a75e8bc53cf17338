"""Who else is on the network: asked as the Zigbee Device Profile has it (05-3474, 2.4.3.1)."""

from micropython import const

from .aps_frame import SMART_ENERGY
from .frame_error import FrameError
from .nwk_frame import ALL_LISTENING
from .zdo import IEEE_ADDRESS, MATCH_DESCRIPTOR

_SUCCESS = const(0x00)
_SINGLE = const(0)
_EUI = const(8)


class Discovery:
    """Finds devices by what they serve, and their EUI-64s.

    ask(destination, cluster, payload) is Zdo's. `on_found(short address, endpoint)` may be set,
    and hears who serves what find() asked for.
    """

    def __init__(self, network, ask):
        self._network = network
        self._ask = ask
        self.on_found = None

    def ask_for_extended(self, short_address):
        """Ask a device for its EUI-64, which the network then knows."""
        request = bytes((short_address & 0xFF, short_address >> 8, _SINGLE, 0))
        self._ask(short_address, IEEE_ADDRESS, request)

    def find(self, cluster):
        """Ask everybody who serves a cluster of Smart Energy."""
        head = (ALL_LISTENING & 0xFF, ALL_LISTENING >> 8, SMART_ENERGY & 0xFF, SMART_ENERGY >> 8)
        wanted = bytes((1, cluster & 0xFF, cluster >> 8, 0))
        self._ask(ALL_LISTENING, MATCH_DESCRIPTOR, bytes(head) + wanted)

    def answered(self, source, cluster, payload):
        """Take a response; FrameError if it is malformed."""
        if not payload:
            raise FrameError("ZDO: no status")
        if payload[0] != _SUCCESS:
            return
        if cluster == IEEE_ADDRESS:
            if len(payload) < 1 + _EUI + 2:
                raise FrameError("ZDO: a cut address response")
            extended = bytes(payload[1 : 1 + _EUI])
            self._network.learn(payload[1 + _EUI] | payload[2 + _EUI] << 8, extended)
        elif cluster == MATCH_DESCRIPTOR and self.on_found:
            if len(payload) < 5:
                raise FrameError("ZDO: a cut match response")
            self.on_found(payload[1] | payload[2] << 8, payload[4])
