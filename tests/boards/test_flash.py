"""Flashing a board, with the real mpremote and the real MicroPython unix port."""

import json
import os
import pty
import re
import time

import pytest
import serial

from host_tools.boards.board import find_board
from host_tools.boards.bundle import MANIFEST, Bundle, BundledFile
from host_tools.boards.device import firmware_version
from host_tools.boards.flash import FlashReport, check_space, flash
from host_tools.boards.remote import Remote, RemoteError, meaning
from host_tools.boards.unix_bridge import UnixBridge
from tests.boards.unix_board import needs_unix_port, reflash

pytestmark = [needs_unix_port, pytest.mark.runtime]


def manifest(root):
    return json.loads((root / MANIFEST).read_text(encoding="utf-8"))


def test_a_first_flash_copies_everything_and_starts_the_meter(flashed_once):
    root, report, lines = flashed_once
    assert sorted(report.copied) == sorted([*manifest(root), MANIFEST])
    assert (report.removed, report.kept_aside, report.unchanged) == ([], [], 0)
    assert all((root / path).is_file() for path in report.copied)
    # The board writes its first checkpoint when it starts.
    assert (root / "state").is_dir()
    count = len(report.copied)
    assert f"{count}/{count} " in "\n".join(lines)
    assert f"{count} files copied, 0 removed, 0 unchanged" in lines


def test_the_board_says_what_it_is_and_what_it_lacks(flashed_once):
    heard = flashed_once[1].heard
    assert heard[:2] == [
        f"Protometer {firmware_version()}, Raspberry Pi Pico",
        "han: none, no network was given",
    ]
    assert re.fullmatch(r"clock: 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", heard[2])
    assert re.fullmatch(r"heap: \d+ bytes free", heard[3])
    assert re.fullmatch(r"ESME running \d+ ms after start", heard[4])


def test_a_second_flash_copies_nothing(board_root):
    report = reflash(board_root)
    assert (report.copied, report.removed) == ([], [])
    assert report.unchanged == len(manifest(board_root)) + 1


def test_a_changed_module_is_the_only_one_copied(board_root, firmware):
    with (firmware / "protometer/supply/load_switch.py").open("a", encoding="utf-8") as module:
        module.write('\nTOUCHED = "touched just once"\n')
    report = reflash(board_root, firmware=firmware)
    assert report.copied == [MANIFEST, "protometer/supply/load_switch.mpy"]
    octets = (board_root / "protometer/supply/load_switch.mpy").read_bytes()
    assert b"touched just once" in octets


def test_what_a_release_no_longer_has_disappears_and_the_rest_stays(board_root):
    mine = board_root / "protometer/mine.py"
    mine.write_text("answer = 42\n", encoding="utf-8")
    report = reflash(board_root, role="IHD")
    gone = "protometer/drivers/meter/pulse_meter.mpy"
    assert gone in report.removed
    assert not (board_root / "protometer/drivers/meter").exists()
    assert (board_root / "protometer/drivers/display/ssd1306.mpy").exists()
    assert mine.read_text(encoding="utf-8") == "answer = 42\n"
    assert (board_root / "diary.txt").read_text(encoding="utf-8") == "dear diary"


def test_a_board_becomes_a_prepayment_interface(board_root):
    report = reflash(board_root, role="PPMID", listen_s=2.0)
    assert "protometer/roles/esme.mpy" in report.removed
    assert "protometer/roles/ppmid_ui.mpy" in report.copied
    description = json.loads((board_root / "protometer.json").read_text(encoding="utf-8"))
    assert (description["role"], description["keys"]) == ("PPMID", {"confirm": 10, "next": 11})
    # Without a network there is nobody to speak to, and it says so.
    assert any(line.startswith("protometer: PPMID needs a radio: ") for line in report.heard)


def test_a_file_damaged_on_the_board_is_copied_again(board_root):
    (board_root / "protometer/kernel/clock.mpy").write_bytes(b"?")
    assert reflash(board_root).copied == ["protometer/kernel/clock.mpy"]


