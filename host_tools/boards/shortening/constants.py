"""Constants of other modules as the numbers that they are: a board then holds neither.

MicroPython's compiler puts the number for a const() whose name begins with an underscore, within
one module. Here it is put in all modules for those of others: what imports a constant, or the
module that has it, gets the number; the module itself an underscore. Lines stay as they are.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from .source import Edit, Source, edited

# What a name stands for that is a module at one time and something else at another.
_SEVERAL: tuple[str, str | None] = ("", None)


class Constants:
    """The constants of modules, by their dotted names; kept: those that texts may ask for."""

    def __init__(self, modules: Mapping[str, Source], kept: frozenset[str]) -> None:
        readers = {name: _Reader(name, source) for name, source in modules.items()}
        values = {name: dict(reader.constants()) for name, reader in readers.items()}
        for reader in readers.values():
            reader.look(values)
        lost = kept.union(*(reader.unclear for reader in readers.values()))
        self._folded = {
            name: {one: value for one, value in found.items() if one not in lost}
            for name, found in values.items()
        }
        self._readers = readers

    def folded(self, name: str) -> str:
        """Return the text of a module with the numbers of constants."""
        reader = self._readers[name]
        lines = edited(reader.source.text, reader.edits(self._folded)).splitlines(keepends=True)
        for first, last, new in reader.imports(self._folded):
            lines[first - 1 : last] = [new + "\n", *["\n"] * (last - first)]
        return "".join(lines)


class _Reader:
    """One module: what it has of constants, and what it says of others'."""

    def __init__(self, name: str, source: Source) -> None:
        self._name = name
        self.source = source
        # Names of constants that can't be told from others of the same name.
        self.unclear: set[str] = set()
        # By the name in here: the module, and the constant's name in it or None for all of it.
        self._imported: dict[str, tuple[str, str | None]] = {}
        self._values: Mapping[str, Mapping[str, int]] = {}
        self._bound = Counter(_bound(source))

    def constants(self) -> Iterator[tuple[str, int]]:
        """Yield name and value of each public const()."""
        for statement in self.source.tree.body:
            match statement:
                case ast.Assign(
                    targets=[ast.Name(id=name)],
                    value=ast.Call(
                        func=ast.Name(id="const"), args=[ast.Constant(value=int(value))]
                    ),
                ) if name[0] != "_" and self._bound[name] == 1:
                    yield name, value

    def look(self, values: Mapping[str, Mapping[str, int]]) -> None:
        """Find what is imported, and what is unclear; values: of the constants of each module."""
        self._values = values
        for node in self.source.nodes:
            if isinstance(node, ast.ImportFrom):
                self._take_import(node)
        everywhere = {one for found in values.values() for one in found}
        for node in self.source.nodes:
            if isinstance(node, ast.Attribute) and self._constant_of(node) is None:
                self.unclear.update(everywhere & {node.attr})
        own = values[self._name]
        written = {node.id for node in self.source.nodes if isinstance(node, ast.Name)}
        self.unclear.update(name for name in own if f"_{name}" in written)

    def _take_import(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            module = self._origin(node)
            found: tuple[str, str | None] | None = None
            if alias.name in self._values.get(module, {}):
                found = module, alias.name
            elif f"{module}.{alias.name}" in self._values:
                found = f"{module}.{alias.name}", None
            if found is None:
                continue
            before = self._imported.setdefault(name, found)
            # Bound to something else as well: nothing that it may mean is put as a number.
            if self._bound[name] or before != found:
                self._imported[name] = _SEVERAL
                self.unclear.update(one for _, one in (before, found) if one)

    def _origin(self, node: ast.ImportFrom) -> str:
        """Return the dotted name of the module or package that an import is from."""
        if not node.level:
            return node.module or ""
        package = self._name.split(".")[: -node.level]
        return ".".join([*package, *([node.module] if node.module else [])])

    def _constant_of(self, node: ast.expr) -> tuple[str, str] | None:
        """Return module and name of the constant that an expression is, or None."""
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=constant, ctx=ast.Load()):
                module, one = self._imported.get(name, ("", ""))
                if one is None and constant in self._values.get(module, {}):
                    return module, constant
            case ast.Name(id=name, ctx=ast.Load()):
                module, one = self._imported.get(name, ("", None))
                if one:
                    return module, one
        return None

    def edits(self, folded: Mapping[str, Mapping[str, int]]) -> Iterator[Edit]:
        """Yield what is put for constants; folded: the values of those that are put."""
        own = folded[self._name]
        for node in self.source.nodes:
            found = self._constant_of(node) if isinstance(node, ast.expr) else None
            if found and found[1] in folded[found[0]]:
                value = folded[found[0]][found[1]]
                new = str(value) if value >= 0 else f"({value})"
                yield node.lineno, node.col_offset, node.end_col_offset or 0, new
            elif isinstance(node, ast.Name) and node.id in own:
                yield node.lineno, node.col_offset, node.end_col_offset or 0, f"_{node.id}"

    def imports(self, folded: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[int, int, str]]:
        """Yield first line, last line and new text of imports that bring less."""
        needed = self._needed(folded)
        for node in self.source.nodes:
            if isinstance(node, ast.ImportFrom):
                left = [alias for alias in node.names if (alias.asname or alias.name) in needed]
                if len(left) < len(node.names):
                    kept = ast.ImportFrom(node.module, left, node.level)
                    new = ast.unparse(kept) if left else "pass"
                    yield node.lineno, node.end_lineno or 0, " " * node.col_offset + new

    def _needed(self, folded: Mapping[str, Mapping[str, int]]) -> set[str]:
        """Return the imported names that something is left for."""
        imported = {
            alias.asname or alias.name
            for node in self.source.nodes
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        left = Counter(node.id for node in self.source.nodes if isinstance(node, ast.Name))
        for node in self.source.nodes:
            found = self._constant_of(node) if isinstance(node, ast.expr) else None
            if found and found[1] in folded[found[0]]:
                name = node.value if isinstance(node, ast.Attribute) else node
                left[name.id if isinstance(name, ast.Name) else ""] -= 1
        return {name for name in imported if name not in self._imported or left[name] > 0}


def _bound(source: Source) -> Iterator[str]:
    """Yield each name that something is bound to otherwise than by an import."""
    for node in source.nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name


__all__ = ("Constants",)
