"""A pulse output counted on a pin: the LED or S0 output of a meter, or a bench generator.

Driver contract MeterFrontEnd: read() moves what came since the last read into `import_mwh` and
states `power_w`. A level that lasts less than the shortest time is noise and changes nothing; a
pulse counts when a long high ends that came after a long low. Nothing that passed the filter is
lost: the interrupt only counts, read() only takes the difference.

The interrupt handler runs when MicroPython comes to it: a pulse shorter than the longest pause, a
flash erase of some 60 ms included, may be missed.
"""

from micropython import const

from ...kernel.ticks import ticks_diff

_MWH_PER_KWH = const(1_000_000)
_W_MS_PER_WH = const(3_600_000)
# Below one pulse in this time the power reads 0.
_STANDSTILL_MS = const(3_600_000)
# Interrupt counters wrap here, well inside a small integer.
_WRAP = const(0xFFFFFF)


class PulseInput:
    """Counts the pulses on a pin that offers irq(handler, trigger) and value().

    pulses_per_kwh: the meter constant; ticks_ms: the kernel's ticks; shortest_ms: the filter.
    """

    def __init__(self, pin, ticks_ms, pulses_per_kwh=1000, shortest_ms=10):
        self._ticks_ms = ticks_ms
        self._pulses_per_kwh = pulses_per_kwh
        # What a constant such as 3,200 leaves over, in mWh / pulses_per_kwh.
        self._remainder = 0
        self._shortest_ms = shortest_ms
        self._edge_ms = ticks_ms()
        self._level = pin.value()
        # Whether a long high has been counted, and a long low is awaited before the next.
        self._high_counted = not self._level
        self._count = 0
        self._taken = 0
        self._fell_ms = self._edge_ms
        self._interval_ms = 0
        # No pulse to count an interval from: at start, and after a standstill.
        self._standing = True
        self.import_mwh = 0
        self.power_w = 0
        self.rejected = 0
        self._pin = pin
        pin.irq(self._on_edge, pin.IRQ_RISING | pin.IRQ_FALLING)

    def read(self):
        """Take the energy since the last read and work out the power of the moment."""
        count = self._count
        exact = ((count - self._taken) & _WRAP) * _MWH_PER_KWH + self._remainder
        self.import_mwh = exact // self._pulses_per_kwh
        self._remainder = exact % self._pulses_per_kwh
        self._taken = count
        self.power_w = self._power_w()

    def _on_edge(self, pin):
        # In an interrupt: integers only, nothing allocated.
        level = pin.value()
        if level == self._level:
            return
        now_ms = self._ticks_ms()
        lasted_ms = ticks_diff(now_ms, self._edge_ms)
        # Below 0: more than half the ticks' period, which is days.
        lasted = lasted_ms >= self._shortest_ms or lasted_ms < 0
        self._level = level
        self._edge_ms = now_ms
        if level:
            if lasted:
                self._high_counted = False
        elif lasted and not self._high_counted:
            self._high_counted = True
            self._interval_ms = 0 if self._standing else ticks_diff(now_ms, self._fell_ms)
            self._standing = False
            self._fell_ms = now_ms
            self._count = (self._count + 1) & _WRAP
        else:
            self.rejected += 1

    def _power_w(self):
        # One pulse in the last interval, or less than one since: whichever says less.
        if self._standing:
            return 0
        since_ms = ticks_diff(self._ticks_ms(), self._fell_ms)
        if not 0 <= since_ms < _STANDSTILL_MS:
            self._standing = True
            self._interval_ms = 0
            return 0
        if not self._interval_ms:
            return 0
        interval_ms = max(since_ms, self._interval_ms)
        return _W_MS_PER_WH // self._pulses_per_kwh * 1000 // interval_ms
