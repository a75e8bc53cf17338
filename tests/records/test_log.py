"""Logs: their sizes, what is read back and by what, clearing, and power cuts around an append."""

import random

import pytest

from protometer.model.dictionary import Data
from protometer.records.log import LogError
from protometer.store.fram_map import LOGS_AT
from protometer.store.store import Store
from tests.records.log_stand import (
    LOG_NAMES,
    LOGS,
    PERIODS_S,
    PLACED,
    SHORT,
    SIZES,
    START_S,
    Stand,
    entry,
    filled,
    role_of,
)
from tests.samples import LOG_RANGE_SAMPLES

IMPORT, EVENT, SWITCH, NETWORK_DATA = 0, 12, 15, 23
# Entries that one commit may add to a log and that a cut may still undo.
SPARE = 8


def kept(log):
    return list(log.entries(0, log.next_number()))


def test_the_logs_are_those_of_the_table_in_its_order():
    logs = Stand().book.logs()
    assert tuple(log.name for log in logs) == LOG_NAMES[:-2]
    with pytest.raises(KeyError):
        Stand(role="E").book.named("Boost Function Event Log")
    gas = tuple(log.name for log in Stand(role="G").book.logs())
    assert gas == LOG_NAMES[4:5] + LOG_NAMES[6:14] + LOG_NAMES[-3:]


@pytest.mark.parametrize(("medium", "index"), PLACED)
def test_an_overfilled_log_keeps_as_many_as_smets2_asks_for(medium, index):
    size = SIZES[index]
    stand = Stand(medium, role_of(index))
    assert kept(stand.log(index)) == []
    stand.log(index).append(*entry(index, 0))
    assert kept(stand.log(index)) == [entry(index, 0)]
    stand.log(index).extend(entry(index, number) for number in range(1, 2 * size + 13))
    stand.open()
    log = stand.log(index)
    assert len(log) == size
    assert log.first_number() == size + 13
    assert kept(log) == [entry(index, number) for number in range(size + 13, 2 * size + 13)]
    assert log.damaged == 0


@pytest.mark.parametrize(("medium", "index"), PLACED)
def test_one_by_one_or_many_at_once_the_same_octets(medium, index):
    count = min(SIZES[index] + 20, 700)
    many = filled(index, count, medium)
    single = Stand(medium, role_of(index))
    for number in range(count):
        single.log(index).append(*entry(index, number))
    assert single.files.files == many.files.files
    if medium == "fram":
        assert single.memory.octets == many.memory.octets
        assert many.files.files == {}


def test_short_logs_fit_a_fram_and_leave_the_state_alone():
    stand = Stand("fram")
    for index in SHORT:
        stand.log(index).extend(entry(index, number) for number in range(3 * SIZES[index]))
    assert len(stand.memory.octets) == 65_536
    assert not any(stand.memory.octets[:LOGS_AT])
    for index in SHORT:
        newest = range(2 * SIZES[index], 3 * SIZES[index])
        assert kept(stand.log(index)) == [entry(index, number) for number in newest]


def test_a_days_half_hours_are_one_write_and_a_segments_end_makes_it_two():
    stand = filled(IMPORT, 48)
    before = stand.files.writes
    stand.log(IMPORT).extend(entry(IMPORT, number) for number in range(48, 96))
    assert stand.files.writes == before + 1
    # A segment holds 341 entries of 12 octets.
    stand.log(IMPORT).extend(entry(IMPORT, number) for number in range(96, 320))
    before = stand.files.writes
    stand.log(IMPORT).extend(entry(IMPORT, number) for number in range(320, 368))
    assert stand.files.writes == before + 2
    assert sorted(stand.files.files) == ["log0.0", "log0.1"]
    assert len(stand.files.files["log0.0"]) == 4092


