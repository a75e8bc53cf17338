"""Half-hours: one each, without gaps, exact over thirteen months of a real household."""

import pytest

from protometer.model.dictionary import Data
from protometer.records.profile import Profile
from protometer.store.store import Store
from tests.records.log_stand import HALF_HOUR_S, START_S, Stand, rows_of_household

BOUNDARY_S = START_S + 10 * HALF_HOUR_S
ENTRIES = 19_056


class Meter:
    """What a role does with a Profile: adds each second's energy, then keeps what is due."""

    def __init__(self, now_s=BOUNDARY_S, channels=(0,)):
        self.stand = Stand()
        self.channels = channels
        self.start(now_s)

    def start(self, now_s):
        self.profile = Profile(self.stand.data, self.stand.book, self.channels)
        self.stand.data.last_step_s = now_s
        self.profile.keep(now_s)

    def step(self, now_s, wh=0, channel=0):
        self.profile.add(channel, wh)
        if now_s >= self.profile.due_s:
            self.profile.keep(now_s)
        self.stand.data.last_step_s = now_s

    def log(self, channel=0):
        return self.stand.log(channel)

    def read(self, channel=0):
        log = self.log(channel)
        return [(at_s - BOUNDARY_S, wh) for at_s, wh in log.entries(0, log.next_number())]


def test_a_half_hour_is_stamped_with_its_end():
    meter = Meter()
    meter.step(BOUNDARY_S + 1, 5)
    meter.step(BOUNDARY_S + 1799, 6)
    assert meter.read() == []
    # The energy that arrives at the boundary was consumed before it.
    meter.step(BOUNDARY_S + 1800, 7)
    meter.step(BOUNDARY_S + 1801, 8)
    meter.step(BOUNDARY_S + 3600, 0)
    assert meter.read() == [(1800, 18), (3600, 8)]
    assert meter.profile.due_s == BOUNDARY_S + 5400


def test_a_meter_that_starts_within_a_half_hour_ends_it():
    meter = Meter(BOUNDARY_S + 1000)
    meter.step(BOUNDARY_S + 1800, 3)
    assert meter.read() == [(1800, 3)]


def test_half_hours_without_power_are_zero_and_a_part_has_what_was_measured():
    meter = Meter()
    meter.step(BOUNDARY_S + 600, 11)
    meter.start(BOUNDARY_S + 4 * 1800 + 100)
    meter.step(BOUNDARY_S + 4 * 1800 + 101, 22)
    meter.step(BOUNDARY_S + 5 * 1800, 1)
    assert meter.read() == [(1800, 11), (3600, 0), (5400, 0), (7200, 0), (9000, 23)]


def test_a_cut_within_one_half_hour_divides_nothing():
    meter = Meter()
    meter.step(BOUNDARY_S + 600, 11)
    meter.start(BOUNDARY_S + 700)
    meter.step(BOUNDARY_S + 1800, 22)
    assert meter.read() == [(1800, 33)]


def test_an_outage_of_days_is_written_12_a_second_and_the_energy_stays_where_it_belongs():
    meter = Meter()
    meter.step(BOUNDARY_S + 600, 11)
    back_s = BOUNDARY_S + 28 * 1800 + 60
    before = meter.stand.files.writes
    meter.start(back_s)
    assert len(meter.read()) == 12
    assert meter.stand.files.writes == before + 1
    meter.step(back_s + 1, 5)
    assert len(meter.read()) == 24
    # Another cut before all were written.
    meter.start(back_s + 30)
    assert len(meter.read()) == 28
    assert meter.profile.due_s == BOUNDARY_S + 29 * 1800
    meter.step(back_s + 31, 6)
    meter.step(BOUNDARY_S + 29 * 1800, 7)
    meter.step(BOUNDARY_S + 30 * 1800, 8)
    missed = [(1800 * number, 0) for number in range(2, 29)]
    assert meter.read() == [(1800, 11), *missed, (29 * 1800, 18), (30 * 1800, 8)]


