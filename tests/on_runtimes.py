"""Runs a self-contained script on any of the runtimes and returns what it prints.

The script may import the firmware and host_tools.node; on wasm it has no file of its own. What
it prints may be kept beside it as NAME.golden; write it anew, and read the difference, with

    python -m tests.on_runtimes tests/FOLDER/NAME.py
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
# A script may be a whole home in one process, compiled from its source there.
_HEAP = "8M"


def printed(runtime: str, script: Path) -> list[str]:
    """Return the lines that a script prints; skip where the machine lacks the runtime."""
    reason = missing(runtime)
    if reason:
        pytest.skip(reason)
    interpreters = {
        "cpython": [sys.executable],
        "unix": [micropython(), "-X", f"heapsize={_HEAP}"],
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


def check_golden(runtime: str, script: Path) -> None:
    """Hold what a script prints on a runtime against the NAME.golden beside it."""
    golden = script.with_suffix(".golden").read_text().splitlines()
    assert printed(runtime, script) == golden


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = Path(name)
        path.with_suffix(".golden").write_text("\n".join(printed("cpython", path)) + "\n")
