"""Everything of GBZ that remote parties read: what of the model is behind it, and its value.

By attribute, and by command of a cluster; as in live_cosem each is a Read.
"""

import struct
from functools import cache

from protometer.gbcs import gbz_template
from protometer.han import cluster_command
from protometer.han.attributes import attributes_of
from protometer.han.payment_control import encode as payment_control
from protometer.han.zcl_types import put_value
from protometer.model.table import rows, table_path
from protometer.records.event_settings import SUPPLIER_EVENTS_OF_GAS, EventSettings
from tests.gbcs.live_cosem import Read
from tests.roles.gbz_stand import ask, publish, read

TABLE = list(rows(table_path(gbz_template.__file__, "gbz_use_cases.tbl"), 6))
BASIC, PRICE, METERING, PREPAYMENT = 0x0000, 0x0700, 0x0702, 0x0705
CALENDAR, MANAGEMENT, EVENTS = 0x0707, 0x0708, 0x0709
MIRRORED = (PRICE, METERING, PREPAYMENT)
NEVER_S = 0xFFFF_FFFF
NOT_FOUND, UNSUPPORTED = 0x8B, 0x86
NO_SAMPLE = 0xFF_FFFF
_DAY_S = 86_400
_SUSPENSIONS = "suspend_debt_disabled", "suspend_debt_emergency"

# What is always so, and why: (cluster, attribute): (value, reason).
CONSTANTS = {
    (PRICE, 0x0202): (1, "thresholds are in Wh of"),
    (PRICE, 0x0203): (1000, "a kWh"),
    (PRICE, 0x0305): (1, "calorific values are in MJ a m3"),
    (PRICE, 0x0615): (0, "thresholds are of energy"),
    (PRICE, 0x0617): (0x50, "prices have five digits behind the point"),
    (METERING, 0x0300): (1, "volumes are in m3"),
    (METERING, 0x0301): (1, "litres are of"),
    (METERING, 0x0302): (1000, "a m3"),
    (METERING, 0x0B11): (1, "gas flow is in m3 an hour"),
    (METERING, 0x0B12): (1, "as it is told"),
}
# What a gas meter does not tell its proxy, which says that it does not support it.
UNMIRRORED = {(BASIC, 0x0003), (BASIC, 0x0004), (BASIC, 0x0005)}
PLAIN = {
    (BASIC, 0x0003): "hardware_version",
    (BASIC, 0x0004): "manufacturer_identifier",
    **{(PRICE, 0x0100 + n): f"tariff_block_thresholds_wh[{n}]" for n in range(3)},
    (PRICE, 0x0301): "standing_charge_mp",
    (PRICE, 0x0302): "conversion_factor",
    (PRICE, 0x0303): "conversion_factor_digits",
    (PRICE, 0x0304): "calorific_value",
    (PRICE, 0x0306): "calorific_value_digits",
    **{(PRICE, 0x0400 + n): f"tariff_block_prices_mp[{n}]" for n in range(4)},
    **{(PRICE, 0x0410 + 16 * n): f"tariff_tou_prices_mp[{n}]" for n in range(1, 4)},
    (PRICE, 0x0616): "currency_units",
    (METERING, 0x0000): "consumption_register[0]",
    **{(METERING, 0x0100 + 2 * n): f"tariff_tou_registers[{n}]" for n in range(4)},
    (METERING, 0x0205): "remaining_battery_capacity_d",
    (METERING, 0x0307): "meter_point_reference_number",
    **{(METERING, 0x0700 + n): f"tariff_block_counters[{n}]" for n in range(4)},
    (METERING, 0x0A00): "credit_mode_balance_mp",
    (METERING, 0x0B10): "uncontrolled_gas_flow",
    (METERING, 0x0B13): "uncontrolled_gas_flow_divisor",
    (METERING, 0x0B14): "stabilisation_period_ds",
    (METERING, 0x0B15): "measurement_period_s",
    (PREPAYMENT, 0x0001): "meter_balance_mp",
    (PREPAYMENT, 0x0005): "accumulated_debt_mp",
    (PREPAYMENT, 0x0006): "debt_recovery_rate_cap",
    (PREPAYMENT, 0x0010): "emergency_credit_limit_mp",
    (PREPAYMENT, 0x0011): "emergency_credit_threshold_mp",
    (PREPAYMENT, 0x0021): "maximum_meter_balance_threshold_mp",
    (PREPAYMENT, 0x0022): "maximum_credit_threshold_mp",
    (PREPAYMENT, 0x0031): "low_credit_threshold_mp",
    (PREPAYMENT, 0x0040): "disablement_threshold_mp",
    (PREPAYMENT, 0x0211): "time_debt_1_mp",
    (PREPAYMENT, 0x0217): "debt_recovery_rate_1",
    (PREPAYMENT, 0x0221): "time_debt_2_mp",
    (PREPAYMENT, 0x0227): "debt_recovery_rate_2",
    (PREPAYMENT, 0x0231): "payment_debt_mp",
    (PREPAYMENT, 0x0239): "debt_recovery_per_payment",
}
# Translated: place of the model, and what each of its values is told as.
_TRANSLATED = {
    (METERING, 0x0014): ("supply", "supply_state", {0: 0, 2: 1, 1: 2}),
    (METERING, 0x0607): ("supply_tamper_state", "supply_tamper_state", {1: 0, 0: 3}),
    (METERING, 0x0608): ("supply_depletion_state", "supply_depletion_state", {1: 0, 0: 3}),
    **{
        (PREPAYMENT, identifier): (name, name, {3_600: 0, _DAY_S: 1})
        for identifier, name in (
            (0x0216, "debt_recovery_rate_1_period_s"),
            (0x0226, "debt_recovery_rate_2_period_s"),
        )
    },
}