def test_a_day_is_found_by_reading_little_more_than_a_day():
    log = filled(IMPORT, 19_056 + 500).log(IMPORT)
    print()
    for first in (500, 501, 9_000, 19_056 + 500 - 48):
        log.octets_read = 0
        read = list(log.between(START_S + first * 1800, START_S + (first + 47) * 1800))
        assert read == [entry(IMPORT, number) for number in range(first, first + 48)]
        print(f"48 half-hours are {48 * 12} octets, read were {log.octets_read}")
        assert 48 * 12 <= log.octets_read <= 56 * 12


def test_no_write_takes_more_than_a_kilobyte_of_heap():
    stand = Stand()
    sizes = []
    for name in ("write", "write_at"):
        write = getattr(stand.files, name)
        setattr(
            stand.files,
            name,
            lambda *what, write=write: sizes.append(len(what[-1])) or write(*what),
        )
    stand.log(IMPORT).extend(entry(IMPORT, number) for number in range(341))
    # 85 entries of 12 octets are 1020.
    assert sizes == [1020, 1020, 1020, 1020, 12]


def test_after_a_clock_was_set_back_nothing_outside_the_range_is_given():
    log = Stand().log(EVENT)
    log.extend((at_s, 0x8154, 0) for at_s in (100, 200, 50, 60, 300))
    assert [at_s for at_s, _, _ in log.between(40, 150)] == [100, 50, 60]


def expected_between(index, first, end, from_s, until_s):
    numbers = range(first, end)
    return [
        entry(index, number)
        for number in numbers
        if from_s <= START_S + number * PERIODS_S[index] <= until_s
    ]


@pytest.mark.untraced
@pytest.mark.parametrize("index", LOGS)
def test_ranges_at_the_ends_across_the_wrap_and_beyond(index):
    size, period_s = SIZES[index], PERIODS_S[index]
    count = size + size // 3 + 1
    log = filled(index, count).log(index)
    first = log.first_number()
    oldest_s, newest_s = START_S + first * period_s, START_S + (count - 1) * period_s
    ranges = [
        (0, 2**32 - 2),
        (0, oldest_s - 1),
        (0, oldest_s),
        (oldest_s, oldest_s),
        (oldest_s + 1, oldest_s + 1),
        (oldest_s - 1, oldest_s + period_s),
        (newest_s, newest_s),
        (newest_s - period_s - 1, newest_s + 1),
        (newest_s + 1, newest_s + 9),
        (newest_s + 9, newest_s + 1),
        (newest_s, oldest_s),
        (0, 0),
        # Over the place where the area begins anew.
        (START_S + (size - 3) * period_s, START_S + (size + 4) * period_s),
    ]
    rng = random.Random(index)
    for _ in range(LOG_RANGE_SAMPLES):
        ends = [rng.randrange(oldest_s - 9, newest_s + 9) for _ in range(2)]
        ranges.append(tuple(ends))
        ranges.append((ends[0], ends[0] + 3 * period_s))
    for from_s, until_s in ranges:
        expected = expected_between(index, first, count, from_s, until_s)
        assert list(log.between(from_s, until_s)) == expected, (from_s, until_s)
    assert log.damaged == 0


def test_what_has_a_gap_is_found_as_well():
    """A Daily Consumption Log over a year without power: 0 days, then many, then again."""
    days = [*range(40), *range(400, 405), *range(406, 700), *range(1400, 1500)]
    stand = Stand()
    log = stand.book.named("Daily Consumption Log")
    log.extend((START_S + day * 86_400, day) for day in days)
    for from_day in range(-2, 1502):
        at_s = START_S + from_day * 86_400
        following = [day for day in days if day >= from_day]
        assert log.find(at_s) == len(days) - len(following)
        assert log.find(at_s - 5) == len(days) - len(following)
        read = list(log.between(at_s - 5, at_s + 30 * 86_400))
        assert [day for _, day in read] == [day for day in following if day <= from_day + 30]


