"""Reads the firmware's tables: text files of `|`-separated columns beside the modules.

A table is read by seek, a block at a time, and never becomes Python objects in RAM as a whole.
`#` begins a comment line.
"""

from micropython import const

_BLOCK_BYTES = const(512)


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
    for _, row in places(path, columns, name, holding):
        yield row


def places(path, columns, name="", holding=""):
    """Yield (place, row) as rows() does; row_at() finds the row there again."""
    name, holding = name.encode(), holding.encode()
    sought = holding if len(holding) > len(name) else name
    with open(path, "rb") as table:
        begin = 0
        block = table.read(_BLOCK_BYTES)
        while block:
            # Whole lines. One at a time, all would be read octet by octet.
            block += table.readline()
            at = block.find(sought)
            while 0 <= at < len(block):
                at = block.rfind(b"\n", 0, at) + 1
                line = _line_at(block, at)
                if holding in line and line.startswith(name):
                    row = _split(line)
                    if row is not None:
                        _check(row, columns, path, begin + at)
                        yield begin + at, row
                at = block.find(sought, at + len(line) + 1)
            begin += len(block)
            block = table.read(_BLOCK_BYTES)


def row_at(table, place):
    """Return the row at a place of an open table."""
    table.seek(place)
    return _split(table.readline())


def _line_at(block, at):
    end = block.find(b"\n", at)
    return block[at:] if end < 0 else block[at:end]


def _check(row, columns, path, place):
    if len(row) == columns:
        return
    number = 1
    with open(path, "rb") as table:
        while table.tell() < place:
            table.readline()
            number += 1
    raise TableError("%s line %d: %d columns, expected %d" % (path, number, len(row), columns))


def _split(line):
    line = line.decode().strip()
    if not line or line[0] == "#":
        return None
    return [column.strip() for column in line.split("|")]
