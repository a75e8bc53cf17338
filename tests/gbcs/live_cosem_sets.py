"""Every use case of DLMS that sets or does something: what is sent, and what becomes of it.

Each is a function of a device, which it brings to where the command counts, and of a Draw; and of
the date-time at which the command is to take effect. Items that are written as they stand are made
by the table of objects itself.
"""

from host_tools.node import cosem_requests
from host_tools.node.cosem_requests import item
from protometer.gbcs.date_time import date, date_time, time
from protometer.model.calendar import DAY_S
from tests.gbcs import (
    live_calendars,
    live_cosem,
    live_cosem_hub,
    live_cosem_items,
    live_cosem_loads,
    live_cosem_money,
)
from tests.gbcs.live_cosem import objects
from tests.gbcs.live_cosem_items import MINUTE_S
from tests.gbcs.live_draw import Command

AT_ONCE = cosem_requests.AT_ONCE


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


SETS = {
    0x0022: restrict,
    0x0023: disable_pin,
    0x0024: clear_event_log,
    0x0046: billing_calendar,
    0x0047: power_thresholds,
    0x004A: demand_window,
    0x004C: import_mpans,
    0x0062: set_clock,
    0x00AC: events,
    0x00B0: events,
    0x00C1: clear_switch_log,
    0x00D7: billing_calendar,
    0x00EA: events,
    0x00EB: events,
    0x00EC: events,
    0x00ED: events,
    **live_cosem_items.SETS,
    **live_cosem_money.SETS,
    **live_cosem_loads.SETS,
    **live_cosem_hub.SETS,
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
