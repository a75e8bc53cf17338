"""Add Credit: a UTRN becomes money in the account (SMETS2 5.6.3.3, 5.6.2.2, 4.5.3.3, 4.5.2.2)."""

from ..model import command as commands
from ..model import events
from ..model.command import CommandRefused
from ..model.enumerations import PREPAYMENT_MODE


class TopUps:
    """utrn: a UtrnEntry; account: an Account; readings: Readings, which log what was added."""

    def __init__(self, data, outbox, utrn, account, readings):
        self._data = data
        self._outbox = outbox
        self._utrn = utrn
        self._account = account
        self._readings = readings

    def add_credit(self, now_s, by, digits):
        """Check a UTRN of 20 digits and add its value; CommandRefused leaves it as good as before.

        The counter is used up only once the account has taken the value (GSME-UTRN-08).
        """
        if self._data.payment_mode != PREPAYMENT_MODE:
            raise CommandRefused("Add Credit: not in Prepayment Mode")
        value_mp, counter = self._utrn.accept(now_s, digits, by == commands.USER_INTERFACE)
        self.credit(now_s, value_mp, by, digits)
        self._utrn.use(counter)

    def credit(self, now_s, value_mp, by=commands.SUPPLIER, utrn=""):
        """Add a value that needs no further check, and log it; utrn: its digits, if it had any."""
        recovered_mp = self._account.add_credit(now_s, value_mp)
        self._readings.credit(now_s, value_mp, recovered_mp, utrn)
        if by in (commands.USER_INTERFACE, commands.PPMID):
            self._outbox.post(events.CREDIT_ADDED_LOCALLY, now_s)
