"""DLMS payloads are executed alike on every runtime."""

from pathlib import Path

import pytest

from tests.on_runtimes import OTHER_RUNTIMES, printed

WORKLOAD = Path(__file__).parent / "cosem_workload.py"


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_every_runtime_answers_the_same(runtime):
    assert printed(runtime, WORKLOAD) == printed("cpython", WORKLOAD)


def test_the_workload_succeeds_where_it_should():
    failed = {line.split()[0] for line in printed("cpython", WORKLOAD) if " True " in line}
    assert failed == {"refused", "fault"}
