"""Every use case of GBZ that sets or does something: what is sent, and what becomes of it.

As live_cosem_sets has those of DLMS; dates are seconds, 0 for at once.
"""

from functools import partial

from protometer.han import cluster_command
from protometer.han.payment_control import encode as payment_control
from protometer.model.calendar import DAY_S
from protometer.model.enumerations import (
    ARMED,
    CREDIT_MODE,
    DISABLED,
    ENABLED,
    LOCKED,
    PREPAYMENT_MODE,
    UNCHANGED,
)
from protometer.records.event_settings import SUPPLIER_EVENTS_OF_GAS
from tests.gbcs import live_calendars, live_gbz
from tests.gbcs.live_draw import Command
from tests.gbcs.live_gbz import CALENDAR, EVENTS, MANAGEMENT, METERING, PREPAYMENT, PRICE
from tests.roles.gbz_stand import read

MESSAGING = 0x0703
NEVER_S, HOUR_S = 0xFFFF_FFFF, 3_600
_MP = 1_000_000
_UNSIGNED = 0xFFFF_FFFF
_OF_SERVER, _OF_CLIENT = True, False


def sent(cluster, name, values, from_server=_OF_CLIENT, from_s=None):
    """Return a command, whose other fields are zero or empty."""
    known = {}
    for field in cluster_command.find(cluster, from_server, name)._fields.split():
        field, _, kind = field.partition(":")
        if field[0] != "?":
            known[field] = [] if "[" in kind else b"" if kind.endswith("str") else 0
    return cluster, (from_server, name), {**known, **values}, from_s


def published(cluster, name, **values):
    """Return a command of a cluster's server."""
    return sent(cluster, name, values, _OF_SERVER)


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
        return list(live_gbz.PUBLISHED[part](parts[part], calendar))

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
    content = _mode(at_s, payment_control(CREDIT_MODE, 0, 0), _UNSIGNED)
    reads = [(0x00BF, (PREPAYMENT, 0x0000), 0x0C94)]
    return Command(content, {"payment_mode": CREDIT_MODE}, reads)


def prepayment_mode(device, draw, at_s, code):
    disabled, emergency = draw.choice("disabled", 0, 1), draw.choice("emergency", 0, 1)
    threshold_mp = draw.number("threshold", -_MP, _MP)
    control = payment_control(PREPAYMENT_MODE, disabled, emergency)
    holds = {
        "payment_mode": PREPAYMENT_MODE,
        "suspend_debt_disabled": disabled,
        "suspend_debt_emergency": emergency,
        "disablement_threshold_mp": threshold_mp,
    }

    def after(device):
        # Without credit above the threshold there is no supply.
        assert (device.data.supply_state == DISABLED) == (threshold_mp >= 0)

    reads = [(0x00BF, (PREPAYMENT, 0x0000), control)]
    return Command(_mode(at_s, control, threshold_mp & _UNSIGNED), holds, reads, after)


def debt(device, draw, at_s, code):
    content, holds = [], {}
    names = "time_debt_1_mp", "time_debt_2_mp", "payment_debt_mp"
    for number, (kind, name) in enumerate(zip((1, 3, 5), names, strict=True), start=1):
        amount_mp = draw.number(name, 1, _MP)
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
    values = {field: draw.number(field, 1, _MP) for field, _ in fields}

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
        for place, value in (
            ("payment_mode", PREPAYMENT_MODE),
            ("emergency_credit_limit_mp", 500_000),
            ("emergency_credit_threshold_mp", 100_000),
            ("meter_balance_mp", 50_000),
        ):
            device.put(place, value)
        values = {"originatingDevice": originator}
        content = [sent(PREPAYMENT, "SelectAvailableEmergencyCredit", values)]
        return Command(content, {"emergency_credit_activated": 1})

    return act


def top_up(originator):
    def act(device, draw, at_s, code):
        device.put("payment_mode", PREPAYMENT_MODE)
        device.put("maximum_credit_threshold_mp", 100 * _MP)
        device.put("maximum_meter_balance_threshold_mp", 100 * _MP)
        pence = draw.number("pence", 1, 5_000)
        digits = device.utrn(draw.number("number", 1, 900), pence).encode()
        values = {"originatingDevice": originator, "topUpCode": digits}

        def after(device):
            ((at_s, value_mp, code),) = device.log("Billing Data Log Prepayment Credits")
            assert (value_mp, code.hex().encode()) == (1_000 * pence, digits)

        content = [sent(PREPAYMENT, "ConsumerTopUp", values)]
        return Command(content, {"meter_balance_mp": 1_000 * pence}, after=after)

    return act


