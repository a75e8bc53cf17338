"""Commands of the clusters, asked of whole meters over the air by a device of the Device Log."""

import sys
from pathlib import Path

import pytest

from host_tools.scenarios import RUNTIMES
from protometer.han import zcl
from protometer.han.cluster_command import commands
from protometer.han.tunneling import CLUSTER as TUNNELING
from protometer.model import command as originators
from protometer.model import events
from protometer.model.command import CommandRefused
from protometer.roles import clusters
from protometer.roles.published import Published
from tests.han import smart_energy
from tests.on_runtimes import check_golden
from tests.roles.clusters_stand import METER, OnAir
from tests.roles.esme_stand import Stand, flat_tariff
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S

WORKLOAD = Path(__file__).with_name("clusters_workload.py")
PRICE, METERING, MESSAGING, PREPAYMENT = 0x0700, 0x0702, 0x0703, 0x0705
IDENTIFY = 0x0003
CALENDAR, MANAGEMENT, EVENTS = 0x0707, 0x0708, 0x0709
SUCCESS, FAILURE, NOT_AUTHORIZED, NOT_FOUND = 0x00, 0x01, 0x7E, 0x8B
UNIT_MP = 100_000


def prepayment_meter(**how):
    on_air = OnAir(**how)
    stand = on_air.stand
    stand.execute("Set Tariff", tariff=flat_tariff())
    stand.execute(
        "Set Payment Mode", mode=1, suspend_debt_disabled=False, suspend_debt_emergency=True
    )
    stand.step()
    return on_air


def test_the_table_says_what_is_carried_out():
    for role in ("E", "EL", "G"):
        for cluster in (0x0003, *range(0x0700, 0x070C)):
            if cluster == TUNNELING:
                # Carried out beside these: see tests/han/test_tunneling.py.
                continue
            module = clusters._load(cluster)
            taken = module.handlers(role) if module else {}
            for from_server in (False, True):
                ours = {number for number, side in taken if side == from_server}
                assert ours == set(commands(role, cluster, from_server, True)), hex(cluster)


# Prepayment.


@pytest.mark.req("ESME-COM-06")
def test_emergency_credit_is_activated_for_a_ppmid():
    on_air = prepayment_meter()
    on_air.stand.write("Emergency Credit Limit", 5 * UNIT_MP)
    on_air.stand.write("Emergency Credit Threshold", UNIT_MP)
    on_air.stand.step()
    ask = (PREPAYMENT, "SelectAvailableEmergencyCredit", {"originatingDevice": 2})
    assert on_air.ask(*ask) == [SUCCESS]
    assert on_air.data.emergency_credit_activated == 1
    # Errors are told even to whom wants no response.
    assert OnAir().ask(*ask, control=0x11) == [FAILURE]


@pytest.mark.req("ESME-COM-06")
def test_a_top_up_is_added_and_answered_with_its_result():
    on_air = prepayment_meter()
    digits = on_air.stand.utrn(10 * UNIT_MP)
    before_mp = on_air.data.meter_balance_mp
    ask = (PREPAYMENT, "ConsumerTopUp", {"originatingDevice": 2, "topUpCode": digits.encode()})
    assert on_air.ask(*ask) == [
        (
            "ConsumerTopUpResponse",
            {
                "resultType": 0x12,
                "topUpValue": 10 * UNIT_MP,
                "sourceOfTopUp": 2,
                "creditRemaining": before_mp + 10 * UNIT_MP,
            },
        )
    ]
    assert on_air.data.meter_balance_mp == before_mp + 10 * UNIT_MP
    assert events.CREDIT_ADDED_LOCALLY in on_air.stand.events()
    ((_, again),) = on_air.ask(*ask)
    assert (again["resultType"], again["topUpValue"]) == (0x02, 0)
    assert on_air.data.meter_balance_mp == before_mp + 10 * UNIT_MP
    # The supply was off for want of credit, and is armed now.
    assert on_air.ask(METERING, "LocalChangeSupply", {"proposedSupplyStatus": 2}) == [SUCCESS]
    digits = on_air.stand.utrn(UNIT_MP).encode()
    ((_, told),) = on_air.ask(PREPAYMENT, "ConsumerTopUp", {"topUpCode": digits})
    assert told["resultType"] == 0x10


