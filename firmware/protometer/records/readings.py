"""What is read and kept at midnight, at the Billing Calendar's dates, and when money comes in.

Daily Read Logs, Daily Consumption Log and Billing Data Log (SMETS2 5.5.9, 5.7.5.10-14, 5.7.5.26,
4.4.9; ESME-REC-03 to ESME-REC-05, GSME-REC-02 to GSME-REC-06).
"""

from binascii import unhexlify

from micropython import const

from ..model.calendar import DAY_S, civil_from_days, days_from_civil
from ..model.command import CommandRefused
from ..model.enumerations import PREPAYMENT_MODE
from .registers import banks, reading

# What a reading of the Billing Data Log that a change made is of: causes of a snapshot.
TARIFF_CHANGE = const(0x0008)
MODE_CHANGE = const(0x2000)
SUPPLIER_CHANGE = const(0x4000)

# Billing Calendar period (SMETS2 5.7.4.7, 4.6.4.2).
NO_BILLING = const(0)
DAILY = const(1)
WEEKLY = const(2)
MONTHLY = const(3)
QUARTERLY = const(4)
SIX_MONTHLY = const(5)
YEARLY = const(6)
_PERIODS_S = {DAILY: DAY_S, WEEKLY: 7 * DAY_S}
_PERIODS_MONTHS = {MONTHLY: 1, QUARTERLY: 3, SIX_MONTHLY: 6, YEARLY: 12}

_NEVER_S = 0xFFFF_FFFF
_LAST_DAY_OF_ALL_MONTHS = const(28)


