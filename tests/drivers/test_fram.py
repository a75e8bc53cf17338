"""The FRAM driver against the chip's side of its protocol."""

import pytest

from host_tools.node.flash_double import PowerCut
from host_tools.node.fram_double import FramBus, FramChip
from protometer.drivers.memory.fram import Fram


def test_what_is_written_is_read_at_every_edge_of_a_transaction():
    chip = FramChip()
    fram = Fram(FramBus(chip))
    assert (fram.MEDIUM, fram.size) == ("fram", 65_536)
    for address, size in ((0, 1), (255, 2), (256, 64), (1_000, 65), (5_000, 300), (65_535, 1)):
        octets = bytes((address + index) & 0xFF for index in range(size))
        fram.write(address, memoryview(octets))
        assert chip.octets[address : address + size] == octets
        buffer = bytearray(size)
        fram.read_into(address, buffer)
        assert buffer == octets
    assert chip.written == 1 + 2 + 64 + 65 + 300 + 1


def test_neighbours_are_left_alone():
    chip = FramChip()
    chip.octets[:] = b"\xa5" * 65_536
    Fram(FramBus(chip)).write(100, b"\x00\x01\x02")
    assert chip.octets[98:105] == b"\xa5\xa5\x00\x01\x02\xa5\xa5"


@pytest.mark.parametrize(("address", "size"), [(65_536, 1), (65_535, 2), (-1, 1)])
def test_nothing_goes_round_the_end_of_the_chip(address, size):
    fram = Fram(FramBus(FramChip()))
    with pytest.raises(ValueError, match="FRAM: "):
        fram.write(address, bytes(size))
    with pytest.raises(ValueError, match="FRAM: "):
        fram.read_into(address, bytearray(size))


def test_a_chip_elsewhere_or_none_is_told_in_plain_words():
    with pytest.raises(OSError, match="^no FRAM answers at 0x51: check its wires and address$"):
        Fram(FramBus(FramChip(0x50)), 0x51)
    assert Fram(FramBus(FramChip(0x50), FramChip(0x57)), 0x57).size == 65_536


def test_another_chip_is_no_fram():
    chip = FramChip()
    # The 64 Kbit one of the family, MB85RC64TA.
    chip.IDENTITY = b"\x00\xa3\x58"
    with pytest.raises(OSError, match="^the chip at 0x50 is no MB85RC512T$"):
        Fram(FramBus(chip))


def test_a_chip_that_falls_silent_is_an_oserror():
    chip = FramChip()
    fram = Fram(FramBus(chip))
    chip.address = -1
    with pytest.raises(OSError):
        fram.write(0, b"x")
    with pytest.raises(OSError):
        fram.read_into(0, bytearray(1))


@pytest.mark.parametrize("octets_done", [0, 1, 63, 64, 65, 99])
def test_a_power_cut_leaves_what_was_written_until_then(octets_done):
    chip = FramChip()
    fram = Fram(FramBus(chip))
    chip.cut_at = octets_done
    with pytest.raises(PowerCut):
        fram.write(10, b"\x77" * 100)
    assert chip.octets[10:111] == b"\x77" * octets_done + bytes(101 - octets_done)


def test_the_chip_tells_its_identity_only_as_asked():
    bus = FramBus(FramChip())
    with pytest.raises(OSError):
        bus.readfrom(0x7C, 3)
    bus.writeto(0x7C, b"\xa0", True)
    with pytest.raises(OSError):
        bus.readfrom(0x7C, 3)
    bus.writeto(0x7C, b"\xa0", False)
    assert bus.readfrom(0x7C, 3) == b"\x00\xa6\x58"


def test_the_chip_reads_on_from_its_pointer_and_round_its_end():
    chip = FramChip()
    bus = FramBus(chip)
    bus.writevto(0x50, [b"\xff\xff", b"\x01\x02"])
    assert (chip.octets[65_535], chip.octets[0]) == (1, 2)
    bus.writeto(0x50, b"\xff\xff", False)
    assert bus.readfrom(0x50, 2) == b"\x01\x02"