def test_numbers_outside_the_log_are_left_out():
    log = filled(EVENT, 130).log(EVENT)
    assert list(log.entries(0, 32)) == [entry(EVENT, 30), entry(EVENT, 31)]
    assert list(log.entries(128, 99)) == [entry(EVENT, 128), entry(EVENT, 129)]
    assert list(log.entries(130, 5)) == list(log.entries(0, 30)) == list(log.entries(50, 0)) == []


def test_two_ranges_may_be_read_at_the_same_time():
    stand = filled(IMPORT, 100)
    stand.log(EVENT).extend(entry(EVENT, number) for number in range(100))
    pairs = zip(stand.log(IMPORT).entries(0, 100), stand.log(EVENT).entries(0, 100), strict=True)
    for number, (half_hour, event) in enumerate(pairs):
        assert (half_hour, event) == (entry(IMPORT, number), entry(EVENT, number))


@pytest.mark.parametrize("index", LOGS)
def test_only_the_logs_of_events_switches_and_network_data_can_be_cleared(index):
    stand = filled(index, 20)
    log = stand.log(index)
    if index not in (EVENT, SWITCH, NETWORK_DATA):
        with pytest.raises(LogError, match=f"{LOG_NAMES[index]}: may not be cleared"):
            log.clear()
        assert kept(log)[-1] == entry(index, 19)
        return
    log.clear()
    assert len(log) == 0
    assert kept(log) == list(log.between(0, 2**31)) == []
    assert log.find(START_S) == 20
    log.append(*entry(index, 20))
    assert kept(log) == [entry(index, 20)]
    log.extend(entry(index, number) for number in range(21, 260))
    assert kept(log) == [entry(index, number) for number in range(260 - SIZES[index], 260)]


@pytest.mark.untraced
@pytest.mark.parametrize(("medium", "index"), PLACED)
def test_a_power_cut_before_the_commit_leaves_the_log_as_it_was(medium, index):
    """What was committed is all there, and the entries that were not are written again."""
    size = SIZES[index]
    begin, end = max(size - 350, 0), size + 400
    stand = filled(index, begin, medium)
    log = stand.log(index)
    store = Store(stand.data, stand.memory)
    # About where segments end, of 341 entries or of all, the next takes the place of the oldest.
    segments = (341, size + SPARE, 13, 12)
    for number in range(begin, end):
        if number % 97 == 0 or any(number % segment in (0, segment - 3) for segment in segments):
            assert store.commit()
            log.extend(entry(index, 40_000 + extra) for extra in range(SPARE))
            stand.data = Data(role_of(index))
            store = Store(stand.data, stand.memory)
            assert store.restore()
            stand.open()
            log = stand.log(index)
            oldest = max(number - size, 0)
            read = list(log.entries(oldest, 30)) + list(log.entries(number - 30, 30))
            wanted = [
                *range(oldest, min(oldest + 30, number)),
                *range(max(number - 30, oldest), number),
            ]
            assert read == [entry(index, place) for place in wanted]
        log.append(*entry(index, number))
    assert kept(log) == [entry(index, number) for number in range(end - size, end)][-end:]
    assert log.damaged == 0


@pytest.mark.parametrize("index", [IMPORT, EVENT])
def test_a_memory_that_fails_changes_nothing(index):
    stand = filled(index, 330)
    log = stand.log(index)
    before = kept(log)
    stand.files.broken = True
    with pytest.raises(OSError):
        log.append(*entry(index, 330))
    with pytest.raises(OSError):
        log.extend(entry(index, number) for number in range(330, 340))
    assert kept(log) == before
    stand.files.broken = False
    # The second of two writes fails: that over the segment's end.
    write = stand.files.write

    def full(name, octets):
        raise OSError(28)

    stand.files.write = full
    rows = [entry(index, number) for number in range(330, 440)]
    with pytest.raises(OSError):
        log.extend(rows)
    assert kept(log) == before
    stand.files.write = write
    log.extend(rows)
    assert kept(log) == [*before, *rows][-SIZES[index] :]
