"""The gas meter as a whole: volumes to money and logs, valve, battery, faults, power cuts."""

import pytest

from host_tools.node.ram_memory import RamFiles
from protometer.kernel.clock import VirtualClock
from protometer.model import command as commands
from protometer.model.command import CommandRefused
from protometer.records.registers import readings_wh
from protometer.roles import commands as table
from protometer.roles.gsme import Gsme
from tests.roles.gsme_stand import TEST_S, FrontEnd, Stand, VolumeOnly, gas_tariff
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S, UNIT_MP, Switch

SUPPLIER, USER, PPMID = commands.SUPPLIER, commands.USER_INTERFACE, commands.PPMID
NETWORK, BROKER = commands.NETWORK_OPERATOR, commands.ACCESS_CONTROL_BROKER
DISABLED, ENABLED, ARMED = 0, 1, 2
LATE_S = NEW_YEAR_S + DAY_S - 120


def supplied(now_s=NEW_YEAR_S + 3600, **when):
    """A meter whose valve a person has opened; a litre is 10 Wh and costs 10 mp."""
    stand = Stand(now_s, **when)
    stand.round_factors()
    stand.execute("Set Tariff", tariff=gas_tariff())
    stand.enable()
    stand.events()
    return stand


@pytest.mark.req("GSME-GEN-04", "GSME-MON-05")
def test_a_meter_as_shipped_is_armed_and_its_valve_is_shut():
    stand = Stand()
    stand.run(100, 0)
    assert (stand.data.supply_state, stand.switch.position) == (ARMED, False)
    assert (stand.data.payment_mode, stand.data.active_tariff_price_mp) == (0, 0)
    stand.meter.confirm(stand.now_s)
    assert stand.switch.position
    stand.run(TEST_S)
    assert (stand.data.supply_state, stand.switch.position) == (ENABLED, True)


@pytest.mark.req("GSME-MON-05")
def test_a_test_that_was_passed_outlives_a_cut_and_one_that_was_not_does_not():
    stand = Stand()
    stand.meter.confirm(stand.now_s)
    stand.run(TEST_S - 1)
    assert stand.switch.position
    stand.power_on(1)
    assert (stand.data.supply_state, stand.switch.position) == (ARMED, False)
    stand.meter.confirm(stand.now_s)
    stand.run(TEST_S)
    stand.power_on(1)
    assert (stand.data.supply_state, stand.switch.position) == (ENABLED, True)


@pytest.mark.req("GSME-PAY-03", "GSME-REC-01", "GSME-OPS-04", "GSME-REC-10")
def test_a_litre_goes_into_register_rate_energy_and_money():
    stand = supplied()
    stand.step(1, 1_000)
    data = stand.data
    assert data.consumption_register.wh(0) == data.tariff_tou_registers.wh(0) == 1
    assert data.energy_consumed.wh(0) == data.days_energy_wh[0] == 10
    assert data.credit_mode_balance_mp == data.days_cost_mp[0] == 10
    assert data.meter_balance_mp == 0
    assert list(data.half_hour_wh)[:2] == [1, 0]


@pytest.mark.req("GSME-REC-05", "GSME-REC-07", "GSME-REC-08")
def test_logs_are_in_litres_and_the_days_energy_in_wh():
    stand = supplied(LATE_S)
    stand.step(30, 7_600)
    stand.run(100)
    midnight_s = NEW_YEAR_S + DAY_S
    assert stand.log("Profile Data Log") == [(midnight_s, 7)]
    ((stamp, octets),) = stand.log("Daily Read Log")
    assert (stamp, readings_wh(stand.data, octets)) == (midnight_s, [7, 7, 0, 0, 0, 7, 0, 0, 0])
    assert stand.log("Daily Consumption Log") == [(midnight_s, 76)]
    assert stand.log("Prepayment Daily Read Log") == []


@pytest.mark.req("GSME-PAY-08", "GSME-PAY-30", "GSME-CFG-17")
def test_what_a_midnight_brings_and_what_an_outage_missed():
    stand = supplied(LATE_S)
    stand.execute("Set Tariff", tariff=gas_tariff(standing_mp=700))
    stand.prepay()
    stand.execute("Adjust Debt", time_debt_1_mp=UNIT_MP)
    stand.write("Debt Recovery Rate 1", 50)
    stand.run(60)
    assert stand.data.meter_balance_mp == 10 * UNIT_MP - 750
    stand.power_on(3 * DAY_S)
    assert stand.data.meter_balance_mp == 10 * UNIT_MP - 4 * 750
    assert stand.data.time_debt_1_mp == UNIT_MP - 4 * 50


