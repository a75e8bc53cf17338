"""Schedules against an oracle over datetime, by hand, and every way to malform one.

The oracle knows the rules only: it lists all that applies on the days before an instant, and each
group's last action stands.
"""

import datetime
import random
from pathlib import Path

import pytest

from host_tools.scenarios import RUNTIMES
from protometer.model.calendar_fields import ANY, ANY_YEAR, CalendarError
from protometer.model.command import CommandRefused
from protometer.model.schedule import NO_ACTION, Schedule, pack
from tests.on_runtimes import check_golden
from tests.samples import SCHEDULE_SAMPLES

EPOCH = datetime.datetime(2000, 1, 1)
DAY_S = 86_400
ALWAYS = (ANY_YEAR, ANY, ANY)
EVERY_DAY = 0x7F
WORKDAYS = 0x1F
WEEKEND = 0x60


def seconds(year, month, day, hour=0, minute=0, second=0):
    moment = datetime.datetime(year, month, day, hour, minute, second)
    return int((moment - EPOCH).total_seconds())


def date_of(at_s):
    return (EPOCH + datetime.timedelta(seconds=at_s)).date()


def is_on(pattern, date):
    year, month, day = pattern
    return year in (date.year, ANY_YEAR) and month in (date.month, ANY) and day in (date.day, ANY)


def filled(pattern, date, any_day):
    """A bound of a rule's dates, its wild year and month taken from a date."""
    year, month, day = pattern
    return (
        date.year if year == ANY_YEAR else year,
        date.month if month == ANY else month,
        any_day if day == ANY else day,
    )


def is_between(begin, end, date):
    today = (date.year, date.month, date.day)
    first, last = filled(begin, date, 1), filled(end, date, 31)
    yearly = begin[0] == end[0] == ANY_YEAR and begin[1] != ANY != end[1]
    monthly = begin[:2] == end[:2] == (ANY_YEAR, ANY)
    if first > last and (yearly or monthly):
        return first <= today or today <= last
    return first <= today <= last


def applies(rule, special_days, date):
    _, begin, end, weekdays, specials, _ = rule
    named = [index for index, pattern in enumerate(special_days) if is_on(pattern, date)]
    if named:
        chosen = any(specials >> index & 1 for index in named)
    else:
        chosen = weekdays >> date.weekday() & 1
    return bool(chosen) and is_between(begin, end, date)


def last_codes(rules, special_days, at_s, days, groups):
    codes = [NO_ACTION] * groups
    minutes = at_s % DAY_S // 60
    for back in range(days, -1, -1):
        date = date_of(at_s - back * DAY_S)
        for rule in sorted(rules, key=lambda rule: rule[0]):
            come = back > 0 or rule[0] <= minutes
            if come and rule[5] >> 4 < groups and applies(rule, special_days, date):
                codes[rule[5] >> 4] = rule[5] & 15
    return codes


def codes_of(packed, at_s, days, groups):
    codes = bytearray(b"\xaa" * groups)
    Schedule(packed).last_actions(at_s, days, codes)
    return list(codes)


def random_date(rng):
    return (
        rng.choice((ANY_YEAR, ANY_YEAR, 2023, 2024, 2025)),
        rng.choice((ANY, rng.randint(1, 12), rng.randint(1, 12))),
        rng.choice((ANY, rng.randint(1, 28), rng.randint(1, 28))),
    )


def random_rule(rng, specials):
    return (
        rng.choice((0, 1439, rng.randrange(1440), 60 * rng.randrange(24))),
        rng.choice((ALWAYS, random_date(rng))),
        rng.choice((ALWAYS, random_date(rng))),
        rng.choice((EVERY_DAY, rng.randrange(128), 1 << rng.randrange(7), 0)),
        rng.choice((0, rng.randrange(1 << specials))),
        rng.randrange(6) << 4 | rng.randrange(1, 3),
    )


def random_schedule(rng):
    """Rules and special days that pack() takes."""
    special_days = [random_date(rng) for _ in range(rng.randrange(5))]
    rules = []
    while len(rules) < rng.choice((1, 3, 12)):
        rule = random_rule(rng, len(special_days))
        try:
            pack([rule], special_days, 48, 20)
        except CalendarError as refusal:
            assert str(refusal) == "rule: ends before it begins"
        else:
            rules.append(rule)
    return rules, special_days


@pytest.mark.req("ESME-PAY-17", "ESME-CFG-02")
@pytest.mark.parametrize("seed", range(SCHEDULE_SAMPLES))
def test_equals_the_oracle_and_never_looks_too_late(seed):
    check(random.Random(seed))


