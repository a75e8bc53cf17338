"""Keeps a role's items without power: two snapshots in turn, each with number and CRC-32.

A snapshot is written whole into the older slot, so that a power cut at any octet leaves the
other one untouched; recovery takes the newest that is intact. SMETS2 5.5.3.
"""

import struct
from binascii import crc32

from micropython import const

from ..model.dictionary import items
from ..model.register import RegisterBank

_SLOTS = const(2)
_HEADER = "<III"
_HEADER_SIZE = const(12)
_HEADER_FIELDS = const(3)
_CRC_SIZE = const(4)


class Snapshot:
    """Saves and restores the items marked N of a Data.

    memory: read(slot) returns the octets last written, or b""; write(slot, octets) replaces
    them, and raises OSError where it can't.
    """

    def __init__(self, data, memory):
        self._data = data
        self._memory = memory
        # Integers first, with the header, in one run of struct; then what has a length.
        self._integers = []
        self._lengthy = []
        codes = _HEADER
        # Which items there are, of which type: a snapshot of others is not ours to read.
        self._layout = 0
        size = _CRC_SIZE
        for item in items(data.role):
            if "N" in item.marks:
                kind = "%s %s %d" % (item.attribute, item.base, item.size)
                self._layout = crc32(kind.encode(), self._layout)
                if item.code and not item.is_array:
                    self._integers.append(item.attribute)
                    codes += item.code
                else:
                    self._lengthy.append((item.attribute, item.code or "I"))
                    size += _most_octets(item)
        self._format = codes
        self._fixed = struct.calcsize(codes)
        self._values = [0] * len(self._integers)
        self._buffer = bytearray(self._fixed + size)
        self._number = 0
        self.fell_back = False

    def restore(self):
        """Bring back the newest intact snapshot; return whether there was one.

        `fell_back` tells that a damaged one was passed over.
        """
        found = []
        damaged = False
        for slot in range(_SLOTS):
            octets = self._memory.read(slot)
            number = self._number_of(octets)
            if number > 0:
                found.append((number, octets))
            damaged = damaged or number < 0
        self.fell_back = damaged
        if not found:
            return False
        self._number, octets = max(found)
        self._unpack(octets)
        return True

    def save(self):
        """Write a new snapshot; return False if the memory refused, and the older one stands."""
        buffer = self._buffer
        number = self._number + 1
        size = self._pack(number)
        view = memoryview(buffer)
        struct.pack_into("<I", buffer, size, crc32(view[:size]))
        try:
            self._memory.write(number % _SLOTS, view[: size + _CRC_SIZE])
        except OSError:
            return False
        self._number = number
        return True

    def _number_of(self, octets):
        """Return a snapshot's number, 0 if the slot was never written, -1 if it is damaged."""
        if not octets:
            return 0
        if len(octets) < _HEADER_SIZE + _CRC_SIZE:
            return -1
        layout, number, size = struct.unpack_from(_HEADER, octets, 0)
        if layout != self._layout or size + _CRC_SIZE != len(octets):
            return -1
        if struct.unpack_from("<I", octets, size)[0] != crc32(memoryview(octets)[:size]):
            return -1
        return number

    def _pack(self, number):
        buffer = self._buffer
        data = self._data
        size = self._fixed
        for name, _ in self._lengthy:
            for part in _parts(getattr(data, name)):
                size = _put_octets(buffer, size, part)
        values = self._values
        for index, name in enumerate(self._integers):
            values[index] = getattr(data, name)
        struct.pack_into(self._format, buffer, 0, self._layout, number, size, *values)
        return size

    def _unpack(self, octets):
        data = self._data
        values = struct.unpack_from(self._format, octets, 0)
        for index, name in enumerate(self._integers):
            setattr(data, name, values[_HEADER_FIELDS + index])
        at = self._fixed
        for name, code in self._lengthy:
            value = getattr(data, name)
            if isinstance(value, (str, bytes)):
                part, at = _get_octets(octets, at)
                text = isinstance(value, str)
                setattr(data, name, bytes(part).decode() if text else bytes(part))
            else:
                for target in _parts(value):
                    part, at = _get_octets(octets, at)
                    _fill(target, part, code)


def _most_octets(item):
    if item.base == "REGISTER":
        return 2 * (2 + 4 * item.size)
    if item.is_array:
        return 2 + _size(item.code) * item.size
    return 2 + item.size


def _size(code):
    return struct.calcsize("<" + code)


def _parts(value):
    """Return the buffers that make up a value other than an integer."""
    if isinstance(value, RegisterBank):
        return value.kwh, value.mwh
    return (value.encode() if isinstance(value, str) else value,)


def _put_octets(buffer, at, part):
    octets = bytes(part)
    size = len(octets)
    struct.pack_into("<H", buffer, at, size)
    at += 2
    buffer[at : at + size] = octets
    return at + size


def _get_octets(octets, at):
    size = struct.unpack_from("<H", octets, at)[0]
    at += 2
    return memoryview(octets)[at : at + size], at + size


def _fill(target, part, code):
    # Arrays keep their identity: the domain holds on to them.
    width = _size(code)
    for index in range(len(target)):
        target[index] = struct.unpack_from("<" + code, part, index * width)[0]
