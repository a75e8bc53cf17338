"""Calendar at a meter: the Tariff Switching Table as the HAN has it (Smart Energy D.9).

Its rates count from 0 and are price tiers from 1 on; seasons, weeks and days count from 1.
"""

from micropython import const

from ..han import zcl
from ..model.calendar_fields import ANY_YEAR
from ..model.dictionary import find

_DELIVERED = const(0x00)
_ANY_TYPE = const(0xFF)
_FRIENDLY_CREDIT = const(0x03)
# What asks for the Non-Disablement Calendar that is in force, in the place of a calendar's number.
_CURRENT_NON_DISABLEMENT = 0xFFFF_FFFE
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
    """Where in a packed table things are; see model/switching_table.py.

    kind: the calendar's; first: what its first rate is called; issued: numbers of the event and
    of the calendar, as they were given to a gas meter.
    """

    def __init__(self, packed, kind=_DELIVERED, first=1, issued=(0, 0)):
        self.packed = packed
        self.kind = kind
        self.first = first
        self._issued = issued
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

    def issued(self, **values):
        """Return the values that every publication of it has."""
        event, calendar = self._issued
        values.update({"providerId": 0, "issuerEventId": event, "issuerCalendarId": calendar})
        return values


def _asked_for(meter, request):
    """Return the table that a command asks for; None where a gas meter was never given it.

    That is said to remote parties alone: on the HAN there is always the one that is in force.
    """
    data = meter.data
    if "E" in data.role:
        return _Table(data.tariff_switching_table)
    if request.values["issuerCalendarId"] == _CURRENT_NON_DISABLEMENT:
        item, issued = "Non-Disablement Calendar", data.non_disablement_issued
        table = _Table(data.non_disablement_calendar, _FRIENDLY_CREDIT, 0, issued)
    else:
        item, issued = "Tariff Switching Table", data.tariff_issued
        table = _Table(data.tariff_switching_table, issued=issued)
    if request.is_remote and not is_given(data, item, table.packed, issued):
        return None
    return table


def is_given(data, item, packed, issued):
    """Tell whether a gas meter was given a table: it has a number, or is not as shipped."""
    return bool(issued[1]) or packed != find(data.role, item).shipped()


def get_calendar(meter, request):
    """Get Calendar: that of the tariff is the only one."""
    if request.values["calendarType"] not in (_DELIVERED, _ANY_TYPE):
        return zcl.NOT_FOUND
    table = _Table(meter.data.tariff_switching_table)
    answer = table.issued(
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
    table = _asked_for(meter, request)
    first, count = request.values["startDayId"], request.values["numberOfDays"]
    wanted = _wanted(first, count, table.days) if table else ()
    for day in wanted:
        at = table.day_at(day)
        points = [
            {
                "startTime": table.packed[point] | table.packed[point + 1] << 8,
                "activePriceTierOrFriendlyCreditEnable": table.packed[point + 2] + table.first,
            }
            for point in range(at + 1, at + 1 + _POINT * table.packed[at], _POINT)
        ]
        answer = table.issued(
            dayId=day + 1, totalNumberOfScheduleEntries=len(points), calendarType=table.kind
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
    table = _asked_for(meter, request)
    first, count = request.values["startWeekId"], request.values["numberOfWeeks"]
    wanted = _wanted(first, count, table.weeks) if table else ()
    for week in wanted:
        answer = table.issued(weekId=week + 1)
        for day in range(_WEEK):
            profile = table.packed[table.weeks_at + _WEEK * week + day] + 1
            answer["dayIdRef" + _WEEK_DAYS[day]] = profile
        request.answer("PublishWeekProfile", answer)
    return None if wanted else zcl.NOT_FOUND


def get_seasons(meter, request):
    """Get Seasons."""
    table = _asked_for(meter, request)
    if not table:
        return zcl.NOT_FOUND
    rows = []
    for season in range(table.seasons):
        date, week = table.dated(_HEADER + _DATED * season)
        rows.append({"seasonStartDate": date, "weekIdRef": week})
    request.answer_several(
        "PublishSeasons", table.issued(), "seasonEntries", rows, _SEASONS, "totalNumberOfCommands"
    )
    return None


def get_special_days(meter, request):
    """Get Special Days."""
    table = _asked_for(meter, request)
    if not table or not table.special_days:
        return zcl.NOT_FOUND
    rows = []
    begin = table.day_at(table.days)
    for number in range(table.special_days):
        date, day = table.dated(begin + _DATED * number)
        rows.append({"specialDayDate": date, "dayIdRef": day})
    answer = table.issued(startTime=0, calendarType=table.kind, totalNumberOfSpecialDays=len(rows))
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
