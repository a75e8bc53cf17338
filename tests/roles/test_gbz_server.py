"""What a gas meter does with messages of GBZ, use case by use case, and all from its state."""

import random
from pathlib import Path

import pytest

from protometer.gbcs import gbz
from protometer.gbcs.execution import PayloadError
from protometer.kernel.slices import finish
from protometer.model import command as commands
from protometer.model.enumerations import ARMED, DISABLED, ENABLED, PREPAYMENT_MODE
from protometer.model.firmware_version import version_octets
from protometer.roles import gbz_metering
from tests.on_runtimes import OTHER_RUNTIMES, check_golden
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
    COUNTER,
    EVENTS,
    MANAGEMENT,
    MESSAGING,
    METERING,
    PREPAYMENT,
    PRICE,
    Stand,
    ask,
    encoded,
    publish,
    read,
)
from tests.roles.gsme_stand import gas_tariff
from tests.roles.meter_stand import DAY_S, NEW_YEAR_S, UNIT_MP
from tests.samples import GBZ_SAMPLES

NEVER_S = 0xFFFF_FFFF
FAILED = 0xC0
NOT_EXECUTED = (0xFF, 0x01)


def only(answers):
    (answer,) = answers
    return answer


def test_a_tariff_is_set_and_read_and_prices_gas():
    stand = Stand()
    stand.round_factors()
    asked = [*calendar(0), information(), matrix(1, [2000, 3000], 1)]
    answers = stand.send(0x006B, *asked)
    assert answers == [(0x00, "default", (command, 0)) for command in (0, 1, 1, 2, 3, 4, 4, 5)]
    assert stand.data.standing_charge_mp == 1234
    # The second of January is a special day, with the second price.
    for price_mp in (2000, 3000, 2000):
        assert stand.data.active_tariff_price_mp == price_mp
        stand.step(DAY_S)
    stand.data.credit_mode_balance_mp = 0
    stand.step(1, 100_000)
    assert stand.data.credit_mode_balance_mp == 2000
    current = {"issuerCalendarId": NEVER_S}
    every = {"startDayId": 1, "numberOfDays": 0}
    weeks = {"startWeekId": 1, "numberOfWeeks": 0}
    days = {"startTime": 0, "numberOfEvents": 0, "calendarType": 0}
    answers = stand.send(
        0x009F,
        read(PRICE, 0x0410, 0x0420, 0x0301),
        ask(CALENDAR, "GetDayProfiles", {**current, **every}),
        ask(CALENDAR, "GetWeekProfiles", {**current, **weeks}),
        ask(CALENDAR, "GetSeasons", current),
        ask(CALENDAR, "GetSpecialDays", {**current, **days}),
        ask(PRICE, "GetCurrentPrice", {"commandOptions": 0}),
    )
    assert answers[0] == (0x18, "attributes", {0x0410: 2000, 0x0420: 3000, 0x0301: 1234})
    assert [answer[0] for answer in answers[1:]] == [0x19] * 6
    assert [answer[2].get("issuerCalendarId") for answer in answers[1:6]] == [5] * 5
    assert [answer[2]["dayId"] for answer in answers[1:3]] == [1, 2]
    assert answers[5][2]["specialDayEntries"] == [{"specialDayDate": 0xFF_02_01_FF, "dayIdRef": 2}]
    price = answers[6][2]
    assert (price["price"], price["priceTrailingDigitAndPriceTier"]) == (2000, 0x51)
    assert price["durationInMinutes"] == 1440 - stand.now_s % DAY_S // 60 - 1


def test_blocks_are_set_and_their_prices_alone_later():
    stand = Stand()
    stand.round_factors()
    asked = [*calendar(0), information(0x10, 1), thresholds(1000), matrix(0, [500, 900], 0)]
    assert stand.send(0x006B, *asked)[-1] == (0x00, "default", (5, 0))
    assert (stand.data.block_thresholds_in_use, stand.data.active_tariff_price_mp) == (1, 500)
    stand.step(1, 150_000)
    assert stand.data.active_tariff_price_mp == 900
    answers = stand.send(0x00A3, information(0x10, 1, 77), matrix(0, [600, 950], 0))
    assert [answer[2] for answer in answers] == [(4, 0), (5, 0)]
    assert (stand.data.active_tariff_price_mp, stand.data.standing_charge_mp) == (950, 77)
    # Prices of tiers would leave blocks without any.
    answers = stand.send(0x00A3, information(0x00), matrix(1, [600, 950], 1))
    assert [answer[2] for answer in answers] == [(4, 0), (5, FAILED)]
    assert stand.data.active_tariff_price_mp == 950


