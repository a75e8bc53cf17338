"""Tables of tariffs and schedules of rules as COSEM has them, drawn, and put into a device.

What is drawn is told and set as it stands here; into the dictionary it goes packed, with labels.
Nothing of it is in force at the bench's instant but the first rate: other values alter no other.
"""

import struct

from protometer.gbcs.date_time import take_date, take_minute, take_time, time
from protometer.model import schedule, switching_table
from protometer.model.calendar_fields import ANY_YEAR
from protometer.model.encoding import encode
from protometer.prepayment.gas_non_disablement import LIMITS
from protometer.supply.load_demand import CLOSE
from protometer.tariff.electricity_tariff import PRIMARY
from protometer.tariff.gas_tariff import GAS
from protometer.tariff.secondary_tariff import SECONDARY

SCRIPTS = bytes.fromhex("00000a0064ff")
_EVERY_YEAR = b"\xff\xff"
_MINUTE_S = 60
_DAY_MINUTES = 1_440
# Of an element: limits, items of table and labels, scripts of its rates, how they count from 0.
_ELEMENTS = {
    "primary": (PRIMARY, "tariff_switching_table", "tariff_labels"),
    "secondary": (SECONDARY, "secondary_switching_table", "secondary_tariff_labels"),
}
# Of a calendar: scripts, the numbers of which one is drawn, how many rules and days it takes.
NON_DISABLEMENT, AUXILIARY = "non_disablement", "alcs"
_CALENDARS = {
    NON_DISABLEMENT: ("00000a006aff", (32, 33), 22),
    AUXILIARY: ("00000a0067ff", (0x1180, 0x11E4, 0x23B2, 0x15E4), 48),
}
_ALWAYS_VALID = 0xFFFF
_LATER = 2033


def _clock(rng):
    return time(_MINUTE_S * rng.randrange(1, _DAY_MINUTES))


def _date(rng):
    return _EVERY_YEAR + bytes((rng.randint(2, 12), rng.randint(1, 28), 0xFF))


def draw_seasons(rng, element):
    starts = _EVERY_YEAR + b"\x01\x01\xff", _date(rng)
    names = (b"S1", b"S" + str(rng.randrange(10**4)).encode())
    return [
        [name, start + _clock(rng) + b"\x80\x00\xff", week]
        for name, start, week in zip(names, starts, (b"W1", b"W2"), strict=True)
    ]


def draw_weeks(rng, element):
    return [[b"W1"] + [1] * 7, [b"W2"] + [rng.randint(1, 2) for _ in range(6)] + [2]]


def draw_days(rng, element):
    first, others = (201, range(201, 205))
    if element == "primary":
        first, others = (1, [*range(1, 49), *range(101, 109)])
    return [
        [
            number,
            [[bytes(4), SCRIPTS, first], [_clock(rng), SCRIPTS, rng.choice(others)]],
        ]
        for number in (1, 2)
    ]


def draw_special_days(rng, element):
    first = rng.randint(1, 200)
    return [[first + at, _date(rng), rng.randint(1, 2)] for at in (0, 1)]


DRAWN = {
    "seasons": draw_seasons,
    "weeks": draw_weeks,
    "days": draw_days,
    "special days": draw_special_days,
}


def put_table(data, element, parts):
    """Have a device hold a table; parts: by the names of DRAWN."""
    limits, table, labels = _ELEMENTS[element]
    names = [row[0] for row in parts["weeks"]]
    ids = [row[0] for row in parts["days"]]
    seasons = [take_date(start[:5]) + (names.index(week),) for _, start, week in parts["seasons"]]
    weeks = [[ids.index(day) for day in row[1:]] for row in parts["weeks"]]
    days = [
        [(take_minute(start), _rate(script)) for start, _, script in points]
        for _, points in parts["days"]
    ]
    special = [take_date(day) + (ids.index(of),) for _, day, of in parts["special days"]]
    setattr(data, table, switching_table.pack(limits, seasons, weeks, days, special))
    told = [[row[0], row[1][5:8]] for row in parts["seasons"]]
    setattr(data, labels, encode([told, names, bytes(ids), parts["special days"][0][0]]))


def _rate(script):
    """Return the rate of a script: 48 by time, 8 with blocks, 4 of the second element."""
    if script > 200:
        return script - 201
    return script - 101 + 48 if script > 100 else script - 1


