"""Board files: the shipped ones load, and every fault is one exact line."""

import pytest

from host_tools.boards.board import BOARDS, BoardError, board_names, find_board, load_board, pads

# Role pins of the shipped boards, as their comments tell a person to wire them.
WIRING = {
    "pico": {"meter.pin": 22, "switch.command": 21, "display.sda": 4, "led.pin": 25},
    "pico_w": {"meter.pin": 22, "switch.command": 21, "display.sda": 4},
    "pico2": {"meter.pin": 22, "radio.sck": 18, "radio.cs": 17, "led.pin": 25},
    "pico_fram": {"memory.sda": 6, "memory.scl": 7, "display.sda": 4, "display.scl": 5},
    "esp32_devkitc": {"meter.pin": 27, "switch.command": 26, "radio.tx": 19},
    "esp32_devkitc_partition": {"meter.pin": 27, "switch.command": 26, "radio.tx": 19},
    "esp32_s3_devkitc": {"meter.pin": 4, "switch.command": 5, "radio.rx": 18},
}

# Board, what is replaced in its file, by what, and the whole message.
FAULTS = (
    (
        "pico",
        'kind = "relay"',
        "kind = relay",
        "pico.toml: TOML syntax: Invalid value (at line 38, column 8)",
    ),
    ("pico", "shortest_ms =", "shortest =", "pico.toml: meter.shortest_ms: is missing"),
    ("pico", 'counter = "pio"\n', "", "pico.toml: meter.counter: is missing"),
    (
        "pico",
        'counter = "pio"',
        'counter = "pcn"',
        "pico.toml: meter.counter: unknown counter 'pcn': 'pio', 'pcnt', 'interrupt'",
    ),
    (
        "pico",
        'counter = "pio"\npin = 22\npull = "up"\npulses_per_kwh = 1000\nshortest_ms = 10',
        'counter = "pcnt"\npin = 22\npull = "up"\npulses_per_kwh = 1000',
        "pico.toml: meter.counter: the rp2040 has no pcnt (pio, interrupt)",
    ),
    (
        "esp32_devkitc",
        "pulses_per_kwh = 1000",
        "pulses_per_kwh = 1000\nshortest_ms = 10",
        "esp32_devkitc.toml: meter.shortest_ms: unknown key",
    ),
    (
        "pico",
        "shortest_ms = 10",
        "shortest_ms = 57",
        "pico.toml: meter.shortest_ms: 57 is not less than or equal to 56",
    ),
    (
        "pico",
        "file_system_blocks = 352",
        "file_system_blocks = 0",
        "pico.toml: file_system_blocks: 0 is not greater than 0",
    ),
    (
        "pico",
        "loss_bound_wh = 10",
        "loss_bound_wh = 0",
        "pico.toml: memory.loss_bound_wh: 0 is not greater than 0",
    ),
    (
        "pico",
        'kind = "file"',
        'kind = "eeprom"',
        "pico.toml: memory.kind: unknown kind 'eeprom': 'file', 'fram', 'partition'",
    ),
    (
        "pico",
        'kind = "file"\ndirectory = "state"',
        'kind = "partition"\nlabel = "protometer"',
        "pico.toml: memory.kind: the rp2040 has no partitions",
    ),
    (
        "pico",
        "[keys]",
        '[logs]\nkind = "file"\ndirectory = "logs"\n[keys]',
        "pico.toml: logs: the memory's files keep the logs as well",
    ),
    (
        "pico_fram",
        '[logs]\nkind = "file"\ndirectory = "logs"\n',
        "",
        "pico_fram.toml: logs: is missing, a fram has no room for logs",
    ),
    (
        "pico_fram",
        "address = 0x50",
        "address = 0x58",
        "pico_fram.toml: memory.address: 88 is not less than or equal to 87",
    ),
    (
        "pico_fram",
        "i2c = 1\nsda = 6\nscl = 7",
        "i2c = 0\nsda = 8\nscl = 9",
        "pico_fram.toml: memory.i2c: I2C0 belongs to the display",
    ),
    (
        "pico_fram",
        "sda = 6",
        "sda = 8",
        "pico_fram.toml: memory.sda: GP8 is no I2C1 SDA (GP2, GP6, GP10, ... are)",
    ),
    (
        "esp32_devkitc_partition",
        'label = "protometer"',
        'label = "a label that is far too long"',
        "esp32_devkitc_partition.toml: memory.label: 'a label that is far too long' is malformed",
    ),
    (
        "pico",
        "commit_s = 900",
        "commit_s = 900\nsize = 1",
        "pico.toml: memory.size: unknown key",
    ),
    ("pico", "[keys]", "[buttons]", "pico.toml: buttons: unknown key"),
    ("pico", "pin = 22", 'pin = "22"', "pico.toml: meter.pin: '22' is not a whole number"),
    ("pico", "pin = 22", "pin = 22.0", "pico.toml: meter.pin: 22.0 is not a whole number"),
    (
        "pico",
        "flash_kb = 2048",
        "flash_kb = true",
        "pico.toml: flash_kb: True is not a whole number",
    ),
    (
        "pico",
        "flash_kb = 2048",
        "flash_kb = 0",
        "pico.toml: flash_kb: 0 is not greater than 0",
    ),
    (
        "pico",
        'pull = "up"\npulses',
        'pull = "high"\npulses',
        "pico.toml: meter.pull: 'high' is none of 'up', 'down' or 'none'",
    ),
    (
        "pico",
        'header = "0-22, 26-28"',
        'header = "0 to 22"',
        "pico.toml: header: '0 to 22' is malformed",
    ),
    (
        "pico",
        'header = "0-22, 26-28"',
        'header = "0-99999999999999"',
        "pico.toml: header: '0-99999999999999' is malformed",
    ),
    (
        "pico",
        "scl = 5",
        "scl = 4",
        "pico.toml: display.scl: GP4 is used twice, by display.sda as well",
    ),
    ("pico", "pin = 22", "pin = 30", "pico.toml: meter.pin: there is no GP30 on the rp2040"),
    (
        "pico",
        "pin = 22",
        "pin = 23",
        "pico.toml: meter.pin: GP23 is taken on this board (mode of the power supply)",
    ),
    (
        "pico",
        'header = "0-22, 26-28"',
        'header = "0-21"',
        "pico.toml: meter.pin: GP22 is not on the header",
    ),
    (
        "pico",
        "sda = 4",
        "sda = 6",
        "pico.toml: display.sda: GP6 is no I2C0 SDA (GP0, GP4, GP8, ... are)",
    ),
    (
        "pico",
        "i2c = 0",
        "i2c = 1",
        "pico.toml: display.sda: GP4 is no I2C1 SDA (GP2, GP6, GP10, ... are)",
    ),
    (
        "pico",
        "uart = 0",
        "uart = 2",
        "pico.toml: radio.uart: there is no UART2 to use on the rp2040 (0, 1)",
    ),
    (
        "pico2",
        "miso = 16",
        "miso = 3",
        "pico2.toml: radio.miso: GP3 is no SPI0 RX (GP0, GP4, GP16, ... are)",
    ),
    (
        "pico",
        'chip = "rp2040"',
        'chip = "rp2041"',
        "pico.toml: chip: unknown chip 'rp2041': esp32, esp32-s3, rp2040, rp2350",
    ),
    (
        "pico",
        'kind = "spinel"',
        'kind = "zigbee"',
        "pico.toml: radio.kind: unknown kind 'zigbee': 'spinel', 'mrf24j40'",
    ),
    ("pico", 'kind = "spinel"\n', "", "pico.toml: radio.kind: is missing"),
    (
        "pico",
        'kind = "ssd1306"',
        'kind = "sh1106"',
        "pico.toml: display.kind: 'sh1106' is none of 'ssd1306'",
    ),
    ("pico", "baud = 460_800\n", "", "pico.toml: radio.baud: is missing"),
    (
        "pico",
        'directory = "state"',
        'directory = "/a/b"',
        "pico.toml: memory.directory: '/a/b' is malformed",
    ),
    (
        "pico",
        "address = 0x3C",
        "address = 0x80",
        "pico.toml: display.address: 128 is not less than or equal to 119",
    ),
    (
        "esp32_devkitc",
        "command = 26",
        "command = 34",
        "esp32_devkitc.toml: switch.command: GPIO34 is input only",
    ),
    (
        "esp32_devkitc",
        "pin = 27",
        "pin = 34",
        "esp32_devkitc.toml: meter.pin: GPIO34 has no pull-up resistor inside",
    ),
    (
        "esp32_devkitc",
        "confirm = 32",
        "confirm = 39",
        "esp32_devkitc.toml: keys.confirm: GPIO39 has no pull-up resistor inside",
    ),
    (
        "esp32_devkitc",
        "command = 26",
        "command = 12",
        "esp32_devkitc.toml: switch.command: GPIO12 is not free (strapping pin: flash voltage)",
    ),
    (
        "esp32_devkitc",
        "command = 26",
        "command = 24",
        "esp32_devkitc.toml: switch.command: there is no GPIO24 on the esp32",
    ),
    (
        "esp32_s3_devkitc",
        "command = 5",
        "command = 33",
        "esp32_s3_devkitc.toml: switch.command: GPIO33 is not free "
        "(octal flash or PSRAM on R8 and WROOM-2 modules)",
    ),
)


