"""A household behind the meter: its energy becomes pulses on a pin while the supply is on.

Pulse k of W in a half-hour falls at start + floor(1800 k / (W + 1)) s. A pulse is 40 ms high and
ends at its instant; where several fall in one second they end 80 ms apart, the last on time.
While the load switch is open no pulse comes and its energy is counted as unserved.
"""

from host_tools.node.utc_text import parse_utc

_HIGH_MS = 40
_APART_MS = 80


def half_hours(path, from_s, to_s):
    """Yield (start_s, energy_wh) for the rows of a half-hours file between two instants.

    The file: `start_utc,import_wh` rows in order, ISO 8601 UTC starts; `#` comments.
    """
    with open(path) as file:
        for line in file:
            if line[0] in "#s\n":
                continue
            start, energy = line.split(",")
            start_s = parse_utc(start)
            if start_s >= to_s:
                return
            if start_s >= from_s:
                yield start_s, int(energy)


def seconds_with_pulses(rows, period_s=1800):
    """Yield (second_s, pulses) for (start_s, energy_wh) rows of period_s, 1,000 pulses a kWh."""
    for start_s, energy_wh in rows:
        at_s = -1
        pulses = 0
        for index in range(1, energy_wh + 1):
            second_s = start_s + period_s * index // (energy_wh + 1)
            if second_s != at_s:
                if pulses:
                    yield at_s, pulses
                at_s = second_s
                pulses = 0
            pulses += 1
        if pulses:
            yield at_s, pulses


class House:
    """A task that drives the pulse pin from seconds_with_pulses().

    served(): whether the load switch is closed at this moment.
    """

    def __init__(self, pulses, pin, clock, served):
        self._pulses = pulses
        self._pin = pin
        self._clock = clock
        self._served = served
        # The first is fetched now: to find it, the file may have to be read a long way.
        self._fall_s, self._left = next(pulses, (0, 0))
        self.pulses = 0
        self.unserved_wh = 0

    def poll(self, now_s, now_ms):
        """Make the edge that is due; return the ms to the next, or None at the end."""
        if self._pin.value():
            self._pin.drive(0)
            self._left -= 1
        elif self._left and self._wait_ms(now_s) <= 0:
            if self._served():
                self.pulses += 1
                self._pin.drive(1)
                return _HIGH_MS
            self.unserved_wh += 1
            self._left -= 1
        if not self._left:
            following = next(self._pulses, None)
            if following is None:
                return None
            self._fall_s, self._left = following
        return self._wait_ms(now_s)

    def _wait_ms(self, now_s):
        """Return the ms until the next pulse rises."""
        before_ms = _HIGH_MS + _APART_MS * (self._left - 1)
        wait_ms = (self._fall_s - now_s) * 1000 - before_ms - self._clock.ms_of_second()
        return max(wait_ms, 0)
