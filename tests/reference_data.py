"""The industry's reference messages, which are not part of this repository.

The one setting is `reference-data` in pyproject.toml: a folder, from the checkout's. Tests that
need it skip where it is absent.
"""

import json
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]


def folder():
    """Return the folder of the reference data; it need not be there."""
    with open(_ROOT / "pyproject.toml", "rb") as file:
        return _ROOT / tomllib.load(file)["tool"]["protometer"]["reference-data"]


RTDS = folder() / "rtds"
needed = pytest.mark.skipif(
    not RTDS.is_dir(), reason=f"the reference messages are not at {RTDS} (reference-data)"
)


@lru_cache(None)
def pairs():
    """Return the reference pairs as pairs.json has them, [] where they are absent."""
    path = RTDS / "pairs.json"
    return json.loads(path.read_text()) if path.is_file() else []


@lru_cache(None)
def decrypted():
    """Return {response file: plaintexts of its encrypted attributes, in order}."""
    path = RTDS / "decrypted.json"
    found = json.loads(path.read_text()) if path.is_file() else {}
    return {name: [bytes.fromhex(text) for text in texts] for name, texts in found.items()}


def message(directory, name):
    """Return the octets of a message file."""
    path = RTDS / "RTDS-4.5.0" / directory / name
    return bytes.fromhex("".join(path.read_text().split()))
