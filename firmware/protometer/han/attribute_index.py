"""Where in `attributes.tbl` a device's attributes are: worked out as it starts.

An entry of the index of a cluster, in order of identifiers, is four numbers: the first one of a
run, 256 * count + step, place in the file, and which of the row's attributes the first one is.
"""

from array import array

from ..model.dictionary import is_for
from ..model.table import places
from .attributes import COLUMNS, TABLE


def index_of(role, data):
    """Return {cluster: its index}, and [(cluster, identifier)] of what is reported as shipped.

    Of the rows that a role serves or, with its dictionary `data`, of those that it keeps.
    """
    # Looked for here: a name that hasattr() has not found would stay in the heap.
    items = dir(data) if data is not None else None
    found = {}
    reported = []
    with open(TABLE) as table:
        for place, row in places(table, COLUMNS):
            serves = is_for(role, row[3])
            if serves if items is None else not serves and row[5] in items:
                _add(row, place, found, reported)
    return found, reported


def _add(row, place, found, reported):
    cluster = int(row[0], 0)
    index = found.setdefault(cluster, array("H"))
    number = 0
    for first, count, step in runs(row[1]):
        index.extend(array("H", (first, count << 8 | step, place, number)))
        number += count
    if row[6] != "-":
        reported.append((cluster, first))


def runs(identifier):
    """Yield (first identifier, count, step) of each run of attributes of a row.

    "0x0100+2*48" are 48, every other one; "0x0710+1*4+16*8" are 4, and so again 16 on, 8 times.
    """
    first, _, rest = identifier.partition("+")
    first = int(first, 0)
    if not rest:
        yield first, 1, 1
        return
    run, _, again = rest.partition("+")
    step, count = run.split("*")
    further, times = again.split("*") if again else ("0", "1")
    for number in range(int(times)):
        yield first + number * int(further), int(count), int(step)
