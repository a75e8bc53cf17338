"""A calendar of the gas meter as its Gas Proxy Function asks for it, part by part.

(SMETS2 4.6.4.20, 4.6.4.30; GBCS GCS21b, GCS21f)
"""

from micropython import const

from ..model.calendar_fields import CalendarError
from ..model.dictionary import find
from ..model.switching_table import pack

_CLUSTER = const(0x0707)
_AT_ONCE_S = const(0)
_NO_SPECIAL_DAYS = {
    "startTime": _AT_ONCE_S,
    "totalNumberOfSpecialDays": 0,
    "specialDayEntries": (),
}


class _Publication:
    """A publication as the handlers of gbz_calendar take it."""

    def __init__(self, draft, values):
        self.draft = draft
        self.values = values


class ToldCalendar:
    """Keeps a calendar in an item, packed; it and its numbers change together.

    told_on: by item the day, from 2000 on, on which all of it was told last; item: its SMETS2
    name; issued: attribute of its numbers; asked_as, kind: its number and type as the cluster has
    them; first_rate: what its first rate is called; limits: Limits.
    """

    def __init__(self, data, told_on, item, issued, asked_as, kind, first_rate, limits):
        self._data = data
        self._told_on = told_on
        self._item = item
        self._issued = getattr(data, issued)
        self._by_number = {"providerId": 0, "issuerCalendarId": asked_as}
        self._kind = kind
        self._first_rate = first_rate
        self._limits = limits

    def questions(self, today):
        """Yield what to ask, as GasTold.questions(); return the answers for take(), of which there
        are none where the meter was given no calendar, or None where there is nothing new.

        All is asked for where its numbers are others than before, and once a day.
        """
        seasons = yield self._asking("GetSeasons", "PublishSeasons")
        if not seasons:
            return None if seasons is None else ()
        if self._told_on.get(self._item) == today and _numbers(seasons) == list(self._issued):
            return None
        answers = []
        for part, most in (("Week", self._limits.weeks), ("Day", self._limits.days)):
            told = []
            while len(told) < most:
                which = {"start%sId" % part: len(told) + 1, "numberOf%ss" % part: 1}
                names = "Get%sProfiles" % part, "Publish%sProfile" % part
                answer = yield self._asking(*names, which)
                if answer is None:
                    return None
                if not answer:
                    break
                told.append(answer)
            answers.append(told)
        which = {"startTime": 0, "numberOfEvents": 0, "calendarType": self._kind}
        special_days = yield self._asking("GetSpecialDays", "PublishSpecialDays", which)
        return None if special_days is None else [seasons] + answers + [special_days]

    def _asking(self, command, answer, values=()):
        asked = dict(values)
        asked.update(self._by_number)
        return _CLUSTER, command, asked, answer

    def take(self, answers, today):
        """Keep what came of the questions; return whether it is new. CalendarError where it is no
        calendar, and nothing has changed.
        """
        item = find(self._data.role, self._item)
        packed, numbers = item.shipped(), [0, 0]
        if answers:
            packed, numbers = self._packed(*answers), _numbers(answers[0])
        self._told_on[self._item] = today
        if packed == getattr(self._data, item.attribute) and numbers == list(self._issued):
            return False
        setattr(self._data, item.attribute, packed)
        self._issued[0], self._issued[1] = numbers
        return True

    def _packed(self, seasons, weeks, days, special_days):
        # Loaded where a calendar is told.
        from . import gbz_calendar

        numbers = _numbers(seasons)
        published = {
            "issuerEventId": numbers[0],
            "issuerCalendarId": numbers[1],
            "startTime": _AT_ONCE_S,
            "numberOfSeasons": len(seasons["seasonEntries"]),
            "numberOfWeekProfiles": len(weeks),
            "numberOfDayProfiles": len(days),
        }
        draft = {"calendar": gbz_calendar.Gathered(published)}
        for publish, publications in (
            (gbz_calendar.publish_seasons, [seasons]),
            (gbz_calendar.publish_week_profile, weeks),
            (gbz_calendar.publish_day_profile, days),
        ):
            for values in publications:
                if _numbers(values) != numbers:
                    raise CalendarError("calendar: another one amid its parts")
                publish(None, _Publication(draft, values))
        if special_days and _numbers(special_days) != numbers:
            raise CalendarError("calendar: special days of another one")
        special_days = special_days or _NO_SPECIAL_DAYS
        calendar, _ = draft["calendar"].calendar(special_days, self._first_rate)
        rows = [calendar[name] for name in ("seasons", "weeks", "days", "special_days")]
        return pack(self._limits, *rows)


def _numbers(publication):
    return [publication["issuerEventId"], publication["issuerCalendarId"]]
