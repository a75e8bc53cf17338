"""Power from a count that is read once a second, and the ESP32's counter behind it."""

import random

import pytest

from protometer.drivers.meter.hardware_counter import HardwareCounter
from protometer.drivers.meter.pulse_meter import PulseMeter
from protometer.kernel.ticks import PERIOD_MS
from tests.samples import COUNTER_READINGS


class Unit:
    """An ESP32's pulse counter, as machine.Counter gives it: a sum that begins at 0."""

    def __init__(self, count=0):
        self.count = count

    def value(self):
        return self.count


class Stand:
    """A meter on a counting unit, read once a second."""

    def __init__(self, pulses_per_kwh=1000, count=0, now_ms=0):
        self.unit = Unit(count)
        self.now_ms = now_ms
        counter = HardwareCounter(self.unit, lambda: self.now_ms % PERIOD_MS)
        self.meter = PulseMeter(counter, pulses_per_kwh)
        self.energy_mwh = 0
        self._part = 0.0

    def seconds(self, count, pulses_a_second=0.0):
        """Let time pass; returns the powers that were told."""
        powers = []
        for _ in range(count):
            self.now_ms += 1000
            self._part += pulses_a_second
            whole = int(self._part + 1e-9)
            self._part -= whole
            self.unit.count += whole
            self.meter.read()
            self.energy_mwh += self.meter.import_mwh
            powers.append(self.meter.power_w)
        return powers


# (pulses a second, W at 1,000 pulses/kWh, the most that a figure may be off, in per cent).
LOADS = ((1.0, 3600, 0), (20.0, 72_000, 0), (0.1, 360, 0), (1 / 36, 100, 0), (2.7, 9720, 8))


@pytest.mark.parametrize(("pulses_a_second", "power_w", "off_percent"), LOADS)
def test_power_of_a_steady_load(pulses_a_second, power_w, off_percent):
    stand = Stand()
    stand.seconds(100, pulses_a_second)
    for told_w in stand.seconds(200, pulses_a_second):
        assert abs(told_w - power_w) * 100 <= off_percent * power_w


def test_a_load_between_two_readings_is_told_within_a_tenth():
    stand = Stand()
    stand.seconds(60, 1 / 1.5)
    for told_w in stand.seconds(200, 1 / 1.5):
        assert abs(told_w - 2400) <= 240


def test_a_step_up_is_told_within_ten_seconds_and_a_step_down_too():
    stand = Stand()
    stand.seconds(100, 0.5)
    assert abs(stand.seconds(10, 5)[-1] - 18_000) <= 3_600
    assert stand.seconds(1, 5)[-1] == 18_000
    assert stand.seconds(4, 0.5)[-1] == 1_800


def test_power_fades_after_the_load_is_gone_until_standstill():
    stand = Stand()
    stand.seconds(30, 1)
    assert stand.meter.power_w == 3600
    assert stand.seconds(2)[-1] == 1800
    assert stand.seconds(34)[-1] == 100
    assert stand.seconds(3_563)[-1] == 1
    assert stand.seconds(2)[-1] == 0
    # After a standstill one pulse tells no power.
    assert stand.seconds(1, 1)[-1] == 0
    assert stand.seconds(1, 1)[-1] == 3600


def test_readings_in_the_same_millisecond_tell_no_power():
    stand = Stand()
    for _ in range(3):
        stand.unit.count += 1
        stand.meter.read()
    assert stand.meter.power_w == 0
    assert stand.seconds(1, 1)[-1] > 0


def test_a_standstill_beyond_the_ticks_period_makes_no_power():
    stand = Stand(now_ms=PERIOD_MS - 20_000)
    stand.seconds(40, 1)
    stand.now_ms += PERIOD_MS // 2 + 5000
    stand.meter.read()
    assert stand.meter.power_w == 0
    assert stand.seconds(2, 1)[-1] == 3600


@pytest.mark.parametrize("first", [0, 31_990, 0xFFFFF0, (1 << 30) - 5])
def test_no_count_loses_or_invents_a_pulse_as_it_wraps(first):
    rng = random.Random(first)
    stand = Stand(3200, first)
    pulses = 0
    for _ in range(COUNTER_READINGS):
        some = rng.randrange(30)
        stand.unit.count += some
        pulses += some
        stand.seconds(1)
        assert stand.energy_mwh == pulses * 10**6 // 3200


def test_what_stood_in_the_unit_at_the_start_is_no_energy():
    stand = Stand(count=500)
    stand.seconds(1)
    assert stand.energy_mwh == 0


def test_a_front_end_names_its_channels():
    assert PulseMeter.CHANNELS == ("import_mwh",)
    # ESP32 Technical Reference Manual, PCNT: filter of 10 bits at 80 MHz.
    assert HardwareCounter.FILTER_NS == 1023 * 1000 // 80
