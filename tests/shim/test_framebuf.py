"""The framebuf shim against MicroPython's own: a random script of drawing, byte for byte."""

import random
import runpy
from pathlib import Path

import framebuf
import pytest

from tests.samples import FRAMEBUF_OPERATIONS
from tests.ui.micropython_unix import needs_micropython, run_script

WIDTH, HEIGHT = 37, 29
PREAMBLE = f"""
import framebuf
buffer = bytearray({WIDTH * 4})
fb = framebuf.FrameBuffer(buffer, {WIDTH}, {HEIGHT}, framebuf.MONO_VLSB)
glyph = framebuf.FrameBuffer(bytearray(b"\\x9d\\x42\\xff\\x00\\x81\\x3c\\x18\\xaa\\x55\\x0f"),
                             5, 11, framebuf.MONO_VLSB)
strided = framebuf.FrameBuffer(bytearray(range(48)), 9, 18, framebuf.MONO_VLSB, 16)
seen = 0
"""
PRINT = 'print(seen, "".join("%02x" % byte for byte in buffer))\n'


def random_script(seed: int, operations: int) -> str:
    """Return a program whose coordinates lie in, across and outside the picture."""
    rng = random.Random(seed)

    def x() -> int:
        return rng.randint(-20, WIDTH + 20)

    def size() -> int:
        return rng.randint(-3, WIDTH + 5)

    def colour() -> int:
        return rng.choice((0, 1, 1, 1, 2))

    makers = (
        lambda: f"fb.fill({rng.choice((0, 0, 1))})",
        lambda: f"fb.pixel({x()}, {x()}, {colour()})",
        lambda: (
            f"p = fb.pixel({x()}, {x()}); seen = (seen * 3 + (2 if p is None else p)) & 0xFFFF"
        ),
        lambda: f"fb.hline({x()}, {x()}, {size()}, {colour()})",
        lambda: f"fb.vline({x()}, {x()}, {size()}, {colour()})",
        lambda: f"fb.rect({x()}, {x()}, {size()}, {size()}, {colour()})",
        lambda: f"fb.rect({x()}, {x()}, {size()}, {size()}, {colour()}, {rng.choice((0, 1))})",
        lambda: f"fb.fill_rect({x()}, {x()}, {size()}, {size()}, {colour()})",
        lambda: f"fb.line({x()}, {x()}, {x()}, {x()}, {colour()})",
        lambda: f"fb.blit(glyph, {x()}, {x()})",
        lambda: f"fb.blit(glyph, {x()}, {x()}, {rng.choice((-1, 0, 1))})",
        lambda: f"fb.blit(strided, {x()}, {x()}, {rng.choice((0, 1))})",
    )
    weights = (1,) + (6,) * (len(makers) - 1)
    lines = [rng.choices(makers, weights)[0]() + "\n" for _ in range(operations)]
    return PREAMBLE + "".join(
        line + (PRINT if number % 20 == 19 else "") for number, line in enumerate(lines)
    )


@needs_micropython
@pytest.mark.runtime
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_draws_as_micropython_does(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "drawing.py"
    script.write_text(random_script(seed, FRAMEBUF_OPERATIONS // 3))
    theirs = run_script(script)
    runpy.run_path(str(script))
    assert capsys.readouterr().out == theirs
    assert len(theirs.splitlines()) == FRAMEBUF_OPERATIONS // 3 // 20


@pytest.mark.parametrize(
    ("length", "width", "height", "layout"), [(7, 8, 8, 0), (16, 8, 17, 0), (8, 8, 8, 3)]
)
def test_refuses_what_it_cannot_hold(length: int, width: int, height: int, layout: int) -> None:
    with pytest.raises(ValueError):
        framebuf.FrameBuffer(bytearray(length), width, height, layout)


def test_has_no_font() -> None:
    picture = framebuf.FrameBuffer(bytearray(8), 8, 8, framebuf.MONO_VLSB)
    with pytest.raises(NotImplementedError):
        picture.text("no", 0, 0)
