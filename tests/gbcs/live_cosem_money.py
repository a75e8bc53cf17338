"""Tariffs, prices and payment by DLMS: what is sent, and what becomes of it."""

from functools import partial

from host_tools.node.cosem_requests import TARIFF_DATES, charge, item
from protometer.model.calendar import DAY_S
from protometer.model.enumerations import (
    CREDIT_MODE,
    PREPAYMENT_MODE,
)
from protometer.roles.cosem_prepayment import _configuration
from tests.gbcs import live_calendars, live_meter
from tests.gbcs.live_cosem_items import KWH_MWH, configured, drawn_calendar
from tests.gbcs.live_cosem_settings import PRIMARY_USED, SECONDARY_USED, numbered
from tests.gbcs.live_draw import Command
from tests.gbcs.live_meter import HOUR_S, MP

# Tariffs.


def _table(draw, element):
    return {
        part: draw(part, partial(make, element=element))
        for part, make in live_calendars.DRAWN.items()
    }


def _table_items(calendar, special_days, parts):
    return [
        item(f"{calendar} s7", parts["seasons"]),
        item(f"{calendar} s8", parts["weeks"]),
        item(f"{calendar} s9", parts["days"]),
        item(special_days, parts["special days"]),
    ]


_TABLE_READS = (("g3", "seasons"), ("g4", "weeks"), ("g5", "days"))


def _prices(draw, count, blocks):
    def rates(rng):
        return [rng.randint(1, 20_000) for _ in range(count)]

    if not blocks:
        return numbered(draw("prices", rates))
    by_row = draw("block prices", lambda rng: [rng.randint(1, 900) for _ in range(blocks)])
    return numbered(draw("prices", rates), by_row)


def _used(used, scale, rows):
    """Return a charge for a commodity."""
    return [[3, scale], list(used), [list(row) for row in rows]]


def _primary_prices(draw):
    """Return (items, reads, price in force in mp per kWh, whatever its time)."""
    scale = draw.number("scale", -5, -4)
    rows = _prices(draw, 48, 32)
    standing = draw.number("standing", 0, 30_000), draw.number("standing scale", -5, -4)
    used = _used(PRIMARY_USED, scale, rows)
    items = [
        item("113 0-0:19.20.4.255 s6", charge(*standing)),
        item("113 0-0:19.20.0.255 s6", used),
    ]
    reads = [
        (0x003A, "113 0-0:19.20.4.255 g5", charge(*standing)),
        (0x003A, "113 0-0:19.20.0.255 g5", used),
    ]
    return items, reads, rows[0][1] * 10 ** (5 + scale)


def _costs(price_mp, channel="import_mwh"):
    """Return what checks that a kWh costs that."""

    def after(device):
        balance_mp = device.data.meter_balance_mp
        device.run(2, **{channel: KWH_MWH})
        assert balance_mp - device.data.meter_balance_mp == price_mp

    return after


def tariff(device, draw, at, code):
    parts = _table(draw, "primary")
    items = _table_items("20 0-0:13.0.0.255", "11 0-1:11.0.0.255 s2", parts)
    reads = [(0x003A, f"20 0-0:13.0.0.255 {use}", parts[part]) for use, part in _TABLE_READS]
    reads.append((0x003A, "11 0-0:11.0.0.255 g2", parts["special days"]))
    for row in range(8):
        limits_wh = draw(f"thresholds {row}", lambda rng: sorted(rng.sample(range(1_000, MP), 3)))
        items.append(item(f"21 0-0:16.1.{11 + row}.255 s2", limits_wh))
        reads.append((0x003A, f"21 0-0:16.0.{11 + row}.255 g2", limits_wh))
    sterling = draw.choice("currency", True, False)
    items.append(item("9000 0-0:94.44.2.0 s4", sterling))
    reads.append((0x003A, "9000 0-0:94.44.2.0 g2", sterling))
    priced, told, price_mp = _primary_prices(draw)
    items += priced + [item(key, at) for key in TARIFF_DATES]
    return Command(items, reads=reads + told, after=_costs(price_mp))


