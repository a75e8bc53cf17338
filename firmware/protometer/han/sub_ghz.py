"""What a device that may be in the Sub GHz Bands does beside the others: cluster 0x070B.

Its time on the air is counted. A device whose hour is nearly spent, or that the hub has told to
suspend its ZCL messages, says nothing but Critical Events; where it is spent it sends nothing at
all. A hub whose own hour runs out tells the device that says most to suspend (SGHZ-RF-07 to 10).
"""

from struct import pack

from micropython import const

from ..kernel.ring import keep
from . import channel_pages
from .aps_frame import DEVICE_PROFILE
from .duty_cycle import CRITICAL, LIMITED, NORMAL, DutyCycle
from .frame_error import at_least
from .frequency_agility import UPDATE_NOTIFY, UPDATE_REQUEST, FrequencyAgility
from .network import COORDINATOR

CLUSTER = const(0x070B)
# The client's command, and the server's.
GET_SUSPENSION = const(0x00)
SUSPEND = const(0x00)

# Events: the first level's, reached and left; two further for each level more.
_LEVEL_EVENTS = const(0x8F20)
_DROPPED = const(0x8F2C)
# Attributes of the server: a mask of the channel in use, of those permitted on each page.
_CHANNEL_CHANGE = const(0x0000)
_FIRST_PAGE = const(28)
# What is said all the same: Events, this cluster, key establishment.
_CRITICAL_CLUSTERS = (0x0709, CLUSTER, 0x0800)
_SUSPENDED_MIN = const(5)
_MOST_DEVICES = const(16)
_BITMAP32 = const(0x1B)


class SubGhz:
    """Belongs to a Membership, and hooks into its Mac, Nwk, Aps and Zdo.

    command(destination, cluster, command, payload, from_server) sends a cluster command.
    `on_event(code)` may be set and hears of events. `duty`, a DutyCycle; `agility`, a
    FrequencyAgility; at the hub `links`: {short address: [LQI, second counted]} of who was heard.
    """

    def __init__(self, network, layers, zdo, command):
        mac, _, aps = layers
        self._network = network
        self._command = command
        self.on_event = None
        self.duty = mac.duty = DutyCycle(network.is_coordinator)
        self.agility = FrequencyAgility(network, mac, zdo.ask, self._tell)
        zdo.takers[UPDATE_REQUEST] = self.agility.requested
        zdo.takers[UPDATE_NOTIFY] = self.agility.notified
        aps.holds_back = self._holds_back
        self._level = NORMAL
        self._dropped = 0
        self._seconds = 0
        # Until when our ZCL messages are suspended, in seconds counted; at the hub each device's.
        self._silent_until_s = 0
        self._suspended = {}
        self.links = {}
        self._heard = {}
        self.held = 0

    def serve(self, add):
        """Have the hub serve the cluster's attributes: add(cluster, identifier, kind, value)."""
        for page in channel_pages.CHANNELS:
            permitted = [channel for its, channel in self._network.channels if its == page]
            bits = channel_pages.mask(page, permitted)
            add(CLUSTER, page - _FIRST_PAGE + 1, _BITMAP32, bits)

    def step(self):
        """Let a second pass."""
        self._seconds += 1
        self.duty.step()
        if self._network.page:
            self.agility.step()
        if self.duty.dropped != self._dropped:
            self._dropped = self.duty.dropped
            self._tell(_DROPPED)
        level = self.duty.level()
        if level == self._level:
            return
        for passed in range(self._level, level):
            self._tell(_LEVEL_EVENTS + 2 * passed)
        for passed in range(self._level, level, -1):
            self._tell(_LEVEL_EVENTS + 2 * passed - 1)
        is_more = level > self._level
        self._level = level
        if is_more and level >= LIMITED and self._network.is_coordinator:
            self._suspend_busiest()

    def poll(self, now_ms):
        """Go on with a change of channel; return how many ms to the next thing, or None."""
        return self.agility.poll(now_ms)

    def heard(self, source, lqi):
        """Note, at the hub, who was heard under the network key, and how well."""
        if self._network.is_coordinator:
            keep(self.links, source, [lqi, self._seconds], _MOST_DEVICES)
            keep(self._heard, source, self._heard.get(source, 0) + 1, _MOST_DEVICES)

    def suspend(self, destination, minutes):
        """Have a device say nothing for so long, at the hub; 0: have it talk again."""
        keep(self._suspended, destination, self._seconds + 60 * minutes, _MOST_DEVICES)
        self._command(destination, CLUSTER, SUSPEND, bytes((minutes,)), True)

    def is_suspended(self):
        """Tell whether our ZCL messages are suspended, by the hub or for our hour is spent."""
        return self._seconds < self._silent_until_s or self._level >= CRITICAL

    def may_not_talk(self, destination):
        """Tell, at the hub, whether a device may not be told anything, or not answer, for now."""
        until_s = self._suspended.get(destination, 0)
        return bool(self._network.page) and (self._seconds < until_s or self.is_suspended())

    def receive(self, source, command, from_server, payload, now_s):
        """Take a command of the cluster; FrameError if malformed."""
        if from_server:
            at_least(1, payload)
            if command == SUSPEND and source == COORDINATOR:
                self._silent_until_s = self._seconds + 60 * payload[0]
        elif command == GET_SUSPENSION and self._network.is_coordinator:
            left_s = max(self._suspended.get(source, 0) - self._seconds, 0)
            self._command(source, CLUSTER, SUSPEND, pack("<B", (left_s + 59) // 60), True)

    def _holds_back(self, profile, cluster):
        is_held = (
            self._network.page
            and profile != DEVICE_PROFILE
            and cluster not in _CRITICAL_CLUSTERS
            and self.is_suspended()
        )
        self.held += is_held
        return is_held

    def _suspend_busiest(self):
        if self._heard:
            _, busiest = max((count, source) for source, count in self._heard.items())
            self._heard.clear()
            self.suspend(busiest, _SUSPENDED_MIN)

    def _tell(self, code):
        if self.on_event:
            self.on_event(code)
