"""The meter's own keys and display: what a person sees, and which Commands come of it."""

import random
from pathlib import Path

import framebuf
import pytest

from host_tools.scenarios import RUNTIMES
from protometer.model import events
from protometer.model.command import CommandRefused
from protometer.ui.canvas import Canvas
from protometer.ui.keypad import HOLD_A, HOLD_B, KEY_A, KEY_B
from protometer.ui.meter_screen import MeterScreen
from tests.on_runtimes import check_golden
from tests.samples import METER_KEYS
from tests.ui import meter_stand
from tests.ui.meter_stand import (
    ARMED,
    AVAILABLE,
    CREDIT,
    DISABLED,
    ENABLED_EC,
    IN_USE,
    LOAD_INHIBIT,
    LOCK_INHIBIT,
    LOW,
    SELECTED,
    Refusal,
    Stand,
)

KEYS = (KEY_A, KEY_B, HOLD_A, HOLD_B)
CODE = "73943333457189043313"


def protected(letters="E"):
    """A stand with a PIN of 4711, and nobody at it."""
    stand = Stand(letters)
    stand.data.privacy_pin = "4711"
    return stand


def type_pin(stand, digits="4711"):
    stand.press(KEY_B)
    stand.type(digits)
    stand.press(HOLD_B)


@pytest.mark.req("GSME-GEN-08")
def test_key_a_steps_and_a_long_press_goes_home():
    stand = Stand()
    stand.press(KEY_A)
    assert stand.shown()[0] == "08:05 Top up +"
    stand.press(KEY_A)
    assert stand.shown()[0] == "08:05 Emergency +"
    stand.press(HOLD_A)
    assert stand.shown()[0] == "08:05 Balance +"


@pytest.mark.req("GSME-GEN-08")
def test_a_battery_meters_display_sleeps_and_wakes_on_any_key():
    for key in KEYS:
        stand = Stand("G", True)
        assert not stand.wait(29)
        assert stand.wait(1)
        assert stand.shown() == []
        stand.press(key)
        assert stand.shown()[0] == "08:05 Balance +"
        assert stand.given == []


def test_without_keys_the_default_page_comes_back_after_30_s():
    stand = Stand()
    stand.go_to("Supplier")
    assert not stand.wait(29)
    assert stand.shown()[0].split()[1] == "Supplier"
    assert stand.wait(1)
    assert stand.shown()[0].split()[1] == "Balance"
    # A key after a pause that nobody noticed acts on the default page.
    stand.go_to("Top up")
    stand.now_s += 100
    stand.press(KEY_A)
    assert stand.shown()[0].split()[1:3] == ["Top", "up"]


@pytest.mark.req("ESME-DSP-02", "GSME-DSP-01", "GSME-GEN-06", "GSME-CFG-07")
@pytest.mark.parametrize(
    ("letters", "page", "lines"),
    [
        ("E", "Price", ["Now 24.86p/kWh", "Rate 1", "Standing 42.10p a day"]),
        ("E", "Status", ["UTC 15 Jan 08:05", "Clock Reliable", "Network Linked", "Alarm none"]),
        ("E", "Supplier", ["Name Fair Energy", "Phone 0800 123 4567", "Currency Pounds"]),
        ("E", "Meter", ["ID 00DB1234567890A0", "MPAN 1200012345678"]),
        ("E", "Supply", ["Supply On"]),
        ("G", "Price", ["Now 24.86p/kWh", "Rate 1", "Standing 27.35p a day"]),
        ("G", "Supplier", ["Name Fair Energy", "Phone 0800 123 4567", "Currency Pounds"]),
        ("G", "Meter", ["ID 00DB1234567890A1", "MPRN 7654321098", "Customer 4711"]),
    ],
)
def test_what_is_shown_without_pin(letters, page, lines):
    shown = protected(letters).go_to(page)
    assert shown[1 : 1 + len(lines)] == lines


