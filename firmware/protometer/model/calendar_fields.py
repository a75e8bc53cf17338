"""Checks of what calendars are made of, and dates with wildcards, packed in four octets.

A date is (year, month, day); ANY_YEAR and ANY stand for every one. Packed: year, little-endian,
month, day.
"""

from micropython import const

from .calendar import is_civil_date
from .command import CommandRefused, is_integer

ANY_YEAR = const(0xFFFF)
ANY = const(0xFF)
_LEAP_YEAR = const(2000)
_ROWS = (list, tuple)


class CalendarError(CommandRefused):
    """A calendar or a tariff is malformed; the message names the fault."""


def check_rows(name, rows, least, most):
    """Return rows as a list; CalendarError unless it is one of least to most entries."""
    if not isinstance(rows, _ROWS):
        raise CalendarError("%s: not a list" % name)
    if not least <= len(rows) <= most:
        raise CalendarError("%s: %d, expected %d to %d" % (name, len(rows), least, most))
    return list(rows)


def check_range(name, value, least, greatest):
    """Raise CalendarError unless value is an integer within the bounds."""
    if not is_integer(value) or not least <= value <= greatest:
        raise CalendarError("%s: %s is outside %d..%d" % (name, value, least, greatest))


def put_date(packed, name, date, wildcards):
    """Append a date to a bytearray; wildcards: any month and any day are allowed."""
    year, month, day = date
    for part in date:
        check_range(name, part, 1, ANY_YEAR)
    checked = (
        _LEAP_YEAR if year == ANY_YEAR else year,
        1 if wildcards and month == ANY else month,
        1 if wildcards and day == ANY else day,
    )
    if not is_civil_date(*checked):
        raise CalendarError("%s: no such date as %d-%d-%d" % (name, year, month, day))
    packed.extend(bytes((year & 0xFF, year >> 8, month, day)))


def is_on(packed, at, date):
    """Tell whether a (year, month, day) is the date packed at an offset."""
    year, month, day = date
    return (
        packed[at] | packed[at + 1] << 8 in (year, ANY_YEAR)
        and packed[at + 2] in (month, ANY)
        and packed[at + 3] in (day, ANY)
    )
