"""The tariff of a twin element meter's secondary element (SMETS2 5.11.3; TWIN-TWN-06)."""

from micropython import const

from ..model.calendar_fields import check_rows
from ..model.switching_table import Limits
from .pricing import scaled_mp
from .switched_tariff import SwitchedTariff, put
from .tariff_checks import check_rates, check_scale, field, labels, packed_table, scaled_amounts

RATES = const(4)
# SMETS2 5.13.1.2; TWIN-TWN-11.
SECONDARY = Limits(4, 4, 16, 48, 50, RATES)


class SecondaryTariff(SwitchedTariff):
    """Four time-of-use rates with a table of their own; the Randomised Offset holds here too."""

    def __init__(self, data):
        super().__init__(data, "secondary_switching_table", "secondary_active_tariff_rate")

    def offset_s(self):
        """Return the Randomised Offset."""
        return self._data.randomised_offset_s

    def consume(self, energy_mwh):
        """Register energy_mwh of the secondary element; return its cost in mp."""
        data = self._data
        data.secondary_tou_registers.add(data.secondary_active_tariff_rate, energy_mwh)
        return self._pricing.cost_mp(energy_mwh, data.secondary_active_tariff_price_mp)

    def show_price(self):
        """State the Secondary Active Tariff Price (SMETS2 5.13.2.9)."""
        data = self._data
        data.secondary_active_tariff_price_mp = scaled_mp(
            data.secondary_tou_prices[data.secondary_active_tariff_rate],
            data.secondary_tou_price_scale,
        )

    def check_set_tariff(self, tariff):
        """Return, sliced, what set_tariff takes; CalendarError names what is wrong.

        tariff: seasons, weeks, days, special_days, prices (up to 4), price_scale, labels.
        """
        packed = yield from packed_table(tariff, SECONDARY)
        (prices,) = yield from self.check_set_price(tariff)
        yield from check_rates(packed, len(prices[0]), RATES, 0)
        return [(packed, prices, labels(tariff))]

    def set_tariff(self, now_s, checked):
        """Set Tariff of the secondary element to what check_set_tariff returned."""
        packed, prices = checked[:2]
        self._use_table(packed)
        # What an earlier firmware kept for a later date has none.
        self._data.secondary_tariff_labels = checked[2] if len(checked) > 2 else b""
        self.set_price(now_s, prices)

    def check_set_price(self, prices):
        """Return, sliced, what set_price takes."""
        scale = field(prices, "price_scale")
        check_scale(scale)
        amounts = check_rows("prices", field(prices, "prices"), 1, RATES)
        yield from scaled_amounts("price", amounts, scale)
        return [(amounts, scale)]

    def set_price(self, now_s, checked):
        """Set Price of the secondary element."""
        amounts, scale = checked
        put(self._data.secondary_tou_prices, amounts)
        self._data.secondary_tou_price_scale = scale
        self.follow(now_s)

    def refresh(self, now_s):
        """Take configuration that was written."""
        self.follow(now_s)