def draw_rules(rng, calendar):
    scripts, numbers, _ = _CALENDARS[calendar]
    first = rng.randint(1, 200)
    return [
        [
            first + at,
            True,
            bytes.fromhex(scripts),
            rng.choice(numbers),
            _clock(rng),
            _ALWAYS_VALID,
            [7, bytes((rng.randint(1, 127) << 1,))],
            [2, bytes((rng.randrange(4) << 6,))],
            struct.pack(">HBBB", rng.randint(_LATER, 2050), *_month_and_day(rng), 0xFF),
            b"\xff" * 5,
        ]
        for at in range(2)
    ]


def _month_and_day(rng):
    return rng.randint(1, 12), rng.randint(1, 28)


def draw_calendar_days(rng, calendar):
    first = rng.randint(1, 200)
    return [[first + at, _date(rng), rng.randint(1, 200)] for at in (0, 1)]


CALENDAR_DRAWN = {"rules": draw_rules, "special days": draw_calendar_days}


def put_calendar(data, calendar, parts):
    """Have a device hold a calendar; parts: by the names of CALENDAR_DRAWN."""
    most = _CALENDARS[calendar][2]
    rules = [
        (
            take_minute(start),
            take_date(first),
            take_date(last),
            _low_first(weekdays),
            _low_first(special),
            _action(calendar, script),
        )
        for _, _, _, script, start, _, weekdays, special, first, last in parts["rules"]
    ]
    days = [take_date(row[1]) for row in parts["special days"]]
    setattr(data, calendar + "_calendar", schedule.pack(rules, days, most, 20))
    first = parts["rules"][0][0], parts["special days"][0][0]
    labels = bytes(first) + bytes(row[2] for row in parts["special days"])
    setattr(data, calendar + "_labels", labels)
    if calendar == AUXILIARY:
        numbers = [row[3] for row in parts["rules"]]
        data.alcs_scripts = struct.pack(f"<{len(numbers)}H", *numbers)


def _low_first(bits):
    count, octets = bits
    return sum((octets[0] >> 7 - bit & 1) << bit for bit in range(count))


def _action(calendar, script):
    if calendar == NON_DISABLEMENT:
        return script - 31
    switch, level = script >> 8 & 0x0F, script & 0x7F
    return switch << schedule.GROUP_SHIFT | (CLOSE if level else CLOSE + 1)


def window(index, start_s, end_s):
    """Return the rules of the window of Maximum Demand."""
    return [
        [
            index + at,
            True,
            bytes.fromhex("00000a8064ff"),
            at + 1,
            time(second),
            _ALWAYS_VALID,
            [7, b"\xfe"],
            [0, b""],
            b"\x00\x00\x01\xff\xff",
            b"\xff" * 5,
        ]
        for at, second in enumerate((start_s, end_s))
    ]


def start_of(rules):
    """Return when the first of rules begins, in seconds of the day."""
    return take_time(rules[0][4])


# Of a gas meter: limits, item of the table, and of its numbers, rates of its days.
_OF_GAS = {
    "tariff": (GAS, "tariff_switching_table", "tariff_issued"),
    "credit": (LIMITS, "non_disablement_calendar", "non_disablement_issued"),
}
_FIRST_DAY = (ANY_YEAR, 1, 1, 0)


def _of_every_year(rng, most):
    return ANY_YEAR, rng.randint(2, 12), rng.randint(1, 28), rng.randint(0, most)


def _gas_days(rng, calendar):
    """The first day, which is in force, has the first rate, the last day the last."""
    if calendar == "tariff":
        return [[(0, 0)], [(0, rng.randrange(4))], [(0, rng.randrange(4))], [(0, 3)]]
    return [[(0, 1), (rng.randrange(1, 1_440), 0)], [(0, rng.randrange(2))], [(0, 0)]]


GAS_DRAWN = {
    "seasons": lambda rng, calendar: [_FIRST_DAY, _of_every_year(rng, 0)[:3] + (1,)],
    "weeks": lambda rng, calendar: [[0] * 7, [rng.randrange(3) for _ in range(7)]],
    "days": _gas_days,
    "special days": lambda rng, calendar: [_of_every_year(rng, 2) for _ in range(2)],
    "issued": lambda rng, calendar: [rng.randint(1, 10**6), rng.randint(1, 10**6)],
}


def put_gas_table(data, calendar, parts):
    """Have a gas meter hold a table; parts: by the names of GAS_DRAWN."""
    limits, table, issued = _OF_GAS[calendar]
    rows = [parts[name] for name in ("seasons", "weeks", "days", "special days")]
    setattr(data, table, switching_table.pack(limits, *rows))
    getattr(data, issued)[0], getattr(data, issued)[1] = parts["issued"]
