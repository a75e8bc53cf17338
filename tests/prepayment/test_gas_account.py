"""Money at a gas meter: two balances in Credit Mode, and the worked examples of Prepayment Mode.

The vectors are in currency units. Thresholds unless given: Disablement 0, Emergency Credit 1,
Emergency Credit Limit 5.
"""

import pytest

from protometer.model import command as commands
from protometer.model.command import CommandRefused
from tests.roles.gsme_stand import Stand, gas_tariff
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S, UNIT_MP

USER, SUPPLIER = commands.USER_INTERFACE, commands.SUPPLIER
STATES = {"Disabled": 0, "Enabled": 1, "Armed": 2}
AFTER = {
    "M": "meter_balance_mp",
    "A": "accumulated_debt_mp",
    "E": "emergency_credit_balance_mp",
    "U": "emergency_credit_used_mp",
    "D1": "time_debt_1_mp",
    "P": "payment_debt_mp",
}
# While it is active, and never.
NON_DISABLEMENT = {
    active: {
        "seasons": [[0xFFFF, 1, 1, 0]],
        "weeks": [[0] * 7],
        "days": [[[0, active]]],
        "special_days": [],
    }
    for active in (0, 1)
}


def mp(units):
    return round(units * UNIT_MP)


def stand(M=0, A=0, U=0, act=0, SDE=1, SDD=0, S="Enabled", H=0, Lc=5, D1=0, P=0):  # noqa: N803
    """A meter in Prepayment Mode in the given state; a litre is 10 Wh, a unit of money 1 kWh."""
    meter = Stand()
    meter.round_factors()
    data = meter.data
    data.emergency_credit_limit_mp = data.emergency_credit_in_force_mp = mp(Lc)
    data.emergency_credit_threshold_mp = mp(1)
    data.payment_mode = 1
    data.meter_balance_mp, data.accumulated_debt_mp = mp(M), mp(A)
    data.emergency_credit_used_mp, data.emergency_credit_activated = mp(U), act
    data.emergency_credit_balance_mp = mp(Lc) - mp(U)
    data.suspend_debt_emergency, data.suspend_debt_disabled = SDE, SDD
    data.supply_state, data.supply_inhibits = STATES[S], H
    data.time_debt_1_mp, data.payment_debt_mp = mp(D1), mp(P)
    data.debt_recovery_rate_1 = mp(1)
    meter.execute("Set Tariff", tariff=gas_tariff(UNIT_MP))
    meter.events()
    return meter


def act(meter, step):
    name, amount = step
    if name == "energy":
        meter.step(1, round(amount * 100_000))
    elif name == "standing":
        meter.data.standing_charge_mp = mp(amount)
        meter.step(DAY_S - meter.now_s % DAY_S)
    elif name == "top-up":
        meter.execute("Add Credit", USER, value_mp=mp(amount))
    elif name == "non-disablement":
        meter.execute("Set Non-Disablement Calendar", calendar=NON_DISABLEMENT[amount])
        meter.step(1)
    elif name == "enable":
        meter.enable()
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
        elif name == "told":
            assert value in meter.events()
        else:
            assert meter.data.supply_state == STATES[value]
    assert meter.switch.position == (meter.data.supply_state == STATES["Enabled"])


FOUR = {"M": 0.20, "act": 1, "SDE": 1}
OUT = {"U": 5, "act": 1, "S": "Disabled", "H": 1}
ELEVEN = {"S": "Disabled", "H": 1, "D1": 10}

# Number: (before, steps each with what is reached after it).
VECTORS = {
    "4": (FOUR, [(("standing", 0.5), {"M": 0, "A": 0.3, "E": 5})]),
    "5": (dict(FOUR, SDE=0), [(("standing", 0.5), {"M": 0, "A": 0, "E": 4.7})]),
    "6": (FOUR, [(("energy", 0.5), {"M": 0, "A": 0, "E": 4.7})]),
    "7": (
        {"M": 0.1, "Lc": 10},
        [
            (("non-disablement", 1), {"S": "Enabled"}),
            (("energy", 2.6), {"M": -2.5, "S": "Enabled", "told": 0x8F83}),
            (("non-disablement", 0), {"S": "Disabled", "told": 0x8F0F}),
            (("Activate Emergency Credit", USER), {"E": 10, "C": 7.5, "S": "Armed"}),
            (("enable", 0), {"S": "Enabled", "told": 0x8168}),
            (("energy", 7.49), {"C": 0.01, "S": "Enabled"}),
            (("energy", 0.01), {"M": -2.5, "E": 2.5, "C": 0, "S": "Disabled"}),
        ],
    ),
    "8": (
        {"M": 1, "P": 24},
        [
            # Recovers 4.00 under a cap that was higher.
            (("top-up", 40), {"P": 20, "M": 37}),
            (("cap", 3), {}),
            (("top-up", 10), {"P": 20, "M": 47}),
        ],
    ),
    "9": ({"M": 5, "D1": 0.3}, [(("standing", 0), {"M": 4.7, "D1": 0, "told": 0x81A7})]),
    "10": (
        {"M": -3, "U": 4, "act": 1, "A": 2},
        [(("Reset Meter Balance", SUPPLIER), {"M": 0, "A": 0, "E": 5, "act": 0, "S": "Disabled"})],
    ),
    "11, suspended": (dict(ELEVEN, SDD=1), [(("standing", 0.25), {"M": -0.25, "D1": 10})]),
    "11": (ELEVEN, [(("standing", 0.25), {"M": -1.25, "D1": 9})]),
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
            (("enable", 0), {"S": "Enabled"}),
        ],
    ),
    "16, of gas": (
        {"M": 1},
        [
            (("Disable Supply", SUPPLIER), {"S": "Disabled"}),
            (("top-up", 5), {"M": 6, "S": "Disabled"}),
            (("refused Enable Supply", USER), {"S": "Disabled"}),
            (("refused Enable Supply", SUPPLIER), {"S": "Disabled"}),
            (("Arm Supply", SUPPLIER), {"S": "Armed"}),
        ],
    ),
}