def test_the_balance_below_zero_is_told_as_a_signed_number():
    on_air = prepayment_meter()
    on_air.stand.execute("Adjust Meter Balance", change_mp=-50 * UNIT_MP)
    digits = on_air.stand.utrn(10 * UNIT_MP)
    ask = (PREPAYMENT, "ConsumerTopUp", {"originatingDevice": 2, "topUpCode": digits.encode()})
    ((_, told),) = on_air.ask(*ask)
    assert told["creditRemaining"] == on_air.data.meter_balance_mp + (1 << 32)
    assert told["resultType"] in (0x11, 0x12)


# (code, result)
CODES = [
    (b"12345678901234567890", 0x01),
    (b"", 0x01),
    (b"\xff\x00" * 10, 0x01),
]


@pytest.mark.parametrize(("code", "result"), CODES)
def test_a_code_that_is_none_is_refused(code, result):
    on_air = prepayment_meter()
    before_mp = on_air.data.meter_balance_mp
    ((_, told),) = on_air.ask(
        PREPAYMENT, "ConsumerTopUp", {"originatingDevice": 2, "topUpCode": code}
    )
    assert (told["resultType"], told["topUpValue"]) == (result, 0)
    assert on_air.data.meter_balance_mp == before_mp


@pytest.mark.parametrize(
    ("item", "result"),
    [("Maximum Credit Threshold", 0x06), ("Maximum Meter Balance Threshold", 0x04)],
)
def test_a_top_up_beyond_a_maximum_says_which(item, result):
    on_air = prepayment_meter()
    on_air.stand.write(item, UNIT_MP)
    digits = on_air.stand.utrn(10 * UNIT_MP).encode()
    ((_, told),) = on_air.ask(PREPAYMENT, "ConsumerTopUp", {"topUpCode": digits})
    assert told["resultType"] == result


def test_in_credit_mode_a_top_up_is_an_error():
    on_air = OnAir()
    digits = on_air.stand.utrn(10 * UNIT_MP).encode()
    ((_, told),) = on_air.ask(PREPAYMENT, "ConsumerTopUp", {"topUpCode": digits})
    assert told["resultType"] == 0x03


@pytest.mark.req("ESME-COM-09")
@pytest.mark.parametrize(("device_type", "told"), [(2, False), (0, True)])
def test_who_is_no_type_1_device_may_not(device_type, told):
    on_air = prepayment_meter(device_type=device_type)
    on_air.stand.events()
    digits = on_air.stand.utrn(10 * UNIT_MP).encode()
    for cluster, name, values in (
        (PREPAYMENT, "ConsumerTopUp", {"topUpCode": digits}),
        (PREPAYMENT, "SelectAvailableEmergencyCredit", {}),
        (METERING, "LocalChangeSupply", {"proposedSupplyStatus": 2}),
    ):
        before_mp = on_air.data.meter_balance_mp
        assert on_air.ask(cluster, name, values) == [NOT_AUTHORIZED]
        assert on_air.data.meter_balance_mp == before_mp
    on_air.stand.step()
    assert (events.UNAUTHORISED_COMMUNICATION in on_air.stand.events()) == told


@pytest.mark.req("GSME-COM-06")
def test_a_gas_meter_is_not_asked_this_way():
    on_air = OnAir("G")
    for cluster, name in (
        (PREPAYMENT, "ConsumerTopUp"),
        (PREPAYMENT, "SelectAvailableEmergencyCredit"),
        (METERING, "LocalChangeSupply"),
    ):
        assert on_air.ask(cluster, name) == [zcl.UNSUP_COMMAND]


def test_the_last_top_ups_are_told_newest_first():
    on_air = prepayment_meter()
    for number in range(1, 8):
        on_air.stand.step(60)
        on_air.stand.execute("Add Credit", value_mp=number * UNIT_MP)
    parts = on_air.ask(PREPAYMENT, "GetTopUpLog", {"latestEndTime": 0xFFFFFFFF})
    rows = [row for _, values in parts for row in values["topUpPayload"]]
    assert [row["topUpAmount"] for row in rows] == [n * UNIT_MP for n in (7, 6, 5, 4, 3)]
    (part,) = on_air.ask(
        PREPAYMENT,
        "GetTopUpLog",
        {"latestEndTime": rows[0]["topUpTime"] - 1, "numberOfRecords": 1},
    )
    assert [row["topUpAmount"] for row in part[1]["topUpPayload"]] == [6 * UNIT_MP]
    assert on_air.ask(PREPAYMENT, "GetTopUpLog", {"latestEndTime": 5}) == [NOT_FOUND]


