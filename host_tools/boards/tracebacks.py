"""What a traceback from a board means: its modules have short names, and no line numbers.

A line that MicroPython prints says the module and the function, by its name on the board; the
function is found in the source by both.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from .closure import FIRMWARE
from .shortening.names import short_names

_FRAME = re.compile(r'^(\s*)File "([^"]+)", line (\d+), in (\S+)$')
_QUOTED = re.compile(r"'(\w+)'")
_MODULE = "<module>"
# What a function has that is compiled without the numbers of its lines.
_NO_LINE = 1


@dataclass(frozen=True)
class _Function:
    """A function of the firmware: where it stands, and what names in it are on a board."""

    path: str
    name: str
    first: int
    last: int
    names: dict[str, str]


class Tracebacks:
    """Says line by line what a board's output means; functions of a firmware folder."""

    def __init__(self, firmware: Path = FIRMWARE) -> None:
        self._firmware = firmware
        # By module and name on a board; looked up when the first frame comes.
        self._functions: dict[tuple[str, str], list[_Function]] | None = None
        self._meant: list[_Function] = []

    def explain(self, line: str) -> str:
        """Return a line, with the function that is meant if it is a frame of a traceback.

        Where several functions of a module have that name on a board, each is said. Of the line
        after the last frame the quoted names are explained; other lines stay as they are.
        """
        frame = _FRAME.match(line)
        if not frame:
            meant, self._meant = self._meant, []
            known = {short: long for function in meant for short, long in function.names.items()}
            return _QUOTED.sub(lambda found: f"'{known.get(found[1], found[1])}'", line)
        if self._functions is None:
            self._functions = _functions(self._firmware)
        indent, module, number, name = frame.groups()
        self._meant = _meant(self._functions.get((Path(module).stem, name), []), int(number))
        said = " or ".join(_said(function, int(number)) for function in self._meant)
        return indent + said if said else line


def _meant(candidates: list[_Function], number: int) -> list[_Function]:
    if number == _NO_LINE:
        return candidates
    return [one for one in candidates if one.first <= number <= one.last]


def _said(function: _Function, number: int) -> str:
    line = function.first if number == _NO_LINE else number
    return f'File "{function.path}", line {line}, in {function.name}'


def _functions(firmware: Path) -> dict[tuple[str, str], list[_Function]]:
    """Return the functions of the firmware by module and by their name on a board."""
    short = short_names(firmware).short
    found: dict[tuple[str, str], list[_Function]] = {}

    def note(node: ast.AST, path: str, within: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = within
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                name = f"{within}.{child.name}".lstrip(".")
            if isinstance(child, ast.FunctionDef):
                key = Path(path).stem, short.get(child.name, child.name)
                last = child.end_lineno or child.lineno
                one = _Function(path, name, child.lineno, last, _long_names(child, short))
                found.setdefault(key, []).append(one)
            note(child, path, name)

    for source in sorted(firmware.rglob("*.py")):
        path = source.relative_to(firmware).as_posix()
        text = source.read_text(encoding="utf-8")
        tree = ast.parse(text)
        whole = _Function(path, _MODULE, _NO_LINE, text.count("\n"), {})
        found.setdefault((source.stem, _MODULE), []).append(whole)
        note(tree, path, "")
    return found


def _long_names(function: ast.FunctionDef, short: dict[str, str]) -> dict[str, str]:
    """Return what the names that a function uses on a board are in the source."""
    used = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return {short[name]: name for name in sorted(used) if name in short}


__all__ = ("Tracebacks",)
