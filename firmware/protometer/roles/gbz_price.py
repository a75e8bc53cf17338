"""Prices, tariffs and the billing calendar of remote parties.

(GCS01a, GCS01b, GCS21d, GCS21f, GCS21k, GCS23, GCS25, GCS25a)
"""

from micropython import const

from ..han import zcl
from ..model.calendar_fields import CalendarError
from ..model.command import CommandRefused
from ..model.switching_table import SwitchingTable
from .billing_periods import PERIODS
from .cluster_calendar import is_given
from .gbz_calendar import CLUSTER as CALENDAR
from .gbz_calendar import PUBLISH_CALENDAR, PUBLISH_SPECIAL_DAYS

_PRICE = const(0x0700)
_CUBIC_METRES = const(0x01)
_FIVE_DIGITS = const(0x50)
_BLOCKS = const(0x10)
_MULTIPLIER = const(1)
_DIVISOR = const(1_000)
_FIRST_TIER = const(1)
_UPPER_HALF = const(0x10)
_DELIVERED = const(0x00)


def publish_tariff_information(meter, request):
    """Publish Tariff Information: the standing charge, and what else is to come."""
    values = request.values
    scale = values["blockThresholdMultiplier"], values["blockThresholdDivisor"]
    if scale != (_MULTIPLIER, _DIVISOR):
        raise CalendarError("tariff: thresholds are not in thousandths")
    request.draft["tariff"] = values
    return zcl.SUCCESS


def publish_block_thresholds(meter, request):
    """Publish Block Thresholds: one row, of all tiers."""
    rows = request.values["payload"]
    if len(rows) != 1:
        raise CalendarError("block thresholds: %d rows" % len(rows))
    request.draft["thresholds"] = request.values
    return zcl.SUCCESS


def publish_price_matrix(meter, request):
    """Publish Price Matrix; with it a tariff, or its prices, are whole, and set."""
    draft, matrix = request.draft, request.values
    about = draft["tariff"]
    is_by_block = bool(about["tariffTypeChargingScheme"] & _BLOCKS)
    if matrix["subPayloadControl"] != (0 if is_by_block else 1):
        raise CalendarError("price matrix: of another charging scheme")
    prices = _in_order(matrix["payload"])
    tariff = {
        "block_prices" if is_by_block else "prices": prices,
        "standing_charge": about["standingCharge"],
        "currency": about["currency"],
        "price_issued": about["issuerEventId"],
    }
    commands = [(_PRICE, 0x04), (_PRICE, 0x05)]
    dates = [about["startTime"], matrix["startTime"]]
    name, argument = "Set Price", "prices"
    if "calendar" in draft:
        name, argument = "Set Tariff", "tariff"
        calendar, at_s = draft["calendar"].calendar(draft["special days"], _FIRST_TIER)
        tariff.update(calendar)
        tariff["block_thresholds"] = _thresholds(draft, about, dates, commands)
        dates.append(at_s)
        commands[:0] = [(CALENDAR, PUBLISH_CALENDAR), (CALENDAR, PUBLISH_SPECIAL_DAYS)]
    yield from request.perform(meter, name, {argument: tariff}, max(dates), commands)
    return zcl.SUCCESS


def _in_order(rows):
    """Return the prices of a matrix by their numbers, which follow on each other.

    Tiers may stand in the upper half of their numbers, or be these.
    """
    rows = sorted((row["tierBlockId"], row["price"]) for row in rows)
    step = rows[1][0] - rows[0][0] if len(rows) > 1 else 1
    for place, (number, _) in enumerate(rows):
        if step not in (1, _UPPER_HALF) or number != rows[0][0] + step * place:
            raise CalendarError("price matrix: its prices do not follow on each other")
    return [price for _, price in rows]


