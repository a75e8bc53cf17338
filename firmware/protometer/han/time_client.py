"""Keeps a device's clock with the Communications Hub's (SMETS2 5.5.1; ZCL Time cluster)."""

from micropython import const

from ..model import events
from ..model.calendar import DAY_S
from ..model.enumerations import CLOCK_RELIABLE, CLOCK_UNRELIABLE
from .network import COORDINATOR

CLUSTER = const(0x000A)
_TIME = const(0x0000)
_RETRY_S = const(60)
_TOLERANCE_S = const(10)
# What the ZCL's UTCTime says when it has no value.
_INVALID_UTC = const(0xFFFF_FFFF)


class TimeClient:
    """Reads the Hub's time at start and once a day, and sets or distrusts the clock.

    A clock that was never set takes the Hub's time; a later difference of up to 10 s is
    corrected, a larger one is left alone and raises 0x8F0C, unless follow_always is set.
    """

    def __init__(self, stack, clock, data, outbox, follow_always):
        self._stack = stack
        self._clock = clock
        self._data = data
        self._outbox = outbox
        self._follow_always = follow_always
        self._ask_s = 0

    def step(self, now_s):
        """Ask if it is time to; return the second of the next question, to be called then."""
        # A clock that was set back by more than a day would otherwise not ask again until then.
        if now_s >= self._ask_s or self._ask_s - now_s > DAY_S:
            self._ask_s = now_s + _RETRY_S
            # Where the answer holds no time, an earlier one must not pass for it.
            self._data.hub_time_s = 0
            self._stack.read(COORDINATOR, CLUSTER, (_TIME,))
        return self._ask_s

    def answered(self, source, now_s):
        """Compare the clock with the Hub Time just kept in the dictionary.

        Returns False, and changes nothing, where it isn't the Hub that answered, or its answer
        held no time.
        """
        hub_s = self._data.hub_time_s
        if source != COORDINATOR or not 0 < hub_s < _INVALID_UTC:
            return False
        self._ask_s = now_s + DAY_S
        if self._follow_always or not self._clock.known or abs(hub_s - now_s) <= _TOLERANCE_S:
            if hub_s != now_s or not self._clock.known:
                self._clock.set_utc(hub_s)
                self._ask_s = hub_s + DAY_S
            self._data.clock_status = CLOCK_RELIABLE
        else:
            self._data.clock_status = CLOCK_UNRELIABLE
            self._outbox.post(events.CLOCK_NOT_ADJUSTED, now_s)
        return True
