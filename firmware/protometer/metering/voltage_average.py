"""The average RMS voltage of one phase over its measurement period (SMETS2 5.5.12.1).

Periods begin at multiples of themselves in UTC, so that half-hours are the clock's. Sums stay
small integers: whole volts, and millivolts below one volt.
"""

from micropython import const

_MV_PER_V = const(1000)


class VoltageAverage:
    """Sums a phase's voltage second by second.

    `mean_mv` and `ended_s` are of the period that ended last; one that was not measured from its
    beginning to its end has no average (ESME-VQ-01).
    """

    def __init__(self):
        self.mean_mv = 0
        self.ended_s = 0
        self._period_s = 0
        self._begin(0, False)
        self.restart()

    def set_period(self, period_s):
        """Take another Measurement Period, 0 for none; the same one goes on."""
        if period_s != self._period_s:
            self._period_s = period_s
            self.restart()

    def restart(self):
        """Begin anew with the next second: what was summed will not have been a whole period."""
        self._due = True

    def spoil(self):
        """Note that the phase was without supply: this period has no average."""
        self._whole = False

    def add(self, voltage_mv, advance_s, now_s):
        """Add the voltage of a second; tell whether a period ended.

        advance_s: by how much the clock has gone on since the last.
        """
        if not self._period_s:
            return False
        if self._due:
            self._begin(now_s, False)
        else:
            self._left_s -= advance_s
        ended = False
        if self._left_s <= 0:
            ended = self._whole and self._count > 0
            if ended:
                self._end(now_s + self._left_s)
            self._begin(now_s, True)
        self._count += 1
        self._sum_v += voltage_mv // _MV_PER_V
        self._sum_mv += voltage_mv % _MV_PER_V
        if self._sum_mv >= _MV_PER_V:
            self._sum_mv -= _MV_PER_V
            self._sum_v += 1
        return ended

    def _begin(self, now_s, whole):
        into_s = now_s % self._period_s if self._period_s else 0
        self._due = False
        self._left_s = self._period_s - into_s
        self._whole = whole or not into_s
        self._count = 0
        self._sum_v = 0
        self._sum_mv = 0

    def _end(self, end_s):
        count = self._count
        over_mv = self._sum_v % count * _MV_PER_V + self._sum_mv
        self.mean_mv = self._sum_v // count * _MV_PER_V + over_mv // count
        self.ended_s = end_s
