"""Stands in for a board's `machine` on MicroPython's unix port: pins without a chip behind them.

BENCH_PULSES="22:250" in the environment puts a pulse on GPIO 22 every 250 ms, while the board
idles (see time.py beside this file). No bus and no UART finds a device; there is no RTC.
"""

import os

from umachine import *  # noqa: F403


class Pin:
    IN = 0
    OUT = 1
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(self, number, mode=IN, pull=None):
        self._number = number
        self._level = 1 if pull == self.PULL_UP else 0
        self._handler = None
        self._trigger = 0

    def value(self, level=None):
        if level is None:
            return self._level
        self._level = level
        return None

    def irq(self, handler, trigger):
        self._handler = handler
        self._trigger = trigger
        if pulses.number == self._number:
            pulses.pin = self

    def drive(self, level):
        if level != self._level:
            self._level = level
            edge = self.IRQ_RISING if level else self.IRQ_FALLING
            if self._trigger & edge:
                self._handler(self)


class Pulses:
    """A bench generator: pulses of HIGH_MS, one every period_ms, on the pin that has it."""

    HIGH_MS = 40

    def __init__(self, text):
        number, period = text.split(":") if text else ("-1", "1000")
        self.number = int(number)
        self.period_ms = int(period)
        self.pin = None

    def drive(self, now_ms):
        """Give the level of this moment; return the ms to the next edge, or None."""
        if self.pin is None:
            return None
        into_ms = now_ms % self.period_ms
        high = into_ms < self.HIGH_MS
        self.pin.drive(1 if high else 0)
        return (self.HIGH_MS if high else self.period_ms) - into_ms


class I2C:
    def __init__(self, number, sda=None, scl=None, freq=400_000):
        pass

    def writeto(self, address, octets):
        raise OSError(5)

    def writevto(self, address, buffers):
        raise OSError(5)


class UART:
    RTS = 1
    CTS = 2

    def __init__(self, number, baud, **settings):
        pass

    def any(self):
        return 0

    def readinto(self, buffer):
        return None

    def write(self, octets):
        return len(octets)


pulses = Pulses(os.getenv("BENCH_PULSES"))
