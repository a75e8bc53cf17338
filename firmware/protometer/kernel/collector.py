"""Collects garbage between slices, so that no slice pays for it, and reports the pause."""

import gc

from micropython import const

from .ticks import ticks_diff

_PERIOD_MS = const(60_000)


class Collector:
    """A task: a full collection a minute, timed apart from the slices."""

    def __init__(self, metrics, stopwatch_us):
        self._metrics = metrics
        self._stopwatch_us = stopwatch_us

    def poll(self, now_s, now_ms):
        """Collect; return the ms to the next collection."""
        began_us = self._stopwatch_us()
        gc.collect()
        took_us = ticks_diff(self._stopwatch_us(), began_us)
        self._metrics.note_collection(took_us, gc.mem_free())
        return _PERIOD_MS
