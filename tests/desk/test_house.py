"""The household's pulses: the rule of the half-hour, and what an open switch leaves unserved."""

import csv
from collections import Counter

import pytest

from host_tools.desk.story import DATA
from host_tools.node.house import House, half_hours, seconds_with_pulses
from host_tools.node.pins import SimPin
from host_tools.node.utc_text import format_utc, parse_utc
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler

YEAR = DATA / "household_2012.csv"
FROM_S, TO_S = parse_utc("2012-01-01T00:00:00Z"), parse_utc("2013-01-01T00:00:00Z")


@pytest.mark.parametrize("energy_wh", [0, 1, 2, 299, 1799, 1800, 2036, 4000])
def test_pulse_k_falls_where_the_rule_says(energy_wh):
    start_s = FROM_S
    expected = Counter(start_s + 1800 * k // (energy_wh + 1) for k in range(1, energy_wh + 1))
    assert dict(seconds_with_pulses([(start_s, energy_wh)])) == expected


def test_a_year_is_carried_whole():
    rows = list(half_hours(str(YEAR), FROM_S, TO_S))
    with open(YEAR) as file:
        plain = [row for row in csv.reader(file) if row[0].startswith("2012")]
    assert len(rows) == len(plain) == 363 * 48
    assert sum(wh for _, wh in rows) == sum(int(row[1]) for row in plain)
    days = {format_utc(at_s)[:10] for at_s, _ in rows}
    assert not days & {"2012-10-18", "2012-12-12", "2012-12-29"}


def test_a_part_of_the_year_begins_and_ends_where_asked():
    rows = list(half_hours(str(YEAR), FROM_S + 86_400, FROM_S + 86_400 + 3600))
    assert [at_s for at_s, _ in rows] == [FROM_S + 86_400, FROM_S + 86_400 + 1800]


def test_two_pulses_in_one_second_are_two_falling_edges_the_last_on_time():
    clock = VirtualClock(FROM_S, lambda: 0)
    scheduler = Scheduler(clock)
    pin = SimPin(0)
    edges = []
    pin.irq(lambda p: edges.append((clock.utc_s(), clock.ms_of_second(), p.value())), 12)
    house = House(iter([(FROM_S + 5, 2)]), pin, clock, lambda: True)
    scheduler.add("house", house.poll)
    while (wait_ms := scheduler.run_due()) is not None:
        clock.advance(wait_ms)
    assert edges == [
        (FROM_S + 4, 880, 1),
        (FROM_S + 4, 920, 0),
        (FROM_S + 4, 960, 1),
        (FROM_S + 5, 0, 0),
    ]
    assert (house.pulses, house.unserved_wh) == (2, 0)


def test_an_open_switch_leaves_energy_unserved():
    clock = VirtualClock(FROM_S, lambda: 0)
    scheduler = Scheduler(clock)
    pin = SimPin(0)
    closes_s = FROM_S + 10
    house = House(
        iter([(FROM_S + 9, 1), (FROM_S + 10, 3), (FROM_S + 11, 1)]),
        pin,
        clock,
        lambda: clock.utc_s() >= closes_s,
    )
    scheduler.add("house", house.poll)
    while (wait_ms := scheduler.run_due()) is not None:
        clock.advance(wait_ms)
    assert (house.pulses, house.unserved_wh) == (1, 4)


@pytest.mark.parametrize(
    "text", ["2012-02-30T00:00:00Z", "2012-01-01T24:00:00Z", "2012-01-01 00:00:00Z", "x", ""]
)
def test_bad_times_are_named(text):
    with pytest.raises(ValueError, match="time:"):
        parse_utc(text)
