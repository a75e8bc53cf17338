"""Calendar at a meter: the Tariff Switching Table as the HAN has it (Smart Energy D.9).

Its rates count from 0 and are price tiers from 1 on; seasons, weeks and days count from 1.
"""

from micropython import const

from ..han import zcl
from ..model.calendar_fields import ANY_YEAR

_DELIVERED = const(0x00)
_ANY_TYPE = const(0xFF)
_UTC = const(0x00)
_HEADER = const(4)
_DATED = const(5)
_WEEK = const(7)
_POINT = const(3)
# A date: years from 1900, 0xff for any; the day of the week is not said.
_FIRST_YEAR = const(1900)
_ANY = const(0xFF)
# What fits into a frame.
_POINTS = const(12)
_SEASONS = const(8)
_SPECIAL_DAYS = const(6)
_WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class _Table:
    """Where in the packed table things are; see model/switching_table.py."""

    def __init__(self, data):
        self.packed = packed = data.tariff_switching_table
        self.seasons, self.weeks, self.days, self.special_days = packed[:_HEADER]
        self.weeks_at = _HEADER + _DATED * self.seasons

    def day_at(self, number):
        """Return where a day profile begins; behind the last are the special days."""
        at = self.weeks_at + _WEEK * self.weeks
        for _ in range(number):
            at += 1 + _POINT * self.packed[at]
        return at

    def dated(self, at):
        """Return (date, profile) of a season or a special day."""
        packed = self.packed
        year = packed[at] | packed[at + 1] << 8
        year = _ANY if year == ANY_YEAR else min(year - _FIRST_YEAR, _ANY - 1)
        date = year | packed[at + 2] << 8 | packed[at + 3] << 16 | _ANY << 24
        return date, packed[at + 4] + 1


def _issued(**values):
    values.update({"providerId": 0, "issuerEventId": 0, "issuerCalendarId": 0})
    return values


def get_calendar(meter, request):
    """Get Calendar: that of the tariff is the only one."""
    if request.values["calendarType"] not in (_DELIVERED, _ANY_TYPE):
        return zcl.NOT_FOUND
    table = _Table(meter.data)
    answer = _issued(
        startTime=0,
        calendarType=_DELIVERED,
        calendarTimeReference=_UTC,
        calendarName=b"",
        numberOfSeasons=table.seasons,
        numberOfWeekProfiles=table.weeks,
        numberOfDayProfiles=table.days,
    )
    request.answer("PublishCalendar", answer)
    return None


def get_day_profiles(meter, request):
    """Get Day Profiles, from one on; 0 for all that follow."""
    table = _Table(meter.data)
    first, count = request.values["startDayId"], request.values["numberOfDays"]
    wanted = _wanted(first, count, table.days)
    for day in wanted:
        at = table.day_at(day)
        points = [
            {
                "startTime": table.packed[point] | table.packed[point + 1] << 8,
                "activePriceTierOrFriendlyCreditEnable": table.packed[point + 2] + 1,
            }
            for point in range(at + 1, at + 1 + _POINT * table.packed[at], _POINT)
        ]
        answer = _issued(
            dayId=day + 1, totalNumberOfScheduleEntries=len(points), calendarType=_DELIVERED
        )
        request.answer_several(
            "PublishDayProfile",
            answer,
            "dayScheduleEntries",
            points,
            _POINTS,
            "totalNumberOfCommands",
        )
    return None if wanted else zcl.NOT_FOUND


def get_week_profiles(meter, request):
    """Get Week Profiles, from one on; 0 for all that follow."""
    table = _Table(meter.data)
    wanted = _wanted(request.values["startWeekId"], request.values["numberOfWeeks"], table.weeks)
    for week in wanted:
        answer = _issued(weekId=week + 1)
        for day in range(_WEEK):
            profile = table.packed[table.weeks_at + _WEEK * week + day] + 1
            answer["dayIdRef" + _WEEK_DAYS[day]] = profile
        request.answer("PublishWeekProfile", answer)
    return None if wanted else zcl.NOT_FOUND


def get_seasons(meter, request):
    """Get Seasons."""
    table = _Table(meter.data)
    rows = []
    for season in range(table.seasons):
        date, week = table.dated(_HEADER + _DATED * season)
        rows.append({"seasonStartDate": date, "weekIdRef": week})
    request.answer_several(
        "PublishSeasons", _issued(), "seasonEntries", rows, _SEASONS, "totalNumberOfCommands"
    )


def get_special_days(meter, request):
    """Get Special Days."""
    table = _Table(meter.data)
    if not table.special_days:
        return zcl.NOT_FOUND
    rows = []
    begin = table.day_at(table.days)
    for number in range(table.special_days):
        date, day = table.dated(begin + _DATED * number)
        rows.append({"specialDayDate": date, "dayIdRef": day})
    answer = _issued(startTime=0, calendarType=_DELIVERED, totalNumberOfSpecialDays=len(rows))
    request.answer_several(
        "PublishSpecialDays",
        answer,
        "specialDayEntries",
        rows,
        _SPECIAL_DAYS,
        "totalNumberOfCommands",
    )
    return None


def _wanted(first, count, there_are):
    """Return the numbers from 0 of what was asked for by its number from 1."""
    first = max(first, 1) - 1
    return range(first, min(first + (count or there_are), there_are))


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    return {
        (0x00, False): get_calendar,
        (0x01, False): get_day_profiles,
        (0x02, False): get_week_profiles,
        (0x03, False): get_seasons,
        (0x04, False): get_special_days,
    }
