"""Gas: volume in the Consumption Register, and the energy that it stands for (SMETS2 4.6.5.4).

    kWh = m3 x Conversion Factor x Calorific Value / 3.6            (GSME-PAY-07)
    mWh = ml x Conversion Factor x Calorific Value / 3,600,000      with the items' decimals

What is below one mWh is carried (Gas Energy Remainder, in 1/3,600,000 mWh), so that the sum over
any time is the exact product rounded down once. The factors act on what is measured after them.
"""

from micropython import const

# 3.6 MJ a kWh, ml to m3, and the five decimals and one of the factors: 1000 x 3600.
_SPLIT = const(1_000)
_REST = const(3_600)
_DIVISOR = const(3_600_000)
# Digits behind the point of the factors as they are reckoned with.
_FACTOR_DIGITS = const(5)
_VALUE_DIGITS = const(1)


class GasVolume:
    """Takes volumes; after record(): `energy_mwh`, and `energy_wh`, the whole Wh gained."""

    def __init__(self, data):
        self._data = data
        self.energy_mwh = 0
        self.energy_wh = 0
        self.refresh(0)

    def refresh(self, now_s):
        """Take the factors: what follows is worth what they say."""
        data = self._data
        # At most 1000 x 1,000,000: still a small integer on 32 bits.
        per_ml = _scaled(data.conversion_factor, data.conversion_factor_digits, _FACTOR_DIGITS)
        per_ml *= _scaled(data.calorific_value, data.calorific_value_digits, _VALUE_DIGITS)
        self._whole = per_ml // _DIVISOR
        rest = per_ml % _DIVISOR
        self._high = rest // _SPLIT
        self._low = rest % _SPLIT

    def record(self, volume_ml):
        """Account for volume_ml; return the whole litres that the register gained.

        The product is taken in two parts, so that up to 260 litres at once allocate nothing.
        """
        data = self._data
        low = volume_ml * self._low + data.gas_energy_remainder
        high = volume_ml * self._high + low // _SPLIT
        data.gas_energy_remainder = high % _REST * _SPLIT + low % _SPLIT
        self.energy_mwh = volume_ml * self._whole + high // _REST
        self.energy_wh = data.energy_consumed.add(0, self.energy_mwh)
        return data.consumption_register.add(0, volume_ml)


def _scaled(value, digits, wanted):
    """Return a factor with so many digits behind the point; digits: its own, in the upper half."""
    digits >>= 4
    if digits > wanted:
        return value // 10 ** (digits - wanted)
    return value * 10 ** (wanted - digits)
