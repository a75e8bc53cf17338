"""What tests of flashing share: whether there is an interpreter, and how to flash its folder."""

from pathlib import Path

import pytest

from host_tools.boards.board import find_board
from host_tools.boards.flash import flash
from host_tools.boards.unix_bridge import UnixBridge
from host_tools.desk.devices import micropython

needs_unix_port = pytest.mark.skipif(
    micropython() is None, reason="MicroPython has no wheel for this machine"
)


def reflash(root: Path, role: str = "ESME", **options):
    """Flash a board's folder again and return the report."""
    options = {"listen_s": 0, "say": lambda line: None, **options}
    with UnixBridge(root) as bridge:
        return flash(find_board("pico"), role, bridge.port, **options)
