"""The SSD1306 driver against a panel simulated by its registers, and that panel by itself."""

import random
from pathlib import Path

import pytest

from host_tools.node.ssd1306_panel import Ssd1306Panel
from protometer.drivers.display.ssd1306 import Ssd1306
from tests.ui.micropython_unix import ROOT, needs_micropython, run_script

ADDRESS = 0x3C
# The longest transfer allowed in one poll: seek to a page (control byte, three commands), then
# a control byte and 128 bytes of data.
PAGE_TRANSFER = 4 + 1 + 128


def picture(seed: int) -> bytes:
    return random.Random(seed).randbytes(1024)


def settle(driver: Ssd1306, panel: Ssd1306Panel, now_ms: int = 0) -> int:
    """Poll until idle; return the polls it took, none of which sent more than a page."""
    for polls in range(1, 40):
        before = panel.bytes_received
        wait_ms = driver.poll(0, now_ms)
        assert panel.bytes_received - before <= PAGE_TRANSFER
        if wait_ms is None:
            return polls
        assert wait_ms == 1
    raise AssertionError("never idle")


def draw(driver: Ssd1306, pixels: bytes) -> None:
    driver.buffer[:] = pixels
    driver.show()


@pytest.fixture
def panel() -> Ssd1306Panel:
    return Ssd1306Panel()


@pytest.fixture
def driver(panel: Ssd1306Panel) -> Ssd1306:
    return Ssd1306(panel)


def test_shows_the_picture_upright(panel: Ssd1306Panel, driver: Ssd1306) -> None:
    draw(driver, picture(1))
    settle(driver, panel)
    assert panel.visible_pixels() == picture(1)
    assert driver.present
    assert driver.failures == 0
    assert panel.faults == []


def test_nobody_sees_the_noise_of_power_up(panel: Ssd1306Panel, driver: Ssd1306) -> None:
    draw(driver, picture(1))
    while driver.poll(0, 0) is not None:
        assert panel.visible_pixels() == bytes(1024)
    assert panel.visible_pixels() == picture(1)


def test_only_changed_pages_are_sent(panel: Ssd1306Panel, driver: Ssd1306) -> None:
    settle(driver, panel)
    sent = panel.bytes_received
    driver.show()
    assert driver.poll(0, 0) is None
    assert panel.bytes_received == sent
    driver.framebuffer.pixel(5, 17, 1)
    driver.framebuffer.pixel(99, 63, 1)
    driver.show()
    assert settle(driver, panel) == 2
    assert panel.bytes_received == sent + 2 * PAGE_TRANSFER
    assert panel.visible_pixels() == bytes(driver.buffer)


def test_drawing_between_two_pages_does_not_tear(panel: Ssd1306Panel, driver: Ssd1306) -> None:
    settle(driver, panel)
    draw(driver, picture(1))
    driver.poll(0, 0)
    driver.framebuffer.fill(1)
    settle(driver, panel)
    assert panel.visible_pixels() == picture(1)


