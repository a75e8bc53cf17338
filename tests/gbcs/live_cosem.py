"""Every COSEM object that remote parties read: what of the model is behind it, and its value.

A Read names the places of the model that an answer depends on, and reckons the answer from them.
"""

import json
import struct

from host_tools.node.cosem_requests import item, protected
from protometer.gbcs import cosem_objects
from protometer.gbcs.cosem_objects import CosemObject
from protometer.gbcs.date_time import date_time, date_time_of_week, time
from protometer.model.calendar import DAY_S, civil_from_days, weekday
from protometer.model.enumerations import PROPORTIONAL, SWITCHED
from protometer.model.table import rows, table_path
from protometer.roles.cosem_prepayment import _configuration
from tests.gbcs import live_calendars

TABLE = list(rows(table_path(cosem_objects.__file__, "cosem_objects.tbl"), 6))
NEVER_S = 0xFFFF_FFFF
LATER_S = 600_000_000
_BLOCKS, _ROWS = 4, 8
_NONE_WH = 0xFFFF_FFFF
# Places whose values are reckoned from others, which are altered instead.
_BEHIND = {
    "active_power_import_w": ["power"],
    "emergency_credit_balance_mp": ["emergency credit"],
    "randomised_offset_s": ["randomised_offset_number", "randomised_offset_limit_s"],
    "active_tariff_price_mp": ["price in force", "tariff_tou_price_scale"],
    "secondary_active_tariff_price_mp": [
        "secondary price in force",
        "secondary_tou_price_scale",
    ],
    "supply_state": ["supply"],
    "firmware_version": ["firmware"],
    **{f"alcs_state[{n}]": [f"switch {n}"] for n in range(5)},
}


class Read:
    """One object that is read.

    places: what of the model alters its answer, as LiveDevice.alter() has them or a key of
    ALTERED; value(device, since_s): the answer.
    """

    def __init__(self, places, value):
        self.places = places
        self.value = value


def objects(code, letters):
    """Return {key: CosemObject} of what a use case may carry to a device of these letters."""
    found = {}
    for row in TABLE:
        if f"{code:04x}" in row[-1].split() and set(row[1]) <= set(letters):
            found[row[0]] = CosemObject(row)
    return found


def is_read(one, key):
    """Tell whether an object is read: also by a method that does nothing else."""
    return key.split()[-1][0] in "grp" or one.handler in ("protected.get", "hub.backup")


def asked(code, letters, since_s):
    """Return (items that read all of a use case, Read of each value that is answered)."""
    found = objects(code, letters)
    items, reads = [], []
    sealed = [key for key in found if key.split()[-1][0] == "p"]
    for key, one in found.items():
        if one.handler == "protected.get":
            of_log = sealed[0].startswith("7 ")
            between = (since_s, LATER_S) if of_log else ()
            items.append(item(*protected(key, sealed, *between)))
            reads += [read_of(found[name]) for name in sealed]
        elif is_read(one, key) and key not in sealed:
            is_log = key.split()[-1][0] == "r"
            items.append(item(key, (since_s, NEVER_S) if is_log else None))
            reads.append(read_of(one))
    return items, reads


def read_of(one):
    """Return the Read of an object."""
    return _READS[one.handler](one.argument)


def _item(argument):
    def value(device, since_s):
        held = device.value(argument + "[0]" if argument.endswith("_register") else argument)
        return held.encode() if isinstance(held, str) else held

    place = argument + "[0]" if argument.endswith("_register") else argument
    return Read(_BEHIND.get(argument, [place]), value)


def _items(argument):
    each = [_item(name) for name in argument.split()]
    return Read(
        [place for one in each for place in one.places],
        lambda device, since_s: [one.value(device, since_s) for one in each],
    )


# Scaler and unit of DLMS that never change, with what they say.
UNITS = {
    "0 27": "W",
    "0 30": "Wh",
    "0 32": "varh",
    "0 255": "a count",
    "-5 254": "100 000ths of the currency unit",
}


def _constant(argument):
    assert argument in UNITS
    return Read([], lambda device, since_s: [int(number) for number in argument.split()])


def _date(argument):
    return Read([argument], lambda device, since_s: date_time(device.value(argument)))


def _log(argument):
    return Read([f"log {argument}"], lambda device, since_s: device.entries(argument, since_s))


def _events(argument):
    def value(device, since_s):
        entries = device.entries(argument, since_s)
        if argument == "Event Log":
            # The Command that reads is logged behind what it reads.
            entries = entries[:-1]
        return [(at_s, code, struct.pack(">Q", detail)) for at_s, code, detail in entries]

    return Read([f"log {argument}"], value)


