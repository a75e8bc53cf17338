"""The electricity meter as a whole: order within a step, transactions, faults, power cuts."""

import datetime

import pytest

from host_tools.node.ram_memory import RamFiles
from protometer.kernel.clock import VirtualClock
from protometer.model import command as commands
from protometer.model.command import CommandRefused
from protometer.roles import commands as table
from protometer.roles.esme import Esme
from tests.roles.esme_stand import FrontEnd, Stand, flat_tariff
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S, UNIT_MP, Switch

SUPPLIER, USER, PPMID = commands.SUPPLIER, commands.USER_INTERFACE, commands.PPMID
NETWORK, BROKER = commands.NETWORK_OPERATOR, commands.ACCESS_CONTROL_BROKER
PREPAYMENT = {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True}
TWO_RATES = flat_tariff(days=[[[0, 0], [420, 1]]], prices=[1000, 3000])
AT_SEVEN_S = NEW_YEAR_S + 7 * 3600


def test_energy_that_comes_with_a_switch_is_priced_before_it():
    stand = Stand(AT_SEVEN_S - 1)
    stand.execute("Set Tariff", tariff=TWO_RATES)
    stand.step(1, 10_000)
    data = stand.data
    assert (data.meter_balance_mp, data.active_tariff_rate) == (-10, 1)
    assert (data.tariff_tou_registers.wh(0), data.tariff_tou_registers.wh(1)) == (10, 0)
    stand.step(1, 10_000)
    assert data.meter_balance_mp == -40
    assert data.tariff_tou_registers.wh(1) == 10


def test_energy_that_comes_with_midnight_belongs_to_the_day_before():
    stand = Stand(NEW_YEAR_S + DAY_S - 1)
    stand.execute("Set Tariff", tariff=flat_tariff(1000, 700))
    stand.step(1, 10_000)
    data = stand.data
    assert list(data.days_energy_wh)[:2] == [0, 10]
    assert list(data.days_cost_mp)[:2] == [700, 10]
    assert data.meter_balance_mp == -710


def test_the_offset_delays_price_and_rate_of_a_running_meter():
    stand = Stand(AT_SEVEN_S - 10)
    stand.execute("Set Tariff", tariff=TWO_RATES)
    stand.write("Randomised Offset Limit", 1799)
    assert stand.data.randomised_offset_s == 900
    rates = []
    for _ in range(1000):
        stand.step(1)
        rates.append(stand.data.active_tariff_rate)
    assert rates.index(1) == 10 + 900 - 1


@pytest.mark.parametrize("stride_s", [1, 3600, 86_399, 86_400, 200_000, 5 * DAY_S])
def test_one_standing_charge_a_midnight_however_the_time_passes(stride_s):
    stand = Stand(NEW_YEAR_S + DAY_S - 5)
    stand.execute("Set Tariff", tariff=flat_tariff(1000, 700))
    midnights = 0
    for _ in range(12):
        before_s = stand.now_s
        stand.step(stride_s)
        midnights += stand.now_s // DAY_S - before_s // DAY_S
        assert stand.data.meter_balance_mp == -700 * midnights
        assert sum(stand.data.months_cost_mp) == 700 * midnights


def test_standing_charges_of_a_power_cut_are_charged_at_its_end_once():
    stand = Stand(NEW_YEAR_S + DAY_S - 5)
    stand.execute("Set Tariff", tariff=flat_tariff(1000, 700))
    stand.power_on(3 * DAY_S)
    assert stand.data.meter_balance_mp == -3 * 700
    stand.power_on(1)
    stand.step(1)
    assert stand.data.meter_balance_mp == -3 * 700


def test_missed_days_shift_days_weeks_and_months():
    """2024-01-30 to 2024-02-07: nine days, two Mondays, one first of a month."""
    start = (datetime.date(2024, 1, 30) - datetime.date(2000, 1, 1)).days * DAY_S
    stand = Stand(start + 3600)
    stand.execute("Set Tariff", tariff=flat_tariff())
    stand.step(1, 5_000_000)
    stand.step(8 * DAY_S)
    data = stand.data
    assert list(data.days_energy_wh) == [0] * 8 + [5000]
    assert list(data.weeks_energy_wh)[:3] == [0, 5000, 0]
    assert list(data.months_energy_wh)[:2] == [0, 5000]
    stand.step(DAY_S)
    assert 5000 not in data.days_energy_wh


