"""Load limiting: events, trips and restoration second by second, and across power cuts."""

from pathlib import Path

import pytest

from protometer.model.dictionary import Data, ItemError, write
from protometer.model.enumerations import (
    INHIBIT_COMMAND,
    INHIBIT_CREDIT,
    INHIBIT_LOAD_LIMIT,
    UNCHANGED,
)
from protometer.model.events import Outbox
from protometer.supply.load_limit import NOTHING, RESTORE, TRIP, LoadLimit
from tests.on_runtimes import OTHER_RUNTIMES, printed

DISABLE = 1
EXCEEDED = 0x8F01
NOW_S = 788_000_000


class Stand:
    """A load limit with 5,000 W, 10 s and 60 s; `step` plays seconds and does what is asked."""

    def __init__(self, supply_state=DISABLE, threshold_w=5000):
        self.data = Data("E")
        self.data.load_limit_power_threshold_w = threshold_w
        self.data.load_limit_period_s = 10
        self.data.load_limit_restoration_period_s = 60
        self.data.load_limit_supply_state = supply_state
        self.now_s = NOW_S
        self.start()

    def start(self):
        self.outbox = Outbox()
        self.limit = LoadLimit(self.data, self.outbox)

    def tripped(self):
        return self.data.supply_inhibits == INHIBIT_LOAD_LIMIT

    def step(self, power_w, seconds=1):
        """Return what was asked for other than NOTHING, by the second it came in."""
        asked = {}
        for _ in range(seconds):
            self.now_s += 1
            wanted = self.limit.step(power_w, self.tripped(), self.now_s)
            if wanted == TRIP:
                self.data.supply_inhibits |= INHIBIT_LOAD_LIMIT
            elif wanted == RESTORE:
                self.data.supply_inhibits &= ~INHIBIT_LOAD_LIMIT
            if wanted != NOTHING:
                asked[self.now_s - NOW_S] = wanted
        return asked

    def events(self):
        return [event[:2] for event in iter(self.outbox.take, None)]


@pytest.mark.req("ESME-LL-01", "ESME-LL-02", "ESME-LL-03")
def test_an_event_begins_after_the_period_above_the_threshold():
    stand = Stand()
    # The first second above, and ten more.
    assert stand.step(5001, 10) == {}
    assert stand.events() == []
    assert stand.data.load_limit_exceeded == 0
    assert stand.step(5001) == {11: TRIP}
    assert stand.events() == [(EXCEEDED, NOW_S + 11)]
    assert stand.data.load_limit_counter == 1
    assert stand.data.load_limit_exceeded == 1


@pytest.mark.req("ESME-LL-01")
def test_at_the_threshold_or_interrupted_there_is_none():
    stand = Stand()
    assert stand.step(5000, 100) == {}
    for _ in range(20):
        assert stand.step(9000, 10) == {}
        assert stand.step(5000) == {}
    assert stand.events() == []
    assert stand.data.load_limit_counter == 0


@pytest.mark.req("ESME-LL-05", "ESME-LL-06")
def test_unchanged_only_counts_and_a_new_event_needs_a_fall():
    stand = Stand(UNCHANGED)
    assert stand.step(6000, 500) == {}
    assert stand.events() == [(EXCEEDED, NOW_S + 11)]
    assert stand.data.load_limit_counter == 1
    assert stand.data.load_limit_exceeded == 1
    stand.step(5000)
    assert stand.data.load_limit_exceeded == 0
    stand.step(6000, 11)
    assert stand.events() == [(EXCEEDED, NOW_S + 512)]
    assert stand.data.load_limit_counter == 2
    assert stand.data.supply_inhibits == 0


@pytest.mark.req("ESME-LL-04")
def test_supply_is_restored_after_the_restoration_period():
    stand = Stand()
    assert stand.step(6000, 11) == {11: TRIP}
    assert stand.step(0, 59) == {}
    assert stand.data.load_limit_exceeded == 1
    assert stand.step(0) == {71: RESTORE}
    assert stand.step(0) == {}
    assert stand.data.load_limit_exceeded == 0
    # Too much again: another event.
    assert stand.step(6000, 11) == {83: TRIP}
    assert stand.data.load_limit_counter == 2


@pytest.mark.req("ESME-LL-11")
def test_enable_arm_and_disable_end_the_restoration_timer():
    # Enable and Arm leave no inhibit, Disable another; then another trip has a period of its own.
    for inhibits in (0, INHIBIT_COMMAND):
        stand = Stand()
        stand.step(6000, 11)
        stand.step(0, 50)
        stand.data.supply_inhibits = inhibits
        assert stand.step(0, 200) == {}
        assert stand.data.load_limit_exceeded == 0
        stand.data.supply_inhibits = 0
        assert stand.step(6000, 11) == {272: TRIP}
        assert stand.step(0, 59) == {}
        assert stand.step(0) == {332: RESTORE}


