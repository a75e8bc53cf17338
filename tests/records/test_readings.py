"""What is read at midnight, at billing dates, before changes and with credits (SMETS2 5.7.5)."""

import datetime

import pytest

from host_tools.node.utc_text import parse_utc
from protometer.model.enumerations import PREPAYMENT_MODE
from protometer.records.readings import (
    DAILY,
    MODE_CHANGE,
    MONTHLY,
    NO_BILLING,
    WEEKLY,
    Readings,
    next_billing_s,
)
from protometer.records.registers import readings_wh
from tests.records.log_stand import Stand

DAY_S = 86_400
DAY = 4_383  # 2012-01-01


def stand_of(exports=False, prepayment=False):
    stand = Stand(role="E")
    data = stand.data
    data.active_import_register.add(0, 12_345_678_999)
    data.active_export_register.add(0, 4_000_001_999)
    for rate in range(48):
        data.tariff_tou_registers.add(rate, 1_000_000 * rate + 1000 * rate + 999)
    data.emergency_credit_balance_mp = 500_000
    data.meter_balance_mp = -70_001
    data.accumulated_debt_mp = 33
    data.payment_mode = int(prepayment)
    data.days_energy_wh[0] = 8_250
    data.charged_day = DAY - 1
    stand.readings = Readings(data, stand.book, exports)
    return stand


def read(stand, name):
    """The entries of a log; a reading in Wh, register by register."""
    return [
        tuple(
            word
            for value in entry
            for word in (readings_wh(stand.data, value) if isinstance(value, bytes) else [value])
        )
        for entry in stand.book.named(name).entries(0, 10_000)
    ]


# The total, 48 rates and 32 blocks, in Wh.
REGISTERS = (12_345_678, *(1001 * rate for rate in range(48)), *(0,) * 32)
MONEY = (500_000, -70_001, 0, 0, 0, 33)


def test_midnight_reads_registers_and_the_days_energy():
    stand = stand_of()
    stand.readings.midnights(DAY, DAY)
    assert read(stand, "Daily Read Log") == [(DAY * DAY_S, *REGISTERS)]
    assert read(stand, "Daily Consumption Log") == [(DAY * DAY_S, 8_250)]
    assert read(stand, "Prepayment Daily Read Log") == []
    assert read(stand, "Daily Read Log Export") == []
    assert list(stand.data.log_counts) == [0] * 11 + [1] + [0] * 11 + [1] + [0] * 8


def test_money_is_read_in_prepayment_mode_and_export_where_it_is_measured():
    stand = stand_of(exports=True, prepayment=True)
    stand.readings.midnights(DAY, DAY)
    stand.data.payment_mode = 0
    stand.readings.midnights(DAY + 1, DAY + 1)
    assert read(stand, "Prepayment Daily Read Log") == [(DAY * DAY_S, *MONEY)]
    assert read(stand, "Daily Read Log Export") == [
        (DAY * DAY_S, 4_000, 1),
        ((DAY + 1) * DAY_S, 4_000, 1),
    ]


def test_days_without_power_consumed_nothing():
    stand = stand_of(prepayment=True)
    stand.readings.midnights(DAY, DAY + 2)
    stamps = [DAY * DAY_S, (DAY + 1) * DAY_S, (DAY + 2) * DAY_S]
    assert read(stand, "Daily Consumption Log") == list(zip(stamps, (8_250, 0, 0), strict=True))
    assert read(stand, "Daily Read Log") == [(at_s, *REGISTERS) for at_s in stamps]
    assert read(stand, "Prepayment Daily Read Log") == [(at_s, *MONEY) for at_s in stamps]


def test_an_outage_of_years_writes_no_more_than_the_logs_hold():
    stand = stand_of(exports=True, prepayment=True)
    stand.readings.midnights(DAY, DAY + 999)
    assert [stand.data.log_counts[number] for number in (5, 6, 23)] == [31, 31, 31]
    assert stand.data.log_counts[11] == 731
    stamps = [(DAY + day) * DAY_S for day in range(1000)]
    assert [values[0] for values in read(stand, "Daily Read Log")] == stamps[-31:]
    # The energy of the day before the outage is older than the log.
    assert read(stand, "Daily Consumption Log") == [(at_s, 0) for at_s in stamps[-731:]]


def test_a_change_of_mode_or_tariff_reads_registers_and_money():
    stand = stand_of()
    stand.readings.mode_or_tariff_changed(777, MODE_CHANGE)
    assert read(stand, "Billing Data Log Mode Or Tariff Change") == [(777, *REGISTERS, *MONEY)]


def test_credits_are_kept_the_last_five():
    stand = stand_of()
    for value_mp in range(1, 8):
        stand.readings.credit(1000 + value_mp, 100_000 * value_mp, 0)
    assert read(stand, "Billing Data Log Prepayment Credits") == [
        (1000 + value_mp, 100_000 * value_mp) for value_mp in range(3, 8)
    ]


def test_a_log_that_fails_is_an_error():
    stand = stand_of()
    stand.files.broken = True
    for act in (
        lambda: stand.readings.midnights(DAY, DAY),
        lambda: stand.readings.mode_or_tariff_changed(1, MODE_CHANGE),
        lambda: stand.readings.credit(1, 2, 3),
    ):
        with pytest.raises(OSError):
            act()
    assert not any(stand.data.log_counts)


def billing_dates(stand, first_s, last_s, step_s=600):
    for now_s in range(first_s, last_s, step_s):
        if now_s >= stand.readings.billing_due_s:
            stand.readings.keep_billing(now_s)
    log = stand.book.named("Billing Data Log Billing Calendar")
    return [values[0] for values in log.entries(0, log.next_number())]


