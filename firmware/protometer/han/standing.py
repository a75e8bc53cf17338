"""Whether a device is on its network, and what it does about it.

The way onto a network, of a Joining or of the coordinator's Forming, is in a board's memory while
the device is on it; from there on this is enough.
"""

from micropython import const

from ..kernel.unload import unload
from . import nwk_commands
from .nwk_frame import ALL_LISTENING

# What is in memory for the way alone.
_FOR_THE_WAY = (
    "han.membership_parts",
    "han.joining",
    "han.forming",
    "han.scanning",
    "han.mac_commands",
)
_SETTLED_MS = const(120_000)
_ONE_HOP = const(1)
# 256 minutes of silence, and a parent may forget us (05-3474-22, table 3.44).
_TIMEOUT = const(8)


class Standing:
    """Has a device on its network, or on its way there: `way`, None once it is.

    network; mac; nwk; announce(everybody) is Zdo's; way_onto(on_arrived) makes a Joining or a
    Forming.
    """

    def __init__(self, network, mac, nwk, announce, way_onto):
        self._network = network
        self._mac = mac
        self._nwk = nwk
        self._announce = announce
        self._way_onto = way_onto
        self.way = None
        self._now_ms = 0

    def start(self, now_ms):
        """Take up the network kept from before, or set out for one."""
        self._now_ms = now_ms
        if not self._network.is_joined:
            self._set_out().start(now_ms)
            return
        self._mac.tune()
        if not self._network.is_coordinator:
            self._announce(ALL_LISTENING)

    def poll(self, now_ms):
        """Do what is due; return how many ms to the next thing, many where there is none."""
        self._now_ms = now_ms
        return self.way.poll(now_ms) if self.way else _SETTLED_MS

    def is_joined(self):
        """Tell whether the device is on its network."""
        return self.way is None and self._network.is_joined

    def is_known_to_parent(self):
        """Tell whether the parent keeps frames for us by our short address."""
        return self.way is None or self.way.is_known_to_parent()

    def seek(self):
        """Look for the network that was lost, and rejoin it."""
        if self.is_joined():
            self._network.is_joined = False
            self._set_out().seek(self._now_ms)

    def leave(self):
        """Forget the network, and look for one that lets us in."""
        (self.way or self._set_out()).leave(self._now_ms)

    def keep_alive(self):
        """Tell the parent how long it may not hear of us; it answers, under the network key."""
        if self._network.is_joined:
            parent = self._network.parent
            request = nwk_commands.timeout_request(_TIMEOUT)
            self._nwk.send_command(parent, parent, request, _ONE_HOP)

    def _set_out(self):
        self.way = self._way_onto(self._arrived)
        return self.way

    def _arrived(self):
        self.way.end()
        self.way = None
        unload(*_FOR_THE_WAY)
        if not self._network.is_router:
            self.keep_alive()
        self._network.is_changed = True
