"""The rate of pulses from a count that is read once a second, where no interrupt times them."""

from micropython import const

from ...kernel.ticks import ticks_diff

# A rate is taken over this time, or until so many pulses have come.
_WINDOW_MS = const(10_000)
_ENOUGH = const(20)
# So many pulses that did not come mean that the load has changed.
_MISSED = const(4)
# Below one pulse in this time there is no rate.
_STANDSTILL_MS = const(3_600_000)
_COUNT_MASK = const(0xFFFFFF)


class CountedRate:
    """Follows a count; `pulses` in `over_ms` ms are the rate, over_ms 0 where there is none.

    A window begins and ends with a reading that found a pulse.
    """

    def __init__(self, ticks_ms, count):
        self._ticks_ms = ticks_ms
        self._seen = self._marked = count
        self._seen_ms = self._marked_ms = ticks_ms()
        # No pulse to count from: at start, and after a standstill.
        self._standing = True
        self._window_pulses = 0
        self._window_ms = 0
        self.pulses = 1
        self.over_ms = 0

    def follow(self, count):
        """Take a new reading of the count, of 24 bits."""
        now_ms = self._ticks_ms()
        if count != self._seen:
            if self._standing:
                self._standing = False
                self._mark(count, now_ms)
            else:
                self._notice_less(ticks_diff(now_ms, self._seen_ms))
                self._close_window(count, now_ms)
            self._seen = count
            self._seen_ms = now_ms
        self._fade(ticks_diff(now_ms, self._seen_ms))

    def _notice_less(self, gap_ms):
        # Much less is used than before: what came before the gap is no part of the rate.
        if gap_ms * self._window_pulses > _MISSED * self._window_ms:
            self._mark(self._seen, self._seen_ms)
            self._window_ms = 0

    def _close_window(self, count, now_ms):
        pulses = (count - self._marked) & _COUNT_MASK
        over_ms = ticks_diff(now_ms, self._marked_ms)
        # The first figure comes at once, if rough.
        if self._window_ms and pulses < _ENOUGH and 0 <= over_ms < _WINDOW_MS:
            return
        # Readings in the same millisecond tell no rate.
        if over_ms > 0:
            self._window_pulses = pulses
            self._window_ms = over_ms
            self._mark(count, now_ms)

    def _mark(self, count, now_ms):
        self._marked = count
        self._marked_ms = now_ms

    def _fade(self, since_ms):
        # The last window's rate, or less than one pulse since: whichever says less.
        if self._standing or not 0 <= since_ms < _STANDSTILL_MS:
            self._standing = True
            self._window_ms = 0
            self.over_ms = 0
        elif since_ms * self._window_pulses > self._window_ms:
            self.pulses = 1
            self.over_ms = since_ms if self._window_ms else 0
        else:
            self.pulses = self._window_pulses
            self.over_ms = self._window_ms