@pytest.mark.req("ESME-LL-08")
def test_no_restoration_over_another_reason_but_once_it_clears():
    stand = Stand()
    stand.step(6000, 11)
    stand.step(0, 30)
    stand.data.supply_inhibits |= INHIBIT_CREDIT
    assert stand.step(0, 300) == {}
    stand.data.supply_inhibits &= ~INHIBIT_CREDIT
    assert stand.step(0) == {342: RESTORE}
    # Where the reason clears within the period, the rest of it is waited for.
    stand = Stand()
    stand.step(6000, 11)
    stand.data.supply_inhibits |= INHIBIT_CREDIT
    assert stand.step(0, 30) == {}
    stand.data.supply_inhibits &= ~INHIBIT_CREDIT
    assert stand.step(0, 29) == {}
    assert stand.step(0) == {71: RESTORE}


@pytest.mark.req("ESME-LL-11")
def test_a_power_cut_during_a_trip_restarts_the_full_period():
    stand = Stand()
    stand.step(6000, 11)
    stand.step(0, 50)
    stand.now_s += 3600
    stand.start()
    assert stand.tripped()
    assert stand.step(0, 60) == {}
    assert stand.step(0) == {11 + 50 + 3600 + 61: RESTORE}
    assert stand.events() == []
    assert stand.data.load_limit_counter == 1


def test_a_power_cut_while_power_is_above_counts_anew():
    stand = Stand(UNCHANGED)
    stand.step(6000, 5)
    stand.start()
    stand.step(6000, 10)
    assert stand.events() == []
    stand.step(6000)
    assert [code for code, _ in stand.events()] == [EXCEEDED]


@pytest.mark.req("ESME-LL-11", "ESME-CFG-09")
def test_the_shipped_threshold_means_none_and_others_of_32_bits_are_whole():
    stand = Stand(threshold_w=Data("E").load_limit_power_threshold_w)
    assert stand.data.load_limit_power_threshold_w == 0xFFFF_FFFF
    assert stand.step(200_000, 1000) == {}
    assert stand.events() == []
    # The longest period never ends, the shortest at once.
    for period_s, asked in ((0xFFFF_FFFF, {}), (0, {2001: TRIP, 2061: RESTORE})):
        write(stand.data, "Load Limit Power Threshold", 100)
        write(stand.data, "Load Limit Period", period_s)
        stand.limit.refresh(stand.now_s)
        assert stand.step(200, 1000) == asked


@pytest.mark.req("ESME-CFG-09")
def test_configuration_is_written_by_name():
    data = Data("E")
    for name in ("Period", "Power Threshold", "Restoration Period"):
        write(data, f"Load Limit {name}", 0xFFFF_FFFF)
    write(data, "Load Limit Supply State", 1)
    assert data.load_limit_restoration_period_s == 0xFFFF_FFFF
    with pytest.raises(ItemError):
        write(data, "Load Limit Supply State", 2)
    with pytest.raises(ItemError):
        write(data, "Load Limit Counter", 0)


def test_setting_the_clock_is_no_time_that_passes():
    stand = Stand()
    stand.step(6000, 5)
    stand.now_s += 86_400
    assert stand.step(6000, 5) == {}
    assert list(stand.step(6000).values()) == [TRIP]
    stand.now_s -= 7200
    assert stand.step(0, 59) == {}
    assert list(stand.step(0).values()) == [RESTORE]


@pytest.mark.req("ESME-HIC-14", "ESME-OPS-06")
def test_the_counter_is_reset_and_stops_at_its_limit():
    stand = Stand(UNCHANGED)
    stand.data.load_limit_counter = 0xFFFF_FFFE
    for count in (0xFFFF_FFFF, 0xFFFF_FFFF):
        stand.step(6000, 11)
        stand.step(0)
        assert stand.data.load_limit_counter == count
    stand.limit.reset_counter(stand.now_s)
    assert stand.data.load_limit_counter == 0
    stand.step(6000, 11)
    assert stand.data.load_limit_counter == 1


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_a_second_allocates_nothing(runtime):
    lines = printed(runtime, Path(__file__).parent / "load_limit_heap.py")
    assert lines == ["0 octets in 1200 steps, 1 tripped, 1 restored"]
