"""The registers that a reading of a meter takes, in order (SMETS2 5.5.9, 5.11.4, 4.4.9).

A reading is octets: of each register bank the whole kWh (gas: m3) of its registers, then what is
below in mWh (ml), 32 bits each and little-endian, as the banks hold them.
"""

import struct

from ..model.dictionary import is_for

# Which meters have it, and its data item.
_BANKS = (
    ("E", "active_import_register"),
    ("T", "secondary_active_import_register"),
    ("E", "tariff_tou_registers"),
    ("T", "secondary_tou_registers"),
    ("E", "tariff_block_registers"),
    ("G", "consumption_register"),
    ("G", "tariff_tou_registers"),
    ("G", "tariff_block_counters"),
)


def size(data):
    """Return the octets of a meter's reading."""
    return sum(8 * len(bank) for bank in _banks(data))


def reading(data):
    """Return the registers as they stand."""
    octets = b""
    for bank in _banks(data):
        octets += bytes(bank.kwh)
        octets += bytes(bank.mwh)
    return octets


def readings_wh(data, octets):
    """Return the registers of a reading in Wh (gas: litres), in order."""
    values = []
    at = 0
    for bank in _banks(data):
        count = len(bank)
        whole = struct.unpack_from("<%dI" % count, octets, at)
        part = struct.unpack_from("<%dI" % count, octets, at + 4 * count)
        values.extend([kwh * 1000 + mwh // 1000 for kwh, mwh in zip(whole, part)])
        at += 8 * count
    return values


def _banks(data):
    return [getattr(data, name) for letters, name in _BANKS if is_for(data.role, letters)]
