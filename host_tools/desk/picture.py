"""Shows a panel's picture (128 x 64, MONO_VLSB, 1024 bytes) as a PNG or in a terminal."""

from pathlib import Path

from PIL import Image, ImageDraw

WIDTH = 128
HEIGHT = 64

_LIT = (190, 228, 255)
_GLOW = (128, 156, 178)
_DARK = (9, 12, 18)
_BEZEL = (38, 41, 48)
_BEZEL_PIXELS = 4

_BRAILLE_BASE = 0x2800
# Bits of a braille character by column, then row.
_BRAILLE_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


def is_lit(pixels: bytes, x: int, y: int) -> bool:
    """Tell whether the pixel in column x, row y is lit."""
    return bool(pixels[(y >> 3) * WIDTH + x] >> (y & 7) & 1)


def to_image(pixels: bytes, scale: int = 4) -> Image.Image:
    """Return the picture as it looks on an OLED: glowing dots, and a bezel around them.

    scale: image pixels a dot, at least 1. ValueError if pixels is not one whole picture.
    """
    _check(pixels)
    edge = _BEZEL_PIXELS * scale
    size = (WIDTH * scale + 2 * edge, HEIGHT * scale + 2 * edge)
    image = Image.new("RGB", size, _BEZEL)
    draw = ImageDraw.Draw(image)
    half = edge // 2
    draw.rectangle((half, half, size[0] - half - 1, size[1] - half - 1), fill=_DARK)
    dot = scale - 1 if scale > 2 else scale
    for y in range(HEIGHT):
        for x in range(WIDTH):
            if is_lit(pixels, x, y):
                left, top = edge + x * scale, edge + y * scale
                draw.rectangle((left, top, left + scale - 1, top + scale - 1), fill=_GLOW)
                draw.rectangle((left, top, left + dot - 1, top + dot - 1), fill=_LIT)
    return image


def save_png(pixels: bytes, path: Path | str, scale: int = 4) -> None:
    """Write the picture to a PNG file; OSError if the file cannot be written."""
    to_image(pixels, scale).save(path, format="PNG")


def to_terminal(pixels: bytes) -> str:
    """Return the picture as 32 lines of 128 half blocks: sharper to read than braille dots."""
    _check(pixels)
    return "\n".join(
        "".join(
            " ▀▄█"[is_lit(pixels, x, y) + 2 * is_lit(pixels, x, y + 1)] for x in range(WIDTH)
        ).rstrip()
        for y in range(0, HEIGHT, 2)
    )


def to_braille(pixels: bytes) -> str:
    """Return the picture as 16 lines of 64 braille characters, for a narrow terminal."""
    _check(pixels)
    return "\n".join(
        "".join(chr(_BRAILLE_BASE + _braille_bits(pixels, x, y)) for x in range(0, WIDTH, 2))
        for y in range(0, HEIGHT, 4)
    )


def _braille_bits(pixels: bytes, x: int, y: int) -> int:
    return sum(
        bit
        for dx, column in enumerate(_BRAILLE_DOTS)
        for dy, bit in enumerate(column)
        if is_lit(pixels, x + dx, y + dy)
    )


def _check(pixels: bytes) -> None:
    if len(pixels) != WIDTH * HEIGHT // 8:
        raise ValueError(f"a picture is {WIDTH * HEIGHT // 8} bytes, not {len(pixels)}")
