"""The Meter Balance and Emergency Credit (SMETS2 5.5.7; requirements GSME-PAY and ESME-PAY).

Money is in millipence (10**-5 of the currency unit). The Emergency Credit Balance is at all
times the limit in force less what was used and not yet repaid. *Combined credit* is the Meter
Balance, plus the Emergency Credit Balance once it is activated.

What recovers debts is in debts.py.
"""

from micropython import const

from ..model import events
from ..model.command import CommandRefused
from ..model.enumerations import (
    CREDIT_EXHAUSTED,
    CREDIT_LOW,
    CREDIT_MODE,
    CREDIT_OK,
    EMERGENCY_AVAILABLE,
    EMERGENCY_ENABLED,
    EMERGENCY_IN_USE,
    EMERGENCY_SELECTED,
    INHIBIT_CREDIT,
    PREPAYMENT_MODE,
)
from .debts import TIME_DEBTS

# SMETS2 gives balances 32 bits; a charge stops at the limit (GSME-PAY-02).
BALANCE_LIMIT_MP = const(0x7FFF_FFFF)


class CreditError(CommandRefused):
    """A credit, an adjustment or an activation is refused; the message says why.

    `reason`: the code of the event that says so too, or 0.
    """

    def __init__(self, message, reason=0):
        super().__init__(message)
        self.reason = reason


