"""Load limiting: power above a threshold for a time (SMETS2 5.5.6, 5.7.4.19-22, 5.7.5.18).

Says when Supply is to be Disabled and Armed, and when it may be Enabled again; the Supply State
itself is in load_switch.py.
"""

from micropython import const

from ..model import events
from ..model.enumerations import INHIBIT_LOAD_LIMIT, UNCHANGED
from ..model.stopwatch import Stopwatch

# What step() asks for.
NOTHING = const(0)
TRIP = const(1)
RESTORE = const(2)

_MOST_COUNT = 0xFFFF_FFFF
# Settings of 32 bits are cut to this, so that a second's comparisons make no objects on a board;
# no power exceeds it, and as a time it is 34 years.
_MOST_SMALL = const(0x3FFF_FFFF)
_OFF = const(-1)


class LoadLimit:
    """Watches Active Power Import, the sum of elements and phases (TWIN-TWN-16, POLY-POL-14)."""

    def __init__(self, data, outbox):
        self._data = data
        self._outbox = outbox
        self._watch = Stopwatch()
        # How long power has been above the threshold, and Supply been off because of it.
        self._above_s = _OFF
        self._tripped_s = _OFF
        # Power has not fallen since the last event.
        self._counted = False
        self.refresh(0)

    def refresh(self, now_s):
        """Take configuration that was written."""
        data = self._data
        self._threshold_w = min(data.load_limit_power_threshold_w, _MOST_SMALL)
        self._period_s = min(data.load_limit_period_s, _MOST_SMALL)
        self._restoration_s = min(data.load_limit_restoration_period_s, _MOST_SMALL)

    def step(self, power_w, tripped, now_s):
        """Return NOTHING, TRIP (Disable and Arm Supply) or RESTORE (Enable it); every second.

        tripped: Supply is Armed and load limiting alone keeps it from being Enabled. RESTORE is
        repeated until Supply no longer is, or something else has ended the restoration.
        """
        passed_s = self._watch.lap_s(now_s)
        over = self._is_over(tripped, passed_s)
        if power_w <= self._threshold_w:
            self._above_s = _OFF
            self._counted = False
        elif not self._counted:
            self._above_s = 0 if self._above_s == _OFF else self._above_s + passed_s
            if self._above_s >= self._period_s:
                return self._begin(now_s)
        self._data.load_limit_exceeded = int(self._counted or self._tripped_s != _OFF)
        return RESTORE if over else NOTHING

    def reset_counter(self, now_s):
        """Reset Load Limit Counter (SMETS2 5.6.3.25)."""
        self._data.load_limit_counter = 0

    def _begin(self, now_s):
        data = self._data
        self._counted = True
        data.load_limit_exceeded = 1
        if data.load_limit_counter < _MOST_COUNT:
            data.load_limit_counter += 1
        self._outbox.post(events.LOAD_LIMIT_EXCEEDED, now_s)
        if data.load_limit_supply_state == UNCHANGED:
            return NOTHING
        self._tripped_s = 0
        return TRIP

    def _is_over(self, tripped, passed_s):
        """Run the restoration timer; tell whether it has ended and Supply may be Enabled.

        It runs on while credit keeps Supply Disabled as well (ESME-LL-08). Whatever Enables, Arms
        or Disables by Command takes the inhibit away and so ends it; after a power cut it begins
        anew (ESME-LL-11).
        """
        if not self._data.supply_inhibits & INHIBIT_LOAD_LIMIT:
            self._tripped_s = _OFF
            return False
        self._tripped_s = 0 if self._tripped_s == _OFF else self._tripped_s + passed_s
        return tripped and self._tripped_s >= self._restoration_s
