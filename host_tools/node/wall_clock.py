"""The wall clock for a device that runs in real time, on CPython and MicroPython alike."""

import time

from protometer.kernel.clock import TickClock


def ticks_ms():
    """Return this runtime's millisecond counter."""
    if hasattr(time, "ticks_ms"):
        return time.ticks_ms()
    return time.monotonic_ns() // 1_000_000


def ticks_us():
    """Return this runtime's microsecond counter."""
    if hasattr(time, "ticks_us"):
        return time.ticks_us()
    return time.monotonic_ns() // 1000


def wall_clock(utc_s, sleep_ms):
    """Return a clock that goes on from utc_s, known, at the pace of the wall clock."""
    clock = TickClock(utc_s, ticks_ms, ticks_us, sleep_ms)
    clock.set_utc(utc_s)
    return clock