@pytest.mark.req("GSME-DSP-01", "ESME-DSP-02")
@pytest.mark.parametrize(
    ("state", "inhibits", "why"),
    [
        (DISABLED, LOCK_INHIBIT | 1, "Why Locked"),
        (DISABLED, 2, "Why By the supplier"),
        (DISABLED, 1, "Why Out of credit"),
        (ARMED, LOAD_INHIBIT, "Why Over load limit"),
    ],
)
def test_the_supply_page_says_why(state, inhibits, why):
    stand = Stand()
    stand.data.supply_state, stand.data.supply_inhibits = state, inhibits
    assert stand.go_to("Supply")[2] == why


@pytest.mark.req("ESME-DSP-03", "GSME-DSP-02", "TWIN-TWN-04", "ESME-DST-02", "GSME-DST-03")
@pytest.mark.parametrize(
    ("letters", "page", "line", "value"),
    [
        ("E", "Registers", "Import", "12345 kWh"),
        ("E", "Registers", "Export", "77 kWh"),
        ("T", "Registers", "Element 2", "321 kWh"),
        ("E", "TOU registers", "Rate 1", "100 kWh"),
        ("T", "Element 2 TOU", "Rate 2", "1 kWh"),
        ("E", "Block registers", "Rate 1 block 4", "3 kWh"),
        ("E", "Block counters", "Rate 1 block 2", "1 kWh"),
        ("E", "Balance", "Today", "£1.34"),
        ("E", "Power", "Cost", "31.1p an hour"),
        ("G", "Registers", "Volume", "4321.98 m3"),
        ("G", "TOU registers", "Rate 4", "103.00 m3"),
        ("G", "Block counters", "Block 1", "0.00 m3"),
    ],
)
def test_what_is_hidden_without_pin(letters, page, line, value):
    stand = protected("ET" if letters == "T" else letters)
    assert f"{line} (PIN)" in stand.go_to(page)
    assert stand.shown()[-1] == "B: type PIN"
    type_pin(stand)
    assert f"{line} {value}" in stand.shown()
    assert stand.given == [("Allow Access to User Interface", {"pin": "4711"})]


@pytest.mark.req("ESME-DSP-03", "GSME-DSP-02")
def test_the_meter_balance_is_hidden_in_both_modes():
    for letters in ("E", "G"):
        for mode in (0, 1):
            stand = protected(letters)
            stand.data.payment_mode = mode
            assert stand.shown()[1] == "(PIN)"
            type_pin(stand)
            assert stand.shown()[1] == ("£45.67" if (letters, mode) == ("G", CREDIT) else "£12.34")


@pytest.mark.req("ESME-DSP-03")
def test_all_48_registers_can_be_reached_and_all_32_of_blocks():
    for page, last in (
        ("TOU registers", "Rate 48 147 kWh"),
        ("Block registers", "Rate 8 block 4"),
    ):
        stand = Stand()
        stand.go_to(page)
        while stand.shown()[-1] == "B: more":
            stand.press(KEY_B)
        assert stand.shown()[-2].startswith(last)
        stand.press(KEY_B)
        assert stand.shown()[1].startswith("Rate 1 ")


@pytest.mark.req("ESME-DSP-04", "GSME-DSP-03")
@pytest.mark.parametrize("letters", ["E", "G"])
def test_debts_and_what_is_to_clear(letters):
    stand = protected(letters)
    hidden = stand.go_to("Debt")[1:5]
    assert hidden == ["To clear (PIN)", "Accumulated (PIN)", "Debt 1 (PIN)", "Rate 1 (PIN)"]
    type_pin(stand)
    above = ["To clear £8.20", "Accumulated £3.20", "Debt 1 £50.00", "Rate 1 £0.15 a day"]
    assert stand.shown()[1:5] == above
    stand.press(KEY_B)
    below = ["Debt 2 £0.00", "Rate 2 £0.01 an hour", "Top-up debt £20.00", "Share 10.50%"]
    assert stand.shown()[1:5] == below


