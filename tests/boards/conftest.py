"""Boards made of MicroPython's unix port, for tests that flash."""

import shutil

import pytest

from host_tools.boards.board import find_board
from host_tools.boards.closure import FIRMWARE
from host_tools.boards.flash import flash
from host_tools.boards.unix_bridge import UnixBridge

# Long enough for a start report.
REPORT_S = 0.4


@pytest.fixture(scope="session")
def flashed_once(tmp_path_factory):
    """The folder of a board after its first flash as ESME, and what that flash reported."""
    root = tmp_path_factory.mktemp("board")
    (root / "diary.txt").write_text("dear diary", encoding="utf-8")
    lines = []
    with UnixBridge(root) as bridge:
        report = flash(
            find_board("pico"), "ESME", bridge.port, listen_s=REPORT_S, say=lines.append
        )
    return root, report, lines


@pytest.fixture
def board_root(flashed_once, tmp_path):
    """A folder of one's own that looks like a flashed board."""
    root = tmp_path / "board"
    shutil.copytree(flashed_once[0], root)
    return root


@pytest.fixture
def firmware(tmp_path):
    """A copy of the firmware's source that a test may change."""
    copy = tmp_path / "firmware"
    shutil.copytree(FIRMWARE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy
