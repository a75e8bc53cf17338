"""The table is well formed, the report is up to date, and gaps would be noticed."""

from dataclasses import replace

import pytest

from tests.trace import __main__ as command
from tests.trace.claims import ALL, BOTH, CPYTHON, Claim
from tests.trace.conformance import Conformance
from tests.trace.requirements import (
    LATER_PARTS,
    TraceTableError,
    release_note,
    requirements,
)

ROWS = requirements()
# Rows of the parts of SMETS2 that are in the table.
SIZES = {
    "GSME": 193,
    "ESME": 189,
    "TWIN": 16,
    "POLY": 14,
    "ALCS": 13,
    "BOOST": 8,
    "HCALCS": 13,
    "SGHZ": 13,
}
TEMPLATE = ROWS["ESME-LL-01"]
SOME = {
    row.id: row
    for row in (
        replace(TEMPLATE, id="ESME-A-01"),
        replace(TEMPLATE, id="ESME-A-02", confidence="L"),
        replace(TEMPLATE, id="ESME-A-03"),
        replace(TEMPLATE, id="ESME-A-04", kind="pending GBCS", observable="keys"),
        replace(TEMPLATE, id="GSME-A-05", kind="document", observable="a licence"),
    )
}


def conformance(*claims):
    return Conformance(SOME, [], [Claim(*claim) for claim in claims])


def test_the_table_has_every_row_of_its_parts():
    counts = dict.fromkeys(SIZES, 0)
    for row in ROWS.values():
        counts[row.part] += 1
    assert counts == SIZES
    assert sum(SIZES.values()) == 459


def test_the_release_note_names_rows_that_there_are():
    rows = release_note(ROWS)
    assert len(rows) == 54
    named = {row_id for row in rows for row_id in row.ids}
    assert len(named & set(ROWS)) > 60
    assert {row_id.split("-")[0] for row_id in named - set(ROWS)} == set(LATER_PARTS)


def test_nobody_claims_a_row_that_is_not_there():
    assert command.load().mistakes() == []


def test_the_report_is_up_to_date():
    assert command.REPORT.read_text() == command.load().markdown(), "run make trace"


def test_status_follows_from_the_claims():
    found = conformance(
        ("ESME-A-01", "scenarios/day.txt", ALL),
        ("ESME-A-02", "some/test_one.py::test_a", CPYTHON),
        ("ESME-A-04", "some/test_one.py::test_b", BOTH),
    )
    assert [found.status(row) for row in SOME.values()] == [
        "covered",
        "CPython only",
        "unclaimed",
        "pending GBCS",
        "document",
    ]
    assert found.gaps() == [
        f"ESME-A-02: CPython only: {TEMPLATE.observable}",
        f"ESME-A-03: unclaimed: {TEMPLATE.observable}",
    ]
    assert found.mistakes() == []
    assert dict(found.totals()["all"]) == {
        "covered": 1,
        "CPython only": 1,
        "unclaimed": 1,
        "pending GBCS": 1,
        "document": 1,
    }


def test_a_claim_on_micropython_alone_covers():
    found = conformance(("ESME-A-01", "some/test_one.py::test_a", BOTH))
    assert found.status(SOME["ESME-A-01"]) == "covered"


def test_claims_of_unknown_and_of_document_rows_are_mistakes():
    found = conformance(("ESME-A-99", "a.txt", ALL), ("GSME-A-05", "b.txt", ALL))
    assert found.mistakes() == [
        "ESME-A-99: no such row, claimed by a.txt",
        "GSME-A-05: a document row, claimed by b.txt",
    ]


def test_the_report_names_clause_status_tests_and_runtimes():
    text = conformance(
        ("ESME-A-02", "some/test_one.py::test_a", BOTH),
        ("ESME-A-04", "some/test_one.py::test_b", CPYTHON),
    ).markdown()
    assert (
        '| <a id="esme-a-02"></a>ESME-A-02 *L* | 5.5.6 | covered '
        f"| {TEMPLATE.observable} | some/test_one.py test_a | CPython, MicroPython |"
    ) in text
    assert "| pending GBCS, in part shown | keys | some/test_one.py test_b | CPython |" in text
    assert '| <a id="gsme-a-05"></a>GSME-A-05 | 5.5.6 | a licence |' in text


@pytest.mark.parametrize(
    ("arguments", "claims", "code"),
    [
        ([], [], 1),
        (["--allow-unclaimed"], [], 0),
        (["--allow-unclaimed"], [Claim("ESME-A-99", "a.txt", ALL)], 1),
        ([], [Claim(f"ESME-A-0{n}", "a.txt", ALL) for n in (1, 2, 3)], 0),
    ],
)
def test_the_exit_code(monkeypatch, tmp_path, capsys, arguments, claims, code):
    monkeypatch.setattr(command, "load", lambda: Conformance(SOME, [], claims))
    monkeypatch.setattr(command, "REPORT", tmp_path / "conformance.md")
    assert command.main(arguments) == code
    assert "all        5 rows" in capsys.readouterr().out
    assert (tmp_path / "conformance.md").read_text().startswith("# Conformance")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("ESME-A-01 | 5 | H | functional | item", "5 columns, not 6"),
        ("ESME-A-01 | 5 | X | functional | item | text", "confidence X"),
        ("ESME-A-01 | 5 | H | optional | item | text", "there is no kind optional"),
        ("ESME-A-01 | 5 | H | functional | | text", "an empty column"),
        ("ESME-A-01 | 5 | H | functional | a | b\n" * 2, "is there twice"),
    ],
)
def test_a_malformed_table(tmp_path, line, fault):
    (tmp_path / "rows.tbl").write_text(line)
    with pytest.raises(TraceTableError, match=fault):
        requirements(tmp_path / "rows.tbl")


def test_a_release_note_that_names_strangers(tmp_path):
    (tmp_path / "note.tbl").write_text("4.1 | change | ESME-A-01 ESME-A-99 IHD-GEN-01\n")
    with pytest.raises(TraceTableError, match="note.tbl:1: unknown rows ESME-A-99"):
        release_note(SOME, tmp_path / "note.tbl")