def test_a_clock_that_is_set_back_over_midnight_charges_nothing_twice():
    stand = Stand(NEW_YEAR_S + DAY_S - 5)
    stand.execute("Set Tariff", tariff=flat_tariff(1000, 700))
    stand.step(8)
    stand.step(-6)
    stand.step(10)
    assert stand.data.meter_balance_mp == -700


def test_a_clock_that_is_set_back_keeps_the_tariff_of_the_new_time():
    stand = Stand(AT_SEVEN_S + 100)
    stand.execute("Set Tariff", tariff=TWO_RATES)
    assert stand.data.active_tariff_rate == 1
    stand.step(-7200)
    assert stand.data.active_tariff_rate == 0
    stand.step(7199)
    assert stand.data.active_tariff_rate == 1


def test_a_clock_set_for_the_first_time_is_not_years_of_standing_charges():
    """A board whose clock has no battery begins in 2021 and learns the time from the hub."""
    in_2021_s = (datetime.date(2021, 1, 1) - datetime.date(2000, 1, 1)).days * DAY_S
    stand = Stand(in_2021_s)
    stand.execute("Set Tariff", tariff=flat_tariff(1000, 700))
    stand.step(5 * 365 * DAY_S)
    assert stand.data.meter_balance_mp == -700
    stand.step(DAY_S)
    assert stand.data.meter_balance_mp == -1400


# Arguments that succeed on a fresh meter in Prepayment Mode with credit, and who may send what:
# SMETS2 5.5.2.2, 5.6.2, 5.6.3.
OTHER_EUI = bytes.fromhex("00db1234567890a4")
VALID = {
    "Acknowledge Message": (USER, None),
    "Activate Emergency Credit": (SUPPLIER | USER | PPMID, {}),
    "Activate Firmware": (SUPPLIER, None),
    "Add Credit": (SUPPLIER | USER | PPMID, {"value_mp": 5_000}),
    "Add Device Security Credentials": (SUPPLIER | BROKER, {"identifier": OTHER_EUI, "type": 1}),
    "Adjust Debt": (SUPPLIER, {"time_debt_1_mp": 5}),
    "Adjust Meter Balance": (SUPPLIER, {"change_mp": 5}),
    "Allow Access to User Interface": (USER, {"pin": ""}),
    "Arm Supply": (SUPPLIER, {}),
    "Clear Event Log": (SUPPLIER, {}),
    "Configure Events": (
        SUPPLIER | NETWORK,
        {"setting": "Alarms", "mask": bytes(32), "action": bytes(32)},
    ),
    "Disable Privacy PIN Protection": (SUPPLIER | USER, {}),
    "Disable Supply": (SUPPLIER, {}),
    "Enable Supply": (SUPPLIER | USER | PPMID, {}),
    "Receive Firmware": (
        SUPPLIER | BROKER,
        {"version": "0.3.0", "image_hash": bytes(32), "verified": True},
    ),
    "Remove Device Security Credentials": (SUPPLIER | BROKER, None),
    "Reset Average RMS Over Voltage Counter": (NETWORK, None),
    "Reset Average RMS Under Voltage Counter": (NETWORK, None),
    "Reset Load Limit Counter": (SUPPLIER, {}),
    "Reset Maximum Demand Active Power Export": (NETWORK, {}),
    "Reset Maximum Demand Active Power Import": (NETWORK, {}),
    "Reset Maximum Demand Configurable Time Active Power Import": (NETWORK, {}),
    "Reset Meter Balance": (SUPPLIER, {}),
    "Reset Tariff Block Counter Matrix": (SUPPLIER, {}),
    "Restrict Data": (SUPPLIER, {"from_s": 5}),
    "Set Billing Calendar": (SUPPLIER, {"start_s": 0, "period": 1}),
    "Set Clock": (SUPPLIER, None),
    "Set Non-Disablement Calendar": (
        SUPPLIER,
        {"calendar": {"rules": [], "special_days": []}},
    ),
    "Set Payment Mode": (SUPPLIER, PREPAYMENT),
    "Set Privacy PIN": (USER, {"pin": "1234"}),
    "Set Price": (SUPPLIER, {"prices": {"prices": [5], "price_scale": -5}}),
    "Set Tariff": (SUPPLIER, {"tariff": flat_tariff()}),
    "Set Voltage Configurations": (NETWORK, None),
    "Write Configuration Data": (
        SUPPLIER | NETWORK | BROKER,
        {"item": "Currency Units", "value": 978},
    ),
}


