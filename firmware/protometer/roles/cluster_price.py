"""Price at a meter: the tariff as it stands and as the calendar will have it (D.4)."""

from micropython import const

from ..han import price, zcl
from ..model.switching_table import SwitchingTable
from ..tariff.blocks import BLOCKS, NO_THRESHOLD_WH, THRESHOLDS
from ..tariff.pricing import scaled_mp

_KWH = const(0x00)
_DELIVERED = const(0x00)
_FIVE_DIGITS = const(0x50)
_TOU_RATES = const(48)
# Charging schemes, in the upper half: by time of use, by blocks, by both.
_TOU = const(0x00)
_BLOCK = const(0x10)
_BOTH = const(0x20)
_NO_BLOCKS = const(0xFF)
_BLOCKS_OF_TIERS = const(0x01)
# Sub payload control of a price matrix: its prices are by tier.
_BY_TIER = const(0x01)
# What fits into a frame.
_PRICES = const(8)
_THRESHOLDS = const(2)
_LABELS = const(4)
_MOST_EVENTS = const(4)
_MJ_PER_M3 = const(0x01)
_ONE_DIGIT = const(0x10)
# Of a billing period: unit in the upper two bits, and how many; by Billing Calendar Period.
_DAYS, _WEEKS, _MONTHS = 1 << 22, 2 << 22, 3 << 22
_PERIODS = (0, _DAYS | 1, _WEEKS | 1, _MONTHS | 1, _MONTHS | 3, _MONTHS | 6, _MONTHS | 12)


class _Tariff:
    """A meter's tariff in the terms of the cluster.

    `rates`: how many have a switch point; `tiers`: those of them by time of use; `block_rates`:
    how many have blocks.
    """

    def __init__(self, data):
        self.data = data
        self.is_gas = "G" in data.role
        self.table = SwitchingTable(data.tariff_switching_table)
        highest = max(self.table.rates()) + 1
        if self.is_gas:
            self.block_rates = 1 if data.block_thresholds_in_use else 0
            self.tiers = highest
        else:
            self.block_rates = max(highest - _TOU_RATES, 0)
            self.tiers = 1 + max([0] + [rate for rate in self.table.rates() if rate < _TOU_RATES])

    def price_mp(self, rate):
        """Return the price of a rate; of one with blocks, that of the first."""
        data = self.data
        if self.is_gas:
            if self.block_rates:
                return data.tariff_block_prices_mp[0]
            return data.tariff_tou_prices_mp[rate]
        if rate < _TOU_RATES:
            return scaled_mp(data.tariff_tou_prices[rate], data.tariff_tou_price_scale)
        return self.block_price_mp(rate - _TOU_RATES, 0)

    def block_price_mp(self, rate, block):
        """Return the price of a block of a rate that has blocks."""
        data = self.data
        if self.is_gas:
            return data.tariff_block_prices_mp[block]
        amount = data.tariff_block_prices[BLOCKS * rate + block]
        return scaled_mp(amount, data.tariff_tou_price_scale)

    def tier_of(self, rate):
        """Return the tier of a rate that has blocks: 0 where blocks are all there is."""
        return 0 if self.is_gas else rate + 1

    def thresholds_wh(self, rate):
        """Return the thresholds of a rate that are in use."""
        held = self.data.tariff_block_thresholds_wh
        found = [held[THRESHOLDS * rate + number] for number in range(THRESHOLDS)]
        return [threshold for threshold in found if threshold != NO_THRESHOLD_WH]

    def issued(self, **values):
        """Return the values that every publication has: nobody numbered this tariff."""
        values.update({"providerId": 0, "issuerEventId": 0, "issuerTariffId": 0, "startTime": 0})
        return values


def get_current_price(meter, request):
    """Get Current Price."""
    data = meter.data
    _publish_price(meter, request, data.active_tariff_price_mp, data.active_tariff_rate, 0)


def get_scheduled_prices(meter, request):
    """Get Scheduled Prices: the price in force at a time, and what the calendar has next."""
    tariff = _Tariff(meter.data)
    at_s = request.values["startTime"] or request.now_s
    count = request.values["numberOfEvents"] or _MOST_EVENTS
    rate = None
    for _ in range(min(count, _MOST_EVENTS)):
        rate = tariff.table.rate_at(at_s)
        _publish_price(meter, request, tariff.price_mp(rate), rate, at_s)
        at_s = _next_change_s(tariff.table, rate, at_s)
        if at_s is None:
            break


def _next_change_s(table, rate, at_s):
    """Return when another rate comes into force within 8 days, or None."""
    until_s = at_s + 8 * 86_400
    while at_s < until_s:
        at_s = table.next_look_s(at_s)
        if table.rate_at(at_s) != rate:
            return at_s
    return None


def _publish_price(meter, request, price_mp, rate, start_s):
    label = "Rate %d" % (rate + 1)
    told = price.Price(price_mp, rate + 1, label, meter.data.currency_units, start_s)
    payload = price.encode(told, _Tariff(meter.data).tiers, request.now_s)
    request.answer_octets(price.PUBLISH_PRICE, payload)


