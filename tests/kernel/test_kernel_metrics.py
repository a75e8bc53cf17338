"""Metrics, the ring, the watchdog, the collector and the asyncio host."""

import asyncio
import gc
import math
import random

import pytest

from protometer.kernel.asyncio_host import host
from protometer.kernel.clock import VirtualClock
from protometer.kernel.collector import Collector
from protometer.kernel.metrics import Lateness, Metrics
from protometer.kernel.ring import Ring
from protometer.kernel.scheduler import Scheduler
from protometer.kernel.watchdog import Watchdog


def upper_edge(late_ms):
    """The top of the doubling bucket that holds late_ms: 0, 1, 3, 7, 15 ..."""
    return (1 << late_ms.bit_length()) - 1


@pytest.mark.parametrize("percent", [1, 50, 90, 99, 100])
def test_percentiles_are_the_edge_above_the_true_ones(percent):
    rng = random.Random(percent)
    lateness = Lateness()
    noted = [int(rng.expovariate(0.02)) for _ in range(997)]
    for late_ms in noted:
        lateness.note(late_ms)
    true = sorted(noted)[math.ceil(len(noted) * percent / 100) - 1]
    assert lateness.percentile_ms(percent) == upper_edge(true)
    assert lateness.worst_ms == max(noted)


def test_lateness_of_nothing_and_of_more_than_the_last_bucket():
    lateness = Lateness()
    assert lateness.percentile_ms(99) == 0
    lateness.note(1_000_000)
    assert lateness.percentile_ms(50) == 1_000_000


def test_worst_lateness_since_asked_starts_over_and_the_worst_stays():
    lateness = Lateness()
    lateness.note(30)
    lateness.note(20)
    assert lateness.worst_since_asked_ms() == 30
    assert lateness.worst_since_asked_ms() == 0
    lateness.note(10)
    assert lateness.worst_since_asked_ms() == 10
    assert lateness.worst_ms == 30


def test_watchdog_goes_unfed_after_a_late_pass_only():
    fed = []
    watchdog = Watchdog(lambda: fed.append(1), grace_ms=100)
    lateness = Lateness()
    for late_ms, feeds in ((0, 1), (100, 2), (101, 2), (5, 3)):
        lateness.note(late_ms)
        watchdog.feed(lateness)
        assert len(fed) == feeds
    assert watchdog.unfed == 1


def test_ring_refuses_the_newest_and_counts_it():
    rng = random.Random(3)
    ring = Ring(5)
    model, refused, high = [], 0, 0
    for number in range(2000):
        if rng.random() < 0.55:
            room = len(model) < 5
            assert ring.put(number) is room
            if room:
                model.append(number)
            refused += not room
        else:
            assert ring.take() == (model.pop(0) if model else None)
        high = max(high, len(model))
        assert len(ring) == len(model)
    assert (ring.discarded, ring.high_water) == (refused, high)
    assert refused > 0


def test_ring_lets_go_of_what_was_taken():
    ring = Ring(2)
    ring.put(b"frame")
    ring.take()
    assert ring._entries == [None, None]


def test_collector_collects_once_a_minute_and_reports(monkeypatch):
    monkeypatch.setattr(gc, "mem_free", iter((9000, 7000, 8000)).__next__, raising=False)
    metrics = Metrics()
    readings = iter((0, 500, 1000, 9000, 20_000, 21_000))
    collector = Collector(metrics, lambda: next(readings))
    for _ in range(3):
        assert collector.poll(0, 0) == 60_000
    assert (metrics.worst_collection_us, metrics.least_free_bytes) == (8000, 7000)


def test_collector_times_over_the_wrap_of_the_stopwatch(monkeypatch):
    monkeypatch.setattr(gc, "mem_free", lambda: 1, raising=False)
    metrics = Metrics()
    readings = iter(((1 << 30) - 300, 700))
    Collector(metrics, lambda: next(readings)).poll(0, 0)
    assert metrics.worst_collection_us == 1000


def test_asyncio_hosts_the_kernel_beside_other_coroutines():
    class Loop(VirtualClock):
        """Each look at the ticks is a millisecond later."""

        def ticks_ms(self):
            self.advance(1)
            return super().ticks_ms()

    scheduler = Scheduler(Loop(0, lambda: 0))
    ran, others = [], []
    scheduler.add("a", lambda now_s, now_ms: ran.append(now_ms) or 2)

    async def other():
        while len(ran) < 5:
            others.append(len(ran))
            await asyncio.sleep(0)

    async def both():
        hosted = asyncio.create_task(host(scheduler, longest_idle_ms=1))
        await asyncio.wait_for(other(), 10)
        hosted.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hosted

    asyncio.run(both())
    assert len(ran) >= 5
    assert others


def test_asyncio_host_idles_when_every_task_sleeps():
    scheduler = Scheduler(VirtualClock(0, lambda: 0))

    async def idle():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(host(scheduler, longest_idle_ms=1), 0.02)

    asyncio.run(idle())
