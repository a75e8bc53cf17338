"""Tariffs, configuration and states that remote parties read by DLMS."""

import json

from protometer.gbcs.date_time import date_time, date_time_of_week, time
from protometer.model.calendar import DAY_S, civil_from_days, weekday
from protometer.model.enumerations import PROPORTIONAL, SWITCHED
from protometer.roles.cosem_prepayment import _configuration
from tests.gbcs import live_calendars
from tests.gbcs.live_cosem_logs import by_block
from tests.gbcs.live_read import Read

_BLOCKS, _ROWS = 4, 8
_NONE_WH = 0xFFFF_FFFF


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


READS = {
    "tariff.seasons": _table_part("seasons"),
    "tariff.weeks": _table_part("weeks"),
    "tariff.days": _table_part("days"),
    "tariff.special_days": _table_part("special days"),
    "tariff.thresholds": _thresholds,
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
}
