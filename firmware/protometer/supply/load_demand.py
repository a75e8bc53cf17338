"""What each auxiliary load's switch is to be: boost, Command, calendar (SMETS2 5.20-5.25).

A boost comes before a Command, a Command before the ALCS Calendar (ALCS-ALC-11). The Randomised
Offset delays the calendar alone (ALCS-ALC-02, ESME-RO-02).
"""

from micropython import const

from ..model.calendar import DAY_S
from ..model.calendar_fields import CalendarError
from ..model.schedule import CODE_MASK, GROUP_SHIFT, NO_ACTION, Schedule, pack_in_slices

SWITCHES = const(5)
# What a switch is to be; in the ALCS Calendar codes of the group that is the switch's number.
CLOSE = const(1)
OPEN = const(2)
# Until another rule of the calendar.
NEVER_S = 0xFFFF_FFFF
# ESME-CFG-02.
MOST_RULES = const(48)
MOST_SPECIAL_DAYS = const(20)

_MINUTE_S = const(60)
# As far back as the calendar is looked at when nothing is known yet (ALCS-ALC-04).
_MOST_DAYS = const(8)
_DAYS_BETWEEN = const(1)


def packed_calendar(calendar):
    """Return, sliced, an ALCS Calendar packed, or raise CalendarError naming the fault.

    calendar: rules and special_days as in schedule.pack, whose actions are a switch's number
    << 4 | CLOSE or OPEN; scripts, two octets for each rule, which whoever set it has for them.
    """
    for name in ("rules", "special_days"):
        if name not in calendar:
            raise CalendarError("ALCS calendar: no %s" % name)
    rules, special_days = calendar["rules"], calendar["special_days"]
    packed = yield from pack_in_slices(rules, special_days, MOST_RULES, MOST_SPECIAL_DAYS)
    for action in Schedule(packed).actions():
        if not 1 <= action >> GROUP_SHIFT <= SWITCHES or action & CODE_MASK > OPEN:
            raise CalendarError("rule: no action %d" % action)
    scripts = calendar.get("scripts", b"")
    if not isinstance(scripts, bytes) or len(scripts) not in (0, 2 * len(calendar["rules"])):
        raise CalendarError("ALCS calendar: scripts of other rules")
    return packed


class LoadDemand:
    """Weighs the three; switches by their index, from 0.

    `next_look_s`: when the calendar may ask for something else. `jumped`: the clock was found set
    by the last follow(), or there was none before.
    """

    def __init__(self, data):
        self._data = data
        self._boosts = "B" in data.role
        self._calendar = bytearray(SWITCHES + 1)
        self._found = bytearray(SWITCHES + 1)
        self._followed_s = None
        self.jumped = True
        self.next_look_s = 0
        self.use_calendar(data.alcs_calendar)

    def use_calendar(self, packed):
        """Take another calendar, from the next follow() on."""
        self._schedule = Schedule(packed)
        self._anew = True

    def follow(self, now_s):
        """Look at the calendar: since the last time, or days back where that says nothing."""
        offset_s = self._data.randomised_offset_s
        at_s = now_s - offset_s
        last_s = self._followed_s
        self.jumped = last_s is None or not 0 <= at_s - last_s <= DAY_S
        anew = self._anew or self.jumped
        found = self._found
        self._schedule.last_actions(at_s, _MOST_DAYS if anew else _DAYS_BETWEEN, found)
        for switch in range(1, SWITCHES + 1):
            if anew or found[switch] != NO_ACTION:
                self._calendar[switch] = found[switch]
        self._anew = False
        self._followed_s = at_s
        self.next_look_s = self._schedule.next_look_s(at_s) + offset_s

    def of(self, index, now_s):
        """Return (CLOSE or OPEN, until when) of what a switch is to be; open if none asks."""
        data = self._data
        if self.is_boosted(index, now_s):
            return CLOSE, data.boost_ends_s
        if self.is_commanded(index, now_s):
            return data.alcs_command[index], data.alcs_command_until_s[index]
        return self._calendar[index + 1] or OPEN, NEVER_S

    def command(self, index, code, minutes, now_s):
        """Take a Command for some minutes, or with the code NO_ACTION its end."""
        data = self._data
        data.alcs_command[index] = code
        data.alcs_command_minutes[index] = minutes
        data.alcs_command_until_s[index] = now_s + _MINUTE_S * minutes

    def is_boosted(self, index, now_s):
        """Tell whether a boost is under way for a switch."""
        data = self._data
        return self._boosts and data.boost_control[index] == 1 and now_s < data.boost_ends_s

    def is_commanded(self, index, now_s):
        """Tell whether a Command is in force; one that has ended is forgotten."""
        data = self._data
        if not data.alcs_command[index]:
            return False
        left_s = data.alcs_command_until_s[index] - now_s
        most_s = _MINUTE_S * data.alcs_command_minutes[index]
        if left_s > most_s:
            # The clock was set back: no Command lasts longer for that.
            data.alcs_command_until_s[index] = now_s + most_s
        elif left_s <= 0:
            data.alcs_command[index] = NO_ACTION
        return left_s > 0

    def is_closed_by_calendar(self, index, now_s):
        """Tell whether a switch would be closed by the calendar if there were no boost."""
        return not self.is_commanded(index, now_s) and self._calendar[index + 1] == CLOSE
