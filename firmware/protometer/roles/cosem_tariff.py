"""The tariffs of an electricity meter's elements as COSEM has them (GBCS ECS01a-d, ECS24, ECS24b).

A table of seasons, weeks and days, whose parts have names and numbers there: the dictionary keeps
those that were given beside the table, as labels. A season begins with the UTC day of its start.
"""

from micropython import const

from ..gbcs.date_time import date, take_date, take_minute, time
from ..model.encoding import decode_in_slices, encode
from ..model.enumerations import EUR, GBP
from ..tariff.blocks import BLOCKS, NO_THRESHOLD_WH, THRESHOLDS
from ..tariff.electricity_tariff import BLOCK_RATES, TOU_RATES
from .cosem_server import CosemRefused

_HEADER = const(4)
_DATED = const(5)
_WEEK = const(7)
_POINT = const(3)
_MINUTE_S = const(60)
# Scripts of a switch point: of TOU rates, of rates with blocks, of the secondary element.
_SCRIPTS = b"\x00\x00\x0a\x00\x64\xff"
_BLOCK_SCRIPT = const(101)
_SECONDARY_SCRIPT = const(201)
_RESET_COUNTERS = const(99)
# What prices are for: a register's value in kWh; a charge that is for no commodity.
_KILO = const(3)
_REGISTER = const(3)
_PRIMARY = (_KILO, (_REGISTER, b"\x01\x00\x01\x08\x00\xff", 2))
_SECONDARY = (_KILO, (_REGISTER, b"\x01\x14\x01\x08\x00\xff", 2))
NO_COMMODITY = (0, (0, bytes(6), 0))
# Prices have the numbers of their rates; those of a block that of the block's letter before it.
_BLOCK_INDEX = const(0xA0)
_BLOCK_STEP = const(0x10)
_DAILY = (bytes(4), b"\xff" * 5)
_TAIL = b"\xff\xff\xff\x00\x80\x00\xff"


class _Element:
    """Of one element: its items, and which script selects which rate."""

    def __init__(self, table, labels, commodity):
        self.table = table
        self.labels = labels
        self.commodity = commodity


_ELEMENTS = {
    "primary": _Element("tariff_switching_table", "tariff_labels", _PRIMARY),
    "secondary": _Element("secondary_switching_table", "secondary_tariff_labels", _SECONDARY),
}


def _rate(script, secondary):
    if secondary:
        return script - _SECONDARY_SCRIPT
    if script >= _BLOCK_SCRIPT:
        return TOU_RATES + script - _BLOCK_SCRIPT
    return script - 1 if script <= TOU_RATES else -1


def _script(rate, secondary):
    if secondary:
        return _SECONDARY_SCRIPT + rate
    return _BLOCK_SCRIPT + rate - TOU_RATES if rate >= TOU_RATES else rate + 1


class _Table:
    """A packed switching table taken apart, with its labels or such as it would have."""

    def read(self, data, element):
        """Take it, sliced, from the items of an element."""
        self.packed = packed = getattr(data, element.table)
        seasons, weeks, days, special_days = packed[:_HEADER]
        at = _HEADER
        self.seasons = [packed[at + _DATED * n : at + _DATED * (n + 1)] for n in range(seasons)]
        at += _DATED * seasons
        self.weeks = [packed[at + _WEEK * n : at + _WEEK * (n + 1)] for n in range(weeks)]
        at += _WEEK * weeks
        self.days = []
        yield
        for _ in range(days):
            end = at + 1 + _POINT * packed[at]
            self.days.append(packed[at + 1 : end])
            at = end
        self.special_days = [
            packed[at + _DATED * n : at + _DATED * (n + 1)] for n in range(special_days)
        ]
        yield
        octets = getattr(data, element.labels)
        if octets:
            labels = (yield from decode_in_slices(octets))[0]
            self.season_labels, self.week_names, self.day_ids, self.first = labels
        else:
            self.season_labels = [[bytes((n + 1,)), bytes(3)] for n in range(seasons)]
            self.week_names = [bytes((n + 1,)) for n in range(weeks)]
            self.day_ids = bytes([n + 1 for n in range(days)])
            self.first = 1


def _read_table(run, name):
    """Return, sliced, the _Table of an element, `primary` or `secondary`."""
    table = _Table()
    yield from table.read(run.data, _ELEMENTS[name])
    yield
    return table


def _packed_date(row):
    return row[0] | row[1] << 8, row[2], row[3]


def seasons(run, element, value):
    """Return, sliced, the seasons: name, start, name of the week."""
    table = yield from _read_table(run, element)
    answer = []
    for row, (name, clock) in zip(table.seasons, table.season_labels):
        start = date(*_packed_date(row)) + clock + b"\x00\x80\x00\xff"
        answer.append((name, start, table.week_names[row[4]]))
    return answer


