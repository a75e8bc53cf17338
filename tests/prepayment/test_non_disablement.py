"""The Non-Disablement Calendars of both meters: by hand, an oracle, power cuts, clocks set."""

import datetime
import random

import pytest

from protometer.kernel.slices import finish
from protometer.model.calendar_fields import ANY, ANY_YEAR, CalendarError
from protometer.model.dictionary import Data, items
from protometer.prepayment.gas_non_disablement import ENDED, STARTED, GasNonDisablement
from protometer.prepayment.non_disablement import END, START, NonDisablement
from tests.samples import SCHEDULE_SAMPLES

EPOCH = datetime.datetime(2000, 1, 1)
DAY_S = 86_400
ALWAYS = (ANY_YEAR, ANY, ANY)
WORKDAYS = 0x1F
WEEKEND = 0x60
CHRISTMAS = 0x01


def seconds(year, month, day, hour=0, minute=0, second=0):
    moment = datetime.datetime(year, month, day, hour, minute, second)
    return int((moment - EPOCH).total_seconds())


NOON_S = seconds(2024, 12, 19, 12)

# Nights of workdays, the weekend from Friday 20:00 on, and Christmas until noon.
CALENDAR = {
    "rules": [
        (1200, ALWAYS, ALWAYS, WORKDAYS, 0, START),
        (450, ALWAYS, ALWAYS, WORKDAYS, 0, END),
        (0, ALWAYS, ALWAYS, 0, CHRISTMAS, START),
        (720, ALWAYS, ALWAYS, 0, CHRISTMAS, END),
    ],
    "special_days": [(ANY_YEAR, 12, 25)],
}

# (instant, active); 2024-12-20 was a Friday, 2024-12-25 a Wednesday.
BY_HAND = [
    ((2024, 12, 19, 7, 29, 59), 1),
    ((2024, 12, 19, 7, 30), 0),
    ((2024, 12, 19, 19, 59, 59), 0),
    ((2024, 12, 19, 20, 0), 1),
    ((2024, 12, 21, 12, 0), 1),
    ((2024, 12, 22, 23, 59, 59), 1),
    ((2024, 12, 23, 7, 30), 0),
    ((2024, 12, 25, 7, 30), 1),
    ((2024, 12, 25, 12, 0), 0),
    ((2024, 12, 25, 20, 0), 0),
    ((2024, 12, 26, 6, 0), 0),
    ((2024, 12, 26, 20, 0), 1),
]


def electricity(calendar=CALENDAR, now_s=NOON_S):
    data = Data("E")
    non_disablement = NonDisablement(data)
    non_disablement.set_calendar(now_s, *finish(non_disablement.check_set_calendar(calendar)))
    return data, non_disablement


@pytest.mark.req("ESME-PAY-17", "ESME-PAY-18", "ESME-CFG-14")
@pytest.mark.parametrize(("moment", "active"), BY_HAND)
def test_electricity_by_hand(moment, active):
    data, _ = electricity()
    # Worked out anew at power-up.
    NonDisablement(data).follow(seconds(*moment))
    assert data.non_disablement_active == active


@pytest.mark.req("ESME-PAY-18")
def test_following_from_look_to_look_equals_working_it_out_anew():
    data, non_disablement = electricity()
    now_s = seconds(2024, 12, 19, 12)
    seen = []
    while now_s < seconds(2024, 12, 28):
        now_s = non_disablement.next_look_s
        non_disablement.follow(now_s)
        active = data.non_disablement_active
        anew = NonDisablement(data)
        anew.follow(now_s)
        assert data.non_disablement_active == active
        assert anew.next_look_s == non_disablement.next_look_s
        if not seen or seen[-1][1] != active:
            seen.append((now_s, active))
    assert seen[:4] == [
        (seconds(2024, 12, 19, 20), 1),
        (seconds(2024, 12, 20, 7, 30), 0),
        (seconds(2024, 12, 20, 20), 1),
        (seconds(2024, 12, 23, 7, 30), 0),
    ]


