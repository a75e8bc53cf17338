"""Asks the Communications Hub for its time (SMETS2 5.5.1; ZCL Time cluster)."""

from micropython import const

from ..model.calendar import DAY_S
from .network import COORDINATOR

CLUSTER = const(0x000A)
_TIME = const(0x0000)
_RETRY_S = const(60)
# What the ZCL's UTCTime says when it has no value.
_INVALID_UTC = const(0xFFFF_FFFF)


class TimeClient:
    """Reads the Hub's time at start and once a day.

    hear(hub_s, now_s) takes what the Hub says and returns the time that the clock then has.
    """

    def __init__(self, stack, data, hear):
        self._stack = stack
        self._data = data
        self._hear = hear
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
        """Hand on the Hub Time just kept in the dictionary.

        Returns False, and changes nothing, where it isn't the Hub that answered, or its answer
        held no time.
        """
        hub_s = self._data.hub_time_s
        if source != COORDINATOR or not 0 < hub_s < _INVALID_UTC:
            return False
        self._ask_s = self._hear(hub_s, now_s) + DAY_S
        return True
