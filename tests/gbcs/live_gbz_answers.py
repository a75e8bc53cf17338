"""Commands by which remote parties read by GBZ: what is behind each answer, and its fields."""

import struct

from protometer.records.event_settings import SUPPLIER_EVENTS_OF_GAS, EventSettings
from tests.gbcs.live_cosem import Read
from tests.gbcs.live_gbz_attributes import (
    CALENDAR,
    DAY_S,
    EVENTS,
    MANAGEMENT,
    METERING,
    NO_SAMPLE,
    NOT_FOUND,
    PREPAYMENT,
    PRICE,
)
from tests.gbcs.live_gbz_commands import NEVER_S


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
        if device.letter == "F":
            prices = [data.active_tariff_price_mp]
        else:
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
        1: ("Daily Consumption Log", DAY_S),
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


COMMANDS = {
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
