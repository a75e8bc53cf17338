"""The heap: nothing allocated by the one-second step, nothing growing over a day, the budget."""

from pathlib import Path

import pytest

from host_tools.desk.demo import Demo, Options
from host_tools.desk.story import STORIES, load_story
from host_tools.scenarios import missing
from host_tools.size import ROLES, budgets, excesses, measure
from tests import samples
from tests.on_runtimes import printed

STEPS = Path(__file__).parent / "step_allocation.py"
# Of each run: the kWh it began with, whether the scheduler ran it, octets allocated, Wh at the
# end: 1 Wh in hand, 7 to warm up and 600 counted.
NOTHING_ALLOCATED = [
    "0 False (0, 1608)",
    "0 True (0, 1608)",
    "99999 False (0, 100000608)",
    "99999 True (0, 100000608)",
]
VARIANTS = Path(__file__).parent / "variant_step_allocation.py"
# Octets, and the Wh of import and export: of 610 seconds and five Commands, six with two tariffs.
NOTHING_OF_VARIANTS = ["E (0, 1229, 308)", "ETLB (0, 1231, 308)", "EPLB (0, 1229, 308)"]
SLACK_BYTES = 256


def _needs(runtime):
    reason = missing(runtime)
    if reason:
        pytest.skip(reason)


@pytest.mark.parametrize("runtime", ["unix", "wasm"])
def test_the_one_second_step_allocates_nothing(runtime):
    assert printed(runtime, STEPS) == NOTHING_ALLOCATED


@pytest.mark.parametrize("runtime", ["unix", "wasm"])
def test_the_second_of_the_largest_variants_allocates_nothing(runtime):
    assert printed(runtime, VARIANTS) == NOTHING_OF_VARIANTS


def _heap_by_hour(folder, days):
    _needs("wasm")
    _needs("unix")
    log = folder / "heap.log"
    options = Options(days=days, folder=folder, meter_runtime="wasm", heap_log=log)
    story = load_story(STORIES / "winter.json")
    outcome = Demo(story, options, lambda *_: None, lambda *_: None).run()
    assert outcome.differences == []
    return [int(line.split()[1]) for line in log.read_text().splitlines()]


def _assert_flat(octets, days):
    # The first entry is the minute before midnight, the second the first hour.
    assert len(octets) == 24 * days + 1
    second_hour = octets[2]
    assert max(octets[2:]) <= second_hour + SLACK_BYTES


def test_the_meters_heap_does_not_grow_over_the_demonstrations_day(tmp_path):
    _assert_flat(_heap_by_hour(tmp_path, samples.HEAP_DAYS), samples.HEAP_DAYS)


@pytest.mark.soak
def test_the_meters_heap_does_not_grow_over_a_week(tmp_path):
    _assert_flat(_heap_by_hour(tmp_path, samples.HEAP_DAYS_FULL), samples.HEAP_DAYS_FULL)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_stays_within_its_budget(role, tmp_path):
    _needs("wasm")
    size = measure(role, tmp_path)
    assert excesses(size) == []
    # A budget that nothing comes near would hold nothing.
    for name, limit in budgets("held")[role].items():
        assert getattr(size, name) > limit * 3 // 4
