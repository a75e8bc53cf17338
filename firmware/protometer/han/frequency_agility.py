"""Frequency agility: the hub takes the home to another channel, and devices follow.

    the frames of a quarter of an hour fail, ours or a device's that says so -> the hub scans
    -> Mgmt NWK Enhanced Update, to all -> everybody changes some seconds later

Zigbee 05-3474-22, 2.4.3.3.9 to 2.4.3.3.12. How much must fail, and how often the channel may be
changed, is the hub's configuration (SGHZ-RF-05). A radio tells no energy: of two channels the one
where fewer networks answer is the quieter. Who misses the change finds the network by scanning.
"""

from struct import pack

from micropython import const

from ..kernel.ticks import ticks_add, ticks_diff
from . import channel_pages
from .frame_error import FrameError, fields
from .network import COORDINATOR
from .nwk_frame import ALL
from .scanning import Scan

UPDATE_REQUEST = const(0x0039)
UPDATE_NOTIFY = const(0x803B)

# Events of the hub.
CHANNEL_CHANGED = const(0x8F26)
SCAN_STARTED = const(0x8F27)
SCAN_OUTCOME = const(0x8F28)
CHANNEL_KEPT = const(0x8F2B)

_CHANGE = const(0xFE)
# One mask, what is wanted, number of the update, no options.
_REQUEST = "<BIBBB"
# Status, mask of the channel in use, frames, those that failed, retries, minutes counted.
_NOTIFY = "<BIHHHB"
# From the announcement on: a gas meter asks its parent every 7.5 s, or twice.
_FOLLOW_MS = const(16_000)
_WINDOW_S = const(900)
_WEEK_S = const(604_800)
_LEAST_FRAMES = const(20)
_MOST = const(0xFFFF)
_WORST_PERCENT = const(30)
_CHANGES_A_WEEK = const(3)


class FrequencyAgility:
    """Of a hub or a device; step() once a second, poll(now_ms) when it says.

    network; mac; tell(destination, cluster, payload) is Zdo's ask; on_event(code) hears of events.
    The hub's configuration: worst_percent of frames that may fail, changes_a_week. `changes`
    counts.
    """

    def __init__(self, network, mac, tell, on_event):
        self._network = network
        self._mac = mac
        self._tell = tell
        self._on_event = on_event
        self.worst_percent = _WORST_PERCENT
        self.changes_a_week = _CHANGES_A_WEEK
        self.changes = 0
        # When channels were changed, in seconds counted.
        self._changed_s = []
        self._seconds = 0
        self._counted = (0, 0, 0)
        self._scan = None
        self._next = None
        self._due_ms = self._now_ms = 0

    def step(self):
        """Let a second pass."""
        self._seconds += 1
        if self._seconds % _WINDOW_S:
            return
        mac = self._mac
        counted = mac.sent + mac.lost, mac.lost, mac.retried
        frames, failed, retries = (now - then for now, then in zip(counted, self._counted))
        self._counted = counted
        if self._network.is_coordinator:
            self._judge(frames, failed)
        elif self._is_bad(frames, failed):
            here = channel_pages.mask(self._network.page, (self._network.channel,))
            counts = [min(count, _MOST) for count in (frames, failed, retries)]
            told = pack(_NOTIFY, 0, here, *counts, _WINDOW_S // 60)
            self._tell(COORDINATOR, UPDATE_NOTIFY, told)

    def poll(self, now_ms):
        """Go on with a scan or a change; return how many ms to the next thing, or None."""
        self._now_ms = now_ms
        if self._next is None and self._scan is None:
            return None
        if ticks_diff(self._due_ms, now_ms) <= 0:
            if self._next:
                self._change()
                return None
            self._scan_on()
        return max(ticks_diff(self._due_ms, now_ms), 1)

    def notified(self, source, payload):
        """Take what a device says of its frames, at the hub; FrameError if malformed."""
        _, _, frames, failed, _, _ = fields(_NOTIFY, payload)
        if self._network.is_coordinator and self._network.has_link_key_with(source):
            self._judge(frames, failed)

    def requested(self, source, payload):
        """Take the hub's word of another channel, at a device; FrameError if malformed."""
        _, bits, wanted, _, _ = fields(_REQUEST, payload)
        if source != COORDINATOR or self._network.is_coordinator or wanted != _CHANGE:
            return
        places = channel_pages.places(bits)
        if len(places) != 1 or places[0] not in self._network.channels:
            raise FrameError("Update: no channel of ours")
        self._follow(places[0])

    def leave_channel(self):
        """Look for another channel, at the hub; False where it was changed too often."""
        if self._scan or self._next:
            return True
        self._changed_s = [at_s for at_s in self._changed_s if self._seconds - at_s < _WEEK_S]
        if len(self._changed_s) >= self.changes_a_week:
            self._on_event(CHANNEL_KEPT)
            return False
        self._on_event(SCAN_STARTED)
        self._scan = Scan(self._mac)
        self._scan.start(self._elsewhere(), lambda beacon: False, b"")
        self._due_ms = self._now_ms
        return True

    def _elsewhere(self):
        network = self._network
        here = network.page, network.channel
        return [place for place in network.channels if place[0] and place != here]

    def _is_bad(self, frames, failed):
        return frames >= _LEAST_FRAMES and 100 * failed > self.worst_percent * frames

    def _judge(self, frames, failed):
        if self._is_bad(frames, failed):
            self.leave_channel()

    def _scan_on(self):
        wait_ms = self._scan.step()
        if wait_ms is not None:
            self._due_ms = ticks_add(self._now_ms, wait_ms)
            return
        heard = [place for place, _ in self._scan.heard]
        self._scan = None
        self._mac.tune()
        self._on_event(SCAN_OUTCOME)
        crowds = [(heard.count(place), place) for place in self._elsewhere()]
        if not crowds:
            return
        page, channel = min(crowds)[1]
        number = self.changes + 1 & 0xFF
        told = pack(_REQUEST, 1, channel_pages.mask(page, (channel,)), _CHANGE, number, 0)
        self._tell(ALL, UPDATE_REQUEST, told)
        self._follow((page, channel))

    def _follow(self, place):
        self._next = place
        self._due_ms = ticks_add(self._now_ms, _FOLLOW_MS)

    def _change(self):
        network = self._network
        network.page, network.channel = self._next
        self._next = None
        network.is_changed = True
        self._mac.tune()
        self.changes += 1
        self._changed_s.append(self._seconds)
        self._on_event(CHANNEL_CHANGED)
