"""Device time without a device: counts the primitives that a piece of work executes.

A stopwatch on a shared machine decides nothing. Each workload runs once on CPython with every
bytecode of the firmware traced; each bytecode, and each call into C, is charged what the
corresponding primitive takes on an RP2040 at 125 MHz (measured on an emulated one without flash
wait states: a lower bound). Beside it stands the time on MicroPython unix.
"""

import dis
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from rich.table import Table

from host_tools import big_integers
from host_tools.desk.devices import HEAP_OF_THREE, ROOT, micropython
from host_tools.node.message_path import MessagePath
from host_tools.node.workloads import CRITICAL, WORKLOADS

_FIRMWARE = str(ROOT / "firmware")
_REPEATS = 50

# Microseconds on the RP2040 for each primitive.
COST_US = {
    "bytecode": 0.8,  # a quarter of the bare loop, whose turn is four bytecodes
    "small add": 1.4,
    "compare": 1.8,
    "attribute load": 2.6,
    "attribute store": 3.2,
    "index": 3.0,
    "index store": 4.0,
    "call": 8.5,
    "slice": 12.8,
    "allocation": 79.9,
    "struct": 101.4,
    "AES block": 38.2,
    "AES key": 95.2,
    "C call": 12.9,
}

_BY_OPCODE = {
    "BINARY_OP": "small add",
    "UNARY_NEGATIVE": "small add",
    "UNARY_INVERT": "small add",
    "COMPARE_OP": "compare",
    "IS_OP": "compare",
    "CONTAINS_OP": "compare",
    "LOAD_ATTR": "attribute load",
    "LOAD_METHOD": "attribute load",
    "LOAD_GLOBAL": "attribute load",
    "STORE_ATTR": "attribute store",
    "STORE_GLOBAL": "attribute store",
    "BINARY_SUBSCR": "index",
    "STORE_SUBSCR": "index store",
    "BINARY_SLICE": "slice",
    "STORE_SLICE": "slice",
    "BUILD_SLICE": "slice",
    "BUILD_TUPLE": "allocation",
    "BUILD_LIST": "allocation",
    "BUILD_MAP": "allocation",
    "BUILD_STRING": "allocation",
    "FORMAT_VALUE": "allocation",
    "LIST_EXTEND": "allocation",
    "MAKE_FUNCTION": "allocation",
    "RETURN_GENERATOR": "allocation",
}

# Calls into C that cost more than a call, by name.
_BY_FUNCTION = {
    "pack_into": "struct",
    "unpack_from": "struct",
    "pack": "struct",
    "unpack": "struct",
    "calcsize": "struct",
    # A number as long as a frame is made on the heap.
    "from_bytes": "allocation",
    "to_bytes": "allocation",
}
_BLOCK_OCTETS = 16


@dataclass(frozen=True)
class Estimate:
    """What one workload costs: primitives counted, big integers', RP2040 and unix microseconds."""

    name: str
    primitives: Counter[str]
    unix_us: int | None
    big_integers_us: int = 0

    @property
    def rp2040_us(self) -> int:
        """The sum of the primitives' costs."""
        counted_us = sum(COST_US[name] * count for name, count in self.primitives.items())
        return round(counted_us) + self.big_integers_us


class _Counting:
    """Counts what the firmware's frames do while it is installed."""

    def __init__(self) -> None:
        self.primitives: Counter[str] = Counter()

    def trace(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        if event == "call":
            if code.co_filename.endswith("shim/cpython/cryptolib.py"):
                self._cipher(frame)
                return None
            if not code.co_filename.startswith(_FIRMWARE):
                return None
            frame.f_trace_opcodes = True
            frame.f_trace_lines = False
            self.primitives["call"] += 1
        elif event == "opcode":
            name = dis.opname[code.co_code[frame.f_lasti]]
            self.primitives[_BY_OPCODE.get(name, "bytecode")] += 1
        return self.trace

    def profile(self, frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and frame.f_code.co_filename.startswith(_FIRMWARE):
            self.primitives[_BY_FUNCTION.get(function.__name__, "C call")] += 1

    def _cipher(self, frame: FrameType) -> None:
        if frame.f_code.co_name == "__init__":
            self.primitives["AES key"] += 1
        elif frame.f_code.co_name == "encrypt":
            self.primitives["AES block"] += len(frame.f_locals["octets"]) // _BLOCK_OCTETS


def count(work: Callable[[], Any]) -> Counter[str]:
    """Return the primitives of one run of a piece of work."""
    counting = _Counting()
    tracing, profiling = sys.gettrace(), sys.getprofile()
    sys.setprofile(counting.profile)
    sys.settrace(counting.trace)
    try:
        work()
    finally:
        # Whoever traced before, a debugger or a coverage tool, goes on.
        sys.settrace(tracing)
        sys.setprofile(profiling)
    return counting.primitives


def unix_times() -> dict[str, int]:
    """Return each workload's microseconds on MicroPython unix; empty where it has no wheel."""
    interpreter = micropython()
    if interpreter is None:
        return {}
    script = (
        "import time\nfrom host_tools.node.workloads import timed\n"
        f"for name, us in timed(time.ticks_us, time.ticks_diff, {_REPEATS}): print(us, name)\n"
    )
    done = subprocess.run(
        [interpreter, "-X", f"heapsize={HEAP_OF_THREE}", "-c", script],
        env={**os.environ, "MICROPYPATH": f"{ROOT}:{ROOT / 'firmware'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = (line.split(" ", 1) for line in done.stdout.splitlines())
    return {name: int(us) for us, name in rows}


def estimates() -> list[Estimate]:
    """Return the estimate of every workload."""
    unix_us = unix_times()
    made = []
    for name, make in WORKLOADS:
        work = make()
        work()
        # What it holds is made anew, for those integers count too.
        with big_integers.counted() as spent_us:
            counted_work = make()
            counted_work()
            begun_us = spent_us()
            counted_work()
            big_us = spent_us() - begun_us
        made.append(Estimate(name, count(work), unix_us.get(name), big_us))
        if name == CRITICAL:
            longest_us = max(slices_us(MessagePath().work()))
            made.append(Estimate("... its longest slice", Counter(), None, longest_us))
    return made


def slices_us(work: Iterator[Any]) -> list[int]:
    """Return the RP2040's microseconds of each slice of a generator."""
    found: list[int] = []
    ended: list[bool] = []

    def step() -> None:
        try:
            next(work)
        except StopIteration:
            ended.append(True)

    while not ended:
        with big_integers.counted() as spent_us:
            primitives = count(step)
            counted_us = sum(COST_US[name] * times for name, times in primitives.items())
            found.append(round(counted_us) + spent_us())
    return found


def table(made: list[Estimate]) -> Table:
    """Return the estimates as a table."""
    shown = Table(title="Microseconds: RP2040 by counted primitives, MicroPython unix timed")
    shown.add_column("work")
    shown.add_column("RP2040", justify="right")
    shown.add_column("unix", justify="right")
    for estimate in made:
        unix = "" if estimate.unix_us is None else f"{estimate.unix_us:,}"
        shown.add_row(estimate.name, f"{estimate.rp2040_us:,}", unix)
    return shown
