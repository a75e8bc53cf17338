"""The views of which there are golden pictures; runs on MicroPython too, and then prints them.

micropython tests/ui/ihd_views.py      (MICROPYPATH=firmware)
"""

import binascii
import sys

import framebuf

from protometer.ui.fonts import icon_font, large_font, medium_font, small_font
from protometer.ui.ihd_screen import IhdScreen

# 2026-01-15T08:05:00Z, winter, and 2026-07-15T14:32:00Z, 15:32 by UK clocks.
WINTER_S = 821_779_500
SUMMER_S = 837_441_120


class View:
    """An ordinary evening on a prepayment meter, but for what a case changes."""

    def __init__(self, changes=()):
        self.active_power_import_w = 642
        self.active_tariff_price_mp = 24_860
        self.cost_today_mp = 134_000
        self.cost_this_week_mp = 987_000
        self.energy_today_wh = 4_820
        self.energy_this_week_wh = 35_610
        self.daily_budget_mp = 250_000
        self.weekly_budget_mp = 1_750_000
        self.meter_balance_mp = 1_234_000
        self.emergency_credit_balance_mp = 500_000
        self.emergency_credit_limit_mp = 500_000
        self.credit_status = 0x05
        self.accumulated_debt_mp = 0
        self.supply_state = 1
        self.payment_mode = 1
        self.power_threshold_status = 0
        self.currency_units = 826
        self.link_ok = True
        self.time_known = True
        for name, value in changes:
            setattr(self, name, value)


class GasView:
    """What the gas meter told at twenty past, on prepayment, but for what a case changes."""

    def __init__(self, changes=()):
        self.told_s = WINTER_S - 2_700
        self.link_ok = True
        self.cost_today_mp = 87_400
        self.cost_this_week_mp = 612_300
        self.cost_this_month_mp = 2_345_600
        self.energy_today_wh = 11_874
        self.energy_this_week_wh = 83_190
        self.energy_this_month_wh = 318_770
        self.meter_balance_mp = 876_000
        self.credit_mode_balance_mp = 0
        self.emergency_credit_balance_mp = 500_000
        self.emergency_credit_limit_mp = 500_000
        self.credit_status = 0x05
        self.accumulated_debt_mp = 0
        self.supply_state = 1
        self.payment_mode = 1
        self.currency_units = 826
        for name, value in changes:
            setattr(self, name, value)


# Name of the picture, page, UTC second, what differs from the ordinary view.
CASES = (
    ("now_low", 0, SUMMER_S, ()),
    (
        "now_high",
        0,
        WINTER_S,
        (("active_power_import_w", 7_438), ("power_threshold_status", 2)),
    ),
    (
        "now_medium_low_credit",
        0,
        SUMMER_S,
        (
            ("active_power_import_w", 1_250),
            ("power_threshold_status", 1),
            ("credit_status", 0x06),
            ("meter_balance_mp", 87_000),
        ),
    ),
    ("now_link_lost", 0, SUMMER_S, (("link_ok", False),)),
    (
        "now_extreme",
        0,
        SUMMER_S,
        (
            ("active_power_import_w", 999_999),
            ("active_tariff_price_mp", -2_147_483_648),
            ("power_threshold_status", 3),
            ("time_known", False),
        ),
    ),
    ("cost_within_budget", 1, SUMMER_S, ()),
    (
        "cost_over_budget",
        1,
        WINTER_S,
        (
            ("cost_today_mp", 371_400),
            ("energy_today_wh", 14_938),
            ("cost_this_week_mp", 1_690_000),
            ("energy_this_week_wh", 67_990),
        ),
    ),
    ("credit_in_credit", 2, SUMMER_S, ()),
    (
        "credit_emergency_available",
        2,
        SUMMER_S,
        (("meter_balance_mp", 42_000), ("credit_status", 0x0E)),
    ),
    (
        "credit_emergency_in_use",
        2,
        WINTER_S,
        (
            ("meter_balance_mp", -63_000),
            ("emergency_credit_balance_mp", 437_000),
            ("credit_status", 0x36),
            ("accumulated_debt_mp", 320_000),
        ),
    ),
    (
        "credit_armed",
        2,
        SUMMER_S,
        (("meter_balance_mp", 1_000_000), ("supply_state", 2), ("credit_status", 0x01)),
    ),
    (
        "credit_off_worst",
        2,
        SUMMER_S,
        (
            ("meter_balance_mp", -2_147_483_000),
            ("supply_state", 0),
            ("credit_status", 0x42),
            ("accumulated_debt_mp", 2_147_483_000),
        ),
    ),
    (
        "credit_mode_euro",
        2,
        WINTER_S,
        (("payment_mode", 0), ("meter_balance_mp", 4_567_000), ("currency_units", 978)),
    ),
)

