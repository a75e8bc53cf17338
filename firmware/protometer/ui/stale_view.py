"""What is left to show when the link to the meter is lost."""

from ..model.enumerations import CREDIT_MODE


class StaleView:
    """A meter that is out of reach: every value unknown, only its kind remembered.

    These attributes, none of them None, and the bool `time_known` are what any view must have;
    that of a gas meter has no power, price or budget, and may have None where it was told nothing.
    """

    link_ok = False
    active_power_import_w = None
    active_tariff_price_mp = None
    cost_today_mp = None
    cost_this_week_mp = None
    energy_today_wh = None
    cost_this_month_mp = None
    energy_this_week_wh = None
    energy_this_month_wh = None
    daily_budget_mp = 0
    weekly_budget_mp = 0
    meter_balance_mp = None
    credit_mode_balance_mp = None
    emergency_credit_balance_mp = None
    emergency_credit_limit_mp = None
    credit_status = None
    accumulated_debt_mp = 0
    supply_state = None
    power_threshold_status = None

    def __init__(self):
        self.payment_mode = CREDIT_MODE
        self.currency_units = 0

    def remember(self, view):
        """Take over from a view what does not go stale; return self."""
        self.payment_mode = view.payment_mode
        self.currency_units = view.currency_units
        return self
