"""The cooperative scheduler: a heap of deadlines, with nothing allocated between two runs.

A task is an object's `poll(now_s, now_ms)`: it does a few milliseconds of work and returns the
milliseconds from now_ms to its next run, or None to sleep until it is woken. Tasks with the same
deadline run in the order in which they were added, so a run on a virtual clock is deterministic.
"""

from micropython import const

from .metrics import Metrics
from .stall import Stall
from .ticks import ticks_add, ticks_diff

_ASLEEP = const(-1)
_FIRST_BACK_OFF_MS = const(1_000)
_LONGEST_BACK_OFF_MS = const(60_000)
# A sleep is not cut short by an interrupt, so an idle chip looks for woken tasks this often.
_NAP_MS = const(5)


class Task:
    """One task, its deadline and its figures."""

    def __init__(self, name, poll, order, restart, is_slice):
        self.name = name
        self.poll = poll
        self.order = order
        self.restart = restart
        self.is_slice = is_slice
        self.due_ms = 0
        self.slot = _ASLEEP
        self.woken = False
        self.runs = 0
        self.worst_us = 0
        self.failures = 0
        self.last_failure = None
        self.back_off_ms = _FIRST_BACK_OFF_MS


class Scheduler:
    """Runs tasks at their deadlines on a clock of kernel.clock."""

    def __init__(self, clock):
        self.clock = clock
        self.metrics = Metrics()
        self.stall = Stall(clock.stopwatch_us)
        self.tasks = []
        self._heap = []
        self._any_woken = False

    def add(self, name, poll, first_ms=0, restart=False, is_slice=True):
        """Add a task that first runs first_ms from now, or sleeps if first_ms is None.

        restart: an exception puts the task off with a growing back-off instead of ending the
        run; for drivers, whose chips come and go. is_slice: count its runs among the slices.
        """
        task = Task(name, poll, len(self.tasks), restart, is_slice)
        self.tasks.append(task)
        if first_ms is not None:
            self._schedule(task, ticks_add(self.clock.ticks_ms(), first_ms))
        return task

    def each_second(self, name, step, offset_ms=0, restart=False):
        """Add a task that calls step(now_s) in every second of UTC, offset_ms after it began.

        restart: as for add().
        """
        clock = self.clock

        def poll(now_s, now_ms):
            wait_ms = (offset_ms - clock.ms_of_second() - 1) % 1000 + 1
            # The wait counts from now_ms, which may lie before the second was read.
            wait_ms += ticks_diff(clock.ticks_ms(), now_ms)
            step(now_s)
            return wait_ms

        return self.add(name, poll, (offset_ms - clock.ms_of_second()) % 1000, restart)

    def spawn(self, name, generator):
        """Run a long computation in slices: a generator that yields its wait in ms."""

        def poll(now_s, now_ms):
            try:
                return next(generator)
            except StopIteration:
                return None

        return self.add(name, poll)

    def wake(self, task):
        """Have a task run as soon as may be. Allocates nothing: safe in an interrupt."""
        task.woken = True
        self._any_woken = True

    def run_due(self):
        """Run all that is due; return the ms to the next deadline, or None if all sleep."""
        clock = self.clock
        while True:
            now_ms = clock.ticks_ms()
            if self._any_woken:
                self._admit_woken(now_ms)
            if not self._heap:
                return None
            task = self._heap[0]
            wait_ms = ticks_diff(task.due_ms, now_ms)
            if wait_ms > 0:
                return wait_ms
            self._run(task, now_ms, -wait_ms)

    def run(self, watchdog=None, longest_idle_ms=500):
        """Run forever on a TickClock.

        The watchdog is fed only after a pass in which every task met its deadline within the
        watchdog's `grace_ms`.
        """
        clock = self.clock
        while True:
            wait_ms = self.run_due()
            if watchdog:
                watchdog.feed(self.metrics.lateness)
            if wait_ms is None or wait_ms > longest_idle_ms:
                wait_ms = longest_idle_ms
            while wait_ms > 0 and not self._any_woken:
                clock.sleep_ms(min(wait_ms, _NAP_MS))
                wait_ms -= _NAP_MS

    def report(self):
        """Return the kernel's figures; see Metrics.report."""
        report = self.metrics.report(self.tasks)
        report["worst_stall_us"] = self.stall.longest_us
        return report

    def _run(self, task, now_ms, late_ms):
        self.metrics.lateness.note(late_ms)
        clock = self.clock
        stalled_us = self.stall.total_us
        began_us = clock.stopwatch_us()
        try:
            wait_ms = task.poll(clock.utc_s(), now_ms)
            task.back_off_ms = _FIRST_BACK_OFF_MS
        except Exception as failure:
            if not task.restart:
                raise
            wait_ms = self._put_off(task, failure)
        took_us = ticks_diff(clock.stopwatch_us(), began_us)
        # Flash that was written meanwhile is reported apart.
        took_us -= ticks_diff(self.stall.total_us, stalled_us)
        task.runs += 1
        if took_us > task.worst_us:
            task.worst_us = took_us
            if task.is_slice:
                self.metrics.note_slice(task.name, took_us)
        if wait_ms is None:
            self._remove(task)
        else:
            task.due_ms = ticks_add(now_ms, wait_ms)
            self._sift_down(task, task.slot)

    def _put_off(self, task, failure):
        task.failures += 1
        task.last_failure = failure
        wait_ms = task.back_off_ms
        task.back_off_ms = min(2 * wait_ms, _LONGEST_BACK_OFF_MS)
        return wait_ms

    def _admit_woken(self, now_ms):
        self._any_woken = False
        for task in self.tasks:
            if task.woken:
                task.woken = False
                self._schedule(task, now_ms)

    # The heap: each task knows its slot, so that a woken one moves without a search.

    def _schedule(self, task, due_ms):
        task.due_ms = due_ms
        if task.slot == _ASLEEP:
            task.slot = len(self._heap)
            self._heap.append(task)
        self._sift_down(task, self._sift_up(task))

    def _remove(self, task):
        heap = self._heap
        slot = task.slot
        last = heap.pop()
        task.slot = _ASLEEP
        if last is not task:
            heap[slot] = last
            last.slot = slot
            self._sift_down(last, self._sift_up(last))

    def _sift_up(self, task):
        heap = self._heap
        slot = task.slot
        while slot:
            parent = heap[(slot - 1) >> 1]
            if not _before(task, parent):
                break
            heap[slot] = parent
            parent.slot, slot = slot, parent.slot
        heap[slot] = task
        task.slot = slot
        return slot

    def _sift_down(self, task, slot):
        heap = self._heap
        size = len(heap)
        while True:
            child = 2 * slot + 1
            if child >= size:
                break
            least = heap[child]
            if child + 1 < size and _before(heap[child + 1], least):
                least = heap[child + 1]
            if not _before(least, task):
                break
            heap[slot] = least
            least.slot, slot = slot, least.slot
        heap[slot] = task
        task.slot = slot


def _before(task, other):
    wait_ms = ticks_diff(task.due_ms, other.due_ms)
    return wait_ms < 0 or (wait_ms == 0 and task.order < other.order)
