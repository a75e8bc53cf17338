"""How the items kept without power lie in an image: one fixed part and what has a length.

A checkpoint carries this description, so that a firmware with other items can still read it.
Fixed part: single integers, then arrays and register banks (kWh, then mWh). All little-endian.
"""

import struct
from binascii import crc32

from micropython import const

from ..model.dictionary import items
from .record import RecordError

# Type codes of what is not one of struct's: a register bank, text, octets.
BANK = "R"
TEXT = "T"
OCTETS = "O"
_LENGTHY = {"TEXT": TEXT, "OCTETS": OCTETS}
_TYPES = "bhiBHI" + BANK + TEXT + OCTETS

# One field of the description: name's hash UINT16, type code, count UINT16.
_FIELD = "<HBH"
FIELD_SIZE = const(5)


def name_hash(attribute):
    """Return the 16 bits that stand for an item in a description."""
    return crc32(attribute.encode()) & 0xFFFF


def field_octets(code, count):
    """Return how many octets a field of the fixed part has."""
    if code == BANK:
        return 8 * count
    return struct.calcsize("<" + code) * count


class Layout:
    """The fields of a role's items marked N, in image order.

    fixed_size: octets of the fixed part.
    """

    def __init__(self, role):
        singles, arrays, lengthy = [], [], []
        # What the HAN keeps for itself.
        self._apart = []
        for item in items(role):
            if "N" not in item.marks:
                continue
            if "H" in item.marks:
                self._apart.append(item.attribute)
            if item.base == "REGISTER":
                arrays.append((item.attribute, BANK, item.size))
            elif item.base in _LENGTHY:
                lengthy.append((item.attribute, _LENGTHY[item.base], item.size))
            else:
                fields = arrays if item.is_array else singles
                fields.append((item.attribute, item.code, item.size))
        self._singles = [name for name, _, _ in singles]
        self._format = "<" + "".join([code for _, code, _ in singles])
        self._arrays = arrays
        self._lengthy = lengthy
        self._values = [0] * len(singles)
        self._packed = None
        self._arrays_of = []
        self._singles_size = self.fixed_size = struct.calcsize(self._format)
        for _, code, count in arrays:
            self.fixed_size += field_octets(code, count)
        self.description = _describe(singles + arrays + lengthy)

    def fields(self):
        """Yield (attribute, type code, count) in image order."""
        index = 1
        for name in self._singles:
            yield name, self._format[index], 1
            index += 1
        for field in self._arrays:
            yield field
        for field in self._lengthy:
            yield field

    def locate(self, name):
        """Return (offset, type code, count) of a field of the fixed part, or None."""
        offset = 0
        for attribute, code, count in self.fields():
            if code in (TEXT, OCTETS):
                break
            if attribute == name:
                return offset, code, count
            offset += field_octets(code, count)
        return None

    def pack(self, data, buffer, at):
        """Write the fixed part of data's items to buffer[at:]."""
        values = self._values
        for index, name in enumerate(self._singles):
            values[index] = getattr(data, name)
        struct.pack_into(self._format, buffer, at, *values)
        for value, _, start, end in self._parts_of(data):
            buffer[at + start : at + end] = bytes(value)

    def unpack(self, image, data):
        """Set data's items from a fixed part; arrays keep their identity."""
        values = struct.unpack_from(self._format, image, 0)
        for index, name in enumerate(self._singles):
            setattr(data, name, values[index])
        at = self._singles_size
        for name, code, count in self._arrays:
            value = getattr(data, name)
            if code == BANK:
                at = fill(value.kwh, image, at, "I", count)
                at = fill(value.mwh, image, at, "I", count)
            else:
                at = fill(value, image, at, code, count)

    def take_back(self, image, lengthy, data):
        """Set, sliced, data's items back to a fixed part and lengthy_values().

        What the HAN keeps for itself stays: no Command changes it.
        """
        apart = self._apart
        values = struct.unpack_from(self._format, image, 0)
        for index, name in enumerate(self._singles):
            if name not in apart:
                setattr(data, name, values[index])
        yield
        for part, code, start, end in self._parts_of(data):
            if bytes(part) != image[start:end]:
                fill(part, image, start, code, len(part))
        yield
        for (name, _, _), value in zip(self._lengthy, lengthy):
            if name not in apart:
                setattr(data, name, value)

    def _parts_of(self, data):
        """Return data's arrays in image order, each with its type code and place in a fixed part.

        They keep their identity, so once is enough.
        """
        if self._packed is not data:
            self._packed = data
            self._arrays_of = []
            at = self._singles_size
            for name, code, _ in self._arrays:
                value = getattr(data, name)
                is_bank = code == BANK
                for part in (value.kwh, value.mwh) if is_bank else (value,):
                    end = at + len(bytes(part))
                    self._arrays_of.append((part, "I" if is_bank else code, at, end))
                    at = end
        return self._arrays_of

    def unpack_lengthy(self, octets, data):
        """Set data's items that have a length from what put_lengthy wrote."""
        at = 0
        for name, code, _ in self._lengthy:
            value, at = take_lengthy(octets, at, code)
            setattr(data, name, value)

    def lengthy_values(self, data):
        """Return the values of the items that have a length, as they are."""
        return [getattr(data, name) for name, _, _ in self._lengthy]


def lengthy_octets(values):
    """Return how many octets put_lengthy writes."""
    size = 0
    for value in values:
        size += 2 + len(value.encode() if isinstance(value, str) else value)
    return size


def put_lengthy(buffer, at, values):
    """Write values with their lengths to buffer[at:]; return the end."""
    for value in values:
        octets = value.encode() if isinstance(value, str) else value
        size = len(octets)
        struct.pack_into("<H", buffer, at, size)
        at += 2
        buffer[at : at + size] = octets
        at += size
    return at


def take_lengthy(octets, at, code):
    """Return (value, end) of text or octets written by put_lengthy; RecordError if they end."""
    if at + 2 > len(octets):
        raise RecordError("checkpoint: ends before what has a length")
    size = struct.unpack_from("<H", octets, at)[0]
    at += 2
    value = bytes(octets[at : at + size])
    return (value.decode() if code == TEXT else value), at + size


def described(description):
    """Yield (name's hash, type code, count) of each field; RecordError for an unknown type."""
    for at in range(0, len(description), FIELD_SIZE):
        hashed, code, count = struct.unpack_from(_FIELD, description, at)
        if chr(code) not in _TYPES:
            raise RecordError("checkpoint: no type has the code %d" % code)
        yield hashed, chr(code), count


def fill(target, image, at, code, count):
    """Set the first elements of an array from an image; return the end of what was read."""
    values = struct.unpack_from("<%d%s" % (min(count, len(target)), code), image, at)
    for index in range(len(values)):
        target[index] = values[index]
    return at + field_octets(code, count)


def _describe(fields):
    description = bytearray(FIELD_SIZE * len(fields))
    at = 0
    for name, code, count in fields:
        struct.pack_into(_FIELD, description, at, name_hash(name), ord(code), count)
        at += FIELD_SIZE
    return bytes(description)
