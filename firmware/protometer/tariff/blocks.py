"""Block pricing: which block a rate has reached, and what is left of it (SMETS2 5.5.8.2, 4.4.8.2).

A rate has four blocks. The counter of a rate is what was consumed in it since the last reset: the
sum of its four entries in the Tariff Block Counter Matrix. At a threshold the next block begins.
"""

from array import array

from micropython import const

from ..model.register import MWH_PER_KWH

BLOCKS = const(4)
THRESHOLDS = const(3)
# A threshold that is not needed.
NO_THRESHOLD_WH = 0xFFFF_FFFF
# So much at once still is a small integer, and more than one step ever brings.
_MOST_KWH = const(1000)
_ENDLESS_MWH = const(1_000_000_000)


class Blocks:
    """Looks up the block of a row; counters: a bank of 4 a row; thresholds_wh: 3 a row.

    After look(): `block`, and `room_mwh`, what may be consumed before the next one begins.
    """

    def __init__(self, counters, thresholds_wh):
        self._counters = counters
        self._thresholds_wh = thresholds_wh
        self.block = 0
        self.room_mwh = 0
        self.prepare()

    def prepare(self):
        """Take the thresholds anew, in two small integers each."""
        self._kwh = array("I", [wh // 1000 for wh in self._thresholds_wh])
        self._mwh = array("I", [wh % 1000 * 1000 for wh in self._thresholds_wh])

    def look(self, row):
        """Find the block that a row has reached. Allocates nothing."""
        counters = self._counters
        kwh = mwh = 0
        for index in range(BLOCKS * row, BLOCKS * row + BLOCKS):
            kwh += counters.kwh[index]
            mwh += counters.mwh[index]
        for block in range(THRESHOLDS):
            at = THRESHOLDS * row + block
            left_kwh = self._kwh[at] - kwh
            if left_kwh > _MOST_KWH:
                left_kwh = _MOST_KWH
            left_mwh = left_kwh * MWH_PER_KWH + self._mwh[at] - mwh
            if left_mwh > 0:
                self.block = block
                self.room_mwh = left_mwh
                return
        self.block = THRESHOLDS
        self.room_mwh = _ENDLESS_MWH

    def reset(self):
        """Reset the Tariff Block Counter Matrix (SMETS2 5.6.3.30)."""
        self._counters.clear()
