"""The gas meter on every runtime: a cut within a Command, and what a second takes of the heap."""

from pathlib import Path

import pytest

from host_tools.scenarios import RUNTIMES
from tests.on_runtimes import check_golden

WORKLOAD = Path(__file__).parent / "gsme_cut_workload.py"


@pytest.mark.runtime
@pytest.mark.req("GSME-DST-02")
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_cut_within_a_command_leaves_all_old_or_all_new(runtime):
    """Of each Command: cuts that left the old state, that left the new one, and any other."""
    lines = WORKLOAD.with_suffix(".golden").read_text().splitlines()
    assert all(line.endswith(", 0]") for line in lines)
    check_golden(runtime, WORKLOAD)
