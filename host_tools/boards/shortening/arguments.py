"""Short names for arguments that no call names, as MicroPython holds those of all in RAM.

A function's arguments are called a0, a1 ... by their function, but for those that some call names
and those that are something else in their module too. Lines stay as they are, so that a traceback
leads into the source.
"""

import ast
from collections.abc import Iterable
from pathlib import Path

_Function = ast.FunctionDef | ast.Lambda


def named_in_calls(paths: Iterable[Path]) -> frozenset[str]:
    """Return the arguments that calls in modules name."""
    return frozenset(
        node.arg
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword) and node.arg
    )


def _other_names(node: ast.AST) -> Iterable[str]:
    """Yield what a node of a module names other than its functions' own variables."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
        case ast.ExceptHandler(name=str(name)):
            yield name
        case ast.Module(body=body):
            for statement in body:
                yield from _assigned(statement)


def _assigned(statement: ast.stmt) -> Iterable[str]:
    """Yield the variables of a module that a statement sets."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def shortened(text: str, in_calls: frozenset[str]) -> str:
    """Return a module's source with short names for its functions' arguments.

    in_calls: those to be left alone, see named_in_calls().
    """
    tree = ast.parse(text)
    kept = {*in_calls, "self", *(name for node in ast.walk(tree) for name in _other_names(node))}
    edits: list[tuple[int, int, str, str]] = []
    for function in _outermost(tree):
        edits += _renamed(function, kept)
    lines = text.splitlines(keepends=True)
    # From the end of each line on, so that what is left of it stays where it is.
    for line, column, name, short in sorted(set(edits), reverse=True):
        octets = lines[line - 1].encode()
        end = column + len(name.encode())
        lines[line - 1] = (octets[:column] + short.encode() + octets[end:]).decode()
    return "".join(lines)


def _outermost(node: ast.AST) -> Iterable[_Function]:
    """Yield the functions that lie in no other."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.Lambda)):
            yield child
        else:
            yield from _outermost(child)


def _renamed(function: _Function, kept: set[str]) -> list[tuple[int, int, str, str]]:
    """Return (line, column, name, short name) of each place where an argument is named."""
    inside = list(ast.walk(function))
    arguments = [node for node in inside if isinstance(node, ast.arg)]
    if any(isinstance(node, ast.JoinedStr) for node in inside):
        return []
    names = dict.fromkeys(one.arg for one in arguments if one.arg not in kept)
    short = {name: f"a{index}" for index, name in enumerate(names)}
    places = [(one.lineno, one.col_offset, one.arg) for one in arguments]
    places += [
        (node.lineno, node.col_offset, node.id) for node in inside if isinstance(node, ast.Name)
    ]
    return [(line, at, name, short[name]) for line, at, name in places if name in short]


__all__ = ("named_in_calls", "shortened")
