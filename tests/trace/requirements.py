"""The rows of docs/requirements.tbl and docs/release_note.tbl."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "docs/requirements.tbl"
RELEASE_NOTE = ROOT / "docs/release_note.tbl"

FUNCTIONAL, DOCUMENT = "functional", "document"
PENDING = ("pending HAN", "pending GBCS", "pending DESK")
KINDS = (FUNCTIONAL, DOCUMENT, *PENDING)
# Parts of SMETS2 that the table leaves to later releases; the release note names rows of theirs.
LATER_PARTS = {
    "IHD": "in-home display",
    "PPMID": "prepayment interface",
    "GLOSS": "glossary",
}


class TraceTableError(ValueError):
    """A table of requirements is malformed; the message names file, line and fault."""


@dataclass(frozen=True)
class Requirement:
    """One row: `observable` says of a functional row what is looked at, of others why not."""

    id: str
    clause: str
    confidence: str
    kind: str
    observable: str
    text: str

    @property
    def part(self) -> str:
        return self.id.split("-")[0]


@dataclass(frozen=True)
class ReleaseRow:
    """One row of the release note."""

    clauses: str
    change: str
    ids: tuple[str, ...]


def requirements(path: Path = REQUIREMENTS) -> dict[str, Requirement]:
    """Return all rows by their ids, in the table's order."""
    found: dict[str, Requirement] = {}
    for number, columns in _rows(path, 6):
        row = Requirement(*columns)
        where = f"{path.name}:{number}: {row.id}"
        if row.id in found:
            raise TraceTableError(f"{where} is there twice")
        if row.kind not in KINDS:
            raise TraceTableError(f"{where}: there is no kind {row.kind}")
        if row.confidence not in ("H", "M", "L"):
            raise TraceTableError(f"{where}: confidence {row.confidence}")
        if not row.observable or not row.text:
            raise TraceTableError(f"{where}: an empty column")
        found[row.id] = row
    return found


def release_note(known: dict[str, Requirement], path: Path = RELEASE_NOTE) -> list[ReleaseRow]:
    """Return the release note's rows; each must name rows that are known or of a later part."""
    found = []
    for number, (clauses, change, ids) in _rows(path, 3):
        row = ReleaseRow(clauses, change, tuple(ids.split()))
        strangers = [i for i in row.ids if i not in known and i.split("-")[0] not in LATER_PARTS]
        if strangers or not row.ids:
            raise TraceTableError(f"{path.name}:{number}: unknown rows {', '.join(strangers)}")
        found.append(row)
    return found


def _rows(path: Path, width: int) -> list[tuple[int, list[str]]]:
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        columns = [column.strip() for column in line.split("|")]
        if len(columns) != width:
            raise TraceTableError(f"{path.name}:{number}: {len(columns)} columns, not {width}")
        found.append((number, columns))
    return found
