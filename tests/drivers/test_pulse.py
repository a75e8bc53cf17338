"""The pulse input: its filter, its count and its power figure, edge by edge."""

import random

import pytest

from host_tools.node.pulse_input import PulseInput
from protometer.kernel.ticks import PERIOD_MS


class Pin:
    IRQ_FALLING = 1
    IRQ_RISING = 2

    def __init__(self):
        self.level = 0

    def value(self):
        return self.level

    def irq(self, handler, trigger):
        assert trigger == self.IRQ_FALLING | self.IRQ_RISING
        self.handler = handler


class Stand:
    """A pin, its time and the driver."""

    def __init__(self, pulses_per_kwh=1000, first_ms=0):
        self.pin = Pin()
        self.now_ms = first_ms
        self.driver = PulseInput(self.pin, lambda: self.now_ms % PERIOD_MS, pulses_per_kwh)

    def hold(self, level, ms):
        """Change to a level and hold it."""
        self.pin.level = level
        self.pin.handler(self.pin)
        self.now_ms += ms

    def pulses(self, count, high_ms=40, low_ms=60):
        for _ in range(count):
            self.hold(1, high_ms)
            self.hold(0, low_ms)

    def read(self):
        self.driver.read()
        return self.driver.import_mwh


# (levels held, in ms, beginning with low before the first rise; pulses counted; rejected)
FILTER = [
    ((10, 10), 1, 0),
    ((10, 9), 0, 1),
    ((9, 10), 0, 1),
    ((9, 9), 0, 1),
    # A spike of 2 ms in the low phase is no pulse and spoils none that comes 10 ms later.
    ((50, 2, 10, 40), 1, 1),
    # A dip of 2 ms in a pulse does not make two of it.
    ((50, 20, 2, 20), 1, 1),
    ((50, 40, 60, 40, 60, 40), 3, 0),
    # Chatter at the leading edge, at the trailing one, and at both.
    ((50, 1, 1, 40), 1, 1),
    ((50, 40, 1, 1, 60, 40), 2, 1),
    ((50, 1, 1, 40, 1, 1, 60, 1, 1, 40), 2, 3),
]


@pytest.mark.parametrize(("held", "counted", "rejected"), FILTER)
def test_filter(held, counted, rejected):
    stand = Stand()
    stand.now_ms += held[0]
    for index, ms in enumerate(held[1:]):
        stand.hold(1 - index % 2, ms)
    if len(held) % 2 == 0:
        stand.hold(0, 0)
    assert stand.read() == 1000 * counted
    assert stand.driver.counter.rejected == rejected


def test_counts_at_the_falling_edge_and_only_once():
    stand = Stand()
    stand.now_ms = 100
    stand.hold(1, 40)
    assert stand.read() == 0
    stand.hold(0, 0)
    assert stand.read() == 1000
    assert stand.read() == 0


def test_an_interrupt_without_a_change_of_level_is_nothing():
    stand = Stand()
    stand.now_ms = 100
    stand.hold(0, 5)
    stand.hold(1, 40)
    stand.hold(1, 1)
    stand.hold(0, 0)
    assert (stand.read(), stand.driver.counter.rejected) == (1000, 0)


def test_an_input_that_is_high_at_start_counts_its_falling_edge():
    pin = Pin()
    pin.level = 1
    now = [0]
    driver = PulseInput(pin, lambda: now[0])
    now[0] = 50
    pin.level = 0
    pin.handler(pin)
    driver.read()
    assert driver.import_mwh == 1000


@pytest.mark.parametrize("pulses_per_kwh", [1000, 3200, 800, 999, 2500])
def test_energy_is_exact_in_the_long_run(pulses_per_kwh):
    rng = random.Random(pulses_per_kwh)
    stand = Stand(pulses_per_kwh)
    stand.now_ms = 100
    pulses = energy_mwh = 0
    for _ in range(500):
        some = rng.randrange(20)
        stand.pulses(some)
        pulses += some
        energy_mwh += stand.read()
        assert energy_mwh == pulses * 10**6 // pulses_per_kwh