def test_debt_payments_are_told():
    on_air = prepayment_meter()
    on_air.stand.execute("Adjust Debt", payment_debt_mp=3 * UNIT_MP)
    on_air.stand.write("Debt Recovery per Payment", 2_000)
    on_air.stand.write("Debt Recovery Rate Cap", 1_000)
    on_air.stand.execute("Add Credit", value_mp=5 * UNIT_MP)
    for kind, found in ((2, 1), (0xFF, 1), (0, 0)):
        asked = {"latestEndTime": 0xFFFFFFFF, "debtType": kind, "numberOfDebts": 0}
        told = on_air.ask(PREPAYMENT, "GetDebtRepaymentLog", asked)
        if not found:
            assert told == [NOT_FOUND]
            continue
        ((_, values),) = told
        assert [row["amountCollected"] for row in values["debtPayload"]] == [UNIT_MP]


# Metering.


@pytest.mark.req("ESME-COM-07")
def test_supply_is_enabled_for_a_ppmid_by_supply_on_alone():
    on_air = OnAir()
    on_air.stand.execute("Disable Supply")
    assert on_air.ask(METERING, "LocalChangeSupply", {"proposedSupplyStatus": 2}) == [FAILURE]
    on_air.stand.execute("Arm Supply")
    for status in (0, 1, 3, 0xFF):
        told = on_air.ask(METERING, "LocalChangeSupply", {"proposedSupplyStatus": status})
        assert told == [0x85]
        assert on_air.data.supply_state == 2
    assert on_air.ask(METERING, "LocalChangeSupply", {"proposedSupplyStatus": 2}) == [SUCCESS]
    assert on_air.data.supply_state == 1
    assert on_air.stand.switch.position


def half_hours(on_air, count):
    for number in range(count):
        on_air.stand.step(1_800, (number + 1) * 1_000)


def test_half_hours_are_told_newest_first():
    on_air = OnAir()
    half_hours(on_air, 20)
    newest_s = on_air.stand.now_s
    ask = (METERING, "GetProfile")
    ((name, told),) = on_air.ask(*ask, {"intervalChannel": 0, "endTime": 0, "numberOfPeriods": 3})
    assert name == "GetProfileResponse"
    assert (told["status"], told["profileIntervalPeriod"]) == (0, 2)
    assert told["endTime"] == newest_s
    assert told["intervals"] == [20, 19, 18]
    asked = {"intervalChannel": 0, "endTime": newest_s - 1, "numberOfPeriods": 2}
    ((_, told),) = on_air.ask(*ask, asked)
    assert (told["endTime"], told["intervals"]) == (newest_s - 1_800, [19, 18])
    asked["numberOfPeriods"] = 255
    ((_, told),) = on_air.ask(*ask, asked)
    assert (told["status"], told["numberOfPeriodsDelivered"]) == (4, 16)
    asked["endTime"] = 1
    assert on_air.ask(*ask, asked)[0][1]["status"] == 5
    asked["intervalChannel"] = 9
    assert on_air.ask(*ask, asked)[0][1]["status"] == 1


def sampled(on_air, **asked):
    """Return what Get Sampled Data gives: values, or a status."""
    wanted = {"sampleId": 0, "earliestSampleTime": 0, "sampleType": 0, "numberOfSamples": 3}
    (told,) = on_air.ask(METERING, "GetSampledData", wanted | asked)
    if isinstance(told, int):
        return told
    name, values = told
    assert name == "GetSampledDataResponse"
    assert values["sampleRequestInterval"] == 1_800
    assert values["numberOfSamples"] == len(values["samples"])
    return values