def price(device, draw, at, code):
    items, reads, price_mp = _primary_prices(draw)
    dates = "113 0-0:19.20.4.255 s7", "113 0-0:19.20.0.255 s7"
    items += [item(key, at) for key in dates]
    return Command(items, reads=reads, after=_costs(price_mp))


def _secondary_prices(draw):
    scale = draw.number("scale", -5, -4)
    rows = _prices(draw, 4, 0)
    used = _used(SECONDARY_USED, scale, rows)
    reads = [(0x00BD, "113 0-0:19.20.5.255 g5", used)]
    price_mp = rows[0][1] * 10 ** (5 + scale)
    reads.append((0x00BD, "3 0-0:94.44.1.8 g2", price_mp))
    return [item("113 0-0:19.20.5.255 s6", used)], reads, price_mp


def secondary_tariff(device, draw, at, code):
    parts = _table(draw, "secondary")
    items = _table_items("20 0-0:13.0.1.255", "11 0-1:11.0.1.255 s2", parts)
    reads = [(0x00BD, f"20 0-0:13.0.1.255 {use}", parts[part]) for use, part in _TABLE_READS]
    reads.append((0x00BD, "11 0-0:11.0.1.255 g2", parts["special days"]))
    priced, told, price_mp = _secondary_prices(draw)
    dates = "20 0-0:13.0.1.255 s10", "113 0-0:19.20.5.255 s7", "9000 0-0:94.44.128.30 s6"
    items += priced + [item(key, at) for key in dates]
    return Command(items, reads=reads + told, after=_costs(price_mp, "secondary_import_mwh"))


def secondary_price(device, draw, at, code):
    items, reads, price_mp = _secondary_prices(draw)
    items.append(item("113 0-0:19.20.5.255 s7", at))
    return Command(items, reads=reads, after=_costs(price_mp, "secondary_import_mwh"))


def reset_block_counters(device, draw, at, code):
    for index in range(32):
        device.put(f"tariff_block_counters[{index}]", 1_000 + index)
    holds = {f"tariff_block_counters[{index}]": 0 for index in range(32)}
    return Command([item("9 0-0:10.0.100.255 a1", 99)], holds)


def daily_resetting(device, draw, at, code):
    is_daily = draw.choice("daily", True, False)
    days = [[bytes(4), b"\xff" * 5]] if is_daily else []
    device.put("block_counter_daily_resetting", int(not is_daily))
    return Command(
        [item("22 0-0:15.1.0.255 s4", days)], {"block_counter_daily_resetting": int(is_daily)}
    )


# Payment.

_MODE = "111 0-1:19.0.0.255 "


def credit_mode(device, draw, at, code):
    device.put("payment_mode", PREPAYMENT_MODE)
    collected = _configuration(CREDIT_MODE, False, False, "T" in device.letters)
    items = [
        item(_MODE + "s2", (1, 1)),
        item(_MODE + "s11", collected),
        item(_MODE + "s13", at),
    ]
    reads = [(0x00BE, "111 0-0:19.0.0.255 g2", [1, 2])]
    return Command(items, {"payment_mode": CREDIT_MODE}, reads)


def prepayment_mode(device, draw, at, code):
    settings, threshold_mp = live_meter.drawn_prepayment_mode(draw)
    collected = _configuration(PREPAYMENT_MODE, *settings, "T" in device.letters)
    items = [
        item(_MODE + "s2", (2, 1)),
        item("9000 0-0:94.44.128.22 s4", threshold_mp),
        item(_MODE + "s11", collected),
        item("9000 0-0:94.44.128.22 s6", at),
        item(_MODE + "s13", at),
    ]
    reads = [
        (0x00BE, "111 0-0:19.0.0.255 g2", [2, 2]),
        (0x003B, "111 0-0:19.0.0.255 g11", collected),
    ]
    return live_meter.prepayment_mode(items, settings, threshold_mp, reads)


def top_up(device, draw, at, code):
    digits, value_mp = live_meter.drawn_top_up(device, draw)
    return Command(
        [item("115 0-0:19.40.0.255 a1", digits)],
        {"meter_balance_mp": value_mp},
        [(0x00C9, "7 0-0:98.1.5.255 r2", [[device.now_s, value_mp]])],
    )


