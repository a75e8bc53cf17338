"""Time that passes, as against a clock that is set."""

from protometer.model.stopwatch import Stopwatch


def test_seconds_pass_but_a_clock_that_is_set_is_one_second():
    watch = Stopwatch()
    laps = [1000, 1001, 1004, 1004, 1064, 1125, 5000, 4999, 5000, 0, 60]
    assert [watch.lap_s(at_s) for at_s in laps] == [0, 1, 3, 0, 60, 1, 1, 1, 1, 1, 60]