@pytest.mark.parametrize(
    "wrong",
    [
        lambda asked: asked.__setitem__(6, information(0x00, 1)),
        lambda asked: asked.__setitem__(7, matrix(0, [1, 2], 1)),
        lambda asked: asked[7][2]["payload"].__setitem__(1, {"tierBlockId": 4, "price": 1}),
        lambda asked: asked[0][2].update(numberOfDayProfiles=3),
        lambda asked: asked[1][2].update(dayId=2),
    ],
)
def test_a_tariff_that_does_not_fit_together_changes_nothing(wrong):
    stand = Stand()
    before = stand.state("N")
    asked = [*calendar(0), information(), matrix(1, [2000, 3000], 1)]
    wrong(asked)
    answers = [answer[2] for answer in stand.send(0x006B, *asked)]
    failed = [at for at, told in enumerate(answers) if told[1] == FAILED]
    assert len(failed) == 1
    assert answers[failed[0] + 1 :] == [NOT_EXECUTED] * (len(answers) - failed[0] - 1)
    assert stand.state("N") == before
    assert not stand.done


def test_a_tariff_of_a_later_date_comes_into_force_then_and_is_told():
    stand = Stand()
    at_s = NEW_YEAR_S + 10 * DAY_S
    asked = [
        *calendar(0, at_s),
        information(start_s=at_s),
        matrix(1, [2000, 3000], 1, at_s),
    ]
    stand.send(0x006B, *asked)
    assert stand.data.active_tariff_price_mp == 0
    stand.step(at_s - stand.now_s - 1)
    assert stand.meter.take_fulfilled() is None
    stand.step(1)
    assert stand.data.active_tariff_price_mp == 2000
    reference, code, told_s = stand.meter.take_fulfilled()
    assert (code, told_s) == (0x8F66, at_s)
    payloads = gbz.future_contents(reference)
    head = b"\x0e\x00\x6b" + COUNTER.to_bytes(8, "big")
    assert [payload[: len(head)] for payload in payloads] == [head] * 4
    assert [payload[len(head) :].hex() for payload in payloads] == [
        "07070100",
        "07070104",
        "07000104",
        "07000105",
    ]
    asked = [*calendar(0, at_s + DAY_S), information(), matrix(1, [1, 1], 1)]
    stand.send(0x006B, *asked)
    asked = [*calendar(0, NEVER_S - 1), information(), matrix(1, [1, 1], 1)]
    stand.send(0x006B, *asked)
    assert stand.data.pending_commands == b""
    stand.step(2 * DAY_S)
    assert stand.data.active_tariff_price_mp == 2000


def test_prepayment_is_configured_and_read():
    stand = Stand()
    asked = prepayment()
    assert [answer[2][1] for answer in stand.send(0x006F, *asked)] == [0] * len(asked)
    answers = stand.send(
        0x00B5,
        read(PREPAYMENT, 0x0006, 0x0010, 0x0011, 0x0021, 0x0022, 0x0031),
        read(PRICE, 0x0617),
        ask(CALENDAR, "GetDayProfiles", _current(startDayId=1, numberOfDays=0)),
        ask(CALENDAR, "GetWeekProfiles", _current(startWeekId=1, numberOfWeeks=0)),
        ask(CALENDAR, "GetSeasons", _current()),
        ask(
            CALENDAR,
            "GetSpecialDays",
            _current(startTime=0, numberOfEvents=0, calendarType=3),
        ),
    )
    assert answers[0] == (
        0x08,
        "attributes",
        {0x06: 4_000, 0x10: 10_000, 0x11: 2_000, 0x21: 900_000, 0x22: 800_000, 0x31: 3_000},
    )
    rows = answers[2][2]["dayScheduleEntries"]
    assert [tuple(row.values()) for row in rows] == [(0, 1), (480, 0)]
    assert {answer[2]["calendarType"] for answer in answers[2:4]} == {3}
    # Disablement is suspended until 8, but not on the second of January.
    assert stand.data.non_disablement_active == 1
    stand.step(8 * 3600)
    assert stand.data.non_disablement_active == 0
    stand.step(17 * 3600)
    assert stand.data.non_disablement_active == 0


def _current(**values):
    return {"issuerCalendarId": NEVER_S - 1, **values}


def test_each_part_of_a_later_configuration_is_told_and_a_cancelled_one_is_not():
    stand = Stand()
    at_s = NEW_YEAR_S + 2 * DAY_S
    stand.send(0x006F, *prepayment(at_s))
    assert stand.data.low_credit_threshold_mp == 0
    stand.step(at_s - stand.now_s)
    assert stand.data.low_credit_threshold_mp == 3_000
    told = []
    while (found := stand.meter.take_fulfilled()) is not None:
        reference, code, told_s = found
        assert (code, told_s) == (0x8F66, at_s)
        told += [payload[-4:].hex() for payload in gbz.future_contents(reference)]
    assert told == ["07050103", "0705010c", "07050109", "0705010b", "07070100", "07070104"]
    stand.data.low_credit_threshold_mp = 7
    stand.send(0x006F, *prepayment(at_s + DAY_S))
    stand.send(0x006F, *prepayment(NEVER_S))
    stand.step(2 * DAY_S)
    assert stand.data.low_credit_threshold_mp == 7
    assert stand.meter.take_fulfilled() is None


