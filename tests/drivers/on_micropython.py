"""Runs on MicroPython: the doubles, the memories on them, and what a reading allocates."""

import gc
import sys
import time

import vfs

from host_tools.node.flash_double import BoardTime, FlashDouble, PowerCut
from host_tools.node.fram_double import FramBus, FramChip
from protometer.drivers.memory.file_memory import FileMemory
from protometer.drivers.memory.flash_blocks import FlashBlocks
from protometer.drivers.memory.fram import Fram
from protometer.drivers.meter.pulse_meter import PulseMeter
from protometer.kernel.stall import Stall

READINGS = 50


class Pin:
    """A pin that a counter hangs on."""

    IRQ_FALLING, IRQ_RISING = 4, 8

    def irq(self, handler, trigger):
        self.handler = handler

    def value(self):
        return 0


class Unit:
    """A counting unit."""

    def __init__(self):
        self.count = 0

    def value(self):
        return self.count


def files():
    chip_time = BoardTime()
    chip = FlashDouble(chip_time, 32)
    stall = Stall(chip_time.ticks_us)
    vfs.VfsLfs2.mkfs(chip, progsize=256)
    vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/flash")
    memory = FileMemory("/flash/state", stall)
    memory.write("a", b"abcdef")
    memory.write_at("a", 6, b"gh")
    buffer = bytearray(3)
    print(memory.read("a"), memory.read_into("a", 6, buffer), memory.read("b"))
    vfs.umount("/flash")
    vfs.mount(vfs.VfsLfs2(chip, progsize=256), "/flash")
    print(FileMemory("/flash/state", stall).read("a"), stall.longest_us >= 700)
    vfs.umount("/flash")
    chip.cut_at = (chip.operations, 10)
    try:
        chip.ioctl(6, 0)
    except PowerCut:
        print("cut")


def fram_and_blocks():
    fram = Fram(FramBus(FramChip()))
    fram.write(100, b"abc" * 50)
    buffer = bytearray(150)
    fram.read_into(100, buffer)
    print(buffer == b"abc" * 50)
    blocks = FlashBlocks(FlashDouble(BoardTime()), first=1)
    blocks.program(256, bytes(256))
    buffer = bytearray(256)
    blocks.read_into(256, buffer)
    print(buffer == bytes(256), blocks.block_count)


def allocated(act):
    act()
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    act()
    after = gc.mem_alloc()
    gc.enable()
    return after - before


def readings(meter, pulse):
    def act():
        for _ in range(READINGS):
            pulse()
            meter.read()

    return act


def allocations():
    sys.path.append("host_tools/shim/unix_board")
    from protometer.drivers.meter.hardware_counter import HardwareCounter
    from protometer.drivers.meter.pio_counter import PioCounter

    stall = Stall(time.ticks_us)

    def stalls():
        for _ in range(READINGS):
            with stall:
                pass

    def nothing():
        for _ in range(READINGS):
            pass

    frame = allocated(nothing)
    unit = Unit()
    meter = PulseMeter(HardwareCounter(unit, time.ticks_ms))

    def pulse():
        unit.count += 1

    print("stalls", allocated(stalls) - frame)
    print("pcnt", allocated(readings(meter, pulse)) - frame)
    pin = Pin()
    counter = PioCounter(pin, time.ticks_ms)
    machine = counter._machine
    # The stand-in makes a list to be read from; the driver itself is what counts here.
    machine.rx_fifo = lambda: 0
    machine.get = lambda: 0xFFFFF0
    print("pio", allocated(readings(PulseMeter(counter), nothing_at_all)) - frame)


def nothing_at_all():
    pass


files()
fram_and_blocks()
allocations()
