"""A home on a network of its own, its roles as they are flashed: who says what to whom."""

import copy
import functools
import shutil

import pytest

from host_tools.desk.home_network import (
    DEVICES,
    DISPLAY,
    GAS,
    HUB,
    METER,
    PPMID,
    SWITCH,
    HomeNetwork,
)
from host_tools.node.frame_counts import frame_counts
from host_tools.node.home import EXTENDED_ADDRESSES
from host_tools.utrn import desk_utrn
from protometer.model import command as originators
from protometer.model import events
from protometer.model.command import CommandRefused
from protometer.model.enumerations import ARMED, DISABLED, EMERGENCY_AVAILABLE, ENABLED
from protometer.records.event_logs import log_of
from protometer.roles.ppmid import ACTIVATE_EMERGENCY_CREDIT, ADD_CREDIT, ENABLE_SUPPLY
from protometer.ui.ihd_screen import CREDIT
from protometer.ui.keypad import BROWSING, HOLD_B, KEY_A, KEY_B, TELLING
from tests import samples
from tests.han.home_judge import Judge
from tests.han.soak_home import Captures, Soak
from tests.interop import referee
from tests.roles.gsme_stand import gas_tariff

pytestmark = pytest.mark.untraced

START_S = 378_691_200
METERING, PREPAYMENT = 0x0702, 0x0705


class Watched(HomeNetwork):
    """A home whose events are noted."""

    def __init__(self, **how):
        self.events = []
        super().__init__(START_S, on_event=self._note, **how)

    def _note(self, device, code, at_s):
        self.events.append((device.role_name, code))

    def codes(self, role):
        return [code for name, code in self.events if name == role]

    def until(self, condition, seconds):
        for _ in range(seconds):
            if condition():
                return
            self.run(1)
        raise AssertionError(f"not in {seconds} s")

    def execute(self, name, command, originator=originators.SUPPLIER, **arguments):
        now_s = self.clock.utc_s()
        self.devices[name].role.execute(command, arguments, originator, now_s)


def settle(home):
    """Wait until a home's devices are at work."""
    home.until(lambda: all(home.is_ready(name) for name in DEVICES), 300)
    watch = home.devices[DISPLAY].role.watch
    home.until(lambda: watch.answers > 5 and home.devices[PPMID].role.watch.answers > 5, 120)
    assert home.failures() == []


def new_home():
    home = Watched(loss=0.02)
    home.set_up()
    settle(home)
    return home


@functools.cache
def without_power():
    """A home whose devices have joined and agreed their keys, all switched off."""
    home = new_home()
    for name in (HUB, *DEVICES):
        home.off(name)
    return home


def whole():
    """That home, its power restored."""
    home = copy.deepcopy(without_power())
    for name in (HUB, *DEVICES):
        home.on(name)
    settle(home)
    return home


@pytest.fixture
def home():
    return whole()


