"""The gas meter's heap: nothing allocated by its second, level over days and over a week."""

import os
import subprocess
from pathlib import Path
from statistics import median

import pytest

from host_tools.desk.devices import HEAP, ROOT, micropython
from host_tools.scenarios import missing
from tests import samples
from tests.on_runtimes import printed

pytestmark = pytest.mark.untraced

HERE = Path(__file__).parent
STEPS = HERE / "gas_step_allocation.py"
WEEK = HERE / "gas_week.py"
# Of each run: the m3 it began with, whether the scheduler ran it, octets allocated, litres at the
# end: 990 in hand, and pulses of 10 in 70 seconds to warm up and in 600 counted, but for the last.
NOTHING_ALLOCATED = [
    "0 False (0, 7680)",
    "0 True (0, 7680)",
    "99999 False (0, 100006680)",
    "99999 True (0, 100006680)",
]
SLACK_BYTES = 256
# Collects as often as a board does (host_tools/boards/bundle.py).
ON_UNIX = """
import gc
gc.threshold(32_768)
from tests.memory.gas_week import hour
for _ in range(%d):
    hour()
    gc.collect()
    print(gc.mem_alloc())
"""


@pytest.mark.parametrize("runtime", ["unix", "wasm"])
def test_the_gas_meters_second_allocates_nothing(runtime):
    assert printed(runtime, STEPS) == NOTHING_ALLOCATED


def _heap_by_hour(runtime, hours):
    if missing(runtime):
        pytest.skip(missing(runtime))
    commands = {
        "unix": [micropython(), "-X", f"heapsize={HEAP}", "-c", ON_UNIX % hours],
        "wasm": ["node", ROOT / "host_tools/wasm/heap.mjs", WEEK, str(hours)],
    }
    done = subprocess.run(
        commands[runtime],
        cwd=ROOT,
        env={**os.environ, "MICROPYPATH": f"{ROOT}:{ROOT / 'firmware'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [int(line) for line in done.stdout.splitlines()]


def _assert_level(octets, hours):
    """The middle of the second half against that of the first.

    Single hours stick out where a stale word on the stack looks like a reference.
    """
    assert len(octets) == hours
    half = hours // 2
    assert median(octets[half:]) <= median(octets[:half]) + SLACK_BYTES


@pytest.mark.parametrize("runtime", ["unix", "wasm"])
def test_the_gas_meters_heap_does_not_grow_over_a_day(runtime):
    """On unix within a heap that has as many objects as a Pico's."""
    hours = samples.GAS_HEAP_HOURS
    _assert_level(_heap_by_hour(runtime, hours), hours)


@pytest.mark.soak
@pytest.mark.parametrize("runtime", ["unix", "wasm"])
def test_the_gas_meters_heap_does_not_grow_over_a_week(runtime):
    hours = samples.HEAP_HOURS_FULL
    _assert_level(_heap_by_hour(runtime, hours), hours)
