"""A meter on the desk: switch, memory and clock that a test holds in its hands."""

import functools

from host_tools.node.ram_memory import RamFiles
from host_tools.utrn import make_utrn
from protometer.kernel.clock import VirtualClock
from protometer.model import command as commands
from protometer.model.dictionary import items
from protometer.model.register import RegisterBank

DAY_S = 86_400
# 2024-01-01T00:00:00Z, a Monday and the first of a month.
NEW_YEAR_S = 8766 * DAY_S
UNIT_MP = 100_000
SECRET, SUPPLIER_ID = bytes(range(32)), bytes.fromhex("90b3d51f30010000")
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


class MeterStand:
    """A meter with its drivers, and the time it is told; a kind of meter provides _make().

    identifier: the Device Identifier that UTRNs are for.
    """

    def __init__(self, role, identifier, now_s, loss_bound_mwh):
        self.switch, self.memory = Switch(), RamFiles()
        self.now_s = now_s
        self.clock = VirtualClock(now_s, lambda: 0)
        self.loss_bound_mwh = loss_bound_mwh
        self.role = role
        self._identifier = identifier
        self._utrn_counter = 0
        self.power_on()

    def power_on(self, off_s=0, known=True):
        """Start the firmware, off_s after the last step; known: whether the time still is."""
        self.now_s += off_s
        self.clock.set_utc(self.now_s)
        self.clock.known = known
        self.front_end, self.meter = self._make()
        self.data = self.meter.data

    def step(self, seconds=1, amount=0):
        """Let seconds pass, then step once with what was consumed in that time."""
        self.now_s += seconds
        self.clock.set_utc(self.now_s)
        self.front_end.give(amount)
        self.meter.step(self.now_s)

    def execute(self, name, originator=commands.SUPPLIER, **arguments):
        if "value_mp" in arguments:
            arguments = {"utrn": self.utrn(arguments["value_mp"])}
        self.meter.execute(name, arguments, originator, self.now_s)

    def utrn(self, value_mp):
        """A genuine UTRN, with a counter of its own; in pence, or pounds where it is many."""
        self._utrn_counter += 1
        unit, unit_mp = ("pence", 1_000) if value_mp < 8_192_000 else ("pounds", UNIT_MP)
        assert value_mp % unit_mp == 0
        return make_utrn(
            SECRET, SUPPLIER_ID, self._identifier, self._utrn_counter, value_mp // unit_mp, unit
        )

    def write(self, item, value):
        self.execute("Write Configuration Data", item=item, value=value)

    def events(self):
        """Take and return the codes of all events so far."""
        codes = []
        while len(self.meter.outbox):
            codes.append(self.meter.outbox.take()[0])
        return codes

    def log(self, name):
        """Return the entries of a log."""
        return list(self.meter.logbook.named(name).entries(0, 1 << 30))

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