def test_payment_modes_and_what_a_meter_that_was_given_no_calendar_tells():
    stand = Stand()
    mode = {"implementationDateTime": 0, "proposedPaymentControlConfiguration": 0x0497}
    answers = stand.send(
        0x006D, ask(PREPAYMENT, "ChangePaymentMode", {**mode, "cutOffValue": 0xFFFF_FF00})
    )
    control, name, values = only(answers)
    assert (control, name, values["friendlyCredit"]) == (0x19, "ChangePaymentModeResponse", 0)
    assert stand.data.payment_mode == PREPAYMENT_MODE
    assert stand.data.disablement_threshold_mp == -256
    assert only(stand.send(0x00BF, read(PREPAYMENT, 0x0000)))[2] == {0: 0x0497}
    mode["proposedPaymentControlConfiguration"] = 0x0C94
    stand.send(0x006F, *prepayment())
    answers = stand.send(
        0x006C, ask(PREPAYMENT, "ChangePaymentMode", {**mode, "cutOffValue": NEVER_S})
    )
    values = only(answers)[2]
    assert (values["friendlyCredit"], values["emergencyCreditLimit"]) == (1, 10_000)
    assert only(stand.send(0x00BF, read(PREPAYMENT, 0x0000)))[2] == {0: 0x0C94}
    causes = [entry[-1] for entry in stand.log("Billing Data Log Mode Or Tariff Change")]
    assert causes == [0x2000, 0x2000]


def test_debts_are_adjusted_together_and_recovered():
    stand = Stand()
    stand.prepay()
    answers = stand.send(
        0x006E, debt(1, 5000, 0, 40), debt(3, 700, 1, 30), debt(5, 900, 1, 0, 250)
    )
    assert [answer[2] for answer in answers] == [(2, 0)] * 3
    data = stand.data
    assert (data.time_debt_1_mp, data.time_debt_2_mp, data.payment_debt_mp) == (5000, 700, 900)
    assert data.debt_recovery_per_payment == 250
    stand.step(2 * 3600)
    assert (data.time_debt_1_mp, data.time_debt_2_mp) == (5000 - 2 * 40, 700)
    # A frequency that there is not; one that stays.
    answers = stand.send(0x006E, debt(1, 1, 7), debt(3, 1), debt(5, 1))
    assert [answer[2] for answer in answers] == [(2, 0x85), NOT_EXECUTED, NOT_EXECUTED]
    stand.send(0x006E, debt(1, -20, 0xFF, 40), debt(3, -1000), debt(5, 1))
    assert data.debt_recovery_rate_1_period_s == 3600
    assert (data.time_debt_1_mp, data.time_debt_2_mp) == (5000 - 100, 0)


def test_balances_are_adjusted_and_reset_each_by_its_use_case():
    stand = Stand()
    data = stand.data
    data.credit_mode_balance_mp = 700

    def adjust(code, kind, value_mp=0):
        values = {"startTime": 0, "creditAdjustmentType": kind}
        values["creditAdjustmentValue"] = value_mp & 0xFFFF_FFFF
        return only(stand.send(code, ask(PREPAYMENT, "CreditAdjustment", values)))

    assert adjust(0x0086, 0, -50) == (0x08, "default", (5, 0))
    assert data.meter_balance_mp == -50
    adjust(0x00C0, 3, 100)
    assert (data.credit_mode_balance_mp, data.meter_balance_mp) == (600, -50)
    adjust(0x00B4, 1)
    assert data.meter_balance_mp == 0
    assert adjust(0x00C0, 3, 601)[2] == (5, FAILED)
    assert only(stand.send(0x008D, read(METERING, 0x0A00), read(PREPAYMENT, 1))[:1])[2] == {
        0x0A00: 600
    }
    adjust(0x00C2, 2)
    assert data.credit_mode_balance_mp == 0
    for code, kind in ((0x0086, 3), (0x00C0, 0), (0x00B4, 2), (0x00C2, 1)):
        with pytest.raises(PayloadError):
            adjust(code, kind)


