"""What is read and kept at midnight, at the Billing Calendar's dates, and when money comes in.

Daily Read Logs, Daily Consumption Log and Billing Data Log (SMETS2 5.5.9, 5.7.5.10-14, 5.7.5.26;
ESME-REC-03 to ESME-REC-05). Debts that this release does not have are 0.
"""

from micropython import const

from ..model.calendar import DAY_S, civil_from_days, days_from_civil
from ..model.enumerations import PREPAYMENT_MODE

# Billing Calendar period (SMETS2 5.7.4.4).
NO_BILLING = const(0)
DAILY = const(1)
WEEKLY = const(2)
MONTHLY = const(3)

_NEVER_S = 0xFFFF_FFFF
_LAST_DAY_OF_ALL_MONTHS = const(28)


class Readings:
    """Writes the logs of registers and balances.

    exports: whether the meter measures export. `billing_due_s`: the next billing date.
    """

    def __init__(self, data, logbook, exports):
        self._data = data
        named = logbook.named
        self._daily = named("Daily Read Log")
        self._daily_export = named("Daily Read Log Export") if exports else None
        self._daily_money = named("Prepayment Daily Read Log")
        self._consumption = named("Daily Consumption Log")
        self._billing = named("Billing Data Log Billing Calendar")
        self._changes = named("Billing Data Log Mode Or Tariff Change")
        self._credits = named("Billing Data Log Prepayment Credits")
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
        _keep(self._daily, first_day, last_day, self._registers())
        if self._daily_export is not None:
            reading = _kwh_wh(data.active_export_register, 0)
            _keep(self._daily_export, first_day, last_day, reading)
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
        """Read the registers if a billing date has come; OSError where the log fails.

        After an outage over several dates one reading stands for all.
        """
        data = self._data
        if data.billing_calendar_period == NO_BILLING:
            self.billing_due_s = _NEVER_S
            data.last_billing_s = 0
            return
        # A Billing Calendar begins to count when it is set.
        if not data.last_billing_s:
            data.last_billing_s = now_s
        elif now_s >= self._after(data.last_billing_s):
            self._billing.append(now_s, *self._registers())
            data.last_billing_s = now_s
        self.billing_due_s = self._after(data.last_billing_s)

    def mode_or_tariff_changed(self, now_s):
        """Read registers and money just before a change; OSError where the log fails."""
        self._changes.append(now_s, *(self._registers() + self._money()))

    def credit(self, now_s, value_mp):
        """Keep a credit that was added; OSError where the log fails."""
        self._credits.append(now_s, value_mp)

    def _after(self, at_s):
        data = self._data
        return next_billing_s(data.billing_calendar_period, data.billing_calendar_start_s, at_s)

    def _registers(self):
        data = self._data
        values = _kwh_wh(data.active_import_register, 0)
        rates = data.tariff_tou_registers
        values += list(rates.kwh)
        values += [mwh // 1000 for mwh in rates.mwh]
        return values

    def _money(self):
        data = self._data
        return [
            data.emergency_credit_balance_mp,
            data.meter_balance_mp,
            0,
            0,
            0,
            data.accumulated_debt_mp,
        ]


def next_billing_s(period, start_s, after_s):
    """Return the first billing date after an instant: start_s, then one every period.

    A monthly date beyond the 28th counts as the 28th, which every month has.
    """
    if after_s < start_s:
        return start_s
    if period != MONTHLY:
        period_s = DAY_S if period == DAILY else 7 * DAY_S
        return start_s + ((after_s - start_s) // period_s + 1) * period_s
    of_day_s = start_s % DAY_S
    day_of_month = min(civil_from_days(start_s // DAY_S)[2], _LAST_DAY_OF_ALL_MONTHS)
    year, month, _ = civil_from_days(after_s // DAY_S)
    while True:
        due_s = days_from_civil(year, month, day_of_month) * DAY_S + of_day_s
        if due_s > after_s:
            return due_s
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _kwh_wh(registers, index):
    return [registers.kwh[index], registers.mwh[index] // 1000]


def _kept_days(log, first_day, last_day):
    return range(max(first_day, last_day + 1 - log.entries_kept), last_day + 1)


def _keep(log, first_day, last_day, values):
    days = _kept_days(log, first_day, last_day)
    log.extend([day * DAY_S] + values for day in days)
