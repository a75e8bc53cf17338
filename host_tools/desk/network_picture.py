"""The picture of the README: the three devices of the HAN, and the display's pages."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.patches import FancyBboxPatch  # noqa: E402

_PAGES = 3
_INK, _LINE = "#222222", "#5a6b7b"
# Name, what it does, centre; in hundredths of the picture.
_DEVICES = (
    ("Electricity meter", "meters, prices, sells,\nswitches the supply", (17, 62)),
    ("Communications hub", "coordinates,\nkeeps the time", (17, 16)),
    ("In-home display", "asks every 10 s,\nlistens, shows", (46, 62)),
)
_BOX = (22, 24)


class PictureError(ValueError):
    """There are not enough pictures of the display in the folder."""


def draw(folder: Path, out: Path) -> None:
    """Draw from the ihd-*.png files of a demonstration's folder into out."""
    pictures = sorted(folder.glob("ihd-*.png"))
    if len(pictures) < _PAGES:
        raise PictureError(f"{folder}: run `make demo` first")
    figure = plt.figure(figsize=(10, 4.6))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_xlim(0, 100)
    axis.set_ylim(0, 82)
    axis.axis("off")
    for name, does, centre in _DEVICES:
        _device(axis, name, does, centre)
    _radio(axis, (28, 62), (35, 62), "IEEE 802.15.4\nZigbee, ZCL")
    _radio(axis, (17, 50), (17, 28), "")
    axis.annotate(
        "pulses",
        (6, 62),
        (0.5, 62),
        va="center",
        fontsize=10,
        color=_INK,
        arrowprops={"arrowstyle": "->", "color": _LINE},
    )
    for number, picture in enumerate(_one_moment(pictures)):
        inset = figure.add_axes((0.615, 0.675 - 0.325 * number, 0.36, 0.31))
        inset.imshow(plt.imread(picture))
        inset.axis("off")
    axis.plot([57, 61], [62, 62], color=_LINE, linewidth=1)
    figure.savefig(out, dpi=110)
    plt.close(figure)


def _one_moment(pictures: list[Path]) -> list[Path]:
    """Return the pages kept after one thing that happened, in the middle of the story."""
    first = len(pictures) // _PAGES // 2 * _PAGES
    return pictures[first : first + _PAGES]


def _device(axis: plt.Axes, name: str, does: str, centre: tuple[int, int]) -> None:
    width, height = _BOX
    corner = (centre[0] - width / 2, centre[1] - height / 2)
    axis.add_patch(
        FancyBboxPatch(
            corner,
            width,
            height,
            boxstyle="round,pad=0,rounding_size=2",
            facecolor="#eef3f8",
            edgecolor=_LINE,
        )
    )
    axis.text(
        centre[0],
        centre[1] + 6,
        name,
        ha="center",
        va="center",
        fontsize=11,
        fontweight="bold",
        color=_INK,
    )
    axis.text(centre[0], centre[1] - 4, does, ha="center", va="center", fontsize=9.5, color=_INK)


def _radio(axis: plt.Axes, start: tuple[int, int], end: tuple[int, int], label: str) -> None:
    axis.annotate("", end, start, arrowprops={"arrowstyle": "<->", "color": _LINE})
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    axis.text(middle[0], middle[1] - 21, label, ha="center", va="center", fontsize=9, color=_LINE)
