"""Keeps a device's clock with the Communications Hub's (SMETS2 5.5.1; ZCL Time cluster)."""

from micropython import const

from ..model import events
from .network import COORDINATOR

CLUSTER = const(0x000A)
_TIME = const(0x0000)
_DAY_S = const(86_400)
_RETRY_S = const(60)
_TOLERANCE_S = const(10)

INVALID = const(0)
UNRELIABLE = const(1)
RELIABLE = const(2)


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
        self._wait_s = 0

    def step(self):
        """Ask when it is time to; call it once a second."""
        if self._wait_s <= 0:
            self._wait_s = _RETRY_S
            self._stack.read(COORDINATOR, CLUSTER, (_TIME,))
        self._wait_s -= 1

    def answered(self, now_s):
        """Compare the clock with the Hub Time just kept in the dictionary."""
        self._wait_s = _DAY_S
        hub_s = self._data.hub_time_s
        if (
            self._follow_always
            or not self._clock.known
            or abs(hub_s - now_s) <= _TOLERANCE_S
        ):
            if hub_s != now_s or not self._clock.known:
                self._clock.set_utc(hub_s)
            self._data.clock_status = RELIABLE
        else:
            self._data.clock_status = UNRELIABLE
            self._outbox.post(events.CLOCK_NOT_ADJUSTED, now_s)
