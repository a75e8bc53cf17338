"""The calendar against datetime, over every day from year 1 to 3000."""

import datetime

import pytest

from protometer.model.calendar import civil_from_days, days_from_civil, is_civil_date, weekday

EPOCH = datetime.date(2000, 1, 1).toordinal()


def test_every_day_of_three_thousand_years():
    last = datetime.date(3000, 12, 31).toordinal()
    for ordinal in range(1, last + 1):
        date = datetime.date.fromordinal(ordinal)
        days = ordinal - EPOCH
        parts = (date.year, date.month, date.day)
        assert civil_from_days(days) == parts
        assert days_from_civil(*parts) == days
        if ordinal % 7 == 0:
            assert weekday(days) == date.isoweekday()


@pytest.mark.parametrize("year", [1900, 1999, 2000, 2023, 2024, 2100])
def test_real_dates_and_no_others(year):
    for month in range(-1, 15):
        for day in range(-1, 40):
            try:
                datetime.date(year, month, day)
                real = True
            except ValueError:
                real = False
            assert is_civil_date(year, month, day) is real
