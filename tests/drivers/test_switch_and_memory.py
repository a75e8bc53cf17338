"""The relay with and without a sense pin, and files as a memory."""

from pathlib import Path

import pytest

from host_tools.scenarios import RUNTIMES
from protometer.drivers.memory.file_memory import FileMemory
from protometer.drivers.switch.load_switch import PinSwitch
from tests.on_runtimes import check_golden


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


@pytest.mark.req("ESME-SEC-04")
@pytest.mark.parametrize("stuck", ["command", "permit"])
def test_one_output_gone_wrong_closes_nothing(stuck):
    command, permit = Pin(), Pin()
    switch = PinSwitch(command, None, permit)
    for closed in (False, True, False):
        switch.set(closed)
        assert (command.level, permit.level) == (closed, closed)
        assert switch.closed() == closed
    {"command": command, "permit": permit}[stuck].level = 1
    assert not switch.closed()


@pytest.mark.runtime
@pytest.mark.req("ESME-SEC-04")
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_two_outputs_on_every_runtime(runtime):
    check_golden(runtime, Path(__file__).with_name("switch_workload.py"))


def test_files_keep_what_was_written_over_a_restart(tmp_path):
    directory = str(tmp_path / "state")
    memory = FileMemory(directory)
    assert memory.MEDIUM == "files"
    assert memory.read("a") == b""
    memory.write("a", b"first")
    memory.write("b.1", memoryview(b"second, longer")[:6])
    memory.write("a", b"1")
    again = FileMemory(directory)
    assert (again.read("a"), again.read("b.1"), again.read("c")) == (b"1", b"second", b"")


def test_a_part_of_a_file_is_read_changed_and_extended(tmp_path):
    memory = FileMemory(str(tmp_path / "state"))
    buffer = bytearray(4)
    assert memory.read_into("a", 0, buffer) == 0
    memory.write("a", b"abcdef")
    memory.write_at("a", 2, b"CD")
    memory.write_at("a", 6, b"gh")
    assert memory.read("a") == b"abCDefgh"
    assert (memory.read_into("a", 1, buffer), bytes(buffer)) == (4, b"bCDe")
    assert (memory.read_into("a", 6, buffer), bytes(buffer)) == (2, b"ghDe")
    assert memory.read_into("a", 8, buffer) == 0


def test_a_file_memory_that_fails_says_so(tmp_path):
    with pytest.raises(OSError):
        FileMemory(str(tmp_path / "no" / "such" / "parent"))
    memory = FileMemory(str(tmp_path / "state"))
    (tmp_path / "state" / "a").mkdir()
    with pytest.raises(OSError):
        memory.write("a", b"x")
    with pytest.raises(OSError):
        memory.write_at("b", 0, b"x")
    with pytest.raises(OSError):
        memory.read_into("a", 0, bytearray(1))
    assert memory.read("a") == b"?"
