"""Constants of other modules are numbers on a board, and everything else is as it was."""

import ast
import sys

import pytest

from host_tools.boards.closure import FIRMWARE
from host_tools.boards.shortening.constants import Constants
from host_tools.boards.shortening.names import short_names
from host_tools.boards.shortening.source import Source

CODES = """
from micropython import const

OPENED = const(0x8001)
CLOSED = const(2)
ASKED_FOR = const(3)
SHADOWED = const(4)
RENAMED = const(5)
_OWN = const(6)
TAKEN = const(7)
_TAKEN = 70
COMPUTED = const(4 * 2)


def is_opened(code, default=OPENED):
    return code == OPENED == default and _TAKEN + TAKEN == 77
"""
METER = """
from . import codes, other
from .codes import CLOSED, RENAMED as CALLED
from .codes import (
    OPENED,
    SHADOWED,
    is_opened,
)

NUMBERS = {OPENED: "opened", CLOSED: "closed", CALLED: codes.OPENED}


def asked(name):
    from .codes import COMPUTED, TAKEN

    return getattr(codes, name), TAKEN, COMPUTED


def shadow():
    SHADOWED = 40
    return SHADOWED + other.Thing().CLOSED


RESULT = (NUMBERS, asked("ASKED_FOR"), shadow(), is_opened(0x8001), codes.RENAMED - OPENED)
"""
# A variable with the name of a module, whose constants are then not to be told from others.
UNCLEAR = """

def closed(codes):
    return codes.OPENED
"""
# A name for one module or another: it is of what is asked of them that nothing is certain.
EITHER = """

def either(is_other):
    if is_other:
        from . import other as module
    else:
        from . import codes as module
    return module.{constant}
"""
# Something of the same name that is no constant of a module.
OTHER = """
from .codes import RENAMED


class Thing:
    CLOSED = RENAMED
"""
STORY = """
from .codes import OPENED
from .meter import RESULT

RESULT = RESULT, OPENED
"""
TEXTS = {"codes": CODES, "meter": METER, "other": OTHER, "story": STORY}


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def constants(shop):
    modules = {f"shop.{name}": Source.read(shop / f"{name}.py") for name in TEXTS}
    return Constants(modules, frozenset({"ASKED_FOR"}))


def run(folder, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "shop"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(folder.parent))
    __import__("shop.story")
    return sys.modules["shop.story"].RESULT


def test_modules_do_as_before(shop, constants, tmp_path, monkeypatch):
    before = run(shop, monkeypatch)
    folded = tmp_path / "folded" / "shop"
    folded.mkdir(parents=True)
    for path in shop.glob("*.py"):
        (folded / path.name).write_text(constants.folded(f"shop.{path.stem}"), encoding="utf-8")
    assert run(folded, monkeypatch) == before
    assert before[0][1:] == ((3, 7, 8), 45, True, 5 - 0x8001)


def test_a_constant_is_a_number_wherever_it_was_imported(shop, constants):
    story = constants.folded("shop.story").splitlines()
    assert story[1:] == ["pass", "from .meter import RESULT", "", "RESULT = RESULT, 32769"]
    assert "CLOSED = 5" in constants.folded("shop.other")


def test_its_module_leaves_no_name_of_it(shop, constants):
    codes = constants.folded("shop.codes")
    assert "\n_RENAMED = const(5)\n" in codes
    assert "def is_opened(code, default=_OPENED)" in codes


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ASKED_FOR", "a text may ask for it"),
        ("SHADOWED", "a variable has its name"),
        ("CLOSED", "an object may have an attribute of its name"),
        ("OPENED", "a variable has the name of its module"),
        ("TAKEN", "what it would be called is there already"),
        ("COMPUTED", "it is no number in the source"),
    ],
)
def test_what_is_not_certain_stays(shop, name, why):
    if name == "OPENED":
        (shop / "meter.py").write_text(METER + UNCLEAR, encoding="utf-8")
    modules = {f"shop.{module}": Source.read(shop / f"{module}.py") for module in TEXTS}
    codes = Constants(modules, frozenset({"ASKED_FOR"})).folded("shop.codes")
    assert f"\n{name} = const(" in codes, why


@pytest.mark.parametrize("constant", ["OPENED", "RENAMED"])
def test_of_what_may_be_one_module_or_another_only_what_is_asked_stays(shop, constant):
    text = METER + EITHER.format(constant=constant)
    (shop / "meter.py").write_text(text, encoding="utf-8")
    modules = {f"shop.{module}": Source.read(shop / f"{module}.py") for module in TEXTS}
    codes = Constants(modules, frozenset()).folded("shop.codes")
    for name in ("OPENED", "RENAMED"):
        assert (f"\n{name} = const(" in codes) == (name == constant)


def test_lines_stay_for_tracebacks(shop, constants):
    for name, text in TEXTS.items():
        folded = constants.folded(f"shop.{name}")
        assert folded.count("\n") == text.count("\n")
        assert statements(folded) == statements(text)


@pytest.mark.parametrize(
    "path", sorted(FIRMWARE.rglob("*.py")), ids=lambda path: path.relative_to(FIRMWARE).as_posix()
)
def test_every_module_of_the_firmware_keeps_its_lines(path):
    text = path.read_text(encoding="utf-8")
    folded = short_names(FIRMWARE).before(path)
    assert folded.count("\n") == text.count("\n")
    assert statements(folded) == statements(text)


def statements(text):
    """Return the kinds of statements with their lines, but for imports."""
    return [
        (type(node), node.lineno)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.stmt) and not isinstance(node, ast.ImportFrom | ast.Pass)
    ]


def test_nearly_all_constants_of_the_firmware_are_numbers():
    names = short_names(FIRMWARE)
    left = [
        line
        for path in FIRMWARE.rglob("*.py")
        for line in names.before(path).splitlines()
        if " = const(" in line and line[0] not in "_# "
    ]
    assert len(left) < 50
