"""A pulse output counted by interrupts, as the desk's electricity meters have it."""

from protometer.drivers.meter.interrupt_counter import InterruptCounter
from protometer.drivers.meter.pulse_meter import PulseMeter


class PulseInput(PulseMeter):
    """A PulseMeter on a pin; ticks_ms and shortest_ms as InterruptCounter has them."""

    def __init__(self, pin, ticks_ms, pulses_per_kwh=1000, shortest_ms=10):
        super().__init__(InterruptCounter(pin, ticks_ms, shortest_ms), pulses_per_kwh)
