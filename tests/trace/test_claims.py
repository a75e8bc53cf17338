"""Claims are read from the source as pytest would see them."""

import pytest

from tests.trace.claims import ALL, BOTH, CPYTHON, Claim, ClaimError, all_claims

MODULE = """
import pytest

@pytest.mark.req("ESME-A-01", "ESME-A-02")
def test_plain():
    pass

@pytest.mark.runtime
@pytest.mark.req("ESME-A-02")
def test_on_micropython():
    pass

@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.req("ESME-A-03"))])
def test_parameter(x):
    pass

@pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.runtime)])
@pytest.mark.req("ESME-A-04")
def test_one_parameter_on_micropython(x):
    pass

@pytest.mark.req("ESME-A-05")
class TestClass:
    def test_method(self):
        pass

    def helper(self):
        pass

def test_without():
    pass
"""
WHOLE_MODULE = """
import pytest

pytestmark = [pytest.mark.runtime, pytest.mark.req("ESME-A-06")]

def test_any():
    pass
"""
SCENARIO = """\
# What it is about.
# req: ESME-A-07, ESME-A-08
#req:ESME-A-09
device ESME  # req: ESME-A-10
"""


@pytest.fixture
def tests(tmp_path):
    (tmp_path / "some").mkdir()
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "some/test_one.py").write_text(MODULE)
    (tmp_path / "some/helper.py").write_text(WHOLE_MODULE)
    (tmp_path / "some/test_two.py").write_text(WHOLE_MODULE)
    (tmp_path / "scenarios/day.txt").write_text(SCENARIO)
    (tmp_path / "scenarios/day.golden").write_text("")
    return tmp_path


def test_every_kind_of_claim(tests):
    one, two, day = "some/test_one.py::", "some/test_two.py::", "scenarios/day.txt"
    assert all_claims(tests) == [
        Claim("ESME-A-01", one + "test_plain", CPYTHON),
        Claim("ESME-A-02", one + "test_on_micropython", BOTH),
        Claim("ESME-A-02", one + "test_plain", CPYTHON),
        Claim("ESME-A-03", one + "test_parameter", CPYTHON),
        Claim("ESME-A-04", one + "test_one_parameter_on_micropython", CPYTHON),
        Claim("ESME-A-05", one + "TestClass::test_method", CPYTHON),
        Claim("ESME-A-06", two + "test_any", BOTH),
        Claim("ESME-A-07", day, ALL),
        Claim("ESME-A-08", day, ALL),
        Claim("ESME-A-09", day, ALL),
    ]


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("scenarios/day.txt", "# req:", "day.txt:1: req without a row"),
        ("scenarios/night.txt", "# req: ESME-A-01", "night.txt:1: claims rows without a golden"),
        ("some/test_one.py", "x = pytest.mark.req('A')", ":1: a req mark that belongs to no test"),
        ("some/test_one.py", "@pytest.mark.req(ROW)\ndef test(): pass", "not a literal text"),
        ("some/test_one.py", "@pytest.mark.req(*R)\ndef test(): pass", "not a literal text"),
    ],
)
def test_what_can_not_be_read(tests, file, text, fault):
    (tests / file).write_text(text)
    with pytest.raises(ClaimError, match=fault):
        all_claims(tests)