def test_samples_are_half_hours_oldest_first():
    on_air = OnAir()
    half_hours(on_air, 30)
    newest_s = on_air.stand.now_s
    told = sampled(on_air)
    assert (told["samples"], told["sampleStartTime"]) == ([1, 2, 3], newest_s - 29 * 1_800)
    told = sampled(on_air, earliestSampleTime=newest_s - 3_601, numberOfSamples=9)
    assert (told["samples"], told["sampleStartTime"]) == ([28, 29, 30], newest_s - 3_600)
    # No more than a frame has room for.
    assert sampled(on_air, numberOfSamples=500)["samples"] == list(range(1, 21))
    assert sampled(on_air, numberOfSamples=0) == NOT_FOUND
    assert sampled(on_air, earliestSampleTime=newest_s + 1) == NOT_FOUND
    assert sampled(on_air, sampleId=1) == NOT_FOUND
    assert sampled(on_air, sampleType=9) == NOT_FOUND


def test_of_half_hours_that_are_missing_there_are_no_samples():
    on_air = OnAir()
    half_hours(on_air, 2)
    last_s = on_air.stand.now_s
    log = on_air.stand.meter.logbook.named("Profile Data Log Active Import")
    log.append(last_s + 3 * 1_800, 7)
    on_air.stand.now_s = last_s + 4 * 1_800
    on_air.stand.clock.set_utc(on_air.stand.now_s)
    assert sampled(on_air, numberOfSamples=9)["samples"] == [1, 2, 0xFFFFFF, 0xFFFFFF, 7]
    # A sample that is beyond what was asked for is not heralded by those that are missing.
    assert sampled(on_air, numberOfSamples=4)["samples"] == [1, 2]


def test_a_gas_meter_samples_one_thing():
    on_air = OnAir("G")
    half_hours(on_air, 3)
    assert sampled(on_air)["samples"] == [1, 2, 3]
    assert [sampled(on_air, sampleType=kind) for kind in (1, 2, 3)] == [NOT_FOUND] * 3


def test_a_gas_meter_has_half_hours_too_and_no_others():
    on_air = OnAir("G")
    half_hours(on_air, 3)
    asked = {"intervalChannel": 0, "endTime": 0, "numberOfPeriods": 2}
    ((_, told),) = on_air.ask(METERING, "GetProfile", asked)
    assert (told["status"], told["numberOfPeriodsDelivered"]) == (0, 2)
    asked["intervalChannel"] = 1
    assert on_air.ask(METERING, "GetProfile", asked)[0][1]["status"] == 2


@pytest.mark.req("ESME-REC-12")
def test_nothing_of_an_earlier_tenant_is_told():
    on_air = prepayment_meter()
    half_hours(on_air, 6)
    on_air.stand.execute("Add Credit", value_mp=5 * UNIT_MP)
    middle_s = on_air.stand.now_s - 3_600
    on_air.stand.execute("Restrict Data", from_s=middle_s)
    asked = {"intervalChannel": 0, "endTime": 0, "numberOfPeriods": 6}
    ((_, told),) = on_air.ask(METERING, "GetProfile", asked)
    assert told["intervals"] == [6, 5]
    on_air.stand.step(1)
    on_air.stand.execute("Restrict Data", from_s=on_air.stand.now_s)
    assert on_air.ask(METERING, "GetProfile", asked)[0][1]["status"] == 5
    asked = {"latestEndTime": 0xFFFFFFFF}
    assert on_air.ask(PREPAYMENT, "GetTopUpLog", asked) == [NOT_FOUND]


@pytest.mark.req("ESME-REC-12")
def test_days_weeks_and_months_of_an_earlier_tenant_have_no_value():
    # A Thursday, the 15th of February.
    stand = Stand(now_s=NEW_YEAR_S + 45 * DAY_S + 3_600)
    seen = Published(stand.meter)
    assert [seen.durable("days_energy_wh", back) for back in (0, 8)] == [0, 0]
    assert seen.durable("tariff_tou_registers", 3) == 0

    def shown(name, from_s):
        stand.execute("Restrict Data", from_s=from_s)
        return [back for back in range(6) if seen.durable(name, back) == 0]

    day_s = stand.now_s // DAY_S * DAY_S
    assert shown("days_energy_wh", day_s) == [0]
    assert shown("days_cost_mp", day_s - 2 * DAY_S) == [0, 1, 2]
    assert shown("days_energy_wh", day_s + 1) == []
    # The week began on the 12th, the one before on the 5th.
    assert shown("weeks_cost_mp", day_s - 3 * DAY_S) == [0]
    assert shown("weeks_energy_wh", day_s - 10 * DAY_S) == [0, 1]
    assert shown("months_energy_wh", NEW_YEAR_S + 31 * DAY_S) == [0]
    assert shown("months_cost_mp", NEW_YEAR_S) == [0, 1]
    assert shown("months_cost_mp", NEW_YEAR_S - 31 * DAY_S) == [0, 1, 2]
    assert seen.durable("tariff_tou_registers", 3) == 0


