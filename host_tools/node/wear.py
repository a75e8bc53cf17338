"""Plays a meter's recorded writes, day after day, on memories that count their wear.

    micropython -m host_tools.node.wear < job.json

The firmware's own streams and areas write, into littlefs, the blocks of a flash or a FRAM. Prints
lines of JSON: {"day": n} now and then, and at last what the memory went through. littlefs needs
MicroPython; the rest runs on CPython too.
"""

import json
import os
import sys
from array import array

from host_tools.node.flash_double import BoardTime, FlashDouble
from protometer.drivers.memory.file_memory import FileMemory
from protometer.drivers.memory.flash_blocks import FlashBlocks
from protometer.store.file_area import FileArea
from protometer.store.fram_area import FramArea
from protometer.store.fram_map import (
    CHECKPOINT_SIZE,
    CHECKPOINTS,
    CHECKPOINTS_AT,
    LOGS_AT,
    STEP_SIZE,
    STEPS,
    STEPS_AT,
)
from protometer.store.media import step_blocks, streams

# Kinds of a recorded write; from 0 on it is the number of the log.
STEP = -2
CHECKPOINT = -1
BLOCK_SIZE = 4096
_ROOT = "/wear"
# Longer than any write, and odd steps through it, so that no two writes are alike.
_POOL_SIZE = 32_768
_POOL_STEP = 61
_MOST_WRITE = 8_192
_TOLD = 20
_LOOKS_AT_ROOM = 400


