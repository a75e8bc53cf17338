"""The commands `boards`, `bundle` and `flash`, for the `protometer` command line."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from .board import Board, BoardError, board_names, find_board, pads
from .bundle import BundleError, rows
from .bundle import bundle as make_bundle
from .chip import load_chip
from .device import ROLE_PARTS, NetworkFile, NetworkFileError, load_network
from .flash import flash as flash_board
from .remote import RemoteError

_FAULTS = (BoardError, BundleError, NetworkFileError, RemoteError)
_ROW = "{:28} {:>7} {:>12} {:>11}"

_role = click.option(
    "--role", type=click.Choice(tuple(ROLE_PARTS)), required=True, help="What the board becomes."
)
_network = click.option(
    "--network",
    type=click.Path(path_type=Path),
    help="JSON file of the home area network it belongs to; without one it has none.",
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
            click.echo(f"{name:18} {found.name:24} {found.chip:9} {found.flash_kb:6} KB flash")
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
@_one_line_faults
def bundle(role: str, board: str, network: Path | None, out: Path) -> None:
    """Compile what a role needs into a folder, and show what it weighs.

    \b
    Example: protometer bundle --role ESME --board pico
    """
    made = make_bundle(role, out, find_board(board), _network_of(network))
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
@_one_line_faults
def flash(board: str, role: str, port: str, network: Path | None, listen: float) -> None:
    """Bring a board with MicroPython on it up to date, set its clock and start it.

    Only files that changed are copied; files that are not Protometer's stay.

    \b
    Example: protometer flash --board pico --role ESME --port /dev/ttyACM0
    """
    flash_board(find_board(board), role, port, _network_of(network), listen, click.echo)


COMMANDS = [boards, bundle, flash]


def _network_of(path: Path | None) -> NetworkFile | None:
    return load_network(path) if path else None


def _show_pins(board: Board) -> None:
    chip = load_chip(board.chip)
    click.echo(f"{board.name}, {board.chip}, {board.flash_kb} KB flash")
    click.echo(f"heap free at the prompt: {board.heap_free_bytes}")
    for key, _, section, pad, pin in pads(board):
        bus = pad.function.partition("{")[0].lower()
        function = pad.function.format(**{bus: getattr(section, bus)}) if bus else ""
        click.echo(f"  {key:16} {chip.pin_name(pin):8} {function}".rstrip())