@pytest.mark.req("GSME-DSP-04")
def test_the_last_credits_with_their_times():
    stand = Stand("G")
    stand.worked_out["last_credits"] = lambda now_s: [
        (meter_stand.START_S - 86_400 * day, 100_000 * day) for day in range(1, 6)
    ]
    assert stand.go_to("Credits")[1:5] == [
        "14 Jan 08:05  £1.00",
        "13 Jan 08:05  £2.00",
        "12 Jan 08:05  £3.00",
        "11 Jan 08:05  £4.00",
    ]
    stand.press(KEY_B)
    assert stand.shown()[1] == "10 Jan 08:05  £5.00"


@pytest.mark.req("ESME-DSP-05", "GSME-DSP-05")
def test_the_display_is_coarser_than_the_register_which_keeps_its_value():
    electricity, gas = Stand("E"), Stand("G")
    assert "Import 12345 kWh" in electricity.go_to("Registers")
    assert electricity.data.active_import_register.wh(0) == 12_345_999
    assert "Volume 4321.98 m3" in gas.go_to("Registers")
    assert gas.data.consumption_register.wh(0) == 4_321_987


@pytest.mark.req("GSME-DSP-06")
def test_signal_battery_and_factors_of_a_gas_meter():
    stand = Stand("G")
    assert stand.go_to("Status")[0].endswith("+")
    assert "Battery 3650 days" in stand.shown()
    stand.worked_out["han_linked"] = lambda now_s: 0
    assert stand.shown()[0].endswith("x")
    assert stand.go_to("Gas")[1:3] == ["Calorific 39.5 MJ/m3", "Factor 1.02264"]
    stand.worked_out["battery_low"] = lambda now_s: 1
    stand.wait(30)
    assert stand.shown()[-1] == "! Battery low"


@pytest.mark.req("GSME-DSP-07")
def test_money_has_its_sign_and_kwh_of_gas_their_origin():
    stand = Stand("G")
    assert "Day 12.3 kWh from volume" in stand.go_to("Registers")
    stand.data.currency_units = 978
    assert stand.go_to("Supplier")[3] == "Currency Euro"
    stand.press(HOLD_A)
    assert stand.shown()[1] == "€12.34"
    assert stand.go_to("Price")[1] == "Now 24.86c/kWh"


@pytest.mark.req("ESME-DSP-06", "ESME-LL-02")
def test_load_limit_switches_boost_and_alarms():
    stand = Stand("ELB")
    stand.data.load_limit_exceeded = 1
    assert stand.shown()[-1] == "! Over load limit"
    assert stand.go_to("Load limit")[1:4] == ["Limit 8.00kW", "Over it now Yes", "Times 3"]
    assert stand.go_to("Switches")[1:3] == ["Switch 1 Closed", "Switch 2 Open"]
    assert stand.go_to("Boost")[1] == "Boost off"
    stand.data.boost_ends_s = stand.now_s + 600
    assert stand.shown()[1] == "Boost until 08:15"
    stand.data.load_limit_exceeded = 0
    stand.worked_out["alarm_event"] = lambda now_s: 0x81C0
    assert stand.go_to("Status")[4] == "Alarm 81C0"
    stand.press(HOLD_A)
    assert stand.shown()[-1] == "! Alarm: see Status"


@pytest.mark.req("ESME-DSP-07")
def test_emergency_credit_left_and_owed_take_turns():
    stand = Stand()
    stand.data.credit_status = LOW | ENABLED_EC | SELECTED | IN_USE
    stand.data.emergency_credit_balance_mp, stand.data.emergency_credit_used_mp = 380_000, 120_000
    seen = []
    for _ in range(16):
        seen.append(stand.shown()[3])
        stand.wait(1)
    assert seen == (["Emergency £1.20 owed"] * 4 + ["Emergency £3.80 left"] * 4) * 2


