"""Prices, exact costs, the Randomised Offset, and Set Tariff as a whole."""

import random

import pytest

from protometer.kernel.slices import finish
from protometer.model.calendar_fields import ANY, ANY_YEAR, CalendarError
from protometer.model.dictionary import Data, items
from protometer.tariff.electricity_tariff import ElectricityTariff
from protometer.tariff.pricing import Pricing, scaled_mp

DAY_S = 86_400
# 2024-01-01T00:00:00Z, a Monday.
MONDAY_S = 8766 * DAY_S


def tariff(**changes):
    valid = {
        "seasons": [[ANY_YEAR, 1, 1, 0]],
        "weeks": [[0] * 7],
        "days": [[[0, 0], [420, 1]]],
        "special_days": [[ANY_YEAR, 12, 25, 0]],
        "prices": [1495, 2853],
        "price_scale": -4,
        "standing_charge": 5012,
        "standing_charge_scale": -4,
    }
    valid.update(changes)
    return valid


def set_tariff(tou, wanted, now_s):
    tou.set_tariff(now_s, *finish(tou.check_set_tariff(wanted)))


# (amount, scale, mp): one currency unit is 100,000 mp.
SCALED = [
    (1, 0, 100_000),
    (-32768, 0, -3_276_800_000),
    (1495, -4, 14_950),
    (1495, -5, 1495),
    (-7, -2, -7000),
]


@pytest.mark.parametrize(("amount", "scale", "expected_mp"), SCALED)
def test_scaled_amounts(amount, scale, expected_mp):
    assert scaled_mp(amount, scale) == expected_mp


@pytest.mark.parametrize("price_mp", [1, 7, 14_950, 28_530, -1, -14_950, 999_999, 0])
def test_the_sum_of_costs_is_the_product_rounded_down_once(price_mp):
    rng = random.Random(price_mp)
    data = Data("E")
    pricing = Pricing(data)
    energy_mwh = cost_mp = 0
    for _ in range(2000):
        part_mwh = rng.choice((0, 1, 312, 313, 1000, rng.randrange(10**7)))
        energy_mwh += part_mwh
        cost_mp += pricing.cost_mp(part_mwh, price_mp)
        assert cost_mp == energy_mwh * price_mp // 10**6
        assert 0 <= data.price_remainder < 10**6


def test_the_remainder_goes_over_a_change_of_price():
    rng = random.Random(11)
    data = Data("E")
    pricing = Pricing(data)
    exact = cost_mp = 0
    for _ in range(2000):
        price_mp = rng.randrange(-50_000, 50_000)
        part_mwh = rng.randrange(3000)
        exact += part_mwh * price_mp
        cost_mp += pricing.cost_mp(part_mwh, price_mp)
        assert cost_mp == exact // 10**6


# (number, limit, offset): SMETS2 5.5.11.1, number x limit / 10,000 rounded.
OFFSETS = [
    (5000, 1799, 900),
    (10_000, 1799, 1799),
    (1, 1799, 0),
    (5000, 0, 0),
    (5000, 1, 1),
    (28, 1799, 5),
]


@pytest.mark.parametrize(("number", "limit", "offset"), OFFSETS)
def test_randomised_offset(number, limit, offset):
    data = Data("E")
    data.randomised_offset_number, data.randomised_offset_limit_s = number, limit
    ElectricityTariff(data).set_offset()
    assert data.randomised_offset_s == offset


@pytest.mark.parametrize("offset_s", [0, 1, 900, 1799])
def test_the_offset_delays_every_switch_by_itself(offset_s):
    data = Data("E")
    data.randomised_offset_s = offset_s
    tou = ElectricityTariff(data)
    set_tariff(tou, tariff(), MONDAY_S + offset_s)
    switches = []
    now_s = MONDAY_S + offset_s
    while now_s < MONDAY_S + 2 * DAY_S:
        tou.follow(now_s)
        switches.append((now_s - offset_s - MONDAY_S, data.active_tariff_rate))
        assert data.active_tariff_price_mp == (14_950, 28_530)[data.active_tariff_rate]
        tou.follow(tou.next_look_s - 1)
        assert data.active_tariff_rate == switches[-1][1]
        now_s = tou.next_look_s
    assert switches == [(0, 0), (25_200, 1), (86_400, 0), (111_600, 1)]