def check(rng):
    rules, special_days = random_schedule(rng)
    packed = pack(rules, special_days, 48, 20)
    for _ in range(8):
        at_s = rng.randrange(seconds(2022, 12, 1), seconds(2026, 2, 1))
        at_s = rng.choice((at_s, at_s - at_s % DAY_S, at_s - at_s % DAY_S + 60 * rules[0][0]))
        for days, groups in ((8, 6), (366, 1)):
            expected = last_codes(rules, special_days, at_s, days, groups)
            assert codes_of(packed, at_s, days, groups) == expected
        look_s = Schedule(packed).next_look_s(at_s)
        assert at_s < look_s <= at_s - at_s % DAY_S + DAY_S
        for between in (look_s - 1, rng.randrange(at_s, look_s)):
            assert codes_of(packed, between, 8, 6) == last_codes(rules, special_days, at_s, 8, 6)


# Closes switch 1 at 07:30 on workdays and opens it at 20:00; another way at weekends and on two
# special days: 25 December of any year, and the 1st of any month.
DECEMBER_25, FIRSTS = 0x01, 0x02
BY_HAND_RULES = [
    (450, ALWAYS, ALWAYS, WORKDAYS, 0, 0x11),
    (1200, ALWAYS, ALWAYS, WORKDAYS, FIRSTS, 0x12),
    (570, ALWAYS, ALWAYS, WEEKEND, DECEMBER_25, 0x11),
    # From November to February only, over the turn of the year.
    (600, (ANY_YEAR, 11, 1), (ANY_YEAR, 2, 28), EVERY_DAY, 0, 0x21),
    (660, (2024, 12, 30), (2024, 12, 31), EVERY_DAY, 0, 0x22),
    # Two at the same minute: the later in the table counts.
    (720, ALWAYS, ALWAYS, 1, 0, 0x31),
    (720, ALWAYS, ALWAYS, 1, 0, 0x32),
    (0, (ANY_YEAR, ANY, 20), (ANY_YEAR, ANY, 2), EVERY_DAY, 0, 0x51),
]
BY_HAND_SPECIALS = [(ANY_YEAR, 12, 25), (ANY_YEAR, ANY, 1)]

# (instant, group, code); 2024-12-23 was a Monday.
BY_HAND = [
    ((2024, 12, 23, 7, 29, 59), 1, 1),  # since Sunday 09:30
    ((2024, 12, 23, 7, 30), 1, 1),
    ((2024, 12, 23, 20, 0), 1, 2),
    ((2024, 12, 24, 7, 30), 1, 1),
    ((2024, 12, 25, 9, 29, 59), 1, 2),  # Wednesday, but no workday's rule
    ((2024, 12, 25, 9, 30), 1, 1),
    ((2024, 12, 25, 23, 59), 1, 1),
    ((2025, 1, 1, 19, 59), 1, 2),
    ((2025, 1, 1, 20, 0), 1, 2),
    ((2025, 1, 2, 7, 30), 1, 1),
    ((2024, 12, 29, 10, 0), 2, 1),
    ((2024, 12, 30, 10, 59), 2, 1),
    ((2024, 12, 30, 11, 0), 2, 2),
    ((2024, 12, 31, 10, 0), 2, 1),
    ((2024, 12, 31, 11, 0), 2, 2),
    ((2025, 1, 1, 11, 0), 2, 2),
    ((2025, 1, 2, 10, 0), 2, 1),
    ((2025, 3, 8, 9, 0), 2, 1),  # 8 days after the last
    ((2025, 3, 9, 9, 0), 2, NO_ACTION),
    ((2024, 12, 23, 12, 0), 3, 2),
    ((2024, 12, 23, 12, 0), 4, NO_ACTION),
    # Every month from the 20th to the 2nd.
    ((2024, 9, 20), 5, 1),
    ((2024, 10, 2, 23, 59), 5, 1),
    ((2024, 10, 19), 5, NO_ACTION),
]


@pytest.mark.req("ESME-PAY-17", "ESME-CFG-02", "ALCS-ALC-03")
@pytest.mark.parametrize(("moment", "group", "code"), BY_HAND)
def test_by_hand(moment, group, code):
    packed = pack(BY_HAND_RULES, BY_HAND_SPECIALS, 48, 20)
    assert codes_of(packed, seconds(*moment), 8, 6)[group] == code


def test_a_year_is_looked_back_and_no_day_more():
    packed = pack([(0, (2024, 3, 1), (2024, 3, 1), EVERY_DAY, 0, 1)], [], 22, 20)
    assert codes_of(packed, seconds(2024, 2, 29, 23, 59, 59), 366, 1) == [NO_ACTION]
    assert codes_of(packed, seconds(2024, 3, 1), 366, 1) == [1]
    assert codes_of(packed, seconds(2025, 3, 2, 23, 59), 366, 1) == [1]
    assert codes_of(packed, seconds(2025, 3, 3), 366, 1) == [NO_ACTION]
    # The epoch is the first day there is.
    assert codes_of(packed, 0, 366, 1) == [NO_ACTION]


