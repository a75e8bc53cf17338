"""How the values of meter_pages.tbl are written: FORMATS maps its names to functions.

Each takes the MeterView, a value's name and its index (None where it is no array), and returns a
line's text. Registers are shown in whole units: coarser than they are kept (ESME-DSP-05).
"""

from binascii import hexlify

from micropython import const

from ..model.calendar import DAY_S, civil_from_days
from ..model.enumerations import (
    ARMED,
    CLOCK_INVALID,
    CLOCK_RELIABLE,
    CLOCK_UNRELIABLE,
    CREDIT_MODE,
    DISABLED,
    EMERGENCY_AVAILABLE,
    EMERGENCY_ENABLED,
    EMERGENCY_IN_USE,
    EMERGENCY_SELECTED,
    ENABLED,
    EUR,
    GBP,
    INHIBIT_COMMAND,
    INHIBIT_CREDIT,
    INHIBIT_LOAD_LIMIT,
    INHIBIT_LOCK,
    POWER_HIGH,
    POWER_LOW,
    POWER_MEDIUM,
    PREPAYMENT_MODE,
)
from . import formats
from .text_lines import text_line

UNKNOWN = "--"
_MP_SCALE = const(5)
_HOUR_S = const(3600)
# Emergency Credit left and owed take turns (ESME-DSP-07).
TURN_S = const(4)
_NO_THRESHOLD_WH = 0xFFFF_FFFF
_NO_LIMIT_W = 0xFFFF_FFFF
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_PAYMENT_MODES = {CREDIT_MODE: "Credit", PREPAYMENT_MODE: "Prepayment"}
_SUPPLY_STATES = {DISABLED: "Off", ENABLED: "On", ARMED: "Ready: not on"}
_CLOCK_STATUSES = {
    CLOCK_INVALID: "Not set",
    CLOCK_UNRELIABLE: "Unreliable",
    CLOCK_RELIABLE: "Reliable",
}
_POWER_LEVELS = {POWER_LOW: "Low", POWER_MEDIUM: "Medium", POWER_HIGH: "High"}
_CURRENCIES = {GBP: "Pounds", EUR: "Euro"}
_YES_OR_NO = {0: "No", 1: "Yes"}
_SWITCH_STATES = {0: "Open", 1: "Closed"}
_LINKS = {0: "No link", 1: "Linked"}
# The first bit of Supply Inhibits that is set is the reason given.
_REASONS = (
    (INHIBIT_LOCK, "Locked"),
    (INHIBIT_COMMAND, "By the supplier"),
    (INHIBIT_CREDIT, "Out of credit"),
    (INHIBIT_LOAD_LIMIT, "Over load limit"),
)
_EMERGENCY = (
    (EMERGENCY_IN_USE, "In use"),
    (EMERGENCY_SELECTED, "Activated"),
    (EMERGENCY_AVAILABLE, "Available"),
    (EMERGENCY_ENABLED, "Not needed"),
)


def _money(view, name, index):
    return formats.money(view.value(name, index), view.data.currency_units)


def _price(view, name, index):
    return formats.price(view.value(name, index), view.data.currency_units, 2) + "/kWh"


def _scaled(view, name, index, scale_name):
    """Return a number with a power-of-ten scale as whole millipence."""
    value, scale = view.value(name, index), view.value(scale_name)
    if value is None or scale is None:
        return None
    return value * 10 ** (scale + _MP_SCALE)


def _scaled_price(view, name, index):
    value_mp = _scaled(view, name, index, "tariff_tou_price_scale")
    return formats.price(value_mp, view.data.currency_units, 2) + "/kWh"


def _second_price(view, name, index):
    value_mp = _scaled(view, name, index, "secondary_tou_price_scale")
    return formats.price(value_mp, view.data.currency_units, 2) + "/kWh"


def _daily_charge(view, name, index):
    value_mp = _scaled(view, name, index, name + "_scale")
    return formats.price(value_mp, view.data.currency_units, 2) + " a day"


def _daily_money(view, name, index):
    return formats.price(view.value(name), view.data.currency_units, 2) + " a day"


def _debt_rate(view, name, index):
    rate = formats.money(_scaled(view, name, index, name + "_scale"), view.data.currency_units)
    return rate + (" an hour" if view.value(name + "_period_s") == _HOUR_S else " a day")


def _emergency_turns(view, name, index):
    if view.now_s // TURN_S % 2:
        return _money(view, "emergency_credit_used_mp", None) + " owed"
    return _money(view, name, index) + " left"


