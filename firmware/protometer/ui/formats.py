"""Figures as text, by integer arithmetic alone. None, a value not known, becomes dashes.

Halves round away from zero. Money is in millipence, 10^-5 of the currency unit; `currency` is
its ISO 4217 number.
"""

from micropython import const

from .local_time import uk_local

_MP_PER_PENNY = const(1_000)
_PENNIES_PER_POUND = const(100)
_WATTS_PER_KW = const(1_000)

# Sign of the unit and of its hundredth; a meter knows no third currency.
_STERLING = ("£", "p")
_SIGNS = {826: _STERLING, 978: ("€", "c")}


def rounded(value, divisor):
    """Return value / divisor to the nearest integer, halves away from zero."""
    if value < 0:
        return -((-value + divisor // 2) // divisor)
    return (value + divisor // 2) // divisor


def money(amount_mp, currency):
    """Return an amount as "£12.34" or "-£0.50"."""
    sign = _SIGNS.get(currency, _STERLING)[0]
    if amount_mp is None:
        return sign + "--.--"
    pennies = rounded(amount_mp, _MP_PER_PENNY)
    minus = "-" if pennies < 0 else ""
    return minus + sign + _fixed(abs(pennies), _PENNIES_PER_POUND, 2)


def price(amount_mp, currency, places=1):
    """Return an amount below a pound as "28.5p" with 1 or 2 places, any other as `money`."""
    penny_sign = _SIGNS.get(currency, _STERLING)[1]
    if amount_mp is None:
        return "--" + penny_sign
    parts_per_penny = 10**places
    parts = rounded(amount_mp, _MP_PER_PENNY // parts_per_penny)
    if abs(parts) >= _PENNIES_PER_POUND * parts_per_penny:
        return money(amount_mp, currency)
    return _fixed(parts, parts_per_penny, places) + penny_sign


def power(power_w):
    """Return (figure, unit): watts below 1 kW, then kW with two places, one from 100 kW."""
    if power_w is None:
        return "---", "W"
    if abs(power_w) < _WATTS_PER_KW:
        return str(power_w), "W"
    return _thousandths(power_w, 2 if abs(power_w) < 99_995 else 1), "kW"


def energy(energy_wh):
    """Return kWh with its unit: two places, one from 10 kWh, none from 100 kWh."""
    if energy_wh is None:
        return "-- kWh"
    if abs(energy_wh) >= 99_950:
        return "%d kWh" % rounded(energy_wh, 1_000)
    return _thousandths(energy_wh, 2 if abs(energy_wh) < 9_995 else 1) + " kWh"


def clock(hour, minute):
    """Return the time of day as HH:MM."""
    return "%02d:%02d" % (hour, minute)


def local_clock(at_s):
    """Return the UK's time of day at a UTC second as HH:MM."""
    local = uk_local(at_s)
    return clock(local[3], local[4])


def _thousandths(value, places):
    """Return value / 1000 with 1 or 2 places."""
    return _fixed(rounded(value, 10 if places == 2 else 100), 10**places, places)


def _fixed(parts, whole, places):
    """Return a count of parts, whole of which make a unit, as a decimal fraction."""
    minus = "-" if parts < 0 else ""
    parts = abs(parts)
    return "%s%d.%0*d" % (minus, parts // whole, places, parts % whole)