def test_a_half_hour_that_ends_while_missed_ones_are_written_loses_nothing():
    meter = Meter()
    meter.step(BOUNDARY_S + 600, 11)
    back_s = BOUNDARY_S + 50 * 1800 - 2
    meter.start(back_s)
    for second in range(1, 8):
        meter.step(back_s + second, 1)
    meter.step(BOUNDARY_S + 51 * 1800, 1)
    read = meter.read()
    assert [at_s for at_s, _ in read] == [1800 * number for number in range(1, 52)]
    assert [wh for _, wh in read if wh] == [11, 4, 4]
    assert read[49] == (50 * 1800, 4)


def test_the_longest_outage_counts_as_far_as_the_log_reaches():
    meter = Meter()
    meter.step(BOUNDARY_S + 600, 11)
    back_s = BOUNDARY_S + 30_000 * 1800 + 5
    meter.start(back_s)
    seconds = 0
    while meter.profile.due_s <= back_s + seconds:
        seconds += 1
        meter.step(back_s + seconds)
    assert seconds == 1_587
    meter.step(BOUNDARY_S + 30_001 * 1800, 4)
    log = meter.log()
    assert log.next_number() == ENTRIES + 1
    read = meter.read()
    assert [at_s for at_s, _ in read] == [
        1800 * number for number in range(30_002 - ENTRIES, 30_002)
    ]
    # What had been measured before still counts.
    assert [wh for _, wh in read if wh] == [15]


def test_a_clock_set_back_writes_nothing_until_the_time_passes_the_newest_stamp():
    meter = Meter()
    meter.step(BOUNDARY_S + 1800, 1)
    meter.step(BOUNDARY_S + 3600, 2)
    for at_s in range(-5000, 5400, 100):
        meter.step(BOUNDARY_S + at_s, 1)
    assert meter.read() == [(1800, 1), (3600, 2)]
    meter.step(BOUNDARY_S + 5400, 1)
    assert meter.read() == [(1800, 1), (3600, 2), (5400, 105)]


def test_a_clock_set_forward_leaves_no_gap():
    meter = Meter()
    meter.step(BOUNDARY_S + 10, 4)
    meter.step(BOUNDARY_S + 3 * 1800 + 7, 5)
    meter.step(BOUNDARY_S + 4 * 1800, 6)
    assert meter.read() == [(1800, 9), (3600, 0), (5400, 0), (7200, 6)]


def test_all_four_channels_are_kept_apart():
    meter = Meter(channels=(0, 1, 2, 3))
    for half_hour in range(1, 4):
        for channel in range(4):
            meter.profile.add(channel, 100 * half_hour + channel)
        meter.step(BOUNDARY_S + 1800 * half_hour)
    for channel in range(4):
        assert meter.read(channel) == [(1800 * n, 100 * n + channel) for n in (1, 2, 3)]


def test_a_memory_that_fails_and_works_again_leaves_no_gap_and_no_doublet():
    meter = Meter(channels=(0, 1))
    meter.step(BOUNDARY_S + 1800, 1)
    files = meter.stand.files
    write_at = files.write_at

    def second_log_fails(name, position, octets):
        if name.startswith("log1"):
            raise OSError(28)
        write_at(name, position, octets)

    files.write_at = second_log_fails
    for second in range(3):
        with pytest.raises(OSError):
            meter.step(BOUNDARY_S + 3600 + second, 2)
    assert meter.read(0) == [(1800, 1)]
    files.write_at = write_at
    meter.step(BOUNDARY_S + 3603, 3)
    meter.step(BOUNDARY_S + 5400, 4)
    assert meter.read(0) == [(1800, 1), (3600, 9), (5400, 4)]
    assert meter.read(1) == [(1800, 0), (3600, 0), (5400, 0)]


