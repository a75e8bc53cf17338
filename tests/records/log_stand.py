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
    "Profile Data Log Secondary Active Import",
    "Average RMS Voltage Profile Data Log",
    "Average RMS Voltage Profile Data Log Phase 2",
    "Average RMS Voltage Profile Data Log Phase 3",
    "Boost Function Event Log",
    "Billing Data Log Billing Calendar Balances",
    "Profile Data Log",
    "Network Data Log",
)
# Entries (Annex D of the requirements), values in an entry beside its stamp, seconds between.
SIZES = (19056, 4464, 4464, 4464, 31, 31, 31, 12, 12, 5, 10, 731, 100, 100, 100, 100)
SIZES += (19056, 4320, 4320, 4320, 25, 12, 19056, 41)
# Beside the reading of a log that has one.
VALUES = (1, 1, 1, 1, 0, 2, 6, 0, 6, 1, 1, 1, 2, 1, 2, 4) + (1,) * 5 + (6, 1, 1)
# Octets of the 86 registers of a polyphase twin element meter.
READING = 516
READINGS = (4, 7, 8)
PERIODS_S = (1800,) * 4 + (86_400, 86_400, 86_400, 1000, 1000, 1000, 1000, 86_400) + (7,) * 4
PERIODS_S += (1800, 30, 30, 30, 7, 1000, 1800, 360)
SHORT = (9, 10, 12, 13, 14, 15, 20)
# Logs that only the gas meter has.
GAS = (22, 23)
LOGS = range(len(LOG_NAMES))
# Every log in files, and the short ones in a FRAM too.
PLACED = [("files", index) for index in LOGS] + [("fram", index) for index in SHORT]
# Some fields are octets.
MOST_VALUE = {15: 256}
START_S = parse_utc("2012-01-01T00:00:00Z")
HALF_HOUR_S = 1800


class Stand:
    """Logs in files of RAM, or the short ones in a FRAM; `open()` as after a power cut."""

    def __init__(self, medium="files", role="ETPLB"):
        self.files = RamFiles()
        self.memory = Fram() if medium == "fram" else self.files
        self.data = Data(role)
        self.open()

    def open(self):
        """Open the logbook on what the memories hold, with the counts as they stand."""
        self.book = Logbook(self.data, self.memory, self.files)

    def log(self, index):
        """Return the log of a row of logs.tbl."""
        return self.book.named(LOG_NAMES[index])


def role_of(index):
    """Return the role of a meter that has the log."""
    return "G" if index in GAS else "ETPLB"


def entry(index, number):
    """Return entry `number` of a log as it is written to it: any values that tell it apart."""
    most = MOST_VALUE.get(index, 50_021)
    values = [(number * 31 + place * 7) % most for place in range(VALUES[index])]
    if index in READINGS:
        values.insert(0, bytes((number * 31 + place * 7) & 0xFF for place in range(READING)))
    return (START_S + number * PERIODS_S[index], *values)


def filled(index, count, medium="files"):
    """Return a Stand whose log of that index got `count` entries."""
    stand = Stand(medium, role_of(index))
    stand.log(index).extend(entry(index, number) for number in range(count))
    return stand


def rows_of_household(*names):
    """Return (start_s, Wh) of the real household's half-hours in these files, in order."""
    return [
        row
        for name in names
        for row in half_hours(str(Path(DATA) / name), 0, parse_utc("2020-01-01T00:00:00Z"))
    ]