def _thresholds(draft, about, dates, commands):
    published = draft.get("thresholds")
    found = []
    if published:
        found = published["payload"][0]["blockThreshold"]
        dates.append(published["startTime"])
        commands.insert(1, (_PRICE, 0x06))
    if about["numberOfBlockThresholdsInUse"] != len(found):
        raise CalendarError("tariff: %d block thresholds" % len(found))
    return found


def publish_conversion_factor(meter, request):
    """Publish Conversion Factor."""
    values = request.values
    meter.data.conversion_factor_digits = values["conversionFactorTrailingDigit"]
    yield from request.write(meter, "Conversion Factor", values["conversionFactor"])
    return zcl.SUCCESS


def publish_calorific_value(meter, request):
    """Publish Calorific Value."""
    values = request.values
    meter.data.calorific_value_digits = values["calorificValueTrailingDigit"]
    yield from request.write(meter, "Calorific Value", values["calorificValue"])
    return zcl.SUCCESS


def publish_billing_period(meter, request):
    """Publish Billing Period: the block period, which is the same, is to follow."""
    request.draft["billing"] = request.values
    return zcl.SUCCESS


def publish_block_period(meter, request):
    """Publish Block Period; with it the Billing Calendar is whole, and set."""
    billing, block = request.draft["billing"], request.values
    asked = []
    for values, name in ((billing, "billingPeriod"), (block, "blockPeriod")):
        fields = ("StartTime", "Duration", "DurationType")
        asked.append([values[name + field] for field in fields])
    start_s, duration, kind = asked[0]
    if asked[1] != asked[0] or (duration, kind) not in PERIODS:
        raise CommandRefused("Set Billing Calendar: no such period")
    period = PERIODS.index((duration, kind)) + 1
    yield from request.perform(
        meter, "Set Billing Calendar", {"start_s": start_s, "period": period}
    )
    meter.data.billing_issued = billing["issuerEventId"]
    return zcl.SUCCESS


def get_billing_period(meter, request):
    """Get Billing Period: the Billing Calendar that is in force."""
    data = meter.data
    if not data.billing_calendar_period:
        return zcl.NOT_FOUND
    duration, kind = PERIODS[data.billing_calendar_period - 1]
    answer = {
        "providerId": 0,
        "issuerEventId": data.billing_issued,
        "billingPeriodStartTime": data.billing_calendar_start_s,
        "billingPeriodDuration": duration,
        "billingPeriodDurationType": kind,
        "tariffType": _DELIVERED,
    }
    request.answer("PublishBillingPeriod", answer)
    return None


def get_current_price(meter, request):
    """Get Current Price: the one in force, until the next switch that there may be."""
    data = meter.data
    packed = data.tariff_switching_table
    if not is_given(data, "Tariff Switching Table", packed, data.tariff_issued):
        return zcl.NOT_FOUND
    table = SwitchingTable(packed)
    tier, tiers = data.active_tariff_rate + 1, max(table.rates()) + 1
    if data.block_thresholds_in_use:
        tier = tiers = 0
    answer = {
        "providerId": 0,
        "issuerEventId": data.price_issued,
        "currentTime": request.now_s,
        "unitOfMeasure": _CUBIC_METRES,
        "currency": data.currency_units,
        "priceTrailingDigitAndPriceTier": _FIVE_DIGITS | tier,
        "numberOfPriceTiersAndRegisterTier": tiers << 4 | tier,
        "startTime": 0,
        "durationInMinutes": (table.next_look_s(request.now_s) - request.now_s) // 60,
        "price": max(data.active_tariff_price_mp, 0),
    }
    request.answer("PublishPrice", answer)
    return None


HANDLERS = {
    (0x04, True): publish_tariff_information,
    (0x06, True): publish_block_thresholds,
    (0x05, True): publish_price_matrix,
    (0x02, True): publish_conversion_factor,
    (0x03, True): publish_calorific_value,
    (0x09, True): publish_billing_period,
    (0x01, True): publish_block_period,
    (0x00, False): get_current_price,
    (0x0B, False): get_billing_period,
}