def adjusted(kind, place, is_reset):
    def act(device, draw, at_s, code):
        device.put(place, 700_000)
        if place == "meter_balance_mp":
            device.put("payment_mode", PREPAYMENT_MODE)
        change_mp = 0 if is_reset else draw.number("change", -600_000, 600_000)
        values = {"creditAdjustmentType": kind, "creditAdjustmentValue": change_mp & _UNSIGNED}
        # In Credit Mode it is what is owed.
        sign = 1 if place == "meter_balance_mp" else -1
        after_mp = 0 if is_reset else 700_000 + sign * change_mp
        return Command([sent(PREPAYMENT, "CreditAdjustment", values)], {place: after_mp})

    return act


# Supply, metering, identities.


def supply(status, before, after_state):
    def act(device, draw, at_s, code):
        device.put("supply_state", before)
        device.put("supply_inhibits", 2 if before == DISABLED else 0)
        values = {"proposedSupplyStatus": status, "supplyControlBits": 1}

        def after(device):
            assert device.device.supply.closed() == (after_state == ENABLED)

        return Command(
            [sent(METERING, "ChangeSupply", values)],
            {"supply_state": after_state},
            [(0x0082, (METERING, 0x0014), status)],
            after,
        )

    return act


def flow(device, draw, at_s, code):
    """Of GCS24 the rate is in parts that its sender chooses, of GCS24a in ten thousandths."""
    rate, measured_s = draw.number("rate", 1, 9_000), draw.number("measured", 1, 600)
    stable_ds = draw.number("stable", 1, 200)
    divisor = 10_000 if code == 0x00FC else draw.number("divisor", 1, 9_000)
    states = [draw.choice(name, 0, 3) for name in ("tamper", "depletion")]
    known = {0: LOCKED, 3: UNCHANGED}
    values = {
        "uncontrolledFlowThreshold": rate,
        "unitOfMeasure": 1,
        "multiplier": 1,
        "divisor": divisor,
        "stabilisationPeriod": stable_ds,
        "measurementPeriod": measured_s,
    }
    status = {"supplyTamperState": states[0], "supplyDepletionState": states[1]}
    return Command(
        [
            sent(METERING, "SetUncontrolledFlowThreshold", values),
            sent(METERING, "SetSupplyStatus", {**status, "loadLimitSupplyState": 3}),
        ],
        {
            "uncontrolled_gas_flow": rate,
            "uncontrolled_gas_flow_divisor": divisor,
            "stabilisation_period_ds": stable_ds,
            "measurement_period_s": measured_s,
            "supply_tamper_state": known[states[0]],
            "supply_depletion_state": known[states[1]],
        },
    )


def start_sampling(device, draw, at_s, code):
    device.add_entry("Network Data Log")
    values = {"sampleRequestInterval": 360, "maxNumberOfSamples": 41}

    def after(device):
        # What was recorded before is gone, and each six minutes there is a sample.
        start_s = device.now_s
        device.run(720, volume_ml=50_000)
        stamps = [at_s for at_s, _ in device.log("Network Data Log")]
        assert stamps == [start_s, start_s + 360, start_s + 720]
        assert sum(litres for _, litres in device.log("Network Data Log")) == 50

    return Command(
        [sent(METERING, "StartSampling", values)],
        {"network_data_started_s": device.now_s},
        after=after,
    )


def message(device, draw, at_s, code):
    text = draw.digits("message", 116)
    values = {"durationInMinutes": 0xFFFF, "message": text.encode()}
    return Command([published(MESSAGING, "DisplayMessage", **values)], {"supplier_message": text})


def tenancy(device, draw, at_s, code):
    from_s = device.now_s - draw.number("back", 1, DAY_S)
    values = {"implementationDateTime": from_s, "proposedTenancyChangeControl": 0x200}
    return Command(
        [published(MANAGEMENT, "PublishChangeOfTenancy", **values)], {"restrict_data_s": from_s}
    )


def disable_pin(device, draw, at_s, code):
    device.put("privacy_pin", "1234")
    values = {"passwordType": 2}
    return Command(
        [published(MANAGEMENT, "RequestNewPasswordResponse", **values)], {"privacy_pin": ""}
    )


def customer(device, draw, at_s, code):
    number = draw.digits("number", 4)
    values = {"customerIdNumber": number.encode()}
    return Command(
        [published(MANAGEMENT, "UpdateCIN", **values)], {"customer_identification_number": number}
    )


