"""What use cases of DLMS write as it stands, made by the table of objects itself."""

from functools import partial

from host_tools.node.cosem_requests import item
from protometer.model.dictionary import find
from tests.gbcs import live_calendars
from tests.gbcs.live_cosem import objects
from tests.gbcs.live_draw import Command
from tests.gbcs.live_meter import MP

MINUTE_S = 60
KWH_MWH = 1_000_000


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
        bounds = max(known.least, 0), min(known.greatest, MP)
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


def drawn_calendar(draw, calendar):
    return {
        part: draw(part, partial(make, calendar=calendar))
        for part, make in live_calendars.CALENDAR_DRAWN.items()
    }


SETS = {
    0x0021: configured,
    0x0025: configured,
    0x0044: action({"load_limit_counter": 4}, {"load_limit_counter": 0}),
    0x0045: voltages,
    0x004B: configured,
    0x004D: configured,
    0x0053: configured,
    0x0058: configured,
    0x005A: action({f"maximum_demand_w[{n}]": 70 + n for n in range(3)}, _demand_reset),
    0x0068: configured,
    0x00AE: voltages,
    0x00D1: voltages,
    0x00D2: voltages,
    0x00D3: voltages,
    0x00D4: voltages,
}