def test_start_scripts_of_somebody_else_are_kept_aside(board_root):
    (board_root / "main.py").write_text("print('mine')\n", encoding="utf-8")
    (board_root / MANIFEST).unlink()
    report = reflash(board_root)
    assert report.kept_aside == ["main.py"]
    assert (board_root / "main.py.old").read_text(encoding="utf-8") == "print('mine')\n"


def test_a_flashed_meter_counts_pulses_and_keeps_them_over_a_reset(board_root):
    # A pulse of 1 Wh every 100 ms; Ctrl-C commits what was counted.
    with UnixBridge(board_root, {"BENCH_PULSES": "22:100"}) as bridge:
        Remote(bridge.port).restart(2.5, lambda line: None)
        remote = Remote(bridge.port)
        script = "print('reading', role.data.active_import_register.wh(0))"
        first = reading_wh(remote.run(["resume", "exec", script]))
        assert 10 <= first <= 30
        remote.restart(1.0, lambda line: None)
        assert reading_wh(remote.run(["resume", "exec", script])) > first


def reading_wh(said):
    return int(re.search(r"reading (\d+)", said).group(1))


def test_ctrl_c_stops_the_meter_and_gives_the_prompt(board_root):
    with UnixBridge(board_root) as bridge, serial.Serial(bridge.port, timeout=5) as line:
        assert b"running" in line.read_until(b"after start")
        line.write(b"\x03")
        assert b"stopped" in line.read_until(b">>> ")


def test_a_port_that_is_not_there_is_one_line():
    with pytest.raises(RemoteError, match=r"^/dev/nothing: there is no such port; [^\n]*$"):
        flash(find_board("pico"), "ESME", "/dev/nothing", say=lambda line: None)


def test_a_port_where_nothing_answers_is_one_line():
    line, host_end = pty.openpty()
    port = os.ttyname(host_end)
    with pytest.raises(RemoteError) as fault:
        Remote(port, patience_s=1).run(["exec", "print(1)"])
    os.close(line)
    os.close(host_end)
    assert str(fault.value) == f"{port}: no MicroPython answers; is its firmware on the board?"


# The last lines of mpremote 1.29, and what they come to.
SAID = (
    (
        "mpremote: failed to access /dev/ttyACM0 (it may be in use by another program)",
        "can't be opened; is another program using it?",
    ),
    (
        "mpremote: could not enter raw repl",
        "no MicroPython answers; is its firmware on the board?",
    ),
    ("OSError: [Errno 28] ENOSPC", "the board's file system is full"),
    ("mpremote: something new", "mpremote: something new"),
)


@pytest.mark.parametrize(("said", "expected"), SAID)
def test_what_mpremote_says_becomes_plain(said, expected):
    assert meaning(["b''\n", said + "\n"]) == expected


def test_a_board_that_is_too_small_is_told_before_anything_is_copied():
    octets = bytes(5000)
    made = Bundle("ESME", "Pico", (BundledFile("protometer/a.mpy", octets, 5000),))
    report = FlashReport(copied=["protometer/a.mpy"])
    # 5,000 bytes take two blocks of 4 KB, their folder two more.
    enough = {"files": {}, "ours": [], "free": 16 * 1024}
    check_space(made, report, enough, "COM3")
    with pytest.raises(RemoteError) as fault:
        check_space(made, report, {**enough, "free": 16 * 1024 - 1}, "COM3")
    assert str(fault.value) == "COM3: the board's file system has 15 KB free, 16 needed"


def test_the_clock_a_board_has_is_set_in_utc(board_root, tmp_path):
    # A stand-in RTC that only writes down what it is set to.
    (board_root / "machine.py").write_text(
        "from umachine import *\n"
        "class RTC:\n"
        "    def datetime(self, fields):\n"
        "        open('rtc.txt', 'w').write(repr(fields))\n",
        encoding="utf-8",
    )
    before_s = time.time()
    reflash(board_root)
    fields = eval((board_root / "rtc.txt").read_text(encoding="utf-8"))
    year, month, day, weekday, hour, minute, second, _ = fields
    expected = {time.gmtime(before_s + late_s)[:7] for late_s in range(30)}
    assert (year, month, day, hour, minute, second, weekday) in expected
