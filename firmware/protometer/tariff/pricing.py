"""Prices and the cost of energy, exact to the last remainder (SMETS2 5.5.8, 5.7.4.42, 5.7.4.50).

Prices and the Standing Charge are numbers with a power-of-ten scale in currency units; here they
become millipence (10**-5 currency units) per kWh and per day.
"""

from micropython import const

# One currency unit is 10**5 mp, so a scale of -5 counts millipence.
_MP_SCALE = const(5)
# A kWh has this squared in mWh.
_SPLIT = const(1_000)


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
        """Return the cost of energy_mwh in mp; negative at a negative price.

        The product is taken in two parts: a pulse of 10 litres of gas is 112,000 mWh, and at 10 p
        a kWh the whole would be no small integer on 32 bits.
        """
        data = self._data
        low = energy_mwh % _SPLIT * price_mp + data.price_remainder
        high = energy_mwh // _SPLIT * price_mp + low // _SPLIT
        data.price_remainder = high % _SPLIT * _SPLIT + low % _SPLIT
        return high // _SPLIT
