"""Worked prepayment examples, in currency units, and what the balances may never do.

Thresholds unless given: Disablement 0, Emergency Credit 1, Emergency Credit Limit 5.
"""

import pytest

from protometer.model import command as commands
from protometer.model.command import CommandRefused
from tests.roles.esme_stand import Stand, flat_tariff
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S, UNIT_MP

USER, SUPPLIER = commands.USER_INTERFACE, commands.SUPPLIER
STATES = {"Disabled": 0, "Enabled": 1, "Armed": 2}
AFTER = {
    "M": "meter_balance_mp",
    "A": "accumulated_debt_mp",
    "E": "emergency_credit_balance_mp",
    "U": "emergency_credit_used_mp",
}


def mp(units):
    return round(units * UNIT_MP)


def stand(M=0, A=0, U=0, act=0, SDE=1, S="Enabled", H=0, Lc=5):  # noqa: N803
    """A meter in Prepayment Mode in the given state."""
    meter = Stand()
    data = meter.data
    data.emergency_credit_limit_mp = data.emergency_credit_in_force_mp = mp(Lc)
    data.emergency_credit_threshold_mp = mp(1)
    data.payment_mode = 1
    data.meter_balance_mp, data.accumulated_debt_mp = mp(M), mp(A)
    data.emergency_credit_used_mp, data.emergency_credit_activated = mp(U), act
    data.emergency_credit_balance_mp = mp(Lc) - mp(U)
    data.suspend_debt_emergency = SDE
    data.supply_state, data.supply_inhibits = STATES[S], H
    # One unit of currency is 50 Wh.
    tariff = flat_tariff(20_000, price_scale=-3)
    meter.execute("Set Tariff", tariff=tariff)
    meter.events()
    return meter


def act(meter, step):
    name, amount = step
    if name == "energy":
        meter.step(1, round(amount * 50_000))
    elif name == "standing":
        meter.data.standing_charge, meter.data.standing_charge_scale = round(amount * 100), -2
        meter.step(DAY_S - meter.now_s % DAY_S)
    elif name == "top-up":
        meter.execute("Add Credit", USER, value_mp=mp(amount))
    else:
        meter.execute(name, amount)


def reached(meter, wanted):
    for name, value in wanted.items():
        if name in AFTER:
            assert getattr(meter.data, AFTER[name]) == mp(value), name
        elif name == "C":
            assert meter.meter.account.combined_credit_mp() == mp(value)
        elif name == "act":
            assert meter.data.emergency_credit_activated == value
        else:
            assert meter.data.supply_state == STATES[value]
    assert meter.switch.position == (meter.data.supply_state == STATES["Enabled"])


FOUR = {"M": 0.20, "act": 1, "SDE": 1}
OUT = {"U": 5, "act": 1, "S": "Disabled", "H": 1}

