"""What the claims amount to: faults, totals, and the text of docs/conformance.md."""

from collections import Counter
from collections.abc import Iterable

from host_tools.gbcs.presets import INJECTED
from protometer.model.table import rows
from tests.trace.claims import Claim
from tests.trace.requirements import (
    DOCUMENT,
    FUNCTIONAL,
    LATER_PARTS,
    PENDING,
    ReleaseRow,
    Requirement,
)

COVERED, CPYTHON_ONLY, UNCLAIMED = "covered", "CPython only", "unclaimed"
STATUSES = (COVERED, CPYTHON_ONLY, UNCLAIMED, *PENDING, DOCUMENT)

_INTRODUCTION = """\
# Conformance

What this firmware does of SMETS2 V3.0 draft 5, row by row, and which tests show it. The rows are
in `docs/requirements.tbl`, in our own words, as the text itself was not at hand; `make trace`
writes this file from the tests' claims. It is no certificate.

A row is *covered* when a test claims it on CPython and one on MicroPython; scenarios run on
CPython, MicroPython unix and MicroPython wasm32. *L* marks rows of low confidence in what SMETS2
says: they are implemented with the default that the row states. A pending row needs joining or
radio clusters (HAN), message authentication (GBCS) or a device of a later release (DESK); tests
that show a part of it are named all the same. Certification counts what could be certified on
31 July 2017.
"""


class Conformance:
    """Requirements, the release note, and claims, held against each other."""

    def __init__(
        self,
        requirements: dict[str, Requirement],
        release_note: list[ReleaseRow],
        claims: Iterable[Claim],
    ):
        self.requirements = requirements
        self.release_note = release_note
        self.claims: dict[str, list[Claim]] = {}
        for claim in claims:
            self.claims.setdefault(claim.row, []).append(claim)

    def status(self, row: Requirement) -> str:
        """Return one of STATUSES."""
        if row.kind != FUNCTIONAL:
            return row.kind
        claims = self.claims.get(row.id, [])
        if not claims:
            return UNCLAIMED
        return COVERED if any(claim.on_micropython for claim in claims) else CPYTHON_ONLY

    def mistakes(self) -> list[str]:
        """Return the claims that can't be: of rows that nobody knows, or that don't behave."""
        found = []
        for row, claims in sorted(self.claims.items()):
            tests = ", ".join(claim.test for claim in claims)
            if row not in self.requirements:
                found.append(f"{row}: no such row, claimed by {tests}")
            elif self.requirements[row].kind == DOCUMENT:
                found.append(f"{row}: a document row, claimed by {tests}")
        return found

    def gaps(self) -> list[str]:
        """Return the functional rows that lack a test, or one on MicroPython."""
        return [
            f"{row.id}: {status}: {row.observable}"
            for row in self.requirements.values()
            if (status := self.status(row)) in (UNCLAIMED, CPYTHON_ONLY)
        ]

    def totals(self) -> dict[str, Counter]:
        """Return how many rows of each part have which status; under "all" those of all parts."""
        found: dict[str, Counter] = {}
        for row in self.requirements.values():
            for part in (row.part, "all"):
                found.setdefault(part, Counter())[self.status(row)] += 1
        found["all"] = found.pop("all")
        return found

    def markdown(self) -> str:
        """Return the text of docs/conformance.md."""
        parts = list(dict.fromkeys(row.part for row in self.requirements.values()))
        sections = [_INTRODUCTION, self._totals_section(), self._release_section()]
        sections += [self._part_section(part) for part in parts]
        sections.append(self._document_section())
        sections.append(_reference_section())
        return "\n".join(sections)

    def _totals_section(self) -> str:
        lines = ["## Totals", "", _line("part", *STATUSES, "rows"), _rule(2 + len(STATUSES))]
        for part, counts in self.totals().items():
            figures = [str(counts[status] or "") for status in STATUSES]
            lines.append(_line(part, *figures, str(counts.total())))
        low = sum(row.confidence == "L" for row in self.requirements.values())
        by_scenarios = sum(
            any(claim.is_scenario for claim in self.claims.get(row, []))
            for row in self.requirements
        )
        remark = f"{low} rows are of low confidence; scenarios claim {by_scenarios} rows."
        return "\n".join([*lines, "", remark, ""])

    def _release_section(self) -> str:
        lines = [
            "## The release note",
            "",
            "Every row of its table of changes, and where it is carried out. Rows of parts",
            "that are not in this table are named with their part.",
            "",
            _line("clauses", "change", "requirements"),
            _rule(3),
        ]
        for row in self.release_note:
            lines.append(_line(row.clauses, row.change, "<br>".join(map(self._linked, row.ids))))
        return "\n".join([*lines, ""])

    def _linked(self, row_id: str) -> str:
        row = self.requirements.get(row_id)
        if row is None:
            return f"{row_id} ({LATER_PARTS[row_id.split('-')[0]]})"
        return f"[{row_id}](#{row_id.lower()}): {self.status(row)}"

    def _part_section(self, part: str) -> str:
        lines = [
            f"## {part}",
            "",
            _line("row", "clause", "status", "observable", "tests", "runtimes"),
            _rule(6),
        ]
        for row in self.requirements.values():
            if row.part == part and row.kind != DOCUMENT:
                lines.append(self._row_line(row))
        return "\n".join([*lines, ""])

    def _row_line(self, row: Requirement) -> str:
        claims = self.claims.get(row.id, [])
        name = f'<a id="{row.id.lower()}"></a>{row.id}' + (" *L*" if row.confidence == "L" else "")
        tests = "<br>".join(claim.test.replace("::", " ") for claim in claims)
        runtimes = dict.fromkeys(runtime for claim in claims for runtime in claim.runtimes)
        status = self.status(row)
        if row.kind in PENDING and claims:
            status += ", in part shown"
        return _line(name, row.clause, status, row.observable, tests, ", ".join(sorted(runtimes)))

    def _document_section(self) -> str:
        lines = [
            "## Document rows",
            "",
            "Nothing behaves here, so that nothing is tested.",
            "",
            _line("row", "clause", "what it is"),
            _rule(3),
        ]
        for row in self.requirements.values():
            if row.kind == DOCUMENT:
                name = f'<a id="{row.id.lower()}"></a>{row.id}'
                lines.append(_line(name, row.clause, row.observable))
        return "\n".join([*lines, ""])


def _reference_section() -> str:
    """Return what the reference messages of GBCS need beside the device's own doing."""
    lines = [
        "## Reference messages",
        "",
        "`protometer rtds` replays the published reference messages. A device fails an item as if",
        "its hardware did for the pairs whose erroneous command equals one that succeeds, and for",
        "these, which no content explains. Messages between two devices (PCS01, PCS02) are",
        "compared under another secret, as none of their keys is published; a certificate signing",
        "request is looked at by structure and signature, as its key is new each time.",
        "",
        _line("scenario", "item", "why the device itself would carry it out"),
        _rule(3),
        *(_line(*row) for row in rows(str(INJECTED), 3)),
    ]
    return "\n".join([*lines, ""])


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(width: int) -> str:
    return "|" + "---|" * width
