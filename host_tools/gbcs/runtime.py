"""A device's other self on MicroPython: its memory is handed over, and it takes the message."""

import json
import os
import subprocess
from types import TracebackType
from typing import Any

from host_tools.desk.devices import ROOT, micropython
from host_tools.node.message_bench import MessageBench
from host_tools.node.ram_memory import RamFiles
from protometer.gbcs.engine import Outcome
from protometer.model.dictionary import items
from protometer.store.store import Store

_PIECE = 512
_AGENT = ROOT / "host_tools" / "node" / "message_agent.py"


class RuntimeFault(RuntimeError):
    """The runtime is missing, has ended, or could not do what was asked; the message says why."""


class UnixRuntime:
    """MicroPython unix with the heap that is given, one process for many messages."""

    def __init__(self, heap: str) -> None:
        interpreter = micropython()
        if interpreter is None:
            raise RuntimeFault("MicroPython unix has no wheel here")
        self.heap = 0
        self._child = subprocess.Popen(
            [interpreter, "-X", f"heapsize={heap}", str(_AGENT)],
            env={**os.environ, "MICROPYPATH": f"{ROOT}:{ROOT / 'firmware'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def handle(self, bench: MessageBench, octets: bytes) -> Outcome:
        """Have a copy of a device of the bench take a message."""
        keys = bench.messages.keys
        request = {
            "kind": bench.kind,
            "letters": bench.letters,
            "now_s": bench.clock.utc_s(),
            "volatile": _volatile(bench),
            "secrets": keys.secrets,
            "issued": keys.issued,
            "fails_at": bench.messages.engine.fails_at,
            "message": octets.hex(),
        }
        for name, held in _files(bench).items():
            for at in range(0, len(held), _PIECE):
                piece = held[at : at + _PIECE].hex()
                self._write({"file": name, "octets": piece})
        found = self._ask(request)
        self.heap = max(self.heap, found["heap"])
        response = bytes.fromhex(found["response"]) if found["response"] else None
        return Outcome(found["reason"], response, found["failed"])

    def _write(self, request: dict[str, Any]) -> None:
        assert self._child.stdin
        try:
            self._child.stdin.write(json.dumps(request) + "\n")
        except OSError as error:
            raise RuntimeFault(f"MicroPython: {error}") from error

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        child = self._child
        assert child.stdin and child.stdout
        self._write(request)
        try:
            child.stdin.flush()
        except OSError as error:
            raise RuntimeFault(f"MicroPython: {error}") from error
        line = child.stdout.readline()
        if not line:
            raise RuntimeFault(f"MicroPython ended with {child.wait()}")
        found = json.loads(line)
        if "error" in found:
            raise RuntimeFault(f"MicroPython: {found['error']}")
        return found

    def close(self) -> None:
        """End the process."""
        if self._child.stdin:
            self._child.stdin.close()
        self._child.wait(10)

    def __enter__(self) -> "UnixRuntime":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _files(bench: MessageBench) -> dict[str, bytes]:
    """Return the device's logs, and its state as one commit writes it, once."""
    fresh = RamFiles()
    Store(bench.data, fresh).commit()
    copies = {held: name for name, held in fresh.files.items()}
    state = {name: held for held, name in copies.items()}
    logs = {name: held for name, held in bench.memory.files.items() if name.startswith("log")}
    return {**state, **logs}


def _volatile(bench: MessageBench) -> dict[str, Any]:
    """Return single values that no power cut outlives, which the memory can't hand over."""
    found = {}
    for item in items(bench.letters):
        value = getattr(bench.data, item.attribute)
        if "N" not in item.marks and isinstance(value, int | str):
            found[item.attribute] = value
    return found
