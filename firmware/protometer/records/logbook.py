"""The logs of a meter, where they lie: short ones in a FRAM if there is one, else in files."""

from micropython import const

from ..model.dictionary import is_for
from ..model.table import rows, table_path
from ..store.fram_map import LOGS_AT
from . import registers
from .log import Log

_TABLE = table_path(__file__, "logs.tbl")
_COLUMNS = 9
_ROLES = const(3)
NAME, ENTRIES, FIELDS, PLACE = 1, 4, 5, 7


class Logbook:
    """All logs of `logs.tbl` that the meter of this data has.

    All are opened in one pass: reading the table takes a board about 0.1 s (estimated). Nothing is
    read from a memory until a log is. memory: keeps the state; files: a memory for files.
    """

    def __init__(self, data, memory, files):
        self._logs = []
        address = LOGS_AT
        buffer = bytearray()
        for index, row in log_rows(data):
            # A board has one kind of both, or little of the other: imported where it is used.
            if memory.MEDIUM == "fram" and row[PLACE] == "short":
                from ..store.fram_area import FramArea

                area = FramArea(memory, address)
            else:
                from ..store.file_area import FileArea

                area = FileArea(files, "log%d" % index)
            log = Log(row, area, data.log_counts, data.log_starts, index, buffer)
            address = getattr(area, "end", address)
            self._logs.append(log)

    def logs(self):
        """Return all logs, in the order of the table."""
        return self._logs

    def named(self, name):
        """Return the log of that SMETS2 name; KeyError where there is none."""
        for log in self._logs:
            if log.name == name:
                return log
        raise KeyError(name)


def log_rows(data):
    """Yield (index, row) of each log that the meter of this data has, its fields spelt out."""
    size = registers.size(data)
    for row in rows(_TABLE, _COLUMNS):
        if is_for(data.role, row[_ROLES]):
            row[FIELDS] = row[FIELDS].replace("R", "%ds" % size)
            yield int(row[0]), row
