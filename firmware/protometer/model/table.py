"""Reads the firmware's tables: text files of `|`-separated columns beside the modules.

A table is read by seek, row by row, and never becomes Python objects in RAM as a whole. `#`
begins a comment line.
"""


class TableError(ValueError):
    """A table file is malformed; the message names file, line and fault."""


def table_path(module_file, name):
    """Return the path of the table `name` beside a module, given its __file__."""
    cut = module_file.rfind("/") + 1
    return module_file[:cut] + name


def rows(path, columns, name="", holding=""):
    """Yield each row of a table as a list of `columns` stripped strings.

    name: yield only rows that begin with this text, holding: that have this text in them, which is
    far quicker than splitting all.
    """
    with open(path) as table:
        for number, line in enumerate(table, 1):
            # Most lines have it nowhere, and that is told in less time.
            if holding not in line or name not in line or not line.startswith(name):
                continue
            row = _split(line)
            if row is None:
                continue
            if len(row) != columns:
                raise TableError(
                    "%s line %d: %d columns, expected %d" % (path, number, len(row), columns)
                )
            yield row


def places(table, columns):
    """Yield (place, row) of an open table; row_at() finds the row there again."""
    while True:
        place = table.tell()
        line = table.readline()
        if not line:
            return
        row = _split(line)
        if row is None:
            continue
        if len(row) != columns:
            raise TableError("octet %d: %d columns, expected %d" % (place, len(row), columns))
        yield place, row


def row_at(table, place):
    """Return the row at a place of an open table."""
    table.seek(place)
    return _split(table.readline())


def _split(line):
    line = line.strip()
    if not line or line[0] == "#":
        return None
    return [column.strip() for column in line.split("|")]
