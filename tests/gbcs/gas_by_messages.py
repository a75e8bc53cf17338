"""A gas meter's story, and what is read of it, use case by use case.

Nothing is set from outside: every figure comes of what flowed and of messages that are signed,
authenticated and answered.
"""

from protometer.model.calendar import DAY_S
from protometer.model.enumerations import (
    ARMED,
    DISABLED,
    ENABLED,
    LOCKED,
    UNCHANGED,
)
from protometer.model.firmware_version import version_octets
from protometer.records.event_settings import SUPPLIER_EVENTS_OF_GAS
from tests.gbcs.electricity_by_messages import HOUR_S, LATER_S, NEVER_S, first_wh
from tests.gbcs.message_stand import GasMeter
from tests.roles.gbz_messages import (
    calendar,
    debt,
    flow,
    information,
    matrix,
    prepayment,
    snapshots,
    thresholds,
)
from tests.roles.gbz_stand import (
    BASIC,
    CALENDAR,
    EVENTS,
    MANAGEMENT,
    METERING,
    PREPAYMENT,
    PRICE,
    ask,
    publish,
    read,
)

FACTORS = (
    publish(
        PRICE,
        "PublishConversionFactor",
        {
            "issuerEventId": 1,
            "startTime": 0,
            "conversionFactor": 100_000,
            "conversionFactorTrailingDigit": 0x50,
        },
    ),
    publish(
        PRICE,
        "PublishCalorificValue",
        {
            "issuerEventId": 1,
            "startTime": 0,
            "calorificValue": 360,
            "calorificValueUnit": 1,
            "calorificValueTrailingDigit": 0x10,
        },
    ),
)


GAS_RATES_MP, GAS_BLOCKS_MP = (2_000, 3_000), (500, 900)
BILLING_S = 473_644_800
# As the ZCL numbers the states.
TAMPER = {LOCKED: 0, UNCHANGED: 3}
SUPPLY_STATUS = {DISABLED: 0, ARMED: 1, ENABLED: 2}


def payment_mode(configuration, cut_off=0):
    values = {"implementationDateTime": 0, "cutOffValue": cut_off}
    values["proposedPaymentControlConfiguration"] = configuration
    return ask(PREPAYMENT, "ChangePaymentMode", values)


def top_up(meter, number, pence):
    digits = meter.utrn(number, pence)
    meter.digits.append(digits)
    values = {"originatingDevice": 0, "topUpCode": digits.encode()}
    return ask(PREPAYMENT, "ConsumerTopUp", values)


def change_supply(state):
    values = {"requestDateTime": 0, "implementationDateTime": 0, "supplyControlBits": 1}
    return ask(METERING, "ChangeSupply", {**values, "proposedSupplyStatus": state})


def billing_calendar():
    """Every day from a date on, and blocks as well."""
    both = []
    for name, prefix, more in (
        ("PublishBillingPeriod", "billingPeriod", {}),
        (
            "PublishBlockPeriod",
            "blockPeriod",
            {"blockPeriodControl": 2, "tariffResolutionPeriod": 1},
        ),
    ):
        values = {"StartTime": BILLING_S, "Duration": 1, "DurationType": 0x21}
        values = {prefix + field: value for field, value in values.items()}
        both.append(publish(PRICE, name, {"issuerEventId": 9, "tariffType": 0, **values, **more}))
    return both


