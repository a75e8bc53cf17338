"""The registers that a reading of a meter takes, in order (SMETS2 5.5.9, 5.11.4, 4.4.9).

A reading is octets: of each register bank the whole kWh (gas: m3) of its registers, 32 bits each,
then the Wh (litres) below, 16 bits each, little-endian.
"""

import struct
from array import array

from micropython import const

from ..model.dictionary import is_for

_OCTETS = const(6)
# Which meters have it, and its data item.
_BANKS = (
    ("E", "active_import_register"),
    ("T", "secondary_active_import_register"),
    ("E", "tariff_tou_registers"),
    ("T", "secondary_tou_registers"),
    ("E", "tariff_block_registers"),
    ("GF", "consumption_register"),
    ("GF", "tariff_tou_registers"),
    ("GF", "tariff_block_counters"),
)


def banks(data):
    """Return the register banks that a meter's reading takes."""
    return [getattr(data, name) for letters, name in _BANKS if is_for(data.role, letters)]


def size(data):
    """Return the octets of a meter's reading."""
    return sum(_OCTETS * len(bank) for bank in banks(data))


def reading(banks):
    """Return the registers of these banks as they stand."""
    octets = b""
    for bank in banks:
        octets += bytes(bank.kwh)
        if any(bank.mwh):
            octets += bytes(array("H", [mwh // 1000 for mwh in bank.mwh]))
        else:
            octets += bytes(2 * len(bank))
    return octets


def readings_wh(data, octets):
    """Return the registers of a reading in Wh (gas: litres), in order."""
    values = []
    at = 0
    for bank in banks(data):
        count = len(bank)
        whole = struct.unpack_from("<%dI" % count, octets, at)
        part = struct.unpack_from("<%dH" % count, octets, at + 4 * count)
        values.extend([kwh * 1000 + wh for kwh, wh in zip(whole, part)])
        at += _OCTETS * count
    return values
