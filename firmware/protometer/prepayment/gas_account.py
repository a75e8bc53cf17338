"""The account of a gas meter: each Payment Mode has a balance of its own (SMETS2 4.4.7, 4.6.5.11).

In Credit Mode the Credit Mode Meter Balance is the money due since its last reset: it grows with
what is charged and never falls below zero. In Prepayment Mode the Meter Balance is credit, as it
is for electricity. Neither touches the other (GSME-PAY-03, GSME-PAY-04).
"""

from ..model.enumerations import CREDIT_MODE
from .account import BALANCE_LIMIT_MP, Account, CreditError


class GasAccount(Account):
    """An Account with a second balance; see there."""

    def check_adjust_credit_mode(self, change_mp):
        """Return what adjust_credit_mode takes; CreditError where the balance can't be that."""
        balance_mp = self._data.credit_mode_balance_mp - change_mp
        if not 0 <= balance_mp <= BALANCE_LIMIT_MP:
            raise CreditError(
                "Adjust Credit Mode Meter Balance: %d mp is out of range" % balance_mp
            )
        return [change_mp]

    def adjust_credit_mode(self, now_s, change_mp):
        """Adjust Credit Mode Meter Balance (SMETS2 4.5.3.6; GSME-HIC-07).

        A credit to the customer is positive, and taken off what is due.
        """
        self._data.credit_mode_balance_mp -= change_mp

    def reset_credit_mode(self, now_s):
        """Reset Credit Mode Meter Balance (SMETS2 4.5.3.19): nothing is due (GSME-HIC-17)."""
        self._data.credit_mode_balance_mp = 0

    def _charge(self, cost_mp, suspend, now_s):
        data = self._data
        if data.payment_mode != CREDIT_MODE:
            super()._charge(cost_mp, suspend, now_s)
            return
        due_mp = data.credit_mode_balance_mp + cost_mp
        data.credit_mode_balance_mp = max(0, min(due_mp, BALANCE_LIMIT_MP))
