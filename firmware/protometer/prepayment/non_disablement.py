"""When disablement for credit is suspended on an electricity meter (SMETS2 5.7.4.30).

The last start or end at or before now counts; where there is none disablement is not suspended
(ESME-PAY-18).
"""

from micropython import const

from ..model.calendar import DAY_S
from ..model.calendar_fields import CalendarError
from ..model.schedule import NO_ACTION, Schedule, checked_labels, pack_in_slices

# Actions of the Non-Disablement Calendar.
START = const(1)
END = const(2)
# ESME-PAY-17.
MOST_RULES = const(22)
MOST_SPECIAL_DAYS = const(20)

# As far back as the last action is looked for when nothing is known yet.
_MOST_DAYS = const(366)
# In between: a rule that has come since the last look is of today or yesterday.
_DAYS_BETWEEN = const(1)


class NonDisablement:
    """Keeps Non-Disablement Active in step with the Non-Disablement Calendar.

    `next_look_s`: when to follow() again at the latest. The Randomised Offset does not delay it
    (ESME-RO-02).
    """

    def __init__(self, data):
        self._data = data
        self._codes = bytearray(1)
        self.next_look_s = 0
        self._use(data.non_disablement_calendar)

    def follow(self, now_s):
        """Set Non-Disablement Active for now_s; call it at next_look_s.

        The first time, and when the clock has jumped, the calendar is looked back in for a year.
        """
        known = self._followed_s is not None and 0 <= now_s - self._followed_s <= DAY_S
        codes = self._codes
        self._schedule.last_actions(now_s, _DAYS_BETWEEN if known else _MOST_DAYS, codes)
        if codes[0] != NO_ACTION or not known:
            self._data.non_disablement_active = int(codes[0] == START)
        self._followed_s = now_s
        self.next_look_s = self._schedule.next_look_s(now_s)

    def refresh(self, now_s):
        """Take a clock that was set; follow() notices what it has passed over."""
        self.follow(now_s)

    def check_set_calendar(self, calendar):
        """Return, sliced, what set_calendar takes; CalendarError names what is wrong.

        calendar: rules and special_days as in schedule.pack, with the actions START and END;
        labels, octets that whoever set it has for them.
        """
        for name in ("rules", "special_days"):
            if name not in calendar:
                raise CalendarError("non-disablement calendar: no %s" % name)
        rules, special_days = calendar["rules"], calendar["special_days"]
        packed = yield from pack_in_slices(rules, special_days, MOST_RULES, MOST_SPECIAL_DAYS)
        for action in Schedule(packed).actions():
            if action not in (START, END):
                raise CalendarError("rule: action %d is neither start nor end" % action)
        return [packed, checked_labels(calendar)]

    def set_calendar(self, now_s, checked, labels=b""):
        """Set the Non-Disablement Calendar to what check_set_calendar returned."""
        self._data.non_disablement_calendar = checked
        self._data.non_disablement_labels = labels
        self._use(checked)
        self.follow(now_s)

    def _use(self, packed):
        self._schedule = Schedule(packed)
        self._followed_s = None
