"""Tariffs, prices and payment by GBZ: what is sent, and what becomes of it."""

from functools import partial

from protometer.gbcs.payment_control import encode as payment_control
from protometer.model.calendar import DAY_S
from protometer.model.enumerations import (
    CREDIT_MODE,
    PREPAYMENT_MODE,
)
from tests.gbcs import live_calendars, live_gbz, live_meter
from tests.gbcs.live_draw import Command
from tests.gbcs.live_gbz_answers import PUBLISHED
from tests.gbcs.live_gbz_attributes import CALENDAR, PREPAYMENT, PRICE
from tests.gbcs.live_gbz_commands import UNSIGNED, published, sent
from tests.gbcs.live_meter import HOUR_S, MP

# Calendars and tariffs.


def _table(draw, calendar):
    return {
        part: draw(part, partial(make, calendar=calendar))
        for part, make in live_calendars.GAS_DRAWN.items()
    }


def _publications(parts, calendar, start_s):
    """Return the publications of a calendar, part by part as it is told when it is read."""
    kind = {"tariff": 0, "credit": 3}[calendar]
    event, number = parts["issued"]
    issued = {"issuerEventId": event, "issuerCalendarId": number}
    one = {"totalNumberOfCommands": 1}

    def told(part):
        return list(PUBLISHED[part](parts[part], calendar))

    counts = {
        "numberOfSeasons": len(parts["seasons"]),
        "numberOfWeekProfiles": len(parts["weeks"]),
        "numberOfDayProfiles": len(parts["days"]),
    }
    when = {"startTime": start_s, "calendarType": kind}
    (seasons,), (special,) = told("seasons"), told("special days")
    return [
        published(CALENDAR, "PublishCalendar", **issued, **when, **counts),
        *[
            published(CALENDAR, "PublishDayProfile", **issued, **one, **day, calendarType=kind)
            for day in told("days")
        ],
        *[published(CALENDAR, "PublishWeekProfile", **issued, **week) for week in told("weeks")],
        published(CALENDAR, "PublishSeasons", **issued, **one, **seasons),
        published(CALENDAR, "PublishSpecialDays", **issued, **when, **one, **special),
    ]


def _prices(draw, by_block, start_s, thresholds_wh):
    """Return (publications of information and matrix, what holds then)."""
    event = draw.number("event", 1, 10**6)
    standing_mp = draw.number("standing", 0, 30_000)
    currency = draw.choice("currency", 826, 978)
    prices = draw("prices", lambda rng: [rng.randint(1, 20_000) for _ in range(4)])
    information = published(
        PRICE,
        "PublishTariffInformation",
        issuerEventId=event,
        startTime=start_s,
        tariffTypeChargingScheme=0x10 if by_block else 0x00,
        numberOfPriceTiersInUse=4,
        numberOfBlockThresholdsInUse=len(thresholds_wh),
        currency=currency,
        priceTrailingDigit=0x50,
        standingCharge=standing_mp,
        blockThresholdMultiplier=1,
        blockThresholdDivisor=1000,
    )
    first = 0 if by_block else 1
    matrix = published(
        PRICE,
        "PublishPriceMatrix",
        issuerEventId=event,
        startTime=start_s,
        numberOfCommands=1,
        subPayloadControl=0 if by_block else 1,
        payload=[{"tierBlockId": first + at, "price": each} for at, each in enumerate(prices)],
    )
    bank = "tariff_block_prices_mp" if by_block else "tariff_tou_prices_mp"
    holds = {
        "standing_charge_mp": standing_mp,
        "currency_units": currency,
        "price_issued": event,
        "active_tariff_price_mp": prices[0],
        **{f"{bank}[{at}]": each for at, each in enumerate(prices)},
    }
    return information, matrix, holds


def _gas_costs(price_mp):
    """Return what checks the cost of gas: of a m3 as many kWh as its factors say."""

    def after(device):
        data = device.data
        before_mp, before = data.credit_mode_balance_mp, data.energy_consumed.wh(0)
        device.run(2, volume_ml=1_000_000)
        consumed_wh = data.energy_consumed.wh(0) - before
        assert consumed_wh > 10_000
        expected_mp = price_mp * consumed_wh / 1000
        assert abs(data.credit_mode_balance_mp - before_mp - expected_mp) < price_mp / 500 + 2

    return after


