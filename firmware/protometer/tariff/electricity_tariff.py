"""The electricity tariff: 48 time-of-use rates, 8 with blocks, standing charge (SMETS2 5.5.8).

Rates 0 to 47 are time-of-use rates, 48 to 55 the eight that have blocks (ESME-PRC-01, ESME-PRC-02,
ESME-PRC-06). Energy goes to the register of the rate in force, and to its block.
"""

from micropython import const

from ..model.calendar_fields import check_rows
from ..model.switching_table import Limits
from .blocks import BLOCKS, NO_THRESHOLD_WH, Blocks
from .pricing import scaled_mp
from .switched_tariff import SwitchedTariff, put
from .tariff_checks import (
    check_rates,
    check_scale,
    currency,
    field,
    labels,
    matrix,
    packed_table,
    scaled_amount,
    scaled_amounts,
    thresholds,
)

TOU_RATES = const(48)
BLOCK_RATES = const(8)
_HALF = const(5_000)
_PER_LIMIT = const(10_000)
# SMETS2 5.7.4.48; ESME-PRC-05.
PRIMARY = Limits(4, 4, 16, 48, 50, TOU_RATES + BLOCK_RATES)


class ElectricityTariff(SwitchedTariff):
    """The tariff of an electricity meter's (first) element."""

    def __init__(self, data):
        super().__init__(data, "tariff_switching_table", "active_tariff_rate")
        self._blocks = Blocks(data.tariff_block_counters, data.tariff_block_thresholds_wh)

    def offset_s(self):
        """Return the Randomised Offset."""
        return self._data.randomised_offset_s

    def set_offset(self):
        """Work out the Randomised Offset anew, halves up (SMETS2 5.5.11.1)."""
        data = self._data
        product = data.randomised_offset_number * data.randomised_offset_limit_s
        data.randomised_offset_s = (product + _HALF) // _PER_LIMIT

    def consume(self, energy_mwh):
        """Register energy_mwh at the rate in force; return its cost in mp. Allocates nothing."""
        data = self._data
        rate = data.active_tariff_rate
        if rate < TOU_RATES:
            data.tariff_tou_registers.add(rate, energy_mwh)
            return self._pricing.cost_mp(energy_mwh, data.active_tariff_price_mp)
        cost_mp = 0
        while energy_mwh:
            part_mwh = min(energy_mwh, self._blocks.room_mwh)
            index = BLOCKS * (rate - TOU_RATES) + self._blocks.block
            data.tariff_block_registers.add(index, part_mwh)
            data.tariff_block_counters.add(index, part_mwh)
            cost_mp += self._pricing.cost_mp(part_mwh, data.active_tariff_price_mp)
            energy_mwh -= part_mwh
            self.show_price()
        return cost_mp

    def show_price(self):
        """State the Active Tariff Price (SMETS2 5.7.5.5): of the block that has been reached."""
        data = self._data
        rate = data.active_tariff_rate
        if rate < TOU_RATES:
            amount = data.tariff_tou_prices[rate]
        else:
            self._blocks.look(rate - TOU_RATES)
            index = BLOCKS * (rate - TOU_RATES) + self._blocks.block
            amount = data.tariff_block_prices[index]
        data.active_tariff_price_mp = scaled_mp(amount, data.tariff_tou_price_scale)

    def standing_charge_mp(self):
        """Return the Standing Charge of one day in mp."""
        data = self._data
        return scaled_mp(data.standing_charge, data.standing_charge_scale)

    def reset_block_counters(self, now_s):
        """Reset Tariff Block Counter Matrix (SMETS2 5.6.3.30)."""
        self._blocks.reset()
        self.show_price()

    def check_set_tariff(self, tariff):
        """Return, sliced, what set_tariff takes; CalendarError names what is wrong.

        tariff: seasons, weeks, days, special_days as in switching_table.pack; prices (up to 48),
        price_scale, standing_charge, standing_charge_scale; where it has blocks, block_prices (up
        to 8 rows of 4) and block_thresholds (as many rows of 3, Wh); currency, where it changes;
        labels, octets of up to 128 that go with the table.
        """
        packed = yield from packed_table(tariff, PRIMARY)
        prices = yield from _checked_prices(tariff)
        limits_wh = thresholds(tariff.get("block_thresholds", []), BLOCK_RATES)
        yield
        yield from check_rates(packed, len(prices[0]), TOU_RATES, len(prices[1]))
        charge = _checked_charge(tariff)
        return [(packed, prices, limits_wh) + charge + (currency(tariff), labels(tariff))]

    def set_tariff(self, now_s, checked):
        """Set Tariff (SMETS2 5.6.3.35) to what check_set_tariff returned; counters begin anew."""
        packed, prices, limits_wh, charge, charge_scale, units = checked[:6]
        data = self._data
        self._use_table(packed)
        # What an earlier firmware kept for a later date has none.
        data.tariff_labels = checked[6] if len(checked) > 6 else b""
        data.currency_units = units or data.currency_units
        if limits_wh or data.tariff_block_thresholds_wh[0] != NO_THRESHOLD_WH:
            put(data.tariff_block_thresholds_wh, limits_wh, NO_THRESHOLD_WH)
            self._blocks.prepare()
        self._blocks.reset()
        data.standing_charge, data.standing_charge_scale = charge, charge_scale
        self.set_price(now_s, prices)

    def check_set_price(self, prices):
        """Return, sliced, what set_price takes; prices: as those fields of check_set_tariff.

        The standing charge may stay as it is.
        """
        checked = yield from _checked_prices(prices)
        if "standing_charge" in prices:
            checked += _checked_charge(prices)
        return [checked]

    def set_price(self, now_s, checked):
        """Set Price: table, thresholds and counters stay (ESME-PRC-10)."""
        tou, blocks, scale = checked[:3]
        data = self._data
        if len(checked) > 3:
            data.standing_charge, data.standing_charge_scale = checked[3:]
        put(data.tariff_tou_prices, tou)
        if blocks or any(data.tariff_block_prices):
            put(data.tariff_block_prices, blocks)
        data.tariff_tou_price_scale = scale
        self.follow(now_s)

    def refresh(self, now_s):
        """Take configuration that was written."""
        self.set_offset()
        self.follow(now_s)


def _checked_prices(prices):
    scale = field(prices, "price_scale")
    check_scale(scale)
    tou = check_rows("prices", field(prices, "prices"), 1, TOU_RATES)
    blocks = matrix("block prices", prices.get("block_prices", []), BLOCK_RATES, BLOCKS)
    yield
    yield from scaled_amounts("price", tou + blocks, scale)
    return tou, blocks, scale


def _checked_charge(tariff):
    scale = field(tariff, "standing_charge_scale")
    check_scale(scale)
    return scaled_amount("standing charge", field(tariff, "standing_charge"), scale), scale
