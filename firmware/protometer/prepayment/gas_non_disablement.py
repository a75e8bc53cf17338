"""When disablement for credit is suspended on a gas meter (SMETS2 4.6.4.20; GSME-CFG-15).

The calendar has seasons, weeks and days, as a Tariff Switching Table has, whose switch points
start or end it.
"""

from micropython import const

from ..model.calendar_fields import CalendarError
from ..model.switching_table import Limits, SwitchingTable, pack_in_slices

# What a switch point of a day selects.
ENDED = const(0)
STARTED = const(1)
# Seasons, weeks, days, points of a day, special days, what there is to select.
LIMITS = Limits(3, 2, 5, 3, 20, 2)


class GasNonDisablement:
    """Keeps Non-Disablement Active in step with the Non-Disablement Calendar.

    `next_look_s`: when to follow() again at the latest.
    """

    def __init__(self, data):
        self._data = data
        self._table = SwitchingTable(data.non_disablement_calendar)
        self.next_look_s = 0

    def follow(self, now_s):
        """Set Non-Disablement Active for now_s; call it at next_look_s."""
        self._data.non_disablement_active = self._table.rate_at(now_s)
        self.next_look_s = self._table.next_look_s(now_s)

    def refresh(self, now_s):
        """Take a clock that was set."""
        self.follow(now_s)

    def check_set_calendar(self, calendar):
        """Return, sliced, what set_calendar takes; CalendarError names what is wrong.

        calendar: seasons, weeks, days and special_days as in switching_table.pack; the points of
        a day are (minute, STARTED or ENDED), the first at 00:00. issued: numbers of the event and
        of the calendar that published it, where there are any.
        """
        for name in ("seasons", "weeks", "days", "special_days"):
            if name not in calendar:
                raise CalendarError("non-disablement calendar: no %s" % name)
        days = calendar["days"]
        packed = yield from pack_in_slices(
            LIMITS, calendar["seasons"], calendar["weeks"], days, calendar["special_days"]
        )
        for points in days:
            if points[0][0]:
                raise CalendarError("day profile: does not begin at 00:00")
        return [packed, calendar.get("issued")]

    def set_calendar(self, now_s, checked, issued=None):
        """Set the Non-Disablement Calendar to what check_set_calendar returned."""
        self._data.non_disablement_calendar = checked
        for index in range(len(self._data.non_disablement_issued)):
            self._data.non_disablement_issued[index] = issued[index] if issued else 0
        self._table = SwitchingTable(checked)
        self.follow(now_s)