@pytest.mark.req("GSME-PRC-04", "GSME-REC-03", "GSME-REC-04", "GSME-PAY-29")
def test_a_billing_date_reads_the_blocks_resets_them_and_charges_after_that():
    stand = supplied(LATE_S)
    blocks = {"block_prices": [1000, 3000], "block_thresholds": [100]}
    stand.execute("Set Tariff", tariff=gas_tariff(standing_mp=700, **blocks))
    stand.execute("Set Billing Calendar", start_s=NEW_YEAR_S, period=1)
    stand.step(5, 15_000)
    data = stand.data
    # 100 Wh at 1 mp, 50 Wh at 3 mp.
    assert data.credit_mode_balance_mp == 250
    assert [data.tariff_block_counters.wh(block) for block in range(4)] == [10, 5, 0, 0]
    assert data.active_tariff_price_mp == 3000
    stand.events()
    stand.run(60)
    assert stand.events() == [0x8F0A]
    ((_, octets),) = stand.log("Billing Data Log Billing Calendar")
    assert readings_wh(data, octets)[-4:] == [10, 5, 0, 0]
    assert [data.tariff_block_counters.wh(block) for block in range(4)] == [0] * 4
    assert data.active_tariff_price_mp == 1000
    assert data.credit_mode_balance_mp == 250 + 700


# Arguments that succeed on a fresh meter in Prepayment Mode with credit, None where there are
# none, and who may send what: SMETS2 4.4.2.1, 4.5.2, 4.5.3.
OTHER_EUI = bytes.fromhex("00db1234567890a4")
NEVER = {
    "seasons": [[0xFFFF, 1, 1, 0]],
    "weeks": [[0] * 7],
    "days": [[[0, 0]]],
    "special_days": [],
}
VALID = {
    "Acknowledge Message": (USER, None),
    "Activate Emergency Credit": (SUPPLIER | USER | PPMID, {}),
    "Activate Firmware": (SUPPLIER, None),
    "Add Credit": (SUPPLIER | USER | PPMID, {"value_mp": 5_000}),
    "Add Device Security Credentials": (SUPPLIER | BROKER, {"identifier": OTHER_EUI, "type": 1}),
    "Adjust Credit Mode Meter Balance": (SUPPLIER, {"change_mp": -5}),
    "Adjust Debt": (SUPPLIER, {"time_debt_1_mp": 5}),
    "Adjust Meter Balance": (SUPPLIER, {"change_mp": 5}),
    "Allow Access to User Interface": (USER, {"pin": ""}),
    "Arm Supply": (SUPPLIER, {}),
    "Check for HAN Interface Commands": (USER, {}),
    "Clear Event Log": (SUPPLIER, {}),
    "Configure Events": (
        SUPPLIER,
        {"setting": "Alarms", "mask": bytes(32), "action": bytes(32)},
    ),
    "Disable Privacy PIN Protection": (SUPPLIER | USER, {}),
    "Disable Supply": (SUPPLIER, {}),
    "Enable Supply": (USER, {}),
    "Receive Firmware": (
        SUPPLIER | BROKER,
        {"version": "0.3.0", "image_hash": bytes(32), "verified": True},
    ),
    "Record Network Data": (BROKER, {}),
    "Remove Device Security Credentials": (SUPPLIER | BROKER, None),
    "Reset Credit Mode Meter Balance": (SUPPLIER, {}),
    "Reset Meter Balance": (SUPPLIER, {}),
    "Reset Remaining Battery Capacity": (USER, {}),
    "Restrict Data": (SUPPLIER, {"from_s": 5}),
    "Set Billing Calendar": (SUPPLIER, {"start_s": 0, "period": 1}),
    "Set Clock": (SUPPLIER, None),
    "Set Non-Disablement Calendar": (SUPPLIER, {"calendar": NEVER}),
    "Set Payment Mode": (
        SUPPLIER,
        {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True},
    ),
    "Set Price": (SUPPLIER, {"prices": {"prices": [5]}}),
    "Set Privacy PIN": (USER, {"pin": "1234"}),
    "Set Tariff": (SUPPLIER, {"tariff": gas_tariff()}),
    "Test Valve": (USER, {}),
    "Write Configuration Data": (SUPPLIER, {"item": "Calorific Value", "value": 390}),
}
# Arguments of what has to be refused on a fresh meter.
IN_VAIN = {
    "Activate Firmware": {"hash": bytes(32)},
    "Remove Device Security Credentials": {"identifier": OTHER_EUI},
    "Set Clock": {"from_s": 0, "until_s": 5},
}


