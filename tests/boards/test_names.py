"""What a board's modules call among themselves is short, and means the same."""

import ast
import sys
import tokenize
from pathlib import Path

import pytest

from host_tools.boards.bundle import compiled
from host_tools.boards.closure import FIRMWARE
from host_tools.boards.shortening import names as names_module
from host_tools.boards.shortening.names import NUMBERED, ShortNames, short_names

METER = '''
"""A part: `register` is no name in here."""

from machine import Pin
from micropython import const

from shop.tools import ADDED, Fault, scaled

_HIDDEN = const(7)
VISIBLE = (8,)
_HANDLERS = {1: "_first_handler", 2: "second_handler"}


class Register:
    unit_name = "Wh"

    def __init__(self, initial, rate_percent=100):
        self._reading_wh = initial
        self.rate_percent = rate_percent
        self.listener = None

    def advance(self, amount_wh):
        self._reading_wh += scaled(amount_wh, percentage=self.rate_percent)
        if self.listener:
            self.listener(self._reading_wh)
        return self


class BillingRegister(Register):
    def closing(self):
        def doubled(amount_wh):
            return amount_wh * 2 + ADDED

        return [doubled(value) for value in (self._reading_wh, self.rate_percent, _HIDDEN)]


class Switch:
    def __init__(self, pin_number):
        self._output = Pin(pin_number, mode=Pin.OUT)

    def close_contact(self):
        self._output.value(1)

    def handle(self, number):
        return getattr(self, _HANDLERS[number])()

    def check_closed(self):
        return "closed"

    def _first_handler(self):
        return "first"

    def second_handler(self):
        return "second" + getattr(self, "check_" + "closed")()


def refuse():
    raise Fault("refused")
'''
TOOLS = """
ADDED = 1


class Fault(ValueError):
    pass


def scaled(value, percentage):
    return value * percentage // 100
"""
TABLE = "# rows\nfirst | tabled_name | 5\n"
STORY = """
from shop import meter, tools
from shop.meter import VISIBLE, BillingRegister, Switch

heard = []
register = BillingRegister(10, rate_percent=50)
register.listener = heard.append
tabled_name = VISIBLE
switch = Switch(4)
switch.close_contact()
try:
    meter.refuse()
    fault = None
except tools.Fault as refusal:
    fault = str(refusal), type(refusal).__name__
RESULT = (
    register.advance(8).closing(), heard, register.unit_name, tabled_name,
    switch.handle(1), switch.handle(2), fault,
)
"""
CHIPS = """
class Pin:
    OUT = 1

    def __init__(self, number, mode):
        pass

    def value(self, level):
        pass
"""


@pytest.fixture
def shop(tmp_path):
    """Return a folder of firmware of two modules, a table and what uses them."""
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, text in (("meter", METER), ("tools", TOOLS), ("story", STORY)):
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (folder / "rows.tbl").write_text(TABLE, encoding="utf-8")
    return folder


@pytest.fixture
def names(shop):
    return ShortNames(shop.parent)


def run(folder, monkeypatch):
    """Return what the story of a folder ends with."""
    for name in [name for name in sys.modules if name.split(".")[0] in ("shop", "machine")]:
        monkeypatch.delitem(sys.modules, name)
    (folder.parent / "machine.py").write_text(CHIPS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder.parent))
    scope = {}
    exec(compile((folder / "story.py").read_text(encoding="utf-8"), "story", "exec"), scope)
    return scope


def test_modules_do_as_before(shop, names, tmp_path, monkeypatch):
    before = run(shop, monkeypatch)["RESULT"]
    short = tmp_path / "short" / "shop"
    short.mkdir(parents=True)
    for path in shop.glob("*.py"):
        (short / path.name).write_text(names.shortened(path), encoding="utf-8")
    scope = run(short, monkeypatch)
    assert scope[names.short["RESULT"]] == before
    assert before[-1] == ("refused", "Fault")
    assert before[0] == [29, 101, 15]


@pytest.mark.parametrize(
    "name",
    [
        "Register",
        "BillingRegister",
        "_reading_wh",
        "rate_percent",
        "listener",
        "advance",
        "closing",
        "close_contact",
        "refuse",
        "VISIBLE",
        "ADDED",
        "scaled",
        "percentage",
        "_output",
        "unit_name",
    ],
)
def test_what_the_modules_name_among_themselves_is_short(names, name):
    assert names.short[name] in NUMBERED or len(names.short[name]) == 1


@pytest.mark.parametrize(
    "name",
    [
        # Looked up by texts, whole or put together, or by a table.
        "_first_handler",
        "second_handler",
        "check_closed",
        "tabled_name",
        # Of the chip and of MicroPython, with their arguments.
        "Pin",
        "OUT",
        "mode",
        "value",
        "append",
        "__init__",
        "machine",
        # Modules, what a traceback tells, and what the compiler leaves no name of.
        "meter",
        "shop",
        "Fault",
        "_HIDDEN",
    ],
)
def test_what_others_name_too_stays(names, name):
    assert name not in names.short


@pytest.mark.parametrize(
    "together",
    [
        # Attributes of one object, by its class and the class before it.
        ("_reading_wh", "rate_percent", "listener", "advance", "closing", "unit_name"),
        ("_output", "close_contact", "handle"),
        # What is set from outside may be an attribute of any object.
        ("listener", "close_contact", "handle", "_output"),
        # Variables of one module.
        ("Register", "BillingRegister", "Switch", "refuse", "VISIBLE", "ADDED", "scaled"),
        # Arguments that a call names, and what their function's module has.
        ("percentage", "ADDED", "scaled"),
        ("rate_percent", "Register", "scaled"),
    ],
)
def test_names_that_meet_differ(names, together):
    short = [names.short.get(name, name) for name in together]
    assert len(set(short)) == len(together)


