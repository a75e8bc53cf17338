"""Logs on other runtimes: the same octets everywhere, and a reading that takes little heap."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from host_tools.desk.devices import ROOT, micropython
from host_tools.scenarios import RUNTIMES, missing

HERE = Path(__file__).parent
WORKLOAD = HERE / "log_workload.py"
SHIM = ROOT / "host_tools/shim/cpython"
# Heap of a reading, beyond what it hands on, on a runtime whose objects are twice a board's.
MOST_HEAP = 4_096


def run(runtime, *arguments):
    reason = missing(runtime)
    if reason:
        pytest.skip(reason)
    commands = {
        "cpython": [sys.executable],
        "unix": [micropython()],
        "wasm": ["node", ROOT / "host_tools/wasm/script.mjs"],
    }
    folders = [ROOT, ROOT / "firmware"]
    done = subprocess.run(
        [*commands[runtime], *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "MICROPYPATH": ":".join(map(str, folders)),
            "PYTHONPATH": ":".join(map(str, [*folders, SHIM])),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def on_cpython():
    return run("cpython", WORKLOAD)


def test_the_workload_fills_and_wraps_logs_in_both_media(on_cpython):
    files, fram = (at for at, line in enumerate(on_cpython) if line.startswith("image"))
    logs = on_cpython[files + 1 : files + 18]
    figures = [line.rsplit(" ", 4) for line in logs]
    sizes = {name: (int(size), int(damaged)) for name, size, _, _, damaged in figures}
    assert sizes["Profile Data Log Active Import"] == (19_056, 0)
    assert sizes["Profile Data Log Active Export"] == (4_464, 0)
    assert sizes["Daily Read Log"] == (31, 0)
    assert sizes["Billing Data Log Billing Calendar"] == (12, 0)
    assert sizes["Power Event Log"] == sizes["Security Log"] == (100, 0)
    # The memory refused now and then, and in both media the same is read back.
    assert len([line for line in on_cpython[:files] if line.startswith("refused")]) >= 15
    assert logs == on_cpython[fram + 1 :]
    assert on_cpython[files] != on_cpython[fram]


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", [name for name in RUNTIMES if name != "cpython"])
def test_every_runtime_writes_and_reads_the_same_octets(runtime, on_cpython):
    assert run(runtime, WORKLOAD) == on_cpython


@pytest.mark.runtime
def test_reading_takes_less_than_4_kb_of_heap(tmp_path):
    printed = run("unix", HERE / "reading_heap.py", tmp_path / "logs")
    print("\n" + "\n".join(printed))
    figures = [line.split() for line in printed if line.split()[0] in ("48", "all")]
    assert [(what, int(count)) for what, count, _ in figures] == [
        ("48", 48),
        ("all", 19_056),
        ("48", 31),
        ("all", 31),
        ("48", 12),
        ("all", 12),
        ("48", 48),
        ("all", 100),
    ]
    assert all(int(octets) < MOST_HEAP for _, _, octets in figures)
    octets_read = [int(line.split()[1]) for line in printed if line.startswith("octets")]
    assert 48 * 12 <= octets_read[0] <= 56 * 12


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", ["unix", "wasm"])
def test_counting_energy_and_posting_an_event_allocate_nothing(runtime):
    assert run(runtime, HERE / "no_allocation.py") == ["0 3006 32 970"]