def _told(value):
    return value.encode() if isinstance(value, str) else value


def _firmware(device, since_s):
    return bytes.fromhex(device.data.firmware_version)


def _payment_control(device, since_s):
    data = device.data
    return payment_control(data.payment_mode, *[getattr(data, name) for name in _SUSPENSIONS])


def attribute(device, code, cluster, identifier):
    """Return the Read of an attribute."""
    key = cluster, identifier
    if device.letter == "F":
        if cluster not in MIRRORED or identifier not in mirrored(cluster):
            assert key in UNMIRRORED
            return Read([], lambda device, since_s: (UNSUPPORTED, None))
        return Read(
            [f"mirror {cluster} {identifier}"], lambda device, since_s: device.mirrored[key]
        )
    if key in CONSTANTS:
        return Read([], lambda device, since_s: CONSTANTS[key][0])
    if key in _TRANSLATED:
        place, name, values = _TRANSLATED[key]
        return Read([place], lambda device, since_s: values[device.value(name)])
    if key == (PRICE, 0x0410):
        return Read(
            ["gas price in force"], lambda device, since_s: device.data.tariff_tou_prices_mp[0]
        )
    if key == (METERING, 0x0206):
        return Read(["firmware"], _firmware)
    if key == (PREPAYMENT, 0x0000):
        return Read(["payment_mode", *_SUSPENSIONS], _payment_control)
    if key == (PREPAYMENT, 0x0002):
        return Read(
            ["emergency credit"], lambda device, since_s: device.data.emergency_credit_balance_mp
        )
    if key == (BASIC, 0x0005):
        return Read(["model_type"], _model_with_identifier if code == 0x009E else _model)
    places = [PLAIN[key]]
    if key == (PRICE, 0x0400):
        places.append("blocks in use")
    return Read(places, lambda device, since_s: _told(device.value(PLAIN[key])))


@cache
def mirrored(cluster):
    """Return {identifier: Attribute} of what a gas proxy mirrors of a cluster."""
    return attributes_of("G", cluster, range(0x10000))


def _model(device, since_s):
    return device.data.model_type.encode()


def _model_with_identifier(device, since_s):
    return device.data.model_type.ljust(8).encode() + device.identifier


def tell_mirror(device, cluster, identifier):
    """Have the gas meter tell its proxy another value of an attribute."""
    known = mirrored(cluster)[identifier]
    before = device.mirrored.get((cluster, identifier))
    value = before
    while value == before:
        is_text = known.kind in (0x41, 0x42)
        value = device.rng.randbytes(6) if is_text else device.rng.randrange(100)
    octets = bytearray(identifier.to_bytes(2, "little") + bytes((0, known.kind)))
    put_value(octets, known.kind, value)
    device.device.mirror.keep(cluster, 0x01, bytes(octets))
    device.mirrored[cluster, identifier] = value


def kinds(code):
    """Return the rows of a use case."""
    return [row for row in TABLE if int(row[0], 0) == code]


# Fields of commands that ask, beside those that the use case fixes.
_ASKED = {
    "latestEndTime": NEVER_S - 1,
    "endTime": NEVER_S - 2,
    "numberOfSamples": 50,
    "numberOfDebts": 10,
    "numberOfRecords": 5,
    "numberOfCommands": 1,
}


