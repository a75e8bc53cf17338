"""What a Gas Proxy Function asks its gas meter for beside attributes, and where that is kept.

The items and logs are the meter's own, so that remote parties are answered as the meter would
answer them (GBCS GCS15d, GCS15e, GCS21b, GCS21f, GCS21k). What is out of bounds is refused, and
changes nothing.
"""

from micropython import const

from ..model.command import CommandRefused
from ..model.dictionary import find
from ..prepayment.gas_non_disablement import LIMITS
from ..tariff.gas_limits import GAS
from .billing_periods import PERIODS
from .gas_told_calendar import ToldCalendar

_PRICE = const(0x0700)
_PREPAYMENT = const(0x0705)
_BLOCK_THRESHOLDS_IN_USE = const(0x0612)
_FIVE_DIGITS = const(0x50)
_CUBIC_METRES = const(0x01)
_TIER = const(0x0F)
_PAYMENT_DEBT = const(0x02)
_ANY = 0xFFFF_FFFF
_UTRN_DIGITS = const(20)
_FIGURE_0 = const(0x30)
_NO_CODE = bytes(_UTRN_DIGITS // 2)
_TOP_UPS = "Billing Data Log Prepayment Credits"
_PAYMENTS = "Billing Data Log Payment Based Debt Payments"
# Cluster, command and its fields, what answers it, and the method that takes that.
_QUESTIONS = (
    (_PRICE, "GetCurrentPrice", {"commandOptions": 0}, "PublishPrice", "take_price"),
    (
        _PREPAYMENT,
        "GetTopUpLog",
        {"latestEndTime": _ANY, "numberOfRecords": 0},
        "PublishTopUpLog",
        "take_top_ups",
    ),
    (
        _PRICE,
        "GetBillingPeriod",
        {"earliestStartTime": 0, "minIssuerEventId": _ANY, "numberOfCommands": 1, "tariffType": 0},
        "PublishBillingPeriod",
        "take_billing_period",
    ),
    (
        _PREPAYMENT,
        "GetDebtRepaymentLog",
        {"latestEndTime": _ANY, "numberOfDebts": 0, "debtType": _PAYMENT_DEBT},
        "PublishDebtLog",
        "take_payments",
    ),
)
_TAKER = const(4)
# Calendars, as ToldCalendar takes them: each follows on a question of another cluster, so that a
# late answer to the one is never taken for the other's.
_CALENDARS = (
    ("Tariff Switching Table", "tariff_issued", 0xFFFF_FFFF, 0, 1, GAS),
    ("Non-Disablement Calendar", "non_disablement_issued", 0xFFFF_FFFE, 3, 0, LIMITS),
)


class GasTold:
    """What a GasProxyFunction is told in a contact: its data, logbook and mirror.

    complete(): called before anything changes; told_on: by calendar the day on which all of it was
    told last, outlives the contact. `changed`: something is not durable yet; `failed`: a log could
    not be written; `refused` counts what was out of bounds.
    """

    def __init__(self, data, logbook, mirror, complete, told_on):
        self._data = data
        self._named = logbook.named
        self._mirror = mirror
        self._complete = complete
        self._calendars = [ToldCalendar(data, told_on, *row) for row in _CALENDARS]
        self.changed = self.failed = False
        self.refused = 0

    def questions(self, today):
        """Yield (cluster, command, fields, what answers it), and take by send() what it came to.

        That is the values of the answer, {} where there is nothing to tell, None where it is not
        known what there is. today: in days from 2000 on.
        """
        calendars = iter(self._calendars)
        for row in _QUESTIONS:
            answer = yield row[:_TAKER]
            if answer is not None:
                self._take(getattr(self, row[_TAKER]), answer)
            calendar = next(calendars, None)
            if calendar:
                answers = yield from calendar.questions(today)
                if answers is not None:
                    self._take(calendar.take, answers, today)

    def _take(self, take, *told):
        self._complete()
        try:
            if take(*told):
                self.changed = True
        except CommandRefused:
            self.refused += 1
        except OSError:
            self.failed = True

    def _put(self, values):
        """Set items by their names, none where one is out of its bounds; return whether any was
        another.
        """
        found = [(find(self._data.role, name), values[name]) for name in values]
        for item, value in found:
            item.check(value)
        changed = False
        for item, value in found:
            if getattr(self._data, item.attribute) != value:
                setattr(self._data, item.attribute, value)
                changed = True
        return changed

    def take_price(self, values):
        """Take a Publish Price: the one in force, of a tier, or of a block where there is none.

        Where the meter was given no tariff the calendar says so.
        """
        if not values:
            return False
        digits_and_tier = values["priceTrailingDigitAndPriceTier"]
        tier = digits_and_tier & _TIER
        if digits_and_tier & ~_TIER != _FIVE_DIGITS or values["unitOfMeasure"] != _CUBIC_METRES:
            raise CommandRefused("price: not of a cubic metre, with five digits")
        if tier > GAS.rates:
            raise CommandRefused("price: of tier %d" % tier)
        in_use = 0 if tier else self._mirror.value(_PRICE, _BLOCK_THRESHOLDS_IN_USE) or 1
        return self._put(
            {
                "Active Tariff Price": values["price"],
                "Active Tariff Rate": max(tier - 1, 0),
                "Block Thresholds In Use": in_use,
                "Currency Units": values["currency"],
                "Price Issued": values["issuerEventId"],
            }
        )

    def take_billing_period(self, values):
        """Take a Publish Billing Period: the Billing Calendar, or that there is none."""
        if not values:
            return self._put({"Billing Calendar Period": 0})
        period = values["billingPeriodDuration"], values["billingPeriodDurationType"]
        if period not in PERIODS:
            raise CommandRefused("billing period: %d of type 0x%02x" % period)
        return self._put(
            {
                "Billing Calendar Period": PERIODS.index(period) + 1,
                "Billing Calendar Start": values["billingPeriodStartTime"],
                "Billing Calendar Issued": values["issuerEventId"],
            }
        )

    def take_top_ups(self, values):
        """Take a Publish Top Up Log: all of them, the newest first."""
        rows = [
            (row["topUpTime"], row["topUpAmount"], _two_an_octet(row["topUpCode"]))
            for row in values.get("topUpPayload", ())
        ]
        return self._copy(_TOP_UPS, rows)

    def take_payments(self, values):
        """Take a Publish Debt Log: all payments of the Payment Debt Register, the newest first."""
        rows = []
        for row in values.get("debtPayload", ()):
            if row["debtType"] != _PAYMENT_DEBT:
                raise CommandRefused("payments: of debt %d" % row["debtType"])
            paid_mp, left_mp = _signed(row["amountCollected"]), _signed(row["outstandingDebt"])
            rows.append((row["collectionTime"], paid_mp, left_mp))
        return self._copy(_PAYMENTS, rows)

    def _copy(self, name, rows):
        """Have a log hold what the meter's does, the newest first; return whether it held other
        entries. What is new alone is written where the rest is there already.
        """
        log = self._named(name)
        if len(rows) > log.entries_kept:
            raise CommandRefused("%s: %d entries" % (name, len(rows)))
        rows.reverse()
        held = list(log.entries(log.first_number(), len(log)))
        if held == rows:
            return False
        known = min(len(held), len(rows))
        while held[len(held) - known :] != rows[:known]:
            known -= 1
        if known == len(held) or known and len(rows) == log.entries_kept:
            log.extend(rows[known:])
        else:
            log.replace(rows)
        return True


def _two_an_octet(digits):
    """Return the digits of a UTRN as a log keeps them, zeros of none; CommandRefused of others."""
    if not digits:
        return _NO_CODE
    if len(digits) != _UTRN_DIGITS or not digits.isdigit():
        raise CommandRefused("top-up: a code of %d digits" % len(digits))
    pairs = range(0, _UTRN_DIGITS, 2)
    return bytes(digits[at] - _FIGURE_0 << 4 | digits[at + 1] - _FIGURE_0 for at in pairs)


def _signed(value):
    """Return a number of 32 bits that came without its sign."""
    return value - (1 << 32) if value >> 31 else value