@pytest.mark.parametrize(("code", "source", "by"), [(0x97, 0, "SUPPLIER"), (0x9B, 2, "PPMID")])
def test_a_top_up_is_answered_with_what_became_of_it(code, source, by):
    stand = Stand()
    stand.prepay()

    def top_up(utrn):
        values = {"originatingDevice": source, "topUpCode": utrn.encode()}
        answers = stand.send(
            code,
            ask(PREPAYMENT, "ConsumerTopUp", values),
            originator=getattr(commands, by),
        )
        control, name, told = only(answers)
        assert (control, name, told["sourceOfTopUp"]) == (0x09, "ConsumerTopUpResponse", source)
        return told["resultType"], told["topUpValue"], told["creditRemaining"]

    utrn = stand.utrn(1_250_000)
    assert top_up(utrn) == (0x12, 1_250_000, 10 * UNIT_MP + 1_250_000)
    assert stand.done
    stand.events()
    assert top_up(utrn) == (0x02, 0, NEVER_S)
    assert not stand.done
    assert stand.events() == [0x8F51, 0x8155]
    assert top_up("12345678910121314156") == (0x01, 0, NEVER_S)
    assert stand.data.meter_balance_mp == 10 * UNIT_MP + 1_250_000
    stand.write("Maximum Credit Threshold", 999_999)
    assert top_up(stand.utrn(1_000_000)) == (0x06, 0, NEVER_S)


def test_top_ups_and_what_they_paid_are_read_newest_first():
    stand = Stand()
    stand.prepay()
    debts = {"Debt Recovery per Payment": 5000, "Debt Recovery Rate Cap": 1_000_000}
    stand.execute("Adjust Debt", payment_debt_mp=150_000, configuration=debts)
    codes = []
    for _ in range(2):
        codes.append(stand.utrn(UNIT_MP))
        stand.execute("Add Credit", utrn=codes[-1])
        stand.step(10)
    last = {"latestEndTime": NEVER_S - 1}
    answers = stand.send(0x00C5, ask(PREPAYMENT, "GetTopUpLog", {**last, "numberOfRecords": 5}, 0))
    control, _, told = only(answers)
    rows = told["topUpPayload"]
    assert control == 0x19
    assert [row["topUpCode"].decode() for row in rows] == codes[::-1]
    assert [row["topUpTime"] for row in rows] == [stand.now_s - 10, stand.now_s - 20]
    values = {**last, "numberOfDebts": 10, "debtType": 2}
    answers = stand.send_octets(
        0x00C4, encoded([ask(PREPAYMENT, "GetDebtRepaymentLog", values, stand.now_s - 15)])
    )
    (answer,) = answers
    assert (answer.control, answer.sealed_as) == (0x19, 0)
    assert answer.payload.hex() == "0001" + (stand.now_s - 10).to_bytes(4, "little").hex() + (
        "50c30000" + "02" + "50c30000"
    )
    values["latestEndTime"] = 5
    answers = stand.send(0x00C4, ask(PREPAYMENT, "GetDebtRepaymentLog", values, 0))
    assert only(answers) == (0x08, "default", (0x0A, 0x8B))


def test_the_valve_is_closed_and_armed():
    stand = Stand()
    stand.enable()
    assert stand.data.supply_state == ENABLED
    values = {"requestDateTime": 0, "implementationDateTime": 0, "supplyControlBits": 1}
    answer = only(
        stand.send(0x0081, ask(METERING, "ChangeSupply", {**values, "proposedSupplyStatus": 0}))
    )
    assert answer[:2] == (0x09, "SupplyStatusResponse")
    assert (answer[2]["supplyStatus"], answer[2]["implementationDateTime"]) == (0, stand.now_s)
    assert (stand.data.supply_state, stand.switch.position) == (DISABLED, False)
    assert only(stand.send(0x0082, read(METERING, 0x0205, 0x0014)))[2] == {0x0205: 3650, 0x14: 0}
    arm = ask(METERING, "ChangeSupply", {**values, "proposedSupplyStatus": 1})
    assert only(stand.send(0x0085, arm, fails_at=0)) == (0x08, "default", (0x0B, FAILED))
    assert only(stand.send(0x0085, arm))[2]["supplyStatus"] == 1
    assert stand.data.supply_state == ARMED


def test_the_valve_is_not_armed_without_credit():
    stand = Stand()
    stand.prepay(balance_mp=-1)
    values = {"requestDateTime": 0, "implementationDateTime": 0, "supplyControlBits": 1}
    arm = ask(METERING, "ChangeSupply", {**values, "proposedSupplyStatus": 1})
    assert only(stand.send(0x0085, arm)) == (0x08, "default", (0x0B, FAILED))


@pytest.mark.req("GSME-CFG-19")
@pytest.mark.parametrize(("code", "divisor"), [(0x00FC, 10_000), (0x007D, 1)])
def test_uncontrolled_flow_is_measured_by_its_divisor(code, divisor):
    """36 litres an hour are 100 ml in ten seconds."""
    stand = Stand()
    threshold = 360 if divisor == 10_000 else 1
    most_ml = 100 if divisor == 10_000 else 2777
    states = {
        "supplyTamperState": 0,
        "supplyDepletionState": 3,
        "supplyUncontrolledFlowState": 0,
        "loadLimitSupplyState": 3,
    }
    asked = flow(threshold, divisor), ask(METERING, "SetSupplyStatus", states)
    assert [answer[2][1] for answer in stand.send(code, *asked)] == [0, 0]
    told = stand.send(0x00FB, read(BASIC, 4, 5), read(METERING, 0x0608, 0x0607))
    assert told[1][2] == {0x0608: 3, 0x0607: 0}
    read_back = stand.send(0x007B, read(PRICE, 0x0304), read(METERING, 0x0B10, 0x0B13))
    assert read_back[1][2] == {0x0B10: threshold, 0x0B13: divisor}
    for flowed_ml, state in ((most_ml, ENABLED), (most_ml + 1, ARMED)):
        stand.data.supply_state = ARMED
        stand.execute("Enable Supply", commands.USER_INTERFACE)
        stand.step(1, flowed_ml)
        stand.run(10)
        assert stand.data.supply_state == state
    # Locked, now that it is tampered with.
    stand.meter.tampered(0x8F1C, stand.now_s)
    assert stand.data.supply_state == DISABLED


