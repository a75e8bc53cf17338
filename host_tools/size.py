"""The size budget: compiled octets by package, and live heap by role on MicroPython wasm32.

wasm32 has the object sizes of an RP2040; its live heap after a collection, with the compiled
modules loaded into RAM as stock firmware loads them, is the figure that binds: of a device that
has been on the network that it joined for an hour, and while it agrees a link key there.
"""

import json
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from host_tools.boards.board import find_board
from host_tools.boards.bundle import bundle, rows, write_beside
from host_tools.desk.devices import ROLES, ROOT

BUDGETS = ROOT / "host_tools/budgets.toml"
_BOARD = "pico"
_HAN = ".han."
# What runs a role beside its bundle.
_PROBE = ("heap_probe", "pins")
_TOTALS = {
    "all .mpy and tables": "mpy_bytes",
    "of han, in memory": "han_bytes",
    "live heap: code": "code_heap_bytes",
    "live heap: data": "data_heap_bytes",
    "live heap": "live_heap_bytes",
    "live heap: agreeing a key": "key_heap_bytes",
}


@dataclass(frozen=True)
class RoleSize:
    """One role: octets of .mpy by package, of all, of what is in memory of `han/`; of heap: code,
    data, both, both as it agrees a key.
    """

    role: str
    packages: dict[str, int]
    mpy_bytes: int
    han_bytes: int
    code_heap_bytes: int
    data_heap_bytes: int
    live_heap_bytes: int
    key_heap_bytes: int


def measure(role: str, folder: Path) -> RoleSize:
    """Bundle a role into folder and measure it; needs node.js and the wasm package."""
    made = bundle(role, folder / role.lower(), find_board(_BOARD), radio=True)
    write_beside(_PROBE, folder / role.lower())
    packages = {name: octets for name, _, _, octets in rows(made) if name.startswith("protometer")}
    done = subprocess.run(
        ["node", ROOT / "host_tools/wasm/size.mjs", folder / role.lower(), role],
        capture_output=True,
        text=True,
        check=True,
    )
    heap = json.loads(done.stdout)
    loaded = {f"{name.replace('.', '/')}.mpy" for name in heap["loaded"] if _HAN in name}
    return RoleSize(
        role,
        packages,
        sum(packages.values()),
        sum(len(file.octets) for file in made.files if file.path in loaded),
        heap["code"],
        heap["data"],
        heap["live"],
        heap["agreeing"],
    )


def measure_all() -> list[RoleSize]:
    """Measure every role, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return [measure(role, Path(folder)) for role in ROLES]


def budgets(kind: str) -> dict[str, dict[str, int]]:
    """Return the budgets of a kind (design, held) by role: mpy_, live_heap_, data_heap_bytes."""
    with open(BUDGETS, "rb") as file:
        kinds: dict[str, dict[str, dict[str, int]]] = tomllib.load(file)
    return kinds[kind]


def excesses(size: RoleSize, kind: str = "held") -> list[str]:
    """Return a line for each budget that a role exceeds."""
    limits = budgets(kind).get(size.role, {})
    return [
        f"{size.role}: {name} is {getattr(size, name):,}, {kind} {limit:,}: "
        f"{getattr(size, name) - limit:,} over"
        for name, limit in limits.items()
        if getattr(size, name) > limit
    ]


def table(sizes: list[RoleSize]) -> Table:
    """Return the sizes as a table: a row a package, then the heap."""
    shown = Table(title="Octets: .mpy by package, then live heap on wasm32")
    shown.add_column("package")
    for size in sizes:
        shown.add_column(size.role, justify="right")
    packages = sorted({name for size in sizes for name in size.packages})
    for name in packages:
        shown.add_row(name, *(f"{size.packages.get(name, 0):,}" for size in sizes))
    for label, attribute in _TOTALS.items():
        shown.add_row(label, *(f"{getattr(size, attribute):,}" for size in sizes), style="bold")
        for kind in ("design", "held"):
            limits = [budgets(kind).get(size.role, {}).get(attribute) for size in sizes]
            if any(limits):
                cells = (f"{limit:,}" if limit else "" for limit in limits)
                shown.add_row(f"  budget, {kind}", *cells)
    return shown
