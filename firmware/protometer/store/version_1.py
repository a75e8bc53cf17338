"""Reads the snapshots of firmware 0.1.0, which kept its state in two files in turn.

layout CRC UINT32 | number UINT32 | size UINT32 | single integers | the rest with lengths | CRC
"""

import struct
from binascii import crc32

from micropython import const

from ..model.register import RegisterBank
from ..model.table import rows, table_path

_TABLE = table_path(__file__, "version_1.tbl")
_COLUMNS = 3
_HEADER = "<III"
_HEADER_SIZE = const(12)
_HEADER_FIELDS = const(3)
_CRC_SIZE = const(4)
_CODES = {
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "ENUM8": "B",
    "BOOL": "B",
    "UTC": "I",
}


class Version1:
    """The snapshots of that release in two files of a memory."""

    def __init__(self, data, memory, files):
        self._data = data
        self._memory = memory
        self._files = files
        self._singles = []
        self._lengthy = []
        self._format = _HEADER
        self._layout = 0
        for attribute, roles, kind in rows(_TABLE, _COLUMNS):
            if data.role in roles:
                self._add(attribute, kind)
        self.fell_back = False

    def restore(self):
        """Set the data from the newest intact snapshot; return whether there was one."""
        newest = (0, b"")
        for name in self._files:
            octets = self._memory.read(name)
            number = self._number_of(octets)
            self.fell_back = self.fell_back or number < 0
            if number > newest[0]:
                newest = (number, octets)
        if newest[0]:
            self._unpack(newest[1])
        return newest[0] > 0

    def retire(self):
        """Empty the files, now that the state is kept elsewhere: they must not come back."""
        for name in self._files:
            try:
                self._memory.write(name, b"")
            except OSError:
                # The next start tries again; until then the newer records count.
                pass

    def _add(self, attribute, kind):
        cut = min([kind.find(opening) for opening in "[(" if opening in kind] or [len(kind)])
        base = kind[:cut]
        size = int(kind[cut + 1 : -1]) if cut < len(kind) else 1
        self._layout = crc32(("%s %s %d" % (attribute, base, size)).encode(), self._layout)
        if cut == len(kind):
            self._singles.append(attribute)
            self._format += _CODES[base]
        else:
            self._lengthy.append((attribute, _CODES.get(base, "I")))

    def _number_of(self, octets):
        """Return a snapshot's number, 0 if the file was never written, -1 if it is damaged."""
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

    def _unpack(self, octets):
        values = struct.unpack_from(self._format, octets, 0)
        for index, name in enumerate(self._singles):
            setattr(self._data, name, values[_HEADER_FIELDS + index])
        at = struct.calcsize(self._format)
        for name, code in self._lengthy:
            value = getattr(self._data, name)
            if isinstance(value, RegisterBank):
                at = _fill(value.kwh, octets, at, "I")
                at = _fill(value.mwh, octets, at, "I")
            elif isinstance(value, (str, bytes)):
                part, at = _part(octets, at)
                setattr(self._data, name, part.decode() if isinstance(value, str) else part)
            else:
                at = _fill(value, octets, at, code)


def _part(octets, at):
    size = struct.unpack_from("<H", octets, at)[0]
    at += 2
    return bytes(octets[at : at + size]), at + size


def _fill(target, octets, at, code):
    part, end = _part(octets, at)
    width = struct.calcsize("<" + code)
    for index in range(min(len(target), len(part) // width)):
        target[index] = struct.unpack_from("<" + code, part, index * width)[0]
    return end