def asked(device, code, since_s):
    """Return (commands that read all of a use case, [(places in the message, attribute or None,
    Reads)] of what answers them): of several commands of a kind one Read each.
    """
    commands, reads = [], []
    for _, cluster, command, times, carries, answer in kinds(code):
        cluster = int(cluster, 0)
        if command == "read":
            identifiers = [int(one, 16) for one in carries.split()]
            for one in identifiers:
                reads.append(([len(commands)], one, [attribute(device, code, cluster, one)]))
            commands.append(read(cluster, *identifiers))
        elif answer != "-":
            fixed = dict(one.split("=") for one in carries.split() if "=" in one)
            fixed = {name: int(values.split(",")[0], 0) for name, values in fixed.items()}
            from_server, number = command[0] == "s", int(command[1:], 16)
            fields = cluster_command.find(cluster, from_server, number)
            known = {field.split(":")[0]: 0 for field in fields._fields.split()}
            known.update({name: value for name, value in _ASKED.items() if name in known})
            known.update(fixed)
            for name in ("earliestStartTime", "earliestSampleTime", "startTime"):
                if name in known and cluster != CALENDAR:
                    known[name] = since_s
            dated = since_s if "dated" in carries else None
            reads.append(([], None, []))
            for offset in range(int(times)):
                if "snapshotOffset" in known:
                    known["snapshotOffset"] = offset
                make = publish if from_server else ask
                one = make(cluster, fields.name, dict(known))
                commands.append(one[:3] + (dated,))
                reads[-1][0].append(len(commands) - 1)
                reads[-1][2].append(_COMMANDS[cluster, command](dict(known)))
    return commands, reads


def value_of(answers, place, identifier):
    """Return what was answered: an attribute's value, or what a command came to."""
    told = answers[place]
    if identifier is not None:
        ((_, values),) = told
        return values[identifier]
    return told


def told_as(expected, answered):
    """Return what of an answer an expected value has: of its fields those that that knows."""
    if isinstance(expected, list):
        return [
            (name, {field: values.get(field) for field in fields})
            if isinstance(fields, dict) and isinstance(values, dict)
            else (name, values)
            for (_, fields), (name, values) in zip(expected, answered, strict=False)
        ] + answered[len(expected) :]
    return answered


def answers_of(device, code, since_s=0):
    """Return [(places, values)] of what a use case reads; each value is what the model holds."""
    commands, reads = asked(device, code, since_s)
    answers = device.ask_gbz(code, commands)
    assert not device.outcome.failed
    found = []
    for numbers, identifier, each in reads:
        values = [value_of(answers, number, identifier) for number in numbers]
        for one, value in zip(each, values, strict=True):
            expected = one.value(device, since_s)
            assert told_as(expected, value) == expected, (numbers, identifier)
        found.append((each[0].places, values))
    return found


def none_of(command):
    return [("default", (command, NOT_FOUND))]


# Calendars: as they are published, part by part; see live_places.


def _part(part, command, publication):
    def read_of(known):
        calendar = "credit" if known["issuerCalendarId"] == NEVER_S - 1 else "tariff"

        def value(device, since_s):
            if calendar not in device.tables:
                return none_of(command)
            event, number = device.tables[calendar]["issued"]
            issued = {"issuerEventId": event, "issuerCalendarId": number}
            return [
                (publication, {**issued, **fields})
                for fields in PUBLISHED[part](device.tables[calendar][part], calendar)
            ]

        return Read([f"gas {calendar} {part}", f"gas {calendar} issued"], value)

    return read_of


_WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _days(days, calendar):
    first = 1 if calendar == "tariff" else 0
    for number, points in enumerate(days):
        entries = [
            {"startTime": minute, "activePriceTierOrFriendlyCreditEnable": rate + first}
            for minute, rate in points
        ]
        yield {
            "dayId": number + 1,
            "totalNumberOfScheduleEntries": len(points),
            "dayScheduleEntries": entries,
        }


def _weeks(weeks, calendar):
    for number, days in enumerate(weeks):
        of_days = zip(_WEEK_DAYS, days, strict=True)
        yield {"weekId": number + 1, **{"dayIdRef" + name: day + 1 for name, day in of_days}}


def _date(month, day):
    """Return a date of every year, any weekday, as the ZCL has it."""
    return 0xFF | month << 8 | day << 16 | 0xFF << 24


def _seasons(seasons, calendar):
    yield {
        "seasonEntries": [
            {"seasonStartDate": _date(month, day), "weekIdRef": week + 1}
            for _, month, day, week in seasons
        ]
    }


