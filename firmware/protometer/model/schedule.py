"""Schedules of rules that start or end something (SMETS2 5.7.4.2, 5.7.4.30), as DLMS has them.

They say when disablement is suspended (ESME-PAY-17) and switch auxiliary loads (ESME-CFG-02).
Held as one packed octet string, so that 48 rules and 20 special days cost 802 octets:

    counts: rules, special days
    rule:   minute of day, first date, last date, weekdays (bit 0 Monday), special days (bit 0 the
            first of them), action                                      15 octets each
    special day: date                                                   4 octets each

An action is `group << 4 | code`: the rules of a group, such as a switch, replace each other; code
0 is no action. Dates may have wildcards, see calendar_fields; times are UTC. On a special day only
rules that name it apply, whatever the weekday; on all others the weekday decides. With both years
wild a rule may end before it begins: it then lasts over the turn of the year (of the month, if
months are wild too).
"""

from array import array

from micropython import const

from ..kernel.slices import finish
from .calendar import DAY_S, civil_from_days, weekday
from .calendar_fields import ANY, ANY_YEAR, CalendarError, check_range, check_rows, put_date

NO_ACTION = const(0)
GROUP_SHIFT = const(4)
CODE_MASK = const(0x0F)

_HEADER = const(2)
_RULE = const(15)
_BEGIN = const(2)
_END = const(6)
_WEEKDAYS = const(10)
_SPECIAL_DAYS = const(11)
_ACTION = const(14)
_SPECIAL_DAY = const(4)
_EVERY_WEEKDAY = const(0x7F)
_GROUPS = const(16)
_LAST_MINUTE = const(1439)
_MOST_LABELS = const(22)
# A date's key is year << 9 | month << 5 | day: keys order dates. A month's has the day 0. Of a
# packed date a wild year or month is 0 in its key.
_YEARS = const(9)
_MONTHS = const(0x1E0)
_DAYS = const(0x1F)


def pack(rules, special_days, most_rules, most_special_days):
    """Return at once what pack_in_slices() does."""
    return finish(pack_in_slices(rules, special_days, most_rules, most_special_days))


def pack_in_slices(rules, special_days, most_rules, most_special_days):
    """Return, sliced, the packed schedule, or raise CalendarError naming the fault.

    rules: (minute, first date, last date, weekdays, special days, action) with masks as the
    module's description has them; special_days: dates. A date is (year, month, day).
    """
    check_rows("rules", rules, 0, most_rules)
    check_rows("special days", special_days, 0, most_special_days)
    packed = bytearray((len(rules), len(special_days)))
    for rule in rules:
        _pack_rule(packed, rule, len(special_days))
        yield
    for date in special_days:
        _put_date(packed, "special day", date)
        yield
    return bytes(packed)


def checked_labels(calendar):
    """Return the labels of a calendar, octets for its rules and days, or raise CalendarError."""
    labels = calendar.get("labels", b"")
    if not isinstance(labels, bytes) or len(labels) > _MOST_LABELS:
        raise CalendarError("labels: takes up to %d octets" % _MOST_LABELS)
    return labels


def _pack_rule(packed, rule, special_days):
    check_rows("rule", rule, 6, 6)
    minute, begin, end, weekdays, special, action = rule
    at = len(packed)
    check_range("rule: minute", minute, 0, _LAST_MINUTE)
    packed.extend(bytes((minute & 0xFF, minute >> 8)))
    _put_date(packed, "rule: first date", begin)
    _put_date(packed, "rule: last date", end)
    if begin[0] != ANY_YEAR and end[0] != ANY_YEAR:
        last = _key(packed, at + _END, 31)
        if _key(packed, at + _BEGIN, 1) > (last if last & _MONTHS else last | _MONTHS):
            raise CalendarError("rule: ends before it begins")
    check_range("rule: weekdays", weekdays, 0, _EVERY_WEEKDAY)
    check_range("rule: special days", special, 0, (1 << special_days) - 1)
    check_range("rule: action", action, 0, 0xFF)
    if not action & CODE_MASK:
        raise CalendarError("rule: action %d does nothing" % action)
    packed.extend(bytes((weekdays, special & 0xFF, special >> 8 & 0xFF, special >> 16, action)))


def _put_date(packed, name, date):
    check_rows(name, date, 3, 3)
    put_date(packed, name, date, True)


def _year(packed, at):
    return packed[at] | packed[at + 1] << 8


def _key(packed, at, any_day):
    """Return the key of a packed date; any_day: what a wild day stands for."""
    year = _year(packed, at)
    month = packed[at + 2]
    day = packed[at + 3]
    return (
        (0 if year == ANY_YEAR else year << _YEARS)
        | (0 if month == ANY else month << 5)
        | (any_day if day == ANY else day)
    )


def _filled(key, month):
    """Return a packed date's key with its wild parts as in a month."""
    if not key >> _YEARS:
        key |= month >> _YEARS << _YEARS
    if not key & _MONTHS:
        key |= month & _MONTHS
    return key


def _turns(begin, end):
    """Tell whether a rule's dates, by their keys, come back each year or each month."""
    yearly = not begin >> _YEARS and not end >> _YEARS
    return yearly and (not begin & _MONTHS) == (not end & _MONTHS)


