"""Puts a role onto a board: only the files that changed, and nothing that is not ours is touched.

One mpremote call asks the board what it has and sets its clock; a second one, where anything
changed, copies; then the board is reset and listened to. The list of our files stays on the
board, so that files which a later release no longer has can go.
"""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .board import Board
from .bundle import MANIFEST, OPTIMISATION, Bundle, BundledFile, bundle
from .closure import FIRMWARE
from .device import JoiningFile, NetworkFile
from .remote import Remote, RemoteError, copied_file
from .tracebacks import Tracebacks

_BLOCK_BYTES = 4096
# littlefs keeps a pair of blocks for each folder.
_FOLDER_BLOCKS = 2
_ANSWER = "protometer-board "
# Where a board may have files of those names that somebody else put there.
_START_SCRIPTS = ("boot.py", "main.py")

# Runs on the board: {wanted} our paths, {now} its clock in UTC. Prints the answer as one line.
_ASK = """
import binascii, hashlib, json, machine, os
try:
    machine.RTC().datetime({now})
except AttributeError:
    pass
def have(path):
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb") as file:
        while True:
            octets = file.read(512)
            if not octets:
                return binascii.hexlify(digest.digest()).decode(), size
            digest.update(octets)
            size += len(octets)
try:
    with open("{manifest}") as file:
        ours = list(json.load(file))
except (OSError, ValueError):
    ours = []
files = {{}}
for path in set({wanted} + ours):
    try:
        files[path] = have(path)
    except OSError:
        pass
space = os.statvfs(os.getcwd())
print("{answer}" + json.dumps({{"files": files, "ours": ours, "free": space[1] * space[4]}}))
"""

# Runs on the board before copying: makes room, keeps foreign start scripts, makes folders.
_PREPARE = """
import os
for path in {gone}:
    try:
        os.remove(path)
    except OSError:
        pass
for path in {foreign}:
    os.rename(path, path + ".old")
for folder in {emptied}:
    try:
        os.rmdir(folder)
    except OSError:
        pass
for folder in {folders}:
    try:
        os.mkdir(folder)
    except OSError:
        pass
"""


@dataclass
class FlashReport:
    """What a flash did: paths on the board, and the lines the board said after its reset."""

    copied: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept_aside: list[str] = field(default_factory=list)
    unchanged: int = 0
    heard: list[str] = field(default_factory=list)


def flash(
    board: Board,
    role: str,
    port: str,
    network: NetworkFile | JoiningFile | None = None,
    listen_s: float = 5,
    say: Callable[[str], None] = print,
    optimisation: int = OPTIMISATION,
    firmware: Path = FIRMWARE,
) -> FlashReport:
    """Bring a board up to date and start it; RemoteError says in one line what went wrong.

    say hears of the progress and of what the board prints; optimisation is bundle()'s.
    """
    remote = Remote(port)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "bundle")
        made = bundle(role, folder, board, network, optimisation, firmware)
        report = _update(remote, made, folder, port, say)
    counts = f"{len(report.copied)} files copied, {len(report.removed)} removed"
    say(f"{counts}, {report.unchanged} unchanged")

    tracebacks = Tracebacks(firmware)

    def hear(line: str) -> None:
        meant = tracebacks.explain(line)
        report.heard.append(meant)
        say(meant)

    remote.restart(listen_s, hear)
    return report


def _update(
    remote: Remote, made: Bundle, folder: Path, port: str, say: Callable[[str], None]
) -> FlashReport:
    answer = _ask(remote, made, port)
    report = _plan(made, answer)
    check_space(made, report, answer, port)
    if report.copied or report.removed:
        _copy(remote, folder, report, say)
    return report


def _ask(remote: Remote, made: Bundle, port: str) -> dict[str, Any]:
    utc = time.gmtime()
    now = (utc.tm_year, utc.tm_mon, utc.tm_mday, utc.tm_wday, *utc[3:6], 0)
    wanted = [file.path for file in made.files]
    script = _ASK.format(now=now, wanted=wanted, manifest=MANIFEST, answer=_ANSWER)
    said = remote.run(["exec", script])
    for line in said.splitlines():
        if line.startswith(_ANSWER):
            return dict(json.loads(line[len(_ANSWER) :]))
    raise RemoteError(f"{port}: the board gave no answer")


def _plan(made: Bundle, answer: dict[str, Any]) -> FlashReport:
    there = answer["files"]
    wanted = {file.path: file for file in made.files}
    copied = [path for path, file in wanted.items() if there.get(path, [""])[0] != file.sha256]
    return FlashReport(
        copied=copied,
        removed=sorted(path for path in answer["ours"] if path in there and path not in wanted),
        kept_aside=[
            path
            for path in _START_SCRIPTS
            if path in copied and path in there and path not in answer["ours"]
        ],
        unchanged=len(wanted) - len(copied),
    )


def check_space(made: Bundle, report: FlashReport, answer: dict[str, Any], port: str) -> None:
    """Raise RemoteError where the files would not fit; answer: what the board said it has."""
    there = {path: size for path, (_, size) in answer["files"].items()}
    wanted: dict[str, BundledFile] = {file.path: file for file in made.files}
    blocks = sum(_blocks(len(wanted[path].octets)) for path in report.copied)
    blocks -= sum(_blocks(there[path]) for path in report.removed)
    blocks -= sum(
        _blocks(there[path])
        for path in report.copied
        if path in there and path not in report.kept_aside
    )
    if not answer["ours"]:
        blocks += _FOLDER_BLOCKS * len(_folders(report.copied))
    needed, free = blocks * _BLOCK_BYTES, int(answer["free"])
    if needed > free:
        raise RemoteError(
            f"{port}: the board's file system has {free // 1024} KB free, {needed // 1024} needed"
        )


def _copy(remote: Remote, folder: Path, report: FlashReport, say: Callable[[str], None]) -> None:
    done = 0

    def follow(line: str) -> None:
        nonlocal done
        path = copied_file(line)
        if path:
            done += 1
            say(f"{done}/{len(report.copied)} {Path(path).relative_to(folder)}")

    for path in report.kept_aside:
        say(f"{path} was not ours: kept as {path}.old")
    remote.run(_copying(folder, report), follow)


def _copying(folder: Path, report: FlashReport) -> list[str]:
    """Return the chain of mpremote commands that prepares the board and copies."""
    folders = _folders(report.copied)
    emptied = [path for path in reversed(_folders(report.removed)) if path not in folders]
    script = _PREPARE.format(
        gone=report.removed, foreign=report.kept_aside, emptied=emptied, folders=folders
    )
    chain = ["exec", script]
    for target in ["", *folders]:
        sources = [path for path in report.copied if _folder_of(path) == target]
        # In the outermost folder each by its name: mpremote takes no several into nowhere.
        for group in [sources] if target else [[path] for path in sources]:
            remote_path = f":{target}/" if target else f":{group[0]}"
            local_paths = [str(folder / path) for path in group]
            if group:
                chain += ["+", "fs", "cp", "--force", *local_paths, remote_path]
    return chain


def _blocks(size_bytes: int) -> int:
    return -(-size_bytes // _BLOCK_BYTES)


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _folders(paths: list[str]) -> list[str]:
    """Return every folder on the way to the paths, outer ones first."""
    return sorted(
        {str(parent) for path in paths for parent in Path(path).parents if str(parent) != "."}
    )