def get_tariff_information(meter, request):
    """Get Tariff Information: the only one there is, the one in force."""
    data, tariff = meter.data, _Tariff(meter.data)
    scheme = _TOU
    if tariff.block_rates:
        scheme = _BLOCK if tariff.is_gas else _BOTH
    answer = tariff.issued(
        tariffTypeChargingScheme=_DELIVERED | scheme,
        tariffLabel=data.supplier_name.encode()[:12],
        numberOfPriceTiersInUse=tariff.tiers,
        numberOfBlockThresholdsInUse=len(tariff.thresholds_wh(0)) if tariff.block_rates else 0,
        unitOfMeasure=_KWH,
        currency=data.currency_units,
        priceTrailingDigit=_FIVE_DIGITS,
        standingCharge=max(meter.tariff.standing_charge_mp(), 0),
        tierBlockMode=_BLOCKS_OF_TIERS if tariff.block_rates else _NO_BLOCKS,
        blockThresholdMultiplier=1,
        blockThresholdDivisor=1000,
    )
    request.answer("PublishTariffInformation", answer)


def get_price_matrix(meter, request):
    """Get Price Matrix: the prices by tier, and where there are blocks those by block."""
    tariff = _Tariff(meter.data)
    if not (tariff.is_gas and tariff.block_rates):
        rows = [_price(rate + 1, tariff.price_mp(rate)) for rate in range(tariff.tiers)]
        _answer_matrix(request, tariff, _BY_TIER, rows)
    if tariff.block_rates:
        rows = [
            _price(tariff.tier_of(rate) << 4 | block, tariff.block_price_mp(rate, block))
            for rate in range(tariff.block_rates)
            for block in range(BLOCKS)
        ]
        _answer_matrix(request, tariff, 0, rows)


def _price(tier_and_block, price_mp):
    return {"tierBlockId": tier_and_block, "price": max(price_mp, 0)}


def _answer_matrix(request, tariff, control, rows):
    values = tariff.issued(subPayloadControl=control)
    request.answer_several(
        "PublishPriceMatrix", values, "payload", rows, _PRICES, "numberOfCommands"
    )


def get_block_thresholds(meter, request):
    """Get Block Thresholds: those of each rate that has blocks."""
    tariff = _Tariff(meter.data)
    rows = []
    for rate in range(tariff.block_rates):
        found = tariff.thresholds_wh(rate)
        head = tariff.tier_of(rate) << 4 | len(found)
        rows.append({"tierNumberOfBlockThresholds": head, "blockThreshold": found})
    if not rows:
        return zcl.NOT_FOUND
    request.answer_several(
        "PublishBlockThresholds",
        tariff.issued(subPayloadControl=0),
        "payload",
        rows,
        _THRESHOLDS,
        "numberOfCommands",
    )
    return None


def get_tier_labels(meter, request):
    """Get Tier Labels: what the meter's own display calls its rates."""
    tariff = _Tariff(meter.data)
    rows = [
        {"tierId": rate + 1, "tierLabel": ("Rate %d" % (rate + 1)).encode()}
        for rate in range(tariff.tiers)
    ]
    values = {"providerId": 0, "issuerEventId": 0, "issuerTariffId": 0}
    commands = -(-len(rows) // _LABELS)
    for part in range(commands):
        labels = rows[_LABELS * part : _LABELS * (part + 1)]
        values.update(
            {
                "commandIndex": part,
                "numberOfCommands": commands,
                "numberOfLabels": len(labels),
                "tierLabelsPayload": labels,
            }
        )
        request.answer("PublishTierLabels", values)


def get_conversion_factor(meter, request):
    """Get Conversion Factor of a gas meter."""
    answer = {
        "issuerEventId": 0,
        "startTime": 0,
        "conversionFactor": meter.data.conversion_factor,
        "conversionFactorTrailingDigit": _FIVE_DIGITS,
    }
    request.answer("PublishConversionFactor", answer)


def get_calorific_value(meter, request):
    """Get Calorific Value of a gas meter."""
    answer = {
        "issuerEventId": 0,
        "startTime": 0,
        "calorificValue": meter.data.calorific_value,
        "calorificValueUnit": _MJ_PER_M3,
        "calorificValueTrailingDigit": _ONE_DIGIT,
    }
    request.answer("PublishCalorificValue", answer)


def get_billing_period(meter, request):
    """Get Billing Period: the one that runs."""
    data = meter.data
    if not data.last_billing_s:
        return zcl.NOT_FOUND
    answer = {
        "providerId": 0,
        "issuerEventId": 0,
        "billingPeriodStartTime": data.last_billing_s,
        "billingPeriodDuration": _PERIODS[data.billing_calendar_period],
        "billingPeriodDurationType": 0,
        "tariffType": _DELIVERED,
    }
    request.answer("PublishBillingPeriod", answer)
    return None


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    found = {
        (0x00, False): get_current_price,
        (0x01, False): get_scheduled_prices,
        (0x06, False): get_tariff_information,
        (0x07, False): get_price_matrix,
        (0x08, False): get_block_thresholds,
        (0x0A, False): get_tier_labels,
        (0x0B, False): get_billing_period,
    }
    if "G" in role:
        found[(0x04, False)] = get_conversion_factor
        found[(0x05, False)] = get_calorific_value
    return found