class Schedule:
    """Reads actions from a packed schedule."""

    def __init__(self, packed):
        self._packed = packed
        count = packed[0]
        self._specials_at = _HEADER + _RULE * count
        # Of each rule: its minute, and the first and last date it has in the month last looked at.
        self._minutes = array("H", bytes(2 * count))
        self._firsts = array("I", bytes(4 * count))
        self._lasts = array("I", bytes(4 * count))
        self._month = 0
        self._groups = 0
        for index in range(count):
            at = _HEADER + _RULE * index
            self._minutes[index] = _year(packed, at)
            self._groups |= 1 << (packed[at + _ACTION] >> GROUP_SHIFT)
        # Which special days the day last looked at is, and which lie in the month.
        self._day = 0
        self._special = 0
        self._in_month = 0
        # Of each group the minute of what was found.
        self._found = array("h", bytes(2 * _GROUPS))

    def actions(self):
        """Yield the action of every rule."""
        for at in range(_HEADER + _ACTION, self._specials_at, _RULE):
            yield self._packed[at]

    def last_actions(self, now_s, most_days, codes):
        """Set codes[group] to what the group's last rule at or before now_s does.

        codes: a bytearray with a place for each group wanted; NO_ACTION where no rule applied
        today or in most_days before. Of rules at the same minute the later in the table counts.
        """
        missing = self._begin_search(codes)
        day = now_s // DAY_S
        oldest = max(day - most_days, 0)
        year, month, of_month = civil_from_days(day)
        key = self._enter(year, month) | of_month
        minute = now_s % DAY_S // 60
        missing &= ~self._search(key, weekday(day), minute, missing, codes)
        day -= 1
        while missing and day >= oldest:
            year, month, of_month = civil_from_days(day)
            key = self._enter(year, month)
            # Days without rules are passed over at once, as it may be a season.
            latest = self._latest(key | of_month)
            day -= of_month - latest
            while missing and latest and day >= oldest:
                found = self._search(key | latest, weekday(day), _LAST_MINUTE, missing, codes)
                missing &= ~found
                latest -= 1
                day -= 1

    def next_look_s(self, now_s):
        """Return the first instant after now_s when a rule applies, or else midnight."""
        day = now_s // DAY_S
        minute = now_s % DAY_S // 60
        year, month, of_month = civil_from_days(day)
        key = self._enter(year, month) | of_month
        next_minute = 1440
        for index in range(self._packed[0]):
            at_minute = self._minutes[index]
            if minute < at_minute < next_minute and self._applies(index, key, weekday(day)):
                next_minute = at_minute
        return day * DAY_S + 60 * next_minute

    def _begin_search(self, codes):
        """Clear what is to be found; return the groups that have rules, a bit each."""
        for group in range(len(codes)):
            codes[group] = NO_ACTION
            self._found[group] = -1
        return self._groups & (1 << len(codes)) - 1

    def _search(self, key, of_week, most_minute, missing, codes):
        """Take the last actions of a day up to a minute; return the groups found, a bit each."""
        packed = self._packed
        minutes = self._minutes
        found = 0
        # Backwards, as tables are mostly in order: the first that applies is then the last.
        at = self._specials_at - _RULE + _ACTION
        for index in range(packed[0] - 1, -1, -1):
            action = packed[at]
            at -= _RULE
            group = action >> GROUP_SHIFT
            if not missing >> group & 1:
                continue
            minute = minutes[index]
            in_time = self._found[group] < minute <= most_minute
            if in_time and self._applies(index, key, of_week):
                self._found[group] = minute
                codes[group] = action & CODE_MASK
                found |= 1 << group
        return found

    def _applies(self, index, key, of_week):
        """Tell whether a rule applies on a day, given by its key and by 1 to 7 of the week."""
        at = _HEADER + _RULE * index
        if key != self._day:
            self._day = key
            self._special = self._in_month and self._special_on(key)
        if self._special:
            chosen = self._special_days(at) & self._special
        else:
            chosen = self._packed[at + _WEEKDAYS] >> of_week - 1 & 1
        if not chosen:
            return False
        first = self._firsts[index]
        last = self._lasts[index]
        if first > last:
            return key >= first or key <= last
        return first <= key <= last

    def _enter(self, year, month):
        """Work out each rule's first and last date in a month; return the month's key.

        A first date after the last is one that lasts over the turn of the year or month.
        """
        key = year << _YEARS | month << 5
        if key != self._month:
            self._month = key
            self._in_month = self._special_on(key)
            packed = self._packed
            for index in range(packed[0]):
                at = _HEADER + _RULE * index
                begin = _key(packed, at + _BEGIN, 1)
                end = _key(packed, at + _END, 31)
                first = _filled(begin, key)
                last = _filled(end, key)
                if first > last and not _turns(begin, end):
                    first = last = 0
                self._firsts[index] = first
                self._lasts[index] = last
        return key

    def _latest(self, key):
        """Return the last day of a month, up to a day's key, on which a rule may apply, or 0."""
        latest = 0
        at = _HEADER
        for index in range(self._packed[0]):
            if self._packed[at + _WEEKDAYS] or self._special_days(at) & self._in_month:
                first = self._firsts[index]
                last = self._lasts[index]
                turns = first > last
                if key <= last or (turns and key >= first):
                    last = key
                if last > latest and (turns or first <= key):
                    latest = last
            at += _RULE
        return latest & _DAYS if latest >= key & ~_DAYS else 0

    def _special_days(self, at):
        packed = self._packed
        at += _SPECIAL_DAYS
        return packed[at] | packed[at + 1] << 8 | packed[at + 2] << 16

    def _special_on(self, key):
        """Return which special days a day's key is, a bit each; a month's: which lie in it."""
        packed = self._packed
        month = key >> 5 & 0x0F
        day = key & _DAYS
        special = 0
        for index in range(packed[1]):
            at = self._specials_at + _SPECIAL_DAY * index
            # Compared one by one: for `in` a tuple would be made.
            wanted = packed[at + 2]
            if wanted != month and wanted != ANY:
                continue
            wanted = packed[at + 3]
            if day and wanted != day and wanted != ANY:
                continue
            wanted = _year(packed, at)
            if wanted != key >> _YEARS and wanted != ANY_YEAR:
                continue
            special |= 1 << index
        return special
