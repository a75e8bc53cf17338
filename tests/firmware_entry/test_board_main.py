"""firmware/main.py on a board of stand-ins: what it builds, prints, and survives."""

import gc
import importlib.util
import json
import sys
import time
import types
from pathlib import Path

import pytest

from host_tools.boards.board import find_board
from host_tools.boards.closure import FIRMWARE
from host_tools.boards.device import describe, firmware_version
from host_tools.boards.unix_bridge import STAND_INS
from host_tools.node.ether_radio import EtherRadio
from host_tools.node.flash_double import BoardTime, FlashDouble
from host_tools.node.fram_double import FramBus, FramChip
from protometer.kernel.scheduler import Scheduler
from protometer.ui.ihd_screen import CREDIT
from protometer.ui.keypad import HOLD_A, HOLD_B, KEY_A, KEY_B, TYPING
from protometer.ui.meter_face import MeterFace
from tests.boards.home_network import NETWORK
from tests.drivers.mrf24j40_chip import Chip as Mrf24j40Chip
from tests.drivers.spinel_desk import Line, SpinelDesk

PIO_COUNTER = "protometer.drivers.meter.pio_counter"
# 2026-01-20T10:00:00Z
START = (2026, 1, 20, 10, 0, 0, 1, 20, 0)


class Chip:
    """The board around main.py: its pins, who answers on I2C, its time and what happens when."""

    def __init__(self):
        self.pins = {}
        self.answering = set()
        self.fram = FramChip()
        self.partitions = {"protometer": FlashDouble(BoardTime())}
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

    class I2C(FramBus):
        def __init__(self, number, sda, scl, freq):
            super().__init__(*([chip.fram] if number == 1 else []))
            self.settings = number, freq

        def writeto(self, address, octets, stop=True):
            if address in chip.answering:
                return len(octets)
            return super().writeto(address, octets, stop)

    class Counter:
        """Counts the rises of a pin, as an ESP32's unit does."""

        def __init__(self, number, src, filter_ns):
            assert filter_ns == 12_787
            self._count = 0
            src.irq(self._on_edge, Pin.IRQ_RISING)

        def _on_edge(self, pin):
            self._count += 1

        def value(self):
            return self._count

    class WDT:
        def __init__(self, timeout):
            self.timeout, self.fed = timeout, 0
            chip.watchdogs.append(self)

        def feed(self):
            self.fed += 1

    return types.SimpleNamespace(Pin=Pin, I2C=I2C, WDT=WDT, Counter=Counter)


def esp32_of(chip):
    class Partition:
        TYPE_DATA = 1

        @staticmethod
        def find(kind, label):
            assert kind == Partition.TYPE_DATA
            return [chip.partitions[label]] if label in chip.partitions else []

    return types.SimpleNamespace(Partition=Partition)


