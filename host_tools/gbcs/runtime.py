"""A device's other self on MicroPython: its memory is handed over, and it takes the message."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from host_tools.boards.bundle import compiled
from host_tools.desk.devices import HEAP, ROOT, micropython
from host_tools.node.message_bench import MessageBench
from host_tools.node.ram_memory import RamFiles
from protometer.gbcs.engine import Outcome
from protometer.model.dictionary import items
from protometer.store.store import Store

_FIRMWARE = ROOT / "firmware"
_NODE = ("message_agent", "message_bench", "bench_keys", "ram_memory")
_MAIN = "import sys; from host_tools.node.message_agent import serve; serve(sys.stdin, print)"
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
    """MicroPython unix, its heap a Pico's, or wasm32, with the firmware compiled as for a board.

    Each message has a process of its own: a device that has just been switched on.
    """

    def __init__(self, runtime: str) -> None:
        # Octets in use, and the kind of device.
        self.most = (0, "")
        self.runtime = runtime
        self._folder = Path(tempfile.mkdtemp(prefix="protometer-"))
        self._command = _COMMANDS[runtime](self._folder)
        self._compile()

    def _compile(self) -> None:
        for path in sorted((_FIRMWARE / "protometer").rglob("*")):
            relative = path.relative_to(_FIRMWARE)
            target = self._folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".tbl":
                shutil.copy(path, target)
            elif path.suffix == ".py" and path.stat().st_size:
                octets = compiled(relative, _FIRMWARE).octets
                target.with_suffix(".mpy").write_bytes(octets)
        node = self._folder / "host_tools" / "node"
        node.mkdir(parents=True)
        for name in _NODE:
            path = Path("host_tools", "node", f"{name}.py")
            (node / f"{name}.mpy").write_bytes(compiled(path, ROOT).octets)

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
        found = self._ask([*lines, request])
        self.most = max(self.most, (found["heap"], bench.kind))
        response = bytes.fromhex(found["response"]) if found["response"] else None
        return Outcome(found["reason"], response, found["failed"])

    def _ask(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        done = subprocess.run(
            self._command,
            input="".join(json.dumps(line) + "\n" for line in lines),
            env={**os.environ, "MICROPYPATH": str(self._folder)},
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

    def close(self) -> None:
        """Forget what was compiled."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> "MicropythonRuntime":
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
