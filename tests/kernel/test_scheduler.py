"""The scheduler against a sorted list of deadlines, and each promise of its docstrings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protometer.kernel.clock import TickClock, VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.kernel.ticks import PERIOD_MS, ticks_add, ticks_diff
from protometer.kernel.watchdog import Watchdog
from tests.samples import SCHEDULER_SAMPLES

START_S = 700_000_000


def no_stopwatch():
    return 0


def virtual():
    return VirtualClock(START_S, no_stopwatch)


class Model:
    """The specification: (deadline, order) of every task that is awake, in a plain list."""

    def __init__(self):
        self.due = {}

    def run_due(self, now, waits, woken, ran):
        for order in woken:
            self.due[order] = now
        woken.clear()
        while self.due:
            deadline, order = min((at, order) for order, at in self.due.items())
            if deadline > now:
                return deadline - now
            ran.append((order, now))
            wait = waits[order].pop(0) if waits[order] else None
            if wait is None:
                del self.due[order]
            else:
                self.due[order] = now + wait
        return None


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.one_of(st.none(), st.integers(0, 5))),
        st.tuples(st.just("wake"), st.integers(0, 20)),
        st.tuples(st.just("advance"), st.integers(0, 7)),
    ),
    max_size=60,
)


@settings(max_examples=SCHEDULER_SAMPLES, deadline=None)
@given(
    steps,
    st.lists(st.lists(st.one_of(st.none(), st.integers(0, 4)), max_size=20), max_size=60),
    st.sampled_from((0, PERIOD_MS - 5, PERIOD_MS // 2 - 5)),
)
def test_runs_what_a_sorted_list_would_run(script, waits, first_tick):
    clock = virtual()
    clock.advance(first_tick)
    scheduler = Scheduler(clock)
    model = Model()
    ours, theirs, tasks, our_waits, their_waits, woken = [], [], [], [], [], set()
    elapsed_ms = [0]
    for verb, number in script:
        if verb == "add":
            order = len(tasks)
            chosen = list(waits[order]) if order < len(waits) else []
            our_waits.append(list(chosen))
            their_waits.append(list(chosen))

            def poll(now_s, now_ms, order=order):
                ours.append((order, elapsed_ms[0]))
                return our_waits[order].pop(0) if our_waits[order] else None

            tasks.append(scheduler.add(str(order), poll, number))
            if number is not None:
                model.due[order] = elapsed_ms[0] + number
        elif verb == "wake" and tasks:
            scheduler.wake(tasks[number % len(tasks)])
            woken.add(number % len(tasks))
        elif verb == "advance":
            clock.advance(number)
            elapsed_ms[0] += number
            assert scheduler.run_due() == model.run_due(elapsed_ms[0], their_waits, woken, theirs)
            assert ours == theirs
    heap = scheduler._heap
    assert [task.slot for task in heap] == list(range(len(heap)))
    assert all(task.slot == -1 for task in tasks if task not in heap)


def test_same_deadline_runs_in_order_of_adding():
    scheduler = Scheduler(virtual())
    ran = []
    for name in "cabed":
        scheduler.add(name, lambda now_s, now_ms, name=name: ran.append(name), 3)
    assert scheduler.run_due() == 3
    scheduler.clock.advance(3)
    assert scheduler.run_due() is None
    assert ran == list("cabed")


def test_deadlines_pass_over_the_wrap_of_ticks():
    clock = virtual()
    clock.advance(PERIOD_MS - 10)
    scheduler = Scheduler(clock)
    at = []
    scheduler.add("a", lambda now_s, now_ms: at.append(now_ms) or 7)
    for _ in range(30):
        scheduler.run_due()
        clock.advance(1)
    assert at == [PERIOD_MS - 10, PERIOD_MS - 3, 4, 11, 18]


def test_waking_early_replaces_the_deadline():
    clock = virtual()
    scheduler = Scheduler(clock)
    ran = []
    task = scheduler.add("a", lambda now_s, now_ms: ran.append(now_ms) or 100, 50)
    clock.advance(10)
    scheduler.wake(task)
    assert scheduler.run_due() == 100
    clock.advance(40)
    assert scheduler.run_due() == 60
    assert ran == [10]


def test_a_task_that_wakes_another_and_itself_runs_both_in_this_pass():
    scheduler = Scheduler(virtual())
    ran = []

    def first(now_s, now_ms):
        ran.append("first")
        if len(ran) == 1:
            scheduler.wake(second)
            scheduler.wake(task)

    second = scheduler.add("second", lambda now_s, now_ms: ran.append("second"), None)
    task = scheduler.add("first", first)
    assert scheduler.run_due() is None
    assert ran == ["first", "second", "first"]


def test_a_poll_may_add_tasks():
    scheduler = Scheduler(virtual())
    ran = []

    def parent(now_s, now_ms):
        scheduler.add("child", lambda now_s, now_ms: ran.append("child"))
        ran.append("parent")
        return 5

    scheduler.add("parent", parent)
    assert scheduler.run_due() == 5
    assert ran == ["parent", "child"]


def test_a_failing_driver_comes_back_with_growing_back_off_and_others_go_on():
    clock = virtual()
    scheduler = Scheduler(clock)
    tries, beats = [], []
    broken = True

    def driver(now_s, now_ms):
        tries.append(now_ms)
        if broken:
            raise OSError(5)
        return 1_000_000

    task = scheduler.add("driver", driver, restart=True)
    scheduler.add("beat", lambda now_s, now_ms: beats.append(now_ms) or 1000)
    for _ in range(400):
        scheduler.run_due()
        clock.advance(1000)
    # 1 s, doubling, at most a minute.
    gaps = [later - earlier for earlier, later in zip(tries, tries[1:], strict=False)]
    assert gaps == [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000, 60000, 60000]
    assert len(beats) == 400
    assert task.failures == len(tries)
    assert isinstance(task.last_failure, OSError)
    broken = False
    clock.advance(60_000)
    scheduler.run_due()
    assert task.back_off_ms == 1000


def test_a_failing_task_that_is_no_driver_ends_the_run():
    scheduler = Scheduler(virtual())

    def fail(now_s, now_ms):
        raise KeyError("x")

    scheduler.add("metering", fail)
    with pytest.raises(KeyError):
        scheduler.run_due()


def test_each_second_runs_at_the_beginning_of_every_second():
    clock = virtual()
    clock.advance(250)
    scheduler = Scheduler(clock)
    begun, offset = [], []
    scheduler.each_second("a", lambda now_s: begun.append((now_s, clock.ms_of_second())))
    scheduler.each_second("b", lambda now_s: offset.append((now_s, clock.ms_of_second())), 500)
    for _ in range(5):
        wait = scheduler.run_due()
        clock.advance(wait)
    scheduler.run_due()
    assert begun == [(START_S + n, 0) for n in (1, 2)]
    assert offset == [(START_S + n, 500) for n in (0, 1, 2)]


class Restless:
    """A board's tick source that moves on by a millisecond whenever somebody looks."""

    def __init__(self):
        self.now = 0

    def ticks_ms(self):
        self.now += 1
        return self.now

    def sleep_ms(self, ms):
        self.now += ms


