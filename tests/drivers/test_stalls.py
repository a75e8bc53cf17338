"""What a flash write costs those who live by interrupts, and how each comes through it."""

import importlib
import sys

import pytest

from host_tools.node import link
from host_tools.node.ether_radio import SENT, EtherRadio
from host_tools.node.flash_double import BoardPin, BoardTime, FlashDouble
from protometer.drivers.memory.file_memory import FileMemory
from protometer.drivers.memory.flash_blocks import FlashBlocks
from protometer.drivers.meter.interrupt_counter import InterruptCounter
from protometer.drivers.meter.pulse_meter import PulseMeter
from protometer.kernel.stall import Stall
from tests.drivers import pio_machine

# Pulses of 15 ms every 30 ms; a block is erased, 45 ms, at every third of ten looks at them.
PULSES, HIGH_MS, PERIOD_MS = 100, 15, 30
ERASES = 10


def play(time, drive):
    """Give the pulses, and erase a block meanwhile ten times; returns the blocks' erases."""
    for number in range(PULSES):
        at_us = (10 + number * PERIOD_MS) * 1000
        time.at(at_us, drive, 1)
        time.at(at_us + HIGH_MS * 1000, drive, 0)
    chip = FlashDouble(time)
    memory = FlashBlocks(chip)
    for number in range(ERASES):
        time.pass_time(255_000)
        memory.erase(number)
    time.pass_time(1_000_000)
    return sum(chip.erases)


def test_the_interrupt_loses_pulses_in_an_erase():
    time = BoardTime()
    pin = BoardPin(time)
    meter = PulseMeter(InterruptCounter(pin, time.ticks_ms))
    assert play(time, pin.drive) == ERASES
    meter.read()
    # Of each erase's 45 ms, one or two of the hundred pulses.
    assert 80_000 <= meter.import_mwh <= 90_000


def test_the_interrupt_loses_none_without_an_erase():
    time = BoardTime()
    pin = BoardPin(time)
    meter = PulseMeter(InterruptCounter(pin, time.ticks_ms))
    for number in range(PULSES):
        time.at((10 + number * PERIOD_MS) * 1000, pin.drive, 1)
        time.at((10 + number * PERIOD_MS + HIGH_MS) * 1000, pin.drive, 0)
    time.pass_time(5_000_000)
    meter.read()
    assert meter.import_mwh == 100_000


def test_the_state_machine_loses_none_in_the_same_erases(monkeypatch):
    monkeypatch.setitem(sys.modules, "rp2", pio_machine.rp2())
    monkeypatch.delitem(sys.modules, "protometer.drivers.meter.pio_counter", raising=False)
    pio_counter = importlib.import_module("protometer.drivers.meter.pio_counter")
    time = BoardTime()
    line = pio_machine.Line()
    meter = PulseMeter(pio_counter.PioCounter(line, time.ticks_ms))

    def drive(level):
        line.now_ms = time.now_us / 1000
        line.hold(level, 0)

    assert play(time, drive) == ERASES
    line.now_ms = time.now_us / 1000
    meter.read()
    assert meter.import_mwh == 100_000
    sys.modules.pop("protometer.drivers.meter.pio_counter")


class Peer:
    """A co-processor on a UART, which may be asked to hold its octets."""

    def __init__(self, time):
        self._time = time
        self._holds = False
        self._held = []

    def park(self):
        self._holds = True

    def resume(self):
        self._holds = False
        for octet in self._held:
            self._time.uart(octet)
        self._held = []

    def say(self, octet):
        if self._holds:
            self._held.append(octet)
        else:
            self._time.uart(octet)


# 460,800 baud: an octet every 22 us, so 2,045 in an erase of 45 ms.
@pytest.mark.parametrize(("parked", "lost"), [(False, 2013), (True, 0)])
def test_a_uart_overruns_in_an_erase_unless_its_peer_is_parked(parked, lost):
    time = BoardTime()
    stall = Stall(time.ticks_us)
    peer = Peer(time)
    if parked:
        stall.register(peer)
    said = bytes(index & 0xFF for index in range(2_045))
    for index, octet in enumerate(said):
        time.at(index * 22 + 10, peer.say, octet)
    FlashBlocks(FlashDouble(time), stall=stall).erase(0)
    time.pass_time(1_000)
    assert time.octets_lost == lost
    if parked:
        assert bytes(time.received) == said


def received(number):
    return (link.FRAME, bytes((0xD8, 200)) + bytes((number,)) * 20)


def test_a_parked_radio_keeps_its_order_and_refuses_to_send():
    radio, heard = EtherRadio(), []
    radio.on_frame = lambda psdu, rssi_dbm, lqi: heard.append((psdu[0], rssi_dbm, lqi))
    radio.on_sent = heard.append
    radio.send(bytes(20))
    radio.park()
    with pytest.raises(RuntimeError, match="radio is parked"):
        radio.send(bytes(20))
    assert radio.deliver(*received(1))
    assert radio.deliver(link.SENT, bytes((SENT,)))
    assert radio.deliver(*received(2))
    assert not radio.deliver(link.TRACE, b"")
    assert heard == []
    radio.resume()
    assert heard == [(1, -40, 200), SENT, (2, -40, 200)]
    radio.deliver(*received(3))
    radio.send(bytes(20))
    assert heard[3:] == [(3, -40, 200)]


def test_files_are_written_inside_the_stall(tmp_path):
    told = []

    class Watcher:
        def park(self):
            told.append("park")

        def resume(self):
            told.append("resume")

    stall = Stall(lambda: 0)
    stall.register(Watcher())
    memory = FileMemory(str(tmp_path / "state"), stall)
    memory.write("a", b"x")
    memory.write_at("a", 1, b"y")
    assert told == ["park", "resume"] * 2
    memory.read("a")
    memory.read_into("a", 0, bytearray(1))
    assert len(told) == 4
    with pytest.raises(OSError):
        memory.write_at("b", 0, b"x")
    assert told[4:] == ["park", "resume"]