class Account:
    """Charges and credits the balances, and says whether the customer is out of credit.

    debts: a Debts.
    """

    def __init__(self, data, outbox, debts):
        self._data = data
        self._outbox = outbox
        self._debts = debts
        self._restate()

    def combined_credit_mp(self):
        """Return Meter Balance plus, once activated, the Emergency Credit Balance."""
        data = self._data
        if data.emergency_credit_activated:
            return data.meter_balance_mp + data.emergency_credit_balance_mp
        return data.meter_balance_mp

    def out_of_credit(self):
        """Tell whether combined credit is at or below the Disablement Threshold."""
        data = self._data
        if data.payment_mode == CREDIT_MODE:
            return False
        return self.combined_credit_mp() <= data.disablement_threshold_mp

    def allows_supply(self):
        """Tell whether credit, or the Non-Disablement Calendar, allows Supply."""
        return bool(self._data.non_disablement_active) or not self.out_of_credit()

    def charge_energy(self, cost_mp, now_s):
        """Take the cost of energy: balance to the threshold, then activated Emergency Credit."""
        data = self._data
        data.energy_charged_mp = _wrapped(data.energy_charged_mp + cost_mp)
        self._charge(cost_mp, False, now_s)

    def charge_standing(self, cost_mp, now_s):
        """Take a Standing Charge; it is always collected (SMETS2 5.7.4.45).

        While Emergency Credit is in use and Suspend Debt Emergency is on it goes to the
        Accumulated Debt Register instead of Emergency Credit.
        """
        data = self._data
        data.standing_charged_mp = _wrapped(data.standing_charged_mp + cost_mp)
        self._charge(cost_mp, bool(data.suspend_debt_emergency), now_s)

    def charge_time_debts(self, hour, now_s):
        """Recover what the Time Debt Registers give up as an hour of UTC begins (GSME-PAY-09).

        Not while Supply is Disabled for credit with Suspend Debt Disabled on (GSME-PAY-20).
        """
        data = self._data
        if data.payment_mode == CREDIT_MODE:
            return
        for index in TIME_DEBTS:
            if data.suspend_debt_disabled and data.supply_inhibits & INHIBIT_CREDIT:
                return
            due_mp = self._debts.due_mp(index, hour)
            self._debts.collect(index, due_mp, now_s)
            self._charge(due_mp, bool(data.suspend_debt_emergency), now_s)

    def add_credit(self, now_s, value_mp):
        """Allocate a top-up (SMETS2 5.6.3.3, 5.5.7.2; GSME-PAY-13) and return what paid debt.

        Payment Debt first, then Accumulated Debt, used Emergency Credit, and the Meter Balance.
        Raises CreditError, with nothing changed, above a maximum (GSME-UTRN-09).
        """
        data = self._data
        if data.payment_mode == CREDIT_MODE:
            raise CreditError("Add Credit: not in Prepayment Mode")
        if not 0 < value_mp <= data.maximum_credit_threshold_mp:
            most_mp = data.maximum_credit_threshold_mp
            text = "Add Credit: %d mp is outside 1..%d" % (value_mp, most_mp)
            self._refuse(text, events.UTRN_ABOVE_MAXIMUM_CREDIT if value_mp > 0 else 0, now_s)
        payment_mp = self._debts.from_payment_mp(value_mp, now_s)
        left_mp = value_mp - payment_mp
        accumulated_mp = min(left_mp, data.accumulated_debt_mp)
        left_mp -= accumulated_mp
        repaid_mp = min(left_mp, data.emergency_credit_used_mp)
        balance_mp = data.meter_balance_mp + left_mp - repaid_mp
        if balance_mp > data.maximum_meter_balance_threshold_mp:
            text = "Add Credit: above the Maximum Meter Balance Threshold"
            self._refuse(text, events.UTRN_ABOVE_MAXIMUM_BALANCE, now_s)
        self._debts.pay(payment_mp, now_s)
        data.accumulated_debt_mp -= accumulated_mp
        data.emergency_credit_used_mp -= repaid_mp
        data.meter_balance_mp = balance_mp
        self._end_activation()
        return payment_mp

    def debt_to_clear_mp(self, now_s):
        """Return the smallest top-up that leaves nothing owed (GSME-PAY-26).

        Accumulated Debt and used Emergency Credit 0, and the Meter Balance not below the
        Disablement Threshold, after what payment-based recovery takes.
        """
        data = self._data
        wanted_mp = data.accumulated_debt_mp + data.emergency_credit_used_mp
        wanted_mp += max(0, data.disablement_threshold_mp - data.meter_balance_mp)
        if not wanted_mp:
            return 0
        least_mp = wanted_mp
        most_mp = wanted_mp + data.payment_debt_mp
        # What is left of a top-up never falls as it grows.
        while least_mp < most_mp:
            middle_mp = (least_mp + most_mp) // 2
            if middle_mp - self._debts.from_payment_mp(middle_mp, now_s) < wanted_mp:
                least_mp = middle_mp + 1
            else:
                most_mp = middle_mp
        return least_mp

    def activate_emergency_credit(self, now_s):
        """Activate Emergency Credit (SMETS2 5.6.3.1): spendable from now on.

        Succeeds without change where it is active already; CreditError where it isn't offered.
        """
        data = self._data
        if data.emergency_credit_activated and data.payment_mode == PREPAYMENT_MODE:
            return
        if not self._offered():
            raise CreditError("Activate Emergency Credit: not available")
        data.emergency_credit_activated = 1
        data.emergency_credit_in_force_mp = data.emergency_credit_limit_mp
        self._outbox.post(events.EMERGENCY_CREDIT_ACTIVATED, now_s)
        self._settle()

    def adjust(self, now_s, change_mp):
        """Adjust Meter Balance (SMETS2 5.6.3.6) by a signed amount; CreditError out of range."""
        balance_mp = self._data.meter_balance_mp + change_mp
        if not -BALANCE_LIMIT_MP <= balance_mp <= BALANCE_LIMIT_MP:
            raise CreditError("Adjust Meter Balance: %d mp is out of range" % balance_mp)
        self._data.meter_balance_mp = balance_mp
        self._end_activation()

    def reset(self, now_s):
        """Reset Meter Balance (SMETS2 5.6.3.29): balance, debt and used Emergency Credit to 0.

        Emergency Credit is then not activated; Time and Payment Debt Registers stay.
        """
        data = self._data
        data.meter_balance_mp = 0
        data.accumulated_debt_mp = 0
        data.emergency_credit_used_mp = 0
        data.emergency_credit_activated = 0
        self._settle()

    def check_set_mode(self, mode, disabled, emergency, threshold_mp):
        """Return what set_mode takes; CreditError where there is no such mode or threshold."""
        if mode not in (CREDIT_MODE, PREPAYMENT_MODE):
            raise CreditError("Set Payment Mode: no mode %s" % mode)
        if not -BALANCE_LIMIT_MP <= (threshold_mp or 0) <= BALANCE_LIMIT_MP:
            raise CreditError("Set Payment Mode: threshold %d mp is out of range" % threshold_mp)
        return [mode, int(disabled), int(emergency), threshold_mp]

    def set_mode(self, now_s, mode, disabled, emergency, threshold_mp):
        """Set Payment Mode (SMETS2 5.6.3.34); all else keeps its value (ESME-PAY-27).

        disabled, emergency: Suspend Debt Disabled and Suspend Debt Emergency; threshold_mp: the
        Disablement Threshold, or None to leave it.
        """
        data = self._data
        data.payment_mode = mode
        data.suspend_debt_disabled = disabled
        data.suspend_debt_emergency = emergency
        if threshold_mp is not None:
            data.disablement_threshold_mp = threshold_mp
        self._settle()

    def refresh(self, now_s):
        """Take configuration that was written."""
        self._settle()

    def evaluate(self, now_s):
        """Post the events that the last changes caused and restate Credit Status.

        Each is posted once, as its condition begins.
        """
        before = self._data.credit_status
        self._restate()
        began = self._data.credit_status & ~before
        if began & CREDIT_LOW:
            self._outbox.post(events.LOW_CREDIT, now_s)
        if began & EMERGENCY_AVAILABLE:
            self._outbox.post(events.EMERGENCY_CREDIT_AVAILABLE, now_s)

    def _refuse(self, text, reason, now_s):
        if reason:
            self._outbox.post(reason, now_s)
        raise CreditError(text, reason)

    def _charge(self, cost_mp, suspend, now_s):
        data = self._data
        in_hand_mp = data.emergency_credit_balance_mp if data.emergency_credit_activated else 0
        if data.payment_mode == CREDIT_MODE or in_hand_mp <= 0 or cost_mp <= 0:
            self._take(cost_mp)
            return
        above_mp = max(0, data.meter_balance_mp - data.disablement_threshold_mp)
        from_balance_mp = min(cost_mp, above_mp)
        data.meter_balance_mp -= from_balance_mp
        cost_mp -= from_balance_mp
        if not cost_mp:
            return
        if suspend:
            data.accumulated_debt_mp = min(data.accumulated_debt_mp + cost_mp, BALANCE_LIMIT_MP)
            return
        used_mp = min(cost_mp, in_hand_mp)
        data.emergency_credit_used_mp += used_mp
        self._take(cost_mp - used_mp)
        self._settle()
        if data.emergency_credit_balance_mp == 0:
            self._outbox.post(events.EMERGENCY_CREDIT_EXHAUSTED, now_s)

    def _take(self, cost_mp):
        balance_mp = self._data.meter_balance_mp - cost_mp
        self._data.meter_balance_mp = max(-BALANCE_LIMIT_MP, min(balance_mp, BALANCE_LIMIT_MP))

    def _end_activation(self):
        """End it once nothing is owed and credit is back (GSME-PAY-27); not in Credit Mode."""
        data = self._data
        if (
            data.payment_mode == PREPAYMENT_MODE
            and not data.emergency_credit_used_mp
            and data.meter_balance_mp >= data.emergency_credit_threshold_mp
        ):
            data.emergency_credit_activated = 0
        self._settle()

    def _settle(self):
        """Restore what follows from the balances: the Emergency Credit Balance."""
        data = self._data
        if not data.emergency_credit_activated and not data.emergency_credit_used_mp:
            data.emergency_credit_in_force_mp = data.emergency_credit_limit_mp
        data.emergency_credit_balance_mp = (
            data.emergency_credit_in_force_mp - data.emergency_credit_used_mp
        )

    def _offered(self):
        data = self._data
        return (
            data.payment_mode == PREPAYMENT_MODE
            and not data.emergency_credit_activated
            and not data.emergency_credit_used_mp
            and data.emergency_credit_limit_mp > 0
            and data.meter_balance_mp < data.emergency_credit_threshold_mp
        )

    def _restate(self):
        data = self._data
        self._settle()
        if data.payment_mode == CREDIT_MODE:
            data.credit_status = CREDIT_OK
            return
        status = 0
        if self.out_of_credit():
            status |= CREDIT_EXHAUSTED
        if self.combined_credit_mp() < data.low_credit_threshold_mp:
            status |= CREDIT_LOW
        if not status:
            status = CREDIT_OK
        if data.emergency_credit_limit_mp > 0:
            status |= EMERGENCY_ENABLED
        if self._offered():
            status |= EMERGENCY_AVAILABLE
        if data.emergency_credit_activated:
            status |= EMERGENCY_SELECTED
            in_hand_mp = data.emergency_credit_balance_mp
            if in_hand_mp > 0 and data.meter_balance_mp <= data.disablement_threshold_mp:
                status |= EMERGENCY_IN_USE
        data.credit_status = status


def _wrapped(total_mp):
    """Return a running total within its 32 bits; it wraps, so that differences stay right."""
    if -BALANCE_LIMIT_MP <= total_mp <= BALANCE_LIMIT_MP:
        return total_mp
    return (total_mp + (1 << 31) & 0xFFFF_FFFF) - (1 << 31)