@pytest.mark.req("ESME-DSP-07", "ESME-DSP-04", "GSME-DSP-04")
@pytest.mark.parametrize("letters", ["E", "G"])
def test_a_non_disablement_period_shows_a_flag(letters):
    stand = Stand(letters)
    assert stand.shown()[0] == "08:05 Balance +"
    stand.data.non_disablement_active = 1
    assert stand.shown()[0] == "08:05 Balance F +"
    assert "Non-disablement Yes" in stand.go_to("Supply")


@pytest.mark.req("ESME-DSP-04", "GSME-DSP-03")
@pytest.mark.parametrize(
    ("status", "line", "warning"),
    [
        (1 | ENABLED_EC, "Credit Not needed", "A: next"),
        (LOW | ENABLED_EC, "Credit Not needed", "! Credit low: top up"),
        (LOW | ENABLED_EC | AVAILABLE, "Credit Available", "! Emergency credit ready"),
        (LOW | ENABLED_EC | SELECTED, "Credit Activated", "! Credit low: top up"),
        (LOW | ENABLED_EC | SELECTED | IN_USE, "Credit In use", "Emergency credit in use !"),
        (1, "Credit None", "A: next"),
    ],
)
def test_emergency_credit_and_low_credit(status, line, warning):
    stand = Stand()
    stand.data.credit_status = status
    assert stand.shown()[-1] == warning
    assert stand.go_to("Emergency")[2] == line


@pytest.mark.parametrize(
    ("state", "inhibits", "status", "text"),
    [
        (ARMED, 0, 0, "! Press B to restore"),
        (DISABLED, 1, LOW | AVAILABLE, "! Off: B for emergency"),
        (DISABLED, 1, LOW, "! Supply is off"),
        (DISABLED, LOCK_INHIBIT, LOW | AVAILABLE, "! Supply is locked"),
    ],
)
def test_the_most_pressing_notice_is_told(state, inhibits, status, text):
    stand = Stand()
    stand.data.supply_state, stand.data.supply_inhibits = state, inhibits
    stand.data.credit_status = status
    assert stand.shown()[-1] == text


@pytest.mark.req("ESME-UIC-02", "GSME-UIC-02")
@pytest.mark.parametrize("letters", ["E", "G"])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "Credit added"),
        (Refusal(events.UTRN_DUPLICATE), "Code already used"),
        (Refusal(0), "Invalid code"),
        (Refusal(events.UTRN_NOT_AUTHENTIC), "Invalid code"),
        (Refusal(events.UTRN_NOT_FOR_DEVICE), "Code not for this meter"),
        (Refusal(events.UTRN_LOCKED_OUT), "Locked: try later"),
        (Refusal(events.UTRN_ABOVE_MAXIMUM_CREDIT), "Credit too high"),
        (Refusal(events.UTRN_ABOVE_MAXIMUM_BALANCE), "Balance too high"),
        (CommandRefused("no"), "Not accepted"),
    ],
)
def test_a_code_of_20_digits_becomes_add_credit(letters, answer, told):
    stand = protected(letters)
    stand.answers["Add Credit"] = answer
    stand.go_to("Top up")
    stand.press(KEY_B)
    stand.type(CODE)
    assert stand.shown()[1:3] == ["7 3 9 4 3 3 3 3 4 5 7 1", "8 9 0 4 3 3 1 3"]
    stand.press(HOLD_B)
    assert stand.given == [("Add Credit", {"utrn": CODE})]
    assert stand.shown() == [told]
    stand.wait(4)
    assert stand.shown() == [told]
    stand.wait(1)
    assert stand.shown()[0].split()[1:3] == ["Top", "up"]


@pytest.mark.req("ESME-UIC-02", "GSME-UIC-02")
def test_a_code_is_not_sent_before_it_is_whole_and_a_wrong_digit_can_be_mended():
    stand = Stand()
    stand.go_to("Top up")
    stand.press(KEY_B)
    stand.type(CODE[:19])
    stand.press(HOLD_B)
    assert stand.given == []
    # Back two places, where 1 becomes 2; digits turn round after 9.
    stand.press(HOLD_A, KEY_A, KEY_B, KEY_B)
    stand.press(*[KEY_A] * 13)
    stand.press(HOLD_B)
    assert stand.given == [("Add Credit", {"utrn": CODE[:17] + "413"})]


