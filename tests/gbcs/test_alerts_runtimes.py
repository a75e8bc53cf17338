"""Alerts are made alike on every runtime."""

from pathlib import Path

import pytest

from tests.on_runtimes import OTHER_RUNTIMES, printed

WORKLOAD = Path(__file__).parent / "alerts_workload.py"
# Message codes that the workload is to bring about, of each kind of device.
EXPECTED = {
    "CHF": {"0018", "0111", "0112", "0113", "0114", "0115", "0128"},
    "ESME": {"0061", "00ce", "00f0"},
    "GSME": {"008b", "00cf", "00f2"},
    "GPF": {"00b2"},
    "PPMID": {"012b"},
}


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_every_runtime_tells_the_same(runtime):
    assert printed(runtime, WORKLOAD) == printed("cpython", WORKLOAD)


def test_the_workload_brings_about_what_it_should():
    told = {}
    for line in printed("cpython", WORKLOAD):
        kind, code = line.split()[:2]
        told.setdefault(kind, set()).add(code)
    assert told == EXPECTED