def adjust_balance(device, draw, at, code):
    device.put("meter_balance_mp", 7_000)
    change_mp = draw.number("change", -MP, MP)
    return Command(
        [item("112 0-0:19.10.0.255 a1", change_mp)], {"meter_balance_mp": 7_000 + change_mp}
    )


def reset_balance(device, draw, at, code):
    device.put("meter_balance_mp", 7_000)
    device.put("accumulated_debt_mp", 900)
    device.put("emergency_credit_limit_mp", 1_000)
    device.put("emergency_credit_in_force_mp", 1_000)
    device.put("emergency_credit_used_mp", 400)
    items = [item(f"112 0-0:19.10.{instance}.255 a2", 0) for instance in range(3)]
    return Command(items, {"meter_balance_mp": 0, "accumulated_debt_mp": 0})


def emergency_credit(device, draw, at, code):
    return live_meter.emergency_credit(device, [item("112 0-0:19.10.1.255 a3", 0)])


def debt(device, draw, at, code):
    rates = [
        (draw.number(f"rate {n}", 1, 30_000), draw.number(f"scale {n}", -5, 0)) for n in (1, 2)
    ]
    periods = [draw.choice(f"period {n}", HOUR_S, DAY_S) for n in (1, 2)]
    share = draw.number("share", 1, 10_000)
    names = "time_debt_1_mp", "time_debt_2_mp", "payment_debt_mp"
    changes_mp = [draw.number(name, 1, MP) for name in names]
    for name in names:
        device.put(name, 50)
    first, second, payment = [f"113 0-0:19.20.{number}.255 " for number in (1, 2, 3)]
    items = [
        item(first + "s6", charge(*rates[0])),
        item(second + "s6", charge(*rates[1])),
        item(payment + "s13", share),
        item(first + "s8", periods[0]),
        item(second + "s8", periods[1]),
        item(first + "a2", 0),
        item(second + "a2", 0),
        item(payment + "a4", changes_mp[2]),
        item(first + "a4", changes_mp[0]),
        item(second + "a4", changes_mp[1]),
    ]
    holds = {"debt_recovery_per_payment": share}
    for n in (0, 1):
        holds[f"debt_recovery_rate_{n + 1}"] = rates[n][0]
        holds[f"debt_recovery_rate_{n + 1}_scale"] = rates[n][1]
        holds[f"debt_recovery_rate_{n + 1}_period_s"] = periods[n]
    holds.update({name: 50 + change for name, change in zip(names, changes_mp, strict=True)})
    return Command(items, holds)


def prepayment(device, draw, at, code):
    """Update Prepayment Configurations: thresholds, and the Non-Disablement Calendar."""
    command = configured(device, draw, at, code)
    parts = drawn_calendar(draw, live_calendars.NON_DISABLEMENT)
    command.content += [
        item("11 0-1:11.0.2.255 s2", parts["special days"]),
        item("10 0-1:12.0.1.255 s2", parts["rules"]),
        item("9000 0-0:94.44.128.31 s6", at),
        item("9000 0-0:94.44.128.28 s6", at),
    ]
    command.reads += [
        (0x003B, "11 0-0:11.0.2.255 g2", parts["special days"]),
        (0x003B, "10 0-0:12.0.1.255 g2", parts["rules"]),
    ]
    if code == 0x001F:
        # The oldest has this one at once.
        command.content = [one for one in command.content if "94.44.2.20 s4" not in one[0]]
    return command


SETS = {
    0x0007: top_up,
    0x0019: tariff,
    0x001A: credit_mode,
    0x001B: prepayment_mode,
    0x001C: adjust_balance,
    0x001D: reset_block_counters,
    0x001E: debt,
    0x001F: prepayment,
    0x0020: emergency_credit,
    0x00A2: price,
    0x00B3: reset_balance,
    0x00B7: secondary_tariff,
    0x00C7: secondary_price,
    0x00DB: daily_resetting,
    0x00DE: prepayment,
}
