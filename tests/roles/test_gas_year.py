"""A year of a real household's litres through the gas meter, against an independent calculation.

It goes through the half-hours of the source with exact fractions and the calendar of Python. What
is charged is held twice: to the millipence against energy counted in whole mWh, as GSME-PAY-07's
product rounded down once, and within that one mWh against the fractions themselves.
"""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from host_tools import gas_year, year
from tests.roles.test_year import half_hours, midnights

pytestmark = pytest.mark.untraced

LIMIT_S = 60
# Three seasons, two weeks, a rate a day; Christmas, and the 29th of every month, are special.
TIME_OF_USE = {
    "seasons": [[0xFFFF, 10, 1, 0], [0xFFFF, 4, 1, 1], [2012, 7, 1, 0]],
    "weeks": [[0, 0, 0, 0, 0, 1, 1], [2] * 7],
    "days": [[[0, 0]], [[0, 1]], [[0, 2]], [[0, 3]]],
    "special_days": [[0xFFFF, 12, 25, 3], [0xFFFF, 0xFF, 29, 3]],
    "prices": [7_411, 5_115, 6_003, 99],
    "standing_charge": 27_353,
}
BLOCKS = {
    "seasons": [[0xFFFF, 1, 1, 0]],
    "weeks": [[0] * 7],
    "days": [[[0, 0]]],
    "special_days": [],
    "prices": [1],
    "block_prices": [9_013, 7_411, 5_115, 4_001],
    "block_thresholds": [500_000, 1_500_500, 2_999_999],
    "standing_charge": 13_007,
}
# Calorific Value by month, in 0.1 MJ/m3, and Conversion Factor, in 10^-5.
CALORIFIC = (393, 395, 392, 391, 395, 401, 388, 390, 394, 395, 396, 389)
CONVERSION = 102_264
MONTHLY = 3
MWH_PER_KWH = 10**6
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def rate_of(day):
    if (day.month, day.day) == (12, 25) or day.day == 29:
        return 3
    if 4 <= day.month < 7:
        return 2
    return 1 if day.weekday() >= 5 else 0


def kwh_of(litres, month):
    cubic_metres = Fraction(litres, 1000) * Fraction(CONVERSION, 10**5)
    return cubic_metres * Fraction(CALORIFIC[month - 1], 10) / Fraction(36, 10)


def orders(billing):
    """The month's Calorific Value as it begins; at first a Billing Calendar, if there is one."""

    def given(now_s):
        moment = EPOCH + timedelta(seconds=now_s)
        found = []
        if now_s == year.FROM_S and billing:
            found.append(("Set Billing Calendar", {"start_s": year.FROM_S, "period": MONTHLY}))
        if (moment.day, moment.hour, moment.minute) == (1, 0, 0):
            value = CALORIFIC[moment.month - 1]
            wanted = {"item": "Calorific Value", "value": value}
            found.append(("Write Configuration Data", wanted))
        return found

    return given


def counted():
    """Each half-hour of the source with the mWh that were completed in it."""
    sum_mwh, before_mwh = Fraction(0), 0
    for moment, volume in half_hours():
        sum_mwh += kwh_of(volume, moment.month) * MWH_PER_KWH
        yield moment, int(sum_mwh) - before_mwh
        before_mwh = int(sum_mwh)


def block_of(counter, limits):
    return sum(counter >= limit for limit in limits)


def cost_of_blocks(parts, limits, per_kwh):
    """Cost in mp of (half-hour, energy); energy, limits and per_kwh in one unit; exact."""
    cost, counter, month = Fraction(0), 0, 1
    for moment, left in parts:
        if moment.month != month:
            month, counter = moment.month, 0
        while left:
            block = block_of(counter, limits)
            part = min(left, limits[block] - counter) if block < 3 else left
            cost += Fraction(part) / per_kwh * BLOCKS["block_prices"][block]
            counter += part
            left -= part
    return cost


def check_money(data, cost_mp, exact_mp, standing_mp):
    assert data.energy_charged_mp == int(cost_mp)
    # A mWh begun at one price and completed at another.
    assert abs(exact_mp - cost_mp) < Fraction(1, 50)
    standing_mp *= midnights()
    assert data.standing_charged_mp == standing_mp
    assert data.meter_balance_mp == year.BALANCE_MP - data.energy_charged_mp - standing_mp
    assert data.credit_mode_balance_mp == 0


@pytest.mark.req("GSME-PAY-07", "GSME-PAY-08", "GSME-PRC-01", "GSME-PRC-07", "GSME-REC-01")
def test_a_year_with_rates_seasons_and_changing_calorific_values():
    litres, kwh, exact = Counter(), Fraction(0), Fraction(0)
    for moment, volume in half_hours():
        rate = rate_of(moment)
        litres[rate] += volume
        kwh += kwh_of(volume, moment.month)
        exact += kwh_of(volume, moment.month) * TIME_OF_USE["prices"][rate]
    cost = sum(
        Fraction(mwh * TIME_OF_USE["prices"][rate_of(moment)], MWH_PER_KWH)
        for moment, mwh in counted()
    )
    began = time.process_time()
    gsme = gas_year.play(TIME_OF_USE, orders(False))
    assert time.process_time() - began < LIMIT_S
    data = gsme.data
    assert data.supply_state == 1
    assert data.consumption_register.wh(0) == sum(litres.values())
    assert {rate: data.tariff_tou_registers.wh(rate) for rate in litres} == litres
    assert data.energy_consumed.wh(0) == int(kwh * 1000)
    check_money(data, cost, exact, TIME_OF_USE["standing_charge"])
    # The log keeps the last thirteen months, each half-hour once.
    log = gsme.logbook.named("Profile Data Log")
    kept = dict(log.entries(log.first_number(), len(log)))
    known = {int((moment - EPOCH).total_seconds()) + 1800: wh for moment, wh in half_hours()}
    assert {stamp: wh for stamp, wh in kept.items() if wh} == {
        stamp: wh for stamp, wh in known.items() if wh
    }


@pytest.mark.req("GSME-PRC-02", "GSME-PRC-04", "GSME-REC-02")
def test_a_year_with_blocks_that_begin_anew_each_month():
    exact_kwh = ((moment, kwh_of(volume, moment.month)) for moment, volume in half_hours())
    limits_wh = BLOCKS["block_thresholds"]
    exact = cost_of_blocks(exact_kwh, [Fraction(wh, 1000) for wh in limits_wh], 1)
    cost = cost_of_blocks(counted(), [wh * 1000 for wh in limits_wh], MWH_PER_KWH)
    gsme = gas_year.play(BLOCKS, orders(True))
    check_money(gsme.data, cost, exact, BLOCKS["standing_charge"])
    months = list(gsme.logbook.named("Billing Data Log Billing Calendar").entries(0, 99))
    assert [(EPOCH + timedelta(seconds=entry[0])).month for entry in months] == [*range(2, 13), 1]
