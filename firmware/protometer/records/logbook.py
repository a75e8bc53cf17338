"""The logs of a meter, where they lie: short ones in a FRAM if there is one, else in files."""

from micropython import const

from ..model.table import rows, table_path
from ..store.fram_map import LOGS_AT
from .log import Log

_TABLE = table_path(__file__, "logs.tbl")
_COLUMNS = 7
_PLACE = const(5)


class Logbook:
    """All logs of `logs.tbl`.

    All are opened in one pass: reading the table takes a board about 0.1 s (estimated). Nothing is
    read from a memory until a log is. memory: keeps the state; files: a memory for files.
    """

    def __init__(self, data, memory, files):
        self._logs = []
        address = LOGS_AT
        buffer = bytearray()
        for index, row in enumerate(rows(_TABLE, _COLUMNS)):
            # A board has one kind of both, or little of the other: imported where it is used.
            if memory.MEDIUM == "fram" and row[_PLACE] == "short":
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
