"""The meter's clock against the Communications Hub's (SMETS2 5.5.1, 4.4.1, 5.6.3.32)."""

from micropython import const

from ..model import events
from ..model.calendar import DAY_S
from ..model.command import CommandRefused
from ..model.enumerations import CLOCK_INVALID, CLOCK_RELIABLE, CLOCK_UNRELIABLE

_TOLERANCE_S = const(10)
# A day's comparison, and an hour in which it may be late.
_OVERDUE_S = const(90_000)


class ClockKeeper:
    """Compares, corrects and sets; clock: a clock of the kernel.

    A clock that was never set takes the Hub's time; a later difference of up to 10 s is
    corrected, a larger one is left alone and raises 0x8F0C. `adopted`: the time has changed or
    become known, and what follows it is to be looked at; whoever has looked clears this.
    """

    def __init__(self, data, outbox, clock):
        self._data = data
        self._outbox = outbox
        self._clock = clock
        # By how much the Hub was ahead when it was last heard, and when that was.
        self._ahead_s = 0
        self._heard_s = None
        self.adopted = False
        if clock.known and data.clock_status == CLOCK_INVALID:
            data.clock_status = CLOCK_UNRELIABLE

    def utc_s(self):
        """Return the time that the clock has."""
        return self._clock.utc_s()

    def ahead_s(self, now_s):
        """Return by how much the Hub was ahead when it was last heard, None if not of late."""
        if self._heard_s is None or not 0 <= now_s - self._heard_s <= DAY_S:
            return None
        return self._ahead_s

    def is_known(self):
        """Tell whether the time is known: what is stamped or dated waits for it (ESME-CLK-04)."""
        return self._data.clock_status != CLOCK_INVALID

    def hear(self, hub_s, now_s):
        """Take the Hub's time; return the time that the clock then has."""
        self._ahead_s = hub_s - now_s
        self._heard_s = now_s
        if not self._clock.known or abs(self._ahead_s) <= _TOLERANCE_S:
            return self._adopt(hub_s, now_s)
        self._data.clock_status = CLOCK_UNRELIABLE
        self._outbox.post(events.CLOCK_NOT_ADJUSTED, now_s)
        return now_s

    def step(self, now_s):
        """Distrust a clock whose daily comparison did not happen (GSME-CLK-06)."""
        data = self._data
        if data.clock_status == CLOCK_RELIABLE and not 0 <= now_s - self._heard_s < _OVERDUE_S:
            data.clock_status = CLOCK_UNRELIABLE

    def set(self, now_s, from_s, until_s):
        """Set Clock: adopt the Hub's time if it lies in the window; else CommandRefused."""
        ahead_s = self.ahead_s(now_s)
        if ahead_s is None:
            self._outbox.post(events.CLOCK_OUTSIDE_WINDOW, now_s)
            raise CommandRefused("Set Clock: the Hub's time is not known")
        hub_s = now_s + ahead_s
        if not from_s <= hub_s <= until_s:
            self._outbox.post(events.CLOCK_OUTSIDE_WINDOW, now_s)
            raise CommandRefused("Set Clock: the Hub's time lies outside the window")
        self._adopt(hub_s, now_s)
        self._outbox.post(events.CLOCK_ADJUSTED, hub_s)

    def _adopt(self, hub_s, now_s):
        if hub_s != now_s or not self._clock.known:
            self._clock.set_utc(hub_s)
            self.adopted = True
        self._ahead_s = 0
        self._heard_s = hub_s
        self._data.clock_status = CLOCK_RELIABLE
        return hub_s
