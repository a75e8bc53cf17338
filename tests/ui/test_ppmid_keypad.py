"""A prepayment interface's two keys: what is offered, sent and told, of either fuel."""

import random
from pathlib import Path

import framebuf
import pytest

from host_tools.perf import slices_us
from host_tools.scenarios import RUNTIMES
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.ui import keypad as flow
from protometer.ui import ppmid_keypad
from protometer.ui.ihd_screen import CREDIT, GAS_CREDIT, IhdScreen
from protometer.ui.keypad import HOLD_A, HOLD_B, KEY_A, KEY_B
from protometer.ui.meter_face import MeterFace
from protometer.ui.ppmid_fuel import PpmidFuel
from protometer.ui.ppmid_keypad import PpmidKeypad
from tests.on_runtimes import check_golden
from tests.samples import METER_KEYS
from tests.ui import ihd_views, ppmid_stand, ppmid_views
from tests.ui.ppmid_stand import ARMED, CODE, DISABLED, ENABLED, IN_USE, OFFERED, Sender, Stand
from tests.ui.test_meter_face import Panel

KEYS = (KEY_A, KEY_B, HOLD_A, HOLD_B)
CREDIT_MODE, PREPAYMENT = 0, 1
LOCKED_OUT = 0x42


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_persons_ways_on_every_runtime(runtime):
    check_golden(runtime, Path(ppmid_stand.__file__))


# Payment Mode, Supply State, Credit Status: what can be done at either meter.
OFFERS = (
    (PREPAYMENT, ENABLED, 0x05, ["top up"]),
    (PREPAYMENT, ENABLED, OFFERED, ["emergency credit", "top up"]),
    (PREPAYMENT, DISABLED, OFFERED, ["emergency credit", "top up"]),
    (PREPAYMENT, ENABLED, IN_USE, ["top up"]),
    (PREPAYMENT, DISABLED, LOCKED_OUT, ["top up"]),
    (PREPAYMENT, ARMED, 0x01, ["enable supply", "top up"]),
    (PREPAYMENT, ARMED, OFFERED, ["enable supply", "emergency credit", "top up"]),
    (CREDIT_MODE, ENABLED, OFFERED, []),
    (CREDIT_MODE, ARMED, 0x01, ["enable supply"]),
)


@pytest.mark.parametrize(("mode", "supply", "status", "offers"), OFFERS)
def test_what_is_possible_now_is_offered_and_nothing_else(mode, supply, status, offers):
    stand = Stand()
    for view, is_gas in ((stand.view, False), (stand.gas_view, True)):
        view.payment_mode, view.supply_state, view.credit_status = mode, supply, status
        fuel = PpmidFuel("", view, lambda: stand.gas, None, is_gas)
        # At a gas meter Supply is enabled by who stands before it.
        wanted = [name for name in offers if not is_gas or name != "enable supply"]
        assert list(fuel.offers()) == wanted
        view.link_ok = False
        assert list(fuel.offers()) == []


def test_a_gas_meter_that_leaves_has_its_command_given_up():
    sender = Sender()
    gas = [sender]
    fuel = PpmidFuel("Gas", Stand().gas_view, lambda: gas[0], None, True)
    fuel.send("Activate Emergency Credit", {}, 0)
    assert fuel.line(0) == "Activate Emergency Credit: waiting"
    # As roles.ppmid_messages does: it gives up first.
    sender.outcome = "no answer"
    gas[0] = None
    assert fuel.outcome(1) == "Gas: Activate Emergency Credit: no answer"
    assert fuel.outcome(1) is None
    assert list(fuel.offers()) == []


def test_where_nothing_sends_gas_commands_none_is_offered():
    stand = Stand(sends_gas=False)
    stand.gas_view.credit_status = OFFERED
    stand.go_to(GAS_CREDIT)
    assert stand.shown()[-1] == "! Emergency credit ready"
    stand.press(KEY_B, HOLD_B)
    assert stand.keypad.state == flow.BROWSING
    assert stand.shown()[0].startswith("08:05 GAS BALANCE")


def test_key_b_does_nothing_on_other_pages():
    stand = Stand()
    for page in (0, 1, 3):
        stand.go_to(page)
        before = stand.shown()
        stand.press(KEY_B)
        assert stand.shown()[1:] == before[1:]
    assert stand.electricity.given == stand.gas.given == []


