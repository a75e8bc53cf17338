"""Tariffs and calendars as a person writes them (JSON), into the arguments of Commands.

A tariff of an electricity meter:

{"price_scale": -4, "prices": [1495, 2853],           price = value x 10^scale pounds per kWh
 "standing_charge_scale": -4, "standing_charge": 5012,
 "days": [[["00:00", 0], ["07:00", 1]]],              day profiles: times and rates, UTC
 "weeks": [[0, 0, 0, 0, 0, 0, 0]],                    Monday to Sunday
 "seasons": [["*-01-01", 0]],                         start and week; * is every year
 "special_days": [["*-12-25", 0]],                    date and day profile
 "block_prices": [[100, 200, 300, 400]],              of rate 48 and on, where there are blocks
 "block_thresholds": [[1000, 2000, 3000]],            Wh
 "currency": 978}

A tariff of a gas meter has the same days (each begins at 00:00 and has one rate), weeks, seasons
and special days; prices per kWh and the Standing Charge are in millipence:

{"prices": [7410, 5115], "standing_charge": 27350,   up to 4 rates
 "block_prices": [7410, 5115, 4000],                 up to 4, where there are blocks
 "block_thresholds": [500000, 1500000]}              up to 3, Wh

Its Non-Disablement Calendar has days with up to 3 points: 1 begins a period, 0 ends it.

A schedule, as of an electricity meter's non-disablement and of auxiliary loads:

{"special_days": ["*-12-25"],
 "rules": [["18:00", "*-01-01", "*-12-31", "12345", [0], 1]]}   time, first and last date, weekdays
                                                      (1 Monday), special days by number, action
"""

import json

from protometer.model.calendar_fields import ANY, ANY_YEAR, CalendarError

_TARIFF_FIELDS = (
    "price_scale",
    "prices",
    "standing_charge_scale",
    "standing_charge",
    "days",
    "weeks",
    "seasons",
    "special_days",
    "block_prices",
    "block_thresholds",
    "currency",
)


def parse_tariff(text):
    """Return the argument for Set Tariff; CalendarError, in one line, names a fault of form."""
    tariff = parse_argument(text)
    for name in sorted(tariff):
        if name not in _TARIFF_FIELDS:
            raise CalendarError("tariff: unknown field %s" % name)
    return tariff


def parse_argument(text):
    """Return a Command's argument with its dates, times and rules turned into numbers."""
    try:
        argument = json.loads(text)
    except (ValueError, RuntimeError) as fault:
        # Too deep a nesting is a RuntimeError.
        raise CalendarError("tariff: not JSON: %s" % fault)
    if not isinstance(argument, dict):
        raise CalendarError("tariff: not an object")
    for name in sorted(argument):
        if name in _PARSERS:
            argument[name] = [_PARSERS[name](row) for row in _rows(name, argument[name])]
    return argument


def _rows(name, value):
    if not isinstance(value, list):
        raise CalendarError("tariff: %s is not a list" % name)
    return value


def _pair(name, row):
    if not isinstance(row, list) or len(row) != 2 or not isinstance(row[0], str):
        raise CalendarError("tariff: %s: %s is not a [text, number] pair" % (name, row))
    return row


def _dated(row):
    if isinstance(row, str):
        return _date(row)
    text, target = _pair("date", row)
    return _date(text) + [target]


def _date(text):
    name = "date"
    parts = text.split("-")
    if len(parts) != 3:
        raise CalendarError("tariff: %s is not YYYY-MM-DD" % text)
    anything = (ANY_YEAR, ANY, ANY)
    return [wild if part == "*" else _number(name, part) for part, wild in zip(parts, anything)]


def _day(points):
    return [_point(point) for point in _rows("day", points)]


def _point(row):
    text, rate = _pair("day", row)
    return [_minute(text), rate]


def _minute(text):
    parts = text.split(":")
    if len(parts) != 2:
        raise CalendarError("tariff: day: %s is not HH:MM" % text)
    hour, minute = _number("day", parts[0]), _number("day", parts[1])
    if hour > 23 or minute > 59:
        raise CalendarError("tariff: day: there is no %s" % text)
    return 60 * hour + minute


def _number(name, text):
    if not text or text.strip("0123456789"):
        raise CalendarError("tariff: %s: %s is not a number" % (name, text))
    return int(text)


def _rule(row):
    if not isinstance(row, list) or len(row) != 6:
        raise CalendarError("tariff: rule: %s has no six parts" % (row,))
    time, first, last, weekdays, special_days, action = row
    if not all(isinstance(text, str) for text in row[:4]):
        raise CalendarError("tariff: rule: time, dates and weekdays are texts")
    weekday_mask = special_mask = 0
    for digit in weekdays:
        weekday_mask |= 1 << _number("rule", digit) - 1 if digit in "1234567" else 0x80
    for number in _rows("rule", special_days):
        special_mask |= 1 << (number if isinstance(number, int) and 0 <= number < 32 else 31)
    return [_minute(time), _date(first), _date(last), weekday_mask, special_mask, action]


_PARSERS = {"seasons": _dated, "special_days": _dated, "days": _day, "rules": _rule}
