"""The valve: every state and reason against every input, and the test of uncontrolled flow."""

import pytest

from protometer.model.dictionary import Data
from protometer.model.enumerations import (
    ARMED,
    DISABLED,
    ENABLED,
    INHIBIT_COMMAND,
    INHIBIT_CREDIT,
    INHIBIT_LOCK,
    LOCKED,
)
from protometer.model.events import Outbox
from protometer.supply.battery import LOW_D, Battery
from protometer.supply.valve import GasSupply, SupplyError

NOON_S = 757_425_600


class Valve:
    """A GasSupply that is stepped each second."""

    def __init__(self, state=ARMED, inhibits=0, allowed=True):
        self.data, self.outbox = Data("G"), Outbox()
        self.data.supply_state, self.data.supply_inhibits = state, inhibits
        self.allowed = allowed
        self.now_s = NOON_S
        self.power_on()

    def power_on(self):
        self.supply = GasSupply(self.data, self.outbox, lambda: self.allowed)

    def run(self, seconds, ml=0):
        """Step so many seconds with so much volume in each; return the ends of tests."""
        ends = 0
        for _ in range(seconds):
            self.now_s += 1
            ends += self.supply.step(ml, self.now_s)
        return ends

    def enable(self):
        self.supply.enable(self.now_s)

    def told(self):
        codes = []
        while len(self.outbox):
            codes.append(self.outbox.take()[0])
        return codes


@pytest.mark.req("GSME-MON-05", "GSME-UIC-06")
def test_enabled_only_after_the_test_was_passed():
    valve = Valve()
    valve.enable()
    assert (valve.data.supply_state, valve.supply.closed()) == (ARMED, True)
    # 2.0 s and 60 s as shipped.
    assert valve.run(61) == 0
    assert (valve.data.supply_state, valve.supply.closed()) == (ARMED, True)
    assert valve.run(1) == 1
    assert (valve.data.supply_state, valve.supply.closed()) == (ENABLED, True)
    assert valve.told() == []


@pytest.mark.req("GSME-MON-05")
@pytest.mark.parametrize(("ml", "state"), [(500, ENABLED), (501, ARMED)])
def test_more_than_the_rate_shuts_and_arms(ml, state):
    """30 l/h are 500 ml in the 60 s of the Measurement Period."""
    valve = Valve()
    valve.enable()
    valve.run(10)
    valve.run(1, ml)
    valve.run(51)
    assert (valve.data.supply_state, valve.supply.closed()) == (state, state == ENABLED)
    assert valve.told() == ([] if state == ENABLED else [0x81BF])


@pytest.mark.req("GSME-MON-05", "GSME-CFG-24")
@pytest.mark.parametrize(
    ("stabilisation_ds", "at", "counts"),
    [(20, 1, False), (20, 2, False), (20, 3, True), (21, 3, False), (21, 4, True), (0, 1, True)],
)
def test_what_flows_while_it_settles_does_not_count(stabilisation_ds, at, counts):
    """Tenths of a second are rounded up: volumes are read each second."""
    valve = Valve()
    valve.data.stabilisation_period_ds = stabilisation_ds
    valve.data.measurement_period_s = 10
    valve.enable()
    valve.run(at - 1)
    valve.run(1, 5_000)
    valve.run(12)
    assert (valve.told() == [0x81BF]) == counts


@pytest.mark.req("GSME-CFG-24")
def test_the_periods_and_the_rate_are_as_configured():
    for rate_l_h, ml, passes in ((0, 0, True), (0, 1, False), (65_535, 91_020, True)):
        valve = Valve()
        valve.data.uncontrolled_gas_flow = rate_l_h
        valve.data.stabilisation_period_ds = 255
        valve.data.measurement_period_s = 5
        valve.enable()
        valve.run(26)
        valve.run(1, ml)
        assert valve.run(3) == 0
        assert valve.run(1) == 1
        assert (valve.data.supply_state == ENABLED) == passes


def test_enabling_twice_is_one_test():
    valve = Valve()
    valve.enable()
    valve.run(30)
    valve.enable()
    assert valve.run(32) == 1
    valve.enable()
    assert valve.run(100) == 0
    assert valve.data.supply_state == ENABLED


@pytest.mark.req("GSME-UIC-06", "GSME-PAY-25")
@pytest.mark.parametrize(
    ("state", "inhibits", "allowed", "complaint"),
    [
        (DISABLED, INHIBIT_CREDIT, True, "Enable Supply: Supply is not Armed"),
        (DISABLED, INHIBIT_COMMAND, True, "Enable Supply: Supply is not Armed"),
        (DISABLED, INHIBIT_LOCK, True, "Enable Supply: Supply is not Armed"),
        (ARMED, 0, False, "Enable Supply: out of credit"),
    ],
)
def test_nobody_enables_but_from_armed_with_credit(state, inhibits, allowed, complaint):
    valve = Valve(state, inhibits, allowed)
    with pytest.raises(SupplyError) as refusal:
        valve.enable()
    assert str(refusal.value) == complaint
    assert (valve.data.supply_state, valve.data.supply_inhibits) == (state, inhibits)
    assert not valve.supply.closed()


# What interrupts a test, and the state after it.
INTERRUPTIONS = {
    "Disable Supply": (lambda valve: valve.supply.disable(valve.now_s), DISABLED),
    "lock": (lambda valve: valve.supply.lock(), DISABLED),
    "credit ran out": (
        lambda valve: valve.supply.follow_credit(True, False, False, valve.now_s),
        DISABLED,
    ),
    "power cut": (lambda valve: valve.power_on(), ARMED),
}


