"""Places of a model that are altered otherwise than by setting one item: what lies behind them.

Each has two steps: what has to be so that it counts, and the change itself.
"""

from protometer.model.enumerations import (
    DISABLED,
    INHIBIT_COMMAND,
    NOT_CONNECTED,
    PREPAYMENT_MODE,
    PROPORTIONAL,
    SWITCHED,
)
from protometer.supply.load_demand import CLOSE, OPEN
from tests.gbcs import live_calendars, live_gbz_answers, live_gbz_attributes
from tests.gbcs.live_device import known_items

_MINUTES = 60
_PRICE = 20_000
_EUI, _HASH = 8, 16
_AMOUNT_WH = 1_000_000


# What never changes of a device, and why.
FIXED = {
    "esme_identifier": "comes from manufacture",
    "hub_identifier": "comes from manufacture",
    "debt_recovery_rate_cap_period_s": "there is one such period",
}


def is_there(device, place):
    """Tell whether a device has a place, and more than one value for it."""
    if place in FIXED:
        return False
    name = place.partition("[")[0].split()[-1]
    if place.split()[0] in _TWIN:
        return "T" in device.letters
    item = known_items(device.letters).get(name)
    if item is not None:
        assert item.base in ("TEXT", "OCTETS", "REGISTER") or item.least < item.greatest, place
        return True
    return place.split()[0] in _PLACES or place in _PLACES


def prepare(device, place):
    """Have what a change of a place needs to count."""
    known, rest = _found(place)
    if known and known[0]:
        known[0](device, rest)
        device.take_up()


def alter(device, place):
    """Change the model at a place."""
    known, rest = _found(place)
    if known:
        known[1](device, rest)
    else:
        device.alter(place)
    device.take_up()


def _found(place):
    if place in _PLACES:
        return _PLACES[place], ""
    head, _, rest = place.partition(" ")
    return _PLACES.get(head), rest


def another(device, before, draw):
    """Draw until it is another value."""
    value = before
    while value == before:
        value = draw(device.rng)
    return value


def _power(device, rest):
    front_end = device.bench.front_end
    front_end.power_w = another(device, front_end.power_w, lambda rng: rng.randrange(20_000))


def _secondary_power(device, rest):
    front_end = device.bench.front_end
    front_end.secondary_power_w += device.rng.randint(1, 9_000)


def _emergency_credit(device, rest):
    data = device.data
    before = data.emergency_credit_limit_mp - data.emergency_credit_used_mp
    left_mp = another(device, before, lambda rng: rng.randrange(1_000_000))
    data.emergency_credit_limit_mp = data.emergency_credit_in_force_mp = 1_000_000
    data.emergency_credit_used_mp = 1_000_000 - left_mp


def _price(table):
    def change(device, rest):
        prices = device.value(table)
        prices[0] = another(device, prices[0], lambda rng: rng.randint(1, _PRICE))

    return change


def _gas_price(device, rest):
    if device.letter == "F":
        device.alter("active_tariff_price_mp")
    else:
        _price("tariff_tou_prices_mp")(device, rest)


def _supply(device, rest):
    data = device.data
    data.supply_state = another(device, data.supply_state, lambda rng: rng.randrange(3))
    data.supply_inhibits = INHIBIT_COMMAND if data.supply_state == DISABLED else 0


def _firmware(device, rest):
    version = device.rng.randbytes(4).hex()
    device.data.firmware_version = device.data.firmware_noted = version


def _table(device, rest):
    element, _, part = rest.partition(" ")
    _redraw(device, device.tables, element, part, live_calendars.DRAWN)
    live_calendars.put_table(device.data, element, device.tables[element])


def _calendar(device, rest):
    name, _, part = rest.partition(" ")
    _redraw(device, device.calendars, name, part, live_calendars.CALENDAR_DRAWN)
    live_calendars.put_calendar(device.data, name, device.calendars[name])


def _redraw(device, held, name, part, drawn):
    if name not in held:
        held[name] = {each: draw(device.rng, name) for each, draw in drawn.items()}
    draw = drawn[part]
    held[name][part] = another(device, held[name][part], lambda rng: draw(rng, name))


def _gas_table(device, rest):
    calendar, _, part = rest.partition(" ")
    _redraw(device, device.tables, calendar, part, live_calendars.GAS_DRAWN)
    live_calendars.put_gas_table(device.data, calendar, device.tables[calendar])


def _by_time(device, rest):
    device.data.block_thresholds_in_use = 0


def _in_use(device, rest):
    """Have blocks in use, or none any more, at another price."""
    data = device.data
    if device.letter != "F":
        data.tariff_block_prices_mp[0] = data.tariff_tou_prices_mp[0] + 1
    data.block_thresholds_in_use = 0 if data.block_thresholds_in_use else 2


def _mirror(device, rest):
    cluster, identifier = rest.split()
    live_gbz_attributes.tell_mirror(device, int(cluster), int(identifier))


def _event(device, rest):
    live_gbz_answers.toggle_event(device, rest)


def _billing_period(device, rest):
    data = device.data
    data.billing_calendar_period = another(
        device, data.billing_calendar_period, lambda rng: rng.randint(1, 6)
    )


def _billing_start(device, rest):
    data, day_s = device.data, 86_400
    before = data.billing_calendar_start_s % day_s
    second = another(device, before, lambda rng: 60 * rng.randrange(1_440))
    data.billing_calendar_start_s = day_s * device.rng.randint(3_000, 5_400) + second


def _need_billing(device, rest):
    if not device.data.billing_calendar_period:
        device.data.billing_calendar_period = 3


