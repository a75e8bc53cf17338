"""The Tariff Switching Table against an oracle over datetime, and every way to malform one.

The oracle knows the rules only: seasons by latest start at or before today wrapping round the
year, the first to begin while all are yet to come, special day before week, last rate of the day
before until the first switch point.
"""

import datetime
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protometer.model.calendar_fields import ANY, ANY_YEAR, CalendarError
from protometer.model.command import CommandRefused
from protometer.model.switching_table import SwitchingTable
from protometer.model.switching_table import pack as pack_limited
from protometer.tariff.electricity_tariff import PRIMARY
from tests.samples import TARIFF_SAMPLES


def pack(seasons, weeks, days, special_days):
    return pack_limited(PRIMARY, seasons, weeks, days, special_days)


EPOCH = datetime.datetime(2000, 1, 1)
DAY_S = 86_400


def seconds(year, month, day, hour=0, minute=0, second=0):
    moment = datetime.datetime(year, month, day, hour, minute, second)
    return int((moment - EPOCH).total_seconds())


def week_in_force(seasons, date):
    starts = []
    for year, month, day, week in seasons:
        if year != ANY_YEAR:
            starts.append(((year, month, day), week))
        elif (month, day) <= (date.month, date.day):
            starts.append(((date.year, month, day), week))
        else:
            starts.append(((date.year - 1, month, day), week))
    begun = [start for start in starts if start[0] <= (date.year, date.month, date.day)]
    if begun:
        return max(begun)[1]
    return min(seasons)[3]


def day_profile(table, date):
    seasons, weeks, _, special_days = table
    for year, month, day, profile in special_days:
        if year in (ANY_YEAR, date.year) and month in (ANY, date.month) and day in (ANY, date.day):
            return profile
    return weeks[week_in_force(seasons, date)][date.weekday()]


def rate_in_force(table, at_s):
    moment = EPOCH + datetime.timedelta(seconds=at_s)
    days = table[2]
    minute = 60 * moment.hour + moment.minute
    past = [rate for at, rate in days[day_profile(table, moment.date())] if at <= minute]
    if past:
        return past[-1]
    before = moment.date() - datetime.timedelta(1)
    return days[day_profile(table, before)][-1][1]


def real_date(year, month, day):
    try:
        datetime.date(year, month, day)
        return True
    except ValueError:
        return False


