"""The relay with and without a sense pin, and slots in files."""

import pytest

from protometer.drivers.memory.file_memory import FileMemory
from protometer.drivers.switch.load_switch import PinSwitch


class Pin:
    def __init__(self, level=0):
        self.level = level

    def value(self, level=None):
        if level is None:
            return self.level
        self.level = level
        return None


def test_without_a_sense_pin_the_commanded_position_is_told():
    command = Pin()
    switch = PinSwitch(command)
    assert not switch.closed()
    switch.set(True)
    assert command.level == 1
    assert switch.closed()
    switch.set(False)
    assert command.level == 0
    assert not switch.closed()


def test_a_sense_pin_tells_the_truth():
    command, sense = Pin(), Pin(1)
    switch = PinSwitch(command, sense)
    switch.set(False)
    assert switch.closed()
    sense.level = 0
    switch.set(True)
    assert not switch.closed()
    assert command.level == 1


def test_file_slots_keep_what_was_written_over_a_restart(tmp_path):
    directory = str(tmp_path / "state")
    memory = FileMemory(directory)
    assert memory.read(0) == b""
    memory.write(0, b"first")
    memory.write(1, memoryview(b"second, longer")[:6])
    memory.write(0, b"1")
    again = FileMemory(directory)
    assert (again.read(0), again.read(1), again.read(2)) == (b"1", b"second", b"")


def test_a_file_memory_that_fails_says_so(tmp_path):
    with pytest.raises(OSError):
        FileMemory(str(tmp_path / "no" / "such" / "parent"))
    memory = FileMemory(str(tmp_path / "state"))
    (tmp_path / "state" / "slot0").mkdir()
    with pytest.raises(OSError):
        memory.write(0, b"x")
