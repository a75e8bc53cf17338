"""Date-times, dates and times of DLMS (Blue Book 4.1.6.1), which in GBCS are UTC.

A date-time: year, month, day, weekday, hour, minute, second, hundredths, deviation, status; parts
of a date may be unspecified, all bits set. All of it unspecified means never, all zeros at once.
"""

import struct

from micropython import const

from ..model.calendar import DAY_S, civil_from_days, days_from_civil, is_civil_date, weekday
from ..model.command import CommandRefused

NEVER_S = 0xFFFF_FFFF
AT_ONCE = const(0)
_ANY = const(0xFF)
_TAIL = b"\x80\x00"
_UNKNOWN = b"\xff" * 9 + _TAIL + b"\xff"
_NOW = bytes(9) + _TAIL + b"\xff"
_DAYS = const(49_710)


class DateTimeError(CommandRefused):
    """Octets that are no date, time or date-time, or none that can be meant here."""


def seconds(octets):
    """Return the seconds since 2000 of a date-time; NEVER_S or AT_ONCE where it says that."""
    if octets == _UNKNOWN:
        return NEVER_S
    if octets == _NOW:
        return AT_ONCE
    year, month, day, _, hour, minute, second, _ = struct.unpack(">HBBBBBBB", octets[:9])
    if octets[9:11] != _TAIL or not is_civil_date(year, month, day):
        raise DateTimeError("date-time: not a time of UTC")
    days = days_from_civil(year, month, day)
    if not 0 <= days < _DAYS or hour > 23 or minute > 59 or second > 59:
        raise DateTimeError("date-time: beyond what 32 bits count")
    return days * DAY_S + hour * 3600 + minute * 60 + second


def date_time(at_s, status=_ANY):
    """Return the 12 octets of a time; of NEVER_S the date-time that is unspecified.

    status: of the clock.
    """
    if at_s == NEVER_S:
        return _UNKNOWN
    day = date(*civil_from_days(at_s // DAY_S))
    return day + time(at_s % DAY_S) + _TAIL + bytes((status,))


def date_time_of_week(at_s):
    """Return the 12 octets of a time, its weekday among them."""
    octets = date_time(at_s)
    return octets[:4] + bytes((weekday(at_s // DAY_S),)) + octets[5:]


def date(year, month, day):
    """Return the 5 octets of a date, which may have parts unspecified, on any weekday."""
    return struct.pack(">HBBB", year, month, day, _ANY)


def time(second_of_day):
    """Return the 4 octets of a time of day."""
    return bytes((second_of_day // 3600, second_of_day // 60 % 60, second_of_day % 60, 0))


def take_date(octets):
    """Return (year, month, day) of 5 octets; the weekday is to be unspecified."""
    year, month, day, weekday = struct.unpack(">HBBB", octets)
    if weekday != _ANY:
        raise DateTimeError("date: bound to a weekday")
    return year, month, day


def take_time(octets):
    """Return the second of the day of 4 octets."""
    hour, minute, second, _ = octets
    if hour > 23 or minute > 59 or second > 59:
        raise DateTimeError("time: %d:%d:%d" % (hour, minute, second))
    return hour * 3600 + minute * 60 + second


def take_minute(octets):
    """Return the minute of the day of 4 octets, which is to be a whole one."""
    at_s = take_time(octets)
    if at_s % 60 or octets[3]:
        raise DateTimeError("time: not a whole minute")
    return at_s // 60