def _clock(device, rest):
    device.bench.clock.advance(1_000 * device.rng.randint(1, 300))


def _clock_status(device, rest):
    status = another(device, device.data.clock_status, lambda rng: rng.randrange(3))
    # Reliable it is by what is heard alone.
    device.device.clock.hear(device.now_s, device.now_s)
    device.data.clock_status = status


def _of_kind(kind):
    def need(device, rest):
        device.data.alcs_kinds[int(rest)] = kind

    return need


def _told(device, rest):
    device.data.alcs_kinds[int(rest[-1]) - 1] = SWITCHED


def _level(device, rest):
    device.data.alcs_kinds[int(rest[-2])] = PROPORTIONAL


def _hcalcs(device, rest):
    at, held = _EUI * int(rest), device.data.hcalcs_identifiers
    one = device.rng.randbytes(_EUI)
    device.data.hcalcs_identifiers = held[:at] + one + held[at + _EUI :]


def _switch(device, rest):
    data, index = device.data, int(rest)
    data.alcs_command[index] = OPEN if data.alcs_state[index] else CLOSE
    data.alcs_command_minutes[index] = _MINUTES
    data.alcs_command_until_s[index] = device.now_s + 60 * _MINUTES


def _need_levels(device, rest):
    """Have levels that no switch has, so that each kind is told otherwise."""
    data, index = device.data, int(rest)
    data.alcs_output_percent[index], data.alcs_input_percent[index] = 7, 9
    setattr(data, f"alcs_information_{index + 1}", "")


def _kind(device, rest):
    kinds, index = device.data.alcs_kinds, int(rest)
    all_kinds = SWITCHED, PROPORTIONAL, NOT_CONNECTED
    kinds[index] = another(device, kinds[index], lambda rng: rng.choice(all_kinds))


def _hub_log(device, name):
    """Have two devices in a hub's log, the second another."""
    held = getattr(device.data, name) or device.rng.randbytes(_EUI + _HASH)
    whole = held[: _EUI + _HASH] + device.rng.randbytes(_EUI + _HASH)
    setattr(device.data, name, whole)


def _sub_ghz(device, rest):
    settings = device.data.sub_ghz_settings
    index = device.rng.randrange(len(settings))
    settings[index] = another(device, settings[index], lambda rng: rng.randrange(256))


def _need_thresholds(device, rest):
    """Have thresholds between all blocks: behind one that there is not no other is told."""
    first, held = int(rest), device.data.tariff_block_thresholds_wh
    for index in range(first, first + 3):
        held[index] = min(held[index], _AMOUNT_WH)


def _threshold(device, rest):
    first = int(rest)
    device.alter(f"tariff_block_thresholds_wh[{first}-{first + 2}]")


def logs_of(device, place):
    """Return the logs that a place is of, none where it is no log's."""
    head, _, rest = place.partition(" ")
    return rest.split(", ") if head in ("log", "logs", "half-hours") else []


# What an entry of a change of gas tells of: mode, tariff, supplier.
_CAUSES = (0x0008, 0x2000, 0x4000)
_CHANGES = "Billing Data Log Mode Or Tariff Change"


def _log(device, name):
    if name == _CHANGES and device.letters in "GF":
        device.add_entry(name, device.rng.choice(_CAUSES))
    else:
        device.add_entry(name)


def fill_logs(device):
    """Have an entry in every log, so that none is told in the place of another."""
    for log in device.device.logbook.logs():
        _log(device, log.name)
    device.take_up()


def _logs(device, names):
    for name in names.split(", "):
        device.add_entry(name)


def _half_hours(device, name):
    device.add_entry(name)
    if "T" in device.letters:
        device.add_entry("Profile Data Log Secondary Active Import")


def _prepays(device, rest):
    device.data.payment_mode = PREPAYMENT_MODE


def _change(name):
    return lambda device, rest: device.alter(name)


_TWIN = ("secondary",)
_PLACES = {
    "power": (None, _power),
    "secondary power": (None, _secondary_power),
    "emergency credit": (None, _emergency_credit),
    "price in force": (None, _price("tariff_tou_prices")),
    "secondary price in force": (None, _price("secondary_tou_prices")),
    "gas price in force": (_by_time, _gas_price),
    "tariff_block_prices_mp[0]": (_by_time, _change("tariff_block_prices_mp[0]")),
    "blocks in use": (None, _in_use),
    "gas": (None, _gas_table),
    "mirror": (None, _mirror),
    "event": (None, _event),
    "supply": (None, _supply),
    "firmware": (None, _firmware),
    "table": (None, _table),
    "calendar": (None, _calendar),
    "billing period": (None, _billing_period),
    "billing start": (_need_billing, _billing_start),
    "clock": (None, _clock),
    "clock status": (None, _clock_status),
    "hcalcs": (_of_kind(SWITCHED), _hcalcs),
    "switch": (_of_kind(SWITCHED), _switch),
    "kind": (_need_levels, _kind),
    "level": (_level, lambda device, rest: device.alter(rest)),
    "told": (_told, lambda device, rest: device.alter(rest)),
    "hub": (None, _hub_log),
    "sub-ghz": (None, _sub_ghz),
    "thresholds": (_need_thresholds, _threshold),
    "log": (None, _log),
    "logs": (None, _logs),
    "half-hours": (None, _half_hours),
    # In Credit Mode they say nothing.
    "suspend_debt_disabled": (_prepays, _change("suspend_debt_disabled")),
    "suspend_debt_emergency": (_prepays, _change("suspend_debt_emergency")),
}
