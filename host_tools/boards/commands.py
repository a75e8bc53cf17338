"""The commands about boards, for the `protometer` command line: see COMMANDS."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from .board import Board, BoardError, board_names, find_board, pads
from .bundle import OPTIMISATION, WITH_LINES, BundleError, rows
from .bundle import bundle as make_bundle
from .chip import load_chip
from .device import ROLE_PARTS, JoiningFile, NetworkFile, NetworkFileError, load_network
from .flash import flash as flash_board
from .home_files import HomeError, write_home
from .remote import RemoteError

if TYPE_CHECKING:
    from .wear import Wear

_FAULTS = (BoardError, BundleError, NetworkFileError, RemoteError, HomeError)
_ROW = "{:28} {:>7} {:>12} {:>11}"

_LIFE_ROW = "{:24} {:9} {:>13} {:>11} {:>12} {:>12} {:>11} {:>11}"
_LIFE_HEAD = ("board", "state", "loss in a cut", "commits/day", "file erases", "state years")
_LIFE_HEAD += ("files years", "free blocks")
_MOST_YEARS = 1000

_WEAR_ROW = "{:24} {:16} {:>7} {:>11} {:>10} {:>17} {:>9} {:>8} {:>11}"
_WEAR_HEAD = ("board", "region", "places", "hottest", "mean", "rated", "of rated", "to mean")
_WEAR_HEAD += ("free blocks",)

_role = click.option(
    "--role", type=click.Choice(tuple(ROLE_PARTS)), required=True, help="What the board becomes."
)
_network = click.option(
    "--network",
    type=click.Path(path_type=Path),
    help="JSON file of the home area network it belongs to; without one it has none.",
)

_lines = click.option(
    "--lines", is_flag=True, help="Keep line numbers, a tenth more RAM for code, for tracebacks."
)


def _one_line_faults(command: Callable[..., None]) -> Callable[..., None]:
    @wraps(command)
    def guarded(**options: object) -> None:
        try:
            command(**options)
        except _FAULTS as fault:
            raise click.ClickException(str(fault)) from None

    return guarded


@click.command()
@click.argument("board", required=False)
@_one_line_faults
def boards(board: str | None) -> None:
    """Check all board files and list them, or check one and show its pins.

    BOARD is a name from the list, or the path of a board file of your own.

    \b
    Example: protometer boards pico
    """
    if board:
        _show_pins(find_board(board))
        return
    faults = 0
    for name in board_names():
        try:
            found = find_board(name)
            click.echo(f"{name:24} {found.name:30} {found.chip:9} {found.flash_kb:6} KB flash")
        except BoardError as fault:
            faults += 1
            click.echo(str(fault), err=True)
    if faults:
        raise click.exceptions.Exit(1)


@click.command()
@_role
@click.option("--board", default="pico", show_default=True, help="Board name or board file.")
@_network
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build/bundle"),
    show_default=True,
    help="The folder to write to.",
)
@_lines
@_one_line_faults
def bundle(role: str, board: str, network: Path | None, out: Path, lines: bool) -> None:
    """Compile what a role needs into a folder, and show what it weighs.

    \b
    Example: protometer bundle --role ESME --board pico
    """
    made = make_bundle(role, out, find_board(board), _network_of(network), _level(lines))
    click.echo(_ROW.format("package", "modules", "source bytes", "board bytes"))
    for row in rows(made):
        click.echo(_ROW.format(*row))
    click.echo(f"{role} for {made.board}: {len(made.files)} files in {out}")


@click.command()
@click.option("--board", required=True, help="Board name or board file.")
@_role
@click.option("--port", required=True, help="Serial port, such as /dev/ttyACM0 or COM3.")
@_network
@click.option(
    "--listen",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    help="Seconds to print what the board says after its reset.",
)
@_lines
@_one_line_faults
def flash(
    board: str, role: str, port: str, network: Path | None, listen: float, lines: bool
) -> None:
    """Bring a board with MicroPython on it up to date, set its clock and start it.

    Only files that changed are copied; files that are not Protometer's stay.

    \b
    Example: protometer flash --board pico --role ESME --port /dev/ttyACM0
    """
    found, level = find_board(board), _level(lines)
    flash_board(found, role, port, _network_of(network), listen, click.echo, level)


@click.command()
@click.argument("file", type=click.File(encoding="utf-8", errors="replace"), default="-")
def traceback(file: IO[str]) -> None:
    """Say which functions a traceback from a board means: names are short there.

    FILE is what the board printed; without one it is read from the input as it comes.

    \b
    Example: protometer traceback printed.txt
    """
    from .tracebacks import Tracebacks

    tracebacks = Tracebacks()
    for line in file:
        click.echo(tracebacks.explain(line.rstrip("\r\n")))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@_one_line_faults
def home(folder: Path) -> None:
    """Write a network file for each role of a home whose hub forms the network, into FOLDER.

    Their install codes and certificates are new, and belong together: flash all boards of a home
    with files of one run. The certificates are a test authority's.

    \b
    Example: protometer home build/home
             protometer flash --board pico2 --role CH --network build/home/ch.json --port ...
    """
    for path in write_home(folder):
        click.echo(str(path))


@click.command()
@click.argument("board", required=False)
@_one_line_faults
def life(board: str | None) -> None:
    """Work out how many years the memories of all boards last, or of one.

    A meter runs through a household's mean and heaviest day on memories that count, and littlefs
    is measured for what a write costs. BOARD is a name from `protometer boards`, or a board file.

    \b
    Example: protometer life pico
    """
    from .life import PENCE_A_KWH, day_wh, household

    days = household()
    click.echo(
        f"A mean day of {day_wh(days.mean) / 1000:.1f} kWh / the heaviest, "
        f"{day_wh(days.heavy) / 1000:.1f} kWh; energy at {PENCE_A_KWH} p/kWh."
    )
    click.echo(_LIFE_ROW.format(*_LIFE_HEAD))
    for name in [board] if board else board_names():
        click.echo(_LIFE_ROW.format(name, *_life_cells(find_board(name))))
    click.echo("Years until the flash's rated cycles are used up, wear spread evenly over the")
    click.echo("blocks that neither firmware nor full logs hold. files: state and logs in one.")


@click.command()
@click.argument("board", required=False)
@click.option(
    "--days", type=click.IntRange(min=1), help="Mean days to play.  [default: 3653, ten years]"
)
@_one_line_faults
def wear(board: str | None, days: int | None) -> None:
    """Play ten years of a meter's writes on the memories of all boards, or of one.

    Exits with 1 if a block comes above half its rated cycles, or if a ring of raw flash or a FRAM
    is worn unevenly. Ten years take some minutes a board. BOARD is a name from `protometer
    boards`, or a board file.

    \b
    Example: protometer wear pico --days 30
    """
    from .wear import FRAM_SHARE, TEN_YEARS_DAYS, play

    asked = days or TEN_YEARS_DAYS
    names = [board] if board else board_names()
    found = [(name, find_board(name)) for name in names]
    worn = list(play(found, asked, click.echo))
    click.echo(_WEAR_ROW.format(*_WEAR_HEAD))
    for region in worn:
        click.echo(_WEAR_ROW.format(*_wear_cells(region)).rstrip())
    click.echo(f"Erases of each block in {asked} mean days of a prepayment meter; in a FRAM the")
    click.echo(
        f"writes of each slot's hottest octet, a {FRAM_SHARE}th of the days played and scaled."
    )
    for warning in filter(None, (region.warning() for region in worn)):
        click.echo(warning, err=True)
    faults = [fault for region in worn for fault in region.faults()]
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise click.exceptions.Exit(1)


COMMANDS = [boards, bundle, flash, home, life, traceback, wear]


def _life_cells(board: Board) -> list[str]:
    from .life import life_of, loss_pence
    from .wear import blocks_free

    free = blocks_free(board)
    mean, heavy = (life_of(board, free, is_heavy) for is_heavy in (False, True))
    loss = f"{board.memory.loss_bound_wh} Wh {loss_pence(board):.2f} p"
    commits = f"{mean.commits}/{heavy.commits}"
    erases = f"{mean.file_erases:.0f}/{heavy.file_erases:.0f}"
    state = f"{_years(mean.state_years)}/{_years(heavy.state_years)}"
    if mean.state_years is None:
        state = "files"
    files = f"{_years(mean.files_years)}/{_years(heavy.files_years)}"
    return [board.memory.kind, loss, commits, erases, state, files, str(free)]


def _wear_cells(region: "Wear") -> list[str]:
    used = 100 * region.hottest / region.rated
    is_even = region.region not in ("littlefs", "short logs") and region.mean
    return [
        region.board,
        region.region,
        str(len(region.counts)),
        f"{region.hottest:.0f}",
        f"{region.mean:.1f}",
        f"{region.rated:,}",
        f"{used:.2g} %",
        f"{region.hottest / region.mean:.3f}" if is_even else "",
        "" if region.free is None else str(region.free),
    ]


def _years(years: float | None) -> str:
    if years is None or years > _MOST_YEARS:
        return f">{_MOST_YEARS}"
    return f"{years:.0f}"


def _level(lines: bool) -> int:
    return WITH_LINES if lines else OPTIMISATION


def _network_of(path: Path | None) -> NetworkFile | JoiningFile | None:
    return load_network(path) if path else None


def _show_pins(board: Board) -> None:
    chip = load_chip(board.chip)
    click.echo(f"{board.name}, {board.chip}, {board.flash_kb} KB flash")
    click.echo(f"heap free at the prompt: {board.heap_free_bytes}")
    for key, _, section, pad, pin in pads(board):
        bus = pad.function.partition("{")[0].lower()
        function = pad.function.format(**{bus: getattr(section, bus)}) if bus else ""
        click.echo(f"  {key:16} {chip.pin_name(pin):8} {function}".rstrip())