def test_identities_and_contact_are_written_and_read():
    stand = Stand()
    site = {"siteIdTime": 0, "siteId": b"1234567890"}
    customer = {"implementationTime": 0, "customerIdNumber": b"9876"}
    assert only(stand.send(0x0087, publish(MANAGEMENT, "UpdateSiteId", site)))[2] == (3, 0)
    answers = stand.send(
        0x0083,
        publish(MANAGEMENT, "UpdateCIN", customer),
        originator=commands.ACCESS_CONTROL_BROKER,
    )
    assert only(answers)[2] == (6, 0)
    assert stand.data.customer_identification_number == "9876"
    assert only(stand.send(0x0089, read(METERING, 0x0307)))[2] == {0x0307: b"1234567890"}
    supplier = {
        "currentProviderId": 0,
        "tariffType": 0,
        "proposedProviderId": 0,
        "providerChangeImplementationTime": 0,
        "providerChangeControl": 0x1800,
        "proposedProviderName": b"Some Energy",
        "proposedProviderContactDetails": b"0800 1",
    }
    stand.send(0x0088, publish(MANAGEMENT, "PublishChangeOfSupplier", supplier))
    assert (stand.data.supplier_name, stand.data.supplier_telephone_number) == (
        "Some Energy",
        "0800 1",
    )
    message = {
        "messageId": 5,
        "messageControl": 0,
        "startTime": 0,
        "durationInMinutes": 0xFFFF,
        "message": b"Good morning",
    }
    assert only(stand.send(0x0071, publish(MESSAGING, "DisplayMessage", message))) == (
        0x00,
        "default",
        (0, 0),
    )
    assert stand.data.supplier_message == "Good morning"
    message["message"] = b"\xff\xfe"
    assert only(stand.send(0x0071, publish(MESSAGING, "DisplayMessage", message)))[2] == (
        0,
        FAILED,
    )
    assert stand.data.supplier_message == "Good morning"
    assert only(stand.send(0x0084, read(METERING, 0x0206)))[2] == {
        0x0206: version_octets(stand.data.firmware_version)
    }


def test_a_firmware_version_has_four_octets():
    assert version_octets("0.3.0") == bytes((0, 3, 0, 0))
    assert version_octets("0a0B0c0d") == b"\x0a\x0b\x0c\x0d"
    assert version_octets("x") == bytes(4)
    assert version_octets("nonsense") == b"nons"


def test_the_pin_is_taken_away():
    stand = Stand()
    stand.execute("Set Privacy PIN", commands.USER_INTERFACE, pin="1234")
    values = {
        "implementationDateTime": 0,
        "durationInMinutes": 0,
        "passwordType": 2,
        "password": b"",
    }
    asked = publish(MANAGEMENT, "RequestNewPasswordResponse", values)
    assert only(stand.send(0x0073, asked))[2] == (2, 0)
    assert not stand.meter.privacy_pin.is_protected()


def configured(configuration, *codes):
    octets = bytes((len(codes),)) + b"".join(code.to_bytes(2, "little") for code in codes)
    return publish(
        MANAGEMENT,
        "SetEventConfiguration",
        {
            "startDateTime": 0,
            "eventConfiguration": configuration,
            "configurationControl": 0,
            "eventConfigurationPayload": octets,
        },
    )


def test_what_becomes_of_events_is_set_and_read():
    stand = Stand()

    def told():
        asked = publish(MANAGEMENT, "GetEventConfiguration", {"eventId": 0x81FF})
        control, name, values = only(stand.send(0x00F1, asked))
        assert (control, name) == (0x01, "ReportEventConfiguration")
        return {
            row["eventId"]: row["eventConfiguration"]
            for row in values["eventConfigurationPayload"]
        }

    assert [told()[code] for code in (0x810D, 0x8154, 0x8168, 0x81AA)] == [0x18, 0x03, 0x10, 0x1B]
    answers = stand.send(0x00AD, configured(0x40, 0x81AA, 0x810D), configured(0x03, 0x8154))
    assert [answer[2] for answer in answers] == [(4, 0), (4, 0)]
    assert [told()[code] for code in (0x810D, 0x8154, 0x81AA)] == [0x40, 0x03, 0x40]
    settings = stand.meter.event_settings
    assert settings.sounds_alarm(0x81AA)
    assert not settings.is_logged(0x81AA)
    for wrong in (
        configured(0x0B, 0x8F1E),
        configured(0x0B, 0x8101),
        configured(0x09, 0x81AA),
        configured(0x83, 0x81AA),
    ):
        assert only(stand.send(0x00AD, wrong))[2] == (4, FAILED)
    assert told()[0x81AA] == 0x40


