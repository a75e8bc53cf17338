"""The power-cut bench: all media, cut after every octet, on two cores; and every bit turned.

Jobs run as processes of their own: FRAM and raw flash on CPython, littlefs on MicroPython unix.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

from host_tools.desk.devices import ROOT, micropython

MEDIA = ("fram", "flash", "files")
HOURS = 48
# The script whose recoveries are cut again: a top-up, enabling, metering, a half-hour's end.
TWICE_MINUTES = 31
FLIP_MINUTES = 240
_CSV = ROOT / "host_tools/data/household_2012.csv"
# Several shares a medium, so that both cores are busy to the end.
_SHARES = {"fram": 2, "flash": 6, "files": 12}
_FLIP_SHARES = 6
_HEAP = "24M"
_RUNNER = "host_tools.node.run_powercut"


@dataclass
class Outcome:
    """What one kind of search found on one medium."""

    search: str
    medium: str
    figures: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[Any, str]] = field(default_factory=list)


def cut_jobs(
    media: Iterable[str], minutes: int, depth: int, only: int | None = None, every: int = 1
) -> Iterator[dict[str, Any]]:
    """Yield jobs that cut a script on each medium; every: try each so-many-th commit only."""
    for medium in media:
        # A sample, or one point, is not worth many processes, which all play the script.
        jobs = _SHARES[medium] if only is None else 1
        if every > 1:
            jobs = min(jobs, 2 * (os.cpu_count() or 1))
        for share in range(jobs):
            yield {
                "search": "cuts",
                "medium": medium,
                "minutes": minutes,
                "share": share * every,
                "shares": jobs * every,
                "only": only,
                "depth": depth,
            }


def flip_jobs(step: int = 1) -> Iterator[dict[str, Any]]:
    """Yield jobs that turn bits, every step-th one, in what a few hours leave behind."""
    shares = _FLIP_SHARES if step == 1 else 1
    for medium in ("flash", "fram", "contents"):
        for share in range(shares):
            yield {
                "search": "flips",
                "medium": medium,
                "minutes": FLIP_MINUTES,
                "step": step,
                "share": share,
                "shares": shares,
            }


def run(jobs: Iterable[dict[str, Any]], told: Callable[[str], None]) -> list[Outcome]:
    """Run jobs on all cores; told hears of each that is done. Returns an Outcome a kind."""
    outcomes: dict[tuple[str, str], Outcome] = {}
    began = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pending = {pool.submit(_run_job, job): job for job in jobs}
        for done, future in enumerate(as_completed(pending), 1):
            job, figures = pending[future], future.result()
            kind = job["search"] if job.get("depth", 1) == 1 else "second cuts"
            key = (kind, job["medium"])
            _add(outcomes.setdefault(key, Outcome(*key)), figures)
            told(f"{done} of {len(pending)} after {time.monotonic() - began:.0f} s: {key}")
    return [outcomes[key] for key in sorted(outcomes)]


# Counted alike by every share of a search, or the most of any.
_SAME = ("commits", "points", "worst_loss_mwh", "worst_loss_mp")


def _add(outcome: Outcome, figures: dict[str, Any]) -> None:
    outcome.failures += figures.pop("failures")
    for name, value in figures.items():
        if isinstance(value, int):
            before = outcome.figures.get(name, 0)
            outcome.figures[name] = max(before, value) if name in _SAME else before + value


def _run_job(job: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps({**job, "half_hours": str(_CSV)})
    command = [sys.executable, "-m", _RUNNER, text]
    if job["medium"] == "files":
        command = [str(micropython()), "-X", f"heapsize={_HEAP}", "-m", _RUNNER, text]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "MICROPYPATH": f"{ROOT}:{ROOT / 'firmware'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{job}: {done.stderr or done.stdout}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