def weeks(run, element, value):
    """Return, sliced, the weeks: name, day profiles of Monday to Sunday."""
    table = yield from _read_table(run, element)
    return [
        [name] + [table.day_ids[day] for day in row]
        for name, row in zip(table.week_names, table.weeks)
    ]


def days(run, element, value):
    """Return, sliced, the day profiles: number, then times and scripts."""
    table = yield from _read_table(run, element)
    secondary = element == "secondary"
    answer = []
    for number, points in zip(table.day_ids, table.days):
        schedule = []
        for at in range(0, len(points), _POINT):
            minute = points[at] | points[at + 1] << 8
            script = _script(points[at + 2], secondary)
            schedule.append((time(_MINUTE_S * minute), _SCRIPTS, script))
        answer.append((number, schedule))
        yield
    return answer


def special_days(run, element, value):
    """Return, sliced, the special days: number, date, day profile."""
    table = yield from _read_table(run, element)
    answer = []
    for row in table.special_days:
        number = table.first + len(answer)
        answer.append((number, date(*_packed_date(row)), table.day_ids[row[4]]))
        yield
    return answer


def thresholds(run, row, value):
    """Return the thresholds between the blocks of a rate, up to the first that there is not."""
    begin = THRESHOLDS * int(row)
    limits_wh = list(run.data.tariff_block_thresholds_wh[begin : begin + THRESHOLDS])
    if NO_THRESHOLD_WH in limits_wh:
        limits_wh = limits_wh[: limits_wh.index(NO_THRESHOLD_WH) + 1]
    return limits_wh


def is_sterling(run, argument, value):
    """Tell whether Currency Units are pounds."""
    return run.data.currency_units == GBP


def charge(commodity, scale, rows):
    """Return a charge as class 113 has it; rows: (number or none, amount)."""
    commodity_scale, reference = commodity
    return ((commodity_scale, scale), reference, rows)


def take_charge(value, commodity):
    """Return (scale, {number: amount}) of a charge for a commodity, or raise CosemRefused."""
    (commodity_scale, scale), reference, rows = value
    if (commodity_scale, tuple(reference)) != commodity:
        raise CosemRefused("charge: for another commodity")
    amounts = {}
    for index, amount in rows:
        number = index[0] if index else 0
        if number in amounts:
            raise CosemRefused("charge: %d is there twice" % number)
        amounts[number] = amount
    return scale, amounts


def single_amount(value):
    """Return (amount, scale) of a charge that is for no commodity."""
    scale, amounts = take_charge(value, NO_COMMODITY)
    if list(amounts) != [0]:
        raise CosemRefused("charge: not a single one")
    return amounts[0], scale


def standing_charge(run, argument, value):
    """Return the Standing Charge."""
    data = run.data
    return charge(NO_COMMODITY, data.standing_charge_scale, [(b"", data.standing_charge)])


def prices(run, element, value):
    """Return the prices of an element's rates, then those with blocks."""
    data = run.data
    if element == "secondary":
        rows = [(bytes((n + 1,)), price) for n, price in enumerate(data.secondary_tou_prices)]
        return charge(_SECONDARY, data.secondary_tou_price_scale, rows)
    rows = [(bytes((n + 1,)), price) for n, price in enumerate(data.tariff_tou_prices)]
    for block in range(BLOCKS):
        for rate in range(BLOCK_RATES):
            number = _BLOCK_INDEX + _BLOCK_STEP * block + rate + 1
            rows.append((bytes((number,)), data.tariff_block_prices[BLOCKS * rate + block]))
    return charge(_PRIMARY, data.tariff_tou_price_scale, rows)


def script(run, argument, value):
    """Execute a tariff script: there is the one that resets the block counters."""
    if value != _RESET_COUNTERS:
        raise CosemRefused("tariff: no script %d" % value)
    return run.perform("Reset Tariff Block Counter Matrix", {})


def set_daily_resetting(run, argument, value):
    """Set whether block counters begin anew each day: at midnight of every date, or never."""
    every_day = [tuple(row) for row in value] == [_DAILY]
    if value and not every_day:
        raise CosemRefused("block counters: not reset at such times")
    arguments = {"item": "Block Counter Daily Resetting", "value": int(every_day)}
    return run.perform("Write Configuration Data", arguments)


