"""Cumulative registers in two small integers each, so that no reading ever allocates."""

from array import array

from micropython import const

MWH_PER_KWH = const(1_000_000)


class RegisterBank:
    """A row of energy registers: whole kWh, and the mWh below one kWh (SMETS2 5.7.5.3, 5.7.5.34).

    The same arithmetic serves mVArh and kVArh, and for gas ml and m3. Registers only grow.
    """

    def __init__(self, size):
        self.kwh = array("I", bytes(4 * size))
        self.mwh = array("I", bytes(4 * size))

    def __len__(self):
        return len(self.kwh)

    def add(self, index, energy_mwh):
        """Add energy_mwh (0 or more) to one register; return the whole Wh it gained."""
        had_mwh = self.mwh[index]
        total_mwh = had_mwh + energy_mwh
        gained_wh = total_mwh // 1000 - had_mwh // 1000
        if total_mwh >= MWH_PER_KWH:
            self.kwh[index] += total_mwh // MWH_PER_KWH
            total_mwh %= MWH_PER_KWH
        self.mwh[index] = total_mwh
        return gained_wh

    def clear(self):
        """Set counters back to zero; registers proper are never cleared."""
        if any(self.kwh) or any(self.mwh):
            for index in range(len(self.kwh)):
                self.kwh[index] = 0
                self.mwh[index] = 0

    def wh(self, index):
        """Return a register in whole Wh, as SMETS2 and the HAN give it."""
        return self.kwh[index] * 1000 + self.mwh[index] // 1000
