"""Page "cost" of a fuel: what each period cost and used.

Electricity has today and this week, against a budget for each; gas has today, week and month.
"""

from . import formats
from .canvas import SMALL_ON_MEDIUM

_TODAY_Y = 11
_WEEK_Y = 32
_BAR_BELOW = 13
_GAS_PITCH = 14
_AFTER_LABEL_X = 29


def today(canvas, view):
    """Draw the current day."""
    _figures(canvas, _TODAY_Y, "Today", view.cost_today_mp, view.energy_today_wh, view)
    _bar(canvas, _TODAY_Y, view.cost_today_mp, view.daily_budget_mp)


def this_week(canvas, view):
    """Draw the current week."""
    _figures(canvas, _WEEK_Y, "Week", view.cost_this_week_mp, view.energy_this_week_wh, view)
    _bar(canvas, _WEEK_Y, view.cost_this_week_mp, view.weekly_budget_mp)


def gas_today(canvas, view):
    """Draw the current day, of which there is no budget."""
    _figures(canvas, _TODAY_Y, "Today", view.cost_today_mp, view.energy_today_wh, view)


def gas_week(canvas, view):
    """Draw the current week below that."""
    y = _TODAY_Y + _GAS_PITCH
    _figures(canvas, y, "Week", view.cost_this_week_mp, view.energy_this_week_wh, view)


def gas_month(canvas, view):
    """Draw the current month below that."""
    y = _TODAY_Y + 2 * _GAS_PITCH
    _figures(canvas, y, "Month", view.cost_this_month_mp, view.energy_this_month_wh, view)


def budget_line(view):
    """Return which budget is overspent and by how much, or what is left for today."""
    currency = view.currency_units
    daily_left_mp = view.daily_budget_mp - view.cost_today_mp
    weekly_left_mp = view.weekly_budget_mp - view.cost_this_week_mp
    if view.daily_budget_mp > 0 > daily_left_mp:
        return formats.money(-daily_left_mp, currency) + " over budget today"
    if view.weekly_budget_mp > 0 > weekly_left_mp:
        return formats.money(-weekly_left_mp, currency) + " over for the week"
    if view.daily_budget_mp > 0:
        return formats.money(daily_left_mp, currency) + " left for today"
    return "No budget set"


def told_line(view):
    """Return when the gas meter told this."""
    return "Meter read at " + formats.local_clock(view.told_s)


def _figures(canvas, y, label, cost_mp, energy_wh, view):
    canvas.text(canvas.small, label, 0, y + SMALL_ON_MEDIUM)
    energy = formats.energy(energy_wh)
    cost = formats.money(cost_mp, view.currency_units)
    small = canvas.small
    if _AFTER_LABEL_X + small.width(cost) + small.width(energy) >= canvas.width:
        # The longest of both: the unit stands in the other lines.
        energy = energy.split()[0]
    energy_x = canvas.text_right(small, energy, canvas.width, y + SMALL_ON_MEDIUM)
    canvas.figure(cost, _AFTER_LABEL_X, y, energy_x)


def _bar(canvas, y, cost_mp, budget_mp):
    if budget_mp > 0:
        canvas.budget_bar(y + _BAR_BELOW, cost_mp, budget_mp)
