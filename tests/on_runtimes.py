"""Runs a self-contained script on any of the runtimes and returns what it prints.

The script may import the firmware and host_tools.node; on wasm it has no file of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from host_tools.desk.devices import ROOT, micropython
from host_tools.scenarios import RUNTIMES, missing

OTHER_RUNTIMES = tuple(runtime for runtime in RUNTIMES if runtime != "cpython")
_FOLDERS = (ROOT, ROOT / "firmware")
_SHIM = ROOT / "host_tools/shim/cpython"
_TIMEOUT_S = 300


def printed(runtime: str, script: Path) -> list[str]:
    """Return the lines that a script prints; skip where the machine lacks the runtime."""
    reason = missing(runtime)
    if reason:
        pytest.skip(reason)
    interpreters = {
        "cpython": [sys.executable],
        "unix": [micropython()],
        "wasm": ["node", ROOT / "host_tools/wasm/script.mjs"],
    }
    done = subprocess.run(
        [*map(str, interpreters[runtime]), str(script)],
        cwd=ROOT,
        env={
            **os.environ,
            "MICROPYPATH": ":".join(map(str, _FOLDERS)),
            "PYTHONPATH": ":".join(map(str, (*_FOLDERS, _SHIM))),
        },
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