def calendar(period, start):
    stand = stand_of()
    stand.data.billing_calendar_period = period
    stand.data.billing_calendar_start_s = parse_utc(start)
    return stand


def test_without_a_billing_calendar_there_is_no_billing():
    stand = calendar(NO_BILLING, "2012-01-01T00:00:00Z")
    stand.readings.keep_billing(DAY * DAY_S)
    assert billing_dates(stand, DAY * DAY_S, (DAY + 60) * DAY_S) == []


@pytest.mark.parametrize(
    ("period", "start", "dates"),
    [
        (DAILY, "2012-01-01T06:00:00Z", ["2012-01-03T06:00", "2012-01-04T06:00"]),
        (WEEKLY, "2011-12-30T00:00:00Z", ["2012-01-06T00:00", "2012-01-13T00:00"]),
        (MONTHLY, "2012-01-05T12:00:00Z", ["2012-01-05T12:00", "2012-02-05T12:00"]),
        (MONTHLY, "2011-10-31T00:00:00Z", ["2012-01-28T00:00", "2012-02-28T00:00"]),
    ],
)
def test_billing_dates_are_read_as_they_come(period, start, dates):
    stand = calendar(period, start)
    set_s = parse_utc("2012-01-02T09:00:00Z")
    stand.readings.keep_billing(set_s)
    until_s = parse_utc(dates[1] + ":00Z") + 3600
    read_s = billing_dates(stand, set_s, until_s)
    assert read_s == [parse_utc(date + ":00Z") for date in dates]
    assert read(stand, "Billing Data Log Billing Calendar")[0][1:] == REGISTERS


def test_a_billing_calendar_that_begins_later_waits_for_its_start():
    stand = calendar(DAILY, "2012-01-10T00:00:00Z")
    for hour in range(3):
        stand.readings.keep_billing(DAY * DAY_S + 3600 * hour)
        assert stand.readings.billing_due_s == parse_utc("2012-01-10T00:00:00Z")
    assert read(stand, "Billing Data Log Billing Calendar") == []


def test_an_outage_over_several_billing_dates_is_read_once():
    stand = calendar(WEEKLY, "2012-01-01T00:00:00Z")
    stand.readings.keep_billing(parse_utc("2012-01-02T00:00:00Z"))
    back_s = parse_utc("2012-02-01T11:00:00Z")
    assert billing_dates(stand, back_s, back_s + 600) == [back_s]
    assert stand.readings.billing_due_s == parse_utc("2012-02-05T00:00:00Z")
    # A calendar that is taken away and set again begins to count then.
    stand.data.billing_calendar_period = NO_BILLING
    stand.readings.keep_billing(back_s)
    stand.data.billing_calendar_period = WEEKLY
    later_s = parse_utc("2012-06-02T00:00:00Z")
    stand.readings.keep_billing(later_s)
    assert stand.data.log_counts[24] == 1
    assert stand.readings.billing_due_s == parse_utc("2012-06-03T00:00:00Z")


def test_monthly_dates_against_datetime():
    epoch = datetime.datetime(2000, 1, 1)

    def seconds(moment):
        return int((moment - epoch).total_seconds())

    for day in (1, 15, 28, 29, 31):
        start = datetime.datetime(2011, 12, day, 3, 30)
        dates = [
            datetime.datetime(2011 + month // 12, month % 12 + 1, min(day, 28), 3, 30)
            for month in range(11, 60)
        ]
        dates = [start] + [date for date in dates if date > start]
        for days in range(0, 1200, 5):
            after = datetime.datetime(2011, 11, 20, 3, 30) + datetime.timedelta(days=days)
            expected = min(date for date in dates if date > after)
            assert next_billing_s(MONTHLY, seconds(start), seconds(after)) == seconds(expected)


def test_days_that_a_log_refuses_are_read_as_soon_as_it_works_again():
    stand = stand_of(prepayment=True)
    stand.data.day_read = DAY - 1
    stand.files.broken = True
    with pytest.raises(OSError):
        stand.readings.keep_days(DAY)
    assert stand.data.day_read == DAY - 1
    assert set(stand.data.log_counts) == {0}
    # Meanwhile the day began: its predecessor's energy has moved on.
    stand.data.charged_day = DAY
    stand.data.days_energy_wh[0], stand.data.days_energy_wh[1] = 7, 8_250
    assert stand.readings.due_s() == DAY * DAY_S
    stand.files.broken = False
    stand.readings.keep_days(DAY)
    assert read(stand, "Daily Read Log") == [(DAY * DAY_S, *REGISTERS)]
    assert read(stand, "Daily Consumption Log") == [(DAY * DAY_S, 8_250)]
    assert stand.readings.due_s() == (DAY + 1) * DAY_S
    stand.readings.keep_days(DAY)
    assert len(read(stand, "Daily Read Log")) == 1


def test_at_a_billing_date_registers_and_money_are_kept_together_or_not_at_all():
    stand = calendar(DAILY, "2012-01-01T00:00:00Z")
    stand.data.payment_mode = PREPAYMENT_MODE
    first_s = parse_utc("2012-01-02T00:00:00Z")
    stand.readings.keep_billing(first_s)
    names = "Billing Data Log Billing Calendar", "Billing Data Log Billing Calendar Balances"
    registers, money = (stand.book.named(name) for name in names)

    def full(*values):
        raise OSError(28)

    append, money.append = money.append, full
    with pytest.raises(OSError):
        stand.readings.keep_billing(first_s + DAY_S)
    assert (len(registers), len(money)) == (0, 0)
    money.append = append
    assert stand.readings.keep_billing(first_s + DAY_S)
    assert (len(registers), len(money)) == (1, 1)