# (before, steps each with what is reached after it)
VECTORS = {
    "1, payment debt paid": (
        {"M": 0, "A": 0.5, "U": 2, "act": 1},
        [(("top-up", 9.0), {"A": 0, "U": 0, "M": 6.5, "act": 0, "E": 5})],
    ),
    "4": (FOUR, [(("standing", 0.5), {"M": 0, "A": 0.3, "E": 5})]),
    "5": (dict(FOUR, SDE=0), [(("standing", 0.5), {"M": 0, "A": 0, "E": 4.7})]),
    "6": (FOUR, [(("energy", 0.5), {"M": 0, "A": 0, "E": 4.7})]),
    "7, without its non-disablement": (
        {"M": 0.1, "Lc": 10},
        [
            (("energy", 2.6), {"M": -2.5, "S": "Disabled"}),
            (("Activate Emergency Credit", USER), {"E": 10, "C": 7.5, "S": "Armed"}),
            (("Enable Supply", USER), {"S": "Enabled"}),
            (("energy", 7.48), {"C": 0.02, "S": "Enabled"}),
            (("energy", 0.02), {"M": -2.5, "E": 2.5, "C": 0, "S": "Disabled"}),
        ],
    ),
    "10": (
        {"M": -3, "U": 4, "act": 1, "A": 2},
        [(("Reset Meter Balance", SUPPLIER), {"M": 0, "A": 0, "E": 5, "act": 0, "S": "Disabled"})],
    ),
    "11, its Standing Charge": (
        {"S": "Disabled", "H": 1},
        [(("standing", 0.25), {"M": -0.25, "A": 0, "S": "Disabled"})],
    ),
    "12": (OUT, [(("top-up", 1), {"E": 1, "C": 1, "S": "Armed"})]),
    "13": (
        dict(OUT, M=-3),
        [
            (("top-up", 2), {"E": 2, "C": -1, "S": "Disabled"}),
            (("top-up", 2), {"E": 4, "C": 1, "S": "Armed"}),
        ],
    ),
    "15, without its load limit": (
        {"M": 1},
        [
            (("standing", 2), {"M": -1, "S": "Disabled"}),
            (("top-up", 5), {"M": 4, "S": "Armed"}),
            (("Enable Supply", USER), {"S": "Enabled"}),
        ],
    ),
    "16": (
        {"M": 1},
        [
            (("Disable Supply", SUPPLIER), {"S": "Disabled"}),
            (("top-up", 5), {"M": 6, "S": "Disabled"}),
            (("refused Enable Supply", USER), {"S": "Disabled"}),
            (("Enable Supply", SUPPLIER), {"S": "Enabled"}),
        ],
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_vector(name):
    before, steps = VECTORS[name]
    meter = stand(**before)
    for (what, amount), wanted in steps:
        if what.startswith("refused "):
            with pytest.raises(CommandRefused):
                act(meter, (what[8:], amount))
        else:
            act(meter, (what, amount))
        reached(meter, wanted)


def test_each_event_comes_once_a_crossing():
    meter = stand(M=2)
    meter.write("Low Credit Threshold", mp(1.5))
    meter.events()
    codes = []
    for _ in range(25):
        meter.step(1, 5_000)
        codes += meter.events()
    # Low at 1.5, Emergency Credit offered below 1, and out of credit at 0.
    assert codes == [0x810D, 0x8119, 0x8F0F]
    meter.execute("Activate Emergency Credit", USER)
    assert meter.events() == [0x81AB, 0x8161, 0x8168]
    meter.execute("Enable Supply", USER)
    meter.events()
    # Combined credit is out half a unit before Emergency Credit is: the balance was below 0.
    for _ in range(100):
        meter.step(1, 5_000)
        codes += meter.events()
    assert codes[3:] == [0x810D, 0x8F0F, 0x81AA]


def test_the_limit_in_force_is_that_of_the_activation():
    meter = stand(M=0.5)
    meter.execute("Activate Emergency Credit", USER)
    meter.write("Emergency Credit Limit", mp(20))
    reached(meter, {"E": 5})
    meter.step(1, 50_000)
    reached(meter, {"M": 0, "E": 4.5})
    meter.execute("Add Credit", USER, value_mp=mp(2))
    reached(meter, {"E": 20, "act": 0, "M": 1.5})


def test_activation_twice_succeeds_and_without_need_is_refused():
    meter = stand(M=3)
    with pytest.raises(CommandRefused, match="not available"):
        meter.execute("Activate Emergency Credit", USER)
    meter.step(1, 125_000)
    meter.execute("Activate Emergency Credit", USER)
    before = meter.state()
    meter.execute("Activate Emergency Credit", USER)
    assert meter.state() == before
    meter = stand(M=0.5, Lc=0)
    with pytest.raises(CommandRefused):
        meter.execute("Activate Emergency Credit", USER)


# (item, written, value added, complaint)
MAXIMA = [
    ("Maximum Credit Threshold", 3, 3.01, "Add Credit: 301000 mp is outside 1..300000"),
    ("Maximum Credit Threshold", 3, 0, "Add Credit: 0 mp is outside 1..300000"),
    (
        "Maximum Meter Balance Threshold",
        3,
        2.01,
        "Add Credit: above the Maximum Meter Balance Threshold",
    ),
]


@pytest.mark.parametrize(("item", "written", "value", "complaint"), MAXIMA)
def test_maxima_refuse_and_change_nothing(item, written, value, complaint):
    meter = stand(M=1)
    meter.write(item, mp(written))
    before = meter.state()
    with pytest.raises(CommandRefused) as refusal:
        act(meter, ("top-up", value))
    assert str(refusal.value) == complaint
    assert meter.state() == before
    act(meter, ("top-up", 2))
    reached(meter, {"M": 3})


def test_maximum_balance_looks_at_what_is_left_of_the_top_up():
    meter = stand(M=0, A=2, U=3, act=1)
    meter.write("Maximum Meter Balance Threshold", mp(1))
    act(meter, ("top-up", 6))
    reached(meter, {"M": 1, "A": 0, "U": 0})


def test_credit_mode_counts_and_never_disables():
    meter = stand(M=0.5)
    meter.execute(
        "Set Payment Mode", mode=0, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    meter.write("Low Credit Threshold", mp(5))
    meter.events()
    meter.step(1, 500_000)
    reached(meter, {"M": -9.5, "S": "Enabled"})
    act(meter, ("standing", 0.5))
    reached(meter, {"M": -10, "S": "Enabled"})
    assert meter.events() == []
    assert meter.data.credit_status == 1
    for command, arguments in (
        ("Add Credit", {"value_mp": 1_000}),
        ("Activate Emergency Credit", {}),
    ):
        with pytest.raises(CommandRefused):
            meter.execute(command, USER, **arguments)
    meter.events()
    meter.execute(
        "Set Payment Mode", mode=1, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    reached(meter, {"S": "Disabled"})
    assert meter.events() == [0x8154, 0x810D, 0x8119, 0x8F0F]
    meter.execute(
        "Set Payment Mode", mode=0, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    reached(meter, {"S": "Armed", "M": -10})


def test_emergency_credit_and_debt_sleep_through_credit_mode():
    meter = stand(M=0, U=2, act=1, A=1)
    meter.execute(
        "Set Payment Mode", mode=0, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    meter.step(1, 50_000)
    reached(meter, {"M": -1, "U": 2, "A": 1, "act": 1, "E": 3})
    meter.execute(
        "Set Payment Mode", mode=1, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    reached(meter, {"M": -1, "U": 2, "A": 1, "act": 1, "E": 3, "C": 2, "S": "Enabled"})


def test_a_negative_price_gives_money():
    meter = stand(M=-1, S="Disabled", H=1)
    meter.execute("Set Tariff", tariff=flat_tariff(-20_000, price_scale=-3))
    meter.step(1, 100_000)
    reached(meter, {"M": 1, "S": "Armed"})


def test_balances_stop_at_32_bits_and_the_meter_goes_on():
    """The dearest tariff and 10 kWh a second: nothing may overflow what a record holds."""
    for price, limit in ((21_474, -0x7FFF_FFFF), (-21_474, 0x7FFF_FFFF)):
        meter = Stand(NEW_YEAR_S)
        meter.execute("Set Tariff", tariff=flat_tariff(price, price_scale=0))
        for _ in range(30):
            meter.step(1, 10_000_000)
            meter.meter.commit()
        assert meter.data.meter_balance_mp == limit
        assert meter.data.active_import_register.wh(0) == 300_000
        charged_mp = 300 * price * UNIT_MP
        assert (meter.data.energy_charged_mp - charged_mp) % (1 << 32) == 0
        meter.power_on(5)
        assert meter.data.meter_balance_mp == limit


def test_debt_stops_at_32_bits():
    meter = stand(M=0, U=0, act=1, A=21_474)
    act(meter, ("standing", 300))
    assert meter.data.accumulated_debt_mp == 0x7FFF_FFFF


@pytest.mark.parametrize("change_mp", [2**31, -(2**31) - 1, 10**30])
def test_an_adjustment_beyond_32_bits_is_refused(change_mp):
    meter = stand(M=0)
    before = meter.state()
    with pytest.raises(CommandRefused, match="out of range"):
        meter.execute("Adjust Meter Balance", change_mp=change_mp)
    assert meter.state() == before
