"""The PIO program that counts pulses, run on an emulated RP2040 state machine."""

import importlib
import random
import sys

import pytest

from tests.drivers import pio_machine
from tests.drivers.test_pulse import FILTER
from tests.samples import PIO_PULSES

MODULE = "protometer.drivers.meter.pio_counter"


@pytest.fixture
def pio(monkeypatch):
    """The driver's module, assembled for the emulator."""
    monkeypatch.setitem(sys.modules, "rp2", pio_machine.rp2())
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    yield importlib.import_module(MODULE)
    sys.modules.pop(MODULE, None)


class Stand:
    """A line with pulses, and the counter on it."""

    def __init__(self, pio, idle=0, shortest_ms=10):
        self.line = pio_machine.Line(idle)
        self.counter = pio.PioCounter(self.line, lambda: int(self.line.now_ms), shortest_ms)
        self.first = self.counter.read()
        # The reading took the emulator some cycles ahead of the line.
        self.line.now_ms += shortest_ms

    def counted(self):
        return (self.counter.read() - self.first) & 0xFFFFFF


def test_the_program_fits_and_is_what_was_reckoned(pio):
    # RP2040 datasheet 3.4, encodings of JMP, IN, PUSH and SET; one memory holds 32 words.
    assert [f"{opcode:04x}" for opcode in pio.count_pulses] == [
        "00c8",
        "e05f",
        "4038",
        "8000",
        "00c6",
        "0001",
        "0082",
        "0048",
        "e05f",
        "4038",
        "8000",
        "00c8",
        "0089",
        "0001",
    ]


@pytest.mark.parametrize(("held", "counted", "rejected"), FILTER)
def test_the_filter_counts_what_the_interrupt_counts(pio, held, counted, rejected):
    stand = Stand(pio)
    stand.line.now_ms += held[0]
    for index, ms in enumerate(held[1:]):
        stand.line.hold(1 - index % 2, ms)
    stand.line.hold(0, 20)
    expected = counted
    # The state machine takes a high without waiting for its end, and needs no long low at first.
    if held in ((9, 10),):
        expected = 1
    assert stand.counted() == expected


@pytest.mark.parametrize("shortest_ms", [1, 10, 56])
def test_a_level_of_the_shortest_time_is_taken_and_one_5_per_cent_shorter_is_not(pio, shortest_ms):
    rng = random.Random(shortest_ms)
    for share, pulses in ((1.0, PIO_PULSES), (0.95, 0)):
        stand = Stand(pio, shortest_ms=shortest_ms)
        for _ in range(PIO_PULSES):
            stand.line.hold(1, shortest_ms * share)
            stand.line.hold(0, shortest_ms * (1.1 + rng.random()))
        assert stand.counted() == pulses
        stand = Stand(pio, shortest_ms=shortest_ms)
        stand.line.hold(1, 3 * shortest_ms)
        before = stand.counted()
        for _ in range(PIO_PULSES):
            stand.line.hold(0, shortest_ms * share)
            stand.line.hold(1, shortest_ms * (1.1 + rng.random()))
        assert stand.counted() - before == pulses


@pytest.mark.parametrize("idle", [0, 1])
@pytest.mark.parametrize("bounces", [(1,), (1, 2), (3, 1, 4, 2)])
def test_pulses_that_bounce_at_every_edge_are_counted_once(pio, idle, bounces):
    stand = Stand(pio, idle)
    stand.line.now_ms += 100
    for _ in range(15):
        for level in (1 - idle, idle):
            for number, ms in enumerate(bounces):
                stand.line.hold(level if number % 2 == 0 else 1 - level, ms)
            stand.line.hold(level, 60)
    assert stand.counted() == 15


@pytest.mark.parametrize("idle", [0, 1])
def test_a_level_that_stands_at_the_start_is_no_pulse(pio, idle):
    stand = Stand(pio, idle)
    stand.line.now_ms += 1_000
    assert stand.counted() == 0


@pytest.mark.parametrize("first_x", [3, 0x01000002, 0])
def test_the_count_wraps_without_losing_or_inventing_a_pulse(pio, monkeypatch, first_x):
    """X is what the last program left; it passes 0 and, below 24 bits, every 2**24."""
    monkeypatch.setattr(pio_machine.StateMachine, "first_x", first_x)
    stand = Stand(pio)
    for number in range(1, 8):
        stand.line.hold(1, 15)
        stand.line.hold(0, 15)
        assert stand.counted() == number
        assert 0 <= stand.counter.read() < 1 << 24


def test_what_was_counted_since_the_last_reading_is_told_at_once(pio):
    stand = Stand(pio)
    for seconds in (1, 3):
        for _ in range(5):
            stand.line.hold(1, 20)
            stand.line.hold(0, 20)
        stand.line.now_ms += 1_000 * seconds
        before = stand.counted()
        stand.line.hold(1, 20)
        stand.line.hold(0, 1)
        assert stand.counted() == before + 1


@pytest.mark.parametrize("shortest_ms", [0, 57])
def test_a_filter_that_no_clock_divider_reaches_is_refused(pio, shortest_ms):
    with pytest.raises(ValueError, match="shortest_ms of a PIO counter is 1 to 56"):
        Stand(pio, shortest_ms=shortest_ms)
