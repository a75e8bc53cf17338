"""Every use case of DLMS that sets or does something: what is sent, and what becomes of it.

Each is a function of a device, which it brings to where the command counts, and of a Draw; and of
the date-time at which the command is to take effect. Items that are written as they stand are made
by the table of objects itself.
"""

from functools import partial

from host_tools.node.cosem_requests import item
from protometer.gbcs.date_time import date, date_time, time
from protometer.model.calendar import DAY_S
from protometer.model.dictionary import find
from protometer.model.enumerations import (
    ARMED,
    CREDIT_MODE,
    DISABLED,
    ENABLED,
    PREPAYMENT_MODE,
)
from protometer.roles.cosem_prepayment import _configuration
from protometer.supply.load_demand import CLOSE, OPEN
from tests.gbcs import live_calendars, live_cosem
from tests.gbcs.live_cosem import PRIMARY_USED, SECONDARY_USED, numbered, objects
from tests.gbcs.live_draw import Command

AT_ONCE = bytes(9) + b"\x80\x00\xff"
HOUR_S, MINUTE_S = 3_600, 60
_MP = 1_000_000
_KWH_MWH = 1_000_000


def charge(amount, scale=-5):
    return [[0, scale], [0, bytes(6), 0], [[b"", amount]]]


# Items that stand for one item of the dictionary each.


def _size_of(kind, item_size):
    """Return how many octets a type takes: "o-13" as many at most, of "o12" exactly."""
    digits = kind.lstrip("ovt-")
    return min(int(digits or item_size), item_size)


# Of what is not drawn from all of its bounds: an item's least and greatest.
_BOUNDS = {"Load Limit Period": (30, 150), "Load Limit Power Threshold": (100, 9_000)}


def _value(draw, known, kind):
    """Draw a value of an item; return it as it is held and as it is sent."""
    if known.base == "TEXT":
        text = draw.digits(known.name, _size_of(kind, known.size))
        return text, text.encode()
    if known.only:
        value = draw.choice(known.name, *known.only)
    elif known.least == known.greatest:
        value = known.least
    else:
        bounds = max(known.least, 0), min(known.greatest, _MP)
        value = draw.number(known.name, *_BOUNDS.get(known.name, bounds))
    return value, bool(value) if kind == "b" else value


def configured(device, draw, at, code):
    """Write all that a use case writes as it stands, at once or at a date."""
    items, holds = [], {}
    for key, one in objects(code, device.letters).items():
        if one.handler in ("write", "next"):
            known = find(device.letters, one.argument)
            holds[known.attribute], sent = _value(draw, known, one.taken)
            items.append(item(key, sent))
            if known.greatest == 1:
                # Whatever is drawn, it is another.
                device.put(known.attribute, 1 - holds[known.attribute])
        elif one.handler == "activate":
            items.append(item(key, at))
    # Values come before their dates.
    items.sort(key=lambda one: one[0].endswith("s6") and one[1] == at)
    return Command(items, holds)


def voltages(device, draw, at, code):
    items, holds = [], {}
    for key, one in objects(code, device.letters).items():
        if one.handler == "voltage.set_value":
            place = one.argument
            least, most = (1, 3_600) if "period" in place else (100, 400)
            holds[place] = draw.number(place, least, most)
            items.append(item(key, holds[place]))
        elif one.handler == "command":
            items.append(item(key, 0))
            count = "under" if "Under" in one.argument else "over"
            phase = int(one.argument[-1]) - 1
            place = f"average_{count}_voltage_count[{phase}]"
            device.put(place, 5 + phase)
            holds[place] = 0
    return Command(items, holds)


# What has no argument: how it is brought about that it counts, and what holds then.
def action(put, holds, after=None):
    def act(device, draw, at, code):
        for place, value in put.items():
            device.put(place, value)
        items = [item(key, 0) for key in objects(code, device.letters)]
        return Command(items, holds(device) if callable(holds) else holds, after=after)

    return act


def _demand_reset(device):
    holds = {f"maximum_demand_w[{n}]": 0 for n in range(3)}
    return {**holds, **{f"maximum_demand_reset_s[{n}]": device.now_s for n in range(3)}}


