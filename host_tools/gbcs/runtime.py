"""A device's other self on MicroPython: its memory is handed over, and it takes the message."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from host_tools.boards.compiled_firmware import compiled_firmware, role_firmware
from host_tools.desk.devices import HEAP, ROOT, micropython
from host_tools.node.message_bench import MessageBench
from host_tools.node.ram_memory import RamFiles
from protometer.gbcs.engine import Outcome
from protometer.model.dictionary import items
from protometer.store.store import Store

_MAIN = "import sys; from host_tools.node.message_agent import serve; serve(sys.stdin, print)"
# Hubs and others take messages on the desk alone.
_BUNDLED = ("ESME", "GSME")
_PIECE = 512
_TIMEOUT_S = 60


class RuntimeFault(RuntimeError):
    """The runtime is missing, has ended, or could not do what was asked; the message says why."""


def _unix(folder: Path) -> list[str]:
    interpreter = micropython()
    if interpreter is None:
        raise RuntimeFault("MicroPython unix has no wheel here")
    return [interpreter, "-X", f"heapsize={HEAP}", "-c", _MAIN]


def _wasm32(folder: Path) -> list[str]:
    node = shutil.which("node")
    if node is None:
        raise RuntimeFault("MicroPython wasm32 needs node.js")
    return [node, str(ROOT / "host_tools/wasm/messages.mjs"), str(folder)]


_COMMANDS = {"unix": _unix, "wasm32": _wasm32}


class MicropythonRuntime:
    """MicroPython unix, its heap a Pico's, or wasm32, with the firmware as a board has it.

    Each message has a process of its own: a device that has just been switched on.
    """

    def __init__(self, runtime: str) -> None:
        # Octets in use, and the kind of device.
        self.most = (0, "")
        self.runtime = runtime
        # Told now where the runtime is missing.
        _COMMANDS[runtime](compiled_firmware())

    def handle(self, bench: MessageBench, octets: bytes) -> Outcome:
        """Have a copy of a device of the bench take a message."""
        keys = bench.messages.keys
        lines = [
            {"file": name, "octets": held[at : at + _PIECE].hex()}
            for name, held in _files(bench).items()
            for at in range(0, len(held), _PIECE)
        ]
        request = {
            "kind": bench.kind,
            "letters": bench.letters,
            "now_s": bench.clock.utc_s(),
            "volatile": _volatile(bench),
            "ahead_s": bench.device.clock.ahead_s(bench.clock.utc_s()),
            "power_w": [bench.front_end.power_w, bench.front_end.secondary_power_w],
            "mirrored": _mirrored(bench),
            "secrets": keys.secrets,
            "issued": keys.issued,
            "fails_at": bench.messages.engine.fails_at,
            "message": octets.hex(),
        }
        found = self._ask(_folder_of(bench.kind), [*lines, request])
        self.most = max(self.most, (found["heap"], bench.kind))
        response = bytes.fromhex(found["response"]) if found["response"] else None
        return Outcome(found["reason"], response, found["failed"])

    def _ask(self, folder: Path, lines: list[dict[str, Any]]) -> dict[str, Any]:
        done = subprocess.run(
            _COMMANDS[self.runtime](folder),
            input="".join(json.dumps(line) + "\n" for line in lines),
            cwd=folder,
            env={**os.environ, "MICROPYPATH": str(folder)},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if done.returncode or not done.stdout:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise RuntimeFault(f"MicroPython: {said[-1] if said else done.returncode}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def _folder_of(kind: str) -> Path:
    """Return the firmware of a kind of device: as its bundle has it, where a board takes messages
    as it.
    """
    return role_firmware(kind) if kind in _BUNDLED else compiled_firmware()


def _files(bench: MessageBench) -> dict[str, bytes]:
    """Return the device's logs, and its state as one commit writes it, once."""
    fresh = RamFiles()
    Store(bench.data, fresh).commit()
    copies = {held: name for name, held in fresh.files.items()}
    state = {name: held for held, name in copies.items()}
    logs = {name: held for name, held in bench.memory.files.items() if name.startswith("log")}
    return {**state, **logs}


def _mirrored(bench: MessageBench) -> list[tuple[int, int, int | str]]:
    """Return what a gas proxy was told, octets in hex."""
    if bench.kind != "GPF":
        return []
    told = bench.device.mirror._values.items()
    return [
        (place, kind, value if isinstance(value, int) else bytes(value).hex())
        for place, (kind, value) in told
    ]


def _volatile(bench: MessageBench) -> dict[str, Any]:
    """Return what no power cut outlives, which the memory can't hand over."""
    found = {}
    for item in items(bench.letters):
        value = getattr(bench.data, item.attribute)
        if "N" in item.marks:
            continue
        if item.is_array:
            value = list(value)
        if isinstance(value, int | str | list):
            found[item.attribute] = value
    return found
