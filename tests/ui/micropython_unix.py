"""Runs a script on MicroPython's unix port from a test, which is skipped where it is missing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NEXT_TO_PYTHON = str(Path(sys.executable).parent)
INTERPRETER = shutil.which("micropython", path=_NEXT_TO_PYTHON) or shutil.which("micropython")

needs_micropython = pytest.mark.skipif(not INTERPRETER, reason="no MicroPython unix port")


def run_script(script: Path, *import_from: Path) -> str:
    """Return what a script prints on a Pico-sized heap; AssertionError if it fails."""
    done = subprocess.run(
        [INTERPRETER, "-X", "heapsize=236wK", str(script)],
        env={**os.environ, "MICROPYPATH": ":".join(map(str, (*import_from, ".frozen")))},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
