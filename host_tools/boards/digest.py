"""A name for a state of files, by which what is made of them is found again."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def digest_of(kind: str, paths: Iterable[Path]) -> str:
    """Return 16 hexadecimal digits for a kind of thing, and where files lie and what they hold."""
    digest = hashlib.sha256(kind.encode())
    for path in paths:
        digest.update(b"\0" + os.fsencode(path) + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


__all__ = ("digest_of",)
