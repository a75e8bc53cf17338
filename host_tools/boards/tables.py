"""What of the firmware's tables goes onto a board: rows that its role, and what it asks, has."""

import ast
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

# Tables with rows for some devices only: the column of the letters, and that of the clause, which
# only people read.
_ROLE_COLUMNS = {
    "items.tbl": (3, 2),
    "logs.tbl": (3, 2),
    "commands.tbl": (2, 1),
}
# Rows that a device serves or sends are in one column, those that others keep in another.
_ATTRIBUTES = "attributes.tbl"
_SERVED_BY = 3
_KEPT_BY = 5
_CLUSTER_COMMANDS = "cluster_commands.tbl"
_COMMAND_SIDE, _COMMAND_NUMBER, _COMMAND_NAME, _COMMAND_DEVICES = 1, 2, 3, 4
# Commands that come in messages of remote parties: cluster, and side with number, such as c0c.
_USE_CASES = Path("protometer/gbcs/gbz_use_cases.tbl")
_USE_CASE_CLUSTER, _USE_CASE_COMMAND = 1, 2
# Letters that modules look up beside those of the role that they are on, by table: what a display
# keeps of the gas meter, what a hub mirrors of it, what a gas meter tells remote parties alone.
_LOOKED_UP = {
    "protometer/roles/gas_watch.py": ("items.tbl", "M"),
    "protometer/roles/gas_proxy.py": (_ATTRIBUTES, "G"),
    "protometer/roles/gbz_meter.py": (_ATTRIBUTES, "R"),
}

Row = list[str]


class RoleTables:
    """The tables of one role: firmware has them whole, files are what the role has, letters its
    own in the tables.
    """

    def __init__(self, firmware: Path, files: Collection[Path], letters: str) -> None:
        self._firmware = firmware
        self._files = files
        self._letters = letters

    def octets(self, path: Path) -> bytes:
        """Return a table as the role has it, relative to firmware, without what people read."""
        rows = self._rows(path)
        letters = set(self._letters)
        for module, (table, others) in _LOOKED_UP.items():
            if table == path.name and Path(module) in self._files:
                letters |= set(others)
        if path.name in _ROLE_COLUMNS:
            column, clause = _ROLE_COLUMNS[path.name]
            rows = [row for row in rows if letters & set(row[column])]
            for row in rows:
                row[clause] = ""
        elif path.name == _ATTRIBUTES:
            rows = [row for row in rows if letters & set(row[_SERVED_BY]) or row[_KEPT_BY] != "-"]
        elif path.name == _CLUSTER_COMMANDS:
            rows = self._commands(rows)
        return ("\n".join("|".join(row) for row in rows) + "\n").encode()

    def _rows(self, path: Path) -> list[Row]:
        lines = (self._firmware / path).read_text(encoding="utf-8").splitlines()
        kept = (line for line in lines if line.strip() and not line.startswith("#"))
        return [[column.strip() for column in line.split("|")] for line in kept]

    def _commands(self, rows: list[Row]) -> list[Row]:
        """Return the rows of commands that it sends or takes on the HAN, or asks for by name, or
        is sent by remote parties.
        """
        letters, names, remote = set(self._letters), self._texts(), self._remote()
        return [
            row
            for row in rows
            if letters & set(row[_COMMAND_DEVICES])
            or row[_COMMAND_NAME] in names
            or (row[0], row[_COMMAND_SIDE], int(row[_COMMAND_NUMBER], 0)) in remote
        ]

    def _texts(self) -> set[str]:
        """Return all texts in the role's modules."""
        found = set()
        for path in self._files:
            if path.suffix == ".py":
                found |= _texts_in((self._firmware / path).read_text(encoding="utf-8"))
        return found

    def _remote(self) -> set[tuple[str, str, int]]:
        if _USE_CASES not in self._files:
            return set()
        asked = (
            (row[_USE_CASE_CLUSTER], row[_USE_CASE_COMMAND]) for row in self._rows(_USE_CASES)
        )
        return {
            (cluster, command[0], int(command[1:], 16))
            for cluster, command in asked
            if command != "read"
        }


@lru_cache(None)
def _texts_in(source: str) -> frozenset[str]:
    """Return all texts in a module's source."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    return frozenset(node.value for node in nodes if isinstance(node.value, str))