@pytest.mark.parametrize(("page", "other"), [(CREDIT, "gas"), (GAS_CREDIT, "electricity")])
def test_a_code_goes_to_the_fuel_of_its_page(page, other):
    stand = Stand()
    stand.go_to(page)
    stand.press(KEY_B)
    stand.type(CODE)
    stand.press(HOLD_B)
    sender = stand.gas if page == GAS_CREDIT else stand.electricity
    assert sender.given == ["Add Credit " + CODE]
    assert getattr(stand, other).given == []


def test_a_code_is_accepted_whole_only():
    stand = Stand()
    stand.go_to(CREDIT)
    stand.press(KEY_B)
    stand.type(CODE[:19])
    stand.press(HOLD_B)
    assert stand.electricity.given == []
    assert stand.keypad.state == flow.TYPING


def test_what_is_no_more_possible_when_it_is_chosen_is_not_begun():
    stand = Stand()
    stand.view.credit_status = OFFERED
    stand.go_to(CREDIT)
    stand.press(KEY_B)
    stand.view.credit_status = IN_USE
    stand.press(KEY_B)
    assert stand.shown() == ["Not possible any more"]
    assert stand.electricity.given == []


def test_a_refusal_of_the_device_is_told_in_its_words():
    stand = Stand()
    stand.view.supply_state = ARMED
    stand.electricity.refuses = "Enable Supply: the supply is not armed"
    stand.go_to(CREDIT)
    stand.press(KEY_B, KEY_B, HOLD_B)
    assert " ".join(stand.shown()) == "Not sent: the supply is not armed"
    # Nothing is awaited: it may be tried again.
    stand.press(KEY_A, KEY_B)
    assert stand.shown()[1] == "> Enable supply"


def sent(stand, page=CREDIT):
    stand.go_to(page)
    stand.press(KEY_B)
    stand.type(CODE)
    stand.press(HOLD_B)


def test_an_outcome_waits_until_nothing_is_being_typed():
    stand = Stand()
    sent(stand, GAS_CREDIT)
    stand.press(KEY_A)
    stand.go_to(CREDIT)
    stand.press(KEY_B)
    stand.type("12")
    stand.gas.outcome = "accepted"
    stand.wait(3)
    assert stand.keypad.state == flow.TYPING
    stand.press(HOLD_A, HOLD_A)
    stand.wait(1)
    assert " ".join(stand.shown()) == "Gas: Add Credit: accepted"
    assert stand.asked == 1


def test_outcomes_of_both_fuels_are_told_one_after_the_other():
    stand = Stand()
    sent(stand)
    stand.press(KEY_A)
    sent(stand, GAS_CREDIT)
    stand.electricity.outcome, stand.gas.outcome = "accepted", "no answer"
    assert stand.wait(1)
    assert " ".join(stand.shown()) == "Elec: Add Credit: accepted"
    stand.wait(19)
    assert " ".join(stand.shown()) == "Elec: Add Credit: accepted"
    stand.wait(1)
    assert " ".join(stand.shown()) == "Gas: Add Credit: no answer"


def test_a_key_that_comes_with_an_outcome_does_not_put_it_away():
    stand = Stand()
    sent(stand)
    stand.electricity.outcome = "rejected: used before"
    stand.keypad.press(KEY_A, stand.now_s)
    assert " ".join(stand.shown()) == "Elec: Add Credit: rejected: used before"
    stand.press(KEY_A)
    assert stand.keypad.state == flow.BROWSING


def test_an_outcome_is_told_once_and_an_earlier_one_never():
    stand = Stand()
    stand.electricity.outcome = "accepted"
    assert not stand.wait(2)
    sent(stand)
    stand.electricity.outcome = "rejected: used before"
    stand.wait(1)
    stand.press(KEY_A)
    stand.wait(1)
    assert stand.keypad.state == flow.BROWSING


def test_pages_go_round_where_no_key_is_pressed():
    stand = Stand()
    seen = []
    for _ in range(6):
        seen.append(stand.keypad.page)
        stand.wait(30)
    assert seen == [0, 1, 2, 3, 4, 0]


