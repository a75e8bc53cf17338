"""Calendars of rules as COSEM schedules have them: class 10, and special days in class 11.

The Non-Disablement Calendar, the ALCS Calendar, and the window of Maximum Demand (GBCS ECS08a,
ECS18b, ECS26a, ECS37, ECS46d, ECS61d). Rules and special days are numbered one by one; from where,
and which day profile a special day would have, says nothing here and is kept as labels.
"""

import struct

from micropython import const

from ..gbcs.date_time import date, take_date, take_minute, take_time, time
from ..model.schedule import CODE_MASK, GROUP_SHIFT
from ..prepayment.non_disablement import END, START
from ..supply.auxiliary_load import CLOSED, OPENED
from ..supply.load_demand import CLOSE, OPEN, SWITCHES
from .cosem_server import CosemRefused

_MINUTE_S = const(60)
_HEADER = const(2)
_RULE = const(15)
_SPECIAL_DAY = const(4)
_ALWAYS_VALID = const(0xFFFF)
_WEEK = const(7)
_MOST_FIRST = const(0xFF)
# No more special days than are packed have labels.
_MOST_LABELS = const(22)

_NON_DISABLEMENT_SCRIPTS = b"\x00\x00\x0a\x00\x6a\xff"
_START = const(32)
_END = const(33)
_AUXILIARY_SCRIPTS = b"\x00\x00\x0a\x00\x67\xff"
# Script of an auxiliary controller: output or input, its number, and its level in percent.
_OUTPUT = const(0x10)
_INPUT = const(0x20)
_CALENDAR = const(0x80)
_FULL = const(100)
_WINDOW_SCRIPTS = b"\x00\x00\x0a\x80\x64\xff"
_EVERY_DAY = (7, b"\xfe")
_NO_SPECIAL_DAYS = (0, b"")
_FIRST_DATE = b"\x00\x00\x01\xff\xff"
_LAST_DATE = b"\xff" * 5
_WINDOW_INDEX = "Maximum Demand Configurable Time Index"
_WINDOW_ITEMS = ("Maximum Demand Configurable Time Start", "Maximum Demand Configurable Time End")