def stand_in(name):
    """Load a module of the unix board, which serves for CPython too."""
    spec = importlib.util.spec_from_file_location(name, STAND_INS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def chip(monkeypatch, tmp_path):
    chip = Chip()
    monkeypatch.setitem(sys.modules, "machine", machine_of(chip))
    monkeypatch.setitem(sys.modules, "esp32", esp32_of(chip))
    monkeypatch.setitem(sys.modules, "rp2", stand_in("rp2"))
    monkeypatch.delitem(sys.modules, PIO_COUNTER, raising=False)
    monkeypatch.setattr(time, "ticks_ms", lambda: chip.now_ms, raising=False)
    monkeypatch.setattr(time, "ticks_us", lambda: chip.now_ms * 1000, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda later, earlier: later - earlier, raising=False)
    monkeypatch.setattr(time, "sleep_ms", chip.sleep_ms, raising=False)
    monkeypatch.setattr(time, "gmtime", lambda: START)
    monkeypatch.setattr(gc, "mem_free", lambda: 200_000, raising=False)
    monkeypatch.chdir(tmp_path)
    yield chip
    sys.modules.pop(PIO_COUNTER, None)


def start(description=None):
    """Run main.py with a description (text, object or None for none); return the role."""
    if description is not None:
        text = description if isinstance(description, str) else json.dumps(description)
        with open("protometer.json", "w", encoding="utf-8") as file:
            file.write(text)
    return entry().run()


def entry():
    """Load main.py as a module."""
    spec = importlib.util.spec_from_file_location("board_main", FIRMWARE / "main.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def meter(**changes):
    return {**describe(find_board("pico"), "ESME"), **changes}


def test_a_meter_starts_reports_counts_and_stops(chip, capsys):
    for at_ms in (500, 1_000, 1_500):
        chip.pulse(22, at_ms)
    role = start(meter())
    assert capsys.readouterr().out.splitlines() == [
        f"Protometer {firmware_version()}, Raspberry Pi Pico",
        "han: none, no network was given",
        "clock: 2026-01-20T10:00:00Z",
        "heap: 200000 bytes free",
        "ESME running 0 ms after start",
        "stopped",
    ]
    assert role.data.active_import_register.wh(0) == 3
    assert chip.pins[22].pull == 1
    assert chip.pins[21].value() == 1


@pytest.mark.parametrize("board", ["pico", "pico_fram"])
def test_a_gas_meter_counts_ten_litres_a_pulse_and_keeps_its_valve_shut(chip, board):
    for at_ms in (500, 1_200):
        chip.pulse(22, at_ms)
    start(describe(find_board(board), "GSME"))
    chip.now_ms, chip.stop_ms, chip.happens = 0, 2_000, {}
    role = start(describe(find_board(board), "GSME"))
    assert role.data.consumption_register.wh(0) == 20
    assert chip.pins[21].value() == 0


def test_what_was_counted_before_ctrl_c_is_there_after_it(chip, capsys):
    chip.pulse(22, 500)
    start(meter())
    chip.now_ms, chip.stop_ms, chip.happens = 0, 2_000, {}
    role = start(meter())
    assert role.data.active_import_register.wh(0) == 1
    # Event 0x8f35: supply restored after less than three minutes (GBCS table 16.2).
    assert "2026-01-20T10:00:02Z event 0x8f35" in capsys.readouterr().out


def test_a_stopped_role_goes_on_from_the_prompt_and_commits_again(chip, capsys):
    chip.pulse(22, 500)
    role = start(meter())
    assert role.data.active_import_register.wh(0) == 1
    # A pulse while it stood is one too.
    for at_ms in (3_100, 4_500):
        chip.pulse(22, at_ms)
    chip.stop_ms = 3_200
    with pytest.raises(KeyboardInterrupt):
        chip.sleep_ms(1_000)
    chip.stop_ms = 6_000
    role.proceed()
    assert role.data.active_import_register.wh(0) == 3
    said = capsys.readouterr().out
    assert said.count("running") == 1
    assert said.endswith("stopped\nstopped\n")
    chip.now_ms, chip.stop_ms, chip.happens = 0, 2_000, {}
    assert start(meter()).data.active_import_register.wh(0) == 3


FAULTS = (
    (None, "no protometer.json on this board: run `protometer flash`"),
    ("{", "protometer.json is not JSON: run `protometer flash`"),
    ("[]", "protometer.json has no firmware: run `protometer flash`"),
    ({"firmware": "1", "board": "b"}, "protometer.json has no role: run `protometer flash`"),
    (meter(role="HCALCS"), "there is no role HCALCS"),
    (
        meter(drivers={"switch": {"kind": "relay", "command": 21, "sense": None}}),
        "ESME needs a meter: memory: none, nothing outlives a power cut; "
        "han: none, no network was given",
    ),
    (
        meter(drivers={"meter": {"kind": "pulse", "counter": "pio", "pin": 22}}),
        "ESME needs a meter: meter: the description has no pull; "
        "memory: none, nothing outlives a power cut; han: none, no network was given",
    ),
)


@pytest.mark.parametrize(("description", "message"), FAULTS)
def test_a_description_that_allows_no_start_is_one_line(chip, capsys, description, message):
    assert start(description) is None
    assert capsys.readouterr().out == f"protometer: {message}\n"


@pytest.mark.parametrize("role", ["IHD", "PPMID"])
def test_a_display_without_a_radio_says_so_and_names_its_panel(chip, capsys, role):
    chip.answering = {0x3D}
    assert start(describe(find_board("pico"), role)) is None
    said = capsys.readouterr().out
    assert said.startswith(f"protometer: {role} needs a radio: ")
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


def described(board, **memory):
    """The description of a meter on a board, its memory's section changed."""
    description = describe(find_board(board), "ESME")
    description["drivers"]["memory"].update(memory)
    return description


# Board, its pulse pin, and whether its state is where it should be.
MEMORIES = (
    ("pico_fram", 22, lambda chip: any(chip.fram.octets)),
    ("esp32_devkitc_partition", 27, lambda chip: chip.partitions["protometer"].programmed > 0),
    ("esp32_devkitc", 27, lambda chip: any(Path("state").iterdir())),
    ("pico", 22, lambda chip: any(Path("state").iterdir())),
)


@pytest.mark.parametrize(("board", "pin", "is_kept"), MEMORIES)
def test_each_board_keeps_its_state_where_its_file_says(chip, capsys, board, pin, is_kept):
    chip.pulse(pin, 500)
    start(described(board))
    assert is_kept(chip)
    chip.now_ms, chip.stop_ms, chip.happens = 0, 2_000, {}
    role = start(described(board))
    assert role.data.active_import_register.wh(0) == 1
    assert "none" not in capsys.readouterr().out.replace("han: none", "")


MEMORY_FAULTS = (
    (
        "pico_fram",
        {"address": 0x51},
        "memory: fram can't be set up: no FRAM answers at 0x51: check its wires and address",
    ),
    (
        "esp32_devkitc_partition",
        {"label": "other"},
        "memory: partition can't be set up: the flash has no partition labelled other",
    ),
)


@pytest.mark.parametrize(("board", "changes", "finding"), MEMORY_FAULTS)
def test_a_memory_that_is_not_there_is_told_in_plain_words(chip, capsys, board, changes, finding):
    assert start(described(board, **changes)) is not None
    said = capsys.readouterr().out.splitlines()
    assert finding in said
    assert "memory: none, nothing outlives a power cut" in said


def test_logs_that_cannot_be_opened_are_told_and_the_state_is_kept(chip, capsys):
    with open("logs", "w", encoding="utf-8") as file:
        file.write("a file where the folder should be")
    description = described("pico_fram")
    description["drivers"]["logs"]["directory"] = "logs/deeper"
    chip.pulse(22, 500)
    assert start(description).data.active_import_register.wh(0) == 1
    said = capsys.readouterr().out.splitlines()
    assert "logs: none, no log is kept" in said
    assert any(chip.fram.octets)


def test_no_memory_refuses_by_the_files_contract(chip):
    memory = entry().NoMemory()
    assert (memory.MEDIUM, memory.read("a"), memory.read_into("a", 0, bytearray(1))) == (
        "files",
        b"",
        0,
    )
    with pytest.raises(OSError, match="no memory"):
        memory.write("a", b"x")
    with pytest.raises(OSError, match="no memory"):
        memory.write_at("a", 0, b"x")


def test_files_are_written_inside_the_kernels_stall(chip):
    scheduler = Scheduler(types.SimpleNamespace(stopwatch_us=lambda: 0, ticks_ms=lambda: 0))
    sections = described("pico")["drivers"]
    parts = entry()._parts({"memory": sections["memory"]}, scheduler, [])
    assert parts["stall"] is scheduler.stall
    assert parts["logs"] is parts["memory"]
    parked = []
    scheduler.stall.register(types.SimpleNamespace(park=lambda: parked.append(1), resume=int))
    parts["memory"].write("a", b"x")
    assert parked == [1]


class ParkingRadio(EtherRadio):
    """A radio that counts how often it was parked."""

    parked = 0

    def park(self):
        ParkingRadio.parked += 1
        super().park()


def test_a_radio_is_parked_whenever_the_state_is_written(chip, monkeypatch):
    board_main = entry()
    here = types.SimpleNamespace(ParkingRadio=ParkingRadio)
    monkeypatch.setitem(sys.modules, "parking_radio", here)
    board_main.DRIVERS["spinel"] = ("parking_radio", "ParkingRadio", lambda made, *_: made())
    network = {key: NETWORK[key] for key in NETWORK if key != "displays"}
    text = json.dumps(meter(network={**network, "routes": {}}))
    Path("protometer.json").write_text(text, encoding="utf-8")
    role = board_main.run()
    assert role.han is not None
    assert ParkingRadio.parked > 0


def test_a_network_without_a_radio_driver_is_no_han(chip, capsys):
    description = with_network(find_board("pico"))
    description["drivers"]["radio"]["kind"] = "zigbee"
    assert start(description).han is None
    lines = capsys.readouterr().out.splitlines()
    assert "radio: zigbee has no driver in this release" in lines
    assert "han: none, no radio" in lines


def with_network(board):
    network = {key: NETWORK[key] for key in NETWORK if key != "displays"}
    return {**describe(board, "ESME"), "network": {**network, "routes": {}}}


def test_a_radio_co_processor_is_set_up_on_its_uart(chip, monkeypatch):
    """The whole way: board file, main.py, driver, a simulated RCP that ends up tuned."""
    desk = SpinelDesk(radios=0)
    line = Line(desk, "rcp", 1_000)
    made = []

    class UART:
        RTS, CTS = 1, 2

        def __init__(self, number, baud, **how):
            made.append((number, baud, how))
            self.any, self.readinto, self.write = line.any, line.readinto, line.write

    monkeypatch.setattr(sys.modules["machine"], "UART", UART, raising=False)
    description = with_network(find_board("pico"))
    role = start(description)
    ((number, baud, how),) = made
    assert (number, baud, how["txbuf"], how["rxbuf"]) == (0, 460_800, 512, 512)
    assert (how["tx"], how["rx"], "flow" in how) == (chip.pins[0], chip.pins[1], False)
    assert role.han.stack.mac._radio.finding is None
    assert role.han.stack.mac.sent + role.han.stack.mac.lost > 0
    description["drivers"]["radio"].update(rts=3, cts=2)
    chip.now_ms, chip.stop_ms = 0, 100
    start(description)
    assert made[1][2]["flow"] == UART.RTS | UART.CTS
    assert (made[1][2]["rts"], made[1][2]["cts"]) == (chip.pins[3], chip.pins[2])


def test_an_mrf24j40_is_reset_and_set_up_on_its_spi(chip, monkeypatch):
    radio_chip = Mrf24j40Chip()
    machine, made, levels = sys.modules["machine"], [], []

    class Pin(machine.Pin):
        def __init__(self, number, *how):
            super().__init__(number, *how)
            self.number = number

        def value(self, level=None):
            if level is not None and self.number == 17:
                radio_chip.select(level)
            if level is not None and self.number == 15:
                levels.append((level, chip.now_ms))
            return super().value(level)

    class SPI:
        def __init__(self, number, **how):
            made.append((number, how))
            self.write, self.readinto = radio_chip.write, radio_chip.readinto

    monkeypatch.setattr(machine, "Pin", Pin)
    monkeypatch.setattr(machine, "SPI", SPI, raising=False)
    monkeypatch.setattr(time, "sleep_us", lambda us: None, raising=False)
    role = start(with_network(find_board("pico2")))
    ((number, how),) = made
    assert (number, how["baudrate"], how["polarity"], how["phase"]) == (0, 8_000_000, 0, 0)
    assert [how[name].number for name in ("sck", "mosi", "miso")] == [18, 19, 16]
    assert levels == [(0, 0), (1, 2)]
    assert role.han.stack.mac._radio.finding is None
    assert radio_chip.works()
    assert role.han.stack.mac.sent > 0
    # Its interrupt wakes the driver.
    task = role.han.stack.mac._radio._task
    task.woken = False
    chip.pins[14].drive(1)
    chip.pins[14].drive(0)
    assert task.woken


@pytest.mark.parametrize("locked", [True, False])
def test_a_locked_build_refuses_the_interop_policy_meters_on_and_logs_it(chip, capsys, locked):
    board_main = entry()
    board_main.DRIVERS["spinel"] = (
        "host_tools.node.ether_radio",
        "EtherRadio",
        lambda made, *_: made(),
    )
    description = meter(network={"extended_address": "00db1234567890a0", "policy": "interop"})
    if locked:
        description["locked"] = True
    Path("protometer.json").write_text(json.dumps(description), encoding="utf-8")
    chip.pulse(22, 500)
    role = board_main.run()
    said = capsys.readouterr().out
    refusal = "han: none, network: policy interop is refused: locked\n"
    assert (refusal in said) == locked
    assert ("event 0x8f53" in said) == locked
    assert (role.han is None) == locked
    assert role.data.active_import_register.wh(0) == 1


def test_without_a_network_no_radio_is_touched(chip, monkeypatch):
    def touched(*_, **__):
        raise AssertionError("a radio was set up")

    monkeypatch.setattr(sys.modules["machine"], "UART", touched, raising=False)
    assert start(meter()).han is None


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


@pytest.mark.parametrize("days", [2, 4, 6])
def test_a_key_that_nobody_has_touched_for_days_works_at_once(chip, capsys, days):
    two_days_ms = 2 * 86_400_000

    def pass_two_days():
        chip.now_ms += two_days_ms

    chip.happens[100] = lambda: chip.pins[10].drive(1)
    begin_ms = 200
    for _ in range(days // 2):
        chip.happens[begin_ms] = pass_two_days
        begin_ms += two_days_ms + 2_000
    chip.stop_ms = begin_ms + 3_000
    chip.happens[begin_ms] = lambda: chip.pins[10].drive(0)
    chip.happens[begin_ms + 400] = lambda: chip.pins[10].drive(1)
    start(meter())
    told = [x for x in capsys.readouterr().out.splitlines() if x.startswith("refused: ")]
    assert len(told) == 1


# Edges of the stepping and of the confirming key, and what the display's keypad gets of them.
FACE_PUSHES = (
    ({11: ((900, 0), (1_300, 1))}, ["A"]),
    ({10: ((900, 0), (1_699, 1))}, ["B"]),
    ({10: ((900, 0), (1_700, 1))}, ["hold B"]),
    # Contacts that bounce at both ends of a long push.
    (
        {11: ((900, 0), (905, 1), (910, 0), (2_000, 1), (2_004, 0), (2_009, 1))},
        ["hold A"],
    ),
    ({11: ((900, 0), (1_000, 1)), 10: ((1_200, 0), (2_200, 1))}, ["A", "hold B"]),
    # Held from before the start, and let go.
    ({10: ((900, 1),)}, []),
)


@pytest.mark.parametrize(("pins", "keys"), FACE_PUSHES)
def test_a_meter_with_a_display_of_its_own_tells_long_pushes_from_short(
    chip, monkeypatch, pins, keys
):
    names = {KEY_A: "A", KEY_B: "B", HOLD_A: "hold A", HOLD_B: "hold B"}
    taken = []
    press = MeterFace.press
    monkeypatch.setattr(
        MeterFace,
        "press",
        lambda face, key, now_s: (taken.append(names[key]), press(face, key, now_s)),
    )
    for pin, edges in pins.items():
        for at_ms, level in ((100, 1), *edges) if keys else edges:
            chip.happens[at_ms] = lambda pin=pin, level=level: chip.pins[pin].drive(level)
        if len(pins) > 1:
            chip.happens[100] = lambda: [chip.pins[number].drive(1) for number in pins]
    board = find_board("pico").model_copy(update={"meter_display": True})
    role = start(describe(board, "ESME"))
    assert taken == keys
    assert role.face is not None


def test_a_prepayment_interface_has_its_radio_its_panel_and_both_keys(chip, capsys, monkeypatch):
    board_main = entry()
    radio = ("host_tools.node.ether_radio", "EtherRadio", lambda made, *_: made())
    monkeypatch.setitem(board_main.DRIVERS, "spinel", radio)
    chip.answering = {0x3C}
    for pin in (10, 11):
        chip.happens[100 + pin] = lambda pin=pin: chip.pins[pin].drive(1)
    # The stepping key twice, then the confirming one, on the page of credit of a meter in
    # prepayment that is heard: a code is wanted.
    for at_ms, pin in ((700, 11), (1_000, 11), (1_400, 10)):
        chip.happens[at_ms] = lambda pin=pin: chip.pins[pin].drive(0)
        chip.happens[at_ms + 100] = lambda pin=pin: chip.pins[pin].drive(1)
    network = {key: NETWORK[key] for key in NETWORK if key != "displays"}
    description = describe(find_board("pico"), "PPMID")
    description["network"] = {**network, "short_address": "0003", "routes": {}}
    description["settings"]["meter"] = "0001"
    Path("protometer.json").write_text(json.dumps(description), encoding="utf-8")
    assemble = board_main._assemble

    def assembled(*how):
        role, findings = assemble(*how)
        role.data.payment_mode = 1
        role.watch.on_heard(role.watch._clock.utc_s())
        return role, findings

    monkeypatch.setattr(board_main, "_assemble", assembled)
    role = board_main.run()
    said = capsys.readouterr().out.splitlines()
    assert "ssd1306: answered at 0x3c" in said
    assert any(line.startswith("PPMID running") for line in said)
    assert (role.face.keypad.page, role.face.keypad.state) == (CREDIT, TYPING)
    assert role.watch.requests > 0


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
