"""Days, weeks and months against totals gathered by datetime (SMETS2 5.7.5.11)."""

import datetime
import random
from collections import Counter

from protometer.model.calendar import days_from_civil
from protometer.model.dictionary import Data
from protometer.records.cumulative import Cumulative

FIRST = datetime.date(2023, 11, 28)


def month_back(date, count):
    months = date.year * 12 + date.month - 1 - count
    return months // 12, months % 12 + 1


def test_five_hundred_days_against_totals_by_date():
    rng = random.Random(8)
    data = Data("E")
    cumulative = Cumulative(data)
    energy_wh, cost_mp = Counter(), Counter()
    date = FIRST
    for _ in range(500):
        for _ in range(3):
            wh, mp = rng.randrange(9000), rng.randrange(-5000, 200_000)
            cumulative.add(wh, mp)
            monday = date - datetime.timedelta(date.weekday())
            for period in (date, ("week", monday), (date.year, date.month)):
                energy_wh[period] += wh
                cost_mp[period] += mp
        for totals, days, weeks, months in (
            (energy_wh, data.days_energy_wh, data.weeks_energy_wh, data.months_energy_wh),
            (cost_mp, data.days_cost_mp, data.weeks_cost_mp, data.months_cost_mp),
        ):
            back = [date - datetime.timedelta(n) for n in range(9)]
            assert list(days) == [totals[day] for day in back]
            mondays = [monday - datetime.timedelta(7 * n) for n in range(6)]
            assert list(weeks) == [totals["week", start] for start in mondays]
            assert list(months) == [totals[month_back(date, n)] for n in range(14)]
        date += datetime.timedelta(1)
        cumulative.begin_day(days_from_civil(date.year, date.month, date.day))


def test_costs_stop_at_their_32_bits():
    data = Data("E")
    cumulative = Cumulative(data)
    for sign in (1, 1, -1, -1, -1, -1):
        cumulative.add(0, sign * 2_000_000_000)
    assert data.days_cost_mp[0] == -0x7FFF_FFFF