def _bits(mask, count):
    """Return a bit-string whose first bit is the lowest of a mask."""
    number = 0
    for bit in range(count):
        number |= (mask >> bit & 1) << (7 - bit % 8 + 8 * ((count + 7) // 8 - 1 - bit // 8))
    return count, number.to_bytes((count + 7) // 8, "big")


def _mask(bits):
    """Return the mask of a bit-string, its first bit the lowest."""
    count, octets = bits
    mask = 0
    for bit in range(count):
        mask |= (octets[bit // 8] >> 7 - bit % 8 & 1) << bit
    return mask


def _date(packed, at):
    return date(packed[at] | packed[at + 1] << 8, packed[at + 2], packed[at + 3])


def special_days(run, calendar, value):
    """Return the special days of a calendar: `non_disablement` or `alcs`."""
    packed = getattr(run.data, calendar + "_calendar")
    first, days = _labels(run.data, calendar, packed)[1:]
    at = _HEADER + _RULE * packed[0]
    return [
        (first + index, _date(packed, at + _SPECIAL_DAY * index), days[index])
        for index in range(packed[1])
    ]


def _labels(data, calendar, packed):
    """Return (number of the first rule, of the first special day, day profiles)."""
    labels = getattr(data, calendar + "_labels")
    if labels:
        return labels[0], labels[1], labels[2:]
    return 1, 1, bytes(range(1, packed[1] + 1))


def _rules(data, calendar, scripts, script_of):
    packed = getattr(data, calendar + "_calendar")
    first = _labels(data, calendar, packed)[0]
    rows = []
    for index in range(packed[0]):
        at = _HEADER + _RULE * index
        minute, weekdays, action = (
            packed[at] | packed[at + 1] << 8,
            packed[at + 10],
            packed[at + 14],
        )
        special = packed[at + 11] | packed[at + 12] << 8 | packed[at + 13] << 16
        rows.append(
            (
                first + index,
                True,
                scripts,
                script_of(index, action),
                time(_MINUTE_S * minute),
                _ALWAYS_VALID,
                _bits(weekdays, _WEEK),
                _bits(special, packed[1]),
                _date(packed, at + 2),
                _date(packed, at + 6),
            )
        )
    return rows


def non_disablement(run, argument, value):
    """Return the rules of the Non-Disablement Calendar."""
    return _rules(
        run.data,
        "non_disablement",
        _NON_DISABLEMENT_SCRIPTS,
        lambda index, action: _START + action - START,
    )


def auxiliary(run, argument, value):
    """Return the rules of the ALCS Calendar, with the scripts they came with."""
    data = run.data
    scripts = data.alcs_scripts

    def script_of(index, action):
        if scripts:
            return struct.unpack_from("<H", scripts, 2 * index)[0]
        level = _FULL if action & CODE_MASK == CLOSE else 0
        return (_OUTPUT | action >> GROUP_SHIFT) << 8 | _CALENDAR | level

    return _rules(data, "alcs", _AUXILIARY_SCRIPTS, script_of)


def _taken(draft, scripts, action_of):
    """Return, sliced, a drafted calendar as schedule.pack() takes it; CosemRefused for what it has
    not.
    """
    for name in ("rules", "special days", "at_s"):
        if name not in draft:
            raise CosemRefused("calendar: no %s" % name)
    days = draft["special days"]
    rows = draft["rules"]
    labels = bytes((_first_of(rows), _first_of(days))) + bytes([row[2] for row in days])
    rules = []
    for row in rows:
        _, enabled, called, script, start, validity, weekdays, special, first, last = row
        if not enabled or called != scripts or validity != _ALWAYS_VALID:
            raise CosemRefused("rule: not one that is in force")
        if weekdays[0] != _WEEK or special[0] != len(days):
            raise CosemRefused("rule: bits for other days than there are")
        dates = take_date(first), take_date(last)
        masks = _mask(weekdays), _mask(special)
        rules.append((take_minute(start),) + dates + masks + (action_of(script),))
        yield
    special_dates = [take_date(row[1]) for row in days]
    yield
    return {"rules": rules, "special_days": special_dates, "labels": labels[:_MOST_LABELS]}


def _first_of(rows):
    """Return the number of the first row, of such as are numbered one by one."""
    first = rows[0][0] if rows else 1
    if first > _MOST_FIRST or [row[0] for row in rows] != list(range(first, first + len(rows))):
        raise CosemRefused("calendar: not numbered one by one")
    return first


def set_non_disablement(run, draft):
    """Carry out Set Non-Disablement Calendar with what has been drafted."""

    def action_of(script):
        if script not in (_START, _END):
            raise CosemRefused("rule: no script %d" % script)
        return START if script == _START else END

    calendar = yield from _taken(draft, _NON_DISABLEMENT_SCRIPTS, action_of)
    name, arguments = "Set Non-Disablement Calendar", {"calendar": calendar}
    yield from run.perform(name, arguments, draft["at_s"], draft["places"])


def switch_of(script):
    """Return (switch, level) of a script of an auxiliary controller."""
    direction, switch = script >> 8 & 0xF0, script >> 8 & 0x0F
    level = script & 0x7F
    if not direction:
        # Of use cases that knew switches alone: what is done with one.
        level = {CLOSED: _FULL, OPENED: 0}.get(level, _MOST_FIRST)
    if direction > _INPUT or direction & 0x0F or not 1 <= switch <= SWITCHES:
        raise CosemRefused("auxiliary controller: no script %04x" % script)
    return switch, level


def set_auxiliary(run, draft):
    """Carry out Set ALCS Calendar with what has been drafted."""

    def action_of(script):
        switch, level = switch_of(script)
        if level > _FULL:
            raise CosemRefused("auxiliary controller: a level of %d" % level)
        # A switch knows no levels: any but none closes it.
        return switch << GROUP_SHIFT | (CLOSE if level else OPEN)

    calendar = yield from _taken(draft, _AUXILIARY_SCRIPTS, action_of)
    calendar["scripts"] = b"".join([struct.pack("<H", row[3]) for row in draft["rules"]])
    arguments = {"calendar": calendar}
    yield from run.perform("Set ALCS Calendar", arguments, draft["at_s"], draft["places"])


def window(run, argument, value):
    """Return when the window of Maximum Demand (Configurable Time) begins and ends."""
    data = run.data
    return [
        (
            data.maximum_demand_index + index,
            True,
            _WINDOW_SCRIPTS,
            index + 1,
            time(second),
            _ALWAYS_VALID,
            _EVERY_DAY,
            _NO_SPECIAL_DAYS,
            _FIRST_DATE,
            _LAST_DATE,
        )
        for index, second in enumerate([data.maximum_demand_start_s, data.maximum_demand_end_s])
    ]


def set_window(run, argument, value):
    """Set that window: the first script begins it, the second ends it, every day."""
    first = {"item": _WINDOW_INDEX, "value": _first_of(value)}
    yield from run.perform("Write Configuration Data", first)
    seen = []
    for row in value:
        script, start = row[3], row[4]
        if not 1 <= script <= 2 or script in seen or row[2] != _WINDOW_SCRIPTS:
            raise CosemRefused("maximum demand: no script %d" % script)
        if not row[1] or row[6] != _EVERY_DAY:
            raise CosemRefused("maximum demand: a window that is not every day's")
        seen.append(script)
        arguments = {"item": _WINDOW_ITEMS[script - 1], "value": take_time(start)}
        yield from run.perform("Write Configuration Data", arguments)
