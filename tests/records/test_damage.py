"""Logs in memories that lose bits, blocks and files: the damaged is None, the rest is right."""

import random

import pytest

from tests.records.log_stand import (
    LOGS,
    PERIODS_S,
    PLACED,
    SIZES,
    START_S,
    Stand,
    entry,
    filled,
)
from tests.samples import LOG_DAMAGE_SAMPLES

IMPORT, EVENT = 0, 12


def segments(stand, medium):
    """Return the buffers that hold the only log that was written, to damage them."""
    if medium == "fram":
        return {"fram": stand.memory.octets}
    files = stand.files.files
    for name in files:
        files[name] = bytearray(files[name])
    return files


@pytest.mark.untraced
@pytest.mark.parametrize(("medium", "index"), PLACED)
def test_any_bit_of_a_block_costs_its_entry_and_no_other(medium, index):
    """Every bit of a whole block, entry by entry."""
    count = SIZES[index]
    stand = filled(index, count, medium)
    log = stand.log(index)
    buffers = segments(stand, medium)
    place = {number: places_of(number, log, buffers, medium) for number in range(1, count - 1)}
    blocks = {}
    for number, (buffer, _, _) in place.items():
        blocks.setdefault(id(buffer), []).append(number)
    numbers = max(blocks.values(), key=len)
    assert len(numbers) >= min(SIZES[index] - 2, 4096 // log._size - 1)
    first, last = numbers[0] - 1, numbers[-1] + 1
    flips = 0
    for number in numbers:
        buffer, at, size = place[number]
        around = [entry(index, number - 1), None, entry(index, number + 1)]
        for bit in range(8 * at, 8 * (at + size)):
            buffer[bit // 8] ^= 1 << bit % 8
            assert list(log.entries(number - 1, 3)) == around
            buffer[bit // 8] ^= 1 << bit % 8
            flips += 1
        buffer[at] ^= 0x10
        read = list(log.entries(first, last - first + 1))
        assert read.index(None) == number - first
        assert read.count(None) == 1
        buffer[at] ^= 0x10
    assert flips == 8 * log._size * len(numbers)
    assert log.damaged == flips + len(numbers)
    assert None not in list(log.entries(0, count))


def places_of(number, log, buffers, medium):
    """Return (buffer, position, size) of an entry, by the area's rules as they are written."""
    size, area = log._size, log._area
    if medium == "fram":
        return buffers["fram"], area._address + number % log._slots * size, size
    segment, within = divmod(number % log._slots, 4096 // size)
    if log.entries_kept + 8 < 4096 // size:
        segment, within = divmod(number % log._slots, log.entries_kept + 8)
    return buffers[f"log{log.number}.{segment}"], within * size, size


def readable(read):
    return [values for values in read if values is not None]


@pytest.mark.untraced
@pytest.mark.parametrize("index", LOGS)
def test_ranges_over_damage_give_all_that_is_left(index):
    """Any entries, whole segments, an end or both: nothing right is lost, nothing wrong given."""
    rng = random.Random(index)
    size, period_s = SIZES[index], PERIODS_S[index]
    count = size + size // 2
    intact = filled(index, count)
    whole = {name: bytes(octets) for name, octets in intact.files.files.items()}
    for pattern in range(LOG_DAMAGE_SAMPLES // (4 if size > 1000 else 1)):
        stand = intact
        stand.files.files.clear()
        stand.files.files.update(whole)
        damaged = damage(stand, index, pattern % 5, count, rng)
        log = stand.log(index)
        for _ in range(6):
            first = rng.randrange(count - size - 5, count)
            last = min(first + rng.choice((0, 3, 40, size)), count + 3)
            from_s, until_s = START_S + first * period_s, START_S + last * period_s
            read = list(log.between(from_s, until_s))
            inside = range(max(first, count - size), min(last + 1, count))
            wanted = [entry(index, number) for number in inside if number not in damaged]
            assert readable(read) == wanted, (pattern, first, last)
        assert readable(log.entries(0, count)) == [
            entry(index, number) for number in range(count - size, count) if number not in damaged
        ]


def damage(stand, index, kind, count, rng):
    """Damage entries of a log; returns their numbers."""
    log = stand.log(index)
    first = log.first_number()
    if kind == 0:
        damaged = set(rng.sample(range(first, count), min(len(log), 4)))
    elif kind == 1:
        damaged = {first, count - 1}
    elif kind == 2:
        damaged = set(range(count - len(log) // 3, count))
    elif kind == 3:
        damaged = set(range(first, first + len(log) // 3))
    else:
        middle = rng.randrange(first, count)
        damaged = set(range(middle, min(middle + 400, count)))
    for number in damaged:
        octets = bytearray(log._size)
        slot = number % log._slots
        log._area.read_into(slot, octets)
        octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
        name = log._area._file(slot // log._area._per_segment)
        stand.files.write_at(name, slot % log._area._per_segment * log._size, octets)
    return damaged


def test_a_damaged_half_hour_is_none_in_its_place():
    stand = filled(IMPORT, 19_056 + 341)
    log = stand.log(IMPORT)
    damaged = range(10_000, 10_048)
    for number in damaged:
        name, at = f"log0.{number // 341}", number % 341 * 12
        stand.files.write_at(name, at, b"\x00" * 12)
    from_s = START_S + 9_999 * 1800
    read = list(log.between(from_s, from_s + 49 * 1800))
    assert read == [entry(IMPORT, 9_999), *[None] * 48, entry(IMPORT, 10_048)]
    assert log.damaged == 48
    # A range that begins and ends in the damage, of half-hours whose stamps can't be read.
    read = list(log.between(from_s + 5 * 1800, from_s + 9 * 1800))
    assert read == [None] * 5


def test_a_damaged_event_counts_as_stamped_with_what_follows():
    stand = filled(EVENT, 100)
    log = stand.log(EVENT)
    for number in range(1, 99):
        whole = stand.files.files["log12.0"]
        stand.files.write_at("log12.0", number * 14, bytes(14))
        after_the_one_before_s = entry(EVENT, number - 1)[0] + 1
        assert log.find(after_the_one_before_s) == number
        assert log.find(entry(EVENT, number + 1)[0]) == number
        assert log.find(entry(EVENT, number + 1)[0] + 1) == number + 2
        stand.files.files["log12.0"] = whole


@pytest.mark.parametrize("oldest_damaged", [False, True])
def test_damage_in_a_log_with_a_gap(oldest_damaged):
    """A Daily Consumption Log over 100 days without power: what is reckoned would be wrong."""
    days = [*range(200), *range(300, 500)]
    stand = Stand()
    log = stand.book.named("Daily Consumption Log")
    log.extend((START_S + day * 86_400, day) for day in days)
    # The newest says that day 290 is number 190, and day 190 number 90.
    for number in [90, 190] + [0, 1] * oldest_damaged:
        stand.files.write_at("log11.0", number * 12, bytes(12))
    for first, last in ((290, 310), (150, 289), (190, 305), (150, 195), (0, 499)):
        read = log.between(START_S + first * 86_400, START_S + last * 86_400)
        lost = (90, 190) + (0, 1) * oldest_damaged
        wanted = [day for day in days if first <= day <= last and day not in lost]
        assert [day for _, day in readable(read)] == wanted


@pytest.mark.parametrize("index", LOGS)
def test_all_entries_damaged(index):
    count = min(SIZES[index], 400)
    stand = filled(index, count)
    for name, octets in stand.files.files.items():
        stand.files.files[name] = b"\xff" * len(octets)
    log = stand.log(index)
    assert list(log.entries(0, count)) == [None] * count
    assert log.damaged == count
    assert readable(log.between(0, 2**31)) == []
    log.append(*entry(index, count))
    assert list(log.entries(count, 1)) == [entry(index, count)]


@pytest.mark.parametrize("held", [0, 1, 500, 959])
def test_a_segment_that_was_lost_or_cut_short_is_begun_anew(held):
    """The files were lost while a FRAM kept the state: 80 entries of 12 octets are missing."""
    stand = filled(IMPORT, 80)
    if held:
        stand.files.files["log0.0"] = stand.files.files["log0.0"][:held]
    else:
        stand.files.files.clear()
    stand.open()
    log = stand.log(IMPORT)
    log.append(*entry(IMPORT, 80))
    log.append(*entry(IMPORT, 81))
    whole = held // 12
    assert list(log.entries(0, 82)) == (
        [entry(IMPORT, number) for number in range(whole)]
        + [None] * (80 - whole)
        + [entry(IMPORT, 80), entry(IMPORT, 81)]
    )
    assert len(stand.files.files["log0.0"]) == 82 * 12


def test_an_entry_of_an_earlier_lap_is_not_taken_for_a_new_one():
    """A write that never arrived leaves what lay there before."""
    stand = Stand("fram")
    log = stand.log(EVENT)
    for number in range(108):
        log.append(*entry(EVENT, number))
    old = bytes(stand.memory.octets)
    log.append(*entry(EVENT, 108))
    stand.memory.octets[:] = old
    assert list(log.entries(107, 2)) == [entry(EVENT, 107), None]


def test_a_chip_that_does_not_answer_is_an_error_to_reader_and_writer():
    stand = Stand("fram")
    log = stand.log(EVENT)
    log.append(*entry(EVENT, 0))

    def silent(*what):
        raise OSError(5)

    stand.memory.write = stand.memory.read_into = silent
    with pytest.raises(OSError):
        log.append(*entry(EVENT, 1))
    with pytest.raises(OSError):
        list(log.entries(0, 1))
    assert len(log) == 1