@pytest.mark.req("GSME-MON-05", "GSME-HIC-11")
@pytest.mark.parametrize("name", INTERRUPTIONS)
def test_an_interrupted_test_ends_with_the_valve_shut(name):
    interrupt, state = INTERRUPTIONS[name]
    valve = Valve()
    valve.enable()
    valve.run(30)
    interrupt(valve)
    assert (valve.data.supply_state, valve.supply.closed()) == (state, False)
    # Armed again it stays shut: a person begins anew.
    valve.supply.follow_credit(False, False, False, valve.now_s)
    valve.supply.arm(valve.now_s)
    assert not valve.supply.closed()
    assert valve.run(100) == 0
    assert valve.data.supply_state == ARMED


@pytest.mark.parametrize("jump_s", [-3600, -1, 11, 86_400])
def test_a_clock_that_is_set_begins_the_test_anew(jump_s):
    valve = Valve()
    valve.enable()
    valve.run(50)
    valve.now_s += jump_s - 1
    assert valve.run(62) == 0
    assert (valve.data.supply_state, valve.supply.closed()) == (ARMED, True)
    assert valve.run(1) == 1
    assert valve.data.supply_state == ENABLED


@pytest.mark.req("GSME-HIC-08", "GSME-HIC-11", "GSME-GEN-13")
def test_a_command_and_a_lock_are_released_by_arm_supply_alone():
    for close, inhibit in (("disable", INHIBIT_COMMAND), ("lock", INHIBIT_LOCK)):
        valve = Valve(ENABLED)
        getattr(valve.supply, close)(*([valve.now_s] if close == "disable" else []))
        assert (valve.data.supply_state, valve.data.supply_inhibits) == (DISABLED, inhibit)
        # Credit that goes and comes back releases neither.
        for out in (True, False):
            valve.supply.follow_credit(out, False, False, valve.now_s)
            assert valve.data.supply_state == DISABLED
        with pytest.raises(SupplyError):
            valve.enable()
        valve.told()
        valve.supply.arm(valve.now_s)
        assert (valve.data.supply_state, valve.data.supply_inhibits) == (ARMED, 0)
        assert valve.told() == [0x8F32]
        assert not valve.supply.closed()


@pytest.mark.req("GSME-HIC-08")
def test_arm_supply_wants_credit_and_changes_nothing_where_it_is_armed():
    valve = Valve(DISABLED, INHIBIT_CREDIT, False)
    with pytest.raises(SupplyError, match="out of credit"):
        valve.supply.arm(valve.now_s)
    assert valve.data.supply_state == DISABLED
    for state in (ARMED, ENABLED):
        valve = Valve(state)
        valve.supply.arm(valve.now_s)
        assert (valve.data.supply_state, valve.told()) == (state, [])


@pytest.mark.req("GSME-UIC-07")
def test_test_valve_shuts_and_arms():
    valve = Valve(ENABLED)
    valve.supply.test_valve(valve.now_s)
    assert (valve.data.supply_state, valve.supply.closed()) == (ARMED, False)
    assert valve.told() == [0x8184]
    for state, inhibits in ((ARMED, 0), (DISABLED, INHIBIT_CREDIT)):
        valve = Valve(state, inhibits)
        with pytest.raises(SupplyError, match="Test Valve: Supply is not Enabled"):
            valve.supply.test_valve(valve.now_s)
        assert (valve.data.supply_state, valve.told()) == (state, [])


@pytest.mark.req("GSME-MON-02")
@pytest.mark.parametrize(("setting", "state"), [(0, ENABLED), (LOCKED, DISABLED)])
def test_depletion_is_told_and_locks_where_it_is_to(setting, state):
    valve = Valve(ENABLED)
    valve.data.supply_depletion_state = setting
    valve.supply.depleted(valve.now_s)
    assert valve.told() == [0x8F1D]
    assert valve.data.supply_state == state
    assert valve.data.supply_inhibits == (INHIBIT_LOCK if setting else 0)


def battery(days):
    data, outbox = Data("G"), Outbox()
    data.remaining_battery_capacity_d = days
    return data, outbox, Battery(data, outbox)


@pytest.mark.req("GSME-MON-01", "GSME-OPS-09")
def test_the_battery_is_told_once_as_it_falls_under_its_level():
    data, outbox, gauge = battery(LOW_D)
    assert not gauge.is_low()
    gauge.state(LOW_D - 1, NOON_S)
    assert gauge.is_low()
    assert outbox.take() == (0x8F1F, NOON_S, 0)
    for days in (LOW_D - 1, 100, 99):
        gauge.state(days, NOON_S + 1)
    # Also after a power cut: the item remembers.
    Battery(data, outbox).state(98, NOON_S + 2)
    assert (outbox.take(), data.remaining_battery_capacity_d) == (None, 98)
    gauge.state(400, NOON_S + 3)
    gauge.state(1, NOON_S + 4)
    assert outbox.take() == (0x8F1F, NOON_S + 4, 0)


@pytest.mark.req("GSME-MON-01", "GSME-UIC-07")
def test_days_without_a_gauge_and_a_new_battery():
    data, outbox, gauge = battery(LOW_D + 1)
    gauge.day_passed(NOON_S)
    assert (data.remaining_battery_capacity_d, len(outbox)) == (LOW_D, 0)
    gauge.day_passed(NOON_S)
    assert (data.remaining_battery_capacity_d, outbox.take()[0]) == (LOW_D - 1, 0x8F1F)
    gauge.reset(NOON_S)
    assert (data.remaining_battery_capacity_d, outbox.take()[0]) == (3650, 0x8F82)
    data, outbox, gauge = battery(0)
    gauge.day_passed(NOON_S)
    assert (data.remaining_battery_capacity_d, len(outbox)) == (0, 0)
    gauge.state(70_000, NOON_S)
    assert data.remaining_battery_capacity_d == 65_535
