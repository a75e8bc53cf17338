"""UTC to United Kingdom local time: one hour ahead in summer time.

Summer time lasts from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of
October (Summer Time Order 2002).
"""

from micropython import const

from protometer.model.calendar import DAY_S, civil_from_days, days_from_civil, weekday

_HOUR_S = const(3_600)
_MINUTE_S = const(60)
_DAYS_A_WEEK = const(7)


def is_summer_time(now_s):
    """Tell whether UK clocks are an hour ahead of UTC at a UTC second since 2000-01-01."""
    year = civil_from_days(now_s // DAY_S)[0]
    return _change_s(year, 3) <= now_s < _change_s(year, 10)


def uk_local(now_s):
    """Return (year, month, day, hour, minute) on a UK clock at a UTC second since 2000-01-01."""
    if is_summer_time(now_s):
        now_s += _HOUR_S
    days = now_s // DAY_S
    of_day_s = now_s - days * DAY_S
    year, month, day = civil_from_days(days)
    return year, month, day, of_day_s // _HOUR_S, of_day_s % _HOUR_S // _MINUTE_S


def _change_s(year, month):
    """Return 01:00 UTC on the last Sunday of a month of 31 days."""
    last = days_from_civil(year, month, 31)
    return (last - weekday(last) % _DAYS_A_WEEK) * DAY_S + _HOUR_S
