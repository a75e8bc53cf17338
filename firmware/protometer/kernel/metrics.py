"""What the kernel reports about itself: slices, lateness, failures, queues and heap."""

from array import array

from micropython import const

# Lateness is counted in buckets of 0, 1, 2-3, 4-7 ... ms; the last one takes all the rest.
_BUCKETS = const(16)


class Lateness:
    """A histogram of how late tasks ran, in doubling buckets of milliseconds."""

    def __init__(self):
        self._counts = array("I", bytes(4 * _BUCKETS))
        self.worst_ms = 0
        self._worst_since_asked_ms = 0

    def note(self, late_ms):
        """Count one run that was late_ms late (0 or more)."""
        if late_ms > self._worst_since_asked_ms:
            self._worst_since_asked_ms = late_ms
            if late_ms > self.worst_ms:
                self.worst_ms = late_ms
        bucket = 0
        while late_ms and bucket < _BUCKETS - 1:
            late_ms >>= 1
            bucket += 1
        self._counts[bucket] += 1

    def worst_since_asked_ms(self):
        """Return the worst lateness in ms since the last call."""
        worst_ms = self._worst_since_asked_ms
        self._worst_since_asked_ms = 0
        return worst_ms

    def percentile_ms(self, percent):
        """Return the upper edge, in ms, of the bucket that holds the given percentile."""
        total = 0
        for count in self._counts:
            total += count
        wanted = (total * percent + 99) // 100
        seen = 0
        for bucket in range(_BUCKETS - 1):
            seen += self._counts[bucket]
            if seen >= wanted:
                return (1 << bucket) - 1
        return self.worst_ms


class Metrics:
    """The kernel's figures; a task's own figures live in the task."""

    def __init__(self):
        self.lateness = Lateness()
        self.worst_slice_us = 0
        self.worst_slice_task = ""
        self.worst_collection_us = 0
        self.least_free_bytes = -1

    def note_slice(self, name, took_us):
        """Keep the longest slice and the task that took it."""
        if took_us > self.worst_slice_us:
            self.worst_slice_us = took_us
            self.worst_slice_task = name

    def note_collection(self, took_us, free_bytes):
        """Keep the longest garbage collection and the least free heap after one."""
        if took_us > self.worst_collection_us:
            self.worst_collection_us = took_us
        if self.least_free_bytes < 0 or free_bytes < self.least_free_bytes:
            self.least_free_bytes = free_bytes

    def report(self, tasks):
        """Return the figures as a dictionary of plain numbers; tasks: the scheduler's tasks."""
        by_task = {}
        for task in tasks:
            by_task[task.name] = {
                "runs": task.runs,
                "worst_us": task.worst_us,
                "failures": task.failures,
            }
        return {
            "worst_slice_us": self.worst_slice_us,
            "worst_slice_task": self.worst_slice_task,
            "late_p50_ms": self.lateness.percentile_ms(50),
            "late_p99_ms": self.lateness.percentile_ms(99),
            "late_worst_ms": self.lateness.worst_ms,
            "worst_collection_us": self.worst_collection_us,
            "least_free_bytes": self.least_free_bytes,
            "tasks": by_task,
        }