def clear_event_log(device, draw, at, code):
    for _ in range(3):
        device.add_entry("Event Log")

    def after(device):
        # The Command that cleared it is logged behind that.
        assert [entry[1] for entry in device.log("Event Log")] == [0x8154]

    return Command([item("7 0-0:99.98.0.255 a1", 0)], after=after)


def clear_switch_log(device, draw, at, code):
    for _ in range(3):
        device.add_entry("Auxiliary Load Control Switch Event Log")

    def after(device):
        assert device.log("Auxiliary Load Control Switch Event Log") == []

    return Command([item("7 0-17:99.98.2.255 a1", 0)], after=after)


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
        device.run(2, **{channel: _KWH_MWH})
        assert balance_mp - device.data.meter_balance_mp == price_mp

    return after


def tariff(device, draw, at, code):
    parts = _table(draw, "primary")
    items = _table_items("20 0-0:13.0.0.255", "11 0-1:11.0.0.255 s2", parts)
    reads = [(0x003A, f"20 0-0:13.0.0.255 {use}", parts[part]) for use, part in _TABLE_READS]
    reads.append((0x003A, "11 0-0:11.0.0.255 g2", parts["special days"]))
    for row in range(8):
        limits_wh = draw(f"thresholds {row}", lambda rng: sorted(rng.sample(range(1_000, _MP), 3)))
        items.append(item(f"21 0-0:16.1.{11 + row}.255 s2", limits_wh))
        reads.append((0x003A, f"21 0-0:16.0.{11 + row}.255 g2", limits_wh))
    sterling = draw.choice("currency", True, False)
    items.append(item("9000 0-0:94.44.2.0 s4", sterling))
    reads.append((0x003A, "9000 0-0:94.44.2.0 g2", sterling))
    priced, told, price_mp = _primary_prices(draw)
    dates = (
        "20 0-0:13.0.0.255 s10",
        "9000 0-0:94.44.128.29 s6",
        "9000 0-0:94.44.2.0 s6",
        "113 0-0:19.20.4.255 s7",
        "113 0-0:19.20.0.255 s7",
        "9000 0-0:63.1.1.255 s6",
    )
    items += priced + [item(key, at) for key in dates]
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
    disabled, emergency = draw.choice("disabled", 0, 1), draw.choice("emergency", 0, 1)
    threshold_mp = draw.number("threshold", -_MP, _MP)
    collected = _configuration(PREPAYMENT_MODE, disabled, emergency, "T" in device.letters)
    items = [
        item(_MODE + "s2", (2, 1)),
        item("9000 0-0:94.44.128.22 s4", threshold_mp),
        item(_MODE + "s11", collected),
        item("9000 0-0:94.44.128.22 s6", at),
        item(_MODE + "s13", at),
    ]
    holds = {
        "payment_mode": PREPAYMENT_MODE,
        "suspend_debt_disabled": disabled,
        "suspend_debt_emergency": emergency,
        "disablement_threshold_mp": threshold_mp,
    }

    def after(device):
        # Without credit above the threshold there is no supply.
        assert (device.data.supply_state == DISABLED) == (threshold_mp >= 0)

    reads = [
        (0x00BE, "111 0-0:19.0.0.255 g2", [2, 2]),
        (0x003B, "111 0-0:19.0.0.255 g11", collected),
    ]
    return Command(items, holds, reads, after)


def top_up(device, draw, at, code):
    device.put("payment_mode", PREPAYMENT_MODE)
    device.put("maximum_credit_threshold_mp", 100 * _MP)
    device.put("maximum_meter_balance_threshold_mp", 100 * _MP)
    pence = draw.number("pence", 1, 5_000)
    digits = device.utrn(draw.number("number", 1, 900), pence)
    return Command(
        [item("115 0-0:19.40.0.255 a1", digits.encode())],
        {"meter_balance_mp": 1_000 * pence},
        [(0x00C9, "7 0-0:98.1.5.255 r2", [[device.now_s, 1_000 * pence]])],
    )


