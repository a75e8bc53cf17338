"""A pulse output counted by interrupts: pin, counter and energy in one, as the desk uses it."""

from .interrupt_counter import InterruptCounter
from .pulse_meter import PulseMeter


class PulseInput(PulseMeter):
    """A PulseMeter on a pin; ticks_ms and shortest_ms as InterruptCounter has them."""

    def __init__(self, pin, ticks_ms, pulses_per_kwh=1000, shortest_ms=10):
        super().__init__(InterruptCounter(pin, ticks_ms, shortest_ms), pulses_per_kwh)
