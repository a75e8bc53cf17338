"""Time that passes, as against time by which a clock is set."""

from micropython import const

# Between two laps; more is a clock that was set.
_MOST_S = const(60)


class Stopwatch:
    """Counts the seconds between steps of a component that is stepped every second.

    `set_s`: by how much the clock was set between the last two laps; all of it before the first.
    """

    def __init__(self):
        self._last_s = None
        self.set_s = 0

    def lap_s(self, now_s):
        """Return the seconds that passed since the last lap, 0 for the first.

        A clock that was set backwards, or forwards by more than a minute, counts as one second.
        """
        set_s = 0
        if self._last_s is None:
            passed_s = 0
            set_s = now_s
        else:
            passed_s = now_s - self._last_s
            if not 0 <= passed_s <= _MOST_S:
                set_s = passed_s - 1
                passed_s = 1
        self._last_s = now_s
        self.set_s = set_s
        return passed_s