def _readings(argument):
    def value(device, since_s):
        answer = []
        for entry in device.entries(argument, since_s):
            *others, blocks = device.registers(entry[1])
            # Imports, then rates, of each element.
            registers = [one for bank in others for one in bank] + by_block(blocks)
            answer.append((entry[0], *registers, *entry[2:]))
        return answer

    return Read([f"log {argument}"], value)


def by_block(values):
    """Return a matrix of rows with four blocks each, block by block."""
    return [values[_BLOCKS * row + block] for block in range(_BLOCKS) for row in range(_ROWS)]


def _joined(argument):
    names = argument.split(", ")

    def value(device, since_s):
        others = [dict(device.entries(name, since_s)) for name in names[1:]]
        return [
            (at_s, first, *[other[at_s] for other in others])
            for at_s, first in device.entries(names[0], since_s)
        ]

    return Read(["logs " + argument], value)


def _half_hours(argument):
    both = _joined(argument + ", Profile Data Log Secondary Active Import")
    alone = _log(argument)

    def value(device, since_s):
        return (both if "T" in device.letters else alone).value(device, since_s)

    return Read([f"half-hours {argument}"], value)


def _exports(argument):
    return Read(
        [f"log {argument}"],
        lambda device, since_s: [
            (at_s, 1000 * kwh + wh) for at_s, kwh, wh in device.entries(argument, since_s)
        ],
    )


def _switched(argument):
    return Read(
        [f"log {argument}"],
        lambda device, since_s: [
            (at_s, 256 * switch + action, outcome, number)
            for at_s, switch, action, outcome, number in device.entries(argument, since_s)
        ],
    )


def _imports(argument):
    def value(device, since_s):
        answer = [device.value("active_import_register[0]"), [0, 30]]
        answer += [device.value("reactive_import_register[0]"), [0, 32]]
        if "T" in device.letters:
            answer.append(device.value("secondary_active_import_register[0]"))
        return answer

    places = ["active_import_register[0]", "reactive_import_register[0]"]
    return Read([*places, "secondary_active_import_register[0]"], value)


def _power(argument):
    def value(device, since_s):
        front_end = device.bench.front_end
        both_w = front_end.power_w
        if "T" in device.letters:
            both_w += front_end.secondary_power_w
        return [both_w, [0, 27], front_end.power_w]

    return Read(["power", "secondary power"], value)


def _rates(argument):
    def value(device, since_s):
        answer = [device.wh("tariff_tou_registers")]
        return answer + ([device.wh("secondary_tou_registers")] if "T" in device.letters else [])

    return Read(["tariff_tou_registers[*]", "secondary_tou_registers[*]"], value)


def _blocks(argument):
    names = "tariff_block_registers", "tariff_block_counters"
    return Read(
        [f"{name}[*]" for name in names],
        lambda device, since_s: [[wh for name in names for wh in by_block(device.wh(name))]],
    )


def _table_part(part):
    return lambda element: Read(
        [f"table {element} {part}"],
        lambda device, since_s: device.tables[element][part],
    )


def _thresholds(argument):
    first = 3 * int(argument)

    def value(device, since_s):
        held = [device.value(f"tariff_block_thresholds_wh[{first + at}]") for at in range(3)]
        return held[: held.index(_NONE_WH) + 1] if _NONE_WH in held else held

    return Read([f"thresholds {first}"], value)


def _charge(scale, rows, kilo=0, of=(0, bytes(6), 0)):
    return [[kilo, scale], list(of), [list(row) for row in rows]]


def _standing_charge(argument):
    return Read(
        ["standing_charge", "standing_charge_scale"],
        lambda device, since_s: _charge(
            device.data.standing_charge_scale, [(b"", device.data.standing_charge)]
        ),
    )


def numbered(prices, by_row=()):
    """Return (number, price) of the rates, then those of a matrix block by block."""
    found = [(bytes((at + 1,)), price) for at, price in enumerate(prices)]
    for at, price in enumerate(by_block(list(by_row)) if by_row else []):
        block, row = divmod(at, _ROWS)
        found.append((bytes((0xA1 + 16 * block + row,)), price))
    return found


PRIMARY_USED = (3, bytes.fromhex("0100010800ff"), 2)
SECONDARY_USED = (3, bytes.fromhex("0114010800ff"), 2)


