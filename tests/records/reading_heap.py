"""Prints the most octets of heap that reading a log ever takes; runs on MicroPython unix.

The heap is collected at each read of a file and after each entry, and not in between: what it has
then grown to is the most that was in use. The folder for the files is the argument.
"""

import gc
import sys

from protometer.drivers.memory.file_memory import FileMemory
from protometer.kernel.stall import Stall
from protometer.model.dictionary import Data
from protometer.records.logbook import Logbook
from protometer.records.registers import banks, reading

_START_S = 378_691_200


class Watch:
    """The heap since it was begun."""

    def begin(self):
        """Begin with a heap that holds nothing that isn't used."""
        gc.collect()
        self._before = gc.mem_alloc()
        self.most = 0

    def look(self):
        """Note how much is in use, at most; then collect."""
        self.most = max(self.most, gc.mem_alloc() - self._before)
        gc.collect()


class WatchedFiles(FileMemory):
    """Files; before and after each reading the heap is looked at."""

    def read_into(self, name, position, buffer):
        """Read from a position."""
        _WATCH.look()
        count = super().read_into(name, position, buffer)
        _WATCH.look()
        return count


_WATCH = Watch()


def _peak(reading):
    _WATCH.begin()
    gc.disable()
    count = 0
    for _ in reading:
        _WATCH.look()
        count += 1
    _WATCH.look()
    gc.enable()
    return count, _WATCH.most


def _main():
    data = Data("E")
    _WATCH.begin()
    files = WatchedFiles(sys.argv[1], Stall(lambda: 0))
    book = Logbook(data, files, files)
    registers = reading(banks(data))
    for name, count, rest in (
        ("Profile Data Log Active Import", 19_300, [7]),
        ("Daily Read Log", 40, [registers]),
        ("Billing Data Log Mode Or Tariff Change", 15, [registers] + [7] * 6),
        ("Event Log", 130, [7, 7]),
    ):
        log = book.named(name)
        period_s = 86_400 if "Daily" in name else 1_800
        log.extend([_START_S + number * period_s] + rest for number in range(count))
        newest_s = _START_S + (count - 1) * period_s
        day = log.between(newest_s - 47 * period_s, newest_s)
        print(name)
        print("48", *_peak(day))
        print("all", *_peak(log.entries(0, count)))
        log.octets_read = 0
        list(log.between(newest_s - 47 * period_s, newest_s))
        print("octets", log.octets_read)


_main()
