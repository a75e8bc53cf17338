"""A year of the household through the gas meter's core: its half-hours' Wh taken as litres."""

from collections.abc import Callable
from typing import Any

from host_tools.desk.story import DATA
from host_tools.node.house import half_hours
from host_tools.node.ram_memory import RamFiles
from host_tools.year import BALANCE_MP, FROM_S, HALF_HOUR_S, PREPAYMENT, TO_S, IdealSwitch
from protometer.kernel.clock import VirtualClock
from protometer.model import command
from protometer.roles.gsme import Gsme

_ML_PER_L = 1000
# As long as the test of uncontrolled flow takes, as shipped.
_TEST_S = 62
Commands = list[tuple[str, dict[str, Any]]]


class HalfHours:
    """A gas meter's front end that hands in a half-hour's volume at its end."""

    CHANNELS = ("volume_ml",)

    def __init__(self) -> None:
        self.volume_ml = 0
        self.waiting_l = 0

    def read(self) -> None:
        """Take what waits."""
        self.volume_ml = _ML_PER_L * self.waiting_l
        self.waiting_l = 0


def play(tariff: dict[str, Any], orders: Callable[[int], Commands]) -> Gsme:
    """Return the gas meter after the year, in Prepayment Mode with plenty of credit.

    orders(now_s): the Commands to give it as each half-hour begins. Where the source has no
    half-hours (three days) the meter has no power: it is started anew when they go on.
    """
    front_end, valve, memory = HalfHours(), IdealSwitch(), RamFiles()

    def start(now_s: int) -> Gsme:
        return Gsme(front_end, valve, memory, memory, VirtualClock(now_s, lambda: 0))

    gsme = start(FROM_S - _TEST_S)
    gsme.confirm(FROM_S - _TEST_S)
    for second in range(_TEST_S + 1):
        gsme.step(FROM_S - _TEST_S + second)
    for name, arguments in (
        ("Set Tariff", {"tariff": tariff}),
        ("Adjust Meter Balance", {"change_mp": BALANCE_MP}),
        ("Set Payment Mode", PREPAYMENT),
    ):
        gsme.execute(name, arguments, command.SUPPLIER, FROM_S)
    last_s = FROM_S
    for start_s, litres in half_hours(str(DATA / "household_2012.csv"), FROM_S, TO_S):
        if start_s != last_s:
            gsme.commit()
            gsme = start(start_s)
            # The half-hours without power are written a batch at a time.
            while gsme.data.half_hours_ended_s < start_s:
                gsme.step(start_s)
        for name, arguments in orders(start_s):
            gsme.execute(name, arguments, command.SUPPLIER, start_s)
        last_s = start_s + HALF_HOUR_S
        front_end.waiting_l = litres
        gsme.step(last_s)
        while gsme.outbox.take():
            pass
    return gsme
