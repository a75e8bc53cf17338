"""What the Gas Proxy Function keeps of a gas meter beside its mirror.

Logs like the meter's, made of what the mirror holds each time that all is known: within half an
hour of what they tell. And the date of Restrict Data, before which displays are told nothing
(CHTS 4.6.3; GBCS GCS09, GCS15, GCS16, GCS17, GCS61).
"""

from binascii import crc32

from micropython import const

from ..model.calendar import DAY_S
from ..records.readings import MODE_CHANGE, TARIFF_CHANGE
from ..records.registers import banks, reading
from ..records.restriction import Restriction
from .published import began

_PRICE = const(0x0700)
_METERING = const(0x0702)
_PREPAYMENT = const(0x0705)
_HALF_HOUR_S = const(1_800)
# Alternative consumption of yesterday, and of the days before from another attribute on.
_YESTERDAY = const(0x0C03)
_BEFORE = const(0x0C20)
_DAYS = const(8)
# Attributes of each register bank: the first, and how far it is to the next.
_REGISTERS = ((0x0000, 1), (0x0100, 2), (0x0700, 1))
# As the Prepayment Daily Read Log has money.
_MONEY = (0x0002, 0x0001, 0x0231, 0x0211, 0x0221, 0x0005)
_PAYMENT_CONTROL = const(0x0000)
# Bits of it that a meter in Prepayment Mode has.
_PREPAYS = const(0x0003)
_PRICES = (0x0400, 0x0401, 0x0402, 0x0403, 0x0410, 0x0420, 0x0430, 0x0440)
_BILLING_PERIOD_START = const(0x0700)


class GasRecords:
    """data: of a Gas Proxy Function; logbook: its logs."""

    def __init__(self, data, logbook):
        self._data = data
        self._restriction = Restriction(data)
        self._named = logbook.named
        self._banks = banks(data)
        self._mirror = None

    def begin(self, mirror):
        """Go by a Mirror, which from now on shows what it may."""
        self._mirror = mirror
        mirror.hides = self._hides

    def keep(self, now_s):
        """Log what has come since the last time; call it when all is known of the meter.

        OSError where a log fails.
        """
        before = reading(self._banks)
        self._copy_registers()
        self._keep_half_hour(now_s)
        self._keep_days(now_s // DAY_S)
        self._keep_billing(now_s)
        self._keep_changes(now_s, before)

    def restrict(self, now_s, from_s):
        """Restrict Data: displays are told nothing of what came before."""
        self._restriction.restrict(now_s, from_s)

    def _copy_registers(self):
        for bank, (first, step) in zip(self._banks, _REGISTERS):
            for index in range(len(bank)):
                litres = self._mirror.value(_METERING, first + step * index) or 0
                bank.kwh[index] = litres // 1000
                bank.mwh[index] = litres % 1000 * 1000

    def _money(self):
        return [self._mirror.value(_PREPAYMENT, identifier) or 0 for identifier in _MONEY]

    def _prepays(self):
        mode = self._mirror.value(_PREPAYMENT, _PAYMENT_CONTROL) or 0
        return mode & _PREPAYS == _PREPAYS

    def _keep_half_hour(self, now_s):
        """Log what was consumed by the end of the last half-hour; nothing of one that was missed.

        (SMETS2 4.6.5.15)
        """
        data = self._data
        litres, ended_s = self._banks[0].wh(0), now_s - now_s % _HALF_HOUR_S
        if ended_s <= data.half_hours_ended_s:
            return
        if data.half_hours_ended_s:
            self._named("Profile Data Log").append(ended_s, litres - data.proxy_reading_l)
        data.half_hours_ended_s, data.proxy_reading_l = ended_s, litres

    def _keep_days(self, today):
        """Read all at the first time of a day, and log the days that have ended since.

        The meter tells of eight days; earlier ones are missing.
        """
        data = self._data
        if data.day_read >= today:
            return
        first = max(data.day_read or today - 1, today - _DAYS) + 1
        told = []
        for day in range(first, today + 1):
            back = today - day + 1
            identifier = _YESTERDAY if back == 1 else _BEFORE + 2 * (back - 2)
            consumed_wh = self._mirror.value(_METERING, identifier)
            if consumed_wh is not None:
                told.append((day * DAY_S, consumed_wh))
        self._named("Daily Consumption Log").extend(told)
        self._named("Daily Read Log").append(today * DAY_S, reading(self._banks))
        if self._prepays():
            self._named("Prepayment Daily Read Log").append(today * DAY_S, *self._money())
        data.day_read = today

    def _keep_billing(self, now_s):
        """Read all where the meter tells that a billing period began."""
        data = self._data
        began_s = self._mirror.value(_PRICE, _BILLING_PERIOD_START) or 0
        if began_s != data.last_billing_s and data.last_billing_s and began_s:
            self._named("Billing Data Log Billing Calendar").append(began_s, reading(self._banks))
            if self._prepays():
                balances = self._named("Billing Data Log Billing Calendar Balances")
                balances.append(began_s, *self._money())
        data.last_billing_s = began_s

    def _keep_changes(self, now_s, before):
        """Keep the reading before the meter told of another mode, or of other prices."""
        data, prices = self._data, 0
        for identifier in _PRICES:
            price = self._mirror.value(_PRICE, identifier) or 0
            prices = crc32((price & 0xFFFF_FFFF).to_bytes(4, "little"), prices)
        mode = self._mirror.value(_PREPAYMENT, _PAYMENT_CONTROL) or 0
        for cause, is_new in (
            (MODE_CHANGE, mode != data.proxy_payment_mode),
            (TARIFF_CHANGE, prices != data.proxy_prices),
        ):
            # The first time nothing is known to have changed.
            if is_new and data.proxy_prices:
                changes = self._named("Billing Data Log Mode Or Tariff Change")
                changes.append(now_s, before, *self._money(), cause)
        data.proxy_payment_mode, data.proxy_prices = mode, prices

    def _hides(self, attribute, now_s):
        if attribute is None or not self._data.restrict_data_s or attribute.index() < 0:
            return False
        began_s = began(attribute.item(), attribute.index(), now_s // DAY_S)
        return began_s is not None and not self._restriction.shows(began_s)
