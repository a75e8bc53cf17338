"""A board at a serial port: commands go through the real mpremote, listening through pyserial.

Faults are one line: which port, and what to do.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

import serial
from serial.tools import list_ports

_INTERRUPT_INTO_FRIENDLY_MODE = b"\r\x03\x02"
_PROMPT = b">>> "
# Opening the port resets some boards, and they are deaf until they have started.
_ATTEMPTS = 5
_ATTEMPT_S = 1.0
_SOFT_RESET = b"\x04"
# A silent port keeps mpremote waiting for ever; a whole board's digests take a few seconds.
_PATIENCE_S = 30.0
_LISTEN_STEP_S = 0.05
_COPIED = re.compile(r"^cp (?:\S+ )?(\S+) :")

_SILENT = "no MicroPython answers; is its firmware on the board?"
# What mpremote says, and what that means.
_FAULTS = (
    ("failed to access", "can't be opened; is another program using it?"),
    ("no device found", "there is no such port"),
    ("could not enter raw repl", _SILENT),
    ("ENOSPC", "the board's file system is full"),
    ("Errno 28", "the board's file system is full"),
)


class RemoteError(Exception):
    """A board can't be reached or refuses; the message is one line that begins with the port."""


class Remote:
    """A port by its name; RemoteError at once if it is a path to nothing.

    patience_s: how long mpremote may go without printing a line before it is given up.
    """

    def __init__(self, port: str, patience_s: float = _PATIENCE_S) -> None:
        self._port = port
        self._patience_s = patience_s
        if port.startswith("/") and not os.path.exists(port):
            known = ", ".join(found.device for found in list_ports.comports())
            hint = f"there are {known}" if known else "no board is plugged in"
            raise RemoteError(f"{port}: there is no such port; {hint}")

    def run(self, arguments: Sequence[str], on_line: Callable[[str], None] | None = None) -> str:
        """Run one mpremote with a chain of commands; return what it printed."""
        command = [sys.executable, "-u", "-m", "mpremote", "connect", self._port, *arguments]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        lines = []
        watch = self._watch(process)
        for line in process.stdout:
            watch.cancel()
            watch = self._watch(process)
            lines.append(line)
            if on_line:
                on_line(line.rstrip())
        watch.cancel()
        if process.wait() == -signal.SIGTERM:
            raise RemoteError(f"{self._port}: {_SILENT}")
        if process.returncode:
            raise RemoteError(f"{self._port}: {meaning(lines)}")
        return "".join(lines)

    def _watch(self, process: subprocess.Popen[str]) -> threading.Timer:
        timer = threading.Timer(self._patience_s, process.terminate)
        timer.start()
        return timer

    def restart(self, listen_s: float, on_line: Callable[[str], None]) -> None:
        """Reset the board so that main.py starts, and hand on what it prints for a while."""
        heard = b""
        try:
            with serial.serial_for_url(self._port, 115200, timeout=_LISTEN_STEP_S) as line:
                _reach_prompt(line)
                line.write(_SOFT_RESET)
                until_s = time.monotonic() + listen_s
                while time.monotonic() < until_s:
                    heard = _whole_lines(heard + line.read(line.in_waiting or 1), on_line)
        except serial.SerialException as fault:
            raise RemoteError(f"{self._port}: lost while listening: {fault}") from None


def copied_file(line: str) -> str | None:
    """Return the local path of a file that mpremote says it copies, or None."""
    found = _COPIED.match(line)
    return found.group(1) if found else None


def _reach_prompt(line: serial.SerialBase) -> None:
    """Stop whatever runs and leave nothing unread after the prompt."""
    for _ in range(_ATTEMPTS):
        line.write(_INTERRUPT_INTO_FRIENDLY_MODE)
        until_s = time.monotonic() + _ATTEMPT_S
        heard = b""
        while time.monotonic() < until_s:
            said = line.read(line.in_waiting or 1)
            heard += said
            if not said and heard.endswith(_PROMPT):
                return


def _whole_lines(heard: bytes, on_line: Callable[[str], None]) -> bytes:
    """Hand on the whole lines after the reboot's own; return what is left."""
    *lines, rest = heard.split(b"\n")
    for line in lines:
        text = line.decode(errors="replace").strip()
        if text and text != ">>>" and not text.endswith("soft reboot"):
            on_line(text)
    return rest


def meaning(lines: Sequence[str]) -> str:
    """Return in one line what mpremote's complaint comes to."""
    said = "".join(lines)
    for mark, meaning in _FAULTS:
        if mark in said:
            return meaning
    return next((line.strip() for line in reversed(lines) if line.strip()), "mpremote failed")
