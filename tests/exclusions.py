"""Says which firmware files the coverage figures leave out."""

import tomllib
from pathlib import Path

_PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def excluded() -> list[str]:
    """Return the files that the coverage settings omit."""
    settings = tomllib.loads(_PYPROJECT.read_text())
    return settings["tool"]["coverage"]["run"]["omit"]


if __name__ == "__main__":
    print(f"{len(excluded())} firmware files excluded from coverage: {', '.join(excluded())}")
