"""Ten years of a meter's writes on every board's memories: which block is worn most, and how far.

The real meter runs through a fortnight of mean days, on prepayment with a time-of-use tariff,
each week with a top-up and a new tariff, which takes a checkpoint wherever it is kept. The
fortnight's writes are then played again and again by host_tools.node.wear: into MicroPython's
littlefs with the firmware's files and full logs in it, into the rings of a partition, into a FRAM.
Jobs are processes of their own, one a core.
"""

import errno
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from host_tools.desk.devices import ROOT, micropython
from host_tools.desk.story import STORIES
from host_tools.node.desk_supplier import meter_authenticator
from host_tools.node.flash_double import BoardTime, FlashDouble
from host_tools.node.ram_memory import RamFiles
from host_tools.node.tariff_file import parse_tariff
from host_tools.node.wear import BLOCK_SIZE, CHECKPOINT, STEP, CountingFram
from host_tools.utrn import desk_utrn
from host_tools.year import BALANCE_MP, PREPAYMENT, HalfHours, IdealSwitch
from protometer.drivers.memory.flash_blocks import FlashBlocks
from protometer.kernel.clock import VirtualClock
from protometer.model import command
from protometer.model.calendar import DAY_S
from protometer.model.dictionary import Data
from protometer.records.log import SPARE, entry_size
from protometer.records.logbook import ENTRIES, FIELDS, NAME, PLACE, log_rows
from protometer.roles.esme import Esme

from .board import Board, BoardError
from .bundle import bundle
from .chip import load_chip
from .device import MWH_PER_WH
from .life import FRAM_CYCLES, PARTITION_BLOCKS, household, looks

TEN_YEARS_DAYS = 3653
# A step tells how the state differs from its checkpoint, and so grows by the day, until a new
# checkpoint is due: one day is not like the next.
RECORDED_DAYS = 14
# A FRAM is played for a tenth of the days: it is used up by thousandths of a per cent.
FRAM_SHARE = 10
MOST_USED = 0.5
MOST_UNEVEN = 1.1
# A checkpoint with a long tariff takes two, a log's segment one, a folder that moves or is
# divided four; so many again.
LEAST_FREE = 14
_MOST_TOLD = 200
_NO_ROOM = f"OSError: {errno.ENOSPC}"
_RUNNER = "host_tools.node.wear"
_DAYS_A_WEEK = 7
_MORE_DAYS = 8
# What a single element meter of active import has nothing to write of.
_NOT_WRITTEN = ("Export", "Reactive", "Voltage")
_EVEN_REGIONS = ("steps ring", "checkpoints ring", "steps", "checkpoints")


class WearError(BoardError):
    """A board could not be played; the message is one line."""


@dataclass(frozen=True)
class Wear:
    """What one region of a board's memories went through.

    counts: erases of each block, or for a FRAM the most writes of an octet in each slot, as they
    were played; scale: of the days asked for to those played; free: the least blocks that were
    free, None where nothing fills up.
    """

    board: str
    region: str
    counts: tuple[int, ...]
    rated: int
    scale: float
    free: int | None

    @property
    def hottest(self) -> float:
        """The most worn, over all days."""
        return max(self.counts) * self.scale

    @property
    def mean(self) -> float:
        """The mean of the region, over all days."""
        return sum(self.counts) / len(self.counts) * self.scale

    def faults(self) -> Iterator[str]:
        """Yield the bars that are missed."""
        where = f"{self.board}, {self.region}"
        if self.hottest > MOST_USED * self.rated:
            yield f"{where}: the hottest is above {MOST_USED:.0%} of its rated cycles"
        # What is taken strictly in turn differs by one turn, however few there were: by an erase,
        # and in a FRAM by the writes of one record, of which its mark has two.
        turn = 1 if "ring" in self.region else 2
        uneven = self.hottest > MOST_UNEVEN * self.mean
        in_turn = max(self.counts) - min(self.counts) <= turn
        if self.region in _EVEN_REGIONS and uneven and not in_turn:
            yield f"{where}: the hottest is more than 10 % above the mean"

    def warning(self) -> str | None:
        """Return what to say of a file system that could fill up."""
        if self.free is None or self.free >= LEAST_FREE:
            return None
        return f"{self.board}: could fill up, {self.free} blocks are free, {LEAST_FREE} are wanted"


