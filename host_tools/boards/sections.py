"""The sections of a board file as models: each pin says what it is for, once, right here."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


@dataclass(frozen=True)
class Pad:
    """What a pin is used for.

    output: it is driven; function: the hardware function, with the section's bus number filled
    in; pull: the key that says which resistor it needs, or "up" itself; on_header: someone
    wires it.
    """

    output: bool = False
    function: str = ""
    pull: str = ""
    on_header: bool = True


Pull = Literal["up", "down", "none"]
Positive = Annotated[int, Field(gt=0)]


class Section(BaseModel):
    """A section of a board file; unknown keys and converted types are faults."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PulseMeter(Section):
    """A pulse output counted on a pin; by what, says one of the classes below.

    pulses_per_kwh: of an electricity meter; ml_per_pulse: of a gas meter on the same pin.
    """

    kind: Literal["pulse"]
    pin: Annotated[int, Pad(pull="pull")]
    pull: Pull
    pulses_per_kwh: Positive
    ml_per_pulse: Positive = 10_000


class PioMeter(PulseMeter):
    """Counted, and filtered, by a state machine of an RP2040 or RP2350."""

    counter: Literal["pio"]
    # The slowest clock of a state machine sets the bound: drivers/meter/pio_counter.py.
    shortest_ms: Annotated[int, Field(gt=0, le=56)]


class PcntMeter(PulseMeter):
    """Counted by an ESP32's pulse counter unit, whose filter ends at 12.8 us."""

    counter: Literal["pcnt"]


class InterruptMeter(PulseMeter):
    """Counted, and filtered, by interrupts."""

    counter: Literal["interrupt"]
    shortest_ms: Positive


class RelaySwitch(Section):
    """A relay as load switch, with an optional second output and a contact that senses it."""

    kind: Literal["relay"]
    command: Annotated[int, Pad(output=True)]
    permit: Annotated[int | None, Pad(output=True)] = None
    sense: Annotated[int | None, Pad(pull="sense_pull")] = None
    sense_pull: Pull = "none"


class OledDisplay(Section):
    """An SSD1306 panel on I2C."""

    kind: Literal["ssd1306"]
    i2c: int
    sda: Annotated[int, Pad(output=True, function="I2C{i2c} SDA")]
    scl: Annotated[int, Pad(output=True, function="I2C{i2c} SCL")]
    address: Annotated[int, Field(ge=0x08, le=0x77)]
    frequency_hz: Annotated[int, Field(gt=0, le=1_000_000)]
    width: Literal[128]
    height: Literal[32, 64]


class SpinelRadio(Section):
    """An OpenThread radio co-processor on a UART."""

    kind: Literal["spinel"]
    uart: int
    tx: Annotated[int, Pad(output=True, function="UART{uart} TX")]
    rx: Annotated[int, Pad(function="UART{uart} RX")]
    rts: Annotated[int | None, Pad(output=True, function="UART{uart} RTS")] = None
    cts: Annotated[int | None, Pad(function="UART{uart} CTS")] = None
    baud: Positive


class Mrf24j40Radio(Section):
    """A Microchip MRF24J40 on SPI."""

    kind: Literal["mrf24j40"]
    spi: int
    sck: Annotated[int, Pad(output=True, function="SPI{spi} SCK")]
    mosi: Annotated[int, Pad(output=True, function="SPI{spi} TX")]
    miso: Annotated[int, Pad(function="SPI{spi} RX")]
    cs: Annotated[int, Pad(output=True)]
    irq: Annotated[int, Pad()]
    reset: Annotated[int, Pad(output=True)]


class StateMemory(Section):
    """Where the meter's state is kept, and how much may be lost.

    loss_bound_wh: the energy that a power cut may cost; commit_s: how long energy may wait.
    """

    loss_bound_wh: Positive
    commit_s: Positive = 900


Directory = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,32}$")]


class FileMemory(StateMemory):
    """Files of the board's file system, which keep the logs as well."""

    kind: Literal["file"]
    directory: Directory


class FramMemory(StateMemory):
    """An MB85RC512T on I2C."""

    kind: Literal["fram"]
    i2c: int
    sda: Annotated[int, Pad(output=True, function="I2C{i2c} SDA")]
    scl: Annotated[int, Pad(output=True, function="I2C{i2c} SCL")]
    address: Annotated[int, Field(ge=0x50, le=0x57)]
    frequency_hz: Annotated[int, Field(gt=0, le=1_000_000)]


class PartitionMemory(StateMemory):
    """A partition of the flash, by its label, without a file system."""

    kind: Literal["partition"]
    label: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,16}$")]


class FileLogs(Section):
    """Files for the logs, beside a state memory that is no file system."""

    kind: Literal["file"]
    directory: Directory


class Keys(Section):
    """Push buttons to ground."""

    confirm: Annotated[int | None, Pad(pull="up")] = None
    next: Annotated[int | None, Pad(pull="up")] = None


class Led(Section):
    """A status LED: a pin, or the name that MicroPython has for one behind another chip."""

    pin: Annotated[int | Literal["LED"], Pad(output=True, on_header=False)]


Radio = Annotated[SpinelRadio | Mrf24j40Radio, Field(discriminator="kind")]
Meter = Annotated[PioMeter | PcntMeter | InterruptMeter, Field(discriminator="counter")]
Memory = Annotated[FileMemory | FramMemory | PartitionMemory, Field(discriminator="kind")]