def test_a_snapshot_holds_the_registers_of_a_midnight():
    on_air = OnAir()
    days = [[[0, 0], [60, 5]]]
    prices = [1_000] * 6
    on_air.stand.execute("Set Tariff", tariff=flat_tariff(days=days, prices=prices))
    on_air.stand.step(60, 7_000_000)
    on_air.stand.step(DAY_S)
    asked = {"earliestStartTime": 0, "latestEndTime": 0xFFFFFFFF, "snapshotOffset": 0}
    parts = on_air.ask(METERING, "GetSnapshot", {**asked, "snapshotCause": 1})
    payload = b"".join(values["snapshotPayload"] for _, values in parts)
    assert int.from_bytes(payload[:6], "little") == 7_000
    assert payload[6] == 6
    registers = [payload[at : at + 6] for at in range(7, len(payload), 6)]
    assert [int.from_bytes(octets, "little") for octets in registers] == [0, 0, 0, 0, 0, 7_000]
    assert [values["commandIndex"] for _, values in parts] == [0, 1]
    assert {values["snapshotTime"] for _, values in parts} == {NEW_YEAR_S + DAY_S}
    assert on_air.ask(METERING, "GetSnapshot", {**asked, "snapshotCause": 2}) == [NOT_FOUND]
    asked["snapshotOffset"] = 9
    assert on_air.ask(METERING, "GetSnapshot", {**asked, "snapshotCause": 1}) == [NOT_FOUND]


# Price.

TWO_RATES = flat_tariff(days=[[[0, 0], [420, 1]]], prices=[1_000, 2_000], standing_mp=5_000)


def test_the_tariff_is_told():
    on_air = OnAir()
    on_air.stand.execute("Set Tariff", tariff=TWO_RATES)
    ((name, told),) = on_air.ask(PRICE, "GetTariffInformation", {"tariffType": 0})
    assert name == "PublishTariffInformation"
    assert told["numberOfPriceTiersInUse"] == 2
    assert told["numberOfBlockThresholdsInUse"] == 0
    assert (told["currency"], told["standingCharge"]) == (826, 5_000)
    assert (told["priceTrailingDigit"], told["tierBlockMode"]) == (0x50, 0xFF)
    ((_, told),) = on_air.ask(PRICE, "GetPriceMatrix", {"issuerTariffId": 0})
    assert told["subPayloadControl"] == 1
    assert told["payload"] == [
        {"tierBlockId": 1, "price": 1_000},
        {"tierBlockId": 2, "price": 2_000},
    ]
    assert on_air.ask(PRICE, "GetBlockThresholds") == [NOT_FOUND]
    ((_, told),) = on_air.ask(PRICE, "GetTierLabels")
    assert [row["tierLabel"] for row in told["tierLabelsPayload"]] == [b"Rate 1", b"Rate 2"]


def test_what_the_calendar_has_next_is_told():
    on_air = OnAir()
    on_air.stand.execute("Set Tariff", tariff=TWO_RATES)
    asked = {"startTime": NEW_YEAR_S + 60, "numberOfEvents": 3}
    told = on_air.ask(PRICE, "GetScheduledPrices", asked)
    assert [(values["startTime"], values["price"], values["rateLabel"]) for _, values in told] == [
        (NEW_YEAR_S + 60, 1_000, b"Rate 1"),
        (NEW_YEAR_S + 420 * 60, 2_000, b"Rate 2"),
        (NEW_YEAR_S + DAY_S, 1_000, b"Rate 1"),
    ]
    on_air.stand.execute("Set Tariff", tariff=flat_tariff(3))
    assert len(on_air.ask(PRICE, "GetScheduledPrices", asked)) == 1


