"""The gas tariff: four time-of-use rates, or four blocks, and a standing charge (SMETS2 4.4.8).

Registers and block counters are in cubic metres, prices per kWh, thresholds in Wh. So beside each
block counter the energy that it stands for is kept, reckoned with the factors of its time
(GSME-PRC-02).
"""

from micropython import const

from ..model.calendar_fields import CalendarError, check_rows
from .blocks import BLOCKS, NO_THRESHOLD_WH, THRESHOLDS, Blocks
from .gas_limits import GAS, RATES
from .switched_tariff import SwitchedTariff, put
from .tariff_checks import check_rates, currency, field, packed_table, thresholds, whole_amount

# What the checks of Set Tariff and of Set Price return has so many parts.
_PARTS = const(5)


class GasTariff(SwitchedTariff):
    """The tariff of a gas meter; block pricing where thresholds are in use (GSME-PRC-08)."""

    def __init__(self, data):
        super().__init__(data, "tariff_switching_table", "active_tariff_rate")
        self._blocks = Blocks(data.tariff_block_energy, data.tariff_block_thresholds_wh)

    def consume(self, volume_ml, energy_mwh):
        """Register a volume and the energy it stands for; return its cost in mp."""
        data = self._data
        data.tariff_tou_registers.add(data.active_tariff_rate, volume_ml)
        cost_mp = 0
        while volume_ml or energy_mwh:
            part_mwh, part_ml = energy_mwh, volume_ml
            if energy_mwh > self._blocks.room_mwh:
                part_mwh = self._blocks.room_mwh
                part_ml = volume_ml * part_mwh // energy_mwh
            data.tariff_block_energy.add(self._blocks.block, part_mwh)
            data.tariff_block_counters.add(self._blocks.block, part_ml)
            cost_mp += self._pricing.cost_mp(part_mwh, data.active_tariff_price_mp)
            energy_mwh -= part_mwh
            volume_ml -= part_ml
            self.show_price()
        return cost_mp

    def show_price(self):
        """State the Active Tariff Price (SMETS2 4.6.5.2)."""
        data = self._data
        self._blocks.look(0)
        if data.block_thresholds_in_use:
            data.active_tariff_price_mp = data.tariff_block_prices_mp[self._blocks.block]
        else:
            data.active_tariff_price_mp = data.tariff_tou_prices_mp[data.active_tariff_rate]

    def standing_charge_mp(self):
        """Return the Standing Charge of one day in mp."""
        return self._data.standing_charge_mp

    def reset_block_counters(self, now_s):
        """Reset the Tariff Block Counter Matrix, as each billing period begins (GSME-PRC-04)."""
        self._blocks.reset()
        self._data.tariff_block_counters.clear()
        self.show_price()

    def check_set_tariff(self, tariff):
        """Return, sliced, what set_tariff takes; CalendarError names what is wrong.

        tariff: seasons, weeks, days, special_days; prices (up to 4, mp per kWh), standing_charge
        (mp a day); for block pricing block_prices (4) and block_thresholds (1 to 3, Wh);
        currency, where it changes; issued and price_issued, numbers of what published it.
        """
        packed = yield from packed_table(tariff, GAS)
        field(tariff, "standing_charge")
        prices = _checked_prices(tariff)
        limits_wh = check_rows("block thresholds", tariff.get("block_thresholds", []), 0, 3)
        in_use = len(limits_wh)
        limits_wh = limits_wh + [NO_THRESHOLD_WH] * (THRESHOLDS - in_use)
        thresholds([limits_wh], 1)
        yield
        if in_use and len(prices[1]) <= in_use:
            raise CalendarError("block prices: %d for %d thresholds" % (len(prices[1]), in_use))
        if not in_use:
            yield from check_rates(packed, len(prices[0]), RATES, 0)
        return [(packed, prices, limits_wh, in_use, tariff.get("issued"))]

    def set_tariff(self, now_s, checked):
        """Set Tariff (SMETS2 4.5.3.22) to what check_set_tariff returned; counters begin anew."""
        packed, prices, limits_wh, in_use, issued = _whole(checked)
        data = self._data
        self._use_table(packed)
        put(data.tariff_issued, issued or ())
        put(data.tariff_block_thresholds_wh, limits_wh)
        data.block_thresholds_in_use = in_use
        self._blocks.prepare()
        self.reset_block_counters(now_s)
        self.set_price(now_s, prices)

    def check_set_price(self, prices):
        """Return what set_price takes.

        prices: prices or block_prices, or both; standing_charge and currency, where they change;
        price_issued, the number of what published them.
        """
        checked = _checked_prices(prices)
        tou, blocks = checked[:2]
        if not (blocks if self._data.block_thresholds_in_use else tou):
            raise CalendarError("prices: none for the tariff in force")
        return [checked]

    def set_price(self, now_s, checked):
        """Set Price: table, thresholds and counters stay."""
        tou, blocks, charge, units, issued = _whole(checked)
        data = self._data
        put(data.tariff_tou_prices_mp, tou)
        put(data.tariff_block_prices_mp, blocks)
        if charge is not None:
            data.standing_charge_mp = charge
        data.currency_units = units or data.currency_units
        data.price_issued = issued
        self.follow(now_s)

    def refresh(self, now_s):
        """Take configuration that was written."""
        self.follow(now_s)


def _checked_prices(prices):
    """Return (prices, block prices, standing charge or None, currency or 0, number), checked."""
    tou = check_rows("prices", prices.get("prices", []), 0, RATES)
    blocks = check_rows("block prices", prices.get("block_prices", []), 0, BLOCKS)
    if not tou and not blocks:
        raise CalendarError("prices: none")
    for price in tou + blocks:
        whole_amount("price", price)
    charge = prices.get("standing_charge")
    if charge is not None:
        whole_amount("standing charge", charge)
    return tou, blocks, charge, currency(prices), prices.get("price_issued", 0)


def _whole(checked):
    """Return what a check returned; CalendarError for what an earlier firmware kept."""
    if len(checked) != _PARTS:
        raise CalendarError("tariff: kept by an earlier firmware")
    return checked
