"""The Tariff Switching Table: seasons, weeks, days and special days (SMETS2 5.7.4.48).

Held as one packed octet string, so that the largest table costs its own 2.7 KB and no more:

    counts: seasons, weeks, day profiles, special days
    season: year (0xffff every year), month, day, week        one row of 5 octets each
    week:   day profiles of Monday to Sunday                   7 octets each
    day:    count of switch points, then (minute of day, rate) 3 octets each
    special day: year (0xffff any), month, day (0xff any), day profile   5 octets each

Weeks, day profiles and rates count from 0. Times are UTC. The season in force is the one with
the latest start at or before today, wrapping round the year; a special day beats the week;
before the first switch point of a day the last rate of the day before goes on (default for
SMETS2 5.5.8, requirement ESME-PRC-11).
"""

from micropython import const

from ..model.calendar import DAY_S, civil_from_days, is_civil_date, weekday
from ..model.command import CommandRefused, is_integer

MOST_SEASONS = const(4)
MOST_WEEKS = const(4)
MOST_DAYS = const(16)
MOST_POINTS = const(48)
MOST_SPECIAL_DAYS = const(50)
RATES = const(48)
ANY_YEAR = const(0xFFFF)
ANY = const(0xFF)

_HEADER = const(4)
_DATED_ROW = const(5)
_WEEK_ROW = const(7)
_POINT = const(3)
_LEAP_YEAR = const(2000)


class TariffError(CommandRefused):
    """A tariff is malformed; the message names the fault."""


def pack(seasons, weeks, days, special_days):
    """Return the packed table, or raise TariffError naming the fault.

    seasons: (year, month, day, week); weeks: 7 day profiles; days: rows of (minute, rate);
    special_days: (year, month, day, day profile). Wildcards are ANY_YEAR and ANY.
    """
    check_rows("seasons", seasons, 1, MOST_SEASONS)
    check_rows("week profiles", weeks, 1, MOST_WEEKS)
    check_rows("day profiles", days, 1, MOST_DAYS)
    check_rows("special days", special_days, 0, MOST_SPECIAL_DAYS)
    packed = bytearray((len(seasons), len(weeks), len(days), len(special_days)))
    for season in seasons:
        _pack_dated(packed, "season", season, len(weeks), False)
    for week in weeks:
        check_rows("week profile", week, 7, 7)
        for profile in week:
            _check_range("week profile: day profile", profile, 0, len(days) - 1)
            packed.append(profile)
    for points in days:
        _pack_day(packed, points)
    for special in special_days:
        _pack_dated(packed, "special day", special, len(days), True)
    return bytes(packed)


def check_rows(name, rows, least, most):
    """Raise TariffError unless rows is a list of least to most entries."""
    if not isinstance(rows, (list, tuple)):
        raise TariffError("%s: not a list" % name)
    if not least <= len(rows) <= most:
        raise TariffError("%s: %d, expected %d to %d" % (name, len(rows), least, most))


def _check_range(name, value, least, greatest):
    if not is_integer(value) or not least <= value <= greatest:
        raise TariffError("%s: %s is outside %d..%d" % (name, value, least, greatest))


def _pack_dated(packed, name, row, targets, wildcards):
    """Append a season or special day; wildcards: any month and any day are allowed."""
    check_rows(name, row, 4, 4)
    year, month, day, target = row
    for part in (year, month, day):
        _check_range(name, part, 1, ANY_YEAR)
    _check_range("%s: profile" % name, target, 0, targets - 1)
    checked = (
        _LEAP_YEAR if year == ANY_YEAR else year,
        1 if wildcards and month == ANY else month,
        1 if wildcards and day == ANY else day,
    )
    if not is_civil_date(*checked):
        raise TariffError("%s: no such date as %d-%d-%d" % (name, year, month, day))
    packed.extend(bytes((year & 0xFF, year >> 8, month, day, target)))