def gas_meter(keystore, head_end):
    """A gas meter that has been through all of the story."""
    meter = GasMeter(keystore, head_end)
    meter.digits = []
    meter.done(0x007C, *FACTORS)
    states = {"supplyTamperState": 0, "supplyDepletionState": 3, "supplyUncontrolledFlowState": 0}
    status = ask(METERING, "SetSupplyStatus", {**states, "loadLimitSupplyState": 3})
    meter.done(0x00FC, flow(360, 10_000), status)
    meter.done(0x0087, publish(MANAGEMENT, "UpdateSiteId", {"siteIdTime": 0, "siteId": b"12345"}))
    meter.done(0x00D8, *billing_calendar())
    sampling = {"issuerEventId": 1, "startSamplingTime": 0, "sampleType": 0}
    sampling.update(sampleRequestInterval=360, maxNumberOfSamples=41)
    meter.done(0x006B, *calendar(0), information(), matrix(1, GAS_RATES_MP, 1))
    meter.run(HOUR_S, volume_ml=300_000)
    meter.credit = meter.do(0x008D, read(METERING, 0x0A00), read(PREPAYMENT, 1))
    meter.done(0x0080, ask(METERING, "StartSampling", sampling))
    meter.done(0x006F, *prepayment())
    meter.mode = meter.done(0x006D, payment_mode(0x0497))
    meter.credited = meter.done(0x0097, top_up(meter, 5, 600))
    meter.done(0x006E, debt(1, 5_000, 0, 40), debt(3, 700, 1, 30), debt(5, 90_000, 1, 0, 1_000))
    meter.done(0x0097, top_up(meter, 6, 10))
    for _ in range(4):
        meter.run(HOUR_S, volume_ml=20_000)
    meter.states = []
    for code, state in ((0x0081, 0), (0x0085, 1)):
        meter.done(code, change_supply(state))
        meter.states.append(meter.do(0x0082, read(METERING, 0x0014))[0][1][0x14])
    blocks = information(0x10, 1), thresholds(1_000), matrix(0, GAS_BLOCKS_MP, 0)
    meter.done(0x006B, *calendar(0), *blocks)
    meter.run(5 * DAY_S, volume_ml=50_000)
    # Counters of blocks begin anew with each billing period.
    meter.run(HOUR_S, volume_ml=130_000)
    assert meter.bench.handle(b"\xdd").reason == "format"
    return meter


def attributes(*answers):
    """Return the attributes of answers, all in one."""
    found = {}
    for name, values in answers:
        assert name == "attributes"
        found.update(values)
    return found


def totals(answers):
    """Return (time, litres) of each snapshot."""
    return [
        (values["snapshotTime"], int.from_bytes(values["snapshotPayload"][:6], "little"))
        for name, values in answers
        if name == "PublishSnapshot"
    ]


def last_money(answers):
    """Return (time, Meter Balance) of each snapshot of money."""
    return [values["snapshotTime"] for name, values in answers if name == "PublishPrepaySnapshot"]


def log_litres(log):
    return lambda m: [(entry[0], first_litres(entry[1])) for entry in m.log(log)]


def first_litres(reading):
    return first_wh(reading)


def ask_calendar(number, kind):
    """Ask for all parts of a calendar."""
    of = {"issuerCalendarId": number}
    days = {"startTime": 0, "numberOfEvents": 0, "calendarType": kind}
    return [
        ask(CALENDAR, "GetDayProfiles", {**of, "startDayId": 1, "numberOfDays": 0}),
        ask(CALENDAR, "GetWeekProfiles", {**of, "startWeekId": 1, "numberOfWeeks": 0}),
        ask(CALENDAR, "GetSeasons", of),
        ask(CALENDAR, "GetSpecialDays", {**of, **days}),
    ]


def answered_days(answers):
    """Return the points of the first day profile that was told: minutes, and what begins."""
    rows = next(values for name, values in answers if name == "PublishDayProfile")
    return [tuple(row.values()) for row in rows["dayScheduleEntries"]]


GET_TOP_UPS = ask(PREPAYMENT, "GetTopUpLog", {"latestEndTime": LATER_S, "numberOfRecords": 5}, 0)
GET_PAYMENTS = ask(
    PREPAYMENT,
    "GetDebtRepaymentLog",
    {"latestEndTime": LATER_S, "numberOfDebts": 10, "debtType": 2},
    0,
)


def samples(number, count):
    values = {"sampleId": number, "earliestSampleTime": 0, "sampleType": 0}
    return ask(METERING, "GetSampledData", {**values, "numberOfSamples": count})


def events_of(log):
    values = {"eventControlLogId": log, "eventId": 0, "startTime": 0, "endTime": LATER_S}
    return ask(EVENTS, "GetEventLog", {**values, "numberOfEvents": 0, "eventOffset": 0})


def sampled(answers):
    return [amount for _, values in answers for amount in values["samples"]]


def listed(answers):
    return [
        (row["eventTime"], row["eventId"]) for _, values in answers for row in values["logPayload"]
    ]


