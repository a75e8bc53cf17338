"""A board without a board: MicroPython's unix port behind a serial port, for the real mpremote.

    python -m host_tools.boards.unix_bridge FOLDER       prints the port and serves until Ctrl-C

The folder is the board's file system. The unix port ends where a board would reboot (Ctrl-D), so
it is started again here, as a board starts: boot.py always, main.py unless in raw mode. Nor does
it hear Ctrl-C while it runs what came in raw mode, so that it is sent a signal then.
"""

import contextlib
import os
import pty
import select
import signal
import sys
import termios
import threading
import time
import tty
from pathlib import Path

from host_tools.desk.devices import HEAP, micropython

STAND_INS = Path(__file__).parents[1] / "shim" / "unix_board"
_RAW_MODE = 0x01
_FRIENDLY_MODE = 0x02
_RUN = 0x04
_HAS_RUN = b"\x04>"
_INTERRUPT = b"\x03"
_SETTLE_S = 0.03
_PROMPT = b">>> "
_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_SOFT_REBOOT = b"MPY: soft reboot\r\n"
_CHUNK = 4096
_START_S = 5.0
# Runs a board's start scripts before the prompt, each with the prompt's own names.
_START = """
def _start(name):
    try:
        source = open(name).read()
    except OSError:
        return
    try:
        exec(compile(source, name, "exec"), globals())
    except Exception as failure:
        import sys
        sys.print_exception(failure)
"""


class UnixBridge:
    """Serves a folder as a board; a context manager, whose `port` mpremote can connect to.

    environment: variables for the interpreter, on top of MICROPYPATH for the stand-in machine;
    heap: what the board has of it, as the interpreter takes it.
    """

    def __init__(
        self, root: Path, environment: dict[str, str] | None = None, heap: str = HEAP
    ) -> None:
        self._root = root.resolve()
        self._heap = heap
        # Absolute, because the process starts in the board's folder.
        found = micropython()
        if found is None:
            raise FileNotFoundError("MicroPython has no wheel for this machine")
        self._interpreter = str(Path(found).absolute())
        path = f":{STAND_INS}:.frozen"
        self._environment = {
            **os.environ,
            "MICROPYPATH": path,
            "TERM": "dumb",
            **(environment or {}),
        }
        self._raw = False
        # Whether it runs what came in raw mode.
        self._runs = False
        self._said_last = b""
        self._process = 0
        self._device = -1
        # Our end of the port, and the end the host opens, kept open between two hosts.
        self._line, self._host_end = pty.openpty()
        tty.setraw(self._line)
        tty.setraw(self._host_end)
        self.port = os.ttyname(self._host_end)
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "UnixBridge":
        """Power the board on."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Power the board off."""
        os.write(self._stop_write, b".")
        self._thread.join()
        for end in (self._line, self._host_end, self._stop_read, self._stop_write):
            os.close(end)

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        self._thread.join()

    def _serve(self) -> None:
        self._spawn()
        while True:
            ready, _, _ = select.select([self._line, self._device, self._stop_read], [], [])
            if self._stop_read in ready:
                break
            if self._device in ready:
                said = _read(self._device)
                if said:
                    self._runs = self._runs and _HAS_RUN not in self._said_last + said
                    self._said_last = said[-1:]
                    os.write(self._line, said)
                else:
                    self._reboot()
            elif self._line in ready:
                asked = os.read(self._line, _CHUNK)
                self._pass_on(asked)
                self._note_mode(asked)
        self._reap(kill=True)

    def _pass_on(self, asked: bytes) -> None:
        before, interrupt, after = asked.partition(_INTERRUPT)
        # An interpreter that just ended is noticed by the next read.
        with contextlib.suppress(OSError):
            os.write(self._device, before)
            if interrupt:
                # What came before it must be running by then, or it is read as a key.
                time.sleep(_SETTLE_S)
                if self._runs:
                    os.kill(self._process, signal.SIGINT)
                    interrupt = b""
                os.write(self._device, interrupt + after)

    def _note_mode(self, asked: bytes) -> None:
        for octet in asked:
            if octet in (_RAW_MODE, _FRIENDLY_MODE):
                self._raw = octet == _RAW_MODE
            elif octet == _RUN:
                self._runs = self._raw

    def _reboot(self) -> None:
        self._runs = False
        self._reap(kill=False)
        self._spawn()
        if not self._raw:
            os.write(self._line, _SOFT_REBOOT)
            return
        self._await(_PROMPT)
        os.write(self._device, bytes((_RAW_MODE,)))
        self._await(_RAW_BANNER)
        os.write(self._line, b"OK\r\n" + _SOFT_REBOOT + _RAW_BANNER)

    def _await(self, wanted: bytes) -> None:
        heard = b""
        while not heard.endswith(wanted):
            ready, _, _ = select.select([self._device], [], [], _START_S)
            said = _read(self._device) if ready else b""
            if not said:
                return
            heard += said

    def _spawn(self) -> None:
        scripts = ("boot.py",) if self._raw else ("boot.py", "main.py")
        start = _START + "\n".join(f"_start({name!r})" for name in scripts)
        command = [self._interpreter, "-X", f"heapsize={self._heap}", "-i", "-c", start]
        self._process, self._device = pty.fork()
        if not self._process:
            _make_line()
            os.chdir(self._root)
            os.execve(self._interpreter, command, self._environment)

    def _reap(self, kill: bool) -> None:
        if kill:
            os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._device)


def _make_line() -> None:
    """Make our standard input a serial line that changes nothing but interrupts at Ctrl-C.

    The interpreter turns that off while it reads a line, and on again while it runs code.
    """
    mode = termios.tcgetattr(0)
    mode[0] = mode[1] = 0
    mode[3] = termios.ISIG | termios.NOFLSH
    controls = mode[6]
    for control in (termios.VQUIT, termios.VSUSP):
        controls[control] = b"\0"
    controls[termios.VINTR] = _INTERRUPT
    controls[termios.VMIN], controls[termios.VTIME] = 1, 0
    termios.tcsetattr(0, termios.TCSANOW, mode)


def _read(end: int) -> bytes:
    try:
        return os.read(end, _CHUNK)
    except OSError:
        # A pty whose other side is gone reads as an error.
        return b""


def main() -> None:
    """Serve the folder named on the command line."""
    with UnixBridge(Path(sys.argv[1])) as bridge, contextlib.suppress(KeyboardInterrupt):
        print(bridge.port, flush=True)
        bridge.wait()


if __name__ == "__main__":
    main()
