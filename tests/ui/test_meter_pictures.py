"""Displays with two keys, bit for bit, against text art, on two runtimes.

A meter's own is in golden_meter/, a prepayment interface's in golden_ppmid/. After a wanted change
write the art anew and review its difference:

    PYTHONPATH=.:firmware:host_tools/shim/cpython python -m tests.ui.test_meter_pictures --write
"""

import sys
from pathlib import Path

import pytest

from tests.on_runtimes import printed
from tests.ui import meter_views, ppmid_views
from tests.ui.test_ihd_golden import from_art, to_art

# The module that draws them, by the folder beside this file.
VIEWS = {"golden_meter": meter_views, "golden_ppmid": ppmid_views}
PICTURES = {folder: dict(module.pictures()) for folder, module in VIEWS.items()}
NAMED = [(folder, name) for folder, pictures in PICTURES.items() for name in pictures]


def art(folder: str) -> dict[str, str]:
    """Return the golden pictures of a folder by their names."""
    files = Path(__file__).with_name(folder).glob("*.txt")
    return {path.stem: path.read_text() for path in files}


@pytest.mark.parametrize(("folder", "name"), NAMED)
def test_picture_is_the_golden_one(folder: str, name: str) -> None:
    assert to_art(PICTURES[folder][name]) == art(folder)[name]


@pytest.mark.parametrize("folder", VIEWS)
def test_every_golden_picture_is_drawn(folder: str) -> None:
    assert set(art(folder)) == set(PICTURES[folder])


@pytest.mark.runtime
@pytest.mark.parametrize("folder", VIEWS)
def test_micropython_draws_the_golden_pictures(folder: str) -> None:
    drawn = dict(line.split() for line in printed("unix", Path(VIEWS[folder].__file__)))
    assert drawn == {name: from_art(text).hex() for name, text in art(folder).items()}


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    for golden_folder, drawn_pictures in PICTURES.items():
        place = Path(__file__).with_name(golden_folder)
        place.mkdir(exist_ok=True)
        for old in place.glob("*.txt"):
            old.unlink()
        for picture, drawn_pixels in drawn_pictures.items():
            (place / f"{picture}.txt").write_text(to_art(drawn_pixels))
