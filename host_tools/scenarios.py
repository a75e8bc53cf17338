"""Runs scenario files on any of the runtimes and returns their transcripts."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from host_tools.boards.compiled_firmware import compiled_firmware
from host_tools.desk.devices import HEAP_OF_THREE, ROOT, micropython

RUNTIMES = ("cpython", "unix", "wasm")
_TIMEOUT_S = 300
# What begins the line that ends a transcript: no line of one has it.
_END = "\x04"


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


class Player:
    """An interpreter that plays scenarios one after another, its modules loaded once.

    MicroPython unix runs the modules as they are compiled for a board, wasm their source. Use it
    in a `with` block, or close() it.
    """

    def __init__(self, runtime: str) -> None:
        self._runtime = runtime
        self._child: subprocess.Popen[str] | None = None
        self._errors: IO[str] | None = None

    def transcript(self, file: Path) -> str:
        """Return what a scenario prints; raise ScenarioFailure if it fails."""
        if self._child is None:
            self._child = self._started()
        late = threading.Timer(_TIMEOUT_S, self._end_late)
        late.start()
        try:
            # One that has ended says why in what is heard of it.
            with suppress(BrokenPipeError):
                print(file.resolve(), file=self._child.stdin, flush=True)
            return self._heard(self._child.stdout)
        finally:
            late.cancel()

    def close(self) -> None:
        """End the interpreter."""
        if self._child:
            self._child.kill()
            self._child.communicate()
            self._child = None
            self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _started(self) -> "subprocess.Popen[str]":
        reason = missing(self._runtime)
        if reason:
            raise ScenarioFailure(reason)
        # MicroPython looks for modules where it is started first.
        folder = compiled_firmware() if self._runtime == "unix" else ROOT
        module = ("-m", "host_tools.node.run_scenario", _END)
        commands = {
            "cpython": [sys.executable, "-u", *module],
            "unix": [micropython(), "-X", f"heapsize={HEAP_OF_THREE}", *module],
            "wasm": ["node", ROOT / "host_tools/wasm/scenario.mjs", _END],
        }
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        return subprocess.Popen(
            commands[self._runtime],
            cwd=folder,
            env={**os.environ, "MICROPYPATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def _heard(self, said: IO[str]) -> str:
        """Return the lines up to the one that ends a scenario."""
        lines = []
        for line in said:
            if line.startswith(_END):
                fault = line[len(_END) :].rstrip("\n")
                if fault:
                    raise ScenarioFailure(fault)
                return "".join(lines)
            lines.append(line)
        raise ScenarioFailure(self._last_words())

    def _end_late(self) -> None:
        print(f"took more than {_TIMEOUT_S} s", file=self._errors, flush=True)
        self._child.kill()

    def _last_words(self) -> str:
        """Return why the interpreter ended; the next scenario has another."""
        code = self._child.wait()
        self._errors.seek(0)
        words = self._errors.read().strip().splitlines()
        self.close()
        return words[-1] if words else f"exit code {code}"


def transcript(file: Path, runtime: str) -> str:
    """Return what a scenario prints in an interpreter of its own; ScenarioFailure if it fails."""
    with Player(runtime) as player:
        return player.transcript(file)
