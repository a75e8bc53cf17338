"""What MicroPython's littlefs erases and programs for each kind of write; runs on the unix port.

    micropython -m host_tools.node.littlefs_cost 256        octets that the board programs at once

Prints JSON: for each kind of write the octets programmed and blocks erased, each a thousandfold.
"""

import json
import sys

from host_tools.node.wear import CountingBlocks

_BLOCKS = 192
_FOLDER = "/cost"
_WARM_UP = 40
_ROUNDS = 400
_SEGMENT_SIZE = 4092
# Other files of the folder: the segments of the meter's logs, which make its own block fuller.
_NEIGHBOURS = 84


def _rewrite_step(number):
    _write("step%d" % (number % 3), 110)


def _rewrite_checkpoint(number):
    _write("checkpoint%d" % (number % 6), 1_600)


def _append_entry(number):
    position = number * 12 % _SEGMENT_SIZE
    if not position:
        _write("segment", 12)
        return
    with open(_FOLDER + "/segment", "r+b") as file:
        file.seek(position)
        file.write(b"e" * 12)


def _write(name, size):
    with open("%s/%s" % (_FOLDER, name), "wb") as file:
        file.write(b"x" * size)


_KINDS = (("step", _rewrite_step), ("entry", _append_entry), ("checkpoint", _rewrite_checkpoint))


def measure(program_octets):
    """Return {kind: (octets programmed, blocks erased)} of a thousand writes of each kind."""
    import vfs

    costs = {}
    for kind, write in _KINDS:
        device = CountingBlocks(_BLOCKS)
        vfs.VfsLfs2.mkfs(device, progsize=program_octets)
        vfs.mount(vfs.VfsLfs2(device, progsize=program_octets), _FOLDER)
        for number in range(_NEIGHBOURS):
            _write("Log Of Something.%d" % number, 1_000)
        for number in range(_WARM_UP):
            write(number)
        device.reset()
        for number in range(_WARM_UP, _WARM_UP + _ROUNDS):
            write(number)
        vfs.umount(_FOLDER)
        costs[kind] = (device.programmed * 1000 // _ROUNDS, sum(device.erases) * 1000 // _ROUNDS)
    return costs


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