def test_a_full_tariff_of_tiers_and_blocks_comes_in_parts():
    on_air = OnAir()
    points = [[30 * rate, rate] for rate in range(47)] + [[1_411, 47]]
    tariff = flat_tariff(
        days=[points, [[0, 55]]],
        prices=list(range(1, 49)),
        block_prices=[[100 + 4 * rate + block for block in range(4)] for rate in range(8)],
        block_thresholds=[[1_000, 2_000, 3_000]] * 8,
    )
    on_air.stand.execute("Set Tariff", tariff=tariff)
    told = on_air.ask(PRICE, "GetPriceMatrix")
    tiers = [row for _, values in told if values["subPayloadControl"] for row in values["payload"]]
    blocks = [
        row for _, values in told if not values["subPayloadControl"] for row in values["payload"]
    ]
    assert [row["price"] for row in tiers] == list(range(1, 49))
    assert [row["price"] for row in blocks] == list(range(100, 132))
    assert [row["tierBlockId"] for row in blocks[::4]] == [tier << 4 for tier in range(1, 9)]
    parts = on_air.ask(PRICE, "GetBlockThresholds")
    assert [values["commandIndex"] for _, values in parts] == [0, 1, 2, 3]
    rows = [row for _, values in parts for row in values["payload"]]
    assert [row["blockThreshold"] for row in rows] == [[1_000, 2_000, 3_000]] * 8
    ((_, information),) = on_air.ask(PRICE, "GetTariffInformation")
    assert information["tariffTypeChargingScheme"] == 0x20
    assert information["numberOfBlockThresholdsInUse"] == 3


def test_a_gas_meter_tells_its_factors_and_its_blocks():
    on_air = OnAir("G")
    ((_, told),) = on_air.ask(PRICE, "GetConversionFactor")
    assert (told["conversionFactor"], told["conversionFactorTrailingDigit"]) == (102_264, 0x50)
    ((_, told),) = on_air.ask(PRICE, "GetCalorificValue")
    assert (told["calorificValue"], told["calorificValueTrailingDigit"]) == (395, 0x10)
    tariff = flat_tariff(block_prices=[5, 6, 7, 8], block_thresholds=[1_000, 2_000])
    for name in ("price_scale", "standing_charge_scale"):
        del tariff[name]
    on_air.stand.execute("Set Tariff", tariff=tariff)
    ((_, told),) = on_air.ask(PRICE, "GetPriceMatrix")
    assert [row["price"] for row in told["payload"]] == [5, 6, 7, 8]
    assert [row["tierBlockId"] for row in told["payload"]] == [0, 1, 2, 3]
    ((_, told),) = on_air.ask(PRICE, "GetBlockThresholds")
    assert told["payload"] == [
        {"tierNumberOfBlockThresholds": 2, "blockThreshold": [1_000, 2_000]}
    ]
    ((_, told),) = on_air.ask(PRICE, "GetCurrentPrice")
    assert told["price"] == 5
    assert OnAir().ask(PRICE, "GetConversionFactor") == [zcl.UNSUP_COMMAND]


def test_the_billing_period_is_told_once_there_is_one():
    on_air = OnAir()
    assert on_air.ask(PRICE, "GetBillingPeriod") == [NOT_FOUND]
    on_air.stand.execute("Set Billing Calendar", start_s=NEW_YEAR_S, period=4)
    on_air.stand.step()
    ((_, told),) = on_air.ask(PRICE, "GetBillingPeriod")
    assert told["billingPeriodStartTime"] == on_air.data.last_billing_s > 0
    assert told["billingPeriodDuration"] == 3 << 22 | 3


# Messaging, Calendar, Events, Device Management.


def test_the_supplier_message_is_told_and_stays_until_it_is_acknowledged_at_the_meter():
    on_air = OnAir()
    assert on_air.ask(MESSAGING, "GetLastMessage") == [NOT_FOUND]
    on_air.stand.write("Supplier Message", "Engineers visit on Monday")
    ((name, told),) = on_air.ask(MESSAGING, "GetLastMessage")
    assert (name, told["message"]) == ("DisplayMessage", b"Engineers visit on Monday")
    number = told["messageId"]
    assert on_air.ask(MESSAGING, "MessageConfirmation", {"messageId": number}) == [SUCCESS]
    assert on_air.ask(MESSAGING, "MessageConfirmation", {"messageId": 1}) == [NOT_FOUND]
    assert on_air.data.supplier_message
    on_air.stand.write("Supplier Message", "Another")
    assert on_air.ask(MESSAGING, "GetLastMessage")[0][1]["messageId"] != number


