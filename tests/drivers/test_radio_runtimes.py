"""The radio drivers do the same on every runtime."""

from pathlib import Path

import pytest

from tests.on_runtimes import OTHER_RUNTIMES, printed

WORKLOAD = Path(__file__).with_name("radio_workload.py")


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_drivers_write_and_read_the_same(runtime):
    lines = printed("cpython", WORKLOAD)
    assert printed(runtime, WORKLOAD) == lines
    # It came to its ends: both frames out, both in, both radios well.
    assert [line for line in lines if line.startswith("sent")] == ["sent 0 True"] * 2
    assert sum(line.startswith("0200071234 ") for line in lines) == 2
    assert lines[-1] == "None"