def _special_days(days, calendar):
    yield {
        "totalNumberOfSpecialDays": len(days),
        "specialDayEntries": [
            {"specialDayDate": _date(month, day), "dayIdRef": profile + 1}
            for _, month, day, profile in days
        ],
    }


PUBLISHED = {
    "days": _days,
    "weeks": _weeks,
    "seasons": _seasons,
    "special days": _special_days,
}


def _billing_period(known):
    periods = ((1, 0x21), (1, 0x22), (1, 0x23), (3, 0x23), (6, 0x23), (12, 0x23))

    def value(device, since_s):
        data = device.data
        if not data.billing_calendar_period:
            return none_of(0x0B)
        duration, kind = periods[data.billing_calendar_period - 1]
        fields = {
            "billingPeriodStartTime": data.billing_calendar_start_s,
            "billingPeriodDuration": duration,
            "billingPeriodDurationType": kind,
            "issuerEventId": data.billing_issued,
        }
        return [("PublishBillingPeriod", fields)]

    return Read(["billing period", "billing start", "billing_issued"], value)


def _current_price(known):
    def value(device, since_s):
        data = device.data
        if "tariff" not in device.tables:
            return none_of(0x00)
        by_block = bool(data.block_thresholds_in_use)
        prices = data.tariff_block_prices_mp if by_block else data.tariff_tou_prices_mp
        fields = {
            "issuerEventId": data.price_issued,
            "currentTime": device.now_s,
            "currency": data.currency_units,
            # A tier, of four; of blocks there is none.
            "priceTrailingDigitAndPriceTier": 0x50 if by_block else 0x51,
            "numberOfPriceTiersAndRegisterTier": 0x00 if by_block else 0x41,
            "price": prices[0],
        }
        return [("PublishPrice", fields)]

    places = ["price_issued", "currency_units", "gas price in force", "blocks in use"]
    return Read([*places, "clock"], value)


# Logs by cause of a snapshot: of registers, of money.
_GENERAL, _END_OF_BILLING, _CHANGES = 1, 2, 0x6008
_REGISTERS_IN = {
    _GENERAL: "Daily Read Log",
    _END_OF_BILLING: "Billing Data Log Billing Calendar",
    _CHANGES: "Billing Data Log Mode Or Tariff Change",
}
_MONEY_IN = {
    _GENERAL: "Prepayment Daily Read Log",
    _END_OF_BILLING: "Billing Data Log Billing Calendar Balances",
    _CHANGES: "Billing Data Log Mode Or Tariff Change",
}


def _snapshot(logs, name, command, payload):
    def read_of(known):
        cause, offset = known["snapshotCause"], known["snapshotOffset"]

        def value(device, since_s):
            entries = device.entries(logs[cause], since_s, NEVER_S - 1)
            if offset >= len(entries):
                return none_of(command)
            entry = entries[offset]
            fields = {
                "snapshotTime": entry[0],
                "totalSnapshotsFound": len(entries),
                "snapshotCause": entry[-1] if cause == _CHANGES else cause,
                "snapshotPayload": payload(device, entry),
            }
            return [(name, fields)]

        return Read([f"log {logs[cause]}"], value)

    return read_of


def _u48(values):
    return b"".join(value.to_bytes(6, "little") for value in values)


def _registers(device, entry):
    consumed, by_time, by_block = device.registers(entry[1])
    return _u48(consumed) + b"\x04" + _u48(by_time) + b"\x14" + _u48(by_block)


def _money(device, entry):
    emergency, balance, payment, time_1, time_2, debt = [
        value for value in entry[1:] if isinstance(value, int)
    ][:6]
    return struct.pack("<6i", debt, time_1, time_2, payment, emergency, balance)


def _samples(known):
    name, period_s = {
        0: ("Profile Data Log", 1_800),
        1: ("Daily Consumption Log", _DAY_S),
        2: ("Network Data Log", None),
    }[known["sampleId"]]

    def value(device, since_s):
        entries = device.entries(name, since_s)[: known["numberOfSamples"]]
        if not entries:
            return none_of(0x08)
        start_s, samples = entries[0][0], []
        for at_s, amount in entries:
            place = (at_s - start_s) // (period_s or 360)
            if place < known["numberOfSamples"]:
                samples += [NO_SAMPLE] * (place - len(samples))
                samples.append(amount)
        fields = {"sampleStartTime": start_s, "numberOfSamples": len(samples), "samples": samples}
        return [("GetSampledDataResponse", {"sampleId": known["sampleId"], **fields})]

    return Read([f"log {name}"], value)


