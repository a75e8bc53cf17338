"""Finds a Command in `commands.tbl`: who may send it, what it takes, and who carries it out."""

from micropython import const

from ..model import command as commands
from ..model.command import BadFormat, NoAuthority, is_integer
from ..model.dictionary import is_for
from ..model.table import rows, table_path

_TABLE = table_path(__file__, "commands.tbl")
_COLUMNS = 9
_NAME = const(0)
_DEVICES = const(2)
_ARGUMENTS = const(8)
_WHO = {
    "S": commands.SUPPLIER,
    "U": commands.USER_INTERFACE,
    "P": commands.PPMID,
    "N": commands.NETWORK_OPERATOR,
    "A": commands.ACCESS_CONTROL_BROKER,
    "H": commands.HCALCS,
    "L": commands.LOAD_CONTROLLER,
}
_TYPES = {"bool": bool, "str": str, "dict": dict, "list": list, "bytes": bytes}


class Command:
    """One row of the table, for one kind of meter."""

    def __init__(self, row, role):
        self.name, _, _, self._who, self.group, self.marks, codes, target, arguments = row
        self._role = role
        code = codes.split()[1 if "G" in role else 0]
        self.code = 0 if code == "-" else int(code, 16)
        self.part, self.method = target.split(".")
        self._arguments = [argument.split(":") for argument in arguments.split()]

    def authorise(self, originator):
        """Raise NoAuthority unless this originator may send it."""
        for letter in self._who:
            if originator & _WHO[letter]:
                return
        raise NoAuthority("%s: not for this originator" % self.name)

    def values(self, arguments):
        """Return the arguments in order; BadFormat names what is missing, wrong or unknown."""
        values = []
        taken = 0
        for name, kind in self._arguments:
            optional = kind[-1] == "?"
            if name in arguments:
                taken += 1
                values.append(self._typed(name, kind.rstrip("?"), arguments[name]))
            elif optional:
                values.append(None)
            else:
                raise BadFormat("%s: argument %s is missing" % (self.name, name))
        if taken != len(arguments):
            known = [name for name, _ in self._arguments]
            stray = [name for name in arguments if name not in known]
            raise BadFormat("%s: no argument %s" % (self.name, sorted(stray)[0]))
        return values

    def _typed(self, name, kind, value):
        if kind == "any":
            return value
        fits = is_integer(value) if kind == "int" else isinstance(value, _TYPES[kind])
        if not fits:
            raise BadFormat("%s: argument %s is of the wrong type" % (self.name, name))
        return value


def find(role, name):
    """Return the Command of that SMETS2 name for a role's letters, or raise BadFormat."""
    return Command(_row(role, name), role)


def names(role):
    """Return the names of all Commands for a role's letters."""
    return [row[_NAME] for row in rows(_TABLE, _COLUMNS) if is_for(role, row[_DEVICES])]


def argument_type(role, name, argument):
    """Return the type of a Command's argument as the table has it, "any" for an unknown one."""
    try:
        row = _row(role, name)
    except BadFormat:
        return "any"
    for known in row[_ARGUMENTS].split():
        known_name, kind = known.split(":")
        if known_name == argument:
            return kind.rstrip("?")
    return "any"


def _row(role, name):
    for row in rows(_TABLE, _COLUMNS, name):
        if row[_NAME] == name and is_for(role, row[_DEVICES]):
            return row
    raise BadFormat("%s: no such Command" % name)
