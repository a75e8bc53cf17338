"""Debts and how they are recovered (SMETS2 5.5.7.2, 4.4.7.2; GSME-PAY-09 to GSME-PAY-12).

Two Time Debt Registers give up a rate every hour or day, the Payment Debt Register a share of
each top-up, within a cap per week. No register becomes negative; when one is cleared an event says
so.
"""

from micropython import const

from ..model import events
from ..model.command import CommandRefused
from ..model.dictionary import ItemError, find, write

WEEK_S = const(604_800)
DAY_S = const(86_400)
_FULL_SHARE = const(10_000)
_MP_SCALE = const(5)
_MOST_MP = const(0x7FFF_FFFF)

# Register, rate, scale, period, event of completion.
_TIME_DEBTS = (
    (
        "time_debt_1_mp",
        "debt_recovery_rate_1",
        "debt_recovery_rate_1_scale",
        "debt_recovery_rate_1_period_s",
        events.TIME_DEBT_1_RECOVERED,
    ),
    (
        "time_debt_2_mp",
        "debt_recovery_rate_2",
        "debt_recovery_rate_2_scale",
        "debt_recovery_rate_2_period_s",
        events.TIME_DEBT_2_RECOVERED,
    ),
)
_REGISTERS = ("time_debt_1_mp", "time_debt_2_mp", "payment_debt_mp")
# What its items' names begin with.
_CONFIGURED = "Debt Recovery "
TIME_DEBTS = range(len(_TIME_DEBTS))


class Debts:
    """The registers, what is due from them, and the week's recoveries.

    cap_unit_mp: what one of Debt Recovery Rate Cap is worth: a currency unit for electricity
    (ESME-PAY-07), a millipence for gas.
    """

    def __init__(self, data, outbox, cap_unit_mp):
        self._data = data
        self._outbox = outbox
        self._cap_unit_mp = cap_unit_mp

    def due_mp(self, index, hour):
        """Return what a Time Debt Register gives up as this hour of UTC begins."""
        data = self._data
        register, rate, scale, period, _ = _TIME_DEBTS[index]
        if getattr(data, period) == DAY_S and hour % 24:
            return 0
        rate_mp = getattr(data, rate) * 10 ** (getattr(data, scale) + _MP_SCALE)
        return min(rate_mp, getattr(data, register))

    def collect(self, index, amount_mp, now_s):
        """Take an amount from a Time Debt Register; what it was due, at most."""
        data = self._data
        register, _, _, _, completed = _TIME_DEBTS[index]
        left_mp = getattr(data, register) - amount_mp
        setattr(data, register, left_mp)
        if amount_mp and not left_mp:
            self._outbox.post(completed, now_s)

    def from_payment_mp(self, value_mp, now_s):
        """Return what a top-up pays of the Payment Debt Register.

        A share of the whole top-up, no more than is owed, nor than the cap leaves of the 7 days
        that end now.
        """
        data = self._data
        share_mp = value_mp * data.debt_recovery_per_payment // _FULL_SHARE
        cap_mp = data.debt_recovery_rate_cap * self._cap_unit_mp
        return max(0, min(share_mp, data.payment_debt_mp, cap_mp - self.recovered_mp(now_s)))

    def pay(self, amount_mp, now_s):
        """Take an amount that a top-up paid from the Payment Debt Register."""
        if not amount_mp:
            return
        data = self._data
        data.payment_debt_mp -= amount_mp
        self._remember(amount_mp, now_s)
        if not data.payment_debt_mp:
            self._outbox.post(events.PAYMENT_DEBT_RECOVERED, now_s)

    def check_adjust(self, time_debt_1_mp, time_debt_2_mp, payment_debt_mp, configuration):
        """Return what adjust takes; CommandRefused names what can't be.

        configuration: rates, percentage and cap by their SMETS2 names, or None.
        """
        settings = configuration or {}
        for name in sorted(settings):
            if not name.startswith(_CONFIGURED):
                raise ItemError("Adjust Debt: %s is none of its items" % name)
            find(self._data.role, name).check_writable()
            find(self._data.role, name).check(settings[name])
        changes_mp = [time_debt_1_mp or 0, time_debt_2_mp or 0, payment_debt_mp or 0]
        for register, change_mp in zip(_REGISTERS, changes_mp):
            if getattr(self._data, register) + change_mp > _MOST_MP:
                raise CommandRefused("Adjust Debt: %s would leave its range" % register)
        return [changes_mp, [[name, settings[name]] for name in sorted(settings)]]

    def adjust(self, now_s, changes_mp, settings):
        """Adjust Debt (SMETS2 5.6.3.5, 4.5.3.5): no register goes below zero (GSME-HIC-06)."""
        for register, change_mp in zip(_REGISTERS, changes_mp):
            setattr(self._data, register, max(0, getattr(self._data, register) + change_mp))
        for name, value in settings:
            write(self._data, name, value)

    def recovered_mp(self, now_s):
        """Return what payments recovered less than 604,800 s ago."""
        data = self._data
        total_mp = 0
        for index in range(len(data.debt_recovered_mp)):
            if now_s - data.debt_recovered_at_s[index] < WEEK_S:
                total_mp += data.debt_recovered_mp[index]
        return total_mp

    def _remember(self, amount_mp, now_s):
        """Keep a recovery in the place of the oldest.

        If that still counts, it is counted with the one after it: for longer, never for less.
        """
        data = self._data
        times_s, amounts_mp = data.debt_recovered_at_s, data.debt_recovered_mp
        if amounts_mp[0] and now_s - times_s[0] < WEEK_S:
            amounts_mp[1] = min(amounts_mp[1] + amounts_mp[0], _MOST_MP)
        for index in range(len(times_s) - 1):
            times_s[index] = times_s[index + 1]
            amounts_mp[index] = amounts_mp[index + 1]
        times_s[len(times_s) - 1] = now_s
        amounts_mp[len(times_s) - 1] = amount_mp
