"""Chip tables against what MicroPython's rp2 port itself accepts and the vendors' pin lists."""

import pytest

from host_tools.boards.chip import chip_names, load_chip, pins_in

# The checks of MicroPython 1.28, ports/rp2/machine_{i2c,spi,uart}.c, as (pin) -> (bus, signal).
I2C_SIGNALS = ("SDA", "SCL")
SPI_SIGNALS = ("RX", "CS", "SCK", "TX")
UART_SIGNALS = ("TX", "RX", "CTS", "RTS")


def accepted_by_micropython(pin):
    i2c = f"I2C{pin >> 1 & 1} {I2C_SIGNALS[pin & 1]}"
    spi = f"SPI{pin >> 3 & 1} {SPI_SIGNALS[pin & 3]}"
    uart = f"UART{pin + 4 >> 3 & 1} {UART_SIGNALS[pin & 3]}"
    return {i2c, spi, uart}


@pytest.mark.parametrize("name", ["rp2040", "rp2350"])
def test_functions_are_those_that_micropython_accepts(name):
    chip = load_chip(name)
    for pin in range(30):
        stated = {function for function, pins in chip.functions.items() if pin in pins}
        # Chip select is driven by software, so the tables leave it out.
        expected = {function for function in accepted_by_micropython(pin) if "CS" not in function}
        assert stated == expected, pin


# ESP-IDF Programming Guide, GPIO & RTC GPIO: 34 pads, 34-39 without output; 45 pads.
ESPRESSIF = (("esp32", 34, {34, 35, 36, 37, 38, 39}), ("esp32-s3", 45, set()))


@pytest.mark.parametrize(("name", "pads", "input_only"), ESPRESSIF)
def test_espressif_chips_have_the_pads_of_their_manual(name, pads, input_only):
    chip = load_chip(name)
    assert len(chip.gpios) == pads
    assert chip.input_only == input_only
    assert set(chip.used) <= chip.gpios


# Strapping pins: ESP32 and ESP32-S3 Series Datasheets, "Boot Configurations".
STRAPPING = (("esp32", "0, 2, 5, 12, 15"), ("esp32-s3", "0, 3, 45-46"))


@pytest.mark.parametrize(
    ("name", "pins"), [("esp32", "0, 2, 5, 12, 15"), ("esp32-s3", "0, 3, 45-46")]
)
def test_strapping_pins_are_never_free(name, pins):
    used = load_chip(name).used
    assert {pin for pin, why in used.items() if why.startswith("strapping")} == pins_in(pins)


def test_every_function_lies_on_pins_the_chip_has():
    for name in chip_names():
        chip = load_chip(name)
        for pins in chip.functions.values():
            assert pins <= chip.gpios


# Erase blocks of 4 KB, pages of 256 octets and 100,000 cycles: Winbond W25Q16JV data sheet and
# the ESP32-WROOM-32E data sheet. What littlefs programs at once: VfsLfs2's default of 32 octets,
# and a page on rp2 boards.
@pytest.mark.parametrize(
    ("name", "program_octets", "counters", "partitions"),
    [
        ("rp2040", 256, ("pio", "interrupt"), False),
        ("rp2350", 256, ("pio", "interrupt"), False),
        ("esp32", 32, ("pcnt", "interrupt"), True),
        ("esp32-s3", 32, ("pcnt", "interrupt"), True),
    ],
)
def test_flash_and_counters_of_each_chip(name, program_octets, counters, partitions):
    chip = load_chip(name)
    flash = chip.flash
    assert (flash.erase_octets, flash.page_octets, flash.cycles) == (4096, 256, 100_000)
    assert flash.files_program_octets == program_octets
    assert (chip.counters, chip.partitions) == (counters, partitions)