def test_each_second_is_stepped_once_although_reading_the_clock_takes_time():
    source = Restless()
    clock = TickClock(START_S, source.ticks_ms, no_stopwatch, source.sleep_ms)
    scheduler = Scheduler(clock)
    seconds = []
    scheduler.each_second("step", seconds.append)
    for _ in range(200):
        clock.sleep_ms(scheduler.run_due())
    assert len(seconds) > 100
    assert seconds == list(range(seconds[0], seconds[0] + len(seconds)))


def test_spawned_computation_runs_in_slices_and_sleeps_at_its_end():
    clock = virtual()
    scheduler = Scheduler(clock)
    done = []

    def computation():
        for part in range(3):
            done.append(part)
            yield 2

    task = scheduler.spawn("long", computation())
    assert scheduler.run_due() == 2
    assert done == [0]
    for _ in range(3):
        clock.advance(2)
        scheduler.run_due()
    assert done == [0, 1, 2]
    assert scheduler.run_due() is None
    assert task.runs == 4


def test_report_names_the_longest_slice():
    clock = virtual()
    readings = iter((0, 40, 100, 1100, 2000, 2010))
    clock.stopwatch_us = lambda: next(readings)
    scheduler = Scheduler(clock)
    scheduler.add("short", lambda now_s, now_ms: None)
    scheduler.add("long", lambda now_s, now_ms: None)
    scheduler.add("other", lambda now_s, now_ms: None)
    scheduler.run_due()
    report = scheduler.report()
    assert (report["worst_slice_us"], report["worst_slice_task"]) == (1000, "long")
    assert report["tasks"]["short"] == {"runs": 1, "worst_us": 40, "failures": 0}
    assert report["late_worst_ms"] == 0


