"""Slots of octets in files of the board's flash file system (littlefs on stock firmware)."""

import os

# ENOENT: of most runtimes, and of wasm.
_ABSENT = (2, 44)
_UNREADABLE = b"?"


class FileMemory:
    """Driver contract Memory by slots: read(slot), write(slot, octets).

    Each slot is a file of its own; littlefs keeps the old content until the new one is closed.
    """

    def __init__(self, directory):
        self._directory = directory
        try:
            os.mkdir(directory)
        except OSError:
            os.stat(directory)

    def read(self, slot):
        """Return what a slot holds, b"" if never written, _UNREADABLE if it can't be read."""
        try:
            with open(self._path(slot), "rb") as file:
                return file.read()
        except OSError as fault:
            return b"" if fault.errno in _ABSENT else _UNREADABLE

    def write(self, slot, octets):
        """Replace what a slot holds; OSError where the file system fails."""
        with open(self._path(slot), "wb") as file:
            file.write(octets)

    def _path(self, slot):
        return "%s/slot%d" % (self._directory, slot)
