"""Figures as the Consumer reads them; literals worked out by hand."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protometer.ui import formats
from tests.samples import FUZZ_SAMPLES

GBP, EUR = 826, 978


@pytest.mark.parametrize(
    ("amount_mp", "currency", "text"),
    [
        (1_234_000, GBP, "£12.34"),
        (-50_000, GBP, "-£0.50"),
        (0, GBP, "£0.00"),
        (499, GBP, "£0.00"),
        (500, GBP, "£0.01"),
        (-499, GBP, "£0.00"),
        (-500, GBP, "-£0.01"),
        (99_500, GBP, "£1.00"),
        (2_147_483_647, GBP, "£21474.84"),
        (-2_147_483_648, GBP, "-£21474.84"),
        (4_567_000, EUR, "€45.67"),
        (None, GBP, "£--.--"),
    ],
)
def test_money(amount_mp: int | None, currency: int, text: str) -> None:
    assert formats.money(amount_mp, currency) == text


@pytest.mark.parametrize(
    ("amount_mp", "places", "text"),
    [
        (28_500, 1, "28.5p"),
        (28_549, 1, "28.5p"),
        (28_550, 1, "28.6p"),
        (24_864, 2, "24.86p"),
        (-3_210, 1, "-3.2p"),
        (-40, 1, "0.0p"),
        (0, 1, "0.0p"),
        (99_949, 1, "99.9p"),
        (99_950, 1, "£1.00"),
        (99_994, 2, "99.99p"),
        (99_995, 2, "£1.00"),
        (-100_000, 1, "-£1.00"),
        (571_000, 1, "£5.71"),
        (None, 1, "--p"),
    ],
)
def test_price(amount_mp: int | None, places: int, text: str) -> None:
    assert formats.price(amount_mp, GBP, places) == text


def test_cents() -> None:
    assert formats.price(28_500, EUR) == "28.5c"


@pytest.mark.parametrize(
    ("power_w", "figure", "unit"),
    [
        (0, "0", "W"),
        (999, "999", "W"),
        (1_000, "1.00", "kW"),
        (1_004, "1.00", "kW"),
        (1_005, "1.01", "kW"),
        (23_000, "23.00", "kW"),
        (99_994, "99.99", "kW"),
        (99_995, "100.0", "kW"),
        (999_999, "1000.0", "kW"),
        (-1_500, "-1.50", "kW"),
        (None, "---", "W"),
    ],
)
def test_power(power_w: int | None, figure: str, unit: str) -> None:
    assert formats.power(power_w) == (figure, unit)


@pytest.mark.parametrize(
    ("energy_wh", "text"),
    [
        (0, "0.00 kWh"),
        (4_825, "4.83 kWh"),
        (9_994, "9.99 kWh"),
        (9_995, "10.0 kWh"),
        (99_949, "99.9 kWh"),
        (99_950, "100 kWh"),
        (4_294_967_295, "4294967 kWh"),
        (None, "-- kWh"),
    ],
)
def test_energy(energy_wh: int | None, text: str) -> None:
    assert formats.energy(energy_wh) == text


@given(st.integers(-(2**31), 2**31 - 1))
@settings(max_examples=FUZZ_SAMPLES)
def test_money_rounds_as_decimal_arithmetic_does(amount_mp: int) -> None:
    pounds = (Decimal(amount_mp) / 100_000).quantize(Decimal("0.01"), ROUND_HALF_UP)
    minus = "-" if pounds < 0 else ""
    assert formats.money(amount_mp, GBP) == f"{minus}£{abs(pounds)}"
