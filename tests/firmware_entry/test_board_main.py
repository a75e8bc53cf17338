"""firmware/main.py on a board of stand-ins: what it builds, prints, and survives."""

import gc
import importlib.util
import json
import sys
import time
import types

import pytest

from host_tools.boards.board import find_board
from host_tools.boards.closure import FIRMWARE
from host_tools.boards.device import describe, firmware_version
from tests.boards.home_network import NETWORK

# 2026-01-20T10:00:00Z
START = (2026, 1, 20, 10, 0, 0, 1, 20, 0)


class Chip:
    """The board around main.py: its pins, who answers on I2C, its time and what happens when."""

    def __init__(self):
        self.pins = {}
        self.answering = set()
        self.watchdogs = []
        self.now_ms = 0
        # Time in ms: a function to call then. Ctrl-C comes at stop_ms.
        self.happens = {}
        self.stop_ms = 3_000

    def sleep_ms(self, ms):
        until_ms = self.now_ms + ms
        while self.now_ms < until_ms:
            self.now_ms += 1
            self.happens.get(self.now_ms, int)()
            if self.now_ms >= self.stop_ms:
                raise KeyboardInterrupt

    def pulse(self, pin, at_ms):
        """Have a pulse of 50 ms on a pin at a time."""
        self.happens[at_ms] = lambda: self.pins[pin].drive(1)
        self.happens[at_ms + 50] = lambda: self.pins[pin].drive(0)


def machine_of(chip):
    class Pin:
        IN, OUT, PULL_UP, PULL_DOWN, IRQ_FALLING, IRQ_RISING = 0, 1, 1, 2, 4, 8

        def __init__(self, number, mode=None, pull=None):
            self.mode, self.pull = mode, pull
            self.level, self.handler, self.trigger = 0, None, 0
            chip.pins[number] = self

        def value(self, level=None):
            self.level = self.level if level is None else level
            return self.level

        def irq(self, handler, trigger):
            self.handler, self.trigger = handler, trigger

        def drive(self, level):
            changed = level != self.level
            self.level = level
            edge = self.IRQ_RISING if level else self.IRQ_FALLING
            if changed and self.trigger & edge:
                self.handler(self)

    class I2C:
        def __init__(self, number, sda, scl, freq):
            self.settings = number, freq

        def writeto(self, address, octets):
            if address not in chip.answering:
                raise OSError(5)

        def writevto(self, address, buffers):
            self.writeto(address, b"")

    class WDT:
        def __init__(self, timeout):
            self.timeout, self.fed = timeout, 0
            chip.watchdogs.append(self)

        def feed(self):
            self.fed += 1

    return types.SimpleNamespace(Pin=Pin, I2C=I2C, WDT=WDT)


@pytest.fixture
def chip(monkeypatch, tmp_path):
    chip = Chip()
    monkeypatch.setitem(sys.modules, "machine", machine_of(chip))
    monkeypatch.setattr(time, "ticks_ms", lambda: chip.now_ms, raising=False)
    monkeypatch.setattr(time, "ticks_us", lambda: chip.now_ms * 1000, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda later, earlier: later - earlier, raising=False)
    monkeypatch.setattr(time, "sleep_ms", chip.sleep_ms, raising=False)
    monkeypatch.setattr(time, "gmtime", lambda: START)
    monkeypatch.setattr(gc, "mem_free", lambda: 200_000, raising=False)
    monkeypatch.chdir(tmp_path)
    return chip


def start(description=None):
    """Run main.py with a description (text, object or None for none); return the role."""
    if description is not None:
        text = description if isinstance(description, str) else json.dumps(description)
        with open("protometer.json", "w", encoding="utf-8") as file:
            file.write(text)
    spec = importlib.util.spec_from_file_location("board_main", FIRMWARE / "main.py")
    entry = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(entry)
    return entry.run()


def meter(**changes):
    return {**describe(find_board("pico"), "ESME"), **changes}


def test_a_meter_starts_reports_counts_and_stops(chip, capsys):
    for at_ms in (500, 1_000, 1_500):
        chip.pulse(22, at_ms)
    role = start(meter())
    assert capsys.readouterr().out.splitlines() == [
        f"Protometer {firmware_version()}, Raspberry Pi Pico",
        "radio: spinel has no driver in this release",
        "han: none, no network was given",
        "clock: 2026-01-20T10:00:00Z",
        "heap: 200000 bytes free",
        "ESME running 0 ms after start",
        "stopped",
    ]
    assert role.data.active_import_register.wh(0) == 3
    assert chip.pins[22].pull == 1
    assert chip.pins[21].value() == 1


def test_what_was_counted_before_ctrl_c_is_there_after_it(chip, capsys):
    chip.pulse(22, 500)
    start(meter())
    chip.now_ms, chip.stop_ms, chip.happens = 0, 2_000, {}
    role = start(meter())
    assert role.data.active_import_register.wh(0) == 1
    # Event 0x8f35: supply restored after less than three minutes (GBCS table 16.2).
    assert "2026-01-20T10:00:02Z event 0x8f35" in capsys.readouterr().out