def test_absent_panel_is_tried_less_and_less_often(panel: Ssd1306Panel, driver: Ssd1306) -> None:
    panel.unplug()
    now_ms = 2**29 - 5_000  # ticks wrap on the way
    waits_s = []
    for failures in range(1, 9):
        wait_ms = driver.poll(0, now_ms % 2**29)
        assert not driver.present
        assert driver.failures == failures
        assert driver.poll(0, (now_ms + wait_ms - 1) % 2**29) == 1
        waits_s.append(wait_ms // 1_000)
        now_ms += wait_ms
    assert waits_s == [1, 2, 4, 8, 16, 32, 60, 60]
    draw(driver, picture(2))
    panel.plug()
    settle(driver, panel, now_ms % 2**29)
    assert driver.present
    assert panel.visible_pixels() == picture(2)
    panel.unplug()
    draw(driver, picture(3))
    assert driver.poll(0, 0) == 1_000


def test_recovers_from_a_loss_at_any_byte() -> None:
    whole = Ssd1306Panel()
    settle_me = Ssd1306(whole)
    draw(settle_me, picture(1))
    settle(settle_me, whole)
    for cut in range(whole.bytes_received):
        panel = Ssd1306Panel(seed=cut)
        driver = Ssd1306(panel)
        draw(driver, picture(1))
        panel.unplug(after_bytes=cut)
        while driver.present or not driver.failures:
            assert driver.poll(0, 0) is not None
        panel.plug()
        assert driver.poll(0, 999) == 1
        settle(driver, panel, 1_000)
        assert panel.visible_pixels() == picture(1), cut
        assert driver.failures == 1
        assert panel.faults == []


def test_redraw_heals_an_unnoticed_loss_of_power(panel: Ssd1306Panel, driver: Ssd1306) -> None:
    draw(driver, picture(1))
    settle(driver, panel)
    panel.unplug()
    panel.plug()
    assert panel.visible_pixels() == bytes(1024)
    driver.redraw()
    settle(driver, panel)
    assert panel.visible_pixels() == picture(1)


def test_another_address_is_another_device(panel: Ssd1306Panel) -> None:
    driver = Ssd1306(panel, address=0x3D)
    assert driver.poll(0, 0) == 1_000
    assert not driver.present


@needs_micropython
@pytest.mark.runtime
def test_same_on_micropython(tmp_path: Path) -> None:
    script = tmp_path / "panel.py"
    script.write_text(
        "from host_tools.node.ssd1306_panel import Ssd1306Panel\n"
        "from protometer.drivers.display.ssd1306 import Ssd1306\n"
        "panel = Ssd1306Panel()\n"
        "driver = Ssd1306(panel)\n"
        "panel.unplug(after_bytes=300)\n"
        "driver.framebuffer.rect(3, 5, 90, 50, 1, True)\n"
        "driver.show()\n"
        "while driver.poll(0, 0) != 1000:\n    pass\n"
        "panel.plug()\n"
        "while driver.poll(0, 1000) is not None:\n    pass\n"
        "print(panel.visible_pixels() == bytes(driver.buffer), sum(driver.buffer), panel.faults)\n"
    )
    # 90 columns of rows 5 to 54: three bits in page 0, five whole pages, seven bits in page 6.
    expected = 90 * (0xE0 + 5 * 0xFF + 0x7F)
    assert run_script(script, ROOT, ROOT / "firmware") == f"True {expected} []\n"


# The panel by itself, against the datasheet's tables and figures.

COMMANDS, DATA = 0x00, 0x40
LIGHT_UP = bytes((COMMANDS, 0x8D, 0x14, 0xAF))


def lit_at(panel: Ssd1306Panel) -> set[tuple[int, int]]:
    pixels = panel.visible_pixels()
    return {
        (x, y) for x in range(128) for y in range(64) if pixels[(y >> 3) * 128 + x] >> (y & 7) & 1
    }


def blank(panel: Ssd1306Panel, *commands: int) -> None:
    """Clear the memory in horizontal mode, light the display, then give commands."""
    panel.writeto(ADDRESS, bytes((COMMANDS, 0x20, 0, 0x21, 0, 127, 0x22, 0, 7)))
    panel.writeto(ADDRESS, bytes((DATA,)) + bytes(1024))
    panel.writeto(ADDRESS, LIGHT_UP)
    panel.writeto(ADDRESS, bytes((COMMANDS, *commands)))


UPRIGHT = (0xA1, 0xC8)


@pytest.mark.parametrize(
    ("commands", "lit"),
    [
        (UPRIGHT, (0, 0)),
        ((0xA0, 0xC8), (127, 0)),
        ((0xA1, 0xC0), (0, 63)),
        ((*UPRIGHT, 0x41), (0, 63)),  # start line 1: row 1 on top
        ((*UPRIGHT, 0xD3, 1), (0, 63)),  # table 10-2: offset moves the picture
        ((*UPRIGHT, 0xA8, 31), (0, 32)),  # half the lines driven: COM 31 to COM 0
    ],
)
def test_one_dot_lands_where_the_glass_has_it(
    panel: Ssd1306Panel, commands: tuple[int, ...], lit: tuple[int, int]
) -> None:
    blank(panel, *commands)
    panel.writeto(ADDRESS, bytes((DATA, 0x01)))
    assert lit_at(panel) == {lit}
    assert panel.faults == []


# Figures 10-1 (page), 10-3 (horizontal) and 10-4 (vertical): memory after five bytes from the
# last but one cell of a window of columns 10 to 12, pages 2 to 3.
@pytest.mark.parametrize(
    ("mode", "cells"),
    [
        (0, [(2, 10), (2, 11), (2, 12), (3, 10), (3, 11)]),
        (1, [(2, 10), (3, 10), (2, 11), (3, 11), (2, 12)]),
    ],
)
def test_windows_wrap(panel: Ssd1306Panel, mode: int, cells: list[tuple[int, int]]) -> None:
    blank(panel, 0x20, mode, 0x21, 10, 12, 0x22, 2, 3)
    panel.writevto(ADDRESS, (bytes((DATA,)), bytes((0, 0, 0, 0, 0, 0)), bytes((1, 2, 3, 4, 5))))
    assert [panel.gddram[page * 128 + column] for page, column in cells] == [1, 2, 3, 4, 5]


def test_page_mode_stays_in_its_page(panel: Ssd1306Panel) -> None:
    blank(panel, 0x20, 2, 0xB5, 0x0E, 0x17)
    panel.writeto(ADDRESS, bytes((DATA, 1, 2, 3)))
    assert list(panel.gddram[5 * 128 + 126 : 6 * 128]) == [3, 2]
    assert not any(panel.gddram[6 * 128 :])


def test_continuation_bytes_and_parameters_across_transfers(panel: Ssd1306Panel) -> None:
    blank(panel)
    panel.writeto(ADDRESS, bytes((0x80, 0x81, 0x80, 0x12, 0xC0, 0xFF, 0x40, 0x0F)))
    assert panel.contrast == 0x12
    assert list(panel.gddram[:3]) == [0xFF, 0x0F, 0]
    panel.writeto(ADDRESS, bytes((COMMANDS, 0x81)))
    panel.writeto(ADDRESS, bytes((COMMANDS, 0x34)))
    assert panel.contrast == 0x34


@pytest.mark.parametrize("off", [(0xAE,), (0x8D, 0x10)])
def test_dark_without_display_or_charge_pump(panel: Ssd1306Panel, off: tuple[int, ...]) -> None:
    blank(panel, 0xA5)
    assert len(lit_at(panel)) == 128 * 64
    panel.writeto(ADDRESS, bytes((COMMANDS, *off)))
    assert lit_at(panel) == set()


def test_inverse(panel: Ssd1306Panel) -> None:
    blank(panel, 0xA7)
    assert len(lit_at(panel)) == 128 * 64


@pytest.mark.parametrize("command", [(0x30,), (0xA8, 5), (0x20, 3), (0xFF,)])
def test_what_the_datasheet_forbids_is_noted(panel: Ssd1306Panel, command: tuple) -> None:
    blank(panel, *command)
    assert len(panel.faults) == 1


def test_wrong_com_pins_interleave_the_rows(panel: Ssd1306Panel) -> None:
    """Sequential pins on this glass: the upper half's rows fall between the lower half's."""
    blank(panel, *UPRIGHT, 0xDA, 0x02)
    panel.writeto(ADDRESS, bytes((DATA, 0x03)))
    assert lit_at(panel) == {(0, 0), (0, 2)}
