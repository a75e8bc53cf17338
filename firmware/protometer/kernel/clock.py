"""The two clocks a kernel can run on; nothing else in the firmware asks for the time.

A clock gives UTC as whole seconds since 2000-01-01T00:00:00Z, wrapping millisecond ticks, and a
microsecond stopwatch for metrics. A reading of UTC is `known` once a trusted source has set it.
"""

from .ticks import ticks_add, ticks_diff


class VirtualClock:
    """Time that stands still until it is advanced: scenarios and the desk's lockstep."""

    def __init__(self, utc_s, stopwatch_us, ms=0):
        self._utc_s = utc_s
        self._ms = ms
        self._ticks_ms = 0
        self.known = True
        self.stopwatch_us = stopwatch_us

    def utc_s(self):
        """Return UTC in whole seconds."""
        return self._utc_s

    def ms_of_second(self):
        """Return the milliseconds since the last whole second of UTC."""
        return self._ms

    def ticks_ms(self):
        """Return the wrapping tick."""
        return self._ticks_ms

    def advance(self, ms):
        """Let ms milliseconds pass."""
        self._ticks_ms = ticks_add(self._ticks_ms, ms)
        ms += self._ms
        if ms >= 1000:
            self._utc_s += ms // 1000
            ms %= 1000
        self._ms = ms

    def set_utc(self, utc_s):
        """Set UTC from a trusted source; ticks go on undisturbed."""
        self._utc_s = utc_s
        self.known = True


class TickClock:
    """Real time from a board's tick counter.

    ticks_ms and stopwatch_us are functions such as time.ticks_ms and time.ticks_us; sleep_ms
    idles the chip. UTC starts from the board's RTC reading and is not `known` until set.
    """

    def __init__(self, utc_s, ticks_ms, stopwatch_us, sleep_ms):
        self._source_ms = ticks_ms
        self.stopwatch_us = stopwatch_us
        self.sleep_ms = sleep_ms
        self._second_s = utc_s
        self._second_began_ms = self.ticks_ms()
        self.known = False

    def ticks_ms(self):
        """Return the wrapping tick."""
        return ticks_add(self._source_ms(), 0)

    def utc_s(self):
        """Return UTC in whole seconds; call it at least once in three days."""
        elapsed_ms = ticks_diff(self.ticks_ms(), self._second_began_ms)
        if elapsed_ms >= 1000:
            seconds = elapsed_ms // 1000
            self._second_s += seconds
            self._second_began_ms = ticks_add(self._second_began_ms, seconds * 1000)
        return self._second_s

    def ms_of_second(self):
        """Return the milliseconds since the last whole second of UTC."""
        self.utc_s()
        return ticks_diff(self.ticks_ms(), self._second_began_ms)

    def start_from(self, utc_s):
        """Go on from a time that has been reached before; UTC stays unknown."""
        self._second_s = utc_s
        self._second_began_ms = self.ticks_ms()

    def set_utc(self, utc_s):
        """Set UTC from a trusted source, which has just begun the second utc_s."""
        self.start_from(utc_s)
        self.known = True