FAULTS = (
    (None, "no protometer.json on this board: run `protometer flash`"),
    ("{", "protometer.json is not JSON: run `protometer flash`"),
    ("[]", "protometer.json has no firmware: run `protometer flash`"),
    ({"firmware": "1", "board": "b"}, "protometer.json has no role: run `protometer flash`"),
    (meter(role="GSME"), "there is no role GSME"),
    (
        meter(drivers={"switch": {"kind": "relay", "command": 21, "sense": None}}),
        "ESME needs a meter: memory: none, nothing outlives a power cut; "
        "han: none, no network was given",
    ),
    (
        meter(drivers={"meter": {"kind": "pulse", "pin": 22}}),
        "ESME needs a meter: meter: the description has no pull; "
        "memory: none, nothing outlives a power cut; han: none, no network was given",
    ),
)


@pytest.mark.parametrize(("description", "message"), FAULTS)
def test_a_description_that_allows_no_start_is_one_line(chip, capsys, description, message):
    assert start(description) is None
    assert capsys.readouterr().out == f"protometer: {message}\n"


def test_a_display_without_a_radio_says_so_and_names_its_panel(chip, capsys):
    chip.answering = {0x3D}
    assert start(describe(find_board("pico"), "IHD")) is None
    said = capsys.readouterr().out
    assert said.startswith("protometer: IHD needs a radio: ")
    assert "ssd1306: expected at 0x3c, no answer, but something did at 0x3d" in said


PANELS = (
    ({0x3C}, "ssd1306: answered at 0x3c"),
    (set(), "ssd1306: expected at 0x3c, no answer"),
    ({0x3D}, "ssd1306: expected at 0x3c, no answer, but something did at 0x3d"),
)


@pytest.mark.parametrize(("answering", "finding"), PANELS)
def test_a_panel_is_looked_for_and_never_stops_metering(chip, capsys, answering, finding):
    chip.answering = answering
    chip.pulse(22, 500)
    board = find_board("pico")
    drivers = {**meter()["drivers"], "display": board.display.model_dump()}
    role = start(meter(drivers=drivers))
    assert finding in capsys.readouterr().out.splitlines()
    assert role.data.active_import_register.wh(0) == 1


def test_a_memory_that_cannot_be_opened_never_stops_metering(chip, capsys):
    with open("state", "w", encoding="utf-8") as file:
        file.write("a file where the folder should be")
    drivers = {**meter()["drivers"], "memory": {"kind": "file", "directory": "state/deeper"}}
    chip.pulse(22, 500)
    role = start(meter(drivers=drivers))
    said = capsys.readouterr().out
    assert "memory: file can't be set up: " in said
    assert "memory: none, nothing outlives a power cut" in said
    # Event 0x81ae: memory fault (GBCS table 16.2).
    assert "event 0x81ae" in said
    assert role.data.active_import_register.wh(0) == 1


def test_a_network_without_a_radio_driver_is_no_han(chip, capsys):
    network = {key: NETWORK[key] for key in NETWORK if key != "displays"}
    role = start(meter(network={**network, "routes": {}}))
    assert role.han is None
    assert "han: none, no radio" in capsys.readouterr().out.splitlines()


# Edges of the confirming key as (ms, level), and how many pushes they are.
PUSHES = (
    (((900, 0), (1_300, 1)), 1),
    # Over before the chip wakes.
    (((901, 0), (949, 1)), 1),
    # Contacts that bounce at both ends.
    (((900, 0), (905, 1), (910, 0), (1_300, 1), (1_304, 0), (1_309, 1)), 1),
    (((900, 0), (1_100, 1), (1_500, 0), (1_700, 1)), 2),
    ((), 0),
)


@pytest.mark.parametrize(("edges", "pushes"), PUSHES)
def test_a_push_of_the_key_is_one_command_and_a_refusal_is_told(chip, capsys, edges, pushes):
    for at_ms, level in ((100, 1), *edges):
        chip.happens[at_ms] = lambda level=level: chip.pins[10].drive(level)
    start(meter())
    told = [x for x in capsys.readouterr().out.splitlines() if x.startswith("refused: ")]
    assert len(told) == pushes


def test_the_led_blinks_with_the_seconds(chip):
    levels = []
    for at_ms in (500, 1_500, 2_500):
        chip.happens[at_ms] = lambda: levels.append(chip.pins[25].value())
    start(meter())
    assert levels in ([0, 1, 0], [1, 0, 1])


def test_the_watchdog_is_armed_only_if_asked_for(chip):
    start(meter())
    assert chip.watchdogs == []
    chip.now_ms, chip.happens = 0, {}
    start(meter(watchdog_ms=8_000))
    assert [watchdog.timeout for watchdog in chip.watchdogs] == [8_000]
    assert chip.watchdogs[0].fed >= 3


def test_a_clock_that_was_never_set_is_told(chip, capsys, monkeypatch):
    # What an RP2040 reads after power-on.
    monkeypatch.setattr(time, "gmtime", lambda: (2021, 1, 1, 0, 0, 7, 4, 1))
    start(meter())
    assert "clock: 2021-01-01T00:00:07Z, never set" in capsys.readouterr().out.splitlines()