def prepaid():
    stand = Stand()
    stand.execute("Adjust Meter Balance", change_mp=UNIT_MP // 2)
    stand.write("Emergency Credit Limit", UNIT_MP)
    stand.write("Emergency Credit Threshold", UNIT_MP)
    stand.execute(
        "Set Payment Mode", mode=1, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    stand.step(1)
    stand.events()
    return stand


# Arguments of what has to be refused on a fresh meter.
IN_VAIN = {
    "Activate Firmware": {"hash": bytes(32)},
    "Remove Device Security Credentials": {"identifier": OTHER_EUI},
    "Set Clock": {"from_s": 0, "until_s": 5},
    "Set Voltage Configurations": {"settings": {}},
}


def test_every_command_is_in_the_table_of_this_test():
    assert set(table.names("E")) == set(VALID)


@pytest.mark.req("ESME-COM-06", "ESME-SEC-02", "ESME-UIC-04", "ESME-COM-11")
@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize("originator", [SUPPLIER, USER, PPMID, NETWORK, BROKER, commands.HCALCS])
def test_originators(name, originator):
    stand = prepaid()
    done, not_done = (0x8161, 0x8162) if originator == USER else (0x8154, 0x8155)
    who, arguments = VALID[name]
    if arguments is None and originator & who:
        with pytest.raises(CommandRefused):
            stand.execute(name, originator, **IN_VAIN.get(name, {}))
        assert stand.events()[-1] == not_done
    elif originator & who:
        try:
            stand.execute(name, originator, **arguments)
        except CommandRefused as refusal:
            # The network operator and the broker have items and settings of their own.
            assert originator in (NETWORK, BROKER), refusal
            assert stand.events() == [0x8F30]
        else:
            assert done in stand.events()
    else:
        before = stand.state()
        with pytest.raises(CommandRefused) as refusal:
            stand.execute(name, originator, **(arguments or {}))
        assert str(refusal.value) == f"{name}: not for this originator"
        assert stand.events() == [0x8F30]
        assert stand.state() == before


# (name, arguments, complaint)
REFUSED = [
    ("Fly", {}, "Fly: no such Command"),
    ("Set Secondary Price", {}, "Set Secondary Price: no such Command"),
    ("Add Credit", {}, "Add Credit: argument utrn is missing"),
    ("Add Credit", {"utrn": 5}, "Add Credit: argument utrn is of the wrong type"),
    ("Restrict Data", {"from_s": True}, "Restrict Data: argument from_s is of the wrong type"),
    ("Add Credit", {"utrn": "5", "x": 1}, "Add Credit: no argument x"),
    ("Disable Supply", {"now": 1}, "Disable Supply: no argument now"),
    ("Disable Supply", {"at_s": 1}, "Disable Supply: no argument at_s"),
    ("Set Tariff", {"tariff": []}, "Set Tariff: argument tariff is of the wrong type"),
    (
        "Set Payment Mode",
        dict(PREPAYMENT, suspend_debt_emergency=0),
        "Set Payment Mode: argument suspend_debt_emergency is of the wrong type",
    ),
    ("Set Tariff", {"tariff": {}}, "tariff: no seasons"),
    ("Set Payment Mode", dict(PREPAYMENT, mode=2), "Set Payment Mode: no mode 2"),
    (
        "Write Configuration Data",
        {"item": "Meter Balance", "value": 5},
        "Meter Balance: may not be written",
    ),
    (
        "Write Configuration Data",
        {"item": "Randomised Offset Limit", "value": 1800},
        "Randomised Offset Limit: 1800 is outside 0..1799",
    ),
    ("Set Billing Calendar", {"start_s": 0, "period": 7}, "Set Billing Calendar: no period 7"),
    (
        "Set Billing Calendar",
        {"start_s": 30 * DAY_S, "period": 3},
        "Set Billing Calendar: not every month has that day",
    ),
]
# The first ones are malformed, which is a security event.
MALFORMED = 10


@pytest.mark.req("ESME-COM-11", "ESME-DST-01")
@pytest.mark.parametrize(("name", "arguments", "complaint"), REFUSED)
def test_a_refused_command_changes_nothing_and_is_logged(name, arguments, complaint):
    stand = prepaid()
    before, told, writes = stand.state(), list(stand.switch.told), stand.memory.writes
    with pytest.raises(CommandRefused) as refusal:
        stand.execute(name, **arguments)
    assert str(refusal.value) == complaint
    assert stand.state() == before
    assert stand.switch.told == told
    malformed = (name, arguments, complaint) in REFUSED[:MALFORMED]
    assert stand.events() == [0x8F1E if malformed else 0x8155]
    # One for the Event Log's entry, one for the state that makes it count.
    assert stand.memory.writes == writes + 2
    log = stand.meter.logbook.named("Security Log" if malformed else "Event Log")
    # The message code says which Command it was.
    code = 0 if malformed else table.find("E", name).code
    entry = (stand.now_s, 0x8F1E) if malformed else (stand.now_s, 0x8155, code)
    assert list(log.entries(log.next_number() - 1, 1)) == [entry]


def test_a_command_is_durable_before_it_acts():
    stand = prepaid()
    order = []
    write = stand.memory.write
    read_into = stand.memory.read_into

    def written(name, octets):
        order.append("memory")
        write(name, octets)

    def read(name, position, buffer):
        order.append("read back")
        return read_into(name, position, buffer)

    stand.memory.write, stand.memory.read_into = written, read
    stand.switch.set = lambda closed: order.append("switch open" if not closed else "closed")
    stand.execute("Disable Supply")
    assert order[:2] == ["memory", "read back"]
    assert order[-2:] == ["read back", "switch open"]


def test_a_command_accounts_for_energy_first():
    stand = prepaid()
    stand.execute("Set Tariff", tariff=flat_tariff())
    stand.front_end.give(7_000)
    stand.now_s += 1
    stand.execute("Reset Meter Balance")
    assert stand.data.meter_balance_mp == 0
    assert stand.data.energy_charged_mp == 7


def test_confirm_enables_when_armed_and_takes_emergency_credit_otherwise():
    stand = prepaid()
    stand.execute("Set Tariff", tariff=flat_tariff(30_000, price_scale=-4))
    stand.step(1, 200_000)
    assert stand.data.supply_state == 0
    stand.meter.confirm(stand.now_s)
    assert (stand.data.supply_state, stand.data.emergency_credit_activated) == (2, 1)
    assert not stand.switch.position
    stand.meter.confirm(stand.now_s)
    assert stand.data.supply_state == 1
    assert stand.switch.position


def test_a_memory_that_fails_is_an_event_and_metering_goes_on():
    stand = prepaid()
    stand.events()
    stand.memory.broken = True
    stand.step(1, 20_000)
    assert stand.events() == [0x81AE]
    stand.step(1, 20_000)
    assert stand.data.active_import_register.wh(0) == 40
    # Told once; and what can't be kept is not done.
    with pytest.raises(CommandRefused, match="Disable Supply: the memory can't keep it"):
        stand.execute("Disable Supply")
    # The Event Log can't be written either, which is told once as well.
    assert stand.events() == [0x81AE, 0x8155]
    assert stand.switch.position
    assert stand.data.active_import_register.wh(0) == 40
    stand.memory.broken = False
    stand.execute("Disable Supply")
    assert stand.events() == [0x8154]
    assert not stand.switch.position
    assert stand.data.active_import_register.wh(0) == 40


def test_a_switch_that_does_not_follow_is_an_event_a_second_later():
    stand = prepaid()
    for command, stuck, event in (
        ("Disable Supply", True, 0x81C0),
        ("Enable Supply", False, 0x81BD),
        ("Enable Supply", None, None),
    ):
        stand.switch.stuck = stuck
        stand.execute(command)
        stand.events()
        stand.step()
        assert stand.events() == ([event] if event else [])


def test_a_switch_that_fails_is_told_once_until_it_works():
    stand = prepaid()
    stand.switch.stuck = True
    stand.execute("Disable Supply")
    stand.events()
    told = []
    for _ in range(4):
        stand.step(1, 1)
        told += stand.events()
    assert told == [0x81C0]
    stand.switch.stuck = None
    stand.step(1, 1)
    stand.execute("Enable Supply")
    stand.step()
    stand.switch.stuck = True
    stand.execute("Disable Supply")
    stand.step()
    assert stand.events() == [0x8154, 0x8154, 0x81C0]


@pytest.mark.req("ESME-CLK-05", "ESME-CLK-04")
def test_while_the_time_is_not_known_no_rate_changes_and_nothing_is_stamped():
    stand = Stand(now_s=AT_SEVEN_S - 60)
    stand.execute("Set Tariff", tariff=TWO_RATES)
    stand.write("Load Limit Period", 30)
    later = {"item": "Load Limit Period", "value": 90, "at_s": AT_SEVEN_S}
    stand.meter.execute("Write Configuration Data", later, SUPPLIER, stand.now_s)
    stand.power_on(1, known=False)
    log = stand.meter.logbook.named("Profile Data Log Active Import")
    kept = log.next_number()
    for _ in range(200):
        stand.step(60, 1000)
    assert stand.data.active_tariff_rate == 0
    assert stand.data.load_limit_period_s == 30
    assert log.next_number() == kept
    stand.clock.known = False
    stand.meter.clock.hear(stand.now_s, stand.now_s)
    stand.step()
    assert stand.data.active_tariff_rate == 1
    assert stand.data.load_limit_period_s == 90
    assert log.next_number() > kept


def test_the_switch_is_put_in_place_at_power_on():
    stand = prepaid()
    stand.execute("Disable Supply")
    stand.switch.position = True
    stand.power_on(5)
    assert stand.switch.position is False


@pytest.mark.parametrize(("off_s", "event"), [(1, 0x8F35), (179, 0x8F35), (180, 0x8F36)])
def test_restored_after_a_short_and_a_long_outage(off_s, event):
    stand = prepaid()
    stand.meter.commit()
    stand.power_on(off_s)
    assert stand.events() == [0x8F57, event]


def test_the_first_start_and_a_cut_right_after_it():
    stand = Stand()
    assert stand.events() == []
    stand.power_on(5)
    assert stand.events() == [0x8F57, 0x8F35]
    stand.power_on(5)
    assert stand.events() == [0x8F57, 0x8F35]


def test_a_power_cut_keeps_everything():
    stand = prepaid()
    stand.execute("Set Tariff", tariff=TWO_RATES)
    stand.step(100, 123_456_789)
    assert stand.data.supply_state == 0
    stand.execute("Activate Emergency Credit")
    stand.step(1, 1_999)
    stand.meter.commit()
    before = stand.state("N")
    stand.power_on(0)
    after = stand.state("N")
    # When the last outage began is new.
    assert after.pop("phases_out_since_s") != before.pop("phases_out_since_s")
    assert after == before
    stand.step(1, 1)
    assert stand.data.active_import_register.mwh[0] == (123_456_789 + 2_000) % 10**6


@pytest.mark.untraced
def test_at_most_the_bound_is_lost():
    """Whatever the next second brings, if it is no more than the last one's energy."""
    stand = Stand(loss_bound_mwh=10_000)
    metered_mwh = kept_mwh = 0
    for number in range(400):
        energy_mwh = number // 40 * 300
        metered_mwh += energy_mwh
        assert 0 <= metered_mwh - kept_mwh <= 10_000
        stand.step(1, energy_mwh)
        memory = RamFiles()
        memory.files = dict(stand.memory.files)
        esme = Esme(FrontEnd(), Switch(), memory, memory, VirtualClock(stand.now_s, lambda: 0))
        kept = esme.data.active_import_register
        kept_mwh = kept.kwh[0] * 10**6 + kept.mwh[0]
    assert kept_mwh >= 400 * 1350 - 10_000


def test_energy_waits_no_longer_than_the_board_says():
    stand = Stand(loss_bound_mwh=1_000_000)
    stand.step(1, 1_000)
    writes = stand.memory.writes
    stand.step(100)
    assert stand.memory.writes == writes
    stand.step(800)
    assert stand.memory.writes == writes + 1


def test_damaged_records_are_an_event_and_never_stop_the_meter():
    stand = prepaid()
    stand.execute("Adjust Meter Balance", change_mp=1)
    stand.events()
    whole = dict(stand.memory.files)
    newest = max(
        (name for name in whole if name.startswith("step")),
        key=lambda name: whole[name][4:8][::-1],
    )
    for at in range(0, len(whole[newest]), 5):
        stand.memory.files = dict(whole)
        damaged = bytearray(whole[newest])
        damaged[at] ^= 0x55
        stand.memory.files[newest] = bytes(damaged)
        stand.power_on(0)
        assert stand.events() == [0x81AE, 0x8F57, 0x8F35]
        assert stand.data.meter_balance_mp in (UNIT_MP // 2, UNIT_MP // 2 + 1)
    stand.memory.files = {"step0": b"\xff" * 512, "checkpoint1": b"\x00" * 3}
    stand.power_on(1)
    assert stand.events() == [0x81AE]
    assert stand.data.meter_balance_mp == 0


@pytest.mark.untraced
def test_a_month_at_a_quarter_hour_keeps_its_sums():
    stand = Stand(NEW_YEAR_S, loss_bound_mwh=1_000_000)
    stand.execute("Set Tariff", tariff=dict(TWO_RATES, standing_charge=900))
    energy_mwh = cost_exact = 0
    for quarter in range(1, 31 * 96):
        used_mwh = quarter * 7919 % 500_000
        rate = 0 if (quarter - 1) % 96 < 28 else 1
        stand.step(900, used_mwh)
        energy_mwh += used_mwh
        cost_exact += used_mwh * TWO_RATES["prices"][rate]
    data = stand.data
    standing_mp = 900 * ((stand.now_s - NEW_YEAR_S) // DAY_S)
    assert data.meter_balance_mp == -(cost_exact // 10**6) - standing_mp
    assert data.active_import_register.wh(0) == energy_mwh // 1000
    registers = data.tariff_tou_registers
    assert sum(registers.kwh) * 10**6 + sum(registers.mwh) == energy_mwh
    assert data.months_cost_mp[0] == cost_exact // 10**6 + standing_mp
    assert data.months_energy_wh[0] == energy_mwh // 1000


def test_a_threshold_that_changes_ends_no_activation():
    """Only a credit or an adjustment does (requirements, Annex E, steps 4 and 5)."""
    stand = prepaid()
    stand.execute("Write Configuration Data", item="Emergency Credit Limit", value=5_000)
    stand.execute("Write Configuration Data", item="Emergency Credit Threshold", value=2_000_000)
    stand.execute("Activate Emergency Credit")
    stand.execute("Write Configuration Data", item="Emergency Credit Threshold", value=0)
    assert stand.data.emergency_credit_activated
    stand.execute("Adjust Meter Balance", change_mp=1)
    assert not stand.data.emergency_credit_activated


class FourQuadrants(FrontEnd):
    """A front end that measures both directions, active and reactive."""

    CHANNELS = ("import_mwh", "export_mwh", "reactive_import_mvarh", "reactive_export_mvarh")
    export_mwh = 250_400
    reactive_import_mvarh = 100_300
    reactive_export_mvarh = 50_200


def test_a_front_end_that_measures_more_has_registers_and_logs_for_it():
    memory = RamFiles()
    start_s = NEW_YEAR_S + DAY_S - 3 * 1800
    esme = Esme(FourQuadrants(), Switch(), memory, memory, VirtualClock(start_s, lambda: 0))
    for half_hour in range(1, 5):
        esme.step(start_s + half_hour * 1800)
    data = esme.data
    assert data.active_export_register.wh(0) == 4 * 250_400 // 1000
    assert data.reactive_import_register.wh(0) == 4 * 100_300 // 1000
    assert data.reactive_export_register.wh(0) == 4 * 50_200 // 1000
    assert data.active_import_register.wh(0) == 0
    profiles = {
        "Active Import": [0, 0, 0, 0],
        "Active Export": [250, 250, 251, 250],
        "Reactive Import": [100, 100, 100, 101],
        "Reactive Export": [50, 50, 50, 50],
    }
    for name, wh in profiles.items():
        entries = list(esme.logbook.named("Profile Data Log " + name).entries(0, 9))
        assert entries == [(start_s + 1800 * (n + 1), wh[n]) for n in range(4)]
    exported = list(esme.logbook.named("Daily Read Log Export").entries(0, 9))
    assert exported == [(NEW_YEAR_S + DAY_S, 0, 751)]
    # It outlives a cut, and none of it was priced.
    clock = VirtualClock(start_s + 4 * 1800 + 1, lambda: 0)
    again = Esme(FourQuadrants(), Switch(), memory, memory, clock)
    assert again.data.active_export_register.wh(0) == 1001
    assert again.data.meter_balance_mp == 0


def test_logs_that_fail_are_told_once_and_asked_every_minute():
    logs, memory = RamFiles(), RamFiles()
    esme = Esme(FrontEnd(), Switch(), memory, logs, VirtualClock(NEW_YEAR_S + 60, lambda: 0))
    logs.broken = True
    for second in range(1, 3700):
        esme.step(NEW_YEAR_S + 60 + second)
    told = [esme.outbox.take()[0] for _ in range(len(esme.outbox))]
    assert told == [0x81AE]
    # From the first half-hour on, once a minute.
    assert memory.writes < 75
    logs.broken = False
    for second in range(3700, 3800):
        esme.step(NEW_YEAR_S + 60 + second)
    entries = list(esme.logbook.named("Profile Data Log Active Import").entries(0, 9))
    assert entries == [(NEW_YEAR_S + 1800, 0), (NEW_YEAR_S + 3600, 0)]


def test_a_refused_command_undoes_nothing_that_was_never_durable():
    """The Standing Charge of a midnight that a broken memory could not keep."""
    stand = Stand(NEW_YEAR_S + DAY_S - 10)
    stand.execute("Set Tariff", tariff=flat_tariff(standing_mp=30_000))
    stand.execute("Adjust Meter Balance", change_mp=20_000)
    stand.execute(
        "Set Payment Mode", mode=1, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    stand.memory.broken = True
    stand.step(20)
    assert (stand.data.meter_balance_mp, stand.switch.position) == (-10_000, False)
    with pytest.raises(CommandRefused):
        stand.execute(
            "Set Payment Mode", mode=1, suspend_debt_disabled=False, suspend_debt_emergency=False
        )
    assert (stand.data.meter_balance_mp, stand.switch.position) == (-10_000, False)


def test_half_a_command_is_never_kept(monkeypatch):
    stand = prepaid()
    stand.meter.commit()
    before = stand.state()

    def no_room(*what):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("protometer.store.journal.Journal.put_step", no_room)
        with pytest.raises(MemoryError):
            stand.execute("Adjust Meter Balance", change_mp=5)
    stand.meter.commit()
    assert stand.state() == before
    stand.power_on(1)
    assert stand.data.meter_balance_mp == UNIT_MP // 2


def test_a_tariff_that_could_not_be_kept_delays_no_switch():
    stand = Stand(AT_SEVEN_S - 600)
    stand.execute("Set Tariff", tariff=TWO_RATES)
    stand.step(100)
    monkey = stand.memory
    write = monkey.write
    monkey.write = lambda name, octets: write(name, octets) if name[:3] == "log" else 1 / 0
    with pytest.raises(ZeroDivisionError):
        stand.execute("Set Tariff", tariff=flat_tariff())
    monkey.write = write
    stand.step(500)
    assert stand.data.active_tariff_price_mp == 3000