def _top_ups(known):
    def value(device, since_s):
        entries = device.entries("Billing Data Log Prepayment Credits", since_s)
        payload = [
            {"topUpCode": code.hex().encode(), "topUpAmount": amount, "topUpTime": at_s}
            for at_s, amount, code in reversed(entries)
        ]
        return [("PublishTopUpLog", {"topUpPayload": payload})] if payload else none_of(0x08)

    return Read(["log Billing Data Log Prepayment Credits"], value)


def _payments(known):
    log = "Billing Data Log Payment Based Debt Payments"

    def value(device, since_s):
        payload = [
            {
                "collectionTime": at_s,
                "amountCollected": paid,
                "debtType": 2,
                "outstandingDebt": left,
            }
            for at_s, paid, left in reversed(device.entries(log, since_s))
        ]
        return [("PublishDebtLog", {"debtPayload": payload})] if payload else none_of(0x0A)

    return Read([f"log {log}"], value)


def _event_log(known):
    number = known["eventControlLogId"] & 0x0F
    name = {3: "Event Log", 4: "Security Log"}[number]

    def value(device, since_s):
        entries = device.entries(name, since_s)
        # The Command that reads is logged behind what it reads.
        entries = entries[:-1] if number == 3 else [entry + (0,) for entry in entries]
        rows = [
            {"logId": number, "eventId": code, "eventTime": at_s, "eventData": _detail(detail)}
            for at_s, code, detail in entries
        ]
        fields = {"totalNumberOfEvents": len(rows), "logPayload": rows}
        return [("PublishEventLog", fields)] if rows else none_of(0x00)

    return Read([f"log {name}"], value)


def _detail(detail):
    if not detail:
        return b""
    return detail.to_bytes(2 if detail <= 0xFFFF else 4, "big")


# Bits of an event's configuration, and where each is kept.
_SETTINGS = (
    (0x03, "event_logging_supplier", EventSettings.reaches_log),
    (0x08, "alerts_supplier", EventSettings.is_alerted),
    (0x10, "alerts_han", EventSettings.is_shared),
    (0x40, "event_alarms", EventSettings.sounds_alarm),
)


def _event_settings(known):
    def value(device, since_s):
        whole = _settings_that_count()
        rows = []
        for low in SUPPLIER_EVENTS_OF_GAS:
            configuration = 0
            for bits, name, _ in _SETTINGS:
                is_on = device.value(name)[low >> 3] >> (low & 7) & 1
                configuration |= bits if is_on and low in whole[name] else 0
            rows.append({"eventId": 0x8100 | low, "eventConfiguration": configuration})
        return [("ReportEventConfiguration", {"eventConfigurationPayload": rows})]

    return Read([f"event {name}" for _, name, _ in _SETTINGS], value)


class _AllOn:
    """Settings with every bit on."""

    event_logging_supplier = alerts_supplier = alerts_han = event_alarms = b"\xff" * 32


def _settings_that_count():
    """Return {setting: events of gas that it can be on for}."""
    settings = EventSettings(_AllOn())
    return {
        name: [low for low in SUPPLIER_EVENTS_OF_GAS if holds(settings, 0x8100 | low)]
        for _, name, holds in _SETTINGS
    }


def toggle_event(device, name):
    """Turn a setting of one event that counts."""
    low = device.rng.choice(_settings_that_count()[name])
    device.value(name)[low >> 3] ^= 1 << (low & 7)


_COMMANDS = {
    (CALENDAR, "c01"): _part("days", 0x01, "PublishDayProfile"),
    (CALENDAR, "c02"): _part("weeks", 0x02, "PublishWeekProfile"),
    (CALENDAR, "c03"): _part("seasons", 0x03, "PublishSeasons"),
    (CALENDAR, "c04"): _part("special days", 0x04, "PublishSpecialDays"),
    (PRICE, "c00"): _current_price,
    (PRICE, "c0b"): _billing_period,
    (METERING, "c06"): _snapshot(_REGISTERS_IN, "PublishSnapshot", 0x06, _registers),
    (PREPAYMENT, "c07"): _snapshot(_MONEY_IN, "PublishPrepaySnapshot", 0x07, _money),
    (METERING, "c08"): _samples,
    (PREPAYMENT, "c08"): _top_ups,
    (PREPAYMENT, "c0a"): _payments,
    (EVENTS, "c00"): _event_log,
    (MANAGEMENT, "s05"): _event_settings,
}


def reads(code):
    """Tell whether a use case reads, and does nothing else."""
    of = [(int(row[1], 0), row[2]) for row in kinds(code)]
    return all(command == "read" or (cluster, command) in _COMMANDS for cluster, command in of)