def adjust_balance(device, draw, at, code):
    device.put("meter_balance_mp", 7_000)
    change_mp = draw.number("change", -_MP, _MP)
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
    for place, value in (
        ("payment_mode", PREPAYMENT_MODE),
        ("emergency_credit_limit_mp", 500_000),
        ("emergency_credit_threshold_mp", 100_000),
        ("meter_balance_mp", 50_000),
    ):
        device.put(place, value)
    return Command([item("112 0-0:19.10.1.255 a3", 0)], {"emergency_credit_activated": 1})


def debt(device, draw, at, code):
    rates = [
        (draw.number(f"rate {n}", 1, 30_000), draw.number(f"scale {n}", -5, 0)) for n in (1, 2)
    ]
    periods = [draw.choice(f"period {n}", HOUR_S, DAY_S) for n in (1, 2)]
    share = draw.number("share", 1, 10_000)
    names = "time_debt_1_mp", "time_debt_2_mp", "payment_debt_mp"
    changes_mp = [draw.number(name, 1, _MP) for name in names]
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
    parts = _calendar(draw, live_calendars.NON_DISABLEMENT)
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


def _calendar(draw, calendar):
    return {
        part: draw(part, partial(make, calendar=calendar))
        for part, make in live_calendars.CALENDAR_DRAWN.items()
    }


# Supply.


def supply(script, before, after_state):
    def act(device, draw, at, code):
        device.put("supply_state", before)
        device.put("supply_inhibits", 2 if before == DISABLED else 0)

        def after(device):
            assert device.device.supply.closed() == (after_state == ENABLED)

        return Command(
            [item("9 0-0:10.0.106.255 a1", script)],
            {"supply_state": after_state},
            [(0x0052, "70 0-0:96.3.10.255 g3", after_state)],
            after,
        )

    return act


# Configuration.


def power_thresholds(device, draw, at, code):
    low, high = draw.number("low", 100, 900), draw.number("high", 1_000, 9_000)
    return Command(
        [item("21 0-0:16.0.0.255 s2", [low, high])],
        {"low_medium_power_threshold_w": low, "medium_high_power_threshold_w": high},
    )


def demand_window(device, draw, at, code):
    start_s, end_s = [MINUTE_S * draw.number(name, 1, 1_439) for name in ("start", "end")]
    index = draw.number("index", 0, 1)
    device.put("maximum_demand_index", 1 - index)
    return Command(
        [item("10 0-0:12.0.0.255 s2", live_calendars.window(index, start_s, end_s))],
        {
            "maximum_demand_start_s": start_s,
            "maximum_demand_end_s": end_s,
            "maximum_demand_index": index,
        },
    )


def import_mpans(device, draw, at, code):
    both = draw.digits("primary", 13), draw.digits("secondary", 13)
    return Command(
        [item("1 0-0:94.44.34.11 s2", "".join(both).encode())],
        dict(zip(("mpan_import_primary", "mpan_import_secondary"), both, strict=True)),
    )


def billing_calendar(device, draw, at, code):
    """Each year's day, from one to four times a year, at a time of day."""
    clock = draw("clock", lambda rng: time(MINUTE_S * rng.randrange(1_440)))
    of_month = draw.number("day", 2, 28)
    months = [[0xFF]] if code == 0x0046 else [[0xFF], [3], [2, 8], [1, 4, 7, 10]]
    chosen = draw.choice("months", *[tuple(one) for one in months]) if code != 0x0046 else (0xFF,)
    dates = [[clock, date(0xFFFF, month, of_month)] for month in chosen]
    read_by = 0x003E if code == 0x0046 else 0x00D9
    return Command(
        [item("22 0-0:15.0.0.255 s4", dates)],
        reads=[(read_by, "22 0-0:15.0.0.255 g4", dates)],
    )


# Events that a meter of one phase may have, by their low octets, of each family.
_EVENTS = {0x30: (0x0D, 0x19, 0x45, 0x54, 0x55, 0x61), 0x33: (0x02, 0x06, 0x10, 0x14, 0x20, 0x24)}
_SETTINGS = {
    11: {0x30: "alerts_supplier", 0x33: "alerts_network_operator"},
    12: {0x30: "alerts_han"},
    13: {0x30: "event_alarms"},
    14: {0x30: "event_logging_supplier", 0x33: "event_logging_network_operator"},
}