@pytest.fixture
def prepaying():
    """A home in prepayment mode, its meter out of credit: disabled."""
    home = whole()
    home.execute(
        METER, "Set Payment Mode", mode=1, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    home.until(lambda: home.devices[METER].role.data.supply_state != ENABLED, 5)
    home.until(lambda: home.devices[PPMID].role.data.payment_mode == 1, 400)
    return home


@pytest.mark.req("ESME-COM-10")
def test_who_joined_is_told():
    home = new_home()
    assert home.codes("ESME").count(events.NETWORK_JOINED) == 1
    assert home.codes("GSME").count(events.NETWORK_JOINED) == 1
    assert events.HUB_CONNECTED in home.codes("ESME")
    # Display, interface and load switch share a link key with the meter.
    home.until(lambda: home.codes("ESME").count(events.JOINED) == 3, 60)
    assert log_of(events.NETWORK_JOINED) == "Event Log"
    # A hub that is gone for so long that three questions were in vain.
    home.off(HUB)
    home.run(1_300)
    assert home.codes("ESME").count(events.HUB_DISCONNECTED) == 1
    home.on(HUB)
    home.run(600)
    assert home.codes("ESME").count(events.HUB_CONNECTED) == 2
    assert home.codes("ESME").count(events.NETWORK_JOINED) == 1


def test_a_network_on_which_nothing_changes_wears_no_memory(home):
    home.run(120)
    memories = {name: device.memory for name, device in home.devices.items()}
    before = {name: memory.writes for name, memory in memories.items()}
    home.run(1_200)
    # Frame counters are set aside now and then, and a half-hour may end.
    written = {name: memory.writes - before[name] for name, memory in memories.items()}
    assert {name: count for name, count in written.items() if count > 5} == {}


@pytest.mark.req("ESME-COM-09")
def test_a_display_shows_its_meter_and_only_that(home):
    meter, display = home.devices[METER].role, home.devices[DISPLAY].role
    assert display.watch.meter == home.stack(METER).network.short_address
    meter.data.low_credit_threshold_mp = 4_321
    meter.commit()
    home.until(lambda: display.data.low_credit_threshold_mp == 4_321, 2_000)
    assert display.data.link_ok


def test_a_device_that_is_not_in_the_device_log_is_shared_no_key_with():
    home = whole()
    identifier = bytes.fromhex(EXTENDED_ADDRESSES["IHD"])
    network = home.stack(METER).network
    home.execute(
        METER,
        "Remove Device Security Credentials",
        originators.ACCESS_CONTROL_BROKER,
        identifier=identifier,
    )
    # The key it has goes with the next restart of either; here it is dropped by hand.
    network.devices.drop(identifier[::-1])
    home.stack(DISPLAY).network.devices.drop(home.stack(METER).network.extended_address)
    home.events.clear()
    display = home.devices[DISPLAY].role
    home.until(lambda: not display.data.link_ok, 120)
    home.run(60)
    assert events.JOIN_FAILED in home.codes("ESME")
    assert network.devices.key_of(identifier[::-1]) is None


@pytest.mark.req("GSME-HIC-01", "GSME-COM-08", "GSME-GEN-05")
def test_the_gas_meter_is_mirrored_and_sleeps_in_between(home):
    gas, hub, display = (home.devices[name].role for name in (GAS, HUB, DISPLAY))
    home.until(lambda: hub.gas.complete_s is not None, 2_000)
    home.execute(GAS, "Arm Supply")
    gas.execute("Enable Supply", {}, originators.USER_INTERFACE, home.clock.utc_s())
    home.run(120)
    home.devices[GAS].gas.passed_ml += 12_345
    sent = frame_counts(home.stack(GAS))["sent"]
    home.run(600)
    # Nothing is said outside the contact of a half-hour.
    assert frame_counts(home.stack(GAS))["sent"] <= sent + 5
    assert hub.gas.mirror.value(METERING, 0) == 0
    home.run(1_900)
    assert hub.gas.mirror.value(METERING, 0) == 12
    assert hub.gas.mirror.value(METERING, 0x0014) == 2
    assert hub.gas.mirror.value(PREPAYMENT, 0x0001) == gas.data.meter_balance_mp
    home.until(lambda: display.watch.gas.data.gas_volume_l == 12, 700)
    assert display.watch.gas.data.supply_state == gas.data.supply_state == ENABLED


def burn(home, volume_ml):
    """Have gas be sold at a price, and so much of it burned."""
    home.execute(GAS, "Set Tariff", tariff=gas_tariff(price_mp=7_350))
    home.execute(GAS, "Arm Supply")
    gas = home.devices[GAS].role
    gas.execute("Enable Supply", {}, originators.USER_INTERFACE, home.clock.utc_s())
    home.run(120)
    home.devices[GAS].gas.passed_ml += volume_ml


# What a display has of the gas meter, and the meter's item and element.
GAS_FIGURES = (
    ("cost_today_mp", "days_cost_mp", 0),
    ("cost_this_week_mp", "weeks_cost_mp", 0),
    ("cost_this_month_mp", "months_cost_mp", 0),
    ("energy_today_wh", "days_energy_wh", 0),
    ("energy_this_week_wh", "weeks_energy_wh", 0),
    ("energy_this_month_wh", "months_energy_wh", 0),
    ("meter_balance_mp", "meter_balance_mp", None),
    ("credit_mode_balance_mp", "credit_mode_balance_mp", None),
    ("supply_state", "supply_state", None),
    ("payment_mode", "payment_mode", None),
    ("currency_units", "currency_units", None),
    ("credit_status", "credit_status", None),
    ("accumulated_debt_mp", "accumulated_debt_mp", None),
    ("emergency_credit_limit_mp", "emergency_credit_limit_mp", None),
)


@pytest.mark.parametrize("prepays", [False, True], ids=["credit", "prepayment"])
def test_both_displays_show_what_the_gas_meter_counted(home, prepays):
    gas = home.devices[GAS].role
    home.execute(GAS, "Write Configuration Data", item="Emergency Credit Limit", value=500_000)
    if prepays:
        home.execute(GAS, "Adjust Meter Balance", change_mp=900_000)
        home.execute(
            GAS,
            "Set Payment Mode",
            mode=1,
            suspend_debt_disabled=False,
            suspend_debt_emergency=True,
        )
    burn(home, 4_321_000)
    home.run(2 * 1_800 + 700)
    assert gas.data.days_energy_wh[0] > 40_000
    assert gas.data.days_cost_mp[0] > 300_000
    due_mp = gas.data.credit_mode_balance_mp
    assert (due_mp == gas.data.days_cost_mp[0]) != prepays
    for name in (DISPLAY, PPMID):
        shown = home.devices[name].role.watch.gas.data
        told = {one: getattr(shown, one) for one, _, _ in GAS_FIGURES}
        counted = {
            one: getattr(gas.data, item) if index is None else getattr(gas.data, item)[index]
            for one, item, index in GAS_FIGURES
        }
        assert told == counted
        assert 0 < home.clock.utc_s() - shown.told_s <= 1_800 + 700


def pages_of(home, name):
    """Return the pictures that stand on a panel as the key is pressed, until they come round."""
    device, shown = home.devices[name], []
    for _ in range(8):
        home.run(3)
        picture = device.panel.visible_pixels()
        if picture in shown:
            break
        shown.append(picture)
        device.role.press(home.clock.utc_s())
    return shown


def test_pages_of_gas_are_there_once_its_meter_was_heard_and_stale_when_it_is_not():
    home = Watched(loss=0.02)
    home.set_up()
    for name in (GAS, PPMID, SWITCH):
        home.off(name)
    home.until(lambda: home.is_ready(METER) and home.is_ready(DISPLAY), 300)
    display = home.devices[DISPLAY].role
    home.until(lambda: display.watch.answers > 5, 120)
    home.run(700)
    assert len(pages_of(home, DISPLAY)) == 3
    home.on(GAS)
    gas = display.watch.gas.data
    home.until(lambda: gas.told_s and gas.currency_units and gas.cost_today_mp is not None, 3_000)
    assert len(pages_of(home, DISPLAY)) == 5
    assert gas.link_ok
    home.off(GAS)
    told_s = gas.told_s
    # Two updates are missed, and a third.
    home.run_until(told_s + 2 * 1_800 + 1_200)
    assert gas.link_ok
    home.run_until(told_s + 3 * 1_800 + 700)
    assert not gas.link_ok
    assert display.data.link_ok
    assert len(pages_of(home, DISPLAY)) == 5
    home.on(GAS)
    home.until(lambda: gas.link_ok, 3_000)
    # The hub is gone, and with it its mirror.
    home.off(HUB)
    home.run(3 * 1_800 + 1_900)
    assert not gas.link_ok


@pytest.mark.req("GSME-UIC-04")
def test_a_person_may_have_the_gas_meter_speak_at_once(home):
    gas, hub = home.devices[GAS].role, home.devices[HUB].role
    home.until(lambda: hub.gas.complete_s is not None, 2_000)
    home.run(300)
    before = hub.gas.mirror.value(PREPAYMENT, 0x0001)
    home.execute(
        GAS, "Set Payment Mode", mode=1, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    home.run(60)
    assert hub.gas.mirror.value(PREPAYMENT, 0x0000) == 0
    gas.contact.check(home.clock.utc_s())
    home.run(30)
    assert hub.gas.mirror.value(PREPAYMENT, 0x0000) == 3
    assert before is not None


def outcome(home, seconds=30):
    interface = home.devices[PPMID].role
    home.until(lambda: interface.outcome is not None, seconds)
    return interface.outcome


@pytest.mark.req("ESME-COM-06", "ESME-COM-07")
def test_a_prepayment_interface_tops_up_and_has_the_supply_enabled(prepaying):
    home = prepaying
    meter, interface = home.devices[METER].role, home.devices[PPMID].role
    digits = desk_utrn("ESME", 1, 10 * 100_000)
    with pytest.raises(CommandRefused, match="armed"):
        interface.enable_supply(home.clock.utc_s())
    for wrong in ("1", "x" * 20, digits[:-1] + str((int(digits[-1]) + 1) % 10)):
        with pytest.raises(CommandRefused):
            interface.add_credit(wrong, home.clock.utc_s())
    interface.add_credit(digits, home.clock.utc_s())
    assert outcome(home).startswith("accepted")
    assert meter.data.meter_balance_mp == 10 * 100_000
    assert meter.data.supply_state == ARMED
    interface.add_credit(digits, home.clock.utc_s())
    assert outcome(home) == "rejected: used before"
    assert meter.data.meter_balance_mp == 10 * 100_000
    home.until(lambda: interface.data.supply_state == ARMED, 60)
    interface.enable_supply(home.clock.utc_s())
    assert outcome(home) == "accepted"
    assert meter.data.supply_state == ENABLED
    home.until(lambda: interface.data.meter_balance_mp == meter.data.meter_balance_mp, 400)
    log = interface.logbook.named("Event Log")
    assert [entry[1:] for entry in log.entries(0, 3)] == [
        (events.UI_COMMAND_DONE, ADD_CREDIT),
        (events.UI_COMMAND_NOT_DONE, ADD_CREDIT),
        (events.UI_COMMAND_DONE, ENABLE_SUPPLY),
    ]


def test_a_prepayment_interface_activates_emergency_credit(prepaying):
    home = prepaying
    meter, interface = home.devices[METER].role, home.devices[PPMID].role
    assert meter.data.supply_state == DISABLED
    interface.activate_emergency_credit(home.clock.utc_s())
    assert outcome(home).startswith("rejected")
    home.execute(METER, "Write Configuration Data", item="Emergency Credit Limit", value=500_000)
    home.execute(METER, "Write Configuration Data", item="Emergency Credit Threshold", value=100)
    interface.activate_emergency_credit(home.clock.utc_s())
    assert outcome(home) == "accepted"
    assert meter.data.emergency_credit_balance_mp > 0


class Person:
    """Who stands before the prepayment interface, with its two keys."""

    def __init__(self, home):
        self.home = home
        self.device = home.devices[PPMID]
        self.keypad = self.device.role.face.keypad

    def press(self, *keys):
        for key in keys:
            self.device.role.face.press(key, self.home.clock.utc_s())
            self.home.run(0.5)

    def go_to(self, page):
        while self.keypad.page != page:
            self.press(KEY_A)

    def type(self, digits):
        for place, digit in enumerate(digits):
            if place:
                self.press(KEY_B)
            self.press(*[KEY_A] * int(digit))
        self.press(HOLD_B)

    def told(self, seconds=30):
        """Return what is told of the Command, once that is more than that it was sent."""
        keypad = self.keypad
        self.home.until(
            lambda: keypad.state == TELLING and not keypad.told.startswith("Sent"), seconds
        )
        self.press(KEY_A)
        return keypad.told


def test_a_person_tops_up_activates_emergency_credit_and_restores_supply_by_two_keys(prepaying):
    home = prepaying
    meter, interface = home.devices[METER].role, home.devices[PPMID].role
    person = Person(home)
    home.execute(METER, "Write Configuration Data", item="Emergency Credit Limit", value=500_000)
    home.execute(METER, "Write Configuration Data", item="Emergency Credit Threshold", value=100)
    home.until(lambda: interface.data.credit_status & EMERGENCY_AVAILABLE, 400)
    person.go_to(CREDIT)
    # Nothing is Armed yet: Emergency Credit is the first of what is offered.
    person.press(KEY_B)
    assert person.keypad.offers == ["emergency credit", "top up"]
    person.press(KEY_B, HOLD_B)
    assert person.told() == "Elec: Activate Emergency Credit: accepted"
    assert meter.data.emergency_credit_balance_mp > 0
    home.until(lambda: interface.data.supply_state == ARMED, 60)
    person.go_to(CREDIT)
    person.press(KEY_B)
    assert person.keypad.offers == ["enable supply", "top up"]
    person.press(KEY_B, HOLD_B)
    assert person.told() == "Elec: Enable Supply: accepted"
    assert meter.data.supply_state == ENABLED
    home.until(lambda: interface.data.supply_state == ENABLED, 60)
    balance_mp = meter.data.meter_balance_mp
    digits = desk_utrn("ESME", 1, 10 * 100_000)
    person.go_to(CREDIT)
    person.press(KEY_B)
    person.type(digits)
    assert person.told() == "Elec: Add Credit: accepted: supply on"
    assert meter.data.meter_balance_mp > balance_mp
    person.go_to(CREDIT)
    person.press(KEY_B)
    person.type(digits)
    assert person.told() == "Elec: Add Credit: rejected: used before"
    # With a wrong digit it is not even sent.
    log = interface.logbook.named("Event Log")
    person.go_to(CREDIT)
    person.press(KEY_B)
    person.type(digits[:-1] + str((int(digits[-1]) + 1) % 10))
    assert person.told() == "Not sent: a digit is mistyped"
    assert [entry[1:] for entry in log.entries(0, len(log))] == [
        (events.UI_COMMAND_DONE, ACTIVATE_EMERGENCY_CREDIT),
        (events.UI_COMMAND_DONE, ENABLE_SUPPLY),
        (events.UI_COMMAND_DONE, ADD_CREDIT),
        (events.UI_COMMAND_NOT_DONE, ADD_CREDIT),
    ]
    assert home.failures() == []


def test_a_person_is_told_that_the_meter_does_not_answer(prepaying):
    home = prepaying
    person = Person(home)
    person.go_to(CREDIT)
    person.press(KEY_B)
    home.off(METER)
    person.type(desk_utrn("ESME", 1, 100_000))
    assert person.told(40) == "Elec: Add Credit: no answer"
    # By then it is known that the meter is away: nothing is offered.
    home.run(40)
    person.go_to(CREDIT)
    person.press(KEY_B)
    assert person.keypad.state == BROWSING
    # What the meter says has its turn: that there is no link to it.
    home.run(-home.clock.utc_s() % 10 + 8)
    lit = home.devices[PPMID].panel.visible_pixels()[6 * 128 : 7 * 128]
    assert all(byte & 0x40 for byte in lit)


def test_a_display_may_not_do_what_the_interface_may(prepaying):
    home = prepaying
    meter, display = home.devices[METER].role, home.devices[DISPLAY].role
    heard = []
    display.stack.on_status = lambda *told: heard.append(told[1:4])
    display.stack.command(display.watch.meter, METERING, 0x0C, b"\x02", False, wants_status=True)
    home.run(5)
    assert heard == [(METERING, 0x0C, 0x7E)]
    assert meter.data.supply_state == DISABLED


def test_a_command_without_an_answer_is_given_up(home):
    interface = home.devices[PPMID].role
    home.off(METER)
    interface.activate_emergency_credit(home.clock.utc_s())
    assert outcome(home, 40) == "no answer"


def test_the_load_switch_does_what_its_meter_says(home):
    switch = home.devices[SWITCH]
    home.run(60)
    now_s = home.clock.utc_s()
    home.devices[METER].role.execute(
        "Set HCALCS Or ALCS State",
        {"switch": 1, "action": 17, "minutes": 30},
        originators.SUPPLIER,
        now_s,
    )
    home.until(lambda: switch.contact.value() == 1, 60)
    # At the end of its time it is open.
    home.until(lambda: switch.contact.value() == 0, 35 * 60)


def test_hours_with_restarts_and_losses(tmp_path):
    """`make soak-han` plays a week, with fifty restarts, an outage and an hour at 20 % loss."""
    hours, restarts = samples.HOME_HOURS, samples.HOME_RESTARTS
    captures = Captures(tmp_path)
    soak = Soak(3, hours * 3_600, restarts, 900, captures.write, lambda text: None)
    soak.run()
    captures.close()
    assert soak.faults() == []
    assert soak.judge.looks > 100
    if shutil.which("tshark"):
        (path,) = captures.paths
        count, faulty = referee.judged(path, soak.keys())
        assert faulty == []
        # It would find fault with what it can't read.
        _, sealed = referee.judged(path, {})
        assert count > 10_000 < len(sealed)


def test_the_judge_finds_what_is_wrong():
    home = HomeNetwork(START_S)
    home.set_up()
    judge = Judge(home)
    judge.seconds_until_all_ready(300)
    judge._excused_until_s = judge._gas_excused_until_s = 0
    judge.run(300)
    judge.faults.clear()
    home.devices[DISPLAY].role.data.energy_this_week_wh = 7
    judge.run(10)
    assert len(judge.faults) == 1
    assert "display shows 7" in judge.faults[0]