def test_standing_charge_in_mp():
    data = Data("E")
    tou = ElectricityTariff(data)
    set_tariff(tou, tariff(), MONDAY_S)
    assert tou.standing_charge_mp() == 50_120
    assert list(data.tariff_tou_prices) == [1495, 2853] + [0] * 46


def test_fewer_prices_clear_the_others():
    data = Data("E")
    tou = ElectricityTariff(data)
    set_tariff(tou, tariff(prices=list(range(1, 49))), MONDAY_S)
    assert list(data.tariff_tou_prices) == list(range(1, 49))
    set_tariff(tou, tariff(), MONDAY_S)
    assert list(data.tariff_tou_prices)[2:] == [0] * 46


def without(name):
    changed = tariff()
    del changed[name]
    return changed


# (tariff, complaint)
REFUSED = [
    (without("seasons"), "tariff: no seasons"),
    (without("prices"), "tariff: no prices"),
    (without("standing_charge"), "tariff: no standing_charge"),
    (without("price_scale"), "tariff: no price_scale"),
    (tariff(prices=[]), "prices: 0, expected 1 to 48"),
    (tariff(prices=[1] * 49), "prices: 49, expected 1 to 48"),
    (tariff(prices=5), "prices: not a list"),
    (tariff(prices=[1]), "switch point: rate 1 has no price"),
    (tariff(prices=[1, 32768]), "price: 32768 is outside 16 bits"),
    (tariff(prices=[1, -32769]), "price: -32769 is outside 16 bits"),
    (tariff(prices=[1, 2.5]), "price: 2.5 is outside 16 bits"),
    (tariff(standing_charge=None), "standing charge: None is outside 16 bits"),
    (tariff(standing_charge=40_000), "standing charge: 40000 is outside 16 bits"),
    (tariff(price_scale=1), "scale: 1 is outside -5..0"),
    (tariff(standing_charge_scale=-6), "scale: -6 is outside -5..0"),
    (tariff(price_scale=(1, 2)), "scale: (1, 2) is outside -5..0"),
    # 21,474.83647 currency units are the most that 32 bits of mp hold.
    (tariff(prices=[1, 21_475], price_scale=0), "price: 21475 at scale 0 is beyond 32 bits of mp"),
    (
        tariff(standing_charge=-32_768, standing_charge_scale=0),
        "standing charge: -32768 at scale 0 is beyond 32 bits of mp",
    ),
    (tariff(special_days=[[1]]), "special day: 1, expected 4 to 4"),
]


@pytest.mark.parametrize(("wrong", "complaint"), REFUSED)
def test_set_tariff_is_all_or_nothing(wrong, complaint):
    data = Data("E")
    tou = ElectricityTariff(data)
    set_tariff(tou, tariff(), MONDAY_S + 500 * 60)

    def state():
        values = {item.attribute: getattr(data, item.attribute) for item in items("E")}
        values["tariff_tou_prices"] = list(data.tariff_tou_prices)
        return values

    before, look_s = state(), tou.next_look_s
    with pytest.raises(CalendarError) as refusal:
        set_tariff(tou, wrong, MONDAY_S + 600 * 60)
    assert str(refusal.value) == complaint
    assert (state(), tou.next_look_s) == (before, look_s)


def test_the_greatest_price_that_fits_is_taken():
    data = Data("E")
    wanted = tariff(prices=[21_474, -21_474], price_scale=0)
    set_tariff(ElectricityTariff(data), wanted, MONDAY_S)
    assert data.active_tariff_price_mp == 2_147_400_000


def test_any_wildcard_special_day_is_accepted():
    data = Data("E")
    wanted = tariff(special_days=[[ANY_YEAR, ANY, ANY, 0]] * 50)
    set_tariff(ElectricityTariff(data), wanted, MONDAY_S)
    assert len(data.tariff_switching_table) < 2622