def test_names_that_micropython_has_by_number_are_not_spelled_out(tmp_path):
    def size_of(name):
        path = tmp_path / f"{name}_.py"
        path.write_text(f"import x\nx.{name}\n", encoding="utf-8")
        octets = compiled(Path(path.name), tmp_path, ShortNames(tmp_path)).octets
        return len(octets) - len(path.stem)

    plain = size_of("x")
    assert {size_of(name) - plain for name in NUMBERED[:19]} == {1}
    assert {size_of(name) - plain for name in NUMBERED[19:]} == {2}


def test_what_a_type_of_the_interpreters_has_is_no_attribute_of_a_class_made_of_it(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    methods = [f"    def method_{number}(self):\n        return {number}" for number in range(120)]
    text = "\n".join(
        [
            "class Rows(dict):",
            *methods,
            "    def added(self):",
            "        return sum(self.values()) + len(sorted(self.items()))",
            "RESULT = Rows(a=3, b=4).added(), list(map(str, [1]))",
        ]
    )
    (folder / "rows.py").write_text(text, encoding="utf-8")
    names = ShortNames(folder)
    short = {names.short[f"method_{number}"] for number in range(120)} | {names.short["added"]}
    assert len(short) == 121
    assert not short & set(dir(dict))
    assert not {names.short["Rows"], names.short["RESULT"]} & {"sum", "len", "sorted", "map"}
    scope = {}
    exec(names.shortened(folder / "rows.py"), scope)
    assert scope[names.short["RESULT"]] == (9, ["1"])


def test_names_that_never_meet_may_be_the_same(names):
    ours = [name for name in names.short if not name.isupper()]
    assert len({names.short[name] for name in ours}) < len(ours)


def test_lines_stay_for_tracebacks(shop, names):
    for path in shop.glob("*.py"):
        kinds = [
            [(type(node), getattr(node, "lineno", 0)) for node in ast.walk(ast.parse(text))]
            for text in (path.read_text(encoding="utf-8"), names.shortened(path))
        ]
        assert kinds[0] == kinds[1]


MODULES = sorted(FIRMWARE.rglob("*.py"))
HOST_TOOLS = FIRMWARE.parent / "host_tools"


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: Path(path).relative_to(FIRMWARE).as_posix()
)
def test_every_module_of_the_firmware_is_the_same_but_for_names(path):
    names = short_names(FIRMWARE)
    old, new = (ast.parse(text) for text in (names.before(path), names.shortened(path)))
    met = {}
    for before, after in zip(ast.walk(old), ast.walk(new), strict=True):
        assert type(before) is type(after)
        assert getattr(before, "lineno", 0) == getattr(after, "lineno", 0)
        if isinstance(before, ast.Constant):
            assert before.value == after.value
        if isinstance(before, ast.Attribute):
            met[before.attr] = after.attr
    # One name is one attribute wherever it stands.
    assert all(names.short.get(name, name) == short for name, short in met.items())


# What stands in for a chip has the methods and arguments that the chip's own have.
CHIPS_OF = [*sorted((HOST_TOOLS / "shim/unix_board").glob("*.py")), HOST_TOOLS / "node/pins.py"]


@pytest.mark.parametrize("path", CHIPS_OF, ids=lambda path: Path(path).stem)
def test_what_a_chip_is_asked_stays(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    holders = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    methods = [
        node.name
        for holder in holders
        for node in holder.body
        if isinstance(node, ast.FunctionDef) and node.name[0] != "_"
    ]
    assert methods
    assert not set(methods) & set(short_names(FIRMWARE).short)


def test_the_firmware_has_a_tenth_of_its_names_left():
    short = short_names(FIRMWARE).short
    assert len(short) > 2_500
    assert len(set(short.values())) < len(short) / 10
    assert max(map(len, set(short.values()).difference(NUMBERED))) == 2
    with tokenize.open(FIRMWARE / "protometer/han/mac.py") as file:
        written = {token.string for token in tokenize.generate_tokens(file.readline)}
    assert not set(short.values()).difference(NUMBERED) & written


def test_names_are_found_once_for_a_state_of_the_sources(tmp_path, monkeypatch):
    """By another process too; not for sources that were changed, and the last few are kept."""
    found = []

    class Found(ShortNames):
        def __init__(self, *of):
            found.append(of)
            super().__init__(*of)

    folder, kept = tmp_path / "firmware", tmp_path / "kept"
    folder.mkdir()
    monkeypatch.setattr(names_module, "_KEPT", kept)
    monkeypatch.setattr(names_module, "NODE", tmp_path / "nothing")
    monkeypatch.setattr(names_module, "ShortNames", Found)
    monkeypatch.setattr(sys.modules[__name__], "Found", Found, raising=False)
    Found.__qualname__ = "Found"
    anew = short_names.__wrapped__
    for state in range(6):
        module = folder / "meter.py"
        module.write_text(f"class Meter:\n    def told(self):\n        return {state}\n")
        first, again = anew(folder), anew(folder)
        assert len(found) == state + 1
        assert first.shortened(module) == again.shortened(module)
        assert f"return {state}" in again.shortened(module)
    assert len(list(kept.iterdir())) == 4
