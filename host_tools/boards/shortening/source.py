"""A module's source as each step of the shortening reads and changes it."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

# Line, from octet, to octet, and what comes there.
Edit = tuple[int, int, int, str]


class Source:
    """A text with its syntax tree, and all nodes of that: they are gone through often."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.nodes = tuple(ast.walk(self.tree))

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Return that of a file."""
        return cls(path.read_text(encoding="utf-8"))

    def but(self, text: str) -> "Source":
        """Return that of a text made of this one: itself where nothing was changed."""
        return self if text == self.text else Source(text)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with places of its lines changed; each place may be named more than once."""
    lines = text.splitlines(keepends=True)
    # From the end of each line on, so that what is left of it stays where it is.
    for line, start, end, new in sorted(set(edits), reverse=True):
        octets = lines[line - 1].encode()
        lines[line - 1] = (octets[:start] + new.encode() + octets[end:]).decode()
    return "".join(lines)


def assigned(statement: ast.stmt) -> Iterator[str]:
    """Yield the variables that a statement of a module or a class sets, none of a definition's."""
    if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


__all__ = ("Edit", "Source", "assigned", "edited")
