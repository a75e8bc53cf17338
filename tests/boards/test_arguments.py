"""Arguments that no call names get short names on a board; what a module does stays the same."""

import ast
from functools import cache

import pytest

from host_tools.boards.closure import FIRMWARE
from host_tools.boards.shortening.arguments import named_in_calls, shortened
from host_tools.boards.shortening.source import Source

SOURCE = '''
LIMIT = 3


def kept(first, second=LIMIT):
    """Is called with second=."""
    return first - second


def shadowed(values, wanted):
    count = len([wanted for wanted in values if wanted > 1])

    def inner(added, wanted):
        return added + wanted + count

    return inner(wanted, 10) + kept(wanted, second=1)


class Holder:
    def __init__(self, content):
        self.content = content

    def each(self, change, é="é"):  # è, before what is renamed
        "é"; return [change(one) for one in self.content], é


def catch(text, failure):
    try:
        return int(text)
    except ValueError as failure:
        return str(failure)


RESULT = (
    kept(9, second=2),
    shadowed([1, 2, 3], 5),
    Holder([1, 2]).each(lambda number: number * 7),
    catch("x", None),
)
'''


def named_in(text):
    return {node.arg for node in ast.walk(ast.parse(text)) if isinstance(node, ast.arg)}


def results(text):
    scope = {}
    exec(compile(text, "module", "exec"), scope)
    return scope["RESULT"]


@pytest.fixture
def in_calls(tmp_path):
    (tmp_path / "module.py").write_text(SOURCE, encoding="utf-8")
    return named_in_calls([Source.read(tmp_path / "module.py")])


def test_a_module_does_as_before_with_fewer_names_on_the_same_lines(in_calls):
    short = shortened(Source(SOURCE), in_calls)
    assert results(short) == results(SOURCE)
    assert named_in(short) == {"self", "second", "failure", "a0", "a1", "a2"}
    assert len(short.splitlines()) == len(SOURCE.splitlines())


def test_what_a_call_names_is_left_alone(in_calls):
    assert in_calls == {"second"}


@pytest.mark.parametrize(
    "path", sorted(FIRMWARE.rglob("*.py")), ids=lambda path: path.relative_to(FIRMWARE).as_posix()
)
def test_every_module_of_the_firmware_is_the_same_but_for_arguments(path):
    text = path.read_text(encoding="utf-8")
    in_calls = firmware_in_calls()
    short = shortened(Source(text), in_calls)
    before, after = list(ast.walk(ast.parse(text))), list(ast.walk(ast.parse(short)))
    assert [type(node) for node in before] == [type(node) for node in after]
    renamed = {}
    for old, new in zip(before, after, strict=True):
        assert getattr(old, "lineno", 0) == getattr(new, "lineno", 0)
        name = getattr(old, "id", getattr(old, "arg", None))
        if name is not None and name != getattr(new, "id", getattr(new, "arg", None)):
            renamed[name] = True
    assert not set(renamed) & in_calls
    assert set(renamed) <= named_in(text)


@cache
def firmware_in_calls():
    return named_in_calls(Source.read(path) for path in sorted(FIRMWARE.rglob("*.py")))
