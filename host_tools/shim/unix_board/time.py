"""MicroPython's `time`, but pins change while it sleeps, as interrupts come on an idle board."""

import utime
from utime import *  # noqa: F403


def sleep_ms(ms):
    from machine import pulses

    until_ms = utime.ticks_add(utime.ticks_ms(), ms)
    while True:
        edge_ms = pulses.drive(utime.ticks_ms())
        left_ms = utime.ticks_diff(until_ms, utime.ticks_ms())
        if left_ms <= 0:
            return
        utime.sleep_ms(left_ms if edge_ms is None else min(left_ms, edge_ms))
