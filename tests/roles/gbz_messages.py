"""Commands of GBZ that tests of gas meters send: tariffs, calendars, debts, reads of logs."""

from tests.roles.gbz_stand import CALENDAR, METERING, PREPAYMENT, PRICE, ask, publish

NEVER_S = 0xFFFF_FFFF
EVERY_YEAR = 0xFF_01_01_FF  # The first of January, least significant octet first.


def issued(**values):
    return {"issuerEventId": 77, **values}


def calendar(kind, start_s=0, points=((0, 1),), calendar_id=5):
    """The publications of a calendar of one day, and a special day on which it is the second."""
    of = issued(issuerCalendarId=calendar_id)

    def day(number, entries):
        names = ("startTime", "activePriceTierOrFriendlyCreditEnable")
        rows = [dict(zip(names, entry, strict=True)) for entry in entries]
        count = {"dayId": number, "totalNumberOfScheduleEntries": len(rows)}
        one = {"commandIndex": 0, "totalNumberOfCommands": 1, "calendarType": kind}
        return publish(
            CALENDAR, "PublishDayProfile", {**of, **count, **one, "dayScheduleEntries": rows}
        )

    one = {"commandIndex": 0, "totalNumberOfCommands": 1}
    week = {"weekId": 1}
    for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"):
        week["dayIdRef" + name] = 1
    counts = {"numberOfSeasons": 1, "numberOfWeekProfiles": 1, "numberOfDayProfiles": 2}
    when = {"startTime": start_s, "calendarType": kind}
    season = {"seasonStartDate": EVERY_YEAR, "weekIdRef": 1}
    special = {"specialDayDate": 0xFF_02_01_FF, "dayIdRef": 2}
    return [
        publish(
            CALENDAR,
            "PublishCalendar",
            {**of, **when, "calendarTimeReference": 0, "calendarName": b"", **counts},
        ),
        day(1, points),
        day(2, [(0, 2 if kind == 0 else 0)]),
        publish(CALENDAR, "PublishWeekProfile", {**of, **week}),
        publish(CALENDAR, "PublishSeasons", {**of, **one, "seasonEntries": [season]}),
        publish(
            CALENDAR,
            "PublishSpecialDays",
            {**of, **when, **one, "totalNumberOfSpecialDays": 1, "specialDayEntries": [special]},
        ),
    ]


def information(scheme=0x00, thresholds=0, standing_mp=1234, start_s=0):
    return publish(
        PRICE,
        "PublishTariffInformation",
        issued(
            issuerTariffId=1,
            startTime=start_s,
            tariffTypeChargingScheme=scheme,
            tariffLabel=b"",
            numberOfPriceTiersInUse=2,
            numberOfBlockThresholdsInUse=thresholds,
            unitOfMeasure=0,
            currency=826,
            priceTrailingDigit=0x50,
            standingCharge=standing_mp,
            tierBlockMode=0xFF,
            blockThresholdMultiplier=1,
            blockThresholdDivisor=1000,
        ),
    )


def matrix(control, prices, first, start_s=0):
    rows = [{"tierBlockId": first + at, "price": price} for at, price in enumerate(prices)]
    return publish(
        PRICE,
        "PublishPriceMatrix",
        issued(
            startTime=start_s,
            issuerTariffId=1,
            commandIndex=0,
            numberOfCommands=1,
            subPayloadControl=control,
            payload=rows,
        ),
    )


def thresholds(*limits_wh):
    return publish(
        PRICE,
        "PublishBlockThresholds",
        issued(
            startTime=0,
            issuerTariffId=1,
            commandIndex=0,
            numberOfCommands=1,
            subPayloadControl=1,
            payload=[
                {"tierNumberOfBlockThresholds": len(limits_wh), "blockThreshold": list(limits_wh)}
            ],
        ),
    )


def prepayment(start_s=0):
    zero = {"implementationDateTime": start_s}
    credit = {"emergencyCreditLimit": 10_000, "emergencyCreditThreshold": 2_000}
    most = {"maximumCreditLevel": 900_000, "maximumCreditPerTopUp": 800_000}
    return [
        ask(PREPAYMENT, "EmergencyCreditSetup", {"startTime": start_s, **credit}),
        ask(PREPAYMENT, "SetOverallDebtCap", {**zero, "overallDebtCap": 4_000}),
        ask(PREPAYMENT, "SetLowCreditWarningLevel", {"lowCreditWarningLevel": 3_000}, start_s),
        ask(PREPAYMENT, "SetMaximumCreditLimit", {**zero, **most}),
        *calendar(3, start_s, ((0, 1), (480, 0))),
    ]


def debt(kind, amount_mp, frequency=1, rate_mp=0, share=0):
    return ask(
        PREPAYMENT,
        "ChangeDebt",
        {
            "debtLabel": b"",
            "debtAmount": amount_mp & 0xFFFF_FFFF,
            "debtRecoveryMethod": int(kind == 5),
            "debtAmountType": kind,
            "debtRecoveryStartTime": 0,
            "debtRecoveryCollectionTime": 0,
            "debtRecoveryFrequency": frequency,
            "debtRecoveryAmount": rate_mp,
            "debtRecoveryBalancePercentage": share,
        },
    )


def flow(threshold, divisor):
    return ask(
        METERING,
        "SetUncontrolledFlowThreshold",
        {
            "uncontrolledFlowThreshold": threshold,
            "unitOfMeasure": 1,
            "multiplier": 1,
            "divisor": divisor,
            "stabilisationPeriod": 0,
            "measurementPeriod": 10,
        },
    )


def snapshots(name, cluster, cause, count):
    times = {"earliestStartTime": 0, "latestEndTime": NEVER_S - 1, "snapshotCause": cause}
    return [ask(cluster, name, {**times, "snapshotOffset": at}) for at in range(count)]
