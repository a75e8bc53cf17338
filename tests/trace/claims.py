"""Who claims which requirement row: read from the source of tests and scenarios, nothing is run.

A test claims rows by `@pytest.mark.req("ESME-PAY-05", ...)` on itself, its class, its module's
`pytestmark` or a `pytest.param` of it. It runs on CPython alone, unless it is marked `runtime`. A
scenario claims rows in lines `# req: ESME-PAY-05, ...`, and runs on every runtime.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
SCENARIOS = TESTS / "scenarios"

CPYTHON = ("CPython",)
BOTH = ("CPython", "MicroPython")
ALL = ("CPython", "MicroPython unix", "MicroPython wasm32")

_REQ_LINE = re.compile(r"^\s*#\s*req:(.*)$")


class ClaimError(ValueError):
    """A claim can't be read; the message names file, line and fault."""


@dataclass(frozen=True, order=True)
class Claim:
    """One test or scenario that claims a row.

    test: a pytest node id without parameters, or the path of a scenario, from the tests' folder.
    """

    row: str
    test: str
    runtimes: tuple[str, ...]

    @property
    def on_micropython(self) -> bool:
        return len(self.runtimes) > 1

    @property
    def is_scenario(self) -> bool:
        return self.test.endswith(".txt")


def all_claims(tests: Path = TESTS) -> list[Claim]:
    """Return all claims below a folder of tests, sorted."""
    claims: set[Claim] = set()
    for path in tests.rglob("test_*.py"):
        claims.update(claims_of_module(path, str(path.relative_to(tests))))
    for path in (tests / "scenarios").glob("*.txt"):
        claims.update(claims_of_scenario(path, str(path.relative_to(tests))))
    return sorted(claims)


def claims_of_scenario(path: Path, name: str) -> Iterator[Claim]:
    """Yield the claims of a scenario file."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = _REQ_LINE.match(line)
        if not found:
            continue
        rows = found[1].replace(",", " ").split()
        if not rows:
            raise ClaimError(f"{name}:{number}: req without a row")
        if not path.with_suffix(".golden").exists():
            raise ClaimError(f"{name}:{number}: claims rows without a golden transcript")
        for row in rows:
            yield Claim(row, name, ALL)


def claims_of_module(path: Path, name: str) -> Iterator[Claim]:
    """Yield the claims of a module of tests."""
    tree = ast.parse(path.read_text(), str(path))
    marks = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
    ]
    seen: set[ast.Call] = set()
    yield from _claims_of_body(tree.body, f"{name}::", marks, seen)
    for node in ast.walk(tree):
        if _is_mark(node, "req") and node not in seen:
            raise ClaimError(f"{name}:{node.lineno}: a req mark that belongs to no test")


def _claims_of_body(
    body: list[ast.stmt], prefix: str, marks: list[ast.expr], seen: set[ast.Call]
) -> Iterator[Claim]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            inherited = [*marks, *node.decorator_list]
            yield from _claims_of_body(node.body, f"{prefix}{node.name}::", inherited, seen)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            everything = [*marks, *node.decorator_list]
            runtimes = BOTH if any(_has_runtime(mark) for mark in everything) else CPYTHON
            for mark in everything:
                for row in _rows_in(mark, prefix, seen):
                    yield Claim(row, prefix + node.name, runtimes)


def _rows_in(mark: ast.expr, prefix: str, seen: set[ast.Call]) -> Iterator[str]:
    for node in ast.walk(mark):
        if not _is_mark(node, "req"):
            continue
        seen.add(node)
        for argument in node.args:
            if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                raise ClaimError(f"{prefix}{node.lineno}: a row that is not a literal text")
            yield argument.value


def _has_runtime(mark: ast.expr) -> bool:
    """Tell whether a mark, or one of a list of marks, is `runtime`; parameters don't count."""
    marks = mark.elts if isinstance(mark, ast.List | ast.Tuple) else [mark]
    return any(ast.unparse(each) == "pytest.mark.runtime" for each in marks)


def _is_mark(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{name}"
