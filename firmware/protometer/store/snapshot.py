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
_MAGIC = const(0x50524D31)
_HEADER = "<III"
_HEADER_SIZE = const(12)
_CRC_SIZE = const(4)


class SnapshotError(ValueError):
    """A snapshot doesn't fit the dictionary it is read into."""


class Snapshot:
    """Saves and restores the items marked N of a Data.

    memory: read(slot) returns the octets last written, or b""; write(slot, octets) replaces
    them, and raises OSError where it can't.
    """

    def __init__(self, data, memory):
        self._data = data
        self._memory = memory
        self._names = []
        self._codes = []
        size = _HEADER_SIZE + _CRC_SIZE
        for item in items(data.role):
            if "N" in item.marks:
                self._names.append(item.attribute)
                self._codes.append(item.code)
                size += _most_octets(item)
        self._buffer = bytearray(size)
        self._number = 0
        self.fell_back = False

    def restore(self):
        """Bring back the newest intact snapshot; return whether there was one.

        `fell_back` tells that a newer one was found damaged.
        """
        found = []
        damaged = False
        for slot in range(_SLOTS):
            octets = self._memory.read(slot)
            number = _number_of(octets)
            if number > 0:
                found.append((number, octets))
            damaged = damaged or number < 0
        self.fell_back = damaged and bool(found)
        if not found:
            return False
        self._number, octets = max(found)
        self._unpack(octets)
        return True

    def save(self):
        """Write a new snapshot; return whether the memory took it. If not, the older one stands."""
        buffer = self._buffer
        number = self._number + 1
        size = self._pack()
        struct.pack_into(_HEADER, buffer, 0, _MAGIC, number, size)
        view = memoryview(buffer)
        struct.pack_into("<I", buffer, size, crc32(view[:size]))
        try:
            self._memory.write(number % _SLOTS, view[: size + _CRC_SIZE])
        except OSError:
            return False
        self._number = number
        return True

    def _pack(self):
        buffer = self._buffer
        at = _HEADER_SIZE
        for name, code in zip(self._names, self._codes):
            value = getattr(self._data, name)
            if isinstance(value, int):
                struct.pack_into("<" + code, buffer, at, value)
                at += _size(code)
            else:
                for part in _parts(value):
                    at = _put_octets(buffer, at, part)
        return at

    def _unpack(self, octets):
        at = _HEADER_SIZE
        for name, code in zip(self._names, self._codes):
            value = getattr(self._data, name)
            if isinstance(value, int):
                setattr(self._data, name, struct.unpack_from("<" + code, octets, at)[0])
                at += _size(code)
            elif isinstance(value, (str, bytes)):
                part, at = _get_octets(octets, at)
                text = isinstance(value, str)
                setattr(self._data, name, bytes(part).decode() if text else bytes(part))
            else:
                for target in _parts(value):
                    part, at = _get_octets(octets, at)
                    _fill(name, target, part, code or "I")


def _most_octets(item):
    if item.base == "REGISTER":
        return 2 * (2 + 4 * item.size)
    if item.is_array:
        return 2 + _size(item.code) * item.size
    return 2 + item.size if not item.code else _size(item.code)


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


def _fill(name, target, part, code):
    # Arrays keep their identity: the domain holds on to them.
    width = _size(code)
    if len(part) != width * len(target):
        raise SnapshotError("snapshot: %s has %d octets" % (name, len(part)))
    for index in range(len(target)):
        target[index] = struct.unpack_from("<" + code, part, index * width)[0]


def _number_of(octets):
    """Return a snapshot's number, 0 if the slot was never written, -1 if it is damaged."""
    if not octets:
        return 0
    if len(octets) < _HEADER_SIZE + _CRC_SIZE:
        return -1
    magic, number, size = struct.unpack_from(_HEADER, octets, 0)
    if magic != _MAGIC or size + _CRC_SIZE != len(octets):
        return -1
    if struct.unpack_from("<I", octets, size)[0] != crc32(memoryview(octets)[:size]):
        return -1
    return number