@pytest.mark.req("GSME-PAY-13", "GSME-PAY-17", "GSME-PAY-19", "GSME-PAY-20", "GSME-PAY-21")
@pytest.mark.req("GSME-PAY-23", "GSME-PAY-24", "GSME-PAY-25", "GSME-PAY-10", "GSME-HIC-17")
@pytest.mark.parametrize("name", VECTORS)
def test_vector(name):
    before, steps = VECTORS[name]
    meter = stand(**before)
    if before.get("P"):
        meter.write("Debt Recovery per Payment", 1000)
        meter.write("Debt Recovery Rate Cap", mp(10))
    for (what, amount), wanted in steps:
        if what.startswith("refused "):
            with pytest.raises(CommandRefused):
                act(meter, (what[8:], amount))
        elif what == "cap":
            meter.write("Debt Recovery Rate Cap", mp(amount))
        else:
            act(meter, (what, amount))
        reached(meter, wanted)


def in_credit_mode(price_mp=UNIT_MP, standing_mp=0, **when):
    meter = Stand(**when)
    meter.round_factors()
    meter.execute("Set Tariff", tariff=gas_tariff(price_mp, standing_mp))
    meter.enable()
    meter.events()
    return meter


def balances(meter):
    return meter.data.credit_mode_balance_mp, meter.data.meter_balance_mp


@pytest.mark.req("GSME-PAY-01", "GSME-PAY-03", "GSME-PAY-04", "GSME-PAY-05")
def test_credit_mode_counts_what_is_due_in_its_own_store():
    meter = in_credit_mode(standing_mp=25_000, now_s=NEW_YEAR_S + DAY_S - 120)
    assert meter.data.payment_mode == 0
    meter.step(1, 150_000)
    assert balances(meter) == (150_000, 0)
    meter.step(600, 0)
    assert balances(meter) == (175_000, 0)
    # Whatever is due, nothing is disabled, offered or told.
    meter.write("Low Credit Threshold", mp(9))
    meter.write("Emergency Credit Limit", mp(9))
    meter.write("Emergency Credit Threshold", mp(9))
    meter.events()
    meter.step(1, 90_000_000)
    assert meter.data.supply_state == STATES["Enabled"]
    assert meter.events() == []
    for name, arguments in (("Activate Emergency Credit", {}), ("Add Credit", {"value_mp": 1000})):
        with pytest.raises(CommandRefused):
            meter.execute(name, USER, **arguments)


@pytest.mark.req("GSME-PAY-04", "GSME-PAY-28")
def test_the_modes_leave_each_others_balance_alone():
    meter = in_credit_mode()
    meter.step(1, 50_000)
    meter.prepay(mp(3))
    meter.step(1, 100_000)
    assert balances(meter) == (mp(0.5), mp(2))
    meter.execute(
        "Set Payment Mode", mode=0, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    meter.step(1, 100_000)
    assert balances(meter) == (mp(1.5), mp(2))


@pytest.mark.req("GSME-PAY-04", "GSME-HIC-07")
def test_a_credit_is_taken_off_what_is_due_and_never_below_zero():
    meter = in_credit_mode()
    meter.step(1, 50_000)
    meter.execute("Adjust Credit Mode Meter Balance", change_mp=mp(0.2))
    assert balances(meter) == (mp(0.3), 0)
    meter.execute("Adjust Credit Mode Meter Balance", change_mp=-mp(0.1))
    assert balances(meter) == (mp(0.4), 0)
    before = meter.state()
    for change_mp in (mp(0.4) + 1, mp(0.4) - 0x8000_0000):
        with pytest.raises(CommandRefused, match="mp is out of range"):
            meter.execute("Adjust Credit Mode Meter Balance", change_mp=change_mp)
        assert meter.state() == before
    meter.execute("Adjust Credit Mode Meter Balance", change_mp=mp(0.4))
    assert balances(meter) == (0, 0)


@pytest.mark.req("GSME-HIC-07", "GSME-HIC-17")
def test_each_reset_and_adjustment_has_its_own_balance():
    meter = in_credit_mode()
    meter.step(1, 50_000)
    meter.execute("Adjust Meter Balance", change_mp=mp(4))
    assert balances(meter) == (mp(0.5), mp(4))
    meter.execute("Reset Credit Mode Meter Balance")
    assert balances(meter) == (0, mp(4))
    meter.step(1, 50_000)
    meter.execute("Reset Meter Balance")
    assert balances(meter) == (mp(0.5), 0)


@pytest.mark.req("GSME-PAY-02")
def test_what_is_due_stops_at_32_bits():
    meter = in_credit_mode(price_mp=0x7FFF_FFFF)
    for _ in range(3):
        meter.step(1, 90_000)
        meter.meter.commit()
    assert balances(meter) == (0x7FFF_FFFF, 0)
    meter.power_on(5)
    assert balances(meter) == (0x7FFF_FFFF, 0)