def _number(codes):
    return sum(1 << code for code in codes)


def events(device, draw, at, code):
    """Set the settings of four of six events; the other two stay as they are."""
    (key,) = objects(code, device.letters)
    family, setting = int(key.split("-")[1].split(":")[0]), int(key.split(".")[2])
    family = {30: 0x30, 33: 0x33}[family]
    place = _SETTINGS[setting][family]
    known = _EVENTS[family]
    held = bytearray(device.rng.randbytes(32))
    for index, event in enumerate(known):
        held[event >> 3] &= ~(1 << (event & 7)) & 0xFF
        held[event >> 3] |= index % 2 << (event & 7)
    for index, octet in enumerate(held):
        device.put(f"{place}[{index}]", octet)
    left_out = draw.choice("left out", 0, 2, 4)
    mask = _number(event for at, event in enumerate(known) if at // 2 != left_out // 2)
    action = draw.choice("action", 0, (1 << 256) - 1)
    before = int.from_bytes(held, "little")
    after = (before & ~mask) | (action & mask)
    octets = mask.to_bytes(32, "big") + action.to_bytes(32, "big")
    holds = {f"{place}[{n}]": octet for n, octet in enumerate(after.to_bytes(32, "little"))}
    return Command([item(key, (512, octets))], holds)


def disable_pin(device, draw, at, code):
    device.put("privacy_pin", "1234")
    return Command([item("1 0-0:94.44.3.1 s2", b"")], {"privacy_pin": ""})


def restrict(device, draw, at, code):
    from_s = device.now_s - draw.number("back", 1, DAY_S)
    return Command([item("1 0-0:94.44.3.2 s2", date_time(from_s))], {"restrict_data_s": from_s})


def set_clock(device, draw, at, code):
    """The hub's time is adopted that lies in the window."""
    hub_s = device.now_s + draw.number("ahead", 1, 9) * 10 + 5
    device.device.clock.hear(hub_s, device.now_s)
    window = [b"\xff" * 9 + b"\x80\0\xff", date_time(hub_s - 2), date_time(hub_s + 2)]
    key = "8 0-0:1.0.0.255 "
    items = [item(key + "s9", 5), item(key + "a5", window), item(key + "a4", 0)]

    def after(device):
        assert device.now_s == hub_s
        assert device.ask_cosem(0x0062, [item(key + "g2")])[0][1] == date_time(hub_s)

    return Command(items, {"clock_status": 2}, after=after)


# Auxiliary loads and boost.


def auxiliary_calendar(device, draw, at, code):
    parts = _calendar(draw, live_calendars.AUXILIARY)
    items = [
        item("11 0-1:11.0.3.255 s2", parts["special days"]),
        item("10 0-1:12.0.2.255 s2", parts["rules"]),
        item("9000 0-0:94.44.128.26 s6", at),
        item("9000 0-0:94.44.128.35 s6", at),
    ]
    holds = {}
    if code == 0x0054:
        identifiers = [draw.octets(f"identifier {n}", 8) for n in range(1, 6)]
        items += [
            item(f"1 0-0:94.44.0.2{n} s2", one) for n, one in enumerate(identifiers, start=1)
        ]
        if at == AT_ONCE:
            holds["hcalcs_identifiers"] = b"".join(identifiers)
    reads = []
    if "E" in device.letter:
        reads = [
            (0x011C, "11 0-0:11.0.3.255 g2", parts["special days"]),
            (0x011C, "10 0-0:12.0.2.255 g2", parts["rules"]),
        ]
    return Command(items, holds, reads)


_SCRIPT = "9 0-0:10.0.103.255 a1"


def switch_for_minutes(device, draw, at, code):
    """Close and open each switch for some minutes, by one script each."""
    items, holds = [], {}
    for n in range(1, 6):
        is_closed = draw.choice(f"closed {n}", True, False)
        minutes = draw.number(f"minutes {n}", 1, 199)
        items += [
            item(f"1 0-0:94.44.{116 + n}.1 s2", minutes if is_closed else 200),
            item(f"1 0-0:94.44.{116 + n}.2 s2", 200 if is_closed else minutes),
            item(_SCRIPT, n << 8 | (0x11 if is_closed else 0x12)),
        ]
        holds[f"alcs_state[{n - 1}]"] = int(is_closed)
        holds[f"alcs_command[{n - 1}]"] = CLOSE if is_closed else OPEN
        holds[f"alcs_command_minutes[{n - 1}]"] = minutes
    return Command(items, holds)


def switch_for_period(first, script_key, levels, is_limit=False):
    def act(device, draw, at, code):
        items, holds, chosen = [], {}, []
        for n in range(1, 6):
            minutes = draw.number(f"minutes {n}", 5, 99)
            chosen.append(draw.choice(f"level {n}", *levels))
            begin_s = device.now_s
            end_s = begin_s + MINUTE_S * minutes
            items += [
                item(f"1 0-0:94.44.{116 + n}.{first} s2", date_time(begin_s)),
                item(f"1 0-0:94.44.{116 + n}.{first + 1} s2", date_time(end_s)),
                item(script_key, (0x10 | n) << 8 | chosen[-1]),
            ]
            holds[f"alcs_command_minutes[{n - 1}]"] = minutes
            if is_limit:
                # A switch keeps within less than all by being open.
                holds[f"alcs_state[{n - 1}]"] = 0
                device.put(f"alcs_command[{n - 1}]", CLOSE)
                device.put(f"alcs_command_minutes[{n - 1}]", 200)
                device.put(f"alcs_command_until_s[{n - 1}]", begin_s + 200 * MINUTE_S)
            else:
                holds[f"alcs_state[{n - 1}]"] = int(chosen[-1] > 0)

        return Command(items, holds)

    return act


def boosted(device, draw, at, code):
    values = [draw.choice(f"switch {n}", True, False) for n in range(5)]
    items = [item(f"1 0-0:94.44.6.{n + 1} s2", value) for n, value in enumerate(values)]
    holds = {f"boost_control[{n}]": int(value) for n, value in enumerate(values)}
    reads = [(0x005E, f"1 0-0:94.44.6.{n + 1} g2", value) for n, value in enumerate(values)]
    return Command(items, holds, reads)


# Communications Hub.

_LOG = "104 0-0:30.3.0.255 "


def hub_add(device, draw, at, code):
    entity, install_code = draw.octets("entity", 8), draw.octets("install code", 16)
    timeout_s = draw.number("timeout", 1, 3_600)
    items = [
        item(_LOG + "a1", (entity, 1, install_code, 0)),
        item(_LOG + "s3", timeout_s),
        item(_LOG + "s2", True),
    ]

    def after(device):
        assert [row[0] for row in device.hub_log("hub_device_log")] == [entity]
        assert device.ask_cosem(0x0004, [item(_LOG + "g4")])[0][1][0][0] == entity

    holds = {"hub_join_timeout_s": timeout_s, "hub_joining_until_s": device.now_s + timeout_s}
    return Command(items, holds, after=after)


def hub_remove(device, draw, at, code):
    log = bytes(range(48))
    device.put("hub_device_log", log)
    gone = draw.choice("entity", 0, 24)
    return Command(
        [item(_LOG + "a2", log[gone : gone + 8])],
        {"hub_device_log": log[:gone] + log[gone + 24 :]},
    )


def hub_restore(device, draw, at, code):
    device.put("hub_device_log", bytes(range(24)))
    device.put("hub_extended_pan", bytes(range(8)))
    pan = draw.octets("pan", 8)
    entities = [(draw.octets(f"entity {n}", 8), draw.octets(f"hash {n}", 16)) for n in (0, 1)]
    holds = {
        "hub_device_log": b"".join(one + two for one, two in entities),
        "hub_extended_pan": pan,
        "hub_historic_log": bytes(range(24)),
        "hub_historic_pan": bytes(range(8)),
    }
    return Command([item(_LOG + "a5", (pan, entities))], holds)


def sub_ghz(device, draw, at, code):
    masks = [draw.octets(f"mask {n}", 4) for n in range(4)]
    settings = [draw.number(f"setting {n}", 0, 255) for n in range(11)]
    value = [[32, mask] for mask in masks] + settings
    key = "1 0-0:94.44.10.0 "
    return Command([item(key + "s2", value)], reads=[(0x010C, key + "g2", value)])


def sub_ghz_scan(device, draw, at, code):
    scanned = []
    device.device.on_scan = lambda: scanned.append(True)
    return Command([item("1 0-0:94.44.10.1 s2", 0)], after=lambda device: _is([True], scanned))


def _is(expected, found):
    assert found == expected


def load_limits(device, draw, at, code):
    command = configured(device, draw, at, code)
    limit_w = command.holds["load_limit_power_threshold_w"]
    period_s = command.holds["load_limit_period_s"]

    def after(device):
        """More than the limit is no event for as long as the period, and then it is."""
        device.bench.front_end.power_w = limit_w + 1
        for count in (0, 1):
            for _ in range(period_s - 2 if not count else 4):
                device.run(1)
            assert device.data.load_limit_counter == count

    command.after = after
    return command


SETS = {
    0x0001: hub_add,
    0x0002: hub_remove,
    0x0003: hub_restore,
    0x0007: top_up,
    0x0019: tariff,
    0x001A: credit_mode,
    0x001B: prepayment_mode,
    0x001C: adjust_balance,
    0x001D: reset_block_counters,
    0x001E: debt,
    0x001F: prepayment,
    0x0020: emergency_credit,
    0x0021: configured,
    0x0022: restrict,
    0x0023: disable_pin,
    0x0024: clear_event_log,
    0x0025: configured,
    0x0043: load_limits,
    0x0044: action({"load_limit_counter": 4}, {"load_limit_counter": 0}),
    0x0045: voltages,
    0x0046: billing_calendar,
    0x0047: power_thresholds,
    0x004A: demand_window,
    0x004B: configured,
    0x004C: import_mpans,
    0x004D: configured,
    0x004F: supply(51, ARMED, ENABLED),
    0x0050: supply(52, ENABLED, DISABLED),
    0x0051: supply(54, DISABLED, ARMED),
    0x0053: configured,
    0x0054: auxiliary_calendar,
    0x0055: switch_for_minutes,
    0x0058: configured,
    0x005A: action({f"maximum_demand_w[{n}]": 70 + n for n in range(3)}, _demand_reset),
    0x005F: boosted,
    0x0062: set_clock,
    0x0068: configured,
    0x00A2: price,
    0x00AC: events,
    0x00AE: voltages,
    0x00B0: events,
    0x00B3: reset_balance,
    0x00B7: secondary_tariff,
    0x00C1: clear_switch_log,
    0x00C7: secondary_price,
    0x00D1: voltages,
    0x00D2: voltages,
    0x00D3: voltages,
    0x00D4: voltages,
    0x00D7: billing_calendar,
    0x00DB: daily_resetting,
    0x00DE: prepayment,
    0x00EA: events,
    0x00EB: events,
    0x00EC: events,
    0x00ED: events,
    0x010D: sub_ghz,
    0x010E: sub_ghz_scan,
    0x011A: auxiliary_calendar,
    0x011E: switch_for_period(1, _SCRIPT, (0, 40)),
    0x011F: switch_for_period(3, "9 0-0:10.0.107.255 a1", (0, 40), is_limit=True),
}


def at(at_s):
    """Return a date as commands take it."""
    return date_time(at_s)


def send(device, code, content):
    """Send a command, all that its use case may carry to the device."""
    known = live_cosem.objects(code, device.letters)
    wanted = {key for key, one in known.items() if not live_cosem.is_read(one, key)}
    assert {key for key, _ in content} == wanted
    device.ask_cosem(code, content)


def told(device, code, key):
    """Return what is read of an object."""
    is_log = key.split()[-1][0] == "r"
    ((_, value),) = device.ask_cosem(
        code, [item(key, (0, live_cosem.NEVER_S) if is_log else None)]
    )
    return value
