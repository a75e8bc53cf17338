"""An active scan: which Zigbee PRO networks can be heard (IEEE 802.15.4-2006, 7.5.2.1.2)."""

from micropython import const

from . import mac_commands
from .frame_error import FrameError

# How long a device listens for beacons on a channel (scan duration 3).
_SCAN_MS = const(140)
_MOST_HEARD = const(16)


class Scan:
    """Asks for beacons on some channels, one after the other.

    mac. A channel is (page, channel). `best` is (lqi, channel, frame, its Beacon) of the best of
    those wanted, or None; `heard` lists (channel, PAN id) of all, sixteen at most.
    """

    def __init__(self, mac):
        self._mac = mac
        self._channels = ()
        self._next = 0
        self._is_wanted = self._lost = None
        self.best = None
        self.heard = []

    def start(self, channels, is_wanted, lost=None):
        """Begin: is_wanted(beacon) chooses among Beacons.

        lost: the extended PAN id of a network that is looked for; b"" for whichever there are.
        """
        self._lost = lost
        self._channels = channels
        self._is_wanted = is_wanted
        self._next = 0
        self.best = None
        self.heard = []
        self._mac.on_beacon = self._heard_beacon

    def step(self):
        """Ask on the next channel; return how many ms to wait, or None when all were heard."""
        if self._next == len(self._channels):
            self._mac.on_beacon = None
            return None
        place = self._channels[self._next]
        self._mac.tune(place)
        self._next += 1
        self._mac.ask_for_beacons(place[0], self._lost)
        return _SCAN_MS

    def _heard_beacon(self, frame, lqi):
        if not self._next or not isinstance(frame.source, int):
            return
        channel = self._channels[self._next - 1]
        if len(self.heard) < _MOST_HEARD:
            self.heard.append((channel, frame.source_pan))
        try:
            beacon = mac_commands.Beacon(frame.payload)
        except FrameError:
            # Another network, not one of Zigbee PRO.
            return
        if self._is_wanted(beacon) and (self.best is None or lqi > self.best[0]):
            self.best = (lqi, channel, frame, beacon)
