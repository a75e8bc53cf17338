"""The meter's own display, bit for bit, against text art in golden_meter/, on two runtimes.

After a wanted change write the art anew and review its difference:

    PYTHONPATH=.:firmware:host_tools/shim/cpython python -m tests.ui.test_meter_pictures --write
"""

import sys
from pathlib import Path

import pytest

from tests.on_runtimes import printed
from tests.ui import meter_views
from tests.ui.test_ihd_golden import from_art, to_art

GOLDEN = Path(__file__).with_name("golden_meter")
PICTURES = dict(meter_views.pictures())


@pytest.mark.parametrize("name", PICTURES)
def test_picture_is_the_golden_one(name: str) -> None:
    assert to_art(PICTURES[name]) == (GOLDEN / f"{name}.txt").read_text()


def test_every_golden_picture_is_drawn() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(PICTURES)


@pytest.mark.runtime
def test_micropython_draws_the_golden_pictures() -> None:
    drawn = dict(line.split() for line in printed("unix", Path(meter_views.__file__)))
    assert drawn == {path.stem: from_art(path.read_text()).hex() for path in GOLDEN.glob("*.txt")}


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit(__doc__)
    for old in GOLDEN.glob("*.txt"):
        old.unlink()
    for picture, drawn_pixels in PICTURES.items():
        (GOLDEN / f"{picture}.txt").write_text(to_art(drawn_pixels))
