"""The bridge behaves as a board at its serial port: reboots, modes, start scripts, Ctrl-C."""

import pytest
import serial

from host_tools.boards.unix_bridge import UnixBridge
from tests.boards.unix_board import needs_unix_port

pytestmark = [needs_unix_port, pytest.mark.runtime]

PROMPT = b">>> "
RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"


@pytest.fixture
def board(tmp_path):
    (tmp_path / "boot.py").write_text("print('booted', __name__)\n", encoding="utf-8")
    (tmp_path / "main.py").write_text("print('main', __name__)\nkept = 7\n", encoding="utf-8")
    with UnixBridge(tmp_path) as bridge, serial.Serial(bridge.port, timeout=5) as line:
        yield line


def ask(line, octets, until):
    line.write(octets)
    return line.read_until(until)


def test_power_on_and_soft_reset_run_both_scripts_before_the_prompt(board):
    said = board.read_until(PROMPT)
    assert said.index(b"booted __main__") < said.index(b"main __main__")
    said = ask(board, b"\x04", b"main __main__") + board.read_until(PROMPT)
    assert said.index(b"MPY: soft reboot") < said.index(b"booted") < said.index(b"main __main__")
    assert b"7" in ask(board, b"kept\r", PROMPT)


def test_in_raw_mode_a_soft_reset_runs_no_main_and_forgets_names(board):
    board.read_until(PROMPT)
    assert ask(board, b"\x01", RAW_PROMPT)
    assert ask(board, b"print(kept)\x04", b"\x04>").startswith(b"OK7")
    said = ask(board, b"\x04", RAW_PROMPT)
    assert said.endswith(b"OK\r\nMPY: soft reboot\r\n" + RAW_PROMPT)
    assert b"main" not in said
    assert b"NameError" in ask(board, b"print(kept)\x04", b"\x04>")


def test_ctrl_c_interrupts_code_and_leaves_the_prompt(board):
    board.read_until(PROMPT)
    board.write(b"while True: pass\r\r")
    said = ask(board, b"\x03", b"KeyboardInterrupt")
    assert b"KeyboardInterrupt" in said
    assert b"42" in ask(board, b"6 * 7\r", b"42")


def test_ctrl_c_interrupts_what_came_in_raw_mode_and_nothing_after_it(board):
    board.read_until(PROMPT)
    ask(board, b"\x01", RAW_PROMPT)
    ask(board, b"while True: pass\x04", b"OK")
    said = ask(board, b"\r\x03", b"\x04>")
    assert b"KeyboardInterrupt" in said
    assert ask(board, b"\r\x03\r\x01", RAW_PROMPT).endswith(RAW_PROMPT)
    assert ask(board, b"print(6 * 7)\x04", b"\x04>").startswith(b"OK42")


def test_two_hosts_one_after_the_other_find_the_same_session(tmp_path):
    with UnixBridge(tmp_path) as bridge:
        with serial.Serial(bridge.port, timeout=5) as line:
            line.read_until(PROMPT)
            ask(line, b"kept = 11\r", PROMPT)
        with serial.Serial(bridge.port, timeout=5) as line:
            assert b"11" in ask(line, b"kept\r", b"11")


def test_a_failing_main_leaves_its_traceback_and_the_prompt(tmp_path):
    (tmp_path / "main.py").write_text("1 // 0\n", encoding="utf-8")
    with UnixBridge(tmp_path) as bridge, serial.Serial(bridge.port, timeout=5) as line:
        said = line.read_until(PROMPT)
    assert b"ZeroDivisionError" in said
