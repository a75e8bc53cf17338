"""Stands in for a board's `machine` on MicroPython's unix port: pins without a chip behind them.

BENCH_PULSES="22:250" in the environment puts a pulse on GPIO 22 every 250 ms, while the board
idles (see time.py beside this file). BENCH_RCP="127.0.0.1:9000" has the UART wired to the radio
co-processor that listens there. No bus finds a device; there is no RTC.
"""

import os
import select
import socket

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
    """A line that ends nowhere, or at BENCH_RCP."""

    RTS = 1
    CTS = 2

    def __init__(self, number, baud, **settings):
        self._line = None
        host, _, port = (os.getenv("BENCH_RCP") or "").rpartition(":")
        if host:
            self._line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._line.connect(socket.getaddrinfo(host, int(port), 0, socket.SOCK_STREAM)[0][-1])
            self._line.setblocking(False)
            self._readable = select.poll()
            self._readable.register(self._line, select.POLLIN)

    def any(self):
        return 1 if self._line and self._readable.poll(0) else 0

    def readinto(self, buffer):
        return self._line.readinto(buffer) if self.any() else None

    def write(self, octets):
        return self._line.send(octets) if self._line else len(octets)


pulses = Pulses(os.getenv("BENCH_PULSES"))