# Use case: message code, what is asked, what the meter holds of it, how the answer is put.
GAS = {
    "GCS13a": (
        0x0074,
        [read(METERING, 0x0302, 0x0301, 0x0300, 0x0000)],
        lambda m: {0x302: 1000, 0x301: 1, 0x300: 1, 0: m.wh("consumption_register")[0]},
        lambda a: attributes(*a),
    ),
    "GCS13b": (
        0x00B8,
        [read(METERING, 0x0700, 0x0701)],
        lambda m: dict(zip((0x700, 0x701), m.wh("tariff_block_counters"), strict=False)),
        lambda a: attributes(*a),
    ),
    "GCS13c": (
        0x00B6,
        [read(METERING, 0x0100, 0x0102, 0x0104, 0x0106)],
        lambda m: dict(zip(range(0x100, 0x108, 2), m.wh("tariff_tou_registers"), strict=True)),
        lambda a: attributes(*a),
    ),
    "GCS14": (
        0x0075,
        [
            read(PRICE, 0x0617, 0x0616),
            read(PREPAYMENT, 0x05, 0x02, 0x01, 0x0231, 0x0211, 0x0221),
        ],
        lambda m: {
            0x0617: 0x50,
            0x0616: 826,
            0x0005: m.data.accumulated_debt_mp,
            0x0002: m.data.emergency_credit_balance_mp,
            0x0001: m.data.meter_balance_mp,
            0x0231: m.data.payment_debt_mp,
            0x0211: m.data.time_debt_1_mp,
            0x0221: m.data.time_debt_2_mp,
        },
        lambda a: attributes(*a),
    ),
    "GCS15c": (
        0x0076,
        snapshots("GetSnapshot", METERING, 2, 12)
        + snapshots("GetPrepaySnapshot", PREPAYMENT, 2, 12),
        log_litres("Billing Data Log Billing Calendar"),
        totals,
    ),
    "GCS15b": (
        0x00C3,
        snapshots("GetPrepaySnapshot", PREPAYMENT, 0x6008, 12)
        + snapshots("GetSnapshot", METERING, 0x6008, 12),
        log_litres("Billing Data Log Mode Or Tariff Change"),
        totals,
    ),
    "GCS15d": (
        0x00C4,
        [GET_PAYMENTS],
        lambda m: m.log("Billing Data Log Payment Based Debt Payments")[::-1],
        lambda a: [
            (row["collectionTime"], row["amountCollected"], row["outstandingDebt"])
            for row in a[0][1]["debtPayload"]
        ],
    ),
    "GCS15e": (
        0x00C5,
        [GET_TOP_UPS],
        lambda m: [entry[:2] for entry in m.log("Billing Data Log Prepayment Credits")[::-1]],
        lambda a: [(row["topUpTime"], row["topUpAmount"]) for row in a[0][1]["topUpPayload"]],
    ),
    "GCS16a": (
        0x0077,
        snapshots("GetSnapshot", METERING, 1, 31),
        log_litres("Daily Read Log"),
        totals,
    ),
    "GCS16b": (
        0x0096,
        snapshots("GetPrepaySnapshot", PREPAYMENT, 1, 31),
        lambda m: [entry[0] for entry in m.log("Prepayment Daily Read Log")],
        last_money,
    ),
    "GCS17": (
        0x0078,
        [samples(0, 50)],
        lambda m: [entry[1] for entry in m.log("Profile Data Log")[:50]],
        sampled,
    ),
    "GCS18": (
        0x0079,
        [samples(2, 41)],
        lambda m: [entry[1] for entry in m.log("Network Data Log")],
        sampled,
    ),
    "GCS20r": (
        0x00F1,
        [publish(MANAGEMENT, "GetEventConfiguration", {"eventId": 0x81FF})],
        lambda m: [0x8100 | code for code in SUPPLIER_EVENTS_OF_GAS],
        lambda a: [row["eventId"] for _, v in a for row in v["eventConfigurationPayload"]],
    ),
    "GCS21a": (
        0x007B,
        [read(PRICE, 0x0303, 0x0302), read(METERING, 0x0B13, 0x0B10)],
        lambda m: {
            0x0303: m.data.conversion_factor_digits,
            0x0302: m.data.conversion_factor,
            0x0B13: 10_000,
            0x0B10: 360,
        },
        lambda a: attributes(*a),
    ),
    "GCS21b": (
        0x00B5,
        [read(PREPAYMENT, 0x0006, 0x0010, 0x0011, 0x0031), read(PRICE, 0x0617)]
        + ask_calendar(NEVER_S - 1, 3),
        lambda m: {
            0x06: m.data.debt_recovery_rate_cap,
            0x10: m.data.emergency_credit_limit_mp,
            0x11: m.data.emergency_credit_threshold_mp,
            0x31: m.data.low_credit_threshold_mp,
            0x0617: 0x50,
            # Without disablement until eight.
            "days": [(0, 1), (480, 0)],
        },
        lambda a: {**attributes(*a[:2]), "days": answered_days(a)},
    ),
    "GCS21d": (
        0x009D,
        [
            ask(
                PRICE,
                "GetBillingPeriod",
                {
                    "earliestStartTime": 0,
                    "minIssuerEventId": NEVER_S,
                    "numberOfCommands": 1,
                    "tariffType": 0,
                },
            )
        ],
        lambda m: [m.data.billing_calendar_start_s, 1],
        lambda a: [a[0][1]["billingPeriodStartTime"], a[0][1]["billingPeriodDuration"]],
    ),
    "GCS21e": (
        0x009E,
        [read(BASIC, 0x0004, 0x0005), read(METERING, 0x0608, 0x0607)],
        lambda m: {
            4: m.data.manufacturer_identifier.encode(),
            5: m.data.model_type.encode() + m.identifier,
            0x0608: 3,
            0x0607: TAMPER[m.data.supply_tamper_state],
        },
        lambda a: attributes(*a),
    ),
    "GCS21f": (
        0x009F,
        [read(PRICE, 0x0400, 0x0401, 0x0301)]
        + ask_calendar(NEVER_S, 0)
        + [ask(PRICE, "GetCurrentPrice", {"commandOptions": 0})],
        lambda m: {
            0x0400: GAS_BLOCKS_MP[0],
            0x0401: GAS_BLOCKS_MP[1],
            0x0301: m.data.standing_charge_mp,
            "days": [(0, 1)],
            "price": m.data.active_tariff_price_mp,
        },
        lambda a: {**attributes(a[0]), "days": answered_days(a), "price": a[-1][1]["price"]},
    ),
    "GCS21j": (
        0x00BF,
        [read(PREPAYMENT, 0x0000)],
        lambda m: {0: 0x0497},
        lambda a: attributes(*a),
    ),
    "GCS21m": (
        0x00FB,
        [read(BASIC, 0x0005), read(METERING, 0x0608, 0x0607)],
        lambda m: {
            5: m.data.model_type.encode(),
            0x0608: 3,
            0x0607: TAMPER[m.data.supply_tamper_state],
        },
        lambda a: attributes(*a),
    ),
    "GCS33": (
        0x0082,
        [read(METERING, 0x0205, 0x0014)],
        lambda m: {0x14: SUPPLY_STATUS[m.data.supply_state]},
        lambda a: {0x14: attributes(*a)[0x14]},
    ),
    "GCS38": (
        0x0084,
        [read(METERING, 0x0206)],
        lambda m: {0x0206: version_octets(m.data.firmware_version)},
        lambda a: attributes(*a),
    ),
    "GCS46": (
        0x0089,
        [read(METERING, 0x0307)],
        lambda m: {0x0307: m.data.meter_point_reference_number.encode()},
        lambda a: attributes(*a),
    ),
    "GCS60": (
        0x008D,
        [read(METERING, 0x0A00), read(PREPAYMENT, 0x0001)],
        lambda m: {0x0A00: m.data.credit_mode_balance_mp, 1: m.data.meter_balance_mp},
        lambda a: attributes(*a),
    ),
    "CS10a": (
        0x0014,
        [events_of(0x13)],
        lambda m: [entry[:2] for entry in m.log("Event Log")],
        listed,
    ),
    "CS10b": (
        0x00A1,
        [events_of(0x04)],
        lambda m: [entry[:2] for entry in m.log("Security Log")],
        listed,
    ),
}