def tariff(device, draw, at_s, code):
    by_block = draw.choice("by block", True, False)
    parts = _table(draw, "tariff")
    limits_wh = draw("thresholds", lambda rng: sorted(rng.sample(range(10**5, 10**6), 3)))
    limits_wh = limits_wh if by_block else []
    information, matrix, holds = _prices(draw, by_block, at_s, limits_wh)
    content = [*_publications(parts, "tariff", at_s), information]
    if by_block:
        rows = [{"tierNumberOfBlockThresholds": 3, "blockThreshold": limits_wh}]
        content.append(
            published(
                PRICE,
                "PublishBlockThresholds",
                startTime=at_s,
                numberOfCommands=1,
                subPayloadControl=1,
                payload=rows,
            )
        )
    content.append(matrix)
    holds["block_thresholds_in_use"] = len(limits_wh)
    for index, limit_wh in enumerate(limits_wh):
        holds[f"tariff_block_thresholds_wh[{index}]"] = limit_wh

    def after(device):
        device.tables["tariff"] = parts
        live_gbz.answers_of(device, 0x009F)
        _gas_costs(holds["active_tariff_price_mp"])(device)

    # Without blocks there are no thresholds, which then say nothing.
    idle = () if by_block else ("thresholds",)
    return Command(content, holds, after=after, idle=idle)


def price(device, draw, at_s, code):
    information, matrix, holds = _prices(draw, False, at_s, ())
    return Command([information, matrix], holds, after=_gas_costs(holds["active_tariff_price_mp"]))


def factors(device, draw, at_s, code):
    """Digits are those of the use case; the values behind them are drawn."""
    conversion, calorific = draw.number("conversion", 1, 10**6), draw.number("calorific", 1, 1000)
    holds = {"conversion_factor": conversion, "calorific_value": calorific}

    def after(device):
        before_wh = device.data.energy_consumed.wh(0)
        device.run(2, volume_ml=1_000_000)
        # MJ by 3.6 are kWh; with five digits behind the point, and one.
        expected_wh = conversion * calorific / 10**6 / 3.6 * 1000
        assert abs(device.data.energy_consumed.wh(0) - before_wh - expected_wh) <= 1

    return Command(
        [
            published(
                PRICE,
                "PublishConversionFactor",
                conversionFactor=conversion,
                conversionFactorTrailingDigit=0x50,
            ),
            published(
                PRICE,
                "PublishCalorificValue",
                calorificValue=calorific,
                calorificValueUnit=1,
                calorificValueTrailingDigit=0x10,
            ),
        ],
        holds,
        after=after,
    )


_PERIODS = ((1, 0x21), (1, 0x22), (1, 0x23), (3, 0x23), (6, 0x23), (12, 0x23))


def billing_calendar(device, draw, at_s, code):
    period = draw.number("period", 1, 3 if code == 0x007E else 6)
    duration, kind = _PERIODS[period - 1]
    start_s = device.now_s + HOUR_S * draw.number("start", 1, 600)
    event = draw.number("event", 1, 10**6)
    both = [
        published(
            PRICE,
            "PublishBillingPeriod",
            issuerEventId=event,
            billingPeriodStartTime=start_s,
            billingPeriodDuration=duration,
            billingPeriodDurationType=kind,
        ),
        published(
            PRICE,
            "PublishBlockPeriod",
            issuerEventId=event,
            blockPeriodStartTime=start_s,
            blockPeriodDuration=duration,
            blockPeriodControl=2,
            blockPeriodDurationType=kind,
            tariffType=0,
            tariffResolutionPeriod=1,
        ),
    ]
    holds = {
        "billing_calendar_period": period,
        "billing_calendar_start_s": start_s,
        "billing_issued": event,
    }
    return Command(both, holds, after=partial(live_gbz.answers_of, code=0x00DA))


# Payment.


def _mode(at_s, configuration, threshold_mp):
    values = {
        "implementationDateTime": at_s,
        "proposedPaymentControlConfiguration": configuration,
        "cutOffValue": threshold_mp,
    }
    return [sent(PREPAYMENT, "ChangePaymentMode", values)]


def credit_mode(device, draw, at_s, code):
    device.put("payment_mode", PREPAYMENT_MODE)
    content = _mode(at_s, payment_control(CREDIT_MODE, 0, 0), UNSIGNED)
    reads = [(0x00BF, (PREPAYMENT, 0x0000), 0x0C94)]
    return Command(content, {"payment_mode": CREDIT_MODE}, reads)


def prepayment_mode(device, draw, at_s, code):
    settings, threshold_mp = live_meter.drawn_prepayment_mode(draw)
    control = payment_control(PREPAYMENT_MODE, *settings)
    reads = [(0x00BF, (PREPAYMENT, 0x0000), control)]
    content = _mode(at_s, control, threshold_mp & UNSIGNED)
    return live_meter.prepayment_mode(content, settings, threshold_mp, reads)


