"""How long a board's memories last: a meter's writes of a day, counted, times what each costs.

The meter itself runs through a real household's mean and heaviest day on memories that count.
What littlefs makes of a write is measured with MicroPython's littlefs.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from host_tools.desk.devices import ROOT, micropython
from host_tools.desk.story import DATA
from host_tools.node.flash_double import BoardTime, FlashDouble
from host_tools.node.house import half_hours, seconds_with_pulses
from host_tools.node.ram_memory import RamFiles
from host_tools.node.wear import CountingFram
from host_tools.year import HalfHours, IdealSwitch
from protometer.drivers.memory.flash_blocks import FlashBlocks
from protometer.kernel.clock import VirtualClock
from protometer.roles.esme import Esme
from protometer.store.file_slots import INLINE_SIZE

from .board import Board, BoardError
from .chip import FlashFacts, load_chip
from .device import MWH_PER_WH

DAYS_A_YEAR = 365.25
PENCE_A_KWH = 30
# MB85RC512T data sheet: reads and writes of an octet.
FRAM_CYCLES = 10**13
# The partition of board_configs/esp32_devkitc_partition.toml.
PARTITION_BLOCKS = 32
_HALF_HOURS_A_DAY = 48
_LOOK_S = 30


class LifeError(BoardError):
    """The life of a board can't be worked out here; the message is one line."""


@dataclass(frozen=True)
class Household:
    """Half-hours (start, Wh) of the day nearest the mean, and of the heaviest day."""

    mean: list[tuple[int, int]]
    heavy: list[tuple[int, int]]


@dataclass(frozen=True)
class Writes:
    """What a meter did in a day: to its files by kind of write, and to what else it has.

    hottest: the most that one octet of a FRAM was written, or one block of a partition erased.
    """

    commits: int
    files: dict[str, int]
    hottest: int


@dataclass(frozen=True)
class Life:
    """One board and one day: state_years is None where the state lies among the logs' files."""

    commits: int
    file_erases: float
    state_years: float | None
    files_years: float


class CountingFiles(RamFiles):
    """Files that count writes by what they cost littlefs."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = {"step": 0, "entry": 0, "checkpoint": 0}

    def write(self, name: str, octets: bytes) -> None:
        """Replace what a file holds: small ones stay inside the folder's block."""
        self.counts["step" if len(octets) <= INLINE_SIZE else "checkpoint"] += 1
        super().write(name, octets)

    def write_at(self, name: str, position: int, octets: bytes) -> None:
        """Write over, or extend, an existing file."""
        self.counts["entry"] += 1
        super().write_at(name, position, octets)


@cache
def household() -> Household:
    """Return the mean and the heaviest of the whole days in host_tools/data."""
    days: dict[int, list[tuple[int, int]]] = {}
    for path in sorted(DATA.glob("household_*.csv")):
        for start_s, energy_wh in half_hours(str(path), 0, 2**31):
            days.setdefault(start_s // 86_400, []).append((start_s, energy_wh))
    whole = [rows for rows in days.values() if len(rows) == _HALF_HOURS_A_DAY]
    mean_wh = sum(day_wh(rows) for rows in whole) / len(whole)
    return Household(
        min(whole, key=lambda rows: abs(day_wh(rows) - mean_wh)), max(whole, key=day_wh)
    )


def day_wh(rows: list[tuple[int, int]]) -> int:
    """Return the energy of half-hours."""
    return sum(energy_wh for _, energy_wh in rows)


def day_of_writes(medium: str, loss_bound_wh: int, commit_s: int, heavy: bool) -> Writes:
    """Run a meter through a day; medium: the kind of its state memory in a board file."""
    rows = household().heavy if heavy else household().mean
    files = CountingFiles()
    fram, flash = CountingFram(), FlashDouble(BoardTime(), PARTITION_BLOCKS)
    memory: Any = {"file": files, "fram": fram, "partition": FlashBlocks(flash)}[medium]
    front_end = HalfHours()
    bound_mwh = loss_bound_wh * MWH_PER_WH
    begin_s = rows[0][0]
    esme = Esme(
        front_end,
        IdealSwitch(),
        memory,
        files,
        VirtualClock(begin_s, lambda: 0),
        bound_mwh,
        commit_s,
    )
    before = dict(files.counts)
    for now_s, pulses in looks(rows):
        front_end.waiting_wh = pulses
        esme.step(now_s)
        while esme.outbox.take():
            pass
    counts = {kind: files.counts[kind] - before[kind] for kind in before}
    hottest = {"file": 0, "fram": max(fram.writes), "partition": max(flash.erases)}[medium]
    return Writes(esme._transaction._store.commits, counts, hottest)


def looks(rows: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield (second, Wh) for each second with energy, and now and then in between."""
    last_s = rows[0][0]
    for at_s, pulses in seconds_with_pulses(rows):
        yield from ((between_s, 0) for between_s in range(last_s + _LOOK_S, at_s, _LOOK_S))
        yield at_s, pulses
        last_s = at_s
    end_s = rows[-1][0] + 86_400 // _HALF_HOURS_A_DAY
    yield from ((between_s, 0) for between_s in range(last_s + _LOOK_S, end_s + 1, _LOOK_S))


@cache
def littlefs_erases(program_octets: int) -> dict[str, float]:
    """Return the blocks that littlefs erases for one write of each kind; LifeError without it."""
    interpreter = micropython()
    if interpreter is None:
        raise LifeError("MicroPython has no wheel for this machine, and so no littlefs")
    path = f"{ROOT}:{ROOT / 'firmware'}"
    told = subprocess.run(
        [interpreter, "-X", "heapsize=8M", "-m", "host_tools.node.littlefs_cost"]
        + [str(program_octets)],
        env={**os.environ, "MICROPYPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return {kind: cost[1] / 1000 for kind, cost in json.loads(told.stdout).items()}


def life_of(board: Board, free_blocks: int, heavy: bool) -> Life:
    """Return the life of a board; free_blocks: of the file system, over which wear is spread."""
    flash = load_chip(board.chip).flash
    memory = board.memory
    writes = day_of_writes(memory.kind, memory.loss_bound_wh, memory.commit_s, heavy)
    costs = littlefs_erases(flash.files_program_octets)
    erases = sum(count * costs[kind] for kind, count in writes.files.items())
    if free_blocks <= 0:
        raise LifeError(f"{board.name}: the file system is full")
    years = free_blocks * flash.cycles / erases / DAYS_A_YEAR
    return Life(writes.commits, erases, _state_years(memory.kind, writes, flash), years)


def _state_years(kind: str, writes: Writes, flash: FlashFacts) -> float | None:
    if kind == "file":
        return None
    cycles = FRAM_CYCLES if kind == "fram" else flash.cycles
    return cycles / writes.hottest / DAYS_A_YEAR


def loss_pence(board: Board) -> float:
    """Return what the energy that a power cut may cost is worth."""
    return board.memory.loss_bound_wh * PENCE_A_KWH / 1000
