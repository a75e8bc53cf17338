"""Short names for what a board's modules call among themselves: names are much of its RAM.

MicroPython holds every distinct name once, whatever it names, and each module's file spells out
those that it uses: of an electricity meter's 330 KB a third. So what the firmware names gets a
name that MicroPython has anyway, or a letter or two, and the same for any two names that never
meet: no module has both as variables, and no object both as attributes. Lines stay as they are,
so a traceback leads into the source; names of outside_names.py stay too.
"""

import ast
import builtins
import io
import itertools
import keyword
import os
import pickle
import re
import string
import tempfile
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from ..digest import digest_of
from .arguments import named_in_calls, shortened
from .constants import Constants
from .outside_names import outside_names
from .source import Edit, Source, assigned, edited

_HOST_TOOLS = Path(__file__).parents[2]
# What runs on MicroPython beside the firmware, and names things of it.
NODE = _HOST_TOOLS / "node"
# Names of the last few states of sources: finding them takes some seconds.
_KEPT = _HOST_TOOLS.parent / "build" / "names"
_MOST_KEPT = 4
_ARGUMENT = re.compile(r"a\d+")
_OWN = ("self", "cls")
# Names that MicroPython's firmware and compiler know by number: in a file they are one octet, the
# further ones two, where a letter is three, and in RAM nothing. Left out are those that the
# compiler gives a meaning, or that the interpreter may ask an object for.
_ONE_OCTET = """
ArithmeticError EOFError Ellipsis GeneratorExit ImportError IndentationError LookupError NameError
NoneType NotImplementedError OverflowError SyntaxError SystemExit ZeroDivisionError abs all any
append builtins
"""
_TWO_OCTETS = """
bytecode callable chr classmethod clear copy count dict dir divmod end endswith eval exec extend
find format from_bytes getattr hasattr hash id index insert isalpha isdigit islower isspace
issubclass isupper items iter join key little locals lower lstrip main map next ord pop popitem
pow readline remove replace repr reverse rfind rindex round rsplit rstrip sep setattr setdefault
sort sorted split startswith staticmethod strip sum tuple update upper values zip
"""
NUMBERED = (*_ONE_OCTET.split(), *_TWO_OCTETS.split())


class ShortNames:
    """What the names of a folder of firmware are on a board."""

    def __init__(self, firmware: Path, beside: Sequence[Path] = ()) -> None:
        paths = {path: _dotted(path, firmware) for path in sorted(firmware.rglob("*.py"))}
        paths |= {path: _dotted(path, _HOST_TOOLS.parent) for path in beside}
        sources = {name: Source.read(path) for path, name in paths.items()}
        stems = {part for name in sources for part in name.split(".")}
        outside = outside_names(sources.values(), sorted(firmware.rglob("*.tbl")), stems) | stems
        in_calls = named_in_calls(sources.values())
        constants = Constants(sources, outside)
        self._modules = {}
        for path, name in paths.items():
            folded = sources[name].but(constants.folded(name))
            self._modules[path] = _Module(folded.but(shortened(folded, in_calls)))
        self.short = _short(list(self._modules.values()), outside)

    def before(self, path: Path) -> str:
        """Return a module's source with all of it done but this."""
        return self._modules[path].text

    def shortened(self, path: Path) -> str:
        """Return a module's source as it is compiled for a board, line by line the same."""
        module = self._modules[path]
        short_of = {**self.short, **self._arguments(module)}
        return edited(module.text, _renamed(module.text, short_of))

    def _arguments(self, module: "_Module") -> dict[str, str]:
        """Return names for a0, a1 ...: of attributes, as the module spells those out anyway."""
        variables = {self.short.get(name, name) for name in module.variables}
        attributes = {self.short[name] for name in module.uses if name in self.short}
        numbered = sorted(filter(_ARGUMENT.fullmatch, module.variables), key=lambda a: int(a[1:]))
        return dict(zip(numbered, sorted(attributes - variables), strict=False))


@lru_cache(None)
def short_names(firmware: Path) -> ShortNames:
    """Return the names of a folder of firmware, and of what the desk runs beside it."""
    beside = sorted(NODE.rglob("*.py"))
    read = [*firmware.rglob("*.py"), *firmware.rglob("*.tbl"), *beside]
    ours = sorted(Path(__file__).parent.glob("*.py"))
    kept = _KEPT / f"{digest_of(str(firmware), [*sorted(read), *ours])}.pickle"
    with suppress(FileNotFoundError):
        octets = kept.read_bytes()
        os.utime(kept)
        return pickle.loads(octets)
    names = ShortNames(firmware, beside)
    _keep(names, kept)
    return names