def test_the_next_look_is_the_next_rule_of_today_or_midnight():
    schedule = Schedule(pack(BY_HAND_RULES, BY_HAND_SPECIALS, 48, 20))
    looks = [seconds(2024, 12, 30)]
    while looks[-1] < seconds(2024, 12, 31):
        looks.append(schedule.next_look_s(looks[-1]))
    assert [look % DAY_S // 60 for look in looks] == [0, 450, 600, 660, 720, 1200, 0]
    empty = Schedule(pack([], [], 48, 20))
    assert empty.next_look_s(seconds(2024, 12, 30, 5)) == seconds(2024, 12, 31)
    assert list(empty.actions()) == []


RULE = (450, ALWAYS, (2025, 12, 31), EVERY_DAY, 1, 0x11)
VALID = {"rules": [RULE], "special_days": [(ANY_YEAR, ANY, 1)]}


def changed(index, value):
    return [RULE[:index] + (value,) + RULE[index + 1 :]]


# (field, value, complaint)
MALFORMED = [
    ("rules", None, "rules: not a list"),
    ("rules", [RULE] * 4, "rules: 4, expected 0 to 3"),
    ("rules", [7], "rule: not a list"),
    ("rules", [RULE[:5]], "rule: 5, expected 6 to 6"),
    ("rules", changed(0, 1440), "rule: minute: 1440 is outside 0..1439"),
    ("rules", changed(0, -1), "rule: minute: -1 is outside 0..1439"),
    ("rules", changed(1, 5), "rule: first date: not a list"),
    ("rules", changed(1, (2024, 1)), "rule: first date: 2, expected 3 to 3"),
    ("rules", changed(1, (2023, 2, 29)), "rule: first date: no such date as 2023-2-29"),
    ("rules", changed(2, (2024, ANY, 32)), "rule: last date: no such date as 2024-255-32"),
    ("rules", changed(2, (0, 1, 1)), "rule: last date: 0 is outside 1..65535"),
    ("rules", changed(1, (2026, 1, 1)), "rule: ends before it begins"),
    ("rules", changed(1, (2026, ANY, ANY)), "rule: ends before it begins"),
    ("rules", changed(3, 128), "rule: weekdays: 128 is outside 0..127"),
    ("rules", changed(4, 2), "rule: special days: 2 is outside 0..1"),
    ("rules", changed(5, 256), "rule: action: 256 is outside 0..255"),
    ("rules", changed(5, 0x10), "rule: action 16 does nothing"),
    ("rules", changed(5, True), "rule: action: True is outside 0..255"),
    ("special_days", {}, "special days: not a list"),
    ("special_days", [(2024, 1, 1)] * 3, "special days: 3, expected 0 to 2"),
    ("special_days", [(ANY_YEAR, 2, 30)], "special day: no such date as 65535-2-30"),
    ("special_days", [], "rule: special days: 1 is outside 0..0"),
]


@pytest.mark.parametrize(("field", "value", "complaint"), MALFORMED)
def test_a_malformed_schedule_is_refused_by_name(field, value, complaint):
    fields = dict(VALID, **{field: value})
    with pytest.raises(CalendarError) as refusal:
        pack(fields["rules"], fields["special_days"], 3, 2)
    assert str(refusal.value) == complaint
    assert isinstance(refusal.value, CommandRefused)


def test_the_packed_form():
    packed = pack(VALID["rules"], VALID["special_days"], 48, 20)
    assert packed.hex() == "0101" + "c201ffffffffe9070c1f7f01000011" + "ffffff01"
    assert list(Schedule(packed).actions()) == [0x11]


@pytest.mark.req("ESME-PAY-17", "ESME-CFG-02")
def test_the_largest_schedules_fit_and_one_rule_or_special_day_more_does_not():
    day = (2025, 12, 25)
    for most_rules, octets in ((22, 412), (48, 802)):
        rules = [(0, ALWAYS, ALWAYS, EVERY_DAY, 0xFFFFF, 0x51)] * most_rules
        packed = pack(rules, [day] * 20, most_rules, 20)
        assert len(packed) == octets
        assert codes_of(packed, seconds(2025, 12, 25), 8, 6) == [0, 0, 0, 0, 0, 1]
        with pytest.raises(CalendarError):
            pack(rules + rules[:1], [day] * 20, most_rules, 20)
        with pytest.raises(CalendarError):
            pack(rules, [day] * 21, most_rules, 20)


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_schedule_reads_the_same_on_every_runtime(runtime):
    check_golden(runtime, Path(__file__).parent / "schedule_workload.py")
