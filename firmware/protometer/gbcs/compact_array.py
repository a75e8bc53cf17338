"""Compact arrays of DLMS: many entries of one structure, whose types are said once.

What an entry holds is spelt as struct does: I unsigned of 32 bits, i with a sign, H unsigned of
16 bits, e enum; 48I an array of 48. An 8s is an octet string of 8, and has its length before it.
"""

import struct

from .axdr import put_length, take_length
from .execution import PayloadError

_COMPACT_ARRAY = 0x13
_ARRAY = 0x01
_STRUCTURE = 0x02
_TYPES = {"I": 0x06, "i": 0x05, "H": 0x12, "e": 0x16, "s": 0x09}


class Packed:
    """A compact array that grows, of entries of one layout; its length: octets of those so far."""

    def __init__(self, layout):
        self._layout = layout
        self._packing = _packing(layout)
        self._content = bytearray()

    def __len__(self):
        return len(self._content)

    def add(self, entry):
        """Add an entry, a tuple of numbers (and octets) in the order of the layout."""
        values = _with_lengths(self._layout, entry)
        self._content.extend(struct.pack(self._packing, *values))

    def octets(self):
        """Return the octets of all of it."""
        target = bytearray((_COMPACT_ARRAY,))
        target.extend(_description(self._layout))
        put_length(target, len(self._content))
        target.extend(self._content)
        return bytes(target)


def take(octets, at, layout):
    """Return (entries, end) of a compact array of that layout, or raise PayloadError."""
    head = bytes((_COMPACT_ARRAY,)) + _description(layout)
    if bytes(octets[at : at + len(head)]) != head:
        raise PayloadError("compact array: of other entries")
    length, at = take_length(octets, at + len(head))
    packing = _packing(layout)
    size = struct.calcsize(packing)
    end = at + length
    if end > len(octets) or length % size:
        raise PayloadError("compact array: ends within an entry")
    lengths = [index for index, (_, letter) in enumerate(_fields(layout)) if letter == "s"]
    entries = []
    for begin in range(at, end, size):
        values = list(struct.unpack(packing, bytes(octets[begin : begin + size])))
        for index in lengths:
            del values[index]
        entries.append(tuple(values))
    return entries, end


def _fields(layout):
    """Yield (count or 0 of a single, letter)."""
    number = ""
    for letter in layout:
        if letter in "0123456789":
            number += letter
        else:
            yield int(number or 0), letter
            number = ""


def _description(layout):
    fields = list(_fields(layout))
    described = bytearray((_STRUCTURE, len(fields)))
    for count, letter in fields:
        if count and letter != "s":
            described.extend(bytes((_ARRAY, count >> 8, count & 0xFF)))
        described.append(_TYPES[letter])
    return bytes(described)


def _packing(layout):
    packing = ">"
    for count, letter in _fields(layout):
        if letter == "s":
            packing += "B%ds" % count
        else:
            packing += "%s%s" % (count or "", "B" if letter == "e" else letter)
    return packing


def _with_lengths(layout, entry):
    if "s" not in layout:
        return entry
    values = []
    for value in entry:
        if isinstance(value, bytes):
            values.append(len(value))
        values.append(value)
    return values
