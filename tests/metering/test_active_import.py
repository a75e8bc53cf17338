"""Registers by rate, and Power Threshold Status (SMETS2 5.7.5.24)."""

import pytest

from protometer.metering.active_import import ActiveImport
from protometer.model.dictionary import Data, read
from protometer.model.enumerations import POWER_HIGH, POWER_LOW, POWER_MEDIUM, POWER_NOT_SET

# (low/medium W, medium/high W, power W, status)
STATUS = [
    (0, 0, 0, POWER_NOT_SET),
    (0, 0, 9000, POWER_NOT_SET),
    (500, 2000, 499, POWER_LOW),
    (500, 2000, 500, POWER_MEDIUM),
    (500, 2000, 1999, POWER_MEDIUM),
    (500, 2000, 2000, POWER_HIGH),
    (500, 0, 499, POWER_LOW),
    (500, 0, 500, POWER_HIGH),
    (0, 2000, 0, POWER_MEDIUM),
]


@pytest.mark.parametrize(("low", "high", "power", "status"), STATUS)
def test_power_threshold_status(low, high, power, status):
    data = Data("E")
    data.low_medium_power_threshold_w = low
    data.medium_high_power_threshold_w = high
    ActiveImport(data).show_power(power)
    assert data.power_threshold_status == status
    assert data.active_power_import_w == power


def test_energy_goes_to_the_total():
    data = Data("E")
    metering = ActiveImport(data)
    assert metering.record(1500) == 1
    assert metering.record(500) == 1
    assert metering.record(499) == 0
    assert read(data, "Active Import Register") == 2
