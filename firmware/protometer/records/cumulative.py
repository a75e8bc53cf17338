"""Energy and cost of the current and earlier days, weeks and months (SMETS2 5.7.5.11-12).

Entry 0 is the current period. Periods begin at 00:00 UTC, weeks on Monday. Cost is that of the
energy plus the Standing Charges collected, as the customer will pay it.
"""

from micropython import const

from ..model.calendar import civil_from_days, weekday

# Costs have 32 bits, and stop there.
_COST_LIMIT_MP = const(0x7FFF_FFFF)


class Cumulative:
    """Adds to the current day, week and month, and shifts them when they end."""

    def __init__(self, data):
        self._data = data
        self._energies_wh = (data.days_energy_wh, data.weeks_energy_wh, data.months_energy_wh)
        self._costs_mp = (data.days_cost_mp, data.weeks_cost_mp, data.months_cost_mp)

    def add(self, energy_wh, cost_mp):
        """Count whole Wh and their cost into the current periods."""
        for store in self._energies_wh:
            store[0] += energy_wh
        for store in self._costs_mp:
            store[0] = max(-_COST_LIMIT_MP, min(store[0] + cost_mp, _COST_LIMIT_MP))

    def begin_day(self, day):
        """Begin a UTC day, and the week and month that may begin with it."""
        _shift(self._data.days_energy_wh, self._data.days_cost_mp)
        if weekday(day) == 1:
            _shift(self._data.weeks_energy_wh, self._data.weeks_cost_mp)
        if civil_from_days(day)[2] == 1:
            _shift(self._data.months_energy_wh, self._data.months_cost_mp)


def _shift(energy_wh, cost_mp):
    for store in (energy_wh, cost_mp):
        for index in range(len(store) - 1, 0, -1):
            store[index] = store[index - 1]
        store[0] = 0
