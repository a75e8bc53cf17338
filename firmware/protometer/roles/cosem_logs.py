"""Logs whose entries are not as they lie: readings, joined half-hours, events (GBCS 18.2.1)."""

import struct

from ..records.registers import readings_wh
from .cosem_registers import by_block
from .cosem_server import compact

_RATES = 48
_SECONDARY_RATES = 4
# Behind the last entry: of no time that there is.
_END = (1 << 32, 0)
_SECONDARY_PROFILE = "Profile Data Log Secondary Active Import"


def _entries(run, name):
    first_s, last_s = run.between()
    return run.device.logbook.named(name).between(first_s, last_s)


def layout_of_readings(role, name):
    """Return the layout of a log of readings: registers, rates, blocks, money where it has it."""
    layout = "III48I4I" if "T" in role else "II48I"
    return layout + "8I8I8I8I" + ("iiiiii" if name.endswith("Change") else "")


def readings(run, name, value):
    """Return, sliced, a log of readings: stamp, registers in Wh, and what the log has besides."""
    return encode_readings(run.data, name, _entries(run, name))


def encode_readings(data, name, entries):
    """Return, sliced, entries of a log of readings as they are sent, without damaged ones."""
    wire = (_reading(data, entry) for entry in entries if entry)
    return compact(layout_of_readings(data.role, name), wire)


def _reading(data, entry):
    values = readings_wh(data, entry[1])
    # Registers of import, then the rates of each element, then the blocks.
    others = 2 + _RATES + _SECONDARY_RATES if "T" in data.role else 1 + _RATES
    return (entry[0],) + tuple(values[:others] + by_block(values[others:])) + entry[2:]


def exports(run, name, value):
    """Return the Active Export Register of midnights, in Wh."""
    entries = _entries(run, name)
    return compact("II", ((entry[0], entry[1] * 1000 + entry[2]) for entry in entries if entry))


def half_hours(run, name, value):
    """Return the half-hours of import, of a twin element meter those of both its elements."""
    if "T" not in run.data.role:
        return compact("II", _entries(run, name))
    return _joined(run, [name, _SECONDARY_PROFILE])


def joined(run, names, value):
    """Return the half-hours of several logs in one, by the stamps of the first."""
    return _joined(run, names.split(", "))


def _joined(run, names):
    layout = "I" * (1 + len(names))
    return compact(layout, _side_by_side([_entries(run, name) for name in names]))


def _side_by_side(logs):
    """Yield the entries of the first of some logs, each with what the others have of its stamp, 0
    where they have nothing.

    The same half-hours are written to all of them, in one order.
    """
    others = logs[1:]
    ahead = [None] * len(others)
    for entry in logs[0]:
        if entry is None:
            continue
        values = []
        for index, log in enumerate(others):
            while ahead[index] is None or ahead[index][0] < entry[0]:
                ahead[index] = next(log, _END)
            same = ahead[index][0] == entry[0]
            values.append(ahead[index][1] if same else 0)
        yield entry + tuple(values)


def events(run, name, value):
    """Return a log of events: stamp, code, and in 8 octets what else there is to say."""
    entries = _entries(run, name)
    return compact(
        "IH8s",
        ((entry[0], entry[1], struct.pack(">II", 0, entry[2])) for entry in entries if entry),
    )


def switched(run, name, value):
    """Return the ALCS Event Log: stamp, switch and action, outcome, number of the HAN Command."""
    entries = _entries(run, name)
    return compact(
        "IHeI",
        ((entry[0], entry[1] << 8 | entry[2], entry[3], entry[4]) for entry in entries if entry),
    )