def test_the_billing_calendar_is_set_and_read():
    stand = Stand()
    asked = {"earliestStartTime": 0, "minIssuerEventId": NEVER_S, "numberOfCommands": 1}
    get = ask(PRICE, "GetBillingPeriod", {**asked, "tariffType": 0})
    assert only(stand.send(0x00DA, get)) == (0x08, "default", (0x0B, 0x8B))
    start_s = NEW_YEAR_S + 40 * DAY_S

    def periods(duration, kind, block=None):
        return [
            publish(
                PRICE,
                name,
                {
                    "issuerEventId": 9,
                    prefix + "StartTime": start_s,
                    prefix + "Duration": of,
                    prefix + "DurationType": kind,
                    "tariffType": 0,
                    **more,
                },
            )
            for name, prefix, of, more in (
                ("PublishBillingPeriod", "billingPeriod", duration, {}),
                (
                    "PublishBlockPeriod",
                    "blockPeriod",
                    block or duration,
                    {"blockPeriodControl": 2, "tariffResolutionPeriod": 1},
                ),
            )
        ]

    assert [answer[2] for answer in stand.send(0x00D8, *periods(3, 0x23))] == [(9, 0), (1, 0)]
    control, name, told = only(stand.send(0x00DA, get))
    assert (control, name) == (0x09, "PublishBillingPeriod")
    assert (told["billingPeriodDuration"], told["billingPeriodDurationType"]) == (3, 0x23)
    assert (told["billingPeriodStartTime"], told["issuerEventId"]) == (start_s, 9)
    for wrong in (periods(3, 0x22), periods(3, 0x23, 6)):
        assert [answer[2] for answer in stand.send(0x00D8, *wrong)] == [(9, 0), (1, FAILED)]
    with pytest.raises(PayloadError):
        stand.send(0x007E, *periods(3, 0x23))
    stand.step(1)
    assert stand.meter.readings.billing_due_s == start_s


def test_a_reading_is_told_at_each_billing_date():
    stand = Stand()
    assert finish(gbz_metering.billing_content(stand.meter, bytes)) is None
    stand.execute("Set Billing Calendar", start_s=NEW_YEAR_S + 2 * DAY_S, period=1)
    stand.step(1, 5_000)
    stand.step(2 * DAY_S)
    payload = finish(gbz_metering.billing_content(stand.meter, bytes))
    assert payload.hex().startswith("030702")
    plaintext = payload[-72:]
    # The first of one command, of the end of a billing period.
    assert plaintext[8:15] == bytes((1, 0, 1, 2, 0, 0, 0))
    assert int.from_bytes(plaintext[16:22], "little") == 5


def test_the_daily_logs_are_read_in_order():
    stand = Stand()
    stand.prepay(balance_mp=5000)
    stand.step(1, 3_000)
    for _ in range(3):
        stand.step(DAY_S, 1_000)
    answers = stand.send_octets(0x0077, encoded(snapshots("GetSnapshot", METERING, 1, 31)))
    assert [answer.sealed_as for answer in answers[:4]] == [0, 1, 2, None]
    totals = [int.from_bytes(answer.payload[16:22], "little") for answer in answers[:3]]
    assert totals == [4, 5, 6]
    assert [answer.payload[:4].hex() for answer in answers[:3]] == [
        "00000000",
        "01000000",
        "02000000",
    ]
    assert {answer.payload for answer in answers[3:]} == {b"\x06\x8b"}
    answers = stand.send(0x0096, *snapshots("GetPrepaySnapshot", PREPAYMENT, 1, 31), fails_at=1)
    assert answers[0][2]["totalSnapshotsFound"] == 3
    assert answers[0][2]["snapshotPayload"][-4:] == (5000).to_bytes(4, "little")
    assert answers[1][2] == (7, FAILED)
    assert {answer[2] for answer in answers[2:]} == {NOT_EXECUTED}


