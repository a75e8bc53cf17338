"""Page "cost": today and this week, in money and kWh, against a budget for each."""

from . import formats
from .canvas import SMALL_ON_MEDIUM

_TODAY_Y = 11
_WEEK_Y = 32
_BAR_BELOW = 13
_AFTER_LABEL_X = 29


def today(canvas, view):
    """Draw the current day."""
    figures(canvas, _TODAY_Y, "Today", view.cost_today_mp, view.energy_today_wh, view)
    _bar(canvas, _TODAY_Y, view.cost_today_mp, view.daily_budget_mp)


def this_week(canvas, view):
    """Draw the current week."""
    figures(canvas, _WEEK_Y, "Week", view.cost_this_week_mp, view.energy_this_week_wh, view)
    _bar(canvas, _WEEK_Y, view.cost_this_week_mp, view.weekly_budget_mp)


def figures(canvas, y, label, cost_mp, energy_wh, view):
    """Draw what a period cost and used, its label in front."""
    canvas.text(canvas.small, label, 0, y + SMALL_ON_MEDIUM)
    energy = formats.energy(energy_wh)
    cost = formats.money(cost_mp, view.currency_units)
    small = canvas.small
    if _AFTER_LABEL_X + small.width(cost) + small.width(energy) >= canvas.width:
        # The longest of both: the unit stands in the other lines.
        energy = energy.split()[0]
    energy_x = canvas.text_right(small, energy, canvas.width, y + SMALL_ON_MEDIUM)
    canvas.figure(cost, _AFTER_LABEL_X, y, energy_x)


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


def _bar(canvas, y, cost_mp, budget_mp):
    if budget_mp > 0:
        canvas.budget_bar(y + _BAR_BELOW, cost_mp, budget_mp)