years = st.one_of(st.just(ANY_YEAR), st.integers(2019, 2026))
season_starts = st.lists(
    st.tuples(years, st.integers(1, 12), st.integers(1, 31)).filter(
        lambda start: real_date(2000 if start[0] == ANY_YEAR else start[0], *start[1:])
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda start: start[1:],
)
special_dates = st.tuples(
    years, st.sampled_from((ANY, 1, 2, 12)), st.sampled_from((ANY, 1, 25, 29))
).filter(
    lambda date: real_date(
        2000 if date[0] == ANY_YEAR else date[0],
        1 if date[1] == ANY else date[1],
        1 if date[2] == ANY else date[2],
    )
)


@st.composite
def tables(draw):
    point = st.tuples(st.integers(0, 1439), st.integers(0, 47))
    points = st.lists(point, min_size=1, max_size=6, unique_by=lambda point: point[0])
    days = [sorted(day) for day in draw(st.lists(points, min_size=1, max_size=5))]
    profile = st.integers(0, len(days) - 1)
    weeks = draw(st.lists(st.lists(profile, min_size=7, max_size=7), min_size=1, max_size=4))
    seasons = [(*start, draw(st.integers(0, len(weeks) - 1))) for start in draw(season_starts)]
    special_days = [(*date, draw(profile)) for date in draw(st.lists(special_dates, max_size=4))]
    return seasons, weeks, days, special_days


moments = st.one_of(
    st.integers(seconds(2018, 1, 1), seconds(2028, 1, 1)),
    st.builds(
        lambda day, second: day * DAY_S + second,
        st.integers(6575, 10_000),
        st.sampled_from((-1, 0, 1, 59, 60)),
    ),
    st.sampled_from(
        (seconds(2020, 2, 29), seconds(2023, 3, 1), seconds(2024, 12, 31, 23, 59, 59))
    ),
)


@settings(max_examples=TARIFF_SAMPLES, deadline=None)
@given(tables(), st.lists(moments, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_equals_the_oracle_and_never_looks_too_late(table, instants, rng):
    switching = SwitchingTable(pack(*table))
    for at_s in instants:
        rate = rate_in_force(table, at_s)
        assert switching.rate_at(at_s) == rate
        look_s = switching.next_look_s(at_s)
        assert at_s < look_s <= at_s - at_s % DAY_S + DAY_S
        between = {look_s - 1} | {rng.randrange(at_s, look_s) for _ in range(10)}
        assert {rate_in_force(table, moment) for moment in between} == {rate}
    every = [rate for day in table[2] for _, rate in day]
    assert list(switching.rates()) == every


WINTER_AND_SUMMER = (
    [(ANY_YEAR, 4, 1, 0), (ANY_YEAR, 10, 1, 1)],
    [[0] * 7, [1] * 5 + [2] * 2],
    [[(0, 1)], [(420, 2), (1380, 3)], [(600, 4)]],
    [(ANY_YEAR, 12, 25, 0), (2024, 2, 29, 0), (ANY_YEAR, ANY, 13, 2)],
)

# (instant, rate): worked by hand; 2024-01-01 was a Monday.
BY_HAND = [
    ((2024, 6, 1), 1),
    ((2024, 1, 1, 7, 0), 2),
    # Monday 06:59, before the first point: Sunday's last rate.
    ((2024, 1, 1, 6, 59, 59), 4),
    ((2024, 1, 1, 22, 59, 59), 2),
    ((2024, 1, 1, 23, 0), 3),
    ((2024, 1, 2, 6, 0), 3),
    # The winter season of last year goes on over New Year.
    ((2024, 3, 31, 12), 4),
    ((2024, 4, 1), 1),
    ((2024, 12, 25, 3), 1),
    ((2024, 12, 26, 3), 1),
    ((2024, 2, 29, 12), 1),
    ((2023, 2, 28, 12), 2),
    # A special day has no first point until 10:00: the day before goes on.
    ((2024, 6, 13, 9, 59), 1),
    ((2024, 6, 13, 10), 4),
    # ... and its last rate into the next day, whose point is at 00:00.
    ((2024, 6, 14), 1),
]


@pytest.mark.parametrize(("moment", "rate"), BY_HAND)
def test_by_hand(moment, rate):
    assert SwitchingTable(pack(*WINTER_AND_SUMMER)).rate_at(seconds(*moment)) == rate
    assert rate_in_force(WINTER_AND_SUMMER, seconds(*moment)) == rate


def test_the_first_matching_special_day_counts():
    special_days = [(2024, 5, 5, 1), (ANY_YEAR, 5, ANY, 2)]
    table = ([(ANY_YEAR, 1, 1, 0)], [[0] * 7], [[(0, 0)], [(0, 1)], [(0, 2)]], special_days)
    switching = SwitchingTable(pack(*table))
    assert switching.rate_at(seconds(2024, 5, 5)) == 1
    assert switching.rate_at(seconds(2024, 5, 6)) == 2
    assert switching.rate_at(seconds(2024, 6, 5)) == 0


VALID = {
    "seasons": [[ANY_YEAR, 1, 1, 0]],
    "weeks": [[0] * 7],
    "days": [[[0, 0], [60, 1]]],
    "special_days": [[ANY_YEAR, ANY, 1, 0]],
}

# (field, value, complaint)
MALFORMED = [
    ("seasons", [], "seasons: 0, expected 1 to 4"),
    ("seasons", [[ANY_YEAR, 1, 1, 0]] * 5, "seasons: 5, expected 1 to 4"),
    ("seasons", None, "seasons: not a list"),
    ("seasons", "abcd", "seasons: not a list"),
    ("seasons", [7], "season: not a list"),
    ("seasons", [[ANY_YEAR, 1, 1]], "season: 3, expected 4 to 4"),
    ("seasons", [[ANY_YEAR, 1, 1, 1]], "season: profile: 1 is outside 0..0"),
    ("seasons", [[2023, 2, 29, 0]], "season: no such date as 2023-2-29"),
    ("seasons", [[ANY_YEAR, 13, 1, 0]], "season: no such date as 65535-13-1"),
    ("seasons", [[ANY_YEAR, ANY, 1, 0]], "season: no such date as 65535-255-1"),
    ("seasons", [[0, 1, 1, 0]], "season: 0 is outside 1..65535"),
    ("seasons", [[65535.0, 1, 1, 0]], "season: 65535.0 is outside 1..65535"),
    ("seasons", [[ANY_YEAR, "1", 1, 0]], "season: 1 is outside 1..65535"),
    ("weeks", [[0] * 6], "week profile: 6, expected 7 to 7"),
    ("weeks", [[0] * 6 + [1]], "week profile: day profile: 1 is outside 0..0"),
    ("weeks", [[0] * 7] * 5, "week profiles: 5, expected 1 to 4"),
    ("days", [], "day profiles: 0, expected 1 to 16"),
    ("days", [[[0, 0]]] * 17, "day profiles: 17, expected 1 to 16"),
    ("days", [[]], "day profile: 0, expected 1 to 48"),
    ("days", [[[m, 0] for m in range(49)]], "day profile: 49, expected 1 to 48"),
    ("days", [[[0]]], "switch point: 1, expected 2 to 2"),
    ("days", [[[1440, 0]]], "switch point: minute: 1440 is outside 0..1439"),
    ("days", [[[0, 56]]], "switch point: rate: 56 is outside 0..55"),
    ("days", [[[60, 0], [60, 1]]], "day profile: minute 60 is out of order"),
    ("special_days", [[2024, 1, 1, 0]] * 51, "special days: 51, expected 0 to 50"),
    ("special_days", [[ANY_YEAR, 255.0, 1, 0]], "special day: 255.0 is outside 1..65535"),
    ("special_days", [[2023, 2, 29, 0]], "special day: no such date as 2023-2-29"),
    ("special_days", [[2023, ANY, 32, 0]], "special day: no such date as 2023-255-32"),
    ("special_days", {}, "special days: not a list"),
]


@pytest.mark.parametrize(("field", "value", "complaint"), MALFORMED)
def test_a_malformed_table_is_refused_by_name(field, value, complaint):
    with pytest.raises(CalendarError) as refusal:
        pack(**dict(VALID, **{field: value}))
    assert str(refusal.value) == complaint
    assert isinstance(refusal.value, CommandRefused)


def test_the_valid_table_is_valid():
    assert pack(**VALID).hex() == ("01010101ffff01010000000000000000020000003c0001ffffff0100")


JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from((0, 1, 7, 47, 48, 255, 65535, 65535.0, 255.0, 1439)),
        st.floats(),
        st.text(max_size=3),
        st.binary(max_size=4),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=8), st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=12,
)


def replace_somewhere(node, rng, junk):
    """Put junk in place of one random part of a nest of lists."""
    if not isinstance(node, list) or not node or rng.random() < 0.2:
        return junk
    index = rng.randrange(len(node))
    return node[:index] + [replace_somewhere(node[index], rng, junk)] + node[index + 1 :]


@settings(max_examples=TARIFF_SAMPLES, deadline=None)
@given(JUNK, st.sampled_from(sorted(VALID)), st.integers(0, 999))
def test_any_structure_gives_a_table_or_a_tariff_error(junk, field, seed):
    rng = random.Random(seed)
    changed = dict(VALID)
    changed[field] = replace_somewhere(changed[field], rng, junk)
    try:
        packed = pack(**changed)
    except CalendarError as refusal:
        assert "\n" not in str(refusal).replace(str(junk), "")
        return
    switching = SwitchingTable(packed)
    for day in range(8766, 8766 + 800, 37):
        # 48 of time of use, and 8 that stand for Blocks.
        assert 0 <= switching.rate_at(day * DAY_S + 1800) < 56