def test_every_shipped_board_loads_with_the_wiring_its_comments_give():
    assert board_names() == sorted(WIRING)
    for name, expected in WIRING.items():
        wired = {key: pin for key, _, _, _, pin in pads(find_board(name))}
        assert expected.items() <= wired.items(), name


@pytest.mark.parametrize(("board", "old", "new", "message"), FAULTS)
def test_a_fault_is_one_line_with_file_key_and_fault(tmp_path, board, old, new, message):
    text = (BOARDS / f"{board}.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / f"{board}.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BoardError) as fault:
        load_board(path)
    assert str(fault.value) == message


def test_a_file_that_is_not_text_is_a_fault(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"name = \xff")
    with pytest.raises(BoardError, match=r"^mine\.toml: not UTF-8 text$"):
        load_board(path)


def test_a_missing_board_names_those_there_are():
    with pytest.raises(BoardError, match="^uno: no such board; there are esp32_devkitc, "):
        find_board("uno")


def test_an_optional_sense_pin_is_checked_like_any_other(tmp_path):
    text = (BOARDS / "pico.toml").read_text(encoding="utf-8")
    path = tmp_path / "pico.toml"
    path.write_text(text.replace("# sense", "sense"), encoding="utf-8")
    board = load_board(path)
    assert (board.switch.sense, board.switch.sense_pull) == (20, "down")
    path.write_text(text.replace("# sense = 20", "sense = 21"), encoding="utf-8")
    with pytest.raises(BoardError, match="switch.sense: GP21 is used twice, by switch.command"):
        load_board(path)
