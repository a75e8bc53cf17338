"""The memories, their doubles and the counters on MicroPython's unix port, with its littlefs."""

import os
import subprocess

import pytest

from host_tools.desk.devices import ROOT, micropython
from tests.boards.unix_board import needs_unix_port

pytestmark = [needs_unix_port, pytest.mark.runtime]

EXPECTED = """\
b'abcdefgh' 2 b''
b'abcdefgh' True
cut
True
True 31
stalls 0
pcnt 0
pio 0
"""


def test_memories_doubles_and_allocations_on_micropython():
    path = f"{ROOT}:{ROOT / 'firmware'}:.frozen"
    done = subprocess.run(
        [str(micropython()), "tests/drivers/on_micropython.py"],
        cwd=ROOT,
        env={**os.environ, "MICROPYPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.stdout == EXPECTED
