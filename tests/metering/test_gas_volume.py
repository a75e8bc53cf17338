"""Gas volume and the energy it stands for, against exact fractions; faults of the flow."""

import random
from fractions import Fraction

import pytest

from protometer.metering.flow_faults import ABOVE_CAPACITY, AIR, REVERSE, FlowFaults
from protometer.metering.gas_volume import GasVolume
from protometer.model.dictionary import Data
from protometer.model.events import Outbox
from tests.samples import GAS_VOLUME_SAMPLES


def meter(conversion=102_264, calorific=395):
    data = Data("G")
    data.conversion_factor, data.calorific_value = conversion, calorific
    return data, GasVolume(data)


def exact_mwh(volume_ml, conversion, calorific):
    """1 m3 is 10^6 ml and 1 kWh 10^6 mWh, so that ml and mWh stand in the same ratio."""
    return volume_ml * Fraction(conversion, 10**5) * Fraction(calorific, 10) / Fraction(36, 10)


def consumed_mwh(data):
    return data.energy_consumed.kwh[0] * 10**6 + data.energy_consumed.mwh[0]


@pytest.mark.req("GSME-PAY-07")
def test_a_hundred_cubic_metres():
    """100 m3 x 1.02264 x 39.5 / 3.6 = 1122.0633 kWh."""
    data, volume = meter()
    litres = sum(volume.record(10_000) for _ in range(10_000))
    assert litres == 100_000
    assert data.consumption_register.wh(0) == 100_000
    assert f"{consumed_mwh(data) / 10**6:.4f}" == "1122.0633"


@pytest.mark.req("GSME-PAY-07", "GSME-CFG-03", "GSME-CFG-05")
@pytest.mark.parametrize("seed", range(GAS_VOLUME_SAMPLES))
def test_the_sum_is_the_exact_product_rounded_down_once(seed):
    rng = random.Random(seed)
    conversion = rng.choice((1, 100_000, 102_264, 1_000_000, rng.randrange(1, 10**6)))
    calorific = rng.choice((1, 10, 395, 1_000, rng.randrange(1, 1001)))
    data, volume = meter(conversion, calorific)
    volume_ml = gained_wh = 0
    for _ in range(200):
        part_ml = rng.choice((1, 999, 10_000, 260_000, rng.randrange(1, 5_000_000)))
        volume_ml += part_ml
        volume.record(part_ml)
        gained_wh += volume.energy_wh
    total_mwh = exact_mwh(volume_ml, conversion, calorific)
    assert consumed_mwh(data) == total_mwh.__floor__()
    assert gained_wh == consumed_mwh(data) // 1000
    # The rest is carried, in 1/3,600,000 of a mWh.
    assert data.gas_energy_remainder == (total_mwh - consumed_mwh(data)) * 3_600_000


@pytest.mark.req("GSME-PAY-07")
def test_factors_act_on_what_comes_after_them():
    data, volume = meter(100_000, 360)
    volume.record(7_000)
    assert consumed_mwh(data) == 70_000
    data.calorific_value = 720
    volume.record(1_000)
    assert consumed_mwh(data) == 80_000
    volume.refresh(0)
    assert consumed_mwh(data) == 80_000
    volume.record(1_000)
    assert consumed_mwh(data) == 100_000
    # Another component on the same data goes on with them.
    GasVolume(data).record(1_000)
    assert consumed_mwh(data) == 120_000
    assert data.consumption_register.mwh[0] == 10_000


def test_products_of_a_second_stay_small_integers():
    """A board's small integers end at 2^30; 260 litres a second are 156 times a meter's most."""
    for conversion in (1, 99_999, 102_264, 999_999, 1_000_000):
        for calorific in (1, 359, 395, 999, 1_000):
            _, volume = meter(conversion, calorific)
            for part in (volume._low, volume._high):
                assert 260_000 * part + 3_600_000 < 1 << 30


@pytest.mark.req("GSME-MON-06")
def test_each_fault_of_the_flow_is_told_as_it_begins():
    outbox = Outbox()
    faults = FlowFaults(outbox)
    told = []
    for second, seen in enumerate((0, ABOVE_CAPACITY, ABOVE_CAPACITY | AIR, AIR, AIR | REVERSE)):
        faults.step(seen, second)
        while len(outbox):
            told.append(outbox.take())
    assert told == [(0x81B4, 1, 0), (0x81B5, 2, 0), (0x81B6, 4, 0)]
    faults.step(0, 9)
    faults.step(AIR, 10)
    assert outbox.take() == (0x81B5, 10, 0)