@pytest.mark.req("ESME-PAY-18")
def test_inactive_without_a_start_and_by_default():
    data = Data("E")
    NonDisablement(data).follow(seconds(2024, 12, 25))
    assert data.non_disablement_active == 0
    start_only = {"rules": CALENDAR["rules"][2:3], "special_days": [(2024, 12, 25)]}
    data, non_disablement = electricity(start_only, seconds(2024, 12, 24, 23, 59, 59))
    assert data.non_disablement_active == 0
    assert non_disablement.next_look_s == seconds(2024, 12, 25)
    non_disablement.follow(seconds(2024, 12, 25))
    assert data.non_disablement_active == 1
    # Still so half a year later, at power-up too.
    for day in range(160):
        non_disablement.follow(seconds(2024, 12, 26) + day * DAY_S)
    assert data.non_disablement_active == 1
    NonDisablement(data).follow(seconds(2025, 6, 25))
    assert data.non_disablement_active == 1


@pytest.mark.req("ESME-PAY-18")
def test_a_new_calendar_and_a_clock_set_are_worked_out_anew():
    data, non_disablement = electricity()
    assert data.non_disablement_active == 0
    non_disablement.follow(seconds(2024, 12, 19, 21))
    assert data.non_disablement_active == 1
    # Set back over the start; then far forward, over the end of months ago.
    non_disablement.follow(seconds(2024, 12, 19, 19))
    assert data.non_disablement_active == 0
    non_disablement.follow(seconds(2025, 3, 1, 12))
    assert data.non_disablement_active == 1
    non_disablement.refresh(seconds(2025, 3, 3, 12))
    assert data.non_disablement_active == 0
    non_disablement.follow(seconds(2025, 3, 3, 20))
    assert data.non_disablement_active == 1
    empty = {"rules": [], "special_days": []}
    non_disablement.set_calendar(
        seconds(2025, 3, 3, 20, 1), *finish(non_disablement.check_set_calendar(empty))
    )
    assert data.non_disablement_active == 0


@pytest.mark.req("ESME-RO-02")
def test_the_randomised_offset_does_not_delay_it():
    data, _ = electricity()
    data.randomised_offset_s = 1799
    NonDisablement(data).follow(seconds(2024, 12, 19, 20))
    assert data.non_disablement_active == 1


RULE = CALENDAR["rules"][0]
REFUSED = [
    ({"rules": []}, "non-disablement calendar: no special_days"),
    ({"special_days": []}, "non-disablement calendar: no rules"),
    ({"rules": [RULE] * 23, "special_days": []}, "rules: 23, expected 0 to 22"),
    ({"rules": [], "special_days": [ALWAYS] * 21}, "special days: 21, expected 0 to 20"),
    ({"rules": [RULE[:5] + (3,)], "special_days": []}, "rule: action 3 is neither start nor end"),
    (
        {"rules": [RULE[:5] + (0x11,)], "special_days": []},
        "rule: action 17 is neither start nor end",
    ),
]


@pytest.mark.req("ESME-PAY-17")
@pytest.mark.parametrize(("calendar", "complaint"), REFUSED)
def test_electricity_refuses_and_nothing_changes(calendar, complaint):
    data, non_disablement = electricity()
    before = {item.attribute: getattr(data, item.attribute) for item in items("E")}
    with pytest.raises(CalendarError) as refusal:
        finish(non_disablement.check_set_calendar(calendar))
    assert str(refusal.value) == complaint
    assert {item.attribute: getattr(data, item.attribute) for item in items("E")} == before


WINTER, SUMMER = (ANY_YEAR, 11, 1), (ANY_YEAR, 4, 1)
NIGHTS = [(0, STARTED), (420, ENDED), (1320, STARTED)]
GAS = {
    "seasons": [(*SUMMER, 0), (*WINTER, 1)],
    "weeks": [[0] * 7, [1] * 5 + [2] * 2],
    "days": [[(0, ENDED)], NIGHTS, [(0, STARTED)]],
    "special_days": [(ANY_YEAR, 12, 25, 2)],
}
GAS_BY_HAND = [
    ((2024, 12, 19, 6, 59, 59), 1),
    ((2024, 12, 19, 7, 0), 0),
    ((2024, 12, 19, 22, 0), 1),
    ((2024, 12, 21, 12, 0), 1),
    ((2024, 12, 25, 12, 0), 1),
    ((2024, 12, 26, 12, 0), 0),
    ((2024, 3, 31, 23, 0), 1),
    ((2024, 4, 1, 0, 0), 0),
    ((2024, 7, 1, 3, 0), 0),
]


