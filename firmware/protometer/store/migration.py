"""Reads the images of firmware that held other items: what both know is taken over.

A field is known by its name's hash. One that is gone is dropped, a new one keeps its shipped
value, an array that grew is filled from its start.
"""

import struct

from .layout import BANK, OCTETS, TEXT, described, field_octets, fill, name_hash, take_lengthy
from .record import RecordError


def decode(layout, data, description, image, lengthy):
    """Set those of data's items that an image of another layout holds.

    RecordError where it says what can't be. description: of that layout; image: its fixed part;
    lengthy: what followed it.
    """
    known = {}
    for name, code, _ in layout.fields():
        known[name_hash(name)] = (name, code)
    at = 0
    lengthy_at = 0
    for hashed, code, count in described(description):
        name, our_code = known.get(hashed, (None, None))
        if code in (TEXT, OCTETS):
            value, lengthy_at = take_lengthy(lengthy, lengthy_at, code)
            if code == our_code:
                setattr(data, name, value)
            continue
        if at + field_octets(code, count) > len(image):
            raise RecordError("checkpoint: ends before its fields")
        if name and (code == BANK) == (our_code == BANK) and our_code not in (TEXT, OCTETS):
            _take(data, name, code, count, image, at)
        at += field_octets(code, count)


def _take(data, name, code, count, image, at):
    value = getattr(data, name)
    if code == BANK:
        middle = fill(value.kwh, image, at, "I", count)
        fill(value.mwh, image, middle, "I", count)
    elif isinstance(value, int):
        setattr(data, name, struct.unpack_from("<" + code, image, at)[0])
    else:
        fill(value, image, at, code, count)