def debt(device, draw, at_s, code):
    content, holds = [], {}
    names = "time_debt_1_mp", "time_debt_2_mp", "payment_debt_mp"
    for number, (kind, name) in enumerate(zip((1, 3, 5), names, strict=True), start=1):
        amount_mp = draw.number(name, 1, MP)
        device.put(name, 50)
        holds[name] = 50 + amount_mp
        values = {"debtAmount": amount_mp, "debtAmountType": kind}
        if kind == 5:
            share = draw.number("share", 1, 10_000)
            values.update(debtRecoveryMethod=1, debtRecoveryBalancePercentage=share)
            holds["debt_recovery_per_payment"] = share
        else:
            frequency = draw.choice(f"frequency {number}", 0, 1)
            rate_mp = draw.number(f"rate {number}", 1, 10**5)
            values.update(debtRecoveryFrequency=frequency, debtRecoveryAmount=rate_mp)
            holds[f"debt_recovery_rate_{number}"] = rate_mp
            holds[f"debt_recovery_rate_{number}_period_s"] = (HOUR_S, DAY_S)[frequency]
        content.append(sent(PREPAYMENT, "ChangeDebt", values))
    return Command(content, holds)


def prepayment(device, draw, at_s, code):
    parts = _table(draw, "credit")
    fields = (
        ("emergencyCreditLimit", "emergency_credit_limit_mp"),
        ("emergencyCreditThreshold", "emergency_credit_threshold_mp"),
        ("overallDebtCap", "debt_recovery_rate_cap"),
        ("lowCreditWarningLevel", "low_credit_threshold_mp"),
        ("maximumCreditLevel", "maximum_meter_balance_threshold_mp"),
        ("maximumCreditPerTopUp", "maximum_credit_threshold_mp"),
    )
    values = {field: draw.number(field, 1, MP) for field, _ in fields}

    def some(*names, **more):
        return {**{name: values[name] for name in names}, **more}

    content = [
        sent(
            PREPAYMENT,
            "EmergencyCreditSetup",
            some("emergencyCreditLimit", "emergencyCreditThreshold", startTime=at_s),
        ),
        sent(PREPAYMENT, "SetOverallDebtCap", some("overallDebtCap", implementationDateTime=at_s)),
        sent(PREPAYMENT, "SetLowCreditWarningLevel", some("lowCreditWarningLevel"), from_s=at_s),
        sent(
            PREPAYMENT,
            "SetMaximumCreditLimit",
            some("maximumCreditLevel", "maximumCreditPerTopUp", implementationDateTime=at_s),
        ),
        *_publications(parts, "credit", at_s),
    ]

    def after(device):
        device.tables["credit"] = parts
        live_gbz.answers_of(device, 0x00B5)

    return Command(content, {place: values[field] for field, place in fields}, after=after)


def emergency_credit(originator):
    def act(device, draw, at_s, code):
        values = {"originatingDevice": originator}
        content = [sent(PREPAYMENT, "SelectAvailableEmergencyCredit", values)]
        return live_meter.emergency_credit(device, content)

    return act


def top_up(originator):
    def act(device, draw, at_s, code):
        digits, value_mp = live_meter.drawn_top_up(device, draw)
        values = {"originatingDevice": originator, "topUpCode": digits}

        def after(device):
            ((_, told_mp, code),) = device.log("Billing Data Log Prepayment Credits")
            assert (told_mp, code.hex().encode()) == (value_mp, digits)

        content = [sent(PREPAYMENT, "ConsumerTopUp", values)]
        return Command(content, {"meter_balance_mp": value_mp}, after=after)

    return act


def adjusted(kind, place, is_reset):
    def act(device, draw, at_s, code):
        device.put(place, 700_000)
        if place == "meter_balance_mp":
            device.put("payment_mode", PREPAYMENT_MODE)
        change_mp = 0 if is_reset else draw.number("change", -600_000, 600_000)
        values = {"creditAdjustmentType": kind, "creditAdjustmentValue": change_mp & UNSIGNED}
        # In Credit Mode it is what is owed.
        sign = 1 if place == "meter_balance_mp" else -1
        after_mp = 0 if is_reset else 700_000 + sign * change_mp
        return Command([sent(PREPAYMENT, "CreditAdjustment", values)], {place: after_mp})

    return act


SETS = {
    0x006B: tariff,
    0x006C: credit_mode,
    0x006D: prepayment_mode,
    0x006E: debt,
    0x006F: prepayment,
    0x0070: emergency_credit(0),
    0x007C: factors,
    0x007E: billing_calendar,
    0x0086: adjusted(0, "meter_balance_mp", is_reset=False),
    0x0090: emergency_credit(2),
    0x0097: top_up(0),
    0x009B: top_up(2),
    0x00A3: price,
    0x00B4: adjusted(1, "meter_balance_mp", is_reset=True),
    0x00C0: adjusted(3, "credit_mode_balance_mp", is_reset=False),
    0x00C2: adjusted(2, "credit_mode_balance_mp", is_reset=True),
    0x00D8: billing_calendar,
}
