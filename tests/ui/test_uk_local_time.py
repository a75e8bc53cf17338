"""UK local time against the time zone database's Europe/London."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protometer.ui.local_time import is_summer_time, uk_local
from tests.samples import FUZZ_SAMPLES

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
YEARS = range(2000, 2100)
SECONDS_OF_A_CENTURY = int((datetime(2100, 1, 1, tzinfo=UTC) - EPOCH).total_seconds())


def in_london(now_s: int) -> tuple[int, int, int, int, int]:
    return (EPOCH + timedelta(seconds=now_s)).astimezone(LONDON).timetuple()[:5]


def seconds(*utc: int) -> int:
    return int((datetime(*utc, tzinfo=UTC) - EPOCH).total_seconds())


# Dates of the clock changes as published at gov.uk/when-do-the-clocks-change.
@pytest.mark.parametrize(
    ("change_s", "before", "after"),
    [
        (seconds(2025, 3, 30, 1), (2025, 3, 30, 0, 59), (2025, 3, 30, 2, 0)),
        (seconds(2025, 10, 26, 1), (2025, 10, 26, 1, 59), (2025, 10, 26, 1, 0)),
        (seconds(2026, 3, 29, 1), (2026, 3, 29, 0, 59), (2026, 3, 29, 2, 0)),
        (seconds(2026, 10, 25, 1), (2026, 10, 25, 1, 59), (2026, 10, 25, 1, 0)),
    ],
)
def test_the_clocks_change(change_s: int, before: tuple, after: tuple) -> None:
    assert uk_local(change_s - 1) == before
    assert uk_local(change_s) == after


@pytest.mark.parametrize("month", [3, 10])
def test_every_change_of_a_century(month: int) -> None:
    for year in YEARS:
        for day in range(24, 32):
            for now_s in (seconds(year, month, day, 1) - 1, seconds(year, month, day, 1)):
                assert uk_local(now_s) == in_london(now_s)


@given(st.integers(0, SECONDS_OF_A_CENTURY - 1))
@settings(max_examples=FUZZ_SAMPLES)
def test_any_second_of_a_century(now_s: int) -> None:
    assert uk_local(now_s) == in_london(now_s)


def test_new_year_belongs_to_winter() -> None:
    assert not is_summer_time(seconds(2026, 1, 1))
    assert uk_local(0) == (2000, 1, 1, 0, 0)