def test_leaving_digits_sends_nothing():
    for leave in ((HOLD_A, HOLD_A), ()):
        stand = Stand()
        stand.go_to("Top up")
        stand.press(KEY_B, KEY_A, KEY_B)
        stand.press(*leave)
        stand.wait(0 if leave else 30)
        assert stand.shown()[0].split()[1] in ("Top", "Balance")
        assert stand.given == []


@pytest.mark.req("ESME-SUP-06", "ESME-UIC-03", "ESME-DSP-07")
def test_restoring_the_supply_takes_two_deliberate_steps():
    stand = Stand()
    stand.data.supply_state = ARMED
    assert stand.shown()[-1] == "! Press B to restore"
    stand.press(KEY_B)
    assert stand.shown() == ["Restore supply?", "Hold B: yes   A: no"]
    # Any number of short presses answers nothing.
    stand.press(KEY_B, KEY_B, KEY_B)
    assert stand.given == []
    stand.press(HOLD_B)
    assert stand.given == [("Enable Supply", {})]
    assert stand.shown() == ["Supply restored"]


@pytest.mark.req("ESME-SUP-06")
@pytest.mark.parametrize("leave", [KEY_A, HOLD_A, None])
def test_the_question_can_be_declined(leave):
    stand = Stand()
    stand.data.supply_state = ARMED
    stand.press(KEY_B)
    if leave is None:
        stand.wait(30)
    else:
        stand.press(leave)
    stand.press(HOLD_B, KEY_A)
    assert stand.given == []
    assert stand.shown()[-1] == "! Press B to restore"


def test_a_supply_that_is_not_armed_is_not_offered():
    stand = Stand()
    for state in (0, 1):
        stand.data.supply_state = state
        assert stand.go_to("Supply")[-1] == "A: next"
        stand.press(KEY_B, HOLD_B)
        assert stand.given == []


@pytest.mark.req("ESME-SUP-06")
def test_a_supply_that_can_not_be_restored_is_told():
    stand = Stand()
    stand.data.supply_state = ARMED
    stand.answers["Enable Supply"] = CommandRefused("out of credit")
    stand.go_to("Supply")
    stand.press(KEY_B, HOLD_B)
    assert stand.shown() == ["Can't restore supply"]


@pytest.mark.req("ESME-UIC-03", "ESME-DST-02", "GSME-DST-03")
@pytest.mark.parametrize("letters", ["E", "G"])
def test_pin_commands_want_the_pin_first(letters):
    stand = protected(letters)
    stand.data.credit_status = LOW | ENABLED_EC | AVAILABLE
    for status, state, question, command in (
        (LOW | ENABLED_EC | AVAILABLE, 1, "Use emergency credit?", "Activate Emergency Credit"),
        (1, ARMED, "Restore supply?", "Enable Supply"),
    ):
        stand.wait(35)
        stand.given.clear()
        stand.data.credit_status, stand.data.supply_state = status, state
        stand.press(KEY_B)
        assert stand.shown()[0].split(" ", 1)[1] == "Type your PIN +"
        stand.type("4711")
        stand.press(HOLD_B)
        assert stand.shown()[0] == question
        assert stand.given == [("Allow Access to User Interface", {"pin": "4711"})]
        stand.press(HOLD_B)
        assert stand.given[1:] == [(command, {})]


@pytest.mark.req("ESME-DST-03", "GSME-DST-04", "GSME-UIC-03")
@pytest.mark.parametrize("letters", ["E", "G"])
def test_values_are_hidden_again_30_s_after_the_last_key(letters):
    stand = protected(letters)
    stand.go_to("Registers")
    type_pin(stand)
    stand.wait(29)
    assert "(PIN)" not in " ".join(stand.shown())
    stand.press(KEY_A)
    assert "(PIN)" not in " ".join(stand.shown())
    stand.wait(30)
    assert stand.shown()[1] == "(PIN)"


