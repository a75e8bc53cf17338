"""Raw erase blocks behind MicroPython's extended block device: a partition of an ESP32's flash.

esp32.Partition and rp2.Flash give readblocks, writeblocks and ioctl with an offset into a block;
writing with an offset programs without erasing.
"""

from micropython import const

from ...kernel.stall import UNWATCHED

_BLOCK_COUNT = const(4)
_BLOCK_SIZE = const(5)
_ERASE = const(6)
_EIO = const(5)


class FlashBlocks:
    """Driver contract Memory by erase blocks; bits go from 1 to 0 until a block is erased.

    device: the block device; page_size: the octets that are programmed at once; first, count: the
    range of its blocks to use, count None for all from the first; stall: what to hold still.
    """

    MEDIUM = "flash"

    def __init__(self, device, page_size=256, first=0, count=None, stall=UNWATCHED):
        there = device.ioctl(_BLOCK_COUNT, 0) - first
        self.page_size = page_size
        self.block_size = device.ioctl(_BLOCK_SIZE, 0)
        self.block_count = there if count is None else count
        self._first = first
        self._device = device
        self._stall = stall
        if not 0 < self.block_count <= there:
            raise ValueError("flash: %d blocks from %d on" % (self.block_count, first))

    def read_into(self, address, buffer):
        """Fill buffer from an address on; OSError where the device fails."""
        rest = memoryview(buffer)
        while len(rest):
            offset = address % self.block_size
            size = min(len(rest), self.block_size - offset)
            self._done(self._device.readblocks(self._block(address), rest[:size], offset))
            rest = rest[size:]
            address += size

    def program(self, address, octets):
        """Program whole pages of one block; OSError where the device fails."""
        offset = address % self.block_size
        if address % self.page_size or len(octets) % self.page_size:
            raise ValueError("flash: %d octets at %d are no pages" % (len(octets), address))
        if offset + len(octets) > self.block_size:
            raise ValueError("flash: %d octets at %d leave the block" % (len(octets), address))
        block = self._block(address)
        with self._stall:
            self._done(self._device.writeblocks(block, octets, offset))

    def erase(self, block):
        """Erase a block; OSError where the device fails."""
        block = self._block(block * self.block_size)
        with self._stall:
            self._done(self._device.ioctl(_ERASE, block))

    def _block(self, address):
        block = address // self.block_size
        if not 0 <= block < self.block_count:
            raise ValueError("flash: there is no block %d" % block)
        return self._first + block

    def _done(self, fault):
        # Some devices return an error number, others raise by themselves.
        if fault:
            raise OSError(_EIO)
