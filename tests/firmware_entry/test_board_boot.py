"""firmware/boot.py: frozen modules come before folders of the same name."""

import sys

import pytest

from host_tools.boards.closure import FIRMWARE


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # What an rp2 board starts with, and a port without frozen modules.
        (["", ".frozen", "/lib"], [".frozen", "", "/lib"]),
        (["", "/lib"], ["", "/lib"]),
    ],
)
def test_the_import_order(monkeypatch, before, after):
    path = list(before)
    source = (FIRMWARE / "boot.py").read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "path", path)
    exec(compile(source, "boot.py", "exec"), {})
    assert path == after
