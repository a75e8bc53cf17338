"""Shows a demonstration as it goes: a live display on a terminal, plain lines elsewhere."""

from datetime import datetime
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from host_tools.desk.picture import to_braille, to_terminal
from host_tools.desk.story import Story
from protometer.model import events

_LINES = 8
_REDRAWS_PER_S = 12
_PICTURE_LINES = 33
_ACRONYMS = ("UI",)


def event_names() -> dict[int, str]:
    """Return the names of the event codes that the firmware raises."""
    return {
        code: _sentence(name.split("_"))
        for name, code in vars(events).items()
        if name.isupper() and not name.startswith("_")
    }


def _sentence(words: list[str]) -> str:
    lower = [word if word in _ACRONYMS else word.lower() for word in words]
    return " ".join([lower[0][0].upper() + lower[0][1:], *lower[1:]])


class Show:
    """Prints lines and pictures; use as a context manager around the run."""

    def __init__(self, story: Story, console: Console) -> None:
        self._console = console
        self._tells = {
            (f"{step.at:%m%d%H%M}", step.key or step.command): step.tells for step in story.steps
        }
        self._names = event_names()
        self._lines: list[str] = []
        self._last_picture = b""
        self._shown: str | None = None
        tall = console.is_terminal and console.height > _PICTURE_LINES + _LINES
        self._to_text = to_terminal if tall else to_braille
        self._live = Live(console=console, refresh_per_second=_REDRAWS_PER_S, transient=True)
        self._is_live = console.is_terminal

    def __enter__(self) -> "Show":
        if self._is_live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_live:
            self._live.stop()

    def picture(self, at: datetime, pixels: bytes) -> None:
        """Take a new picture of the in-home display."""
        self._last_picture = pixels
        if self._is_live:
            self._live.update(self._view(at))
        elif self._shown and f"{at:%d%H%M}" != self._shown:
            self._shown = None
            self._console.print(to_braille(pixels), highlight=False)

    def line(self, at: datetime, text: str) -> None:
        """Take a line from a device."""
        told = self._words(at, text)
        if told is None:
            return
        line = f"{at:%a %d %b %H:%M:%S}  {told}"
        self._console.print(line, highlight=False)
        # Off a terminal the display's next minute is printed too.
        self._shown = f"{at:%d%H%M}"

    def _words(self, at: datetime, text: str) -> str | None:
        kind, _, rest = text.partition(" ")
        if kind == "event":
            number = rest.split()[0]
            code = int(number, 16)
            if code == events.COMMAND_DONE:
                return None
            return f"  event {number}  {self._names.get(code, '')}"
        if kind == "switch":
            return f"  load switch {rest}"
        name = rest.removesuffix(" done")
        return self._tells.get((f"{at:%m%d%H%M}", name))

    def _view(self, at: datetime) -> Panel:
        picture = Text(self._to_text(self._last_picture), no_wrap=True)
        return Panel(
            Group(picture), title=f"In-home display, {at:%a %d %b %H:%M} UTC", expand=False
        )


def print_summary(console: Console, figures: dict[str, Any]) -> None:
    """Print the summary table and the oracle's verdict."""
    table = Table(title=f"{figures['from_utc']} to {figures['to_utc']}", show_header=False)
    for name, value in _rows(figures):
        table.add_row(name, value)
    console.print(table)
    differences = figures["differences_from_oracle"]
    if differences:
        console.print(f"[bold red]The meter differs from the oracle in {len(differences)}:")
        for difference in differences:
            console.print(f"  {difference}", highlight=False)
    else:
        console.print("The meter agrees with the oracle to the watt-hour and the millipence.")


def _rows(figures: dict[str, Any]) -> list[tuple[str, str]]:
    frames = figures["frames"]
    registers = [(f"  {name}", _kwh(wh)) for name, wh in figures["register_wh"].items()]
    return [
        ("Active Import Register", _kwh(figures["energy_wh"])),
        *registers,
        ("unserved, supply not Enabled", _kwh(figures["unserved_wh"])),
        ("cost of energy", _pounds(figures["cost_mp"]["energy"])),
        ("Standing Charges", _pounds(figures["cost_mp"]["standing_charge"])),
        ("Meter Balance", _pounds(figures["meter_balance_mp"])),
        ("load switch operations", str(figures["switch_operations"])),
        ("frames sent", f"{frames['transmissions']} and {frames['acks']} acknowledgements"),
        ("frames lost in the air", str(frames["losses"])),
        ("frames retried", f"{frames['retried']}, given up {frames['given_up']}"),
        (
            "display asked",
            f"{frames['asked_by_display']} times, heard {frames['heard_by_display']}",
        ),
        (
            "worst scheduler slice",
            f"{figures['worst_slice_us']} us on this machine ({figures['worst_slice_task']})",
        ),
        ("worst garbage collection", f"{figures['worst_collection_us']} us"),
        ("simulated in", f"{figures['wall_s']} s, {figures['runtime']}"),
    ]


def _kwh(wh: int) -> str:
    return f"{wh // 1000}.{wh % 1000:03d} kWh"


def _pounds(mp: int) -> str:
    sign = "-" if mp < 0 else ""
    return f"{sign}£{abs(mp) // 100_000}.{abs(mp) % 100_000:05d}"