def _keep(names: ShortNames, kept: Path) -> None:
    """Keep names in a file, whole or not at all, and of others those that were used last."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, begun = tempfile.mkstemp(dir=kept.parent)
    with open(handle, "wb") as file:
        pickle.dump(names, file)
    os.replace(begun, kept)
    # Another process may tidy up as well.
    with suppress(FileNotFoundError):
        others = sorted(kept.parent.glob("*.pickle"), key=lambda path: path.stat().st_mtime)
        for old in others[:-_MOST_KEPT]:
            old.unlink()


class _Module:
    """What one module names: its variables, its classes' attributes, and others' attributes."""

    def __init__(self, source: Source) -> None:
        self.text = source.text
        # How often each name stands in it.
        self.uses: Counter[str] = Counter()
        # All that may be a variable of the module or of a function in it, or an argument.
        self.variables: set[str] = set()
        # By class: its attributes, and its bases.
        self.attributes: dict[str, set[str]] = {}
        self.bases: dict[str, list[str]] = {}
        # Of objects of any class.
        self.of_others: set[str] = set()
        self.constants = set(_private_constants(source.tree))
        self.keywords: set[str] = set()
        self.defined: set[str] = set()
        for node in source.nodes:
            self._note(node)
        for statement in source.tree.body:
            self.defined.update(_bound(statement))
        for names in self.attributes.values():
            self.defined |= names
        self.defined |= self.of_others

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name) | ast.arg(arg=name):
                self.variables.add(name)
                self.uses[name] += 1
            case ast.Attribute(attr=name, value=value, ctx=context):
                self.uses[name] += 1
                is_own = isinstance(value, ast.Name) and value.id in _OWN
                if not isinstance(context, ast.Load) and not is_own:
                    self.of_others.add(name)
            case ast.keyword(arg=str(name)):
                self.variables.add(name)
                self.keywords.add(name)
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                self.variables.update(alias.asname or alias.name for alias in names)
                self.uses.update(alias.name for alias in names)
            case ast.ExceptHandler(name=str(name)):
                self.variables.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self.variables.update(names)
            case ast.FunctionDef(name=name):
                self.uses[name] += 1
                self.variables.add(name)
            case ast.ClassDef(name=name, bases=bases):
                self.variables.add(name)
                self.bases.setdefault(name, []).extend(map(_last_name, bases))
                self.attributes.setdefault(name, set()).update(_attributes(node))


def _renamed(text: str, short_of: Mapping[str, str]) -> Iterator[Edit]:
    """Yield each place of a text where a name stands that has a short one."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        short = short_of.get(token.string)
        if token.type == tokenize.NAME and short:
            row, column = token.start
            start = len(lines[row - 1][:column].encode())
            yield row, start, start + len(token.string.encode()), short


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the variables that a statement of a module or a class sets, of classes not theirs."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    yield from assigned(statement)


def _attributes(made: ast.ClassDef) -> Iterator[str]:
    """Yield the attributes that a class gives itself and its objects."""
    for statement in made.body:
        yield from _bound(statement)
    for node in ast.walk(made):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr


def _private_constants(tree: ast.Module) -> Iterator[str]:
    """Yield the names that the compiler puts numbers for, so that none is left."""
    for statement in tree.body:
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.value, ast.Call)
            and _last_name(statement.value.func) == "const"
        ):
            yield from (name for name in map(_last_name, statement.targets) if name[:1] == "_")


def _dotted(path: Path, root: Path) -> str:
    """Return the name by which a module below a folder is imported."""
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _short(modules: Sequence[_Module], kept: frozenset[str]) -> dict[str, str]:
    """Return the short name of each that is ours, kept aside."""
    defined = set().union(*(one.defined | one.keywords for one in modules))
    constants = set().union(*(one.constants for one in modules))
    ours = {name for name in defined - kept - constants if not name.startswith("__")}
    written_in = [one.variables for one in modules] + list(_families(modules))
    groups = [names & ours for names in written_in]
    met: defaultdict[str, list[int]] = defaultdict(list)
    for index, names in enumerate(groups):
        for name in names:
            met[name].append(index)
    uses: Counter[str] = Counter()
    for one in modules:
        uses.update(one.uses)
    written = {name for one in modules for name in (*one.uses, *one.variables)}
    letters = itertools.islice(_spare(written | kept), len(ours))
    spare = [*NUMBERED, *letters]
    taken = [{spare.index(name) for name in names.intersection(NUMBERED)} for names in written_in]
    short = {}
    for name in sorted(ours, key=lambda name: (-uses[name], name)):
        others = [taken[index] for index in met[name]]
        number = next(n for n in itertools.count() if not any(n in one for one in others))
        for one in others:
            one.add(number)
        short[name] = spare[number]
    return short


def _families(modules: Sequence[_Module]) -> Iterable[set[str]]:
    """Yield the attributes that an object may have: those of its class and of all its kin."""
    of_others = set().union(*(one.of_others for one in modules))
    kin: dict[str, str] = {}

    def eldest(name: str) -> str:
        while kin.setdefault(name, name) != name:
            name = kin[name]
        return name

    for one in modules:
        for name, bases in one.bases.items():
            for base in bases:
                kin[eldest(base)] = eldest(name)
    families: defaultdict[str, set[str]] = defaultdict(lambda: set(of_others))
    for one in modules:
        for name, attributes in one.attributes.items():
            families[eldest(name)] |= attributes
            for base in one.bases[name]:
                families[eldest(name)].update(dir(getattr(builtins, base, None)))
    # What is set on a module is an attribute of others as well.
    return [*families.values(), of_others]


def _spare(written: set[str]) -> Iterator[str]:
    """Yield names that nothing has, the shortest first."""
    first, more = string.ascii_letters, string.ascii_letters + string.digits
    for length in itertools.count(0):
        for letters in itertools.product(first, *[more] * length):
            name = "".join(letters)
            if name not in written and not keyword.iskeyword(name) and not _ARGUMENT.match(name):
                yield name


__all__ = ("NODE", "NUMBERED", "ShortNames", "short_names")