def _prices(argument):
    if argument == "secondary":
        places = ["secondary price in force", "secondary_tou_prices[1-3]"]
        return Read(
            [*places, "secondary_tou_price_scale"],
            lambda device, since_s: _charge(
                device.data.secondary_tou_price_scale,
                numbered(device.data.secondary_tou_prices),
                3,
                SECONDARY_USED,
            ),
        )
    places = ["price in force", "tariff_tou_prices[1-47]", "tariff_block_prices[*]"]
    return Read(
        [*places, "tariff_tou_price_scale"],
        lambda device, since_s: _charge(
            device.data.tariff_tou_price_scale,
            numbered(device.data.tariff_tou_prices, device.data.tariff_block_prices),
            3,
            PRIMARY_USED,
        ),
    )


def _mode(argument):
    return Read(["payment_mode"], lambda device, since_s: [device.data.payment_mode + 1, 2])


def _collected(argument):
    def value(device, since_s):
        data = device.data
        settings = data.suspend_debt_disabled, data.suspend_debt_emergency
        return _configuration(data.payment_mode, *settings, "T" in device.letters)

    suspended = ["suspend_debt_disabled", "suspend_debt_emergency"]
    return Read(["payment_mode", *suspended], value)


def _rate(number):
    rate, scale = f"debt_recovery_rate_{number}", f"debt_recovery_rate_{number}_scale"
    return Read(
        [rate, scale],
        lambda device, since_s: _charge(device.value(scale), [(b"", device.value(rate))]),
    )


def _calendar_part(part):
    def read(calendar):
        name = calendar or {"rules": live_calendars.NON_DISABLEMENT}[part]
        return Read(
            [f"calendar {name} {part}"],
            lambda device, since_s: device.calendars[name][part],
        )

    return read


def _window(argument):
    return Read(
        ["maximum_demand_index", "maximum_demand_start_s", "maximum_demand_end_s"],
        lambda device, since_s: live_calendars.window(
            device.data.maximum_demand_index,
            device.data.maximum_demand_start_s,
            device.data.maximum_demand_end_s,
        ),
    )


# Months between the dates of a year, by Billing Calendar Period.
_MONTHS_BETWEEN = {4: 3, 5: 6, 6: 12}


def billing_dates(period, start_s):
    """Return a Billing Calendar as dates: every day, a weekday, a day of all or of some months."""
    day, second = divmod(start_s, DAY_S)
    _, month, of_month = civil_from_days(day)
    any_of = b"\xff\xff\xff\xff\xff"
    if period <= 1:
        return [[time(second), any_of]] if period else []
    if period == 2:
        return [[time(second), any_of[:4] + bytes((weekday(day),))]]
    if period == 3:
        return [[time(second), b"\xff\xff\xff" + bytes((of_month, 0xFF))]]
    step = _MONTHS_BETWEEN[period]
    months = range((month - 1) % step + 1, 13, step)
    return [[time(second), bytes((0xFF, 0xFF, one, of_month, 0xFF))] for one in months]


def _billing_calendar(argument):
    return Read(
        ["billing period", "billing start"],
        lambda device, since_s: billing_dates(
            device.data.billing_calendar_period, device.data.billing_calendar_start_s
        ),
    )


def _firmware(argument):
    return Read(["firmware"], lambda device, since_s: bytes.fromhex(device.data.firmware_version))


def _import_mpans(argument):
    names = "mpan_import_primary", "mpan_import_secondary"
    return Read(
        list(names),
        lambda device, since_s: "".join([device.value(name) for name in names]).encode(),
    )


def _settings_of_events(argument):
    return Read(
        [f"{argument}[*]"],
        lambda device, since_s: [256, bytes(reversed(device.value(argument)))],
    )


def _time(argument):
    return Read(["clock"], lambda device, since_s: date_time(device.now_s))


# Bits of a clock's status, by Clock Status: invalid, unreliable, reliable.
CLOCK_BITS = {0: 1, 1: 2, 2: 0}


def _clock_status(argument):
    return Read(["clock status"], lambda device, since_s: CLOCK_BITS[device.data.clock_status])


def _identifier(argument):
    index = int(argument) - 1

    def value(device, since_s):
        kind = device.data.alcs_kinds[index]
        if kind == SWITCHED:
            return device.data.hcalcs_identifiers[8 * index : 8 * index + 8]
        return b"\xff" if kind == PROPORTIONAL else b""

    return Read([f"kind {index}", f"hcalcs {index}"], value)


