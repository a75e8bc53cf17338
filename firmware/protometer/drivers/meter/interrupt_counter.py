"""Counts pulses by interrupts, with a filter in software; for chips with nothing better.

A level that lasts less than the shortest time is noise and changes nothing; a pulse counts when a
long high ends that came after a long low. The interrupt only counts.

The handler runs when MicroPython comes to it: a pulse shorter than the longest pause, a flash
erase of some 45 ms included, is lost. See drivers/meter/pulse_meter.py for the contract.
"""

from micropython import const

from ...kernel.ticks import ticks_diff

# Below one pulse in this time there is no rate.
_STANDSTILL_MS = const(3_600_000)
_COUNT_MASK = const(0xFFFFFF)


class InterruptCounter:
    """Counts on a pin that offers irq(handler, trigger) and value().

    ticks_ms: the kernel's ticks; shortest_ms: the filter.
    """

    pulses = 1

    def __init__(self, pin, ticks_ms, shortest_ms=10):
        self._ticks_ms = ticks_ms
        self._shortest_ms = shortest_ms
        self._edge_ms = ticks_ms()
        self._level = pin.value()
        # Whether a long high has been counted, and a long low is awaited before the next.
        self._high_counted = not self._level
        self._count = 0
        self._fell_ms = self._edge_ms
        self._interval_ms = 0
        # No pulse to count an interval from: at start, and after a standstill.
        self._standing = True
        self.over_ms = 0
        self.rejected = 0
        self._pin = pin
        pin.irq(self._on_edge, pin.IRQ_RISING | pin.IRQ_FALLING)

    def read(self):
        """Return the count, and work out the rate of the moment."""
        self.over_ms = self._over_ms()
        return self._count

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
            self._count = (self._count + 1) & _COUNT_MASK
        else:
            self.rejected += 1

    def _over_ms(self):
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
        return max(since_ms, self._interval_ms)
