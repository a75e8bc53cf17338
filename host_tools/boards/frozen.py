"""The firmware frozen into a MicroPython: what of it a board still has in RAM.

Bytecode, constants and names of frozen modules stay in flash; their functions, classes and
dictionaries do not. So it is measured: MicroPython's unix port is built for 32 bits, whose objects
are as large as an RP2040's, with `firmware/manifest.py`, and each role runs in it.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from host_tools.desk.devices import ROLES, ROOT

# As much as a Pico has at its prompt.
_HEAP = "236832"
_FIRMWARE = ROOT / "firmware"
_BUILD_S, _RUN_S = 3_600, 600
_PROBE = ("__init__", "frozen_heap", "heap_probe", "pins")
# What `make frozen` would hand on to the build within it: its own variables, jobs and depth.
_OUTER_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
# Nothing that needs another library of 32 bits; cryptolib is a part of Mbed TLS here.
_OPTIONS = (
    "MICROPY_FORCE_32BIT=1",
    "MICROPY_PY_FFI=0",
    "MICROPY_PY_BTREE=0",
    "MICROPY_SSL_MBEDTLS=1",
    f"FROZEN_MANIFEST={_FIRMWARE / 'manifest.py'}",
)


class FrozenError(RuntimeError):
    """MicroPython was not built, or a role did not run; the message says which and why."""


@dataclass(frozen=True)
class FrozenSize:
    """Octets of heap: after the imports, an hour after a restart, and agreeing a key."""

    role: str
    imported_bytes: int
    live_bytes: int
    agreeing_bytes: int


def build(source: Path, folder: Path) -> Path:
    """Build MicroPython's unix port with the firmware in a folder; return the interpreter.

    source: MicroPython's source tree, with what `make submodules` brings; FrozenError where it
    is none, or its build fails: a compiler for 32 bits is needed (Debian: gcc-multilib).
    """
    if not (source / "ports/unix/Makefile").is_file():
        raise FrozenError(f"{source}: not MicroPython's source, there is no ports/unix/Makefile")
    _make(source / "mpy-cross")
    _make(source / "ports/unix", *_OPTIONS, f"BUILD={folder}")
    return folder / "micropython"


def _make(folder: Path, *options: str) -> None:
    _said(f"make in {folder}", ["make", f"-j{os.cpu_count()}", *options], folder, _BUILD_S)


def measure(interpreter: Path, role: str) -> FrozenSize:
    """Run a role in an interpreter that has the firmware; FrozenError where that fails."""
    command = [interpreter, "-X", f"heapsize={_HEAP}", "host_tools/node/frozen_heap.py", role]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder)
        said = _said(role, command, folder, _RUN_S, MICROPYPATH=f".frozen:{folder}")
    return FrozenSize(role, *map(int, said.split()))


def _fill(folder: Path) -> None:
    """Put what can't be frozen, and what stands in for chips, into a folder."""
    for table in _FIRMWARE.glob("protometer/**/*.tbl"):
        target = folder / table.relative_to(_FIRMWARE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(table, target)
    (folder / "host_tools/node").mkdir(parents=True)
    for module in _PROBE:
        shutil.copy(ROOT / f"host_tools/node/{module}.py", folder / "host_tools/node")


def _said(
    what: str, command: Sequence[str | Path], folder: Path, most_s: int, **settings: str
) -> str:
    """Return what a command prints; FrozenError where it fails, with its last line, or is late."""
    around = {name: value for name, value in os.environ.items() if name not in _OUTER_MAKE}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**around, **settings},
            capture_output=True,
            text=True,
            timeout=most_s,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise FrozenError(f"{what}: took more than {most_s} s") from late
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise FrozenError(f"{what}: {lines[-1] if lines else 'it said nothing'}")
    return done.stdout


def measure_all(source: Path) -> list[FrozenSize]:
    """Build MicroPython from its source tree and measure every role."""
    with tempfile.TemporaryDirectory() as folder:
        interpreter = build(source, Path(folder))
        return [measure(interpreter, role) for role in ROLES]


def table(sizes: list[FrozenSize], budget: int) -> Table:
    """Return the sizes as a table, with what a role may have live."""
    shown = Table(title="Octets of heap, the firmware frozen")
    shown.add_column("role")
    for column in ("imported", "live", "budget", "agreeing a key"):
        shown.add_column(column, justify="right")
    for size in sizes:
        figures = size.imported_bytes, size.live_bytes, budget, size.agreeing_bytes
        shown.add_row(size.role, *(f"{figure:,}" for figure in figures))
    return shown
