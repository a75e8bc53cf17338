"""The In-Home Display's pages: any values are drawn, and drawn inside the picture."""

import framebuf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protometer.ui.ihd_screen import CREDIT, GAS_CREDIT, PAGES, IhdScreen
from protometer.ui.notices import notice
from protometer.ui.page_gas import PAGES as GAS_PAGES
from tests.samples import IHD_VIEW_SAMPLES
from tests.ui.ihd_views import SUMMER_S, GasView, View

GUARD = bytes(range(64))
MONEY_MP = st.integers(-(2**31), 2**31 - 1)
ENERGY_WH = st.integers(0, 2**32 - 1)
VIEWS = st.fixed_dictionaries(
    {
        "active_power_import_w": st.integers(0, 999_999),
        "active_tariff_price_mp": MONEY_MP,
        "cost_today_mp": MONEY_MP,
        "cost_this_week_mp": MONEY_MP,
        "energy_today_wh": ENERGY_WH,
        "energy_this_week_wh": ENERGY_WH,
        "daily_budget_mp": st.integers(0, 2**31 - 1),
        "weekly_budget_mp": st.integers(0, 2**31 - 1),
        "meter_balance_mp": MONEY_MP,
        "emergency_credit_balance_mp": MONEY_MP,
        "emergency_credit_limit_mp": MONEY_MP,
        "credit_status": st.integers(0, 0x7F),
        "accumulated_debt_mp": MONEY_MP,
        "supply_state": st.integers(0, 2),
        "payment_mode": st.integers(0, 1),
        "power_threshold_status": st.integers(0, 255),
        "currency_units": st.sampled_from((826, 978, 840)),
        "link_ok": st.booleans(),
        "time_known": st.booleans(),
    }
)
OR_UNTOLD = st.none()
GAS_VIEWS = st.fixed_dictionaries(
    {
        "told_s": st.integers(1, 2**32 - 1),
        "cost_today_mp": MONEY_MP | OR_UNTOLD,
        "cost_this_week_mp": MONEY_MP | OR_UNTOLD,
        "cost_this_month_mp": MONEY_MP | OR_UNTOLD,
        "energy_today_wh": ENERGY_WH | OR_UNTOLD,
        "energy_this_week_wh": ENERGY_WH | OR_UNTOLD,
        "energy_this_month_wh": ENERGY_WH | OR_UNTOLD,
        "meter_balance_mp": MONEY_MP,
        "credit_mode_balance_mp": MONEY_MP | OR_UNTOLD,
        "emergency_credit_balance_mp": MONEY_MP,
        "emergency_credit_limit_mp": MONEY_MP | OR_UNTOLD,
        "credit_status": st.integers(1, 0x7F),
        "accumulated_debt_mp": MONEY_MP,
        "supply_state": st.integers(0, 2) | OR_UNTOLD,
        "payment_mode": st.integers(0, 1),
        "currency_units": st.sampled_from((826, 978, 840)),
        "link_ok": st.booleans(),
    }
)
EXTREMES = {
    "active_power_import_w": (0, 23_000, 999_999),
    "active_tariff_price_mp": (0, -1, -(2**31), 2**31 - 1),
    "meter_balance_mp": (-2_147_483_000, 2_147_483_000),
    "daily_budget_mp": (0, 1, 2**31 - 1),
    "cost_today_mp": (-(2**31), 0, 2**31 - 1),
}


GAS_NUMBERS = range(len(PAGES), len(PAGES) + len(GAS_PAGES))


def drawn(view: View, page: int, now_s: int = SUMMER_S, gas: GasView | None = None) -> bytes:
    """Draw between two guards, on ground that is lit, and return the picture."""
    memory = bytearray(GUARD + b"\xff" * 1024 + GUARD)
    inside = memoryview(memory)[64:-64]
    screen = IhdScreen(framebuf.FrameBuffer(inside, 128, 64, framebuf.MONO_VLSB), gas)
    screen.draw(view, page, now_s)
    assert memory[:64] == memory[-64:] == GUARD
    return bytes(inside)