@pytest.mark.req("GSME-DST-06")
def test_after_three_wrong_pins_the_keypad_waits_five_seconds():
    stand = protected()
    for _ in range(3):
        type_pin(stand, "0000")
        assert stand.shown() == ["Wrong PIN"]
        stand.press(KEY_A)
    stand.press(KEY_B)
    assert stand.shown() == ["Wait 3 s"]
    stand.wait(5)
    type_pin(stand)
    assert stand.shown()[1] == "£12.34"


@pytest.mark.req("ESME-DST-02", "GSME-DST-05", "GSME-UIC-05", "GSME-UIC-07", "ESME-UIC-03")
@pytest.mark.parametrize("letters", ["E", "G"])
def test_a_pin_is_set_changed_and_taken_off_at_the_meter(letters):
    stand = Stand(letters)
    for digits in ("4711", "0815"):
        stand.go_to("PIN")
        stand.press(KEY_B)
        stand.type(digits)
        stand.press(HOLD_B)
        assert stand.shown() == ["PIN is set"]
        assert stand.data.privacy_pin == digits
        stand.press(KEY_A, KEY_A)
    stand.wait(40)
    stand.go_to("PIN off")
    type_pin(stand, "0815")
    assert stand.shown()[0] == "Show all without PIN?"
    stand.press(HOLD_B)
    assert stand.shown() == ["PIN is off"]
    assert stand.data.privacy_pin == ""
    commands = [name for name, _ in stand.given]
    assert commands == [
        "Set Privacy PIN",
        "Set Privacy PIN",
        "Allow Access to User Interface",
        "Disable Privacy PIN Protection",
    ]


@pytest.mark.req("GSME-UIC-04", "GSME-UIC-07", "ESME-UIC-03")
@pytest.mark.parametrize(
    ("letters", "page", "command", "told"),
    [
        ("G", "Messages", "Check for HAN Interface Commands", "Checking"),
        ("G", "Network", "Find and Join Smart Metering HAN", "Joining"),
        ("G", "Battery", "Reset Remaining Battery Capacity", "Battery noted"),
        ("G", "Valve", "Test Valve", "Valve tested"),
        ("E", "Network", "Find and Join Smart Metering HAN", "Joining"),
    ],
)
def test_commands_of_the_installer_and_of_the_consumer(letters, page, command, told):
    stand = Stand(letters)
    stand.go_to(page)
    stand.press(KEY_B)
    assert stand.given == []
    stand.press(HOLD_B)
    assert stand.given == [(command, {})]
    assert stand.shown() == [told]


@pytest.mark.req("BOOST-BST-02")
@pytest.mark.parametrize(("presses", "minutes"), [(0, 15), (1, 30), (2, 45), (3, 60), (4, None)])
def test_boost_periods_to_choose_from(presses, minutes):
    stand = Stand("EB")
    stand.go_to("Boost")
    stand.press(KEY_B, *[KEY_A] * presses)
    if minutes is None:
        assert stand.shown()[0].split()[1] == "Boost"
        return
    assert stand.shown()[0] == f"Boost for {minutes} minutes?"
    stand.press(HOLD_B)
    assert stand.given == [("Activate Boost Period", {"minutes": minutes})]


@pytest.mark.req("BOOST-BST-02")
def test_a_boost_is_extended_and_cancelled():
    stand = Stand("EB")
    stand.data.boost_ends_s = stand.now_s + 900
    stand.go_to("Boost")
    stand.press(KEY_B, HOLD_B)
    assert stand.given.pop() == ("Extend Boost Period", {"minutes": 15})
    stand.answers["Cancel Boost Period"] = CommandRefused("no")
    stand.press(KEY_A)
    stand.go_to("Boost off")
    stand.press(KEY_B, HOLD_B)
    assert stand.given == [("Cancel Boost Period", {})]
    assert stand.shown() == ["No boost is on"]


