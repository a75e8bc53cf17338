"""Prices and the cost of energy, exact to the last remainder (SMETS2 5.5.8, 5.7.4.42, 5.7.4.50).

Prices and the Standing Charge are numbers with a power-of-ten scale in currency units; here they
become millipence (10**-5 currency units) per kWh and per day.
"""

from micropython import const

from ..model.register import MWH_PER_KWH

# One currency unit is 10**5 mp, so a scale of -5 counts millipence.
_MP_SCALE = const(5)


def scaled_mp(amount, scale):
    """Return amount x 10**scale currency units in millipence; scale is -5 to 0."""
    return amount * 10 ** (scale + _MP_SCALE)


class Pricing:
    """Turns energy into money.

    What is below one millipence is carried (Price Remainder, in 10**-6 mp), so that the sum of
    all costs, at whatever prices, is the exact product rounded down once.
    """

    def __init__(self, data):
        self._data = data

    def cost_mp(self, energy_mwh, price_mp):
        """Return the cost of energy_mwh in mp; negative at a negative price."""
        data = self._data
        exact = energy_mwh * price_mp + data.price_remainder
        cost_mp = exact // MWH_PER_KWH
        data.price_remainder = exact - cost_mp * MWH_PER_KWH
        return cost_mp
