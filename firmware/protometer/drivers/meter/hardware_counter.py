"""Counts pulses in an ESP32's pulse counter unit (PCNT), through MicroPython's machine.Counter.

The unit counts by itself up to 32,000, so no flash write loses a pulse. Its filter reaches 12.8
us: contacts that bounce for longer need a resistor and a capacitor.
"""

from micropython import const

from .counted_rate import CountedRate

_COUNT_MASK = const(0xFFFFFF)


class HardwareCounter:
    """Counts by a machine.Counter; see drivers/meter/pulse_meter.py for the contract."""

    # The longest that the unit filters: 1,023 cycles of 80 MHz.
    FILTER_NS = 12_787

    def __init__(self, counter, ticks_ms):
        self._counter = counter
        self._rate = CountedRate(ticks_ms, counter.value() & _COUNT_MASK)
        self.pulses = 1
        self.over_ms = 0

    def read(self):
        """Return the count, and work out the rate of the moment."""
        count = self._counter.value() & _COUNT_MASK
        rate = self._rate
        rate.follow(count)
        self.pulses = rate.pulses
        self.over_ms = rate.over_ms
        return count
