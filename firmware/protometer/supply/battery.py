"""The battery of a gas meter: Remaining Battery Capacity in days (SMETS2 4.4.6.1; GSME-MON-01).

A gauge may state it; without one it is reckoned, a day less each day.
"""

from micropython import const

from ..model import events
from ..model.dictionary import find

# Default where SMETS2 leaves the level to the maker.
LOW_D = const(180)
_MOST_D = const(0xFFFF)
_ITEM = "Remaining Battery Capacity"


class Battery:
    """Keeps the item, and posts 0x8F1F as it falls under the low level."""

    def __init__(self, data, outbox):
        self._data = data
        self._outbox = outbox

    def is_low(self):
        """Tell whether the battery wants to be changed."""
        return self._data.remaining_battery_capacity_d < LOW_D

    def state(self, days, now_s):
        """Take the days that a gauge states."""
        data = self._data
        if days == data.remaining_battery_capacity_d:
            return
        was_low = self.is_low()
        data.remaining_battery_capacity_d = max(0, min(days, _MOST_D))
        if self.is_low() and not was_low:
            self._outbox.post(events.BATTERY_LOW, now_s)

    def day_passed(self, now_s):
        """Reckon one day less."""
        self.state(max(0, self._data.remaining_battery_capacity_d - 1), now_s)

    def reset(self, now_s):
        """Reset Remaining Battery Capacity (SMETS2 4.5.2): a new battery, as shipped."""
        data = self._data
        data.remaining_battery_capacity_d = find(data.role, _ITEM).shipped()
        self._outbox.post(events.BATTERY_RESET, now_s)
