"""Board files: board_configs/*.toml, checked against the tables of their chip.

Every fault is one line: file, key and what is wrong.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from .chip import Chip, by_pin, chip_names, load_chip, pins_in
from .sections import (
    FileLogs,
    Keys,
    Led,
    Memory,
    Meter,
    OledDisplay,
    Pad,
    Positive,
    Radio,
    RelaySwitch,
    Section,
)

BOARDS = Path(__file__).parents[2] / "board_configs"
# No chip has a hundred pins, and a range must not be able to fill the memory.
_PIN_LIST = r"^\d{1,2}(-\d{1,2})?(, *\d{1,2}(-\d{1,2})?)*$"
_SHOWN_PINS = 3


class BoardError(ValueError):
    """A board file is wrong; the message is one line with file, key and fault."""


class Board(Section):
    """A board file. header: pins a person can wire; on_board: what holds pins already.

    file_system_blocks: how many erase blocks stock MicroPython gives to its file system.
    """

    name: str
    chip: str
    header: Annotated[str, Field(pattern=_PIN_LIST)]
    flash_kb: Positive
    file_system_blocks: Positive
    heap_free_bytes: Positive | Literal["not measured"]
    on_board: dict[Annotated[str, Field(pattern=_PIN_LIST)], str] = {}
    meter: Meter
    switch: RelaySwitch
    display: OledDisplay
    # Whether a meter on this board has the display, and both keys, for its own.
    meter_display: bool = False
    radio: Radio
    memory: Memory
    logs: FileLogs | None = None
    # Whether its devices refuse the policy interop, which trusts what everybody knows.
    locked: bool = False
    keys: Keys = Keys()
    led: Led | None = None


def board_names() -> list[str]:
    """Return the names of the boards in board_configs."""
    return sorted(path.stem for path in BOARDS.glob("*.toml"))


def find_board(name: str) -> Board:
    """Load a board by its name in board_configs, or by a path; BoardError if there is none."""
    path = Path(name)
    if path.suffix != ".toml":
        path = BOARDS / f"{name}.toml"
    if not path.is_file():
        raise BoardError(f"{name}: no such board; there are {', '.join(board_names())}")
    return load_board(path)


def load_board(path: Path) -> Board:
    """Return a checked board file; BoardError names the first fault."""
    try:
        board = Board.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        if board.chip not in chip_names():
            raise BoardError(f"chip: unknown chip '{board.chip}': {', '.join(chip_names())}")
        chip = load_chip(board.chip)
        _check_pins(board, chip)
        _check_parts(board, chip)
    except tomllib.TOMLDecodeError as fault:
        raise BoardError(f"{path.name}: TOML syntax: {fault}") from None
    except UnicodeDecodeError:
        raise BoardError(f"{path.name}: not UTF-8 text") from None
    except ValidationError as fault:
        raise BoardError(f"{path.name}: {_first_fault(fault.errors()[0])}") from None
    except BoardError as fault:
        raise BoardError(f"{path.name}: {fault}") from None
    return board


def pads(board: Board) -> Iterator[tuple[str, str, Section, Pad, int]]:
    """Yield every wired pin: its key, section name, section, what it is for, its number."""
    for section_name in Board.model_fields:
        section = getattr(board, section_name)
        if not isinstance(section, Section):
            continue
        for key, field in type(section).model_fields.items():
            pin = getattr(section, key)
            for pad in field.metadata:
                if isinstance(pad, Pad) and isinstance(pin, int):
                    yield f"{section_name}.{key}", section_name, section, pad, pin


def _first_fault(error: ErrorDetails) -> str:
    """Return key and fault of one of pydantic's findings in our words."""
    path = [str(part) for part in error["loc"]]
    # Members of a union carry their tag in the path, which no reader of the file knows.
    if len(path) > 2 and path[0] in ("radio", "meter", "memory"):
        del path[1]
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path.append(_tag(error))
    if path[0] in ("heap_free_bytes", "on_board"):
        path = path[:1]
    elif path[0] == "led":
        path = path[:2]
    return f"{'.'.join(path)}: {_fault_text(error)}"


