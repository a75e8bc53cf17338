"""Chips as tables: which pins there are, what holds some of them, which function goes where."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

_TABLES = Path(__file__).parent / "chips"


@dataclass(frozen=True)
class FlashFacts:
    """The flash chips that stand beside a chip.

    cycles: erases that a block endures; files_program_octets: what MicroPython's littlefs there
    programs at once; erase_ms, program_ms: how long an erase and a page stop interrupts.
    """

    erase_octets: int
    page_octets: int
    cycles: int
    files_program_octets: int
    erase_ms: float
    program_ms: float


@dataclass(frozen=True)
class Chip:
    """One row set of chips/*.toml.

    functions: pins by function such as "I2C0 SDA", or empty where a matrix takes any function
    to any pin; used: why a pin is not free, by pin; counters: what can count pulses; partitions:
    whether its flash has some.
    """

    name: str
    pin_prefix: str
    gpios: frozenset[int]
    input_only: frozenset[int]
    no_pull: frozenset[int]
    buses: dict[str, list[int]]
    used: dict[int, str]
    functions: dict[str, frozenset[int]]
    counters: tuple[str, ...]
    partitions: bool
    flash: FlashFacts

    def pin_name(self, pin: int) -> str:
        """Return a pin as the board's print and the datasheet have it."""
        return f"{self.pin_prefix}{pin}"


def chip_names() -> list[str]:
    """Return the names of the chips there are tables of."""
    return sorted(path.stem for path in _TABLES.glob("*.toml"))


def load_chip(name: str) -> Chip:
    """Return a chip by its name, one of chip_names()."""
    table = tomllib.loads((_TABLES / f"{name}.toml").read_text(encoding="utf-8"))
    return Chip(
        name=name,
        pin_prefix=table["pin_prefix"],
        gpios=pins_in(table["gpios"]),
        input_only=pins_in(table.get("input_only", "")),
        no_pull=pins_in(table.get("no_pull", "")),
        buses={bus: table[bus] for bus in ("i2c", "spi", "uart")},
        used=by_pin(table.get("used", {})),
        functions={key: pins_in(pins) for key, pins in table.get("functions", {}).items()},
        counters=tuple(table["counters"]),
        partitions=table["partitions"],
        flash=FlashFacts(**table["flash"]),
    )


def pins_in(text: str) -> frozenset[int]:
    """Return the pins of a list such as "0-22, 26"; ValueError where it is malformed."""
    pins: set[int] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        first, _, last = part.partition("-")
        pins.update(range(int(first), int(last or first) + 1))
    return frozenset(pins)


def by_pin(reasons: dict[str, str]) -> dict[int, str]:
    """Spread {"6-11": reason} to a reason by pin; ValueError where a key is malformed."""
    return {pin: reason for pins, reason in reasons.items() for pin in pins_in(pins)}