def _pack_day(packed, points):
    check_rows("day profile", points, 1, MOST_POINTS)
    packed.append(len(points))
    last_minute = -1
    for point in points:
        check_rows("switch point", point, 2, 2)
        minute, rate = point
        _check_range("switch point: minute", minute, 0, 1439)
        _check_range("switch point: rate", rate, 0, RATES - 1)
        if minute <= last_minute:
            raise TariffError("day profile: minute %d is out of order" % minute)
        last_minute = minute
        packed.extend(bytes((minute & 0xFF, minute >> 8, rate)))


class SwitchingTable:
    """Reads rates and switch times from a packed table."""

    def __init__(self, packed):
        self._packed = packed

    def rate_at(self, now_s):
        """Return the TOU rate (from 0) in force at now_s."""
        day = now_s // DAY_S
        minute = now_s % DAY_S // 60
        start = self._day_profile(day)
        if minute < self._minute(start, 0):
            start = self._day_profile(day - 1)
            minute = 1440
        point = self._packed[start] - 1
        while self._minute(start, point) > minute:
            point -= 1
        return self._packed[start + 1 + _POINT * point + 2]

    def next_look_s(self, now_s):
        """Return the first instant after now_s when the rate can change: a point, or midnight."""
        midnight_s = now_s - now_s % DAY_S
        minute = now_s % DAY_S // 60
        start = self._day_profile(now_s // DAY_S)
        for point in range(self._packed[start]):
            point_minute = self._minute(start, point)
            if point_minute > minute:
                return midnight_s + 60 * point_minute
        return midnight_s + DAY_S

    def rates(self):
        """Yield the rate of every switch point."""
        packed = self._packed
        at = _HEADER + _DATED_ROW * packed[0] + _WEEK_ROW * packed[1]
        for _ in range(packed[2]):
            for point in range(packed[at]):
                yield packed[at + 1 + _POINT * point + 2]
            at = self._skip_days(at, 1)

    def _minute(self, start, point):
        at = start + 1 + _POINT * point
        return self._packed[at] | self._packed[at + 1] << 8

    def _day_profile(self, day):
        """Return where the profile of a UTC day begins in the packed table."""
        packed = self._packed
        weeks_at = _HEADER + _DATED_ROW * packed[0]
        days_at = weeks_at + _WEEK_ROW * packed[1]
        date = civil_from_days(day)
        profile = self._special_profile(days_at, date)
        if profile < 0:
            profile = packed[weeks_at + _WEEK_ROW * self._week(date) + weekday(day) - 1]
        return self._skip_days(days_at, profile)

    def _skip_days(self, at, count):
        for _ in range(count):
            at += 1 + _POINT * self._packed[at]
        return at

    def _special_profile(self, days_at, date):
        packed = self._packed
        year, month, day = date
        at = self._skip_days(days_at, packed[2])
        for _ in range(packed[3]):
            special_year = packed[at] | packed[at + 1] << 8
            if (
                special_year in (year, ANY_YEAR)
                and packed[at + 2] in (month, ANY)
                and packed[at + 3] in (day, ANY)
            ):
                return packed[at + 4]
            at += _DATED_ROW
        return -1

    def _week(self, date):
        """Return the week profile of the season in force on a date."""
        year, month, day = date
        best = -1
        week = 0
        for season in range(self._packed[0]):
            start_year, start, target = self._season(season)
            if start_year == ANY_YEAR:
                # Every year: this year's start if it has come, else last year's.
                start_year = year if start <= (month << 5 | day) else year - 1
            key = start_year << 9 | start
            if key <= (year << 9 | month << 5 | day) and key > best:
                best = key
                week = target
        return self._last_in_year() if best < 0 else week

    def _last_in_year(self):
        # No dated season has begun: wrap round to the one that ends a year.
        return max(self._season(season)[1:] for season in range(self._packed[0]))[1]

    def _season(self, index):
        packed = self._packed
        at = _HEADER + _DATED_ROW * index
        year = packed[at] | packed[at + 1] << 8
        return year, packed[at + 2] << 5 | packed[at + 3], packed[at + 4]