def meter_point(device, draw, at_s, code):
    number = draw.digits("number", 10)
    return Command(
        [published(MANAGEMENT, "UpdateSiteId", siteId=number.encode())],
        {"meter_point_reference_number": number},
        [(0x0089, (METERING, 0x0307), number.encode())],
    )


def contact(device, draw, at_s, code):
    name, number = draw.digits("name", 15), draw.digits("telephone", 18)
    values = {
        "providerChangeControl": 0x1800,
        "proposedProviderName": name.encode(),
        "proposedProviderContactDetails": number.encode(),
    }
    return Command(
        [published(MANAGEMENT, "PublishChangeOfSupplier", **values)],
        {"supplier_name": name, "supplier_telephone_number": number},
    )


def events(device, draw, at_s, code):
    """Two lists of events, each with what becomes of them."""
    settings = "event_logging_supplier", "alerts_supplier", "alerts_han", "event_alarms"
    known = list(SUPPLIER_EVENTS_OF_GAS)
    lists = draw("lists", lambda rng: [sorted(part) for part in _halves(rng, known)])
    content, held = [], {name: bytearray(device.value(name)) for name in settings}
    for number, listed in enumerate(lists):
        bits = draw.choice(f"settings {number}", *_CONFIGURATIONS[number])
        octets = bytearray((len(listed),))
        for low in listed:
            octets += (0x8100 | low).to_bytes(2, "little")
        content.append(
            published(
                MANAGEMENT,
                "SetEventConfiguration",
                eventConfiguration=bits,
                eventConfigurationPayload=list(octets),
            )
        )
        for low in listed:
            for name, flag in zip(settings, (0x03, 0x08, 0x10, 0x40), strict=True):
                held[name][low >> 3] &= ~(1 << (low & 7)) & 0xFF
                held[name][low >> 3] |= bool(bits & flag) << (low & 7)
    holds = {f"{name}[{n}]": octet for name in settings for n, octet in enumerate(held[name])}
    return Command(content, holds, after=partial(live_gbz.answers_of, code=0x00F1))


# Of the first list and of the second.
_CONFIGURATIONS = (0x03, 0x0B, 0x48), (0x10, 0x58, 0x00)


def _halves(rng, known):
    half = rng.sample(known, len(known) // 2)
    return half, [low for low in known if low not in half]


def clear_event_log(device, draw, at_s, code):
    for _ in range(3):
        device.add_entry("Event Log")

    def after(device):
        # The Command that cleared it is logged behind that.
        assert device.log("Event Log")[-1][1] == 0x8154
        assert len(device.log("Event Log")) <= 2

    return Command([sent(EVENTS, "ClearEventLogRequest", {"logId": 3})], after=after)


SETS = {
    0x0015: clear_event_log,
    0x006B: tariff,
    0x006C: credit_mode,
    0x006D: prepayment_mode,
    0x006E: debt,
    0x006F: prepayment,
    0x0070: emergency_credit(0),
    0x0071: message,
    0x0072: tenancy,
    0x0073: disable_pin,
    0x007C: factors,
    0x007D: flow,
    0x007E: billing_calendar,
    0x0080: start_sampling,
    0x0081: supply(0, ENABLED, DISABLED),
    0x0083: customer,
    0x0085: supply(1, DISABLED, ARMED),
    0x0086: adjusted(0, "meter_balance_mp", is_reset=False),
    0x0087: meter_point,
    0x0088: contact,
    0x0090: emergency_credit(2),
    0x0097: top_up(0),
    0x009B: top_up(2),
    0x00A3: price,
    0x00AD: events,
    0x00B4: adjusted(1, "meter_balance_mp", is_reset=True),
    0x00C0: adjusted(3, "credit_mode_balance_mp", is_reset=False),
    0x00C2: adjusted(2, "credit_mode_balance_mp", is_reset=True),
    0x00D8: billing_calendar,
    0x00FC: flow,
}

AT_ONCE = 0


def at(at_s):
    """Return a date as commands take it."""
    return at_s


def send(device, code, content):
    """Send a command."""
    device.ask_gbz(code, content)


def told(device, code, which):
    """Return what is read of an attribute: (cluster, identifier)."""
    cluster, identifier = which
    answers = device.ask_gbz(code, [read(cluster, *of_use_case(code, cluster))])
    return live_gbz.value_of(answers, 0, identifier)


def of_use_case(code, cluster):
    """Return the attributes that a use case reads of a cluster."""
    (row,) = [row for row in live_gbz.kinds(code) if int(row[1], 0) == cluster]
    return [int(one, 16) for one in row[4].split()]
