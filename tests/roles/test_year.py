"""A year of a real household: registers and money against an independent calculation."""

import csv
import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from host_tools import year
from host_tools.desk.story import DATA, STORIES

LIMIT_S = 60


def _expected():
    tariff = json.loads((STORIES / "time_of_use.json").read_text())
    rates, micro_mp, days = Counter(), 0, set()
    with open(DATA / "household_2012.csv", newline="") as file:
        for start, energy in csv.reader(row for row in file if row.startswith("2012")):
            moment = datetime.fromisoformat(start)
            days.add(moment.date())
            special = (moment.month, moment.day) == (12, 25)
            profile = 1 if special else tariff["weeks"][0][moment.weekday()]
            clock = moment.strftime("%H:%M")
            rate = [r for at, r in tariff["days"][profile] if at <= clock][-1]
            rates[rate] += int(energy)
            # Scale -4: a tenth of a penny is 10 of 10^-4 pounds, 100 mp.
            micro_mp += int(energy) * 1000 * tariff["prices"][rate] * 10
    # Every midnight of the year but the first, which the meter was installed at, and the last,
    # at which the year ends and the next begins.
    midnights = (datetime(2013, 1, 1, tzinfo=UTC) - datetime(2012, 1, 1, tzinfo=UTC)) // timedelta(
        1
    )
    standing_mp = tariff["standing_charge"] * 10 * midnights
    return rates, micro_mp // 1_000_000, standing_mp, len(days)


def test_a_year_agrees_and_is_quick():
    rates, energy_mp, standing_mp, days = _expected()
    assert days == 363
    began = time.process_time()
    esme = year.play()
    took_s = time.process_time() - began
    data = esme.data
    assert data.active_import_register.wh(0) == sum(rates.values())
    assert {r: data.tariff_tou_registers.wh(r) for r in rates} == rates
    assert data.energy_charged_mp == energy_mp
    assert data.standing_charged_mp == standing_mp
    assert data.meter_balance_mp == year.BALANCE_MP - energy_mp - standing_mp
    assert data.months_energy_wh[12] > 0
    assert took_s < LIMIT_S