def _percent(view, name, index):
    hundredths = view.value(name, index)
    return UNKNOWN if hundredths is None else "%d.%02d%%" % (hundredths // 100, hundredths % 100)


def _power(view, name, index):
    return "".join(formats.power(view.value(name, index)))


def _hourly_cost(view, name, index):
    power_w, price_mp = view.value(name, index), view.value("active_tariff_price_mp")
    cost_mp = None
    if power_w is not None and price_mp is not None:
        cost_mp = formats.rounded(power_w * price_mp, 1000)
    return formats.price(cost_mp, view.data.currency_units) + " an hour"


def _kwh(view, name, index):
    bank = view.value(name)
    return UNKNOWN if bank is None else "%d kWh" % bank.kwh[index or 0]


def _m3(view, name, index):
    bank = view.value(name)
    if bank is None:
        return UNKNOWN
    return "%d.%02d m3" % (bank.kwh[index or 0], bank.mwh[index or 0] // 10_000)


def _kwh_from_volume(view, name, index):
    return formats.energy(view.value(name, index)) + " from volume"


def _threshold(view, name, index):
    threshold_wh = view.value(name, index)
    return "none" if threshold_wh == _NO_THRESHOLD_WH else "%d kWh" % (threshold_wh // 1000)


def _power_limit(view, name, index):
    limit_w = view.value(name, index)
    return "none" if limit_w == _NO_LIMIT_W else _power(view, name, index)


def _words(choices, otherwise):
    """Return a format that writes a number as a word."""
    return lambda view, name, index: choices.get(view.value(name, index), otherwise)


def _first_bit(choices, otherwise):
    """Return a format that writes the first of some bits that is set as a word."""

    def word(view, name, index):
        bits = view.value(name, index)
        for bit, text in choices:
            if bits and bits & bit:
                return text
        return otherwise

    return word


def _number(view, name, index):
    value = view.value(name, index)
    return UNKNOWN if value is None else str(value)


def _word(view, name, index):
    return view.value(name, index) or UNKNOWN


def _rate(view, name, index):
    return str(view.value(name, index) + 1)


def _identifier(view, name, index):
    return hexlify(view.value(name, index)).decode().upper()


def _tenths(view, name, index):
    value = view.value(name, index)
    return "%d.%d MJ/m3" % (value // 10, value % 10)


def _hundred_thousandths(view, name, index):
    value = view.value(name, index)
    return "%d.%05d" % (value // 100_000, value % 100_000)


def _days(view, name, index):
    days = view.value(name, index)
    return UNKNOWN if days is None else "%d days" % days


def _date_and_time(view, name, index):
    return date_and_time(view.now_s)


def _until(view, name, index):
    at_s = view.value(name, index)
    return "until " + _time(at_s) if at_s and at_s > view.now_s else "off"


def _credit(view, name, index):
    at_s, value_mp = view.value(name, index)
    return date_and_time(at_s) + "  " + formats.money(value_mp, view.data.currency_units)


def _event(view, name, index):
    code = view.value(name, index)
    return "%04X" % code if code else "none"


def _pin_state(view, name, index):
    return "on" if view.value(name) else "off"


def _twenty_digits(view, name, index):
    return "20 digits"


def _text(view, name, index):
    return text_line(view.value(name), index)


def date_and_time(at_s):
    """Return a UTC second as "15 Jan 08:05"."""
    _, month, day = civil_from_days(at_s // DAY_S)
    return "%d %s %s" % (day, _MONTHS[month - 1], _time(at_s))


def _time(at_s):
    of_day_s = at_s % DAY_S
    return formats.clock(of_day_s // _HOUR_S, of_day_s % _HOUR_S // 60)


FORMATS = {
    "calorific value": _tenths,
    "clock status": _words(_CLOCK_STATUSES, UNKNOWN),
    "conversion factor": _hundred_thousandths,
    "credit": _credit,
    "currency": _words(_CURRENCIES, UNKNOWN),
    "daily charge": _daily_charge,
    "daily money": _daily_money,
    "date and time": _date_and_time,
    "days": _days,
    "debt rate": _debt_rate,
    "emergency credit": _first_bit(_EMERGENCY, "None"),
    "emergency turns": _emergency_turns,
    "event": _event,
    "hourly cost": _hourly_cost,
    "identifier": _identifier,
    "kWh": _kwh,
    "kWh from volume": _kwh_from_volume,
    "m3": _m3,
    "money": _money,
    "network": _words(_LINKS, UNKNOWN),
    "number": _number,
    "payment mode": _words(_PAYMENT_MODES, UNKNOWN),
    "percent": _percent,
    "pin state": _pin_state,
    "power": _power,
    "power level": _words(_POWER_LEVELS, "not set"),
    "power limit": _power_limit,
    "price": _price,
    "rate": _rate,
    "scaled price": _scaled_price,
    "second price": _second_price,
    "supply reason": _first_bit(_REASONS, UNKNOWN),
    "supply state": _words(_SUPPLY_STATES, UNKNOWN),
    "switch state": _words(_SWITCH_STATES, UNKNOWN),
    "text": _text,
    "threshold": _threshold,
    "twenty digits": _twenty_digits,
    "until": _until,
    "word": _word,
    "yes or no": _words(_YES_OR_NO, UNKNOWN),
}
