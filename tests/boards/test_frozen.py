"""What roles have on the heap of a frozen firmware: `make frozen` builds MicroPython for it."""

import os
import subprocess

import pytest
from click.testing import CliRunner

from host_tools.boards.frozen import FrozenError, build, measure
from host_tools.cli import main
from host_tools.desk.devices import ROOT, micropython
from tests.boards.unix_board import needs_unix_port


def test_what_is_no_source_of_micropython_is_named_in_one_line(tmp_path):
    result = CliRunner().invoke(main, ["frozen", str(tmp_path)])
    assert result.exit_code == 1
    assert f"Error: {tmp_path}: not MicroPython's source" in result.output


def test_a_build_that_fails_is_told_with_its_last_line(tmp_path):
    (tmp_path / "ports/unix").mkdir(parents=True)
    (tmp_path / "ports/unix/Makefile").touch()
    (tmp_path / "mpy-cross").mkdir()
    (tmp_path / "mpy-cross/Makefile").write_text("all:\n\t@echo no compiler >&2; exit 1\n")
    with pytest.raises(FrozenError, match=r"^make in .*mpy-cross: make: .*Error 1$"):
        build(tmp_path, tmp_path / "out")


@needs_unix_port
def test_an_interpreter_without_the_firmware_is_found_out():
    with pytest.raises(FrozenError, match=r"^CH: ImportError: no module named 'main'"):
        measure(micropython(), "CH")


@needs_unix_port
def test_the_script_prints_what_a_hub_takes(tmp_path):
    """Of the source, on 64 bits: only frozen, on 32, are they the figures of a board."""
    done = subprocess.run(
        [micropython(), "-X", "heapsize=4M", ROOT / "host_tools/node/frozen_heap.py", "CH"],
        cwd=tmp_path,
        env={**os.environ, "MICROPYPATH": f"{ROOT / 'firmware'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    imported, live, agreeing = map(int, done.stdout.split())
    assert 100_000 < imported < live <= agreeing + 10_000
    assert (tmp_path / "state").is_dir()