SEASONS = flat_tariff(
    seasons=[[0xFFFF, 1, 1, 0], [2024, 6, 15, 1]],
    weeks=[[0] * 7, [0, 0, 0, 0, 0, 1, 1]],
    days=[[[0, 0], [420, 1]], [[minute, minute % 2] for minute in range(16)]],
    special_days=[[0xFFFF, 12, 25, 1], [2024, 0xFF, 1, 0]],
    prices=[1, 2],
)


def test_the_calendar_is_told_whole():
    on_air = OnAir()
    on_air.stand.execute("Set Tariff", tariff=SEASONS)
    ((_, told),) = on_air.ask(CALENDAR, "GetCalendar", {"calendarType": 0})
    sizes = ("numberOfSeasons", "numberOfWeekProfiles", "numberOfDayProfiles")
    assert [told[name] for name in sizes] == [2, 2, 2]
    assert on_air.ask(CALENDAR, "GetCalendar", {"calendarType": 3}) == [NOT_FOUND]
    days = on_air.ask(CALENDAR, "GetDayProfiles", {"startDayId": 1, "numberOfDays": 0})
    points = {1: [], 2: []}
    for _, values in days:
        for row in values["dayScheduleEntries"]:
            tier = row["activePriceTierOrFriendlyCreditEnable"]
            points[values["dayId"]].append([row["startTime"], tier - 1])
    assert [points[1], points[2]] == SEASONS["days"]
    ((_, week),) = on_air.ask(CALENDAR, "GetWeekProfiles", {"startWeekId": 2, "numberOfWeeks": 9})
    assert (week["weekId"], week["dayIdRefMonday"], week["dayIdRefSunday"]) == (2, 1, 2)
    ((_, seasons),) = on_air.ask(CALENDAR, "GetSeasons")
    dates = [
        (row["seasonStartDate"].to_bytes(4, "little"), row["weekIdRef"])
        for row in seasons["seasonEntries"]
    ]
    assert dates == [(b"\xff\x01\x01\xff", 1), (bytes((124, 6, 15, 0xFF)), 2)]
    ((_, special),) = on_air.ask(CALENDAR, "GetSpecialDays")
    dates = [
        (row["specialDayDate"].to_bytes(4, "little"), row["dayIdRef"])
        for row in special["specialDayEntries"]
    ]
    assert dates == [(b"\xff\x0c\x19\xff", 2), (bytes((124, 0xFF, 1, 0xFF)), 1)]
    asked = {"startDayId": 9, "numberOfDays": 1}
    assert on_air.ask(CALENDAR, "GetDayProfiles", asked) == [NOT_FOUND]
    assert on_air.ask(CALENDAR, "GetWeekProfiles", {"startWeekId": 9}) == [NOT_FOUND]
    on_air.stand.execute("Set Tariff", tariff=flat_tariff())
    assert on_air.ask(CALENDAR, "GetSpecialDays") == [NOT_FOUND]


def test_the_logs_of_events_are_told():
    on_air = OnAir()
    with pytest.raises(CommandRefused):
        on_air.stand.execute("Add Credit", originators.PPMID, utrn="1")
    on_air.stand.step(60)
    on_air.stand.execute("Disable Supply")
    on_air.stand.step()
    asked = {"eventControlLogId": 3, "eventId": 0, "startTime": 0, "endTime": 0}
    asked |= {"numberOfEvents": 0, "eventOffset": 0}
    parts = on_air.ask(EVENTS, "GetEventLog", asked)
    rows = [row for _, values in parts for row in values["logPayload"]]
    kept = on_air.stand.log("Event Log")
    assert [(row["eventTime"], row["eventId"]) for row in rows] == sorted(
        [(at_s, code) for at_s, code, _ in kept], key=lambda row: -row[0]
    )
    assert parts[0][1]["totalNumberOfEvents"] == len(kept)
    code = kept[-1][1]
    ((_, told),) = on_air.ask(EVENTS, "GetEventLog", {**asked, "eventId": code})
    assert {row["eventId"] for row in told["logPayload"]} == {code}
    ((_, told),) = on_air.ask(EVENTS, "GetEventLog", {**asked, "numberOfEvents": 1})
    assert told["totalNumberOfEvents"] == len(kept)
    assert len(told["logPayload"]) == 1
    assert on_air.ask(EVENTS, "GetEventLog", {**asked, "eventControlLogId": 5}) == [NOT_FOUND]
    assert on_air.ask(EVENTS, "GetEventLog", {**asked, "endTime": 1}) == [NOT_FOUND]
    assert on_air.ask(EVENTS, "ClearEventLogRequest") == [zcl.UNSUP_COMMAND]


