"""What a board's traceback means, by what the real MicroPython prints of compiled modules."""

import os
import subprocess
from pathlib import Path

import pytest

from host_tools.boards.bundle import OPTIMISATION, WITH_LINES, compiled, put
from host_tools.boards.closure import FIRMWARE
from host_tools.boards.shortening.names import short_names
from host_tools.boards.tracebacks import Tracebacks
from host_tools.desk.devices import micropython
from tests.boards.unix_board import needs_unix_port

pytestmark = [needs_unix_port, pytest.mark.runtime]

_ZCL_TYPES = Path("protometer/han/zcl_types.py")
_MODULES = (_ZCL_TYPES, Path("protometer/han/frame_error.py"))


def line_of(text):
    """Return the number of the first line of zcl_types that a text stands in."""
    lines = (FIRMWARE / _ZCL_TYPES).read_text(encoding="utf-8").splitlines()
    return next(index for index, line in enumerate(lines, 1) if text in line)


def printed(folder, level, called):
    """Return what MicroPython prints of a call of the modules as compiled; its names are short."""
    names = short_names(FIRMWARE)
    for path in _MODULES:
        put(compiled(path, FIRMWARE, names, level), folder)
    name, _, arguments = called.partition("(")
    program = f"from protometer.han import zcl_types\nzcl_types.{names.short[name]}({arguments}"
    done = subprocess.run(
        [micropython(), "-c", program],
        env={**os.environ, "MICROPYPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode
    return done.stdout.splitlines()


def explained(lines):
    """Return the frames in the firmware, and what the error says."""
    tracebacks = Tracebacks()
    meant = [tracebacks.explain(line) for line in lines]
    assert meant[:2] == lines[:2]
    return meant[2:]


def test_functions_are_named_and_where_they_begin(tmp_path):
    lines = printed(tmp_path, OPTIMISATION, "put_value(bytearray(), 255, 1)")
    assert all("line 1, " in line for line in lines[2:-1])
    path = _ZCL_TYPES.as_posix()
    assert explained(lines) == [
        f'  File "{path}", line {line_of("def put_value(")}, in put_value',
        f'  File "{path}", line {line_of("def size_of(")}, in size_of',
        "FrameError: ZCL: data type 0xff",
    ]


def test_lines_are_those_of_the_source_where_they_were_kept(tmp_path):
    lines = printed(tmp_path, WITH_LINES, "put_value(bytearray(), 255, 1)")
    path = _ZCL_TYPES.as_posix()
    assert explained(lines) == [
        f'  File "{path}", line {line_of("size = size_of(kind)")}, in put_value',
        f'  File "{path}", line {line_of("ZCL: data type 0x")}, in size_of',
        "FrameError: ZCL: data type 0xff",
    ]


def test_names_that_an_error_quotes_are_the_sources():
    short = short_names(FIRMWARE).short
    tracebacks = Tracebacks()
    tracebacks.explain(f'  File "zcl_types", line 1, in {short["put_value"]}')
    said = f"NameError: name '{short['put_uint']}' isn't defined"
    assert tracebacks.explain(said) == "NameError: name 'put_uint' isn't defined"
    # No traceback, nothing meant.
    assert tracebacks.explain(said) == said


def test_what_is_no_frame_of_the_firmware_stays():
    tracebacks = Tracebacks()
    for line in (
        "Traceback (most recent call last):",
        '  File "<stdin>", line 1, in <module>',
        "",
    ):
        assert tracebacks.explain(line) == line


def test_several_that_may_be_meant_are_all_said(tmp_path):
    (tmp_path / "here").mkdir()
    for folder in (tmp_path, tmp_path / "here"):
        (folder / "twins.py").write_text("def told():\n    pass\n", encoding="utf-8")
    short = short_names(tmp_path).short["told"]
    meant = Tracebacks(tmp_path).explain(f'  File "twins", line 1, in {short}')
    assert meant == ('  File "here/twins.py", line 1, in told or File "twins.py", line 1, in told')
