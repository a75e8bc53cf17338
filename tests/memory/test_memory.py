"""The heap: nothing allocated by the one-second step, nothing growing over hours, the budget."""

from datetime import timedelta
from pathlib import Path

import pytest

from host_tools.desk.demo import Demo, Options
from host_tools.desk.story import STORIES, load_story
from host_tools.scenarios import missing
from host_tools.size import ROLES, budgets, excesses, measure
from tests import samples
from tests.on_runtimes import printed

pytestmark = pytest.mark.untraced

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


def _heap_by_hour(folder, hours, monkeypatch):
    _needs("wasm")
    _needs("unix")
    log = folder / "heap.log"
    options = Options(folder=folder, meter_runtime="wasm", heap_log=log)
    story = load_story(STORIES / "winter.json")
    end = story.start_utc + timedelta(hours=hours)
    monkeypatch.setattr(type(story), "end_utc", lambda self, days: end)
    outcome = Demo(story, options, lambda *_: None, lambda *_: None).run()
    assert outcome.differences == []
    return [int(line.split()[1]) for line in log.read_text().splitlines()]


def _assert_flat(octets, hours):
    # The first entry is the minute before midnight, the second the first hour.
    assert len(octets) == hours + 1
    second_hour = octets[2]
    assert max(octets[2:]) <= second_hour + SLACK_BYTES


def test_the_meters_heap_does_not_grow_over_hours_of_the_demonstration(tmp_path, monkeypatch):
    hours = samples.HEAP_HOURS
    _assert_flat(_heap_by_hour(tmp_path, hours, monkeypatch), hours)


@pytest.mark.soak
def test_the_meters_heap_does_not_grow_over_a_week(tmp_path, monkeypatch):
    hours = samples.HEAP_HOURS_FULL
    _assert_flat(_heap_by_hour(tmp_path, hours, monkeypatch), hours)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_stays_within_its_budget(role, tmp_path):
    _needs("wasm")
    size = measure(role, tmp_path)
    assert excesses(size) == []
    # A budget that nothing comes near would hold nothing.
    for name, limit in budgets("held")[role].items():
        assert getattr(size, name) > limit * 3 // 4