class _Taped:
    """A stream or an area that notes what is written."""

    def __init__(self, writer: Any, kind: int, note: Callable[[int, int], None]) -> None:
        self._writer = writer
        self._kind = kind
        self._note = note

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def append(self, octets: bytes) -> None:
        """Append to a stream."""
        self._note(self._kind, len(octets))
        self._writer.append(octets)

    def write(self, slot: int, octets: bytes) -> None:
        """Write in an area."""
        self._note(self._kind, len(octets))
        self._writer.write(slot, octets)


@cache
def recorded(medium: str, loss_bound_wh: int, commit_s: int, days: int) -> list[list[int]]:
    """Return for each of so many days kind, octets, kind, octets, ... of all that was written.

    medium: the kind of the state memory in a board file. The day before them is not in it.
    """
    mean = household().mean
    rows = [(at_s + day * DAY_S, wh) for day in range(days + 1) for at_s, wh in mean]
    begin_s = rows[0][0]
    front_end, esme = _prepayment_meter(medium, begin_s, loss_bound_wh * MWH_PER_WH, commit_s)
    tape: list[list[int]] = [[] for _ in range(days + 2)]
    today = tape[0]

    def note(kind: int, octets: int) -> None:
        today.extend((kind, octets))

    journal = esme._transaction._store._journal
    journal._steps = _Taped(journal._steps, STEP, note)
    journal._checkpoints = _Taped(journal._checkpoints, CHECKPOINT, note)
    for log in esme.logbook.logs():
        log._area = _Taped(log._area, log.number, note)
    for now_s, pulses in looks(rows):
        day = (now_s - begin_s) // DAY_S
        if today is not tape[day]:
            today = tape[day]
            if day % _DAYS_A_WEEK == 1:
                _weekly_commands(esme, day // _DAYS_A_WEEK, now_s)
        front_end.waiting_wh = pulses
        esme.step(now_s)
        while esme.outbox.take():
            pass
    return tape[1 : days + 1]


def _prepayment_meter(
    medium: str, now_s: int, bound_mwh: int, commit_s: int
) -> tuple[HalfHours, Esme]:
    files = RamFiles()
    memory: Any = files
    if medium == "partition":
        memory = FlashBlocks(FlashDouble(BoardTime(), PARTITION_BLOCKS))
    elif medium == "fram":
        memory = CountingFram()
    front_end = HalfHours()
    clock = VirtualClock(now_s, lambda: 0)
    esme = Esme(
        front_end,
        IdealSwitch(),
        memory,
        files,
        clock,
        bound_mwh,
        commit_s,
        authentic=meter_authenticator(),
    )
    for name, arguments in (
        ("Set Tariff", {"tariff": _tariff()}),
        ("Adjust Meter Balance", {"change_mp": BALANCE_MP}),
        ("Set Payment Mode", PREPAYMENT),
    ):
        esme.execute(name, arguments, command.SUPPLIER, now_s)
    return front_end, esme


def _weekly_commands(esme: Esme, week: int, now_s: int) -> None:
    tariff = _tariff()
    if week % 2 == 0:
        # Days of many more kinds, and so much more to keep.
        tariff["days"] = tariff["days"] * _MORE_DAYS
    credit = {"utrn": desk_utrn("ESME", week + 1, 2_000_000)}
    esme.execute("Set Tariff", {"tariff": tariff}, command.SUPPLIER, now_s)
    esme.execute("Add Credit", credit, command.SUPPLIER, now_s)


def _tariff() -> dict[str, Any]:
    text = (STORIES / "time_of_use.json").read_text(encoding="utf-8")
    tariff: dict[str, Any] = parse_tariff(text)
    return tariff


def written_logs(in_fram: bool | None = None) -> dict[int, tuple[int, int]]:
    """Return {number: (entries, octets of one)} of the logs that this meter ever writes.

    in_fram: only those that a board with a FRAM has there, or only the others.
    """
    logs = {}
    for number, row in log_rows(Data("E")):
        is_short = row[PLACE] == "short"
        if any(word in row[NAME] for word in _NOT_WRITTEN) or in_fram not in (None, is_short):
            continue
        logs[number] = (int(row[ENTRIES]) + SPARE, entry_size(row[FIELDS]))
    return logs


def jobs(board: Board, days: int, recorded_days: int = RECORDED_DAYS) -> Iterator[dict[str, Any]]:
    """Yield what host_tools.node.wear is to play for a board."""
    memory = board.memory
    tape = recorded(memory.kind, memory.loss_bound_wh, memory.commit_s, recorded_days)
    in_files = written_logs(False if memory.kind == "fram" else None)
    if memory.kind == "partition":
        state = _of_kinds(tape, {STEP, CHECKPOINT})
        yield {"medium": "flash", "count": days, "blocks": PARTITION_BLOCKS, "days": state}
    if memory.kind == "fram":
        logs = written_logs(True)
        state = _of_kinds(tape, {STEP, CHECKPOINT, *logs})
        count = -(-days // FRAM_SHARE)
        yield {"medium": "fram", "count": count, "logs": logs, "days": state}
    kinds = set(in_files) | ({STEP, CHECKPOINT} if memory.kind == "file" else set())
    yield {**_file_system(board, in_files), "count": days, "days": _of_kinds(tape, kinds)}


def blocks_free(board: Board) -> int:
    """Return the blocks of the file system that neither firmware nor full logs hold."""
    logs = written_logs(False if board.memory.kind == "fram" else None)
    job = {**_file_system(board, logs), "count": 0, "days": []}
    return int(_run_job(job, lambda _: None)["free"])


def _file_system(board: Board, logs: dict[int, tuple[int, int]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        made = bundle("ESME", Path(folder, "out"), board)
    program_octets = load_chip(board.chip).flash.files_program_octets
    return {
        "medium": "files",
        "blocks": board.file_system_blocks,
        "program_octets": program_octets,
        # A Pico reads 32: pieces as large as what is programmed halve the time, and nothing is
        # written otherwise.
        "read_octets": program_octets,
        "static": [(file.path, len(file.octets)) for file in made.files],
        "folder": board.logs.directory if board.logs else board.memory.directory,
        "logs": logs,
    }


def _of_kinds(tape: list[list[int]], kinds: set[int]) -> list[list[int]]:
    return [
        [part for at in range(0, len(day), 2) if day[at] in kinds for part in day[at : at + 2]]
        for day in tape
    ]


def play(
    boards: Iterable[tuple[str, Board]],
    days: int,
    told: Callable[[str], None],
    recorded_days: int = RECORDED_DAYS,
) -> Iterator[Wear]:
    """Play so many days on boards, on all cores; yield each region once its board is done."""
    began = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pending = []
        for name, board in boards:
            for job in jobs(board, days, recorded_days):

                def heard(day: int, job: dict[str, Any] = job, name: str = name) -> None:
                    took_s = time.monotonic() - began
                    told(f"{took_s:5.0f} s  {name}, {job['medium']}: day {day} of {job['count']}")

                pending.append((name, board, job, pool.submit(_run_job, job, heard)))
        for name, board, job, future in pending:
            try:
                figures = future.result()
            except WearError as fault:
                raise WearError(f"{name}: {fault}") from None
            scale = days / job["count"]
            is_fram = job["medium"] == "fram"
            rated = FRAM_CYCLES if is_fram else load_chip(board.chip).flash.cycles
            for region, counts in figures["regions"].items():
                yield Wear(name, region, tuple(counts), rated, scale, figures.get("free"))


def _run_job(job: dict[str, Any], told: Callable[[int], None]) -> dict[str, Any]:
    command = [sys.executable, "-m", _RUNNER]
    if job["medium"] == "files":
        interpreter = micropython()
        if interpreter is None:
            raise WearError("MicroPython has no wheel for this machine, and so no littlefs")
        heap_kb = (job["blocks"] * BLOCK_SIZE >> 10) + 16_384
        command = [interpreter, "-X", f"heapsize={heap_kb}K", "-m", _RUNNER]
    with (
        tempfile.TemporaryFile("w+") as given,
        tempfile.TemporaryFile("w+") as complaint,
    ):
        json.dump(job, given)
        given.seek(0)
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "MICROPYPATH": f"{ROOT}:{ROOT / 'firmware'}"},
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=complaint,
            text=True,
        ) as process:
            last: dict[str, Any] = {}
            said = ""
            for said in process.stdout or ():
                if said.startswith("{"):
                    last = json.loads(said)
                    if "day" in last:
                        told(last["day"])
        complaint.seek(0)
        text = complaint.read().strip() or said.strip()
    if process.returncode or "regions" not in last:
        raise WearError("the file system is full" if _NO_ROOM in text else text[-_MOST_TOLD:])
    return last
