"""Supply State alone: every state and reason against every input."""

import pytest

from protometer.model.dictionary import Data
from protometer.model.enumerations import ARMED, DISABLED, ENABLED
from protometer.model.events import Outbox
from protometer.supply.load_switch import COMMAND, CREDIT, Supply, SupplyError

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


def supply(state, inhibits):
    data, outbox = Data("E"), Outbox()
    data.supply_state, data.supply_inhibits = state, inhibits
    return data, outbox, Supply(data, outbox)


@pytest.mark.parametrize(("before", "after"), FOLLOW)
def test_follow_credit(before, after):
    data, outbox, domain = supply(*before[:2])
    domain.follow_credit(*before[2:], 77)
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
    data, _, domain = supply(state, inhibits)
    call = {
        "enable": lambda: domain.enable(in_credit, by_supplier),
        "arm": lambda: domain.arm(in_credit, 0),
        "disable": domain.disable,
    }[name]
    if after == REFUSED:
        with pytest.raises(SupplyError, match="Supply"):
            call()
        after = (state, inhibits)
    else:
        call()
    assert (data.supply_state, data.supply_inhibits) == after
