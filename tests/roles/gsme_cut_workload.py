"""Cuts a gas meter's power at every write of Commands that touch several items; prints the tally.

Runs on every runtime; gsme_cut_workload.golden is what it prints. Each write is left out, torn in
the middle, or completed before the cut.
"""

from host_tools.node.ram_memory import RamFiles
from protometer.kernel.clock import VirtualClock
from protometer.model.command import SUPPLIER, USER_INTERFACE
from protometer.model.register import RegisterBank
from protometer.roles.gsme import Gsme

START_S = 380_332_800
TARIFF = {
    "seasons": [[0xFFFF, 1, 1, 0]],
    "weeks": [[0] * 7],
    "days": [[[0, 0]]],
    "special_days": [],
    "prices": [10_000],
    "standing_charge": 50_000,
}
BLOCKS = {
    "prices": [11_000, 12_000, 13_000, 14_000],
    "standing_charge": 30_000,
    "block_prices": [1, 2, 3, 4],
    "block_thresholds": [5, 6, 7],
    "currency": 978,
}
PREPAYMENT = {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True}
# Name, arguments, by whom.
COMMANDS = (
    ("Set Tariff", {"tariff": dict(TARIFF, **BLOCKS)}, SUPPLIER),
    (
        "Set Payment Mode",
        {"mode": 0, "suspend_debt_disabled": True, "suspend_debt_emergency": False},
        SUPPLIER,
    ),
    ("Add Credit", {"utrn": "73944736568072442162"}, USER_INTERFACE),
    ("Adjust Debt", {"time_debt_1_mp": 1, "time_debt_2_mp": 2, "payment_debt_mp": 3}, SUPPLIER),
    ("Reset Meter Balance", {}, SUPPLIER),
)
ITEMS = (
    "accumulated_debt_mp",
    "block_thresholds_in_use",
    "currency_units",
    "emergency_credit_activated",
    "emergency_credit_used_mp",
    "meter_balance_mp",
    "payment_debt_mp",
    "payment_mode",
    "standing_charge_mp",
    "supply_state",
    "suspend_debt_disabled",
    "suspend_debt_emergency",
    "tariff_block_prices_mp",
    "tariff_block_thresholds_wh",
    "tariff_switching_table",
    "tariff_tou_prices_mp",
    "tariff_tou_registers",
    "time_debt_1_mp",
    "time_debt_2_mp",
    "utrn_counter_cache",
)


class PowerCut(Exception):
    """The power is gone."""


class CutFiles(RamFiles):
    """Files that take so many writes; of the next, half_parts halves."""

    def __init__(self, files, writes_left, half_parts):
        super().__init__()
        self.files = dict(files)
        self._left = writes_left
        self._half_parts = half_parts

    def write(self, name, octets):
        """Replace a file, or what there is time for."""
        if self._left <= 0:
            self._tear(len(octets), lambda part: RamFiles.write(self, name, octets[:part]))
        self._left -= 1
        super().write(name, octets)

    def write_at(self, name, position, octets):
        """Write over a file, or over what there is time for."""
        if self._left <= 0:
            self._tear(
                len(octets), lambda part: RamFiles.write_at(self, name, position, octets[:part])
            )
        self._left -= 1
        super().write_at(name, position, octets)

    def _tear(self, size, write):
        if self._left == 0 and self._half_parts:
            write(size * self._half_parts // 2)
        self._left = -1
        raise PowerCut


class FrontEnd:
    """A gas meter's front end through which nothing flows."""

    CHANNELS = ("volume_ml",)
    volume_ml = 0

    def read(self):
        """Find nothing."""


class Valve:
    """A valve that obeys."""

    def __init__(self):
        self._closed = False

    def set(self, closed):
        """Move."""
        self._closed = closed

    def closed(self):
        """Return the position."""
        return self._closed


def meter(memory, now_s):
    """Return a Gsme on a memory; every code is authentic."""
    clock = VirtualClock(now_s, lambda: 0)
    return Gsme(FrontEnd(), Valve(), memory, memory, clock, authentic=lambda *token: True)


def picture(data):
    """Return the items that these Commands touch."""
    values = []
    for name in ITEMS:
        value = getattr(data, name)
        if isinstance(value, RegisterBank):
            value = (list(value.kwh), list(value.mwh))
        values.append(value if isinstance(value, (int, str, bytes, tuple)) else list(value))
    return values


def in_use():
    """Return the files of a meter that owes something on every account."""
    memory = RamFiles()
    gsme = meter(memory, START_S)
    gsme.execute("Set Tariff", {"tariff": TARIFF}, SUPPLIER, START_S)
    gsme.execute("Adjust Meter Balance", {"change_mp": 9_000}, SUPPLIER, START_S)
    gsme.execute("Set Payment Mode", PREPAYMENT, SUPPLIER, START_S)
    settings = {"Debt Recovery per Payment": 1_000, "Debt Recovery Rate Cap": 1_000_000}
    gsme.execute(
        "Adjust Debt", {"payment_debt_mp": 70_000, "configuration": settings}, SUPPLIER, START_S
    )
    data = gsme.data
    data.emergency_credit_limit_mp = data.emergency_credit_in_force_mp = 50_000
    data.emergency_credit_activated = 1
    data.emergency_credit_used_mp = 20_000
    data.accumulated_debt_mp = 30_000
    gsme.commit()
    return memory.files


def tally(files, name, arguments, by):
    """Return [kept the old, has the new, has anything else] of all cuts of a Command."""
    before = picture(meter(CutFiles(files, 99, 0), START_S + 1).data)
    done = meter(CutFiles(files, 99, 0), START_S + 1)
    done.execute(name, arguments, by, START_S + 1)
    after = picture(done.data)
    outcomes = [0, 0, 0]
    for half_parts in (0, 1, 2):
        writes = 0
        while True:
            memory = CutFiles(files, 99, half_parts)
            gsme = meter(memory, START_S + 1)
            memory._left = writes
            try:
                gsme.execute(name, arguments, by, START_S + 1)
                break
            except PowerCut:
                pass
            found = picture(meter(CutFiles(memory.files, 99, 0), START_S + 2).data)
            outcomes[0 if found == before else 1 if found == after else 2] += 1
            writes += 1
    return outcomes


_FILES = in_use()
for _name, _arguments, _by in COMMANDS:
    print(_name, tally(_FILES, _name, _arguments, _by))