def test_a_cut_before_the_commit_writes_the_same_half_hours_again():
    meter = Meter()
    data = meter.stand.data
    store = Store(data, meter.stand.memory)
    meter.step(BOUNDARY_S + 1800, 1)
    meter.step(BOUNDARY_S + 2000, 2)
    assert store.commit()
    meter.step(BOUNDARY_S + 3600, 3)
    assert meter.read() == [(1800, 1), (3600, 5)]
    meter.stand.data = Data("E")
    assert Store(meter.stand.data, meter.stand.memory).restore()
    meter.stand.open()
    meter.start(BOUNDARY_S + 3600 + 1800)
    assert meter.read() == [(1800, 1), (3600, 2), (5400, 0)]


def expected_half_hours(rows):
    """Every half-hour's end and Wh from the first row to the last, 0 where there is no row."""
    known = dict(rows)
    first, last = rows[0][0], rows[-1][0]
    starts = range(first, last + 1, HALF_HOUR_S)
    return [(start_s + HALF_HOUR_S, known.get(start_s, 0)) for start_s in starts]


def play(meter, rows):
    """Let a meter measure the rows; where one is missing it had no power."""
    for start_s, wh in rows:
        now_s = start_s
        if start_s != meter.stand.data.last_step_s:
            meter.start(start_s)
            while meter.profile.due_s <= start_s:
                now_s += 1
                meter.step(now_s)
        # In four steps, as it is consumed.
        for part in range(4):
            energy_wh = wh * (part + 1) // 4 - wh * part // 4
            gained_wh = meter.stand.data.active_import_register.add(0, energy_wh * 1000)
            meter.step(start_s + (part + 1) * HALF_HOUR_S // 4, gained_wh)


@pytest.mark.req("ESME-CLK-04")
@pytest.mark.parametrize(
    ("found_s", "written"),
    [
        # In the half-hour of the loss: one entry of all.
        (1200, [(1800, 12)]),
        # Hours later: what came before is of its half-hour, the rest of the one that runs.
        (9000, [(1800, 5), (3600, 0), (5400, 0), (7200, 0), (9000, 0), (10_800, 7)]),
    ],
)
def test_energy_of_an_unknown_time_is_of_the_half_hour_in_which_it_is_found(found_s, written):
    meter = Meter()
    meter.step(BOUNDARY_S + 600, 5)
    meter.profile = Profile(meter.stand.data, meter.stand.book, meter.channels)
    meter.profile.lose_time()
    meter.profile.add(0, 4)
    assert meter.read() == []
    meter.profile.add(0, 3)
    meter.profile.keep(BOUNDARY_S + found_s)
    meter.step(BOUNDARY_S + written[-1][0])
    assert meter.read() == written


def test_thirteen_months_of_a_household_are_read_back_exactly_and_so_after_the_wrap():
    rows = rows_of_household("household_2012.csv", "household_2013.csv")
    assert len(rows) == 20_400 - 3 * 48
    expected = expected_half_hours(rows)
    assert len(expected) == 20_400
    thirteen_months = [row for row in rows if row[0] < START_S + ENTRIES * HALF_HOUR_S]
    later = rows[len(thirteen_months) :]

    meter = Meter(START_S)
    play(meter, thirteen_months)
    log = meter.log()
    assert len(log) == log.next_number() == ENTRIES == 397 * 48
    assert list(log.entries(0, ENTRIES)) == expected[:ENTRIES]
    assert meter.stand.data.active_import_register.wh(0) == sum(wh for _, wh in expected[:ENTRIES])

    play(meter, later)
    assert log.next_number() == 20_400
    assert list(log.entries(0, 20_400)) == expected[-ENTRIES:]
    assert meter.stand.data.active_import_register.wh(0) == sum(wh for _, wh in rows)
    # Every day by its time, the days without power among them.
    meter.stand.open()
    log = meter.log()
    for day in range(425):
        from_s = START_S + day * 86_400 + 1
        numbers = range(max(day * 48, 20_400 - ENTRIES), day * 48 + 48)
        wanted = [expected[number] for number in numbers]
        assert list(log.between(from_s, from_s + 86_399)) == wanted
    assert log.damaged == 0