def test_billing_readings_have_their_causes():
    stand = Stand()
    stand.prepay(balance_mp=5000)
    stand.execute("Set Tariff", tariff=gas_tariff())
    stand.execute("Set Billing Calendar", start_s=NEW_YEAR_S + DAY_S, period=1)
    stand.step(DAY_S)
    changes = [
        *snapshots("GetPrepaySnapshot", PREPAYMENT, 0x6008, 12),
        *snapshots("GetSnapshot", METERING, 0x6008, 12),
    ]
    answers = stand.send(0x00C3, *changes)
    assert [answers[at][2]["snapshotCause"] for at in (0, 1, 12, 13)] == [0x2000, 8, 0x2000, 8]
    assert [answers[at][2]["snapshotId"] for at in (0, 1, 12, 13)] == [0, 1, 12, 13]
    assert answers[2] == (0x08, "default", (7, 0x8B))
    dates = [
        *snapshots("GetSnapshot", METERING, 2, 12),
        *snapshots("GetPrepaySnapshot", PREPAYMENT, 2, 12),
    ]
    answers = stand.send(0x0076, *dates)
    found = [answer[2]["totalSnapshotsFound"] for answer in answers if answer[0] == 0x19]
    assert found == [1, 1]


def sampled(stand, code, sample, from_s, count):
    values = {
        "sampleId": sample,
        "earliestSampleTime": from_s,
        "sampleType": 0,
        "numberOfSamples": count,
    }
    return only(stand.send(code, ask(METERING, "GetSampledData", values)))


def test_consumption_is_read_as_it_was_sampled():
    stand = Stand()
    start = {
        "startSamplingTime": 0,
        "sampleType": 0,
        "sampleRequestInterval": 360,
        "maxNumberOfSamples": 41,
    }
    asked = ask(METERING, "StartSampling", start)
    broker = commands.ACCESS_CONTROL_BROKER
    assert only(stand.send(0x0080, asked, originator=broker, fails_at=0))[2] == {
        "sampleId": 0xFFFF
    }
    assert sampled(stand, 0x0079, 2, 1, 41) == (0x08, "default", (8, 0x8B))
    assert only(stand.send(0x0080, asked, originator=broker))[2] == {"sampleId": 2}
    began_s = stand.now_s
    for litres in (1, 0, 5):
        stand.step(360, litres * 1000)
    control, _, told = sampled(stand, 0x0079, 2, 1, 41)
    assert (control, told["samples"], told["sampleStartTime"]) == (0x09, [0, 1, 0, 5], began_s)
    stand.step(4 * 3600)
    half_hour_s = began_s - began_s % 1800 + 1800
    control, _, told = sampled(stand, 0x0078, 0, half_hour_s, 3)
    assert (control, told["samples"], told["sampleStartTime"]) == (0x19, [6, 0, 0], half_hour_s)


def test_the_logs_of_events_are_read_and_one_is_cleared():
    stand = Stand()
    stand.execute("Reset Meter Balance")
    values = {
        "eventControlLogId": 0x13,
        "eventId": 0,
        "startTime": stand.now_s,
        "endTime": NEVER_S - 1,
        "numberOfEvents": 0,
        "eventOffset": 0,
    }
    control, _, told = only(stand.send(0x0014, ask(EVENTS, "GetEventLog", values)))
    assert control == 0x19
    last = told["logPayload"][-1]
    # The Command that was carried out, by its message code.
    assert (last["logId"], last["eventId"], last["eventData"]) == (3, 0x8154, b"\x00\xb4")
    assert told["totalNumberOfEvents"] == len(told["logPayload"])
    clear = ask(EVENTS, "ClearEventLogRequest", {"logId": 3})
    assert only(stand.send(0x0015, clear, fails_at=0))[2] == {"clearedEventsLogs": 0}
    assert only(stand.send(0x0015, clear))[2] == {"clearedEventsLogs": 8}
    # What follows the clearing is that it was done.
    assert [entry[1] for entry in stand.log("Event Log")] == [0x8154]
    values["eventControlLogId"] = 0x04
    _, _, told = only(stand.send(0x00A1, ask(EVENTS, "GetEventLog", values)))
    assert told["logPayload"][-1]["eventId"] == 0x8F52
    values["startTime"] = stand.now_s + 1
    answer = only(stand.send(0x00A1, ask(EVENTS, "GetEventLog", values)))
    assert answer == (0x08, "default", (0, 0x8B))


def test_factors_are_set_together_or_not_at_all():
    stand = Stand()

    def factors(conversion, calorific):
        return (
            publish(
                PRICE,
                "PublishConversionFactor",
                {
                    "startTime": 0,
                    "conversionFactor": conversion,
                    "conversionFactorTrailingDigit": 0x50,
                },
            ),
            publish(
                PRICE,
                "PublishCalorificValue",
                {
                    "startTime": 0,
                    "calorificValue": calorific,
                    "calorificValueUnit": 1,
                    "calorificValueTrailingDigit": 0x10,
                },
            ),
        )

    assert [answer[2] for answer in stand.send(0x007C, *factors(100_000, 360))] == [(2, 0), (3, 0)]
    stand.step(1, 1_000)
    assert stand.data.energy_consumed.wh(0) == 10
    answers = stand.send(0x007C, *factors(200_000, 0))
    assert [answer[2] for answer in answers] == [(2, 0), (3, FAILED)]
    assert stand.data.conversion_factor == 100_000
    told = stand.send(0x007B, read(PRICE, 0x0306, 0x0304, 0x0303, 0x0302), read(METERING, 0x0B15))
    assert told[0][2] == {0x0306: 0x10, 0x0304: 360, 0x0303: 0x50, 0x0302: 100_000}


