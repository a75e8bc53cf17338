"""The flash driver against a NOR chip that erases whole blocks and only clears bits."""

import pytest

from host_tools.node.flash_double import ERASE_US, PROGRAM_US, BoardTime, FlashDouble, PowerCut
from protometer.drivers.memory.flash_blocks import FlashBlocks
from protometer.kernel.stall import Stall

PAGE = bytes(range(256))


def flash(**options):
    chip = FlashDouble(BoardTime(), blocks=8)
    return chip, FlashBlocks(chip, **options)


def test_a_range_of_blocks_is_all_it_touches():
    chip, memory = flash(first=2, count=3)
    figures = (memory.MEDIUM, memory.block_size, memory.block_count, memory.page_size)
    assert figures == ("flash", 4096, 3, 256)
    memory.erase(0)
    memory.program(0, PAGE)
    memory.program(3 * 4096 - 256, PAGE)
    assert chip.octets[2 * 4096 : 2 * 4096 + 256] == PAGE
    assert chip.octets[5 * 4096 - 256 : 5 * 4096] == PAGE
    assert chip.erases == [0, 0, 1, 0, 0, 0, 0, 0]
    buffer = bytearray(256)
    memory.read_into(2 * 4096 + 3840, buffer)
    assert buffer == PAGE


def test_without_a_count_all_from_the_first_are_used():
    assert flash()[1].block_count == 8
    assert flash(first=5)[1].block_count == 3


@pytest.mark.parametrize(("first", "count"), [(8, None), (0, 9), (5, 4), (0, 0)])
def test_a_range_that_is_not_there_is_refused(first, count):
    with pytest.raises(ValueError, match="flash: "):
        flash(first=first, count=count)


def test_reading_goes_over_the_edges_of_blocks():
    chip, memory = flash(first=1)
    chip.octets[:] = bytes(index * 7 & 0xFF for index in range(8 * 4096))
    buffer = bytearray(2 * 4096 + 10)
    memory.read_into(4090, buffer)
    assert buffer == chip.octets[4096 + 4090 : 4096 + 4090 + len(buffer)]


def test_only_whole_pages_of_one_block_are_programmed():
    _, memory = flash()
    for address, size in ((1, 256), (0, 255), (3840, 512)):
        with pytest.raises(ValueError, match="flash: "):
            memory.program(address, bytes(size))
    for act in (lambda: memory.erase(8), lambda: memory.read_into(8 * 4096, bytearray(1))):
        with pytest.raises(ValueError, match="flash: there is no block 8"):
            act()


def test_the_chip_sets_bits_by_erasing_only():
    chip, memory = flash()
    memory.program(0, b"\x0f" * 256)
    memory.program(0, b"\x05" * 256)
    with pytest.raises(ValueError, match="flash double: bits to set at 0"):
        memory.program(0, b"\x07" * 256)
    memory.erase(0)
    memory.program(0, b"\x07" * 256)
    assert chip.octets[:256] == b"\x07" * 256
    with pytest.raises(ValueError, match="flash double: 100 octets at 256 are no pages"):
        chip.writeblocks(0, bytes(100), 256)


def test_writing_without_an_offset_erases_first():
    chip, _ = flash()
    chip.writeblocks(3, bytes(2 * 4096))
    assert chip.erases == [0, 0, 0, 1, 1, 0, 0, 0]
    assert chip.octets[3 * 4096 : 5 * 4096] == bytes(2 * 4096)


class Failing(FlashDouble):
    """Reports faults by number, as some devices do."""

    def writeblocks(self, block, buffer, offset=None):
        return -5

    def ioctl(self, operation, argument):
        return -5 if operation == 6 else super().ioctl(operation, argument)


def test_a_fault_told_by_number_is_an_oserror():
    memory = FlashBlocks(Failing(BoardTime()))
    with pytest.raises(OSError):
        memory.erase(0)
    with pytest.raises(OSError):
        memory.program(0, PAGE)


@pytest.mark.parametrize("octets_done", [0, 1, 255, 256, 300, 511])
def test_a_cut_in_a_program_leaves_its_beginning(octets_done):
    chip, memory = flash()
    chip.cut_at = (1, octets_done)
    memory.erase(0)
    with pytest.raises(PowerCut):
        memory.program(0, bytes(512))
    assert chip.octets[:512] == bytes(octets_done) + b"\xff" * (512 - octets_done)


def test_without_power_nothing_works_until_it_is_back():
    chip, memory = flash()
    memory.program(0, bytes(256))
    chip.cut_at = (chip.operations, 0)
    for act in (
        lambda: memory.erase(0),
        lambda: memory.erase(0),
        lambda: memory.program(256, bytes(256)),
        lambda: memory.read_into(0, bytearray(1)),
    ):
        with pytest.raises(PowerCut):
            act()
    chip.power_on()
    buffer = bytearray(512)
    memory.read_into(0, buffer)
    assert buffer == bytes(256) + b"\xff" * 256
    memory.erase(0)
    assert chip.octets[:256] == b"\xff" * 256


@pytest.mark.parametrize("octets_done", [0, 1, 4095])
def test_a_cut_in_an_erase_leaves_the_rest_of_the_block(octets_done):
    chip, memory = flash()
    memory.program(0, bytes(4096))
    chip.cut_at = (chip.operations, octets_done)
    with pytest.raises(PowerCut):
        memory.erase(0)
    assert chip.octets[:4096] == b"\xff" * octets_done + bytes(4096 - octets_done)


def test_the_stall_is_as_long_as_the_chip_takes():
    time = BoardTime()
    stall = Stall(time.ticks_us)
    memory = FlashBlocks(FlashDouble(time), stall=stall)
    memory.program(0, PAGE * 3)
    assert (stall.longest_us, stall.total_us) == (3 * PROGRAM_US, 3 * PROGRAM_US)
    memory.erase(0)
    memory.program(0, PAGE)
    assert (stall.longest_us, stall.total_us) == (ERASE_US, 4 * PROGRAM_US + ERASE_US)