# The same of a home with a gas meter, beside what differs from its ordinary view.
_UNTOLD = (
    ("cost_today_mp", None),
    ("cost_this_week_mp", None),
    ("cost_this_month_mp", None),
    ("energy_today_wh", None),
    ("energy_this_week_wh", None),
    ("energy_this_month_wh", None),
    ("credit_mode_balance_mp", None),
    ("emergency_credit_limit_mp", None),
    ("supply_state", None),
    ("currency_units", 826),
)
GAS_CASES = (
    ("both_now", 0, WINTER_S, (), ()),
    ("both_cost", 1, WINTER_S, (), ()),
    ("both_balance_gas_low", 2, WINTER_S, (), (("credit_status", 0x06),)),
    ("gas_cost", 3, WINTER_S, (), ()),
    (
        "gas_cost_most",
        3,
        SUMMER_S,
        (("time_known", False),),
        (
            ("told_s", SUMMER_S),
            ("cost_today_mp", 2_147_483_000),
            ("energy_today_wh", 16_777_214),
            ("cost_this_month_mp", 2_147_483_000),
            ("energy_this_month_wh", 2_147_483_647),
        ),
    ),
    ("gas_cost_untold", 3, WINTER_S, (), _UNTOLD),
    ("gas_cost_stale", 3, WINTER_S, (), (("link_ok", False),)),
    ("gas_balance", 4, WINTER_S, (), ()),
    (
        "gas_balance_low",
        4,
        WINTER_S,
        (),
        (("meter_balance_mp", 87_000), ("credit_status", 0x06)),
    ),
    (
        "gas_balance_emergency_in_use",
        4,
        WINTER_S,
        (),
        (
            ("meter_balance_mp", -63_000),
            ("emergency_credit_balance_mp", 437_000),
            ("credit_status", 0x36),
            ("accumulated_debt_mp", 320_000),
        ),
    ),
    (
        "gas_balance_off_worst",
        4,
        SUMMER_S,
        (),
        (
            ("meter_balance_mp", -2_147_483_000),
            ("supply_state", 0),
            ("credit_status", 0x42),
            ("accumulated_debt_mp", 2_147_483_000),
        ),
    ),
    ("gas_balance_armed", 4, WINTER_S, (), (("supply_state", 2),)),
    (
        "gas_balance_due",
        4,
        WINTER_S,
        (),
        (("payment_mode", 0), ("credit_mode_balance_mp", 4_567_000), ("currency_units", 978)),
    ),
    ("gas_balance_nothing_due", 4, SUMMER_S, (), (("payment_mode", 0), ("told_s", SUMMER_S))),
    ("gas_balance_untold", 4, WINTER_S, (), _UNTOLD),
    ("gas_balance_stale", 4, WINTER_S, (), (("link_ok", False),)),
    (
        "gas_balance_stale_for_days",
        4,
        WINTER_S,
        (),
        (("link_ok", False), ("told_s", WINTER_S - 200_000), ("payment_mode", 0)),
    ),
    ("gas_balance_electricity_off", 4, WINTER_S, (("supply_state", 0),), ()),
)

# Every glyph of every font; a line of the specimen is drawn as far down as the one above ends.
SPECIMENS = (
    (
        "glyphs_small",
        small_font,
        9,
        (
            " !\"#$%&'()*+,-./:;<=>",
            "0123456789 ?@[\\]^_`",
            "ABCDEFGHIJKLMNOPQRST",
            "UVWXYZ {|}~ £ €",
            "abcdefghijklmnopqrstu",
            "vwxyz",
        ),
    ),
    (
        "glyphs_medium",
        medium_font,
        16,
        (
            "0123456789",
            ".-£€pckW",
        ),
    ),
    (
        "glyphs_large",
        large_font,
        21,
        (
            "01234567",
            "89.-£€",
        ),
    ),
    ("glyphs_icons", icon_font, 9, ("+x!",)),
)


def pictures():
    """Yield (name, 1024 bytes) of every case and specimen, all drawn on one framebuffer."""
    buffer = bytearray(1024)
    framebuffer = framebuf.FrameBuffer(buffer, 128, 64, framebuf.MONO_VLSB)
    screen = IhdScreen(framebuffer)
    for name, page, now_s, changes in CASES:
        screen.draw(View(changes), page, now_s)
        yield name, bytes(buffer)
    for name, page, now_s, changes, gas_changes in GAS_CASES:
        IhdScreen(framebuffer, GasView(gas_changes)).draw(View(changes), page, now_s)
        yield name, bytes(buffer)
    for name, font, pitch, lines in SPECIMENS:
        framebuffer.fill(0)
        for number, line in enumerate(lines):
            font().draw(framebuffer, line, 0, number * pitch)
        yield name, bytes(buffer)


if __name__ == "__main__" and sys.implementation.name == "micropython":
    for picture_name, pixels in pictures():
        print(picture_name, binascii.hexlify(pixels).decode())
