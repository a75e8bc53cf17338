"""Calendars of remote parties: Tariff Switching Table, Non-Disablement Calendar (GCS01a, GCS05).

What the publications say is gathered; the Non-Disablement Calendar is set with the last of them,
the Tariff Switching Table by gbz_price, as a part of its tariff.
"""

from micropython import const

from ..gbcs.gbz import AT_ONCE
from ..han import zcl
from ..model.calendar_fields import ANY_YEAR, CalendarError
from . import cluster_calendar

CLUSTER = const(0x0707)
PUBLISH_CALENDAR = const(0x00)
PUBLISH_SPECIAL_DAYS = const(0x04)
_FRIENDLY_CREDIT = const(0x03)
_ANY = const(0xFF)
_FIRST_YEAR = const(1900)
_WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Gathered:
    """The publications of one calendar so far."""

    def __init__(self, published):
        self.published = published
        self.days = []
        self.weeks = []
        self.seasons = []

    def calendar(self, special_days, first_rate):
        """Return (calendar, date) of all of it; CalendarError where something is missing.

        calendar: seasons, weeks, days, special_days and issued, as Commands take them; date: 0
        for at once; first_rate: what the first rate is called.
        """
        published = self.published
        for field, rows in (
            ("numberOfSeasons", self.seasons),
            ("numberOfWeekProfiles", self.weeks),
            ("numberOfDayProfiles", self.days),
        ):
            if published[field] != len(rows):
                raise CalendarError("calendar: %s is not %d" % (field, len(rows)))
        days = [
            [
                (
                    point["startTime"],
                    point["activePriceTierOrFriendlyCreditEnable"] - first_rate,
                )
                for point in points
            ]
            for points in self.days
        ]
        rows = special_days["specialDayEntries"]
        if special_days["totalNumberOfSpecialDays"] != len(rows):
            raise CalendarError("calendar: %d special days" % len(rows))
        calendar = {
            "seasons": [_dated(row["seasonStartDate"], row["weekIdRef"]) for row in self.seasons],
            "weeks": self.weeks,
            "days": days,
            "special_days": [_dated(row["specialDayDate"], row["dayIdRef"]) for row in rows],
            "issued": [published["issuerEventId"], published["issuerCalendarId"]],
        }
        return calendar, max(published["startTime"], special_days["startTime"])


def _dated(date, target):
    """Return (year, month, day, target from 0) of a date of the ZCL."""
    year = date & 0xFF
    year = ANY_YEAR if year == _ANY else year + _FIRST_YEAR
    return year, date >> 8 & 0xFF, date >> 16 & 0xFF, target - 1


def publish_calendar(meter, request):
    """Publish Calendar: begin to gather."""
    request.draft["calendar"] = Gathered(request.values)
    return zcl.SUCCESS


def publish_day_profile(meter, request):
    """Publish Day Profile: one of them, in order."""
    values, days = request.values, request.draft["calendar"].days
    points = values["dayScheduleEntries"]
    if values["totalNumberOfScheduleEntries"] != len(points):
        raise CalendarError("day profile: %d entries" % len(points))
    _add(days, values["dayId"], points)
    return zcl.SUCCESS


def publish_week_profile(meter, request):
    """Publish Week Profile: one of them, in order."""
    values, weeks = request.values, request.draft["calendar"].weeks
    _add(weeks, values["weekId"], [values["dayIdRef" + day] - 1 for day in _WEEK_DAYS])
    return zcl.SUCCESS


def _add(rows, number, row):
    if number != len(rows) + 1:
        raise CalendarError("calendar: profile %d follows on %d" % (number, len(rows)))
    rows.append(row)


def publish_seasons(meter, request):
    """Publish Seasons: all of them."""
    request.draft["calendar"].seasons = request.values["seasonEntries"]
    return zcl.SUCCESS


def publish_special_days(meter, request):
    """Publish Special Days; with them the Non-Disablement Calendar is whole, and set."""
    if request.values["calendarType"] != _FRIENDLY_CREDIT:
        request.draft["special days"] = request.values
        return zcl.SUCCESS
    calendar, at_s = request.draft["calendar"].calendar(request.values, 0)
    published = [(CLUSTER, PUBLISH_CALENDAR), (CLUSTER, PUBLISH_SPECIAL_DAYS)]
    arguments = {"calendar": calendar}
    yield from request.perform(
        meter, "Set Non-Disablement Calendar", arguments, at_s or AT_ONCE, published
    )
    return zcl.SUCCESS


HANDLERS = {
    (0x00, True): publish_calendar,
    (0x01, True): publish_day_profile,
    (0x02, True): publish_week_profile,
    (0x03, True): publish_seasons,
    (0x04, True): publish_special_days,
    (0x01, False): cluster_calendar.get_day_profiles,
    (0x02, False): cluster_calendar.get_week_profiles,
    (0x03, False): cluster_calendar.get_seasons,
    (0x04, False): cluster_calendar.get_special_days,
}
