"""Memories whose every written octet can be the last: what the power-cut search cuts.

Each keeps its content in `octets` (or `files`) and, while its tape is running, notes every
operation: (offset, octets) as they then stand in the memory, or (name, content) of a file.
"""

from host_tools.node.ram_memory import RamFiles

_BLANK = 0xFF
_READ = 1
_OVERWRITTEN = 2


class Tape:
    """The operations noted since it was last wound back."""

    def __init__(self):
        self.operations = []
        self.running = False

    def note(self, where, octets):
        """Keep one operation."""
        if self.running:
            self.operations.append((where, bytes(octets)))


class Reading:
    """Which units of octets of a memory were read since reset(), as they then stood."""

    def __init__(self, size, unit):
        self._unit = unit
        self._units = bytearray(size // unit)

    def reset(self):
        """Forget what was read."""
        self._units[:] = bytes(len(self._units))

    def note(self, at, size):
        """Note that octets were read, but for those overwritten before."""
        unit = at // self._unit
        end = (at + size - 1) // self._unit
        units = self._units
        while unit <= end:
            if not units[unit]:
                units[unit] = _READ
            unit += 1

    def note_overwrite(self, at, size):
        """Note that octets were overwritten: what they were before no longer matters."""
        for unit in range(-(-at // self._unit), (at + size) // self._unit):
            self._units[unit] = self._units[unit] or _OVERWRITTEN

    def has(self, at):
        """Tell whether an octet may have been read."""
        return self._units[at // self._unit] == _READ


class TapedFram:
    """A FRAM: octets are written one by one, without erasing."""

    MEDIUM = "fram"

    def __init__(self, tape, size=65_536):
        self.size = size
        self.octets = bytearray(size)
        self.reading = Reading(size, 1)
        self._tape = tape

    def read_into(self, address, buffer):
        """Fill buffer from an address on."""
        self.reading.note(address, len(buffer))
        buffer[:] = self.octets[address : address + len(buffer)]

    def write(self, address, octets):
        """Write octets from an address on."""
        self.reading.note_overwrite(address, len(octets))
        self._tape.note(address, octets)
        self.octets[address : address + len(octets)] = octets


class TapedFlash:
    """NOR flash: a page program only clears bits, an erase sets a whole block."""

    MEDIUM = "flash"

    def __init__(self, tape, blocks=24, page_size=256, block_size=4096):
        self.page_size, self.block_size, self.block_count = page_size, block_size, blocks
        self.octets = bytearray(b"\xff" * (block_size * blocks))
        self.erases = [0] * blocks
        self.reading = Reading(block_size * blocks, 4)
        self._tape = tape

    def read_into(self, address, buffer):
        """Fill buffer from an address on."""
        self.reading.note(address, len(buffer))
        buffer[:] = self.octets[address : address + len(buffer)]

    def program(self, address, octets):
        """Program whole pages."""
        if address % self.page_size or len(octets) % self.page_size:
            raise ValueError("flash: %d octets at %d are not pages" % (len(octets), address))
        then = bytearray(octets)
        for index in range(len(then)):
            then[index] &= self.octets[address + index]
        self._tape.note(address, then)
        self.octets[address : address + len(then)] = then

    def erase(self, block):
        """Erase a block."""
        self.reading.note_overwrite(block * self.block_size, self.block_size)
        self.erases[block] += 1
        start = block * self.block_size
        blank = bytes((_BLANK,)) * self.block_size
        self._tape.note(start, blank)
        self.octets[start : start + self.block_size] = blank


class TapedFiles(RamFiles):
    """Files that are replaced at once, as littlefs promises; for logs beside another memory."""

    def __init__(self, tape):
        super().__init__()
        self._tape = tape

    def write(self, name, octets):
        """Replace what a file holds."""
        super().write(name, octets)
        self._tape.note(name, octets)

    def write_at(self, name, position, octets):
        """Write over, or extend, an existing file."""
        super().write_at(name, position, octets)
        self._tape.note(name, self.files[name])


class TapedBlocks:
    """A block device for MicroPython's littlefs, with its extended interface."""

    def __init__(self, tape, blocks=32, block_size=4096):
        self.block_size, self.block_count = block_size, blocks
        self.octets = bytearray(b"\xff" * (block_size * blocks))
        self.erases = [0] * blocks
        self.programmed = 0
        self.reading = Reading(block_size * blocks, 64)
        self._view = memoryview(self.octets)
        self._tape = tape

    def readblocks(self, block, buffer, offset=0):
        """Fill buffer from an offset into a block."""
        at = block * self.block_size + offset
        end = at + len(buffer)
        self.reading.note(at, len(buffer))
        buffer[:] = self._view[at:end]

    def writeblocks(self, block, buffer, offset=0):
        """Program from an offset into a block."""
        at = block * self.block_size + offset
        self.programmed += len(buffer)
        self._tape.note(at, buffer)
        self.octets[at : at + len(buffer)] = buffer

    def ioctl(self, operation, argument):
        """Answer for the block count (4), the block size (5), and erase a block (6)."""
        if operation == 4:
            return self.block_count
        if operation == 5:
            return self.block_size
        if operation == 6:
            self.erases[argument] += 1
            self.reading.note_overwrite(argument * self.block_size, self.block_size)
            start = argument * self.block_size
            blank = bytes((_BLANK,)) * self.block_size
            self._tape.note(start, blank)
            self.octets[start : start + self.block_size] = blank
        return 0
