"""Pulses of a gas meter become millilitres, none lost and none twice."""

import random

import pytest

from host_tools.node.pins import SimPin
from protometer.drivers.meter.gas_pulse_meter import GasPulseMeter
from protometer.drivers.meter.interrupt_counter import InterruptCounter
from tests.samples import COUNTER_READINGS


class Counter:
    """A counter of 24 bits in the test's hands."""

    def __init__(self, count):
        self.count = count

    def read(self):
        return self.count & 0xFFFFFF


@pytest.mark.parametrize("ml_per_pulse", [1, 1_000, 10_000, 100_000])
def test_every_pulse_counts_once_over_a_wrap(ml_per_pulse):
    rng = random.Random(ml_per_pulse)
    counter = Counter(0xFFFF00)
    meter = GasPulseMeter(counter, ml_per_pulse)
    begin, total_ml = counter.count, 0
    for _ in range(COUNTER_READINGS):
        counter.count += rng.choice((0, 0, 1, 2, rng.randrange(100)))
        meter.read()
        total_ml += meter.volume_ml
    assert counter.count > 0x1000000
    assert total_ml == (counter.count - begin) * ml_per_pulse
    meter.read()
    assert meter.volume_ml == 0


def test_what_was_counted_before_the_start_is_not_consumption():
    meter = GasPulseMeter(Counter(77))
    meter.read()
    assert meter.volume_ml == 0


def test_on_a_counter_of_the_boards():
    pin, now_ms = SimPin(0), [0]
    meter = GasPulseMeter(InterruptCounter(pin, lambda: now_ms[0], 10))
    for _ in range(3):
        for level in (1, 0):
            now_ms[0] += 200
            pin.drive(level)
    meter.read()
    assert meter.volume_ml == 30_000
