"""Pictures of the panel for people: PNG and terminal."""

from pathlib import Path

import pytest
from PIL import Image

from host_tools.desk import picture


def with_lit(*points: tuple[int, int]) -> bytes:
    pixels = bytearray(1024)
    for x, y in points:
        pixels[(y >> 3) * 128 + x] |= 1 << (y & 7)
    return bytes(pixels)


@pytest.mark.parametrize("point", [(0, 0), (127, 0), (0, 63), (127, 63), (64, 31)])
def test_a_dot_lights_its_place_and_no_other(point: tuple[int, int]) -> None:
    scale = 4
    dark, image = picture.to_image(bytes(1024), scale), picture.to_image(with_lit(point), scale)
    edge = (image.width - 128 * scale) // 2
    for x in range(128):
        for y in range(64):
            at = (edge + x * scale, edge + y * scale)
            assert (image.getpixel(at) != dark.getpixel(at)) == ((x, y) == point)


def test_png_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "panel.png"
    picture.save_png(with_lit((3, 3)), path, scale=2)
    with Image.open(path) as image:
        assert image.size == picture.to_image(bytes(1024), 2).size
        assert image.getpixel((8 + 6, 8 + 6)) != image.getpixel((8 + 8, 8 + 6))


def test_terminal_half_blocks() -> None:
    lines = picture.to_terminal(with_lit((0, 0), (1, 1), (2, 0), (2, 1), (127, 63))).split("\n")
    assert len(lines) == 32
    assert lines[0] == "▀▄█"
    assert lines[31] == " " * 127 + "▄"


# U+2800 and the dot numbers of Unicode's Braille Patterns chart.
@pytest.mark.parametrize(
    ("point", "char"),
    [((0, 0), "⠁"), ((1, 0), "⠈"), ((0, 1), "⠂"), ((0, 2), "⠄"), ((0, 3), "⡀"), ((1, 3), "⢀")],
)
def test_terminal_braille(point: tuple[int, int], char: str) -> None:
    lines = picture.to_braille(with_lit(point)).split("\n")
    assert [len(line) for line in lines] == [64] * 16
    assert lines[0][0] == char
    assert set("".join(lines)[1:]) == {"⠀"}


def test_half_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="1024"):
        picture.to_image(bytes(512))