@given(VIEWS, st.integers(0, 5), st.integers(0, 2**32 - 1))
@settings(max_examples=IHD_VIEW_SAMPLES, deadline=None)
def test_any_view_is_drawn_inside_the_picture(values: dict, page: int, now_s: int) -> None:
    drawn(View(values.items()), page, now_s)


@pytest.mark.parametrize(
    ("item", "value"), [(item, value) for item, values in EXTREMES.items() for value in values]
)
def test_extremes_are_drawn(item: str, value: int) -> None:
    for page in range(len(PAGES)):
        drawn(View([(item, value)]), page)


def test_pages_wrap() -> None:
    assert drawn(View(), len(PAGES)) == drawn(View(), 0)


@given(VIEWS, GAS_VIEWS, st.integers(0, 9), st.integers(0, 2**32 - 1))
@settings(max_examples=IHD_VIEW_SAMPLES, deadline=None)
def test_any_views_of_both_fuels_are_drawn_inside_the_picture(
    values: dict, gas_values: dict, page: int, now_s: int
) -> None:
    drawn(View(values.items()), page, now_s, GasView(gas_values.items()))


def test_pages_of_gas_come_after_those_of_electricity_and_wrap() -> None:
    gas = GasView()
    pictures = [drawn(View(), page, gas=gas) for page in (*range(len(PAGES)), *GAS_NUMBERS)]
    assert len(set(pictures)) == len(PAGES) + len(GAS_PAGES)
    assert drawn(View(), len(pictures), gas=gas) == pictures[0]


@pytest.mark.parametrize("untold", [("told_s", 0), ("credit_status", 0)])
def test_without_word_of_a_gas_meter_it_is_as_if_there_were_none(untold: tuple) -> None:
    for page in range(2 * len(PAGES)):
        assert drawn(View(), page, gas=GasView([untold])) == drawn(View(), page)


@pytest.mark.parametrize("page", GAS_NUMBERS)
def test_no_stale_figure_of_gas_is_shown(page: int) -> None:
    lost = ("link_ok", False)
    other = GasView(
        [
            lost,
            ("cost_today_mp", 1),
            ("energy_this_month_wh", 1),
            ("meter_balance_mp", -1),
            ("credit_status", 0x42),
            ("supply_state", 0),
            ("accumulated_debt_mp", 5),
        ]
    )
    assert drawn(View(), page, gas=GasView([lost])) == drawn(View(), page, gas=other)


def lit(picture: bytes) -> bool:
    """Tell whether the bottom line is a notice: the edge of its ground is lit throughout."""
    return all(byte & 0x40 for byte in picture[6 * 128 : 7 * 128])


LOW = ("credit_status", 0x06)


def test_each_fuel_has_its_own_notice_and_says_so_of_the_other_where_it_has_none() -> None:
    low, fine = GasView([LOW]), GasView()
    for page in range(len(PAGES)):
        assert lit(drawn(View(), page, gas=low))
        assert not lit(drawn(View(), page, gas=fine))
        # Its own goes first: whatever is wrong with gas is not told then.
        assert drawn(View([LOW]), page, gas=low) == drawn(View([LOW]), page, gas=fine)
        # What is stale is no news.
        assert not lit(drawn(View(), page, gas=GasView([LOW, ("link_ok", False)])))
    for page in GAS_NUMBERS:
        assert lit(drawn(View([LOW]), page, gas=fine))
        assert not lit(drawn(View(), page, gas=fine))
        assert lit(drawn(View(), page, gas=low))
        assert not lit(drawn(View([LOW, ("link_ok", False)]), page, gas=fine))


