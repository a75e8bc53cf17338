"""The gas meter's pages, by the painters of electricity's wherever both meters tell the same.

In memory where there may be a gas meter.
"""

from ..model.enumerations import CREDIT_MODE
from . import formats, page_cost, page_credit

_FIRST_Y = 11
_PITCH = 14


def _today(canvas, view):
    cost_mp, energy_wh = view.cost_today_mp, view.energy_today_wh
    page_cost.figures(canvas, _FIRST_Y, "Today", cost_mp, energy_wh, view)


def _week(canvas, view):
    cost_mp, energy_wh = view.cost_this_week_mp, view.energy_this_week_wh
    page_cost.figures(canvas, _FIRST_Y + _PITCH, "Week", cost_mp, energy_wh, view)


def _month(canvas, view):
    cost_mp, energy_wh = view.cost_this_month_mp, view.energy_this_month_wh
    page_cost.figures(canvas, _FIRST_Y + 2 * _PITCH, "Month", cost_mp, energy_wh, view)


def _told_line(view):
    return "Meter read at " + formats.local_clock(view.told_s)


def _balance(canvas, view):
    # What is due in Credit Mode has a register of its own, positive (GSME-PAY-04).
    is_due = view.payment_mode == CREDIT_MODE
    balance_mp = view.credit_mode_balance_mp if is_due else view.meter_balance_mp
    page_credit.large(canvas, balance_mp, view)


def _emergency_credit(canvas, view):
    line = _account_line if view.payment_mode == CREDIT_MODE else page_credit.emergency_line
    page_credit.state(canvas, line(view))


def _account_line(view):
    due_mp = view.credit_mode_balance_mp
    if due_mp is None:
        return "Account"
    return "Account: amount due" if due_mp > 0 else "Account: nothing due"


def _mode_line(view):
    """Return the Payment Mode, and when the meter told this (IHD-INF-07)."""
    return "%s, %s" % (page_credit.mode_line(view), formats.local_clock(view.told_s))


# As ihd_screen.PAGES has them, and the titles of those when these are there too.
PAGES = (
    ("GAS COST", (_today, _week, _month), _told_line),
    ("GAS BALANCE", (_balance, page_credit.supply, _emergency_credit), _mode_line),
)
ELECTRICITY = ("NOW", "ELEC COST", "ELEC BALANCE")
# By whether a page is gas's: where there is something to tell that it doesn't.
LOOK_AT = ("Look at gas balance", "Look at electricity")


def no_news(told_s):
    """Return a notice of when the meter was read last."""
    return "No news since " + formats.local_clock(told_s)
