"""Prices and the cost of energy, exact to the last remainder (SMETS2 5.5.8, 5.7.4.42, 5.7.4.50).

Prices and the Standing Charge are 16-bit numbers with a power-of-ten scale in currency units;
here they become millipence (10**-5 currency units) per kWh and per day.
"""

from micropython import const

from ..model.register import MWH_PER_KWH

# One currency unit is 10**5 mp, so a scale of -5 counts millipence.
_MP_SCALE = const(5)


def scaled_mp(amount, scale):
    """Return amount x 10**scale currency units in millipence; scale is -5 to 0."""
    return amount * 10 ** (scale + _MP_SCALE)


class Pricing:
    """Turns energy into money at the Active Tariff Price.

    What is below one millipence is carried (Price Remainder, in 10**-6 mp), so that the sum of
    all costs is the exact product rounded down once.
    """

    def __init__(self, data):
        self._data = data

    def use_rate(self, rate):
        """Make a TOU rate (from 0) and its price the active ones."""
        data = self._data
        data.active_tariff_rate = rate
        data.active_tariff_price_mp = scaled_mp(
            data.tariff_tou_prices[rate], data.tariff_tou_price_scale
        )

    def cost_mp(self, energy_mwh):
        """Return the cost of energy_mwh in mp; negative at a negative price."""
        data = self._data
        exact = energy_mwh * data.active_tariff_price_mp + data.price_remainder
        cost_mp = exact // MWH_PER_KWH
        data.price_remainder = exact - cost_mp * MWH_PER_KWH
        return cost_mp

    def standing_charge_mp(self):
        """Return the Standing Charge of one day in mp."""
        data = self._data
        return scaled_mp(data.standing_charge, data.standing_charge_scale)
