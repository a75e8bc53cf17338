"""Device time by counted primitives: the slices of the meter stay within 10 ms on an RP2040."""

import pytest

from host_tools.perf import COST_US, count, estimates

SLICE_US = 10_000
# A picture is drawn in several slices, of much the same length.
SLICES = {"draw page now, 5 slices": 5, "draw page cost, 4 slices": 4}


@pytest.fixture(scope="module")
def made():
    return {estimate.name: estimate for estimate in estimates()}


# A Command is worked out and committed in one piece: rare, and bounded.
COMMANDS = ("Set Tariff", "Write Configuration Data")
COMMAND_US = 30_000


# From the radio to the cluster's handler; its slices are rows of their own.
RECEIVED = ("radio to ZCL handler, 3 slices", "... under a link key, 3 slices")
RECEIVED_US = 25_000


def test_a_frame_is_taken_in_time(made):
    first, second, third = (
        made[name].rp2040_us
        for name in (
            "its first slice: MAC and NWK",
            "its second: APS",
            "its third: the answer",
        )
    )
    for name in RECEIVED:
        assert made[name].rp2040_us < RECEIVED_US, name
    # The slices are those of the whole way.
    assert abs(made[RECEIVED[1]].rp2040_us - first - second - third) < 1_000


def test_every_slice_is_short(made):
    for name, estimate in made.items():
        if name in COMMANDS:
            assert SLICE_US < estimate.rp2040_us < COMMAND_US, name
            continue
        if name in RECEIVED:
            continue
        assert estimate.rp2040_us / SLICES.get(name, 1) < SLICE_US, name


def test_counting_counts():
    """By hand: one firmware call, whose bytecodes are few and known in kind."""
    from protometer.kernel.ticks import ticks_add

    counted = count(lambda: ticks_add(1, 2))
    assert counted["call"] == 1
    assert counted["small add"] == 2
    assert counted["attribute load"] == 1
    assert set(counted) <= set(COST_US)
