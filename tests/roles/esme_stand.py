"""A meter on the desk: front end, switch and memory that a test holds in its hands."""

import functools

from host_tools.node.ram_memory import RamFiles
from host_tools.utrn import make_utrn
from protometer.kernel.clock import VirtualClock
from protometer.model import command as commands
from protometer.model.dictionary import items
from protometer.model.register import RegisterBank
from protometer.roles.esme import Esme
from protometer.roles.utrn_authenticator import utrn_authenticator

DAY_S = 86_400
# 2024-01-01T00:00:00Z, a Monday and the first of a month.
NEW_YEAR_S = 8766 * DAY_S
UNIT_MP = 100_000
SECRET, SUPPLIER_ID = bytes(range(32)), bytes.fromhex("90b3d51f30010000")
METER_ID = bytes.fromhex("00db1234567890a0")
AUTHENTIC = utrn_authenticator(SECRET, SUPPLIER_ID, METER_ID)
# What the logs keep beside their entries; they catch up with time second by second.
LOG_ITEMS = (
    "log_counts",
    "half_hour_wh",
    "half_hours_ended_s",
    "day_read",
    "maximum_demand_w",
    "maximum_demand_at_s",
    "load_limit_exceeded",
)


@functools.cache
def items_of(role):
    return list(items(role))


class FrontEnd:
    """Hands in energy as a MeterFrontEnd does: what came since the last read."""

    CHANNELS = ("import_mwh",)

    def __init__(self):
        self._waiting_mwh = 0
        self.import_mwh = 0
        self.power_w = 0
        # Of a twin element meter.
        self._waiting_secondary_mwh = 0
        self.secondary_import_mwh = 0
        self.secondary_power_w = 0

    def give(self, energy_mwh, secondary_mwh=0):
        self._waiting_mwh += energy_mwh
        self._waiting_secondary_mwh += secondary_mwh

    def read(self):
        self.import_mwh, self._waiting_mwh = self._waiting_mwh, 0
        self.secondary_import_mwh, self._waiting_secondary_mwh = self._waiting_secondary_mwh, 0


class Switch:
    """Remembers what it was told; `stuck` holds a position, or None."""

    def __init__(self):
        self.position = False
        self.stuck = None
        self.told = []

    def set(self, closed):
        self.told.append(closed)
        self.position = closed

    def closed(self):
        return self.position if self.stuck is None else self.stuck


class Stand:
    """An Esme with its drivers, and the time it is told."""

    def __init__(self, now_s=NEW_YEAR_S + 3600, loss_bound_mwh=10_000, role="E"):
        self.front_end, self.switch, self.memory = FrontEnd(), Switch(), RamFiles()
        self.auxiliary = [Switch(), Switch()]
        self.now_s = now_s
        self.clock = VirtualClock(now_s, lambda: 0)
        self.loss_bound_mwh = loss_bound_mwh
        self.role = role
        self._utrn_counter = 0
        self.power_on()

    def power_on(self, off_s=0, known=True):
        """Start the firmware, off_s after the last step; known: whether the time still is."""
        self.now_s += off_s
        self.clock.set_utc(self.now_s)
        self.clock.known = known
        self.front_end = FrontEnd()
        self.esme = Esme(
            self.front_end,
            self.switch,
            self.memory,
            self.memory,
            self.clock,
            self.loss_bound_mwh,
            role=self.role,
            authentic=AUTHENTIC,
            auxiliary=self.auxiliary if "L" in self.role else (),
        )
        self.data = self.esme.data

    def step(self, seconds=1, energy_mwh=0):
        """Let seconds pass, then step once with the energy of that time."""
        self.now_s += seconds
        self.clock.set_utc(self.now_s)
        self.front_end.give(energy_mwh)
        self.esme.step(self.now_s)

    def execute(self, name, originator=commands.SUPPLIER, **arguments):
        if "value_mp" in arguments:
            arguments = {"utrn": self.utrn(arguments["value_mp"])}
        self.esme.execute(name, arguments, originator, self.now_s)

    def utrn(self, value_mp):
        """A genuine UTRN, with a counter of its own; in pence, or pounds where it is many."""
        self._utrn_counter += 1
        unit, unit_mp = ("pence", 1_000) if value_mp < 8_192_000 else ("pounds", UNIT_MP)
        assert value_mp % unit_mp == 0
        return make_utrn(
            SECRET, SUPPLIER_ID, METER_ID, self._utrn_counter, value_mp // unit_mp, unit
        )

    def write(self, item, value):
        self.execute("Write Configuration Data", item=item, value=value)

    def events(self):
        """Take and return the codes of all events so far."""
        codes = []
        while len(self.esme.outbox):
            codes.append(self.esme.outbox.take()[0])
        return codes

    def state(self, marks=""):
        """Every item with one of the marks (or any), as plain values; nothing of the logs."""
        state = {}
        for item in items_of(self.role):
            if item.attribute in LOG_ITEMS:
                continue
            if not marks or set(marks) & set(item.marks):
                value = getattr(self.data, item.attribute)
                if isinstance(value, RegisterBank):
                    value = (list(value.kwh), list(value.mwh))
                elif item.is_array:
                    value = list(value)
                state[item.attribute] = value
        return state


def flat_tariff(price_mp=1000, standing_mp=0, **changes):
    """One rate for ever; 1000 mp per kWh is 1 mp per Wh."""
    tariff = {
        "seasons": [[0xFFFF, 1, 1, 0]],
        "weeks": [[0] * 7],
        "days": [[[0, 0]]],
        "special_days": [],
        "prices": [price_mp],
        "price_scale": -5,
        "standing_charge": standing_mp,
        "standing_charge_scale": -5,
    }
    tariff.update(changes)
    return tariff
