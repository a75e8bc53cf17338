"""Page "credit": the Meter Balance, Emergency Credit, supply and debt; or an account's balance."""

from ..model.enumerations import (
    ARMED,
    CREDIT_MODE,
    DISABLED,
    EMERGENCY_AVAILABLE,
    EMERGENCY_ENABLED,
    EMERGENCY_IN_USE,
    EMERGENCY_SELECTED,
    ENABLED,
)
from . import formats

_BALANCE_Y = 12
_SUPPLY_Y = 36
_EMERGENCY_Y = 45

_SUPPLY_WORDS = {
    DISABLED: "Supply off",
    ENABLED: "Supply on",
    ARMED: "Supply ready",
}

# The first row with a bit of the Credit Status holds. The balance is told only once activated;
# before that it merely repeats the limit.
_EMERGENCY = (
    (EMERGENCY_SELECTED | EMERGENCY_IN_USE, "emergency_credit_balance_mp", "Emergency %s left"),
    (EMERGENCY_AVAILABLE, "emergency_credit_limit_mp", "Emergency %s available"),
    (EMERGENCY_ENABLED, "emergency_credit_limit_mp", "Emergency credit %s"),
)


def balance(canvas, view):
    """Draw the Meter Balance in large figures."""
    large(canvas, view.meter_balance_mp, view)


def supply(canvas, view):
    """Draw whether the supply is on and, if there is any, the debt to clear."""
    canvas.text(canvas.small, _SUPPLY_WORDS.get(view.supply_state, "Supply --"), 0, _SUPPLY_Y)
    if view.accumulated_debt_mp > 0:
        debt = "Debt " + formats.money(view.accumulated_debt_mp, view.currency_units)
        canvas.text_right(canvas.small, debt, canvas.width, _SUPPLY_Y)


def emergency_credit(canvas, view):
    """Draw the state of Emergency Credit; in Credit Mode, whose money the balance is."""
    line = _account_line if view.payment_mode == CREDIT_MODE else emergency_line
    state(canvas, line(view))


def state(canvas, line):
    """Draw a line on Emergency Credit, or on an account."""
    canvas.text(canvas.small, line, 0, _EMERGENCY_Y)


def mode_line(view):
    """Return the Payment Mode."""
    return "Credit meter" if view.payment_mode == CREDIT_MODE else "Prepayment meter"


def large(canvas, balance_mp, view):
    """Draw a balance in large figures."""
    text = formats.money(balance_mp, view.currency_units)
    canvas.text(canvas.large, text, 0, _BALANCE_Y)


def _account_line(view):
    if view.meter_balance_mp is None:
        return "Account"
    # An electricity meter counts money due below zero in both modes (ESME-PAY-02).
    return "Account: amount due" if view.meter_balance_mp < 0 else "Account in credit"


def emergency_line(view):
    """Return the state of Emergency Credit."""
    if view.credit_status is None:
        return "Emergency credit --"
    for bits, item, line in _EMERGENCY:
        if view.credit_status & bits:
            return line % formats.money(getattr(view, item), view.currency_units)
    return "No emergency credit"