def _tag(error: ErrorDetails) -> str:
    return str(error.get("ctx", {}).get("discriminator", "")).strip("'")


def _fault_text(error: ErrorDetails) -> str:
    value: Any = error.get("input")
    limits = error.get("ctx", {})
    texts = {
        "missing": "is missing",
        "union_tag_not_found": "is missing",
        "extra_forbidden": "unknown key",
        "int_type": f"{value!r} is not a whole number",
        "string_type": f"{value!r} is not text",
        "model_type": f"{value!r} is not a section",
        "union_tag_invalid": f"unknown {_tag(error)} {limits.get('tag')!r}: "
        f"{limits.get('expected_tags')}",
        "literal_error": f"{value!r} is none of {limits.get('expected')}",
        "string_pattern_mismatch": f"{value!r} is malformed",
    }
    message = error["msg"].replace("Input should be", f"{value!r} is not").lower()
    return texts.get(error["type"], message)


def _check_pins(board: Board, chip: Chip) -> None:
    header = pins_in(board.header)
    on_board = by_pin(board.on_board)
    owners: dict[int, str] = {}
    for key, section_name, section, pad, pin in pads(board):
        name = chip.pin_name(pin)
        if pin not in chip.gpios:
            raise BoardError(f"{key}: there is no {name} on the {chip.name}")
        if pin in chip.used:
            raise BoardError(f"{key}: {name} is not free ({chip.used[pin]})")
        if pad.on_header and pin in on_board:
            raise BoardError(f"{key}: {name} is taken on this board ({on_board[pin]})")
        if pad.on_header and pin not in header:
            raise BoardError(f"{key}: {name} is not on the header")
        if pin in owners:
            raise BoardError(f"{key}: {name} is used twice, by {owners[pin]} as well")
        owners[pin] = key
        _check_direction(key, section, pad, pin, chip)
        _check_function(key, section_name, section, pad, pin, chip)


def _check_parts(board: Board, chip: Chip) -> None:
    """Check what the chip must have, and what a section asks of another."""
    if board.meter.counter not in chip.counters:
        known = ", ".join(chip.counters)
        raise BoardError(f"meter.counter: the {chip.name} has no {board.meter.counter} ({known})")
    memory = board.memory
    if memory.kind == "partition" and not chip.partitions:
        raise BoardError(f"memory.kind: the {chip.name} has no partitions")
    if memory.kind == "fram" and memory.i2c == board.display.i2c:
        raise BoardError(f"memory.i2c: I2C{memory.i2c} belongs to the display")
    if memory.kind == "file" and board.logs:
        raise BoardError("logs: the memory's files keep the logs as well")
    if memory.kind != "file" and not board.logs:
        raise BoardError(f"logs: is missing, a {memory.kind} has no room for logs")


def _check_direction(key: str, section: Section, pad: Pad, pin: int, chip: Chip) -> None:
    name = chip.pin_name(pin)
    if pad.output and pin in chip.input_only:
        raise BoardError(f"{key}: {name} is input only")
    pull = getattr(section, pad.pull, pad.pull) if pad.pull else "none"
    if pull != "none" and pin in chip.no_pull:
        raise BoardError(f"{key}: {name} has no pull-{pull} resistor inside")


def _check_function(
    key: str, section_name: str, section: Section, pad: Pad, pin: int, chip: Chip
) -> None:
    if not pad.function:
        return
    bus = pad.function.partition("{")[0].lower()
    number = getattr(section, bus)
    if number not in chip.buses[bus]:
        known = ", ".join(str(known) for known in chip.buses[bus])
        fault = f"there is no {bus.upper()}{number} to use on the {chip.name} ({known})"
        raise BoardError(f"{section_name}.{bus}: {fault}")
    function = pad.function.format(**{bus: number})
    if not chip.functions:
        return
    able = sorted(chip.functions[function])
    if pin not in able:
        shown = ", ".join(chip.pin_name(pin) for pin in able[:_SHOWN_PINS])
        more = ", ..." if len(able) > _SHOWN_PINS else ""
        raise BoardError(f"{key}: {chip.pin_name(pin)} is no {function} ({shown}{more} are)")
