"""Time-of-use switching: which rate is active, and when to look again (SMETS2 5.5.8.1)."""

from ..model.command import is_integer
from .pricing import Pricing, scaled_mp
from .switching_table import RATES, SwitchingTable, TariffError, check_rows, pack

_PRICE_LIMIT = 0x7FFF
_MOST_MP = 0x7FFF_FFFF


class TimeOfUse:
    """Keeps the active rate in step with the Tariff Switching Table.

    The Randomised Offset delays every switch (SMETS2 5.5.11.1), so the table is read that many
    seconds in the past.
    """

    def __init__(self, data):
        self._data = data
        self.pricing = Pricing(data)
        self._table = SwitchingTable(data.tariff_switching_table)
        self.next_look_s = 0

    def follow(self, now_s):
        """Make the rate of now_s active; call it at next_look_s and after any change."""
        offset_s = self._data.randomised_offset_s
        self.pricing.use_rate(self._table.rate_at(now_s - offset_s))
        self.next_look_s = self._table.next_look_s(now_s - offset_s) + offset_s

    def set_offset(self):
        """Work out the Randomised Offset anew, halves up (SMETS2 5.5.11.1)."""
        data = self._data
        product = data.randomised_offset_number * data.randomised_offset_limit_s
        data.randomised_offset_s = (product + 5_000) // 10_000

    def set_tariff(self, checked, now_s):
        """Set Tariff (SMETS2 5.6.3.35) to what check_tariff returned."""
        packed, prices, scales, standing_charge = checked
        data = self._data
        data.tariff_switching_table = packed
        held = data.tariff_tou_prices
        for rate in range(len(prices)):
            held[rate] = prices[rate]
        for rate in range(len(prices), RATES):
            held[rate] = 0
        data.tariff_tou_price_scale, data.standing_charge_scale = scales
        data.standing_charge = standing_charge
        self._table = SwitchingTable(packed)
        self.follow(now_s)


def check_tariff(tariff):
    """Return a tariff checked and packed for set_tariff; TariffError names what is wrong.

    tariff: seasons, weeks, days, special_days as in switching_table.pack; prices (up to 48),
    price_scale, standing_charge, standing_charge_scale.
    """
    try:
        packed = pack(tariff["seasons"], tariff["weeks"], tariff["days"], tariff["special_days"])
        prices = tariff["prices"]
        scales = (tariff["price_scale"], tariff["standing_charge_scale"])
        standing_charge = tariff["standing_charge"]
    except KeyError as missing:
        raise TariffError("tariff: no %s" % missing.args[0])
    _check_prices(packed, prices, standing_charge, scales)
    return packed, prices, scales, standing_charge


def _check_prices(packed, prices, standing_charge, scales):
    check_rows("prices", prices, 1, RATES)
    for price in prices:
        _check_16_bits("price", price)
    _check_16_bits("standing charge", standing_charge)
    for scale in scales:
        if not is_integer(scale) or not -5 <= scale <= 0:
            raise TariffError("scale: %s is outside -5..0" % (scale,))
    for price in prices:
        _check_amount("price", price, scales[0])
    _check_amount("standing charge", standing_charge, scales[1])
    for rate in SwitchingTable(packed).rates():
        if rate >= len(prices):
            raise TariffError("switch point: rate %d has no price" % rate)


def _check_amount(name, amount, scale):
    if abs(scaled_mp(amount, scale)) > _MOST_MP:
        raise TariffError("%s: %d at scale %d is beyond 32 bits of mp" % (name, amount, scale))


def _check_16_bits(name, value):
    if not is_integer(value) or not -_PRICE_LIMIT - 1 <= value <= _PRICE_LIMIT:
        raise TariffError("%s: %s is outside 16 bits" % (name, value))
