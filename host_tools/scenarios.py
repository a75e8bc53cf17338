"""Runs scenario files on any of the runtimes and returns their transcripts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from host_tools.boards.compiled_firmware import compiled_firmware
from host_tools.desk.devices import HEAP_OF_THREE, ROOT, micropython

RUNTIMES = ("cpython", "unix", "wasm")
_TIMEOUT_S = 300


class ScenarioFailure(RuntimeError):  # noqa: N818
    """A scenario could not be carried out; the message is its one line, or a traceback's last."""


def missing(runtime: str) -> str | None:
    """Return why a runtime can't be used on this machine, or None."""
    if runtime == "unix" and micropython() is None:
        return "MicroPython has no wheel for this machine"
    if runtime == "wasm":
        if shutil.which("node") is None:
            return "node.js is not installed"
        if not (ROOT / "host_tools/wasm/node_modules").exists():
            return "the wasm package is not installed: make setup"
    return None


def transcript(file: Path, runtime: str) -> str:
    """Return what a scenario prints; raise ScenarioFailure if it fails.

    MicroPython unix runs the modules as they are compiled for a board, wasm their source.
    """
    reason = missing(runtime)
    if reason:
        raise ScenarioFailure(reason)
    # MicroPython looks for modules where it is started first.
    folder = compiled_firmware() if runtime == "unix" else ROOT
    commands = {
        "cpython": [sys.executable, "-m", "host_tools.node.run_scenario"],
        "unix": [
            micropython(),
            "-X",
            f"heapsize={HEAP_OF_THREE}",
            "-m",
            "host_tools.node.run_scenario",
        ],
        "wasm": ["node", ROOT / "host_tools/wasm/scenario.mjs"],
    }
    done = subprocess.run(
        [*map(str, commands[runtime]), str(file.resolve())],
        cwd=folder,
        env={**os.environ, "MICROPYPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise ScenarioFailure(lines[-1] if lines else f"exit code {done.returncode}")
    return done.stdout
