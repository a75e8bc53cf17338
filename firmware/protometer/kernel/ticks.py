"""Millisecond ticks that wrap, for short intervals only.

The period is 2**29 ms (6.2 days), so that every sum and difference stays a small integer on a
32-bit board. Intervals must be shorter than half of it.
"""

from micropython import const

PERIOD_MS = const(0x2000_0000)
_MASK = const(0x1FFF_FFFF)
_HALF = const(0x1000_0000)


def ticks_add(ticks_ms, delta_ms):
    """Return the tick delta_ms after (or, negative, before) a tick."""
    return (ticks_ms + delta_ms) & _MASK


def ticks_diff(later_ms, earlier_ms):
    """Return later - earlier in ms, signed, across the wrap."""
    return ((later_ms - earlier_ms + _HALF) & _MASK) - _HALF
