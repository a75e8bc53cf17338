"""A tariff as a person writes it (JSON) into the argument of Set Tariff.

{"price_scale": -4, "prices": [1495, 2853],           price = value x 10^scale pounds per kWh
 "standing_charge_scale": -4, "standing_charge": 5012,
 "days": [[["00:00", 0], ["07:00", 1]]],              day profiles: times and rates, UTC
 "weeks": [[0, 0, 0, 0, 0, 0, 0]],                    Monday to Sunday
 "seasons": [["*-01-01", 0]],                         start and week; * is every year
 "special_days": [["*-12-25", 0]]}                    date and day profile
"""

import json

from protometer.tariff.switching_table import ANY, ANY_YEAR, TariffError

_FIELDS = (
    "price_scale",
    "prices",
    "standing_charge_scale",
    "standing_charge",
    "days",
    "weeks",
    "seasons",
    "special_days",
)


def parse_tariff(text):
    """Return the argument for Set Tariff; TariffError, in one line, names a fault of form."""
    try:
        tariff = json.loads(text)
    except (ValueError, RuntimeError) as fault:
        # Too deep a nesting is a RuntimeError.
        raise TariffError("tariff: not JSON: %s" % fault)
    if not isinstance(tariff, dict):
        raise TariffError("tariff: not an object")
    for name in tariff:
        if name not in _FIELDS:
            raise TariffError("tariff: unknown field %s" % name)
    for name in _FIELDS:
        if name not in tariff:
            raise TariffError("tariff: no %s" % name)
    for name in ("seasons", "special_days"):
        tariff[name] = [_dated(name, row) for row in _rows(name, tariff[name])]
    tariff["days"] = [
        [_point(point) for point in _rows("day", points)]
        for points in _rows("days", tariff["days"])
    ]
    return tariff


def _rows(name, value):
    if not isinstance(value, list):
        raise TariffError("tariff: %s is not a list" % name)
    return value


def _pair(name, row):
    if not isinstance(row, list) or len(row) != 2 or not isinstance(row[0], str):
        raise TariffError("tariff: %s: %s is not a [text, number] pair" % (name, row))
    return row


def _dated(name, row):
    text, target = _pair(name, row)
    parts = text.split("-")
    if len(parts) != 3:
        raise TariffError("tariff: %s: %s is not YYYY-MM-DD" % (name, text))
    anything = (ANY_YEAR, ANY, ANY)
    return [
        wild if part == "*" else _number(name, part) for part, wild in zip(parts, anything)
    ] + [target]


def _point(row):
    text, rate = _pair("day", row)
    parts = text.split(":")
    if len(parts) != 2:
        raise TariffError("tariff: day: %s is not HH:MM" % text)
    hour, minute = _number("day", parts[0]), _number("day", parts[1])
    if hour > 23 or minute > 59:
        raise TariffError("tariff: day: there is no %s" % text)
    return [60 * hour + minute, rate]


def _number(name, text):
    if not text or text.strip("0123456789"):
        raise TariffError("tariff: %s: %s is not a number" % (name, text))
    return int(text)