class CountingBlocks:
    """A block device in RAM that counts what is erased, by block, and what is programmed."""

    def __init__(self, blocks):
        self._octets = memoryview(bytearray(blocks * BLOCK_SIZE))
        self._blocks = blocks
        self.reset()

    def reset(self):
        """Count from nothing."""
        self.erases = array("I", bytes(4 * self._blocks))
        self.programmed = 0

    def readblocks(self, block, buffer, offset=0):
        """Fill buffer from an offset into a block on."""
        at = block * BLOCK_SIZE + offset
        buffer[:] = self._octets[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        """Program from an offset into a block on."""
        at = block * BLOCK_SIZE + offset
        self._octets[at : at + len(buffer)] = buffer
        self.programmed += len(buffer)

    def ioctl(self, operation, argument):
        """Tell the count of blocks (4), their size (5), or erase one (6)."""
        if operation == 4:
            return self._blocks
        if operation == 5:
            return BLOCK_SIZE
        if operation == 6:
            self.erases[argument] += 1
        return 0


class CountingFram:
    """A FRAM that counts the writes of each octet."""

    MEDIUM = "fram"
    size = 65_536

    def __init__(self):
        self._octets = bytearray(self.size)
        self.writes = array("I", bytes(4 * self.size))

    def read_into(self, address, buffer):
        """Fill buffer from an address on."""
        buffer[:] = self._octets[address : address + len(buffer)]

    def write(self, address, octets):
        """Write octets from an address on."""
        self._octets[address : address + len(octets)] = octets
        for at in range(address, address + len(octets)):
            self.writes[at] += 1


class Player:
    """Repeats recorded days on a memory.

    days: of each recorded day an array of kind, octets, kind, octets, ...; logs: {kind: (area,
    entries, octets of an entry)}, filled before the first day.
    """

    def __init__(self, memory, days, logs):
        self._steps, self._checkpoints = streams(memory)
        self._days = days
        self._areas = {}
        self._pool = memoryview(_random_octets(_POOL_SIZE + _MOST_WRITE))
        self._at = 0
        for kind, (area, entries, size) in logs.items():
            slots = area.begin(entries, size)
            self._areas[kind] = [area, slots, size, 0]
            self._append(kind, slots * size)

    def play(self, day):
        """Write what that day writes."""
        writes = self._days[day % len(self._days)]
        for at in range(0, len(writes), 2):
            kind, size = writes[at], writes[at + 1]
            if kind == STEP:
                self._steps.append(self._octets_of(size))
                self._steps.confirm()
            elif kind == CHECKPOINT:
                self._checkpoints.append(self._octets_of(size))
                self._checkpoints.confirm()
            else:
                self._append(kind, size)

    def _append(self, kind, octets):
        area, slots, size, number = self._areas[kind]
        left = octets // size
        while left:
            slot = number % slots
            count = area.together(slot, min(left, slots - slot, _MOST_WRITE // size))
            area.write(slot, self._octets_of(count * size))
            number += count
            left -= count
        self._areas[kind][3] = number

    def _octets_of(self, size):
        self._at = (self._at + _POOL_STEP) % _POOL_SIZE
        return self._pool[self._at : self._at + size]


def _random_octets(size):
    """Return octets of a linear congruential generator: alike on every runtime."""
    state = 1
    octets = bytearray(size)
    for at in range(size):
        state = (state * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        octets[at] = state >> 16 & 0xFF
    return octets


def _file_logs(memory, logs):
    return {
        int(kind): (FileArea(memory, "log" + kind), entries, size)
        for kind, (entries, size) in logs.items()
    }


class Littlefs:
    """The board's file system with the firmware's files, which never move, and full logs.

    job: blocks, program_octets, read_octets, static [[path, octets]], folder, logs {number:
    [entries, octets of an entry]}, days.
    """

    def __init__(self, job):
        import vfs

        self._device = CountingBlocks(job["blocks"])
        sizes = {"progsize": job["program_octets"], "readsize": job["read_octets"]}
        vfs.VfsLfs2.mkfs(self._device, **sizes)
        self._vfs = vfs.VfsLfs2(self._device, **sizes)
        vfs.mount(self._vfs, _ROOT)
        # The meter's own folder is one more.
        self._folders = 1 + self._static(job["static"])
        memory = FileMemory("%s/%s" % (_ROOT, job["folder"]))
        self.player = Player(memory, job["days"], _file_logs(memory, job["logs"]))
        self._free = self._room()
        self._device.reset()

    def look(self):
        """Note how many blocks are free."""
        self._free = min(self._free, self._room())

    def figures(self):
        """Return the erases of each block, and the least room there was."""
        return {"regions": {"littlefs": list(self._device.erases)}, "free": self._free}

    def _static(self, files):
        """Write the files that never move; return the count of their folders."""
        made = set()
        for path, size in files:
            folder = ""
            for part in path.split("/")[:-1]:
                folder = folder + "/" + part
                if folder not in made:
                    made.add(folder)
                    os.mkdir(_ROOT + folder)
            with open("%s/%s" % (_ROOT, path), "wb") as file:
                file.write(bytes(size))
        return len(made)

    def _room(self):
        """Return the blocks that can still be written."""
        # What the port tells has the pair of each folder counted twice.
        free = self._vfs.statvfs("/")[3] + 2 * self._folders
        return free & 0xFFFFFFFF


class RingFlash:
    """The state in a partition's blocks; job: blocks, days."""

    def __init__(self, job):
        self._flash = FlashDouble(BoardTime(), job["blocks"])
        self.player = Player(FlashBlocks(self._flash), job["days"], {})

    def look(self):
        """Nothing fills up here."""

    def figures(self):
        """Return the erases of each block, by region."""
        erases = self._flash.erases
        steps = step_blocks(len(erases))
        return {"regions": {"steps ring": erases[:steps], "checkpoints ring": erases[steps:]}}


class OctetFram:
    """The state and the short logs in a FRAM; job: logs, days."""

    def __init__(self, job):
        self._fram = CountingFram()
        logs = {}
        address = LOGS_AT
        for kind, (entries, size) in sorted(job["logs"].items()):
            logs[int(kind)] = (FramArea(self._fram, address), entries, size)
            address += entries * size
        self.player = Player(self._fram, job["days"], logs)
        self._fram.writes = array("I", bytes(4 * self._fram.size))

    def look(self):
        """Nothing fills up here."""

    def figures(self):
        """Return the most that an octet of each slot was written, and of the logs."""
        writes = self._fram.writes
        regions = (
            ("steps", STEPS_AT, STEP_SIZE, STEPS),
            ("checkpoints", CHECKPOINTS_AT, CHECKPOINT_SIZE, CHECKPOINTS),
            ("short logs", LOGS_AT, len(writes) - LOGS_AT, 1),
        )
        return {
            "regions": {
                name: [
                    max(writes[at : at + size]) for at in range(begin, begin + size * count, size)
                ]
                for name, begin, size, count in regions
            }
        }


_MEDIA = {"files": Littlefs, "flash": RingFlash, "fram": OctetFram}


def run(job, told):
    """Play job["count"] days and return the figures; told(day) hears of every twentieth part."""
    job["days"] = [array("h", day) for day in job["days"]]
    medium = _MEDIA[job["medium"]](job)
    count = job["count"]
    for day in range(count):
        medium.player.play(day)
        if day % max(count // _LOOKS_AT_ROOM, 1) == 0:
            medium.look()
        if (day + 1) % max(count // _TOLD, 1) == 0:
            told(day + 1)
    return medium.figures()


def _tell(day):
    print(json.dumps({"day": day}))


if __name__ == "__main__":
    print(json.dumps(run(json.load(sys.stdin), _tell)))