def test_a_display_shows_by_turns_what_the_meter_says_and_what_the_keys_do():
    stand, panel = Stand(), Panel()
    stand.view.credit_status = OFFERED
    stand.go_to(CREDIT)
    pages = IhdScreen(panel.framebuffer, stand.gas_view)
    stand.screen._pages, stand.screen._canvas = pages, pages.canvas
    clock = VirtualClock(stand.now_s, lambda: 0)
    scheduler = Scheduler(clock)
    MeterFace(scheduler, panel, stand.screen, stand.view, stand.keypad, lambda: False)
    lit = []
    for _ in range(200):
        scheduler.run_due()
        clock.advance(100)
        stand.links.heard(clock.utc_s())
        lit.append(all(byte & 0x40 for byte in panel.shown[-1][6 * 128 : 7 * 128]))
    assert [sum(lit[at : at + 50]) for at in range(0, 200, 50)] == [0, 50, 0, 50]


def test_the_flow_is_a_function_of_state_and_input_and_time_ends_what_a_person_left():
    pairs = [(state, given) for state, given, _, _ in PpmidKeypad.flow]
    assert len(pairs) == len(set(pairs))
    assert all(hasattr(PpmidKeypad, step) for _, _, step, _ in PpmidKeypad.flow)
    assert (ppmid_keypad.CHOOSING, flow.IDLE) in pairs
    assert len({value for name, value in vars(flow).items() if name in _INPUTS}) == len(_INPUTS)
    assert {ppmid_keypad.CHOICE_WANTED, ppmid_keypad.OUTCOME}.isdisjoint(
        value for name, value in vars(flow).items() if name in _INPUTS
    )


_INPUTS = (
    "KEY_A",
    "KEY_B",
    "HOLD_A",
    "HOLD_B",
    "IDLE",
    "DIGITS_WANTED",
    "ANSWER_WANTED",
    "NOTHING_WANTED",
    "LEFT",
    "UNLOCKED",
    "DONE",
    "REFUSED",
    "DARK",
)
GUARD = bytes(range(64))


@pytest.mark.untraced
@pytest.mark.parametrize("seed", range(METER_KEYS))
def test_any_keys_draw_inside_the_picture_and_send_what_was_typed(seed):
    rng = random.Random(seed)
    stand = Stand(has_gas=rng.random() < 0.7)
    memory = bytearray(GUARD + bytes(1024) + GUARD)
    inside = memoryview(memory)[64:-64]
    stand.canvas._canvas.framebuffer = stand.canvas.framebuffer = framebuf.FrameBuffer(
        inside, 128, 64, framebuf.MONO_VLSB
    )
    for _ in range(80):
        for view in (stand.view, stand.gas_view):
            view.supply_state = rng.randrange(3)
            view.credit_status = rng.randrange(1, 0x80)
            view.payment_mode = rng.randrange(2)
            view.meter_balance_mp = rng.choice((0, -(2**31), 2**31 - 1))
        for sender in (stand.electricity, stand.gas):
            sender.refuses = rng.choice((None, None, "Add Credit: no", "x" * 60))
            sender.outcome = sender.outcome or rng.choice(
                (None, "accepted", "rejected: " + "y" * 50)
            )
        stand.wait(rng.choice((0, 1, 1, 6, 31)))
        stand.press(rng.choice(KEYS))
        stand.shown()
        assert memory[:64] == memory[-64:] == GUARD
    for command in stand.electricity.given + stand.gas.given:
        assert command.split()[0] in ("Add", "Activate", "Enable")
    assert not [command for command in stand.gas.given if command.startswith("Enable")]


def test_no_piece_of_a_picture_takes_longer_than_a_slice_may():
    longest_us = {}
    for name, way in ppmid_views.CASES:
        stand = Stand()
        way(stand)
        # As it is drawn on a board, where nobody keeps the texts.
        stand.screen._pages.canvas = stand.screen._canvas = stand.canvas._canvas
        longest_us[name] = max(slices_us(stand.screen.steps(stand.keypad, stand.now_s)))
    for name, page, now_s, changes, gas_changes in ihd_views.GAS_CASES:
        buffer = framebuf.FrameBuffer(bytearray(1024), 128, 64, framebuf.MONO_VLSB)
        screen = IhdScreen(buffer, ihd_views.GasView(gas_changes))
        longest_us[name] = max(slices_us(screen.steps(ihd_views.View(changes), page, now_s)))
    assert {name: us for name, us in longest_us.items() if us > 10_000} == {}
