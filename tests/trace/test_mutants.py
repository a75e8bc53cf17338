"""Mutants can be applied to the tree as it is, and the runner tells the killed from survivors."""

import pytest

from tests.trace import mutants as runner
from tests.trace.claims import ALL, CPYTHON, Claim
from tests.trace.conformance import Conformance
from tests.trace.mutants import BROKEN, KILLED, SURVIVED, Mutant, MutantError, mutants, node_ids
from tests.trace.requirements import ROOT

CODE = "def double(x):\n    return 2 * x\n"
TESTS = {
    "test_notices": "from code_of_it import double\ndef test_a():\n    assert double(2) == 4\n",
    "test_sleeps": "def test_b():\n    pass\n",
    "test_breaks": "import no_such_module\n",
}


def test_the_table_fits_the_tree():
    assert len(mutants()) >= 10


@pytest.fixture
def root(tmp_path):
    (tmp_path / "code_of_it.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (tmp_path / "tests").mkdir()
    for name, text in TESTS.items():
        (tmp_path / f"tests/{name}.py").write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("replacement", "tests", "result"),
    [
        ("3 * x", ["test_notices"], KILLED),
        ("x * 2", ["test_notices"], SURVIVED),
        ("3 * x", ["test_sleeps"], SURVIVED),
        ("3 * x", ["test_sleeps", "test_notices"], KILLED),
        ("3 * x", ["test_breaks"], BROKEN),
    ],
)
def test_what_becomes_of_a_mutant(root, replacement, tests, result):
    Mutant("ESME-LL-01", "code_of_it.py", "2 * x", replacement).apply(root)
    ids = node_ids([Claim("ESME-LL-01", f"{name}.py", CPYTHON) for name in tests])
    assert runner.outcome(root, ids) == result


@pytest.mark.parametrize("text", ["3 * x", "x"])
def test_a_mutant_that_does_not_fit(root, text):
    with pytest.raises(MutantError, match="ESME-LL-01: code_of_it.py has its text"):
        Mutant("ESME-LL-01", "code_of_it.py", text, "y").apply(root)


def test_the_tests_of_a_claim():
    claims = [
        Claim("ESME-LL-01", "scenarios/day.txt", ALL),
        Claim("ESME-LL-01", "some/test_one.py::test_a", CPYTHON),
        Claim("ESME-LL-02", "some/test_one.py::test_a", CPYTHON),
    ]
    assert node_ids(claims) == [
        "tests/scenarios/test_scenarios.py::test_transcript_is_the_golden_one[day-cpython]",
        "tests/some/test_one.py::test_a",
    ]


@pytest.mark.parametrize(
    ("row", "text", "fault"),
    [
        ("ESME-LL-99", "Makefile", "ESME-LL-99: no such row"),
        ("ESME-LL-01", "no such text", "ESME-LL-01: Makefile hasn't its text once: no such text"),
    ],
)
def test_a_table_out_of_date(tmp_path, row, text, fault):
    table = tmp_path / "mutants.toml"
    table.write_text(
        f'[[mutant]]\nrow = "{row}"\nfile = "Makefile"\ntext = "{text}"\nreplacement = ""\n'
    )
    with pytest.raises(MutantError, match=fault):
        mutants(table)


def test_every_row_of_a_mutant_is_claimed():
    claims = Conformance({}, [], runner.all_claims()).claims
    assert [mutant.row for mutant in mutants() if mutant.row not in claims] == []
    assert all((ROOT / mutant.file).exists() for mutant in mutants())
