"""Supply and auxiliary loads by DLMS: what is sent, and what becomes of it."""

from host_tools.node.cosem_requests import AT_ONCE, item
from protometer.gbcs.date_time import date_time
from protometer.model.enumerations import (
    ARMED,
    DISABLED,
    ENABLED,
)
from protometer.supply.load_demand import CLOSE, OPEN
from tests.gbcs import live_calendars, live_meter
from tests.gbcs.live_cosem_items import MINUTE_S, configured, drawn_calendar
from tests.gbcs.live_draw import Command


def supply(script, before, after_state):
    def act(device, draw, at, code):
        content = [item("9 0-0:10.0.106.255 a1", script)]
        read = 0x0052, "70 0-0:96.3.10.255 g3", after_state
        return live_meter.supply(device, content, before, after_state, read)

    return act


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


# Auxiliary loads and boost.


def auxiliary_calendar(device, draw, at, code):
    parts = drawn_calendar(draw, live_calendars.AUXILIARY)
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


SETS = {
    0x0043: load_limits,
    0x004F: supply(51, ARMED, ENABLED),
    0x0050: supply(52, ENABLED, DISABLED),
    0x0051: supply(54, DISABLED, ARMED),
    0x0054: auxiliary_calendar,
    0x0055: switch_for_minutes,
    0x005F: boosted,
    0x011A: auxiliary_calendar,
    0x011E: switch_for_period(1, _SCRIPT, (0, 40)),
    0x011F: switch_for_period(3, "9 0-0:10.0.107.255 a1", (0, 40), is_limit=True),
}
