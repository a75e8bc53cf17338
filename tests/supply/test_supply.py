"""Supply State alone: every state and reason against every input."""

import pytest

from protometer.model.dictionary import Data
from protometer.model.enumerations import (
    ARMED,
    DISABLED,
    ENABLED,
    INHIBIT_LOAD_LIMIT,
    INHIBIT_LOCK,
    LOCKED,
)
from protometer.model.enumerations import INHIBIT_COMMAND as COMMAND
from protometer.model.enumerations import INHIBIT_CREDIT as CREDIT
from protometer.model.events import Outbox
from protometer.supply.load_switch import Supply, SupplyError

BOTH = COMMAND | CREDIT

# (state, inhibits, out of credit, by Emergency Credit) -> (state, inhibits, event)
FOLLOW = [
    ((ENABLED, 0, False, False), (ENABLED, 0, None)),
    ((ENABLED, 0, True, False), (DISABLED, CREDIT, 0x8F0F)),
    ((ARMED, 0, True, False), (DISABLED, CREDIT, 0x8F0F)),
    ((DISABLED, CREDIT, True, False), (DISABLED, CREDIT, None)),
    ((DISABLED, CREDIT, False, False), (ARMED, 0, 0x8F32)),
    ((DISABLED, CREDIT, False, True), (ARMED, 0, 0x8168)),
    ((DISABLED, COMMAND, True, False), (DISABLED, BOTH, 0x8F0F)),
    # One reason that clears never closes over another.
    ((DISABLED, BOTH, False, False), (DISABLED, COMMAND, None)),
    ((DISABLED, COMMAND, False, True), (DISABLED, COMMAND, None)),
]


def supply(state, inhibits, allowed=True):
    data, outbox = Data("E"), Outbox()
    data.supply_state, data.supply_inhibits = state, inhibits
    return data, outbox, Supply(data, outbox, lambda: allowed)


@pytest.mark.parametrize(("before", "after"), FOLLOW)
def test_follow_credit(before, after):
    data, outbox, domain = supply(*before[:2])
    domain.follow_credit(before[2], False, before[3], 77)
    event = (outbox.take() or (None,))[0]
    assert (data.supply_state, data.supply_inhibits, event) == after
    assert len(outbox) == 0


REFUSED = "refused"
# command, (state, inhibits, in credit, by Supplier) -> (state, inhibits) or refused
COMMANDS = [
    ("enable", (ENABLED, 0, True, False), (ENABLED, 0)),
    ("enable", (ARMED, 0, True, False), (ENABLED, 0)),
    ("enable", (ARMED, 0, True, True), (ENABLED, 0)),
    ("enable", (ARMED, 0, False, False), REFUSED),
    ("enable", (DISABLED, COMMAND, True, False), REFUSED),
    ("enable", (DISABLED, COMMAND, True, True), (ENABLED, 0)),
    ("enable", (DISABLED, CREDIT, False, True), REFUSED),
    ("arm", (ENABLED, 0, True, True), (ENABLED, 0)),
    ("arm", (ARMED, 0, False, True), (ARMED, 0)),
    ("arm", (DISABLED, COMMAND, True, True), (ARMED, 0)),
    ("arm", (DISABLED, BOTH, False, True), REFUSED),
    ("disable", (ENABLED, 0, True, True), (DISABLED, COMMAND)),
    ("disable", (ARMED, 0, True, True), (DISABLED, COMMAND)),
    ("disable", (DISABLED, CREDIT, False, True), (DISABLED, BOTH)),
]


@pytest.mark.parametrize(("name", "before", "after"), COMMANDS)
def test_commands(name, before, after):
    state, inhibits, in_credit, by_supplier = before
    data, _, domain = supply(state, inhibits, in_credit)
    call = {
        "enable": lambda: domain.enable(0, 1 if by_supplier else 2),
        "arm": lambda: domain.arm(0),
        "disable": lambda: domain.disable(0),
    }[name]
    if after == REFUSED:
        with pytest.raises(SupplyError, match="Supply"):
            call()
        after = (state, inhibits)
    else:
        call()
    assert (data.supply_state, data.supply_inhibits) == after


def codes(outbox):
    return [outbox.take()[0] for _ in range(len(outbox))]


@pytest.mark.req("ESME-PAY-13", "GSME-PAY-24")
def test_disablement_is_suspended_and_told_once_a_period():
    data, outbox, domain = supply(ENABLED, 0)
    domain.follow_credit(True, True, False, 1)
    domain.follow_credit(True, True, False, 2)
    assert (data.supply_state, codes(outbox)) == (ENABLED, [0x8F83])
    domain.follow_credit(True, False, False, 3)
    assert (data.supply_state, codes(outbox)) == (DISABLED, [0x8F0F])
    # A Supply Disabled for credit is not restored by the next period.
    domain.follow_credit(True, True, False, 4)
    assert (data.supply_state, codes(outbox)) == (DISABLED, [])
    domain.follow_credit(False, False, False, 5)
    domain.follow_credit(True, True, False, 6)
    assert (data.supply_state, codes(outbox)) == (ARMED, [0x8F32, 0x8F83])


@pytest.mark.req("ESME-LL-03", "ESME-LL-04")
def test_a_trip_arms_at_once_and_the_timer_enables():
    data, outbox, domain = supply(ENABLED, 0)
    domain.trip(1)
    assert (data.supply_state, codes(outbox)) == (ARMED, [0x8F33])
    assert domain.tripped()
    domain.trip(2)
    domain.restore(3)
    assert (data.supply_state, data.supply_inhibits, codes(outbox)) == (ENABLED, 0, [0x8F34])
    domain.trip(4)
    domain.enable(5, 2)
    assert (data.supply_state, domain.tripped()) == (ENABLED, False)


@pytest.mark.req("ESME-LL-08", "ESME-LL-09")
@pytest.mark.parametrize("reason", ["credit", "command", "lock"])
def test_the_timer_never_enables_over_another_reason(reason):
    data, outbox, domain = supply(ENABLED, 0)
    domain.trip(1)
    if reason == "credit":
        domain.follow_credit(True, False, False, 2)
    elif reason == "command":
        domain.disable(2)
    else:
        domain.lock()
    domain.restore(3)
    assert data.supply_state == DISABLED
    if reason == "credit":
        # Once it clears, and the load limit alone remains, the Supply is Armed.
        domain.follow_credit(False, False, False, 4)
        assert data.supply_inhibits == INHIBIT_LOAD_LIMIT
        domain.restore(5)
        assert data.supply_state == ENABLED


@pytest.mark.req("ESME-GEN-10", "GSME-GEN-11", "GSME-GEN-12", "GSME-GEN-13")
def test_tampering_locks_where_the_setting_says_so():
    data, outbox, domain = supply(ENABLED, 0)
    domain.tampered(1)
    assert (data.supply_state, codes(outbox)) == (ENABLED, [])
    data.supply_tamper_state = LOCKED
    domain.tampered(2)
    assert (data.supply_state, data.supply_inhibits) == (DISABLED, INHIBIT_LOCK)
    assert codes(outbox) == [0x81BE]
    with pytest.raises(SupplyError):
        domain.enable(3, 2)
    domain.follow_credit(True, False, False, 4)
    domain.follow_credit(False, False, False, 5)
    assert data.supply_state == DISABLED
    domain.arm(6)
    assert (data.supply_state, data.supply_inhibits) == (ARMED, 0)
