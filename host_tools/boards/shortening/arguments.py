"""Short names for arguments that no call names, as MicroPython holds those of all in RAM.

A function's arguments are called a0, a1 ... by their function, but for those that some call names
and those that are something else in their module too. Lines stay as they are, so that a traceback
leads into the source.
"""

import ast
from collections.abc import Iterable

from .source import Edit, Source, assigned, edited

_Function = ast.FunctionDef | ast.Lambda


def named_in_calls(sources: Iterable[Source]) -> frozenset[str]:
    """Return the arguments that calls in modules name."""
    return frozenset(
        node.arg
        for source in sources
        for node in source.nodes
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
                yield from assigned(statement)


def shortened(source: Source, in_calls: frozenset[str]) -> str:
    """Return a module's text with short names for its functions' arguments.

    in_calls: those to be left alone, see named_in_calls().
    """
    kept = {*in_calls, "self", *(name for node in source.nodes for name in _other_names(node))}
    edits = [edit for function in _outermost(source.tree) for edit in _edits(function, kept)]
    return edited(source.text, edits)


def _outermost(node: ast.AST) -> Iterable[_Function]:
    """Yield the functions that lie in no other."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.Lambda)):
            yield child
        else:
            yield from _outermost(child)


def _edits(function: _Function, kept: set[str]) -> Iterable[Edit]:
    """Yield each place where an argument is named, with its short name."""
    inside = list(ast.walk(function))
    arguments = [node for node in inside if isinstance(node, ast.arg)]
    if any(isinstance(node, ast.JoinedStr) for node in inside):
        return
    names = dict.fromkeys(one.arg for one in arguments if one.arg not in kept)
    short = {name: f"a{index}" for index, name in enumerate(names)}
    for node in inside:
        if isinstance(node, ast.arg | ast.Name):
            name = node.arg if isinstance(node, ast.arg) else node.id
            if name in short:
                end = node.col_offset + len(name.encode())
                yield node.lineno, node.col_offset, end, short[name]


__all__ = ("named_in_calls", "shortened")