@pytest.mark.parametrize("page", [CREDIT, GAS_CREDIT])
def test_a_line_of_somebody_elses_takes_the_place_of_notice_and_bottom_line(page: int) -> None:
    buffer = bytearray(1024)
    screen = IhdScreen(framebuf.FrameBuffer(buffer, 128, 64, framebuf.MONO_VLSB), GasView([LOW]))
    for _ in screen.steps(View([LOW]), page, SUMMER_S, "B: choose"):
        pass
    assert not lit(bytes(buffer))
    assert any(buffer[7 * 128 :])


def test_steps_draw_the_same_in_pieces() -> None:
    buffer = bytearray(1024)
    screen = IhdScreen(framebuf.FrameBuffer(buffer, 128, 64, framebuf.MONO_VLSB))
    assert len(list(screen.steps(View(), 0, SUMMER_S))) > 2
    assert bytes(buffer) == drawn(View(), 0)


@pytest.mark.parametrize("page", range(len(PAGES)))
def test_no_stale_figure_is_shown(page: int) -> None:
    """With the link lost, values that differ give the same picture."""
    one = View([("link_ok", False)])
    other = View(
        [
            ("link_ok", False),
            ("active_power_import_w", 5_000),
            ("active_tariff_price_mp", 1),
            ("cost_today_mp", 1),
            ("energy_this_week_wh", 1),
            ("meter_balance_mp", -1),
            ("credit_status", 0x42),
            ("supply_state", 0),
            ("accumulated_debt_mp", 5),
            ("power_threshold_status", 2),
        ]
    )
    assert drawn(one, page) == drawn(other, page)


@pytest.mark.parametrize("page", range(len(PAGES)))
@pytest.mark.parametrize(
    "trouble",
    [("credit_status", 0x06), ("credit_status", 0x0E), ("supply_state", 0), ("supply_state", 2)],
)
def test_a_warning_lights_the_bottom_line_of_every_page(page: int, trouble: tuple) -> None:
    banner_edge = slice(6 * 128, 7 * 128)
    assert all(byte & 0x40 for byte in drawn(View([trouble]), page)[banner_edge])
    assert not all(byte & 0x40 for byte in drawn(View(), page)[banner_edge])


PREPAYMENT, CREDIT = 1, 0


# Bits of the ZCL Prepayment cluster's Credit Status: 01 credit OK, 02 low, 04 emergency credit
# enabled, 08 available, 10 selected, 20 in use, 40 exhausted.
@pytest.mark.parametrize(
    ("mode", "link_ok", "supply_state", "credit_status", "text"),
    [
        (PREPAYMENT, True, 1, 0x05, None),
        (PREPAYMENT, True, 1, 0x02, "Credit low: top up"),
        (PREPAYMENT, True, 1, 0x0E, "Emergency credit ready"),
        (PREPAYMENT, True, 1, 0x1E, "Credit low: top up"),
        (PREPAYMENT, True, 1, 0x3E, "Emergency credit in use"),
        (PREPAYMENT, True, 0, 0x4E, "Off: use emergency credit"),
        (PREPAYMENT, True, 0, 0x42, "Supply is off"),
        (PREPAYMENT, True, 2, 0x0E, "Press meter to restore"),
        (PREPAYMENT, False, 2, 0x0E, "No link to meter"),
        (CREDIT, True, 1, 0x0E, None),
        (CREDIT, True, 0, 0x0E, "Supply is off"),
        (CREDIT, True, 2, 0x00, "Press meter to restore"),
    ],
)
def test_the_most_pressing_notice_wins(
    mode: int, link_ok: bool, supply_state: int, credit_status: int, text: str | None
) -> None:
    view = View(
        [
            ("payment_mode", mode),
            ("link_ok", link_ok),
            ("supply_state", supply_state),
            ("credit_status", credit_status),
        ]
    )
    assert notice(view) == text


def test_the_gauge_is_told_apart_without_reading() -> None:
    lit = [
        sum(bin(byte).count("1") for byte in drawn(View([("power_threshold_status", level)]), 0))
        for level in (0, 1, 2)
    ]
    assert lit[0] + 50 < lit[1] < lit[2] - 50