def _state(argument):
    index = int(argument) - 1

    def value(device, since_s):
        data = device.data
        kind = data.alcs_kinds[index]
        level = 100 if data.alcs_state[index] else 0
        told = {"outputState": level, "inputState": level}
        if kind == PROPORTIONAL:
            told["outputState"] = data.alcs_output_percent[index]
            told["inputState"] = data.alcs_input_percent[index]
        elif kind != SWITCHED:
            return b"{}"
        if device.value(f"alcs_information_{argument}"):
            told["other-data"] = device.value(f"alcs_information_{argument}")
        return json.dumps(told).encode()

    levels = [f"level alcs_output_percent[{index}]", f"level alcs_input_percent[{index}]"]
    return Read(
        [f"kind {index}", f"switch {index}", *levels, f"told alcs_information_{argument}"],
        value,
    )


_HEARD = (
    ("hub_device_rssi_dbm", 3),
    ("hub_device_lqi", 3),
    ("hub_device_heard_s", 1),
    ("hub_device_hops", 1),
    ("hub_device_transmissions", 2),
    ("hub_device_versions", 2),
)


def _devices(argument):
    def value(device, since_s):
        answer = []
        for place, entry in enumerate(device.hub_log("hub_device_log")):
            row = [entry[0], [8, bytes((device.data.hub_device_status[place],))]]
            for name, count in _HEARD:
                told = list(device.value(name)[count * place : count * (place + 1)])
                row += [date_time_of_week(told[0])] if name.endswith("_s") else told
            answer.append(row)
        return answer

    heard = [f"{name}[0-{2 * count - 1}]" for name, count in _HEARD]
    return Read(["hub hub_device_log", "hub_device_status[0-1]", *heard], value)


def _backup(argument):
    log, pan = {
        "current": ("hub_device_log", "hub_extended_pan"),
        "historic": ("hub_historic_log", "hub_historic_pan"),
    }[argument]
    return Read(
        ["hub " + log, pan, "clock"],
        lambda device, since_s: [
            date_time(device.now_s),
            device.value(pan),
            device.hub_log(log),
        ],
    )


def _bits(mask):
    return [32, mask.to_bytes(4, "big")]


def _channel(argument):
    return Read(["sub_ghz_channel"], lambda device, since_s: _bits(device.data.sub_ghz_channel))


def _sub_ghz(argument):
    return Read(
        ["sub_ghz_masks[*]", "sub-ghz"],
        lambda device, since_s: (
            [_bits(mask) for mask in device.data.sub_ghz_masks]
            + list(device.data.sub_ghz_settings)
        ),
    )


def _protected(argument):
    raise AssertionError("what is in it is read, see asked()")


_READS = {
    "item": _item,
    "items": _items,
    "constant": _constant,
    "date": _date,
    "log": _log,
    "logs.events": _events,
    "logs.readings": _readings,
    "logs.exports": _exports,
    "logs.half_hours": _half_hours,
    "logs.joined": _joined,
    "logs.switched": _switched,
    "registers.imports": _imports,
    "registers.power": _power,
    "registers.rates": _rates,
    "registers.blocks": _blocks,
    "tariff.seasons": _table_part("seasons"),
    "tariff.weeks": _table_part("weeks"),
    "tariff.days": _table_part("days"),
    "tariff.special_days": _table_part("special days"),
    "tariff.thresholds": _thresholds,
    "tariff.is_sterling": lambda argument: Read(
        ["currency_units"], lambda device, since_s: device.data.currency_units == 826
    ),
    "tariff.standing_charge": _standing_charge,
    "tariff.prices": _prices,
    "prepayment.mode": _mode,
    "prepayment.collected": _collected,
    "prepayment.rate": _rate,
    "schedules.special_days": _calendar_part("special days"),
    "schedules.non_disablement": _calendar_part("rules"),
    "schedules.auxiliary": lambda argument: _calendar_part("rules")(live_calendars.AUXILIARY),
    "schedules.window": _window,
    "configuration.billing_calendar": _billing_calendar,
    "configuration.firmware_version": _firmware,
    "configuration.import_mpans": _import_mpans,
    "configuration.events": _settings_of_events,
    "clock.time": _time,
    "clock.status": _clock_status,
    "load_control.identifier": _identifier,
    "load_control.state": _state,
    "hub.devices": _devices,
    "hub.backup": _backup,
    "hub.channel": _channel,
    "hub.sub_ghz_settings": _sub_ghz,
    "protected.get": _protected,
}