def prepaid():
    stand = supplied()
    stand.write("Emergency Credit Limit", UNIT_MP)
    stand.write("Emergency Credit Threshold", UNIT_MP)
    stand.prepay(UNIT_MP // 2)
    stand.step(1)
    stand.events()
    return stand


def test_every_command_is_in_the_table_of_this_test():
    assert set(table.names("G")) >= set(VALID)


@pytest.mark.req("GSME-COM-06", "GSME-COM-11", "GSME-UIC-06")
@pytest.mark.parametrize("name", VALID)
@pytest.mark.parametrize("originator", [SUPPLIER, USER, PPMID, NETWORK, BROKER, commands.HCALCS])
def test_originators(name, originator):
    stand = prepaid()
    done, not_done = (0x8161, 0x8162) if originator == USER else (0x8154, 0x8155)
    who, arguments = VALID[name]
    before = stand.state()
    if arguments is None and originator & who:
        with pytest.raises(CommandRefused):
            stand.execute(name, originator, **IN_VAIN.get(name, {}))
        assert stand.events()[-1] == not_done
    elif originator & who:
        stand.execute(name, originator, **arguments)
        assert done in stand.events()
    else:
        with pytest.raises(CommandRefused):
            stand.execute(name, originator, **(arguments or {}))
        assert stand.events() == [0x8F30]
        assert stand.state() == before


@pytest.mark.req("GSME-GEN-10", "GSME-GEN-11", "GSME-GEN-12", "GSME-GEN-13", "GSME-OPS-10")
def test_tampering_is_told_and_locks_where_it_is_to():
    stand = prepaid()
    stand.meter.tampered(0x8F74, stand.now_s)
    stand.step(1)
    assert stand.events() == [0x8F74]
    assert (stand.data.supply_state, stand.switch.position) == (ENABLED, True)
    stand.write("Supply Tamper State", 1)
    stand.events()
    stand.meter.tampered(0x8F3F, stand.now_s)
    stand.step(1)
    assert stand.events() == [0x8F3F, 0x81BE]
    assert (stand.data.supply_state, stand.switch.position) == (DISABLED, False)
    stand.meter.tamper_ended(0x81A1, stand.now_s)
    stand.execute("Add Credit", USER, value_mp=UNIT_MP)
    with pytest.raises(CommandRefused, match="not Armed"):
        stand.execute("Enable Supply", USER)
    with pytest.raises(CommandRefused, match="not for this originator"):
        stand.execute("Enable Supply", PPMID)
    assert (stand.data.supply_state, stand.switch.position) == (DISABLED, False)
    stand.execute("Arm Supply")
    stand.enable()
    assert (stand.data.supply_state, stand.switch.position) == (ENABLED, True)


@pytest.mark.req("GSME-MON-02", "GSME-GEN-07")
@pytest.mark.parametrize("locks", [0, 1])
def test_a_power_supply_that_fails_shuts_the_valve_where_it_is_to(locks):
    stand = prepaid()
    stand.write("Supply Depletion State", locks)
    stand.events()
    stand.front_end.supply_failing = 1
    stand.run(3)
    assert stand.events() == [0x8F1D]
    state = DISABLED if locks else ENABLED
    assert (stand.data.supply_state, stand.switch.position) == (state, not locks)
    # What was written before the end is there at the next start.
    stand.power_on(DAY_S)
    assert (stand.data.supply_state, stand.switch.position) == (state, not locks)
    stand.events()
    for failing, told in ((0, []), (1, [0x8F1D]), (1, [])):
        stand.front_end.supply_failing = failing
        stand.step(1)
        assert stand.events() == told


@pytest.mark.req("GSME-MON-01", "GSME-OPS-09")
def test_the_battery_by_its_gauge_and_without_one():
    stand = supplied(LATE_S)
    stand.front_end.battery_d = 181
    stand.run(200)
    assert (stand.data.remaining_battery_capacity_d, stand.events()) == (181, [])
    stand.front_end.battery_d = 179
    stand.run(2)
    assert (stand.data.remaining_battery_capacity_d, stand.events()) == (179, [0x8F1F])
    assert stand.meter.battery_is_low()
    stand = supplied(LATE_S, front_end=VolumeOnly)
    stand.run(200)
    assert stand.data.remaining_battery_capacity_d == 3649
    stand.power_on(10 * DAY_S)
    assert stand.data.remaining_battery_capacity_d == 3639


@pytest.mark.req("GSME-MON-06")
def test_faults_of_flow_and_valve():
    stand = supplied()
    for faults, told in ((1, [0x81B4]), (7, [0x81B5, 0x81B6]), (0, []), (4, [0x81B6])):
        stand.front_end.flow_faults = faults
        stand.run(2)
        assert stand.events() == told
    stand.switch.stuck = True
    stand.execute("Test Valve", USER)
    assert stand.events() == [0x8184, 0x8161]
    stand.step()
    assert stand.events() == [0x81C0]
    stand.switch.stuck = False
    stand.execute("Enable Supply", USER)
    stand.events()
    stand.step()
    assert stand.events() == [0x81BD]


@pytest.mark.req("GSME-COM-08", "GSME-UIC-04")
def test_the_han_interface_is_on_at_half_hours_and_when_asked():
    stand = Stand(NEW_YEAR_S + 3600 + 17)
    on = []
    for _ in range(2 * 3600):
        stand.step()
        if stand.data.han_interface_on and stand.now_s % 1800 in (0, 59, 60):
            on.append(stand.now_s - NEW_YEAR_S)
    # Also at the start, as whatever waits has waited long; for a minute unless told otherwise.
    assert on == [3659, 3660, 5400, 5459, 7200, 7259, 9000, 9059, 10800]
    stand.execute("Check for HAN Interface Commands", USER)
    assert stand.data.han_interface_on == 1
    stand.meter.contact.finished(stand.now_s)
    stand.step()
    assert stand.data.han_interface_on == 0
    stand.step(1800)
    assert stand.data.han_interface_on == 1
    # A clock that is set back does not keep it off for long.
    stand.meter.contact.finished(stand.now_s)
    stand.step(-7200)
    assert stand.data.han_interface_on == 1


@pytest.mark.req("GSME-DST-01", "GSME-GEN-07")
def test_a_power_cut_keeps_everything():
    stand = prepaid()
    stand.execute("Set Privacy PIN", USER, pin="1234")
    stand.execute("Adjust Debt", time_debt_1_mp=500, payment_debt_mp=700)
    stand.step(1, 123_456_789)
    assert stand.data.supply_state == DISABLED
    stand.execute("Activate Emergency Credit")
    stand.step(1, 1_999)
    stand.meter.commit()
    before, position = stand.state("N"), stand.switch.position
    stand.power_on(0)
    assert (stand.state("N"), stand.switch.position) == (before, position)
    stand.step(1, 1)
    assert stand.data.consumption_register.mwh[0] == (123_456_789 + 2_000) % 10**6


def test_no_pulse_of_ten_litres_is_ever_lost():
    """112 Wh are more than the bound of 10 Wh: each is durable in the second that it came."""
    stand = supplied()
    for pulses in range(1, 60):
        stand.step(7, 10_000)
        memory = RamFiles()
        memory.files = dict(stand.memory.files)
        clock = VirtualClock(stand.now_s, lambda: 0)
        kept = Gsme(FrontEnd(), Switch(), memory, memory, clock).data
        assert kept.consumption_register.wh(0) == 10 * pulses
        assert kept.credit_mode_balance_mp == 100 * pulses


@pytest.mark.req("GSME-DST-02")
def test_a_memory_that_fails_refuses_commands_and_metering_goes_on():
    stand = prepaid()
    stand.memory.broken = True
    stand.step(1, 2_000)
    assert stand.events() == [0x81AE]
    with pytest.raises(CommandRefused, match="Disable Supply: the memory can't keep it"):
        stand.execute("Disable Supply")
    stand.step(1, 2_000)
    assert (stand.data.supply_state, stand.switch.position) == (ENABLED, True)
    assert stand.data.consumption_register.wh(0) == 4
    stand.memory.broken = False
    stand.execute("Disable Supply")
    assert (stand.data.supply_state, stand.switch.position) == (DISABLED, False)
    stand.power_on(1)
    assert stand.data.consumption_register.wh(0) == 4


def test_a_command_that_is_undone_ends_a_test_with_the_valve_shut():
    stand = Stand()
    stand.meter.confirm(stand.now_s)
    stand.run(30)
    stand.memory.broken = True
    with pytest.raises(CommandRefused):
        stand.execute("Adjust Meter Balance", change_mp=5)
    stand.step(1)
    assert (stand.data.supply_state, stand.switch.position) == (ARMED, False)


@pytest.mark.req("GSME-PAY-07", "GSME-PRC-01")
def test_a_month_at_a_quarter_hour_keeps_its_sums():
    """Two rates, by the day of the week, and the factors as shipped: 1.02264 and 39.5."""
    stand = Stand(NEW_YEAR_S, loss_bound_mwh=1_000_000)
    week = [0, 0, 0, 0, 0, 1, 1]
    stand.execute(
        "Set Tariff",
        tariff=gas_tariff(
            standing_mp=900, weeks=[week], days=[[[0, 0]], [[0, 1]]], prices=[7410, 5115]
        ),
    )
    volumes_ml = [0, 0]
    micro_mp = energy_mwh = parts = 0
    for quarter in range(1, 31 * 96):
        used_ml = quarter * 7919 % 500_000
        rate = week[(quarter - 1) // 96 % 7]
        stand.step(900, used_ml)
        volumes_ml[rate] += used_ml
        parts += used_ml * 102_264 * 395
        gained_mwh = parts // 3_600_000 - energy_mwh
        energy_mwh += gained_mwh
        micro_mp += gained_mwh * (7410, 5115)[rate]
    data = stand.data
    standing_mp = 900 * ((stand.now_s - NEW_YEAR_S) // DAY_S)
    assert data.credit_mode_balance_mp == micro_mp // 10**6 + standing_mp
    registers = data.tariff_tou_registers
    assert [registers.kwh[r] * 10**6 + registers.mwh[r] for r in (0, 1)] == volumes_ml
    assert data.consumption_register.wh(0) == sum(volumes_ml) // 1000
    assert data.energy_consumed.wh(0) == data.months_energy_wh[0] == energy_mwh // 1000
    assert data.months_cost_mp[0] == data.credit_mode_balance_mp


LATER = [name for name in VALID if VALID[name][1] and table.find("G", name).group != "-"]


@pytest.mark.req("GSME-COM-11", "GSME-PRC-05", "GSME-HIC-20")
@pytest.mark.parametrize("name", LATER)
def test_what_may_wait_for_its_date_runs_at_its_date(name):
    """Also after a power cut: it was kept in octets."""
    at_once, later = prepaid(), prepaid()
    arguments = VALID[name][1]
    at_once.execute(name, **arguments)
    later.execute(name, **arguments, at_s=later.now_s + 60)
    assert 0x8154 in later.events()
    later.run(50)
    later.meter.commit()
    later.power_on(5)
    assert later.events() == []
    later.step(5)
    assert 0x8F66 in later.events()
    at_once.step(60)
    differ = {
        item
        for item, value in at_once.state().items()
        if later.state()[item] != value and item not in ("log_starts", "han_interface_on")
    }
    assert differ <= {"pending_commands"}


@pytest.mark.req("GSME-HIC-20", "GSME-CFG-12")
def test_the_last_of_each_kind_waits_and_never_cancels_it():
    stand = prepaid()
    for price_mp, after_s in ((5, 60), (6, 90)):
        stand.execute("Set Tariff", tariff=gas_tariff(price_mp), at_s=stand.now_s + after_s)
    for item, value in (("Emergency Credit Limit", 7), ("Low Credit Threshold", 8)):
        stand.execute("Write Configuration Data", item=item, value=value, at_s=stand.now_s + 80)
    stand.run(75)
    assert stand.data.active_tariff_price_mp == 1000
    stand.run(20)
    assert stand.data.active_tariff_price_mp == 6
    assert stand.data.emergency_credit_limit_mp == 7
    assert stand.data.low_credit_threshold_mp == 8
    stand.execute("Set Tariff", tariff=gas_tariff(9), at_s=stand.now_s + 60)
    stand.execute("Set Tariff", tariff=gas_tariff(9), at_s=0xFFFF_FFFF)
    stand.run(90)
    assert stand.data.active_tariff_price_mp == 6


@pytest.mark.req("GSME-CLK-06")
def test_a_date_that_has_come_waits_for_the_time_to_be_known():
    stand = prepaid()
    stand.execute("Set Price", prices={"prices": [5]}, at_s=stand.now_s + 60)
    stand.clock.known, stand.data.clock_status = False, 0
    stand.run(100)
    assert stand.data.active_tariff_price_mp == 1000
    stand.meter.clock.hear(stand.now_s + 3, stand.now_s)
    stand.step(4)
    assert (stand.data.active_tariff_price_mp, stand.data.clock_status) == (5, 2)
