"""`make trace-mutants`: disables behaviours one by one and runs the tests that claim their rows.

Each mutant of mutants.toml replaces one text of one file in a scratch copy of the tree; then the
tests and scenarios that claim its row run on CPython, two mutants at a time. A mutant that they
don't notice survives, and the exit code is 1. Names of rows restrict the run to theirs.
"""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.trace.claims import Claim, all_claims
from tests.trace.requirements import ROOT, requirements

TABLE = Path(__file__).with_name("mutants.toml")
KILLED, SURVIVED, TIMEOUT, BROKEN = "killed", "survived", "timeout", "broken"
_PASSED, _FAILED = 0, 1
_LIMIT_S = 180
_WORKERS = 2
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", "build", "__pycache__", ".*_cache", ".hypothesis", "*.png"
)
_TRANSCRIPTS = "scenarios/test_scenarios.py::test_transcript_is_the_golden_one"


class MutantError(ValueError):
    """The table of mutants is wrong or out of date; the message names row and fault."""


@dataclass(frozen=True)
class Mutant:
    """One behaviour disabled: `text`, once in `file`, becomes `replacement`."""

    row: str
    file: str
    text: str
    replacement: str

    def apply(self, root: Path) -> None:
        """Put the fault in below a root."""
        path = root / self.file
        source = path.read_text() if path.exists() else ""
        times = source.count(self.text)
        if times != 1:
            raise MutantError(f"{self.row}: {self.file} has its text {times} times")
        path.write_text(source.replace(self.text, self.replacement))

    def revert(self, root: Path) -> None:
        """Take the fault out again."""
        shutil.copyfile(ROOT / self.file, root / self.file)


def mutants(path: Path = TABLE) -> list[Mutant]:
    """Return the table's mutants; MutantError if one can't be applied to the tree as it is."""
    found = [Mutant(**row) for row in tomllib.loads(path.read_text())["mutant"]]
    known = requirements()
    for mutant in found:
        if mutant.row not in known:
            raise MutantError(f"{mutant.row}: no such row")
        if (ROOT / mutant.file).read_text().count(mutant.text) != 1:
            raise MutantError(f"{mutant.row}: {mutant.file} hasn't its text once: {mutant.text}")
    return found


def node_ids(claims: list[Claim]) -> list[str]:
    """Return what pytest is to run for some claims: tests, and transcripts on CPython."""
    ids = []
    for claim in claims:
        name = claim.test
        if claim.is_scenario:
            name = f"{_TRANSCRIPTS}[{Path(claim.test).stem}-cpython]"
        ids.append(f"tests/{name}")
    return sorted(set(ids))


def outcome(root: Path, ids: list[str]) -> str:
    """Return what becomes of a mutant below a root: KILLED if one of the tests fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider"]
    # Other runtimes have their turn in `make test`.
    command += ["-k", "not unix and not wasm", *ids]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TIMEOUT
    return {_PASSED: SURVIVED, _FAILED: KILLED}.get(done.returncode, BROKEN)


class Laboratory:
    """Scratch copies of the tree, each in the hands of one worker at a time."""

    def __init__(self, folder: Path, claims: list[Claim]):
        self._claims = claims
        self._copies: queue.Queue[Path] = queue.Queue()
        for number in range(_WORKERS):
            copy = folder / str(number)
            shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
            self._copies.put(copy)

    def ids_of(self, row: str) -> list[str]:
        return node_ids([claim for claim in self._claims if claim.row == row])

    def without_mutant(self, rows: set[str]) -> str:
        """Return what becomes of the tree as it is: it must survive the tests of the rows."""
        copy = self._copies.get()
        try:
            return outcome(copy, sorted({i for row in rows for i in self.ids_of(row)}))
        finally:
            self._copies.put(copy)

    def examine(self, mutant: Mutant) -> str:
        """Return what becomes of a mutant."""
        ids = self.ids_of(mutant.row)
        if not ids:
            return BROKEN
        copy = self._copies.get()
        try:
            mutant.apply(copy)
            return outcome(copy, ids)
        finally:
            mutant.revert(copy)
            self._copies.put(copy)


def main(rows: list[str]) -> int:
    """Examine the mutants of some rows, or all; return the exit code."""
    try:
        chosen = [mutant for mutant in mutants() if not rows or mutant.row in rows]
    except MutantError as fault:
        print(fault, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder), all_claims())
        if laboratory.without_mutant({mutant.row for mutant in chosen}) != SURVIVED:
            print("the tests of these rows fail without any mutant", file=sys.stderr)
            return 1
        counts = dict.fromkeys((KILLED, TIMEOUT, SURVIVED, BROKEN), 0)
        with ThreadPoolExecutor(_WORKERS) as workers:
            for mutant, result in zip(
                chosen, workers.map(laboratory.examine, chosen), strict=True
            ):
                counts[result] += 1
                change = f"{_shown(mutant.text)} -> {_shown(mutant.replacement)}"
                print(f"{result:8} {mutant.row:14} {Path(mutant.file).name}: {change}", flush=True)
    print(", ".join(f"{count} {result}" for result, count in counts.items()))
    return int(counts[SURVIVED] + counts[BROKEN] > 0)


def _shown(text: str) -> str:
    return " ".join(text.split()) or "nothing"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