@pytest.mark.req("GSME-HIC-02")
def test_emergency_credit_is_activated_or_refused():
    stand = Stand()
    values = {"commandIssueDateTime": 0, "originatingDevice": 0}
    asked = ask(PREPAYMENT, "SelectAvailableEmergencyCredit", values)
    # FAILURE, and not what stands for hardware that fails.
    assert only(stand.send(0x0070, asked))[2] == (0, 0x01)
    stand.prepay(balance_mp=10)
    stand.write("Emergency Credit Limit", 500)
    stand.write("Emergency Credit Threshold", 100)
    assert only(stand.send(0x0070, asked))[2] == (0, 0)
    assert stand.data.emergency_credit_activated


def test_registers_are_read_encrypted():
    stand = Stand()
    stand.step(1, 7_000)
    (answer,) = stand.send_octets(0x00B6, encoded([read(METERING, 0x0302, 0x0100, 0x0102)]))
    assert (answer.control, answer.sealed_as) == (0x18, 0)
    assert answer.payload.hex() == "02030022e8030000010025070000000000020100250000" + "00000000"


def test_what_a_use_case_does_not_list_is_malformed_and_nothing_is_done():
    stand = Stand()
    before = stand.state("N")
    reset = {"startTime": 0, "creditAdjustmentType": 1, "creditAdjustmentValue": 0}
    for code, asked in (
        (0x0074, [read(METERING, 0x0700)]),
        (0x0074, [read(PREPAYMENT, 0x0000)]),
        (0x0074, [read(METERING, 0), read(METERING, 0)]),
        (0x0086, [ask(PREPAYMENT, "CreditAdjustment", reset)]),
        (0x00B4, [ask(PREPAYMENT, "CreditAdjustment", reset, from_s=0)]),
        (0x0001, [read(METERING, 0)]),
        (0x006B, calendar(0)),
    ):
        with pytest.raises(PayloadError):
            stand.send(code, *asked)
        assert stand.state("N") == before


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", ["cpython", *OTHER_RUNTIMES])
def test_every_runtime_answers_the_same(runtime):
    check_golden(runtime, Path(__file__).with_name("gbz_workload.py"))


def valid_payloads():
    """(message code, payload) of commands that are carried out."""
    stand = Stand()
    yield 0x006F, encoded(prepayment(NEW_YEAR_S + 9 * DAY_S))
    yield 0x006B, encoded([*calendar(0), information(), matrix(1, [2000, 3000], 1)])
    yield 0x006E, encoded([debt(1, 5000, 0, 40), debt(3, 700, 1, 30), debt(5, 900, 1, 0, 250)])
    yield 0x00FC, encoded([flow(360, 10_000), *_supply_states()])
    yield 0x00AD, encoded([configured(0x43, 0x8161)])
    utrn = {"originatingDevice": 0, "topUpCode": stand.utrn(UNIT_MP).encode()}
    yield 0x0097, encoded([ask(PREPAYMENT, "ConsumerTopUp", utrn)])
    yield 0x0074, encoded([read(METERING, 0x0302, 0x0000)])
    yield 0x0077, encoded(snapshots("GetSnapshot", METERING, 1, 31))


def _supply_states():
    states = ("supplyTamperState", "supplyDepletionState")
    values = dict.fromkeys(states, 3) | {"supplyUncontrolledFlowState": 0}
    return [ask(METERING, "SetSupplyStatus", {**values, "loadLimitSupplyState": 3})]


def test_any_octets_are_answered_or_malformed_and_half_of_nothing_is_done():
    stand = Stand()
    stand.prepay()
    payloads = list(valid_payloads())
    malformed = failed = 0
    for seed in range(GBZ_SAMPLES):
        rng = random.Random(f"server {seed}")
        code, payload = rng.choice(payloads)
        octets = bytearray(payload)
        for _ in range(rng.randrange(1, 4)):
            octets[rng.randrange(len(octets))] = rng.randrange(256)
        before = stand.state("N")
        try:
            answers = stand.send_octets(code, bytes(octets))
        except PayloadError as error:
            malformed += 1
            assert str(error)
            assert stand.state("N") == before, (seed, octets.hex())
            continue
        assert len(answers) >= gbz.decode(octets)[-1].sequence + 1
        if not stand.done:
            failed += 1
            assert stand.state("N") == before, (seed, octets.hex())
    assert malformed > GBZ_SAMPLES // 10
    assert failed > GBZ_SAMPLES // 50