class Readings:
    """Writes the logs of registers and balances.

    exports: whether the meter measures export. `billing_due_s`: the next billing date.
    """

    def __init__(self, data, logbook, exports):
        self._data = data
        self._is_gas = "G" in data.role
        named = logbook.named
        self._banks = banks(data)
        self._daily = named("Daily Read Log")
        self._daily_export = named("Daily Read Log Export") if exports else None
        self._daily_money = named("Prepayment Daily Read Log")
        self._consumption = named("Daily Consumption Log")
        self._billing = named("Billing Data Log Billing Calendar")
        self._billing_money = named("Billing Data Log Billing Calendar Balances")
        self._changes = named("Billing Data Log Mode Or Tariff Change")
        self._credits = named("Billing Data Log Prepayment Credits")
        self._recoveries = named("Billing Data Log Payment Based Debt Payments")
        self.billing_due_s = _NEVER_S

    def due_s(self):
        """Return when keep_days() or keep_billing() has something to do."""
        return min(self.billing_due_s, (self._data.day_read + 1) * DAY_S)

    def keep_days(self, today):
        """Read everything for the midnights up to today's; OSError where a log fails.

        Then nothing has been kept, and the next call tries again.
        """
        data = self._data
        if not data.day_read:
            data.day_read = today
        if data.day_read >= today:
            return
        logs = [self._daily, self._daily_money, self._consumption]
        if self._daily_export is not None:
            logs.append(self._daily_export)
        numbers = [log.next_number() for log in logs]
        try:
            self.midnights(data.day_read + 1, today)
        except OSError:
            for log, number in zip(logs, numbers):
                log.take_back(number)
            raise
        data.day_read = today

    def midnights(self, first_day, last_day):
        """Read everything as each of these UTC days begins; OSError where a log fails.

        All days but the one before the first were without power: registers stood still, and
        nothing was consumed. No more is written than a log holds.
        """
        data = self._data
        _keep(self._daily, first_day, last_day, [reading(self._banks)])
        if self._daily_export is not None:
            exported = data.active_export_register
            values = [exported.kwh[0], exported.mwh[0] // 1000]
            _keep(self._daily_export, first_day, last_day, values)
        if data.payment_mode == PREPAYMENT_MODE:
            _keep(self._daily_money, first_day, last_day, self._money())
        # The day that ended with the first midnight, counted back from the day that runs.
        ended = data.charged_day - (first_day - 1)
        consumed_wh = data.days_energy_wh[ended] if 0 <= ended < len(data.days_energy_wh) else 0
        self._consumption.extend(
            (day * DAY_S, consumed_wh if day == first_day else 0)
            for day in _kept_days(self._consumption, first_day, last_day)
        )

    def keep_billing(self, now_s):
        """Read the registers, in Prepayment Mode the money too, if a billing date has come.

        Return whether it has; OSError where the log fails. After an outage over several dates one
        reading stands for all.
        """
        data = self._data
        due = False
        if data.billing_calendar_period == NO_BILLING:
            self.billing_due_s = _NEVER_S
            data.last_billing_s = 0
            return due
        # A Billing Calendar begins to count when it is set.
        if not data.last_billing_s:
            data.last_billing_s = now_s
        elif now_s >= self._after(data.last_billing_s):
            self._read_for_billing(now_s)
            data.last_billing_s = now_s
            due = True
        self.billing_due_s = self._after(data.last_billing_s)
        return due

    def _read_for_billing(self, now_s):
        """Read registers and money, both or neither; OSError where a log fails."""
        number = self._billing.next_number()
        self._billing.append(now_s, reading(self._banks))
        if self._data.payment_mode != PREPAYMENT_MODE:
            return
        try:
            self._billing_money.append(now_s, *self._money())
        except OSError:
            self._billing.take_back(number)
            raise

    def check_set_calendar(self, start_s, period):
        """Return what set_calendar takes; CommandRefused for a period or a start that can't be.

        A start on the 29th to 31st is refused (GSME-CFG-02).
        """
        if not NO_BILLING <= period <= YEARLY:
            raise CommandRefused("Set Billing Calendar: no period %d" % period)
        if not 0 <= start_s < _NEVER_S:
            raise CommandRefused("Set Billing Calendar: no such start")
        if civil_from_days(start_s // DAY_S)[2] > _LAST_DAY_OF_ALL_MONTHS:
            raise CommandRefused("Set Billing Calendar: not every month has that day")
        return [start_s, period]

    def set_calendar(self, now_s, start_s, period):
        """Set the Billing Calendar; it counts from now on."""
        data = self._data
        data.billing_calendar_start_s = start_s
        data.billing_calendar_period = period
        counts = period != NO_BILLING
        data.last_billing_s = now_s if counts else 0
        self.billing_due_s = self._after(now_s) if counts else _NEVER_S

    def mode_or_tariff_changed(self, now_s, cause):
        """Read registers and money just before a change; OSError where the log fails.

        cause: TARIFF_CHANGE, MODE_CHANGE or SUPPLIER_CHANGE, which a gas meter keeps with it.
        """
        causes = (cause,) if self._is_gas else ()
        self._changes.append(now_s, reading(self._banks), *self._money(), *causes)

    def credit(self, now_s, value_mp, recovered_mp, utrn=""):
        """Keep a credit that was added, and what it paid of the Payment Debt Register.

        utrn: its digits, which a gas meter keeps with it, as it does what is left of the debt.
        """
        codes = (unhexlify(utrn),) if self._is_gas else ()
        self._credits.append(now_s, value_mp, *codes)
        if recovered_mp:
            left = (self._data.payment_debt_mp,) if self._is_gas else ()
            self._recoveries.append(now_s, recovered_mp, *left)

    def _after(self, at_s):
        data = self._data
        return next_billing_s(data.billing_calendar_period, data.billing_calendar_start_s, at_s)

    def _money(self):
        data = self._data
        return [
            data.emergency_credit_balance_mp,
            data.meter_balance_mp,
            data.payment_debt_mp,
            data.time_debt_1_mp,
            data.time_debt_2_mp,
            data.accumulated_debt_mp,
        ]


def next_billing_s(period, start_s, after_s):
    """Return the first billing date after an instant: start_s, then one every period."""
    if after_s < start_s:
        return start_s
    if period in _PERIODS_S:
        period_s = _PERIODS_S[period]
        return start_s + ((after_s - start_s) // period_s + 1) * period_s
    step = _PERIODS_MONTHS[period]
    year, month, day_of_month = civil_from_days(start_s // DAY_S)
    # Where an earlier firmware took a later day.
    day_of_month = min(day_of_month, _LAST_DAY_OF_ALL_MONTHS)
    first = 12 * year + month - 1
    year, month, _ = civil_from_days(after_s // DAY_S)
    index = first + (12 * year + month - 1 - first) // step * step
    while True:
        days = days_from_civil(index // 12, index % 12 + 1, day_of_month)
        due_s = days * DAY_S + start_s % DAY_S
        if due_s > after_s:
            return due_s
        index += step


def _kept_days(log, first_day, last_day):
    return range(max(first_day, last_day + 1 - log.entries_kept), last_day + 1)


def _keep(log, first_day, last_day, values):
    days = _kept_days(log, first_day, last_day)
    log.extend([day * DAY_S] + values for day in days)