class Stop(Exception):
    """Ends the endless run of a test."""


def test_run_feeds_the_watchdog_only_while_tasks_are_on_time():
    now, fed, slept = [0], [], []

    def sleep_ms(ms):
        slept.append(ms)
        now[0] += ms
        if now[0] >= 12_000:
            raise Stop

    clock = TickClock(START_S, lambda: now[0], no_stopwatch, sleep_ms)
    scheduler = Scheduler(clock)
    runs = []

    def hog(now_s, now_ms):
        runs.append(now_ms)
        if len(runs) == 3:
            now[0] += 5000
        return 1000

    scheduler.add("hog", hog)
    scheduler.add("other", lambda now_s, now_ms: 700)
    watchdog = Watchdog(lambda: fed.append(now[0]), grace_ms=1000)
    with pytest.raises(Stop):
        scheduler.run(watchdog, longest_idle_ms=400)
    assert watchdog.unfed == 1
    # Fed at least every 400 ms, but for the 5 s that the hog took and the pass after it.
    gaps = [later - earlier for earlier, later in zip(fed, fed[1:], strict=False)]
    assert sorted(gaps)[-2] <= 400
    assert 5000 <= max(gaps) <= 5800
    # Asleep it looks for woken tasks every few milliseconds.
    assert max(slept) == 5
    assert scheduler.metrics.lateness.worst_ms >= 4000


def test_run_does_not_sleep_when_an_interrupt_came_and_idles_with_nothing_to_do():
    now, slept = [0], []

    def sleep_ms(ms):
        slept.append(ms)
        now[0] += ms
        if len(slept) == 2:
            raise Stop

    clock = TickClock(START_S, lambda: now[0], no_stopwatch, sleep_ms)
    scheduler = Scheduler(clock)
    ran = []
    task = scheduler.add("sleeper", lambda now_s, now_ms: ran.append(now_ms), None)

    class Interrupt:
        def __init__(self):
            self.passes = 0

        def feed(self, lateness):
            self.passes += 1
            if self.passes == 1:
                scheduler.wake(task)

    with pytest.raises(Stop):
        scheduler.run(Interrupt())
    assert ran == [0]
    assert slept == [5, 5]


@pytest.mark.parametrize(
    ("later", "earlier", "difference"),
    [
        (5, 3, 2),
        (3, 5, -2),
        (2, PERIOD_MS - 3, 5),
        (PERIOD_MS - 3, 2, -5),
        (PERIOD_MS // 2 - 1, 0, PERIOD_MS // 2 - 1),
    ],
)
def test_tick_arithmetic(later, earlier, difference):
    assert ticks_diff(later, earlier) == difference
    assert ticks_add(earlier, difference) == later
