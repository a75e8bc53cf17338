"""A year of the household through the meter's core: half-hours in, all behaviours on, no radio."""

from collections.abc import Iterable
from typing import Any

from host_tools.desk.story import DATA, STORIES
from host_tools.node.house import half_hours
from host_tools.node.ram_memory import RamFiles
from host_tools.node.tariff_file import parse_tariff
from host_tools.node.utc_text import parse_utc
from protometer.kernel.clock import VirtualClock
from protometer.model import command
from protometer.roles.esme import Esme

FROM_S = parse_utc("2012-01-01T00:00:00Z")
TO_S = parse_utc("2013-01-01T00:00:00Z")
HALF_HOUR_S = 1800
BALANCE_MP = 2_000_000_000
DAY_S = 86_400
# A twin element meter measures a quarter of each half-hour on its secondary element.
SECONDARY = 4
Orders = Iterable[tuple[str, dict[str, Any]]]
PREPAYMENT = {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True}


class HalfHours:
    """A front end that hands in a half-hour's energy at its end.

    secondary: the secondary element of a twin element meter takes one Wh in so many, 0 none.
    """

    CHANNELS = ("import_mwh",)
    power_w = 0
    secondary_power_w = 0

    def __init__(self, secondary: int = 0) -> None:
        self.import_mwh = 0
        self.secondary_import_mwh = 0
        self.waiting_wh = 0
        self._secondary = secondary

    def read(self) -> None:
        """Take what waits."""
        secondary_wh = self.waiting_wh // self._secondary if self._secondary else 0
        self.import_mwh = 1000 * (self.waiting_wh - secondary_wh)
        self.secondary_import_mwh = 1000 * secondary_wh
        self.waiting_wh = 0


class IdealSwitch:
    """A load switch that obeys."""

    def __init__(self) -> None:
        self._closed = False

    def set(self, closed: bool) -> None:
        """Move."""
        self._closed = closed

    def closed(self) -> bool:
        """Return the position."""
        return self._closed


def play(role: str = "E", orders: Orders = ()) -> Esme:
    """Return the meter of a role after the year, in Prepayment Mode with plenty of credit.

    orders: Commands that it is given besides, name and arguments. Where the source has no
    half-hours (three days) the meter has no power: it is started anew when they go on.
    """
    front_end = HalfHours(SECONDARY if "T" in role else 0)
    switch, memory = IdealSwitch(), RamFiles()

    def start(now_s: int) -> Esme:
        clock = VirtualClock(now_s, lambda: 0)
        return Esme(front_end, switch, memory, memory, clock, role=role)

    esme = start(FROM_S)
    for name, arguments in (
        ("Set Tariff", {"tariff": parse_tariff((STORIES / "time_of_use.json").read_text())}),
        *orders,
        ("Adjust Meter Balance", {"change_mp": BALANCE_MP}),
        ("Set Payment Mode", PREPAYMENT),
    ):
        esme.execute(name, arguments, command.SUPPLIER, FROM_S)
    last_s = FROM_S
    for start_s, energy_wh in half_hours(str(DATA / "household_2012.csv"), FROM_S, TO_S):
        if start_s != last_s:
            esme.commit()
            esme = start(start_s)
        last_s = start_s + HALF_HOUR_S
        front_end.waiting_wh = energy_wh
        esme.step(last_s)
        while esme.outbox.take():
            pass
    return esme


def play_day() -> Esme:
    """Return the meter after a day in steps of a second, a Wh in each tenth of them."""
    front_end, switch, memory = HalfHours(), IdealSwitch(), RamFiles()
    esme = Esme(front_end, switch, memory, memory, VirtualClock(FROM_S, lambda: 0))
    for second in range(1, DAY_S + 1):
        front_end.waiting_wh = int(second % 10 == 0)
        esme.step(FROM_S + second)
        while esme.outbox.take():
            pass
    return esme
