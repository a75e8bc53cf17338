"""The drawn pictures, bit for bit, against text art in golden/, on CPython and MicroPython.

After a wanted change write the art anew and review its difference:

    PYTHONPATH=.:firmware:host_tools/shim/cpython python -m tests.ui.test_ihd_golden --write
"""

import sys
from pathlib import Path

import pytest

from tests.ui import ihd_views
from tests.ui.micropython_unix import ROOT, needs_micropython, run_script

GOLDEN = Path(__file__).with_name("golden")


def to_art(pixels: bytes) -> str:
    return "".join(
        "".join(".#"[pixels[(y >> 3) * 128 + x] >> (y & 7) & 1] for x in range(128)) + "\n"
        for y in range(64)
    )


def from_art(art: str) -> bytes:
    pixels = bytearray(1024)
    for y, row in enumerate(art.splitlines()):
        for x, dot in enumerate(row):
            pixels[(y >> 3) * 128 + x] |= (dot == "#") << (y & 7)
    return bytes(pixels)


PICTURES = dict(ihd_views.pictures())


@pytest.mark.parametrize("name", PICTURES)
def test_picture_is_the_golden_one(name: str) -> None:
    assert to_art(PICTURES[name]) == (GOLDEN / f"{name}.txt").read_text()


def test_every_golden_picture_is_drawn() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(PICTURES)


@needs_micropython
@pytest.mark.runtime
def test_micropython_draws_the_golden_pictures() -> None:
    printed = run_script(Path(ihd_views.__file__), ROOT / "firmware")
    drawn = dict(line.split() for line in printed.splitlines())
    assert drawn == {path.stem: from_art(path.read_text()).hex() for path in GOLDEN.glob("*.txt")}


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    for old in GOLDEN.glob("*.txt"):
        old.unlink()
    for picture, drawn_pixels in PICTURES.items():
        (GOLDEN / f"{picture}.txt").write_text(to_art(drawn_pixels))