def gas(calendar=GAS, now_s=NOON_S):
    data = Data("G")
    non_disablement = GasNonDisablement(data)
    non_disablement.set_calendar(now_s, *finish(non_disablement.check_set_calendar(calendar)))
    return data, non_disablement


@pytest.mark.req("GSME-CFG-15")
@pytest.mark.parametrize(("moment", "active"), GAS_BY_HAND)
def test_gas_by_hand(moment, active):
    data, _ = gas()
    GasNonDisablement(data).follow(seconds(*moment))
    assert data.non_disablement_active == active


@pytest.mark.req("GSME-CFG-15")
@pytest.mark.parametrize("seed", range(SCHEDULE_SAMPLES // 10))
def test_gas_follows_as_an_oracle_does(seed):
    rng = random.Random(seed)
    minutes = [[0, *sorted(rng.sample(range(1, 1440), 2))] for _ in range(5)]
    days = [[(minute, rng.randrange(2)) for minute in points] for points in minutes]
    weeks = [[rng.randrange(5) for _ in range(7)] for _ in range(2)]
    calendar = {
        "seasons": [(ANY_YEAR, month, 1, rng.randrange(2)) for month in (2, 6, 10)],
        "weeks": weeks,
        "days": days,
        "special_days": [(2024, 2, 29, 4)],
    }
    now_s = seconds(2024, 1, 25)
    data, non_disablement = gas(calendar, now_s)
    while now_s < seconds(2024, 3, 10):
        day = EPOCH + datetime.timedelta(seconds=now_s)
        week = calendar["seasons"][0 if day.month >= 2 else 2][3]
        profile = 4 if (day.month, day.day) == (2, 29) else weeks[week][day.weekday()]
        minute = 60 * day.hour + day.minute
        assert (
            data.non_disablement_active
            == [active for at, active in days[profile] if at <= minute][-1]
        )
        now_s = non_disablement.next_look_s
        non_disablement.follow(now_s)


@pytest.mark.req("GSME-CFG-15")
def test_the_largest_gas_calendar_fits_and_the_shipped_one_is_never_active():
    data = Data("G")
    non_disablement = GasNonDisablement(data)
    non_disablement.refresh(seconds(2024, 12, 19, 12))
    assert data.non_disablement_active == 0
    assert non_disablement.next_look_s == seconds(2024, 12, 20)
    largest = {
        "seasons": [(ANY_YEAR, month, 1, 1) for month in (1, 5, 9)],
        "weeks": [[4] * 7] * 2,
        "days": [NIGHTS] * 5,
        "special_days": [(ANY_YEAR, 1, day, 0) for day in range(1, 21)],
    }
    packed, issued = finish(non_disablement.check_set_calendar(largest))
    (item,) = (item for item in items("G") if item.attribute == "non_disablement_calendar")
    assert len(packed) == item.size == 183
    assert issued is None


GAS_REFUSED = [
    (
        "seasons",
        [(ANY_YEAR, month, 1, 0) for month in (1, 2, 3, 4)],
        "seasons: 4, expected 1 to 3",
    ),
    ("weeks", [[0] * 7] * 3, "week profiles: 3, expected 1 to 2"),
    ("days", [NIGHTS] * 6, "day profiles: 6, expected 1 to 5"),
    ("days", [*GAS["days"][:2], [*NIGHTS, (1400, ENDED)]], "day profile: 4, expected 1 to 3"),
    ("days", [*GAS["days"][:2], [(1, ENDED)]], "day profile: does not begin at 00:00"),
    ("days", [*GAS["days"][:2], [(0, 2)]], "switch point: rate: 2 is outside 0..1"),
    ("special_days", [(ANY_YEAR, 1, 1, 0)] * 21, "special days: 21, expected 0 to 20"),
]


@pytest.mark.req("GSME-CFG-15")
@pytest.mark.parametrize(("field", "value", "complaint"), GAS_REFUSED)
def test_gas_refuses_and_nothing_changes(field, value, complaint):
    data, non_disablement = gas()
    before = data.non_disablement_calendar
    with pytest.raises(CalendarError) as refusal:
        finish(non_disablement.check_set_calendar(dict(GAS, **{field: value})))
    assert str(refusal.value) == complaint
    without = {name: GAS[name] for name in GAS if name != field}
    with pytest.raises(CalendarError, match=f"no {field}"):
        finish(non_disablement.check_set_calendar(without))
    assert data.non_disablement_calendar == before