def test_the_interrupt_count_wraps_unseen():
    stand = Stand()
    stand.now_ms = 100
    stand.driver.counter._count = stand.driver._taken = 0xFFFFFE
    stand.pulses(5)
    assert stand.read() == 5000
    assert stand.driver.counter._count == 3


# (constant, interval ms, W): one pulse is 3.6e9 / constant mW s.
POWER = [
    (1000, 1000, 3600),
    (1000, 500, 7200),
    (1000, 36_000, 100),
    (3200, 500, 2250),
    (800, 1000, 4500),
    (1000, 7000, 514),
]


@pytest.mark.parametrize(("pulses_per_kwh", "interval_ms", "power_w"), POWER)
def test_power_of_a_steady_load(pulses_per_kwh, interval_ms, power_w):
    stand = Stand(pulses_per_kwh)
    stand.now_ms = 100
    for _ in range(3):
        stand.pulses(1, 40, interval_ms - 40)
    stand.hold(1, 40)
    stand.hold(0, 0)
    stand.read()
    assert stand.driver.power_w == power_w


def test_power_decays_after_the_load_is_gone_until_standstill():
    stand = Stand()
    stand.now_ms = 100
    stand.pulses(5, 40, 960)
    last_ms = stand.now_ms - 960
    for since_ms, power_w in (
        (1000, 3600),
        (2000, 1800),
        (36_000, 100),
        (3_599_999, 1),
        (3_600_000, 0),
        (3_700_000, 0),
    ):
        stand.now_ms = last_ms + since_ms
        stand.read()
        assert stand.driver.power_w == power_w, since_ms


def test_one_pulse_tells_no_power():
    """From the start, and after a standstill, there is no interval yet."""
    stand = Stand()
    stand.now_ms = 500
    stand.pulses(1)
    stand.read()
    assert stand.driver.power_w == 0
    stand.pulses(1)
    stand.read()
    assert stand.driver.power_w == 36_000


# Standstills about the half and the whole of the ticks' period (3.1 and 6.2 days).
STANDSTILLS_MS = (
    4_000_000,
    PERIOD_MS // 2 + 1000,
    PERIOD_MS - 5000,
    PERIOD_MS + 3000,
    3 * PERIOD_MS // 2,
    5 * PERIOD_MS + 7,
)


@pytest.mark.parametrize("standstill_ms", STANDSTILLS_MS)
def test_a_long_standstill_loses_no_pulse_and_makes_no_power(standstill_ms):
    stand = Stand(first_ms=PERIOD_MS - 77)
    stand.now_ms += 100
    stand.pulses(3)
    stand.read()
    end_ms = stand.now_ms + standstill_ms
    while stand.now_ms < end_ms:
        stand.now_ms = min(stand.now_ms + 3_000_000, end_ms)
        stand.read()
    stand.hold(1, 40)
    stand.hold(0, 0)
    assert stand.read() == 1000
    assert stand.driver.power_w == 0
    stand.now_ms += 960
    stand.hold(1, 40)
    stand.hold(0, 0)
    stand.read()
    assert stand.driver.power_w == 3600


@pytest.mark.parametrize("idle", [0, 1])
@pytest.mark.parametrize("bounces", [(1,), (1, 2), (3, 1, 4, 2)])
def test_a_hundred_pulses_that_bounce_at_every_edge_are_a_hundred(idle, bounces):
    stand = Stand()
    stand.hold(idle, 100)
    for _ in range(100):
        for level in (1 - idle, idle):
            for number, ms in enumerate(bounces):
                stand.hold(level if number % 2 == 0 else 1 - level, ms)
            stand.hold(level, 60)
    stand.hold(idle, 100)
    stand.hold(1 - idle, 0)
    assert stand.read() == 100 * 1000
