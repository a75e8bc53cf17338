"""One device as a child process: its start, its log and its certain end."""

import os
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

_TAIL_BYTES = 4096


class NodeProcess:
    """A child that is told the conductor's UDP port as its last argument.

    env is added to this process's environment. Output and errors go to log_path. The child
    ends at the latest when this object or this process does.
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        env: Mapping[str, str] | None,
        cwd: Path | None,
        log_path: Path,
    ) -> None:
        self.log_path = log_path
        self._argv = [str(word) for word in argv]
        self._env = {**os.environ, **(env or {})}
        self._cwd = cwd
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, port: int) -> None:
        """Start the child. Raises OSError when the program can't be run."""
        with open(self.log_path, "wb") as log:
            self._child = subprocess.Popen(
                [*self._argv, str(port)],
                env=self._env,
                cwd=self._cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        weakref.finalize(self, _kill, self._child)

    def exit_code(self) -> int | None:
        """Return the code the child ended with, None while it runs or was never started."""
        return self._child.poll() if self._child else None

    def log_tail(self, lines: int = 15) -> str:
        """Return the last lines of the child's output."""
        if not self.log_path.exists():
            return ""
        text = self.log_path.read_bytes()[-_TAIL_BYTES:].decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def end(self, grace_s: float = 0.0) -> None:
        """Give the child grace_s to end by itself, then kill it. Never raises for a dead one."""
        if self._child is None:
            return
        try:
            self._child.wait(grace_s)
        except subprocess.TimeoutExpired:
            _kill(self._child)


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.kill()
    child.wait()
