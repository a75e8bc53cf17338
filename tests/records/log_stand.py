"""A Data with its logbook on memories of RAM, and entries that fit a log."""

from pathlib import Path

from host_tools.desk.story import DATA
from host_tools.node.house import half_hours
from host_tools.node.ram_memory import RamFiles
from host_tools.node.utc_text import parse_utc
from protometer.model.dictionary import Data
from protometer.records.logbook import Logbook
from tests.store.medium import Fram

LOG_NAMES = (
    "Profile Data Log Active Import",
    "Profile Data Log Active Export",
    "Profile Data Log Reactive Import",
    "Profile Data Log Reactive Export",
    "Daily Read Log",
    "Daily Read Log Export",
    "Prepayment Daily Read Log",
    "Billing Data Log Billing Calendar",
    "Billing Data Log Mode Or Tariff Change",
    "Billing Data Log Prepayment Credits",
    "Billing Data Log Payment Based Debt Payments",
    "Daily Consumption Log",
    "Event Log",
    "Security Log",
    "Power Event Log",
    "Auxiliary Load Control Switch Event Log",
)
# Entries (Annex D of the requirements), values in an entry beside its stamp, seconds between.
SIZES = (19056, 4464, 4464, 4464, 31, 31, 31, 12, 12, 5, 10, 731, 100, 100, 100, 100)
VALUES = (1, 1, 1, 1, 98, 2, 6, 98, 104, 1, 1, 1, 2, 1, 2, 2)
PERIODS_S = (1800,) * 4 + (86_400, 86_400, 86_400, 1000, 1000, 1000, 1000, 86_400) + (7,) * 4
SHORT = (9, 10, 12, 13, 14, 15)
LOGS = range(len(LOG_NAMES))
# Every log in files, and the short ones in a FRAM too.
PLACED = [("files", index) for index in LOGS] + [("fram", index) for index in SHORT]
START_S = parse_utc("2012-01-01T00:00:00Z")
HALF_HOUR_S = 1800


class Stand:
    """Logs in files of RAM, or the short ones in a FRAM; `open()` as after a power cut."""

    def __init__(self, medium="files"):
        self.files = RamFiles()
        self.memory = Fram() if medium == "fram" else self.files
        self.data = Data("E")
        self.open()

    def open(self):
        """Open the logbook on what the memories hold, with the counts as they stand."""
        self.book = Logbook(self.data, self.memory, self.files)

    def log(self, index):
        """Return the log of a row of logs.tbl."""
        return self.book.named(LOG_NAMES[index])


def entry(index, number):
    """Return entry `number` of a log as it is written to it: any values that tell it apart."""
    values = [(number * 31 + place * 7) % 50_021 for place in range(VALUES[index])]
    return (START_S + number * PERIODS_S[index], *values)


def filled(index, count, medium="files"):
    """Return a Stand whose log of that index got `count` entries."""
    stand = Stand(medium)
    stand.log(index).extend(entry(index, number) for number in range(count))
    return stand


def rows_of_household(*names):
    """Return (start_s, Wh) of the real household's half-hours in these files, in order."""
    return [
        row
        for name in names
        for row in half_hours(str(Path(DATA) / name), 0, parse_utc("2020-01-01T00:00:00Z"))
    ]
