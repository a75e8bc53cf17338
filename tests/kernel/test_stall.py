"""Stalls: parked, measured, and kept apart from the slices."""

import pytest

from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.kernel.stall import UNWATCHED, Stall


class Device:
    def __init__(self):
        self.told = []

    def park(self):
        self.told.append("park")

    def resume(self):
        self.told.append("resume")


class Watch:
    """A stopwatch of microseconds that tests move on; it wraps as time.ticks_us does."""

    def __init__(self, now_us=0):
        self.now_us = now_us

    def __call__(self):
        return self.now_us % (1 << 30)


def test_devices_are_parked_for_as_long_as_the_stall_lasts():
    stall, first, second = Stall(Watch()), Device(), Device()
    stall.register(first)
    stall.register(second)
    with stall:
        assert (first.told, second.told) == (["park"], ["park"])
    assert (first.told, second.told) == (["park", "resume"],) * 2


def test_a_write_that_fails_resumes_all_the_same_and_still_fails():
    stall, device = Stall(Watch()), Device()
    stall.register(device)
    with pytest.raises(OSError), stall:
        raise OSError(5)
    assert device.told == ["park", "resume"]


@pytest.mark.parametrize("first_us", [0, (1 << 29) - 10_000, (1 << 30) - 10_000])
def test_the_longest_is_kept_over_wraps_of_the_stopwatch(first_us):
    watch = Watch(first_us)
    stall = Stall(watch)
    for lasting_us in (700, 45_000, 1_400):
        with stall:
            watch.now_us += lasting_us
        watch.now_us += 3_000_000
    assert (stall.longest_us, stall.total_us) == (45_000, 47_100)


def test_a_slice_does_not_pay_for_the_stall_in_it():
    watch = Watch()
    scheduler = Scheduler(VirtualClock(0, watch))

    def metering(now_s, now_ms):
        watch.now_us += 2_000
        with scheduler.stall:
            watch.now_us += 45_000
        watch.now_us += 300

    def other(now_s, now_ms):
        watch.now_us += 900

    scheduler.add("metering", metering)
    scheduler.add("other", other)
    scheduler.run_due()
    report = scheduler.report()
    assert (report["worst_slice_us"], report["worst_slice_task"]) == (2_300, "metering")
    assert report["worst_stall_us"] == 45_000
    assert report["tasks"]["other"]["worst_us"] == 900


def test_a_driver_without_a_stall_of_its_own_parks_nothing():
    with UNWATCHED:
        pass
    assert UNWATCHED.longest_us == 0
