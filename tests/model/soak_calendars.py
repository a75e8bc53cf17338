"""Tables and instants of `make soak-calendars`, against the oracles of the tests beside it.

Switching tables of tariffs, with a clock that is set forwards and backwards, and schedules.
"""

import random
from collections import Counter

from protometer.kernel.slices import finish
from protometer.model.calendar_fields import ANY, ANY_YEAR
from protometer.model.dictionary import Data
from protometer.tariff.electricity_tariff import ElectricityTariff
from tests.model.test_schedule import check as check_schedule
from tests.model.test_switching_table import DAY_S, rate_in_force, real_date, seconds

_SCHEDULE_SHARE = 4
_INSTANTS = 12
_FROM_S, _UNTIL_S = seconds(2018, 1, 1), seconds(2029, 1, 1)


def play(first, count):
    """Play these seeds; return how many tables of each kind."""
    played = Counter()
    for seed in range(first, first + count):
        rng = random.Random(seed)
        is_schedule = seed % _SCHEDULE_SHARE == 0
        try:
            (check_schedule if is_schedule else _check_tariff)(rng)
        except BaseException:
            print(f"seed {seed}", flush=True)
            raise
        played["schedules" if is_schedule else "switching tables"] += 1
    return played


def _check_tariff(rng):
    seasons, weeks, days, special_days = table = _random_table(rng)
    data = Data("E")
    tariff = ElectricityTariff(data)
    wanted = {
        "seasons": seasons,
        "weeks": weeks,
        "days": days,
        "special_days": special_days,
        "prices": list(range(48)),
        "price_scale": -5,
        "standing_charge": 0,
        "standing_charge_scale": -5,
    }
    data.randomised_offset_s = offset_s = rng.choice((0, 1, 900, 1799))
    now_s = rng.randrange(_FROM_S, _UNTIL_S)
    tariff.set_tariff(now_s, *finish(tariff.check_set_tariff(wanted)))
    for _ in range(_INSTANTS):
        assert data.active_tariff_rate == rate_in_force(table, now_s - offset_s), now_s
        look_s = tariff.next_look_s
        assert now_s < look_s
        # Up to then nothing changes.
        before_s = rng.choice((look_s - 1, rng.randrange(now_s, look_s)))
        assert data.active_tariff_rate == rate_in_force(table, before_s - offset_s), before_s
        now_s = rng.choice((look_s, look_s, rng.randrange(_FROM_S, _UNTIL_S), now_s - DAY_S))
        tariff.follow(now_s)


def _random_table(rng):
    days = []
    for _ in range(rng.choice((1, 2, 4))):
        minutes = sorted(rng.sample(range(1440), rng.choice((1, 2, 5))))
        if rng.random() < 0.5:
            minutes[0] = 0
        days.append([[minute, rng.randrange(48)] for minute in minutes])
    weeks = [[rng.randrange(len(days)) for _ in range(7)] for _ in range(rng.randint(1, 4))]
    # Two seasons that begin on one day have no order: as in the tests beside it, none do.
    starts = {}
    while len(starts) < rng.choice((1, 2, 4)):
        year = rng.choice((ANY_YEAR, ANY_YEAR, 2020, 2023, 2024))
        month, day = rng.randint(1, 12), rng.randint(1, 29)
        if real_date(2000 if year == ANY_YEAR else year, month, day):
            starts[month, day] = year
    dates = sorted((year, *date) for date, year in starts.items())
    seasons = [[*date, rng.randrange(len(weeks))] for date in dates]
    special_days = []
    while len(special_days) < rng.choice((0, 1, 5)):
        year = rng.choice((ANY_YEAR, 2020, 2024))
        month, day = rng.choice((ANY, rng.randint(1, 12))), rng.choice((ANY, rng.randint(1, 29)))
        known = (2000 if year == ANY_YEAR else year, month % ANY or 1, day % ANY or 1)
        if real_date(*known):
            special_days.append([year, month, day, rng.randrange(len(days))])
    return seasons, weeks, days, special_days
