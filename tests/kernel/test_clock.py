"""The clocks over wraps of the tick source, and when UTC is set."""

import random

from protometer.kernel.clock import TickClock, VirtualClock
from protometer.kernel.ticks import PERIOD_MS

START_S = 780_000_000
# MicroPython's time.ticks_ms wraps at 2**30 on 32-bit boards.
SOURCE_PERIOD_MS = 1 << 30


class Source:
    def __init__(self, at_ms):
        self.at_ms = at_ms

    def ticks_ms(self):
        return self.at_ms % SOURCE_PERIOD_MS


def tick_clock(source):
    return TickClock(START_S, source.ticks_ms, lambda: 0, None)


def test_tick_clock_keeps_utc_over_many_wraps():
    rng = random.Random(1)
    source = Source(SOURCE_PERIOD_MS - 12_345)
    clock = tick_clock(source)
    elapsed_ms = 0
    while elapsed_ms < 3 * SOURCE_PERIOD_MS:
        step_ms = rng.choice((1, 999, 1000, 1001, 86_400_000, 200_000_000))
        source.at_ms += step_ms
        elapsed_ms += step_ms
        assert clock.utc_s() == START_S + elapsed_ms // 1000
        assert clock.ms_of_second() == elapsed_ms % 1000
        assert 0 <= clock.ticks_ms() < PERIOD_MS


def test_tick_clock_is_known_once_set_and_begins_that_second():
    source = Source(500)
    clock = tick_clock(source)
    source.at_ms += 1700
    assert not clock.known
    assert (clock.utc_s(), clock.ms_of_second()) == (START_S + 1, 700)
    before = clock.ticks_ms()
    clock.set_utc(START_S - 1_000_000)
    assert clock.known
    assert clock.ticks_ms() == before
    assert (clock.utc_s(), clock.ms_of_second()) == (START_S - 1_000_000, 0)
    source.at_ms += 2001
    assert (clock.utc_s(), clock.ms_of_second()) == (START_S - 999_998, 1)


def test_virtual_clock_moves_only_when_advanced():
    clock = VirtualClock(START_S, lambda: 0, 999)
    assert clock.known
    assert (clock.utc_s(), clock.ms_of_second(), clock.ticks_ms()) == (START_S, 999, 0)
    clock.advance(1)
    assert (clock.utc_s(), clock.ms_of_second(), clock.ticks_ms()) == (START_S + 1, 0, 1)
    clock.advance(3 * 86_400_000 + 5)
    assert (clock.utc_s(), clock.ms_of_second()) == (START_S + 1 + 3 * 86_400, 5)
    clock.set_utc(17)
    assert (clock.utc_s(), clock.ms_of_second()) == (17, 5)
    clock.advance(PERIOD_MS)
    assert clock.ticks_ms() == (3 * 86_400_000 + 6) % PERIOD_MS
