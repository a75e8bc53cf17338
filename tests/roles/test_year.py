"""A year of a real household: registers and money against an independent calculation.

The calculation goes through the half-hours of the source with exact fractions and the calendar of
Python; it knows nothing of the firmware.
"""

import csv
import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from host_tools import year
from host_tools.desk.story import DATA, STORIES

pytestmark = pytest.mark.untraced

LIMIT_S = 60
DAY_LIMIT_S = 20
TIME_OF_USE = json.loads((STORIES / "time_of_use.json").read_text())
# The secondary element: a rate by night, one by day, 10^-4 currency units.
NIGHT_AND_DAY = {
    "seasons": [[0xFFFF, 1, 1, 0]],
    "weeks": [[0] * 7],
    "days": [[[0, 0], [420, 1]]],
    "special_days": [],
    "prices": [900, 2100],
    "price_scale": -4,
}
# Two rates with blocks in winter and summer half-years, 10^-5 currency units, thresholds in Wh.
BLOCKS = {
    "seasons": [[0xFFFF, 4, 1, 1], [0xFFFF, 10, 1, 0]],
    "weeks": [[0] * 7, [1] * 7],
    "days": [[[0, 48]], [[0, 49]]],
    "special_days": [],
    "prices": [1],
    "block_prices": [[31_000, 28_500, 26_000, 25_001], [22_000, 21_000, 19_000, 18_003]],
    "block_thresholds": [[50_000, 120_000, 300_000], [40_000, 90_000, 200_500]],
    "price_scale": -5,
    "standing_charge": 25_013,
    "standing_charge_scale": -5,
}
MONTHLY = 3
START = datetime(2012, 1, 1, tzinfo=UTC)


def half_hours():
    """Start and Wh of each half-hour of the year that the source has."""
    with open(DATA / "household_2012.csv", newline="") as file:
        for start, energy in csv.reader(row for row in file if row.startswith("2012")):
            yield datetime.fromisoformat(start), int(energy)


def tou_rate(tariff, moment):
    special = (moment.month, moment.day) == (12, 25) and tariff["special_days"]
    profile = 1 if special else tariff["weeks"][0][moment.weekday()]
    clock = moment.strftime("%H:%M")
    return [rate for at, rate in tariff["days"][profile] if at <= clock][-1]


def midnights():
    """Every midnight of the year but the first, at which the meter was installed."""
    return (datetime(2013, 1, 1, tzinfo=UTC) - START) // timedelta(1)


def expected_time_of_use(share=Fraction(0)):
    """Wh by rate, of the secondary element by rate, and the exact cost in mp."""
    rates, secondary, cost = Counter(), Counter(), Fraction(0)
    for moment, energy in half_hours():
        secondary_wh = int(energy * share)
        rate = tou_rate(TIME_OF_USE, moment)
        rates[rate] += energy - secondary_wh
        cost += Fraction((energy - secondary_wh) * TIME_OF_USE["prices"][rate] * 10, 1000)
        second = 0 if moment.hour < 7 else 1
        secondary[second] += secondary_wh
        cost += Fraction(secondary_wh * NIGHT_AND_DAY["prices"][second] * 10, 1000)
    return rates, secondary, cost


def expected_blocks():
    """Wh by (rate, block) of the year, and the exact cost; counters begin anew each month."""
    registers, counters, cost = Counter(), Counter(), Fraction(0)
    month = 1
    for moment, energy in half_hours():
        if moment.month != month:
            month = moment.month
            counters.clear()
        rate = 1 if 4 <= moment.month <= 9 else 0
        thresholds = BLOCKS["block_thresholds"][rate]
        while energy:
            block = sum(counters[rate] >= threshold for threshold in thresholds)
            room = thresholds[block] - counters[rate] if block < 3 else energy
            part = min(energy, room)
            registers[rate, block] += part
            counters[rate] += part
            cost += Fraction(part * BLOCKS["block_prices"][rate][block], 1000)
            energy -= part
    return registers, cost


@pytest.mark.parametrize("role", ["E", "EP", "ELB"])
def test_a_year_agrees_and_is_quick(role):
    rates, _, cost = expected_time_of_use()
    began = time.process_time()
    data = year.play(role).data
    took_s = time.process_time() - began
    standing_mp = TIME_OF_USE["standing_charge"] * 10 * midnights()
    assert data.active_import_register.wh(0) == sum(rates.values())
    assert {r: data.tariff_tou_registers.wh(r) for r in rates} == rates
    assert data.energy_charged_mp == int(cost)
    assert data.standing_charged_mp == standing_mp
    assert data.meter_balance_mp == year.BALANCE_MP - int(cost) - standing_mp
    assert data.months_energy_wh[12] > 0
    assert took_s < LIMIT_S


@pytest.mark.req("TWIN-TWN-05", "TWIN-TWN-06")
def test_a_year_of_a_twin_element_meter():
    rates, secondary, cost = expected_time_of_use(Fraction(1, 4))
    data = year.play("ET", [("Set Secondary Tariff", {"tariff": NIGHT_AND_DAY})]).data
    assert {r: data.tariff_tou_registers.wh(r) for r in rates} == rates
    assert {r: data.secondary_tou_registers.wh(r) for r in secondary} == secondary
    assert data.active_import_register.wh(0) == sum(rates.values())
    assert data.secondary_active_import_register.wh(0) == sum(secondary.values())
    assert data.energy_charged_mp == int(cost)
    standing_mp = TIME_OF_USE["standing_charge"] * 10 * midnights()
    assert data.meter_balance_mp == year.BALANCE_MP - int(cost) - standing_mp


@pytest.mark.req("ESME-PRC-02", "ESME-PRC-03", "ESME-PRC-04", "ESME-REC-02")
def test_a_year_with_blocks():
    registers, cost = expected_blocks()
    billing = {"start_s": year.FROM_S, "period": MONTHLY}
    orders = [("Set Tariff", {"tariff": BLOCKS}), ("Set Billing Calendar", billing)]
    data = year.play("E", orders).data
    for (rate, block), wh in registers.items():
        assert data.tariff_block_registers.wh(4 * rate + block) == wh
    blocks = sum(data.tariff_block_registers.wh(index) for index in range(32))
    assert blocks == data.active_import_register.wh(0) == sum(registers.values())
    assert data.energy_charged_mp == int(cost)
    assert data.standing_charged_mp == BLOCKS["standing_charge"] * midnights()


def test_a_day_in_seconds_is_quick():
    began = time.process_time()
    data = year.play_day().data
    assert time.process_time() - began < DAY_LIMIT_S
    assert data.active_import_register.wh(0) == 8640