def set_tariff(run, draft):
    """Carry out Set Tariff with what has been drafted."""
    tariff = yield from _taken_table(draft, False)
    tariff.update((yield from _taken_prices(draft)))
    tariff["block_thresholds"] = [_taken_thresholds(draft, row) for row in range(BLOCK_RATES)]
    tariff["currency"] = GBP if _drafted(draft, "is sterling") else EUR
    yield
    yield from run.perform("Set Tariff", {"tariff": tariff}, *_when(draft))


def set_price(run, draft):
    """Carry out Set Price with what has been drafted."""
    prices = yield from _taken_prices(draft)
    yield from run.perform("Set Price", {"prices": prices}, *_when(draft))


def set_secondary_tariff(run, draft):
    """Carry out Set Tariff of the secondary element with what has been drafted."""
    tariff = yield from _taken_table(draft, True)
    tariff.update(_taken_secondary_prices(draft))
    yield from run.perform("Set Secondary Tariff", {"tariff": tariff}, *_when(draft))


def set_secondary_price(run, draft):
    """Carry out Set Price of the secondary element with what has been drafted."""
    prices = _taken_secondary_prices(draft)
    return run.perform("Set Secondary Price", {"prices": prices}, *_when(draft))


def _drafted(draft, name):
    if name not in draft:
        raise CosemRefused("tariff: no %s" % name)
    return draft[name]


def _when(draft):
    return _drafted(draft, "at_s"), draft["places"]


def _taken_table(draft, secondary):
    """Return, sliced, the table's part of a tariff as switching_table.pack() takes it, and its
    labels.
    """
    week_rows = _drafted(draft, "weeks")
    names = [row[0] for row in week_rows]
    day_rows = _drafted(draft, "days")
    day_ids = [row[0] for row in day_rows]
    season_rows = _drafted(draft, "seasons")
    special = _drafted(draft, "special days")
    first = special[0][0] if special else 1
    if [row[0] for row in special] != list(range(first, first + len(special))):
        raise CosemRefused("special days: not numbered one by one")
    if len(set(names)) < len(names) or len(set(day_ids)) < len(day_ids):
        raise CosemRefused("tariff: a week or a day is there twice")
    labels = [[row[0], row[1][5:8]] for row in season_rows], names, bytes(day_ids), first
    yield
    taken = {"labels": encode(labels), "days": [], "special_days": []}
    yield
    taken["seasons"] = [
        take_date(row[1][:5]) + (_place(names, row[2], "week"),) for row in season_rows
    ]
    taken["weeks"] = [[_place(day_ids, day, "day") for day in row[1:]] for row in week_rows]
    yield
    for row in day_rows:
        points = []
        for point in row[1]:
            points.append(_taken_point(point, secondary))
            yield
        taken["days"].append(points)
    for row in special:
        taken["special_days"].append(take_date(row[1]) + (_place(day_ids, row[2], "day"),))
        yield
    return taken


def _place(names, name, what):
    if name not in names:
        raise CosemRefused("tariff: there is no such %s" % what)
    return names.index(name)


def _taken_point(point, secondary):
    start, scripts, number = point
    if scripts != _SCRIPTS:
        raise CosemRefused("switch point: other scripts than those of the tariff")
    return take_minute(start), _rate(number, secondary)


def _taken_thresholds(draft, row):
    limits_wh = _drafted(draft, "thresholds %d" % row)
    if len(limits_wh) > THRESHOLDS:
        raise CosemRefused("thresholds: %d" % len(limits_wh))
    return limits_wh + [NO_THRESHOLD_WH] * (THRESHOLDS - len(limits_wh))


def _taken_prices(draft):
    """Return, sliced, the fields of prices and Standing Charge."""
    scale, amounts = take_charge(_drafted(draft, "prices"), _PRIMARY)
    yield
    tou = [amounts.pop(rate + 1, 0) for rate in range(TOU_RATES)]
    yield
    blocks = [
        [amounts.pop(_BLOCK_INDEX + _BLOCK_STEP * block + rate + 1, 0) for block in range(BLOCKS)]
        for rate in range(BLOCK_RATES)
    ]
    if amounts:
        raise CosemRefused("prices: of a rate that there is not")
    charged, charged_scale = single_amount(_drafted(draft, "standing charge"))
    return {
        "prices": tou,
        "block_prices": blocks,
        "price_scale": scale,
        "standing_charge": charged,
        "standing_charge_scale": charged_scale,
    }


def _taken_secondary_prices(draft):
    scale, amounts = take_charge(_drafted(draft, "prices"), _SECONDARY)
    rates = [amounts.pop(rate, 0) for rate in range(1, max(list(amounts) or [0]) + 1)]
    if amounts:
        raise CosemRefused("prices: of a rate that there is not")
    return {"prices": rates, "price_scale": scale}