def test_tenancy_and_site_are_told():
    on_air = OnAir()
    assert on_air.ask(MANAGEMENT, "GetChangeOfTenancy") == [NOT_FOUND]
    assert on_air.ask(MANAGEMENT, "GetSiteId") == [NOT_FOUND]
    on_air.stand.execute("Restrict Data", from_s=NEW_YEAR_S)
    on_air.stand.write("MPAN Import Primary", "1234567890123")
    ((_, told),) = on_air.ask(MANAGEMENT, "GetChangeOfTenancy")
    assert told["implementationDateTime"] == NEW_YEAR_S
    ((_, told),) = on_air.ask(MANAGEMENT, "GetSiteId")
    assert told["siteId"] == b"1234567890123"


@pytest.mark.parametrize("role", ["E", "G"])
def test_it_identifies_itself_for_as_long_as_it_was_told(role):
    on_air = OnAir(role)
    assert on_air.ask(IDENTIFY, "IdentifyQuery", control=0x11) == []
    assert on_air.ask(IDENTIFY, "Identify", {"identifyTime": 3}) == [SUCCESS]
    assert on_air.ask(IDENTIFY, "IdentifyQuery") == [("IdentifyQueryResponse", {"timeout": 3})]
    for _ in range(5):
        on_air.stand.step()
        on_air.stand.clock.advance(500)
        on_air.air.settle()
    assert on_air.data.identify_time_s == 0


def test_what_is_not_carried_out_is_refused():
    on_air = OnAir()
    for cluster in range(0x0700, 0x0710):
        facts = smart_energy.facts()["clusters"].get(f"0x{cluster:04x}", {"commands": []})
        for head, *_ in facts["commands"]:
            side, identifier, _ = head.split()
            number = int(identifier, 16)
            if side == "s" or number in set(commands("E", cluster, False, True)):
                continue
            on_air.heard.clear()
            on_air.asker.stack._send(METER, cluster, zcl.frame(0x11, 77, number, b""))
            on_air.air.settle()
            assert [what[3:] for what in on_air.heard] == [
                (zcl.DEFAULT_RESPONSE, bytes((number, zcl.UNSUP_COMMAND)))
            ]


def test_one_clusters_code_is_in_memory_at_a_time(monkeypatch):
    on_air = OnAir()
    for module in [name for name in sys.modules if "roles.cluster_" in name]:
        monkeypatch.delitem(sys.modules, module)
    loaded = []
    for cluster, name in ((MESSAGING, "GetLastMessage"), (CALENDAR, "GetSeasons")) * 2:
        on_air.ask(cluster, name)
        loaded.append(
            [module for module in sys.modules if module.startswith("protometer.roles.cluster_")]
        )
    assert (
        loaded
        == [
            ["protometer.roles.cluster_messaging"],
            ["protometer.roles.cluster_calendar"],
        ]
        * 2
    )


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x00\x05ab"])
def test_a_malformed_payload_is_told(payload):
    on_air = OnAir()
    on_air.asker.stack._send(METER, PREPAYMENT, zcl.frame(0x11, 77, 0x04, payload))
    on_air.air.settle()
    assert [what[3:] for what in on_air.heard] == [(zcl.DEFAULT_RESPONSE, b"\x04\x80")]


@pytest.mark.runtime
@pytest.mark.req("ESME-COM-07")
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_answers_the_same(runtime):
    check_golden(runtime, WORKLOAD)