@pytest.mark.req("GSME-CFG-18", "ESME-DSP-02", "GSME-DSP-06")
@pytest.mark.parametrize("letters", ["E", "G"])
def test_a_message_is_shown_until_it_is_acknowledged(letters):
    stand = protected(letters)
    message = "Engineers will work in your street on Monday 19 January from 9 to 11 o'clock"
    stand.data.supplier_message = message
    assert stand.shown()[-1] == "B: type PIN" or "Message from supplier" in stand.shown()[-1]
    assert stand.go_to("Message")[1:5] == [
        "Engineers will work",
        "in your street on",
        "Monday 19 January",
        "from 9 to 11 o'clock",
    ]
    stand.press(KEY_B)
    assert stand.given == [("Acknowledge Message", {})]
    stand.data.supplier_message = ""
    stand.wait(5)
    assert stand.shown()[0].split()[1] == "Balance"


def test_a_long_message_is_scrolled_before_it_can_be_acknowledged():
    stand = Stand()
    stand.data.supplier_message = "x" * 116
    stand.go_to("Message")
    stand.press(KEY_B)
    assert stand.given == []
    assert stand.shown()[1:3] == ["x" * 21, "x" * 11]
    stand.press(KEY_B)
    assert stand.given == [("Acknowledge Message", {})]


GUARD = bytes(range(64))


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(METER_KEYS))
def test_any_keys_on_any_meter_draw_inside_the_picture(seed):
    rng = random.Random(seed)
    stand = Stand(rng.choice(("E", "ET", "ELB", "G")), rng.random() < 0.3)
    memory = bytearray(GUARD + bytes(1024) + GUARD)
    inside = memoryview(memory)[64:-64]
    canvas = Canvas(framebuf.FrameBuffer(inside, 128, 64, framebuf.MONO_VLSB), 128, 64)
    screen = MeterScreen(canvas, stand.view)
    for _ in range(60):
        data = stand.data
        data.supply_state = rng.randrange(3)
        data.credit_status = rng.randrange(0x80)
        data.payment_mode = rng.randrange(2)
        data.meter_balance_mp = rng.choice((0, -(2**31), 2**31 - 1))
        data.privacy_pin = rng.choice(("", "4711"))
        data.supplier_message = rng.choice(("", "A " * 58, "W" * 116))
        data.boost_ends_s = rng.choice((0, 2**32 - 1))
        data.block_thresholds_in_use = rng.randrange(4)
        stand.answers = dict.fromkeys(
            ("Add Credit", "Enable Supply"), rng.choice((None, CommandRefused("no")))
        )
        stand.wait(rng.choice((0, 1, 1, 6, 31)))
        stand.press(rng.choice(KEYS))
        screen.draw(stand.keypad, stand.now_s)
        assert memory[:64] == memory[-64:] == GUARD


@pytest.mark.runtime
@pytest.mark.req(
    "GSME-GEN-06",
    "GSME-GEN-08",
    "GSME-DST-03",
    "GSME-DST-04",
    "GSME-DST-05",
    "GSME-DST-06",
    "GSME-DSP-01",
    "GSME-DSP-02",
    "GSME-DSP-03",
    "GSME-DSP-04",
    "GSME-DSP-05",
    "GSME-DSP-06",
    "GSME-DSP-07",
    "GSME-CFG-07",
    "GSME-UIC-02",
    "GSME-UIC-03",
    "GSME-UIC-05",
    "GSME-UIC-07",
    "ESME-DST-02",
    "ESME-DST-03",
    "ESME-DSP-01",
    "ESME-DSP-02",
    "ESME-DSP-03",
    "ESME-DSP-04",
    "ESME-DSP-05",
    "ESME-DSP-06",
    "ESME-DSP-07",
    "ESME-SUP-06",
    "ESME-UIC-02",
    "ESME-UIC-03",
    "TWIN-TWN-04",
    "BOOST-BST-02",
)
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_persons_ways_on_every_runtime(runtime):
    check_golden(runtime, Path(meter_stand.__file__))
