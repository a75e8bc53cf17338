"""Switching tables of seasons, weeks, days and special days (SMETS2 4.6.4.30, 5.7.4.48).

They select tariff rates, and for gas when disablement is suspended (SMETS2 4.6.4.20). Held as one
packed octet string, so that the largest table costs its own 2.7 KB and no more:

    counts: seasons, weeks, day profiles, special days
    season: date of start (year 0xffff every year), week        5 octets each
    week:   day profiles of Monday to Sunday                    7 octets each
    day:    count of switch points, then (minute of day, rate)  3 octets each
    special day: date (year 0xffff, month, day 0xff any), day profile   5 octets each

Weeks, day profiles and rates count from 0. Times are UTC. The season in force is the one with
the latest start at or before today, wrapping round the year; a special day beats the week;
before the first switch point of a day the last rate of the day before goes on (default for
SMETS2 5.5.8, requirement ESME-PRC-11). Where no season has begun yet, none of them being of every
year, the first to begin is in force already.
"""

from micropython import const

from ..kernel.slices import finish
from .calendar import DAY_S, civil_from_days, weekday
from .calendar_fields import ANY_YEAR, CalendarError, check_range, check_rows, is_on, put_date

_HEADER = const(4)
_DATED_ROW = const(5)
_WEEK_ROW = const(7)
_POINT = const(3)
# Points of a day packed in one slice.
_AT_ONCE = const(16)


class Limits:
    """How large a table may be; rates: how many there are to select (SMETS2 sizes, by table)."""

    def __init__(self, seasons, weeks, days, points, special_days, rates):
        self.seasons = seasons
        self.weeks = weeks
        self.days = days
        self.points = points
        self.special_days = special_days
        self.rates = rates


def pack(limits, seasons, weeks, days, special_days):
    """Return at once what pack_in_slices() does."""
    return finish(pack_in_slices(limits, seasons, weeks, days, special_days))


def pack_in_slices(limits, seasons, weeks, days, special_days):
    """Return, sliced, the packed table, or raise CalendarError naming the fault.

    seasons: (year, month, day, week); weeks: 7 day profiles; days: rows of (minute, rate);
    special_days: (year, month, day, day profile). Wildcards are ANY_YEAR and ANY.
    """
    check_rows("seasons", seasons, 1, limits.seasons)
    check_rows("week profiles", weeks, 1, limits.weeks)
    check_rows("day profiles", days, 1, limits.days)
    check_rows("special days", special_days, 0, limits.special_days)
    packed = bytearray((len(seasons), len(weeks), len(days), len(special_days)))
    for season in seasons:
        _pack_dated(packed, "season", season, len(weeks), False)
    for week in weeks:
        check_rows("week profile", week, 7, 7)
        for profile in week:
            check_range("week profile: day profile", profile, 0, len(days) - 1)
            packed.append(profile)
    yield
    for points in days:
        yield from _pack_day(packed, points, limits)
        yield
    for special in special_days:
        _pack_dated(packed, "special day", special, len(days), True)
        yield
    return bytes(packed)


def _pack_dated(packed, name, row, targets, wildcards):
    """Append a season or special day; wildcards: any month and any day are allowed."""
    check_rows(name, row, 4, 4)
    check_range("%s: profile" % name, row[3], 0, targets - 1)
    put_date(packed, name, row[:3], wildcards)
    packed.append(row[3])


def _pack_day(packed, points, limits):
    check_rows("day profile", points, 1, limits.points)
    packed.append(len(points))
    last_minute = -1
    for index, point in enumerate(points):
        check_rows("switch point", point, 2, 2)
        minute, rate = point
        # A table with one point a day changes at midnight only (GSME-PRC-03).
        check_range("switch point: minute", minute, 0, 1439 if limits.points > 1 else 0)
        check_range("switch point: rate", rate, 0, limits.rates - 1)
        if minute <= last_minute:
            raise CalendarError("day profile: minute %d is out of order" % minute)
        last_minute = minute
        packed.extend(bytes((minute & 0xFF, minute >> 8, rate)))
        if index % _AT_ONCE == _AT_ONCE - 1:
            yield


class SwitchingTable:
    """Reads rates and switch times from a packed table; `packed` is its octets."""

    def __init__(self, packed):
        self.packed = packed

    def rate_at(self, now_s):
        """Return the rate (from 0) in force at now_s."""
        day = now_s // DAY_S
        minute = now_s % DAY_S // 60
        start = self._day_profile(day)
        if minute < self._minute(start, 0):
            start = self._day_profile(day - 1)
            minute = 1440
        point = self.packed[start] - 1
        while self._minute(start, point) > minute:
            point -= 1
        return self.packed[start + 1 + _POINT * point + 2]

    def next_look_s(self, now_s):
        """Return the first instant after now_s when the rate can change: a point, or midnight."""
        midnight_s = now_s - now_s % DAY_S
        minute = now_s % DAY_S // 60
        start = self._day_profile(now_s // DAY_S)
        for point in range(self.packed[start]):
            point_minute = self._minute(start, point)
            if point_minute > minute:
                return midnight_s + 60 * point_minute
        return midnight_s + DAY_S

    def rates(self):
        """Yield the rate of every switch point."""
        packed = self.packed
        at = _HEADER + _DATED_ROW * packed[0] + _WEEK_ROW * packed[1]
        for _ in range(packed[2]):
            for point in range(packed[at]):
                yield packed[at + 1 + _POINT * point + 2]
            at = self._skip_days(at, 1)

    def _minute(self, start, point):
        at = start + 1 + _POINT * point
        return self.packed[at] | self.packed[at + 1] << 8

    def _day_profile(self, day):
        """Return where the profile of a UTC day begins in the packed table."""
        packed = self.packed
        weeks_at = _HEADER + _DATED_ROW * packed[0]
        days_at = weeks_at + _WEEK_ROW * packed[1]
        date = civil_from_days(day)
        profile = self._special_profile(days_at, date)
        if profile < 0:
            profile = packed[weeks_at + _WEEK_ROW * self._week(date) + weekday(day) - 1]
        return self._skip_days(days_at, profile)

    def _skip_days(self, at, count):
        for _ in range(count):
            at += 1 + _POINT * self.packed[at]
        return at

    def _special_profile(self, days_at, date):
        packed = self.packed
        at = self._skip_days(days_at, packed[2])
        for _ in range(packed[3]):
            if is_on(packed, at, date):
                return packed[at + 4]
            at += _DATED_ROW
        return -1

    def _week(self, date):
        """Return the week profile of the season in force on a date."""
        year, month, day = date
        best = -1
        week = 0
        for season in range(self.packed[0]):
            start_year, start, target = self._season(season)
            if start_year == ANY_YEAR:
                # Every year: this year's start if it has come, else last year's.
                start_year = year if start <= (month << 5 | day) else year - 1
            key = start_year << 9 | start
            if key <= (year << 9 | month << 5 | day) and key > best:
                best = key
                week = target
        return self._first_to_begin() if best < 0 else week

    def _first_to_begin(self):
        # All have dates yet to come.
        return min([self._season(season) for season in range(self.packed[0])])[2]

    def _season(self, index):
        packed = self.packed
        at = _HEADER + _DATED_ROW * index
        year = packed[at] | packed[at + 1] << 8
        return year, packed[at + 2] << 5 | packed[at + 3], packed[at + 4]
