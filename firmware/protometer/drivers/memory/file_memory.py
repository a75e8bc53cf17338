"""Files of the board's flash file system (littlefs on stock firmware) as a memory.

littlefs keeps the old content of a file until the new one is closed, through a power cut too.
"""

import os

from ...kernel.stall import UNWATCHED

# ENOENT: of most runtimes, and of wasm.
_ABSENT = (2, 44)
_UNREADABLE = b"?"


class FileMemory:
    """Driver contract Memory for files; stall: what to hold still while flash is written.

    directory: where the files are; it is made if it isn't there.
    """

    MEDIUM = "files"

    def __init__(self, directory, stall=UNWATCHED):
        self._directory = directory
        self._stall = stall
        try:
            os.mkdir(directory)
        except OSError:
            os.stat(directory)

    def read(self, name):
        """Return what a file holds, b"" if never written, _UNREADABLE if it can't be read."""
        try:
            with open(self._path(name), "rb") as file:
                return file.read()
        except OSError as fault:
            return b"" if fault.errno in _ABSENT else _UNREADABLE

    def read_into(self, name, position, buffer):
        """Read from a position; return the count of octets, 0 where there is no such file."""
        try:
            with open(self._path(name), "rb") as file:
                file.seek(position)
                return file.readinto(buffer)
        except OSError as fault:
            if fault.errno in _ABSENT:
                return 0
            raise

    def write(self, name, octets):
        """Replace what a file holds; OSError where the file system fails."""
        with self._stall, open(self._path(name), "wb") as file:
            file.write(octets)

    def write_at(self, name, position, octets):
        """Write over, or extend, an existing file; OSError where the file system fails."""
        with self._stall, open(self._path(name), "r+b") as file:
            file.seek(position)
            file.write(octets)

    def _path(self, name):
        return self._directory + "/" + name
