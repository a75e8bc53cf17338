"""A gas meter on the desk: front end, valve and memory that a test holds in its hands."""

from host_tools.node.ram_memory import RamFiles
from host_tools.utrn import make_utrn
from protometer.kernel.clock import VirtualClock
from protometer.model import command as commands
from protometer.model.dictionary import items
from protometer.model.register import RegisterBank
from protometer.roles.gsme import Gsme
from protometer.roles.utrn_authenticator import utrn_authenticator
from tests.roles.esme_stand import NEW_YEAR_S, SECRET, SUPPLIER_ID, UNIT_MP, Switch

GAS_METER_ID = bytes.fromhex("00db1234567890a1")
AUTHENTIC = utrn_authenticator(SECRET, SUPPLIER_ID, GAS_METER_ID)
# Shipped periods of the test of uncontrolled flow: 2.0 s and 60 s.
TEST_S = 62
# With these a litre is 10 Wh: 1.00000 x 36.0 MJ/m3 / 3.6.
ROUND_FACTORS = {"Conversion Factor": 100_000, "Calorific Value": 360}
LOG_ITEMS = ("log_counts", "half_hour_wh", "half_hours_ended_s", "day_read")


class FrontEnd:
    """Hands in volume as a gas meter's front end does, and states what its sensors find."""

    CHANNELS = ("volume_ml", "battery_d", "supply_failing", "flow_faults")

    def __init__(self):
        self._waiting_ml = 0
        self.volume_ml = 0
        self.battery_d = 3650
        self.supply_failing = 0
        self.flow_faults = 0

    def give(self, volume_ml):
        self._waiting_ml += volume_ml

    def read(self):
        self.volume_ml, self._waiting_ml = self._waiting_ml, 0


class VolumeOnly(FrontEnd):
    """What a pulse gas meter is."""

    CHANNELS = ("volume_ml",)


class Stand:
    """A Gsme with its drivers, and the time it is told."""

    def __init__(self, now_s=NEW_YEAR_S + 3600, loss_bound_mwh=10_000, front_end=FrontEnd):
        self.switch, self.memory = Switch(), RamFiles()
        self.now_s = now_s
        self.clock = VirtualClock(now_s, lambda: 0)
        self.loss_bound_mwh = loss_bound_mwh
        self._make_front_end = front_end
        self._utrn_counter = 0
        self.power_on()

    def power_on(self, off_s=0):
        """Start the firmware, off_s after the last step."""
        self.now_s += off_s
        self.clock.set_utc(self.now_s)
        self.front_end = self._make_front_end()
        self.gsme = Gsme(
            self.front_end,
            self.switch,
            self.memory,
            self.memory,
            self.clock,
            self.loss_bound_mwh,
            authentic=AUTHENTIC,
        )
        self.data = self.gsme.data

    def step(self, seconds=1, volume_ml=0):
        """Let seconds pass, then step once with the volume of that time."""
        self.now_s += seconds
        self.clock.set_utc(self.now_s)
        self.front_end.give(volume_ml)
        self.gsme.step(self.now_s)

    def run(self, seconds, volume_ml=0):
        """Step each of these seconds, with so much volume in each."""
        for _ in range(seconds):
            self.step(1, volume_ml)

    def enable(self):
        """Open the valve as a person does, and pass the test."""
        self.execute("Enable Supply", commands.USER_INTERFACE)
        self.run(TEST_S)

    def execute(self, name, originator=commands.SUPPLIER, **arguments):
        if "value_mp" in arguments:
            arguments = {"utrn": self.utrn(arguments["value_mp"])}
        self.gsme.execute(name, arguments, originator, self.now_s)

    def utrn(self, value_mp):
        """A genuine UTRN of whole pence, with a counter of its own."""
        self._utrn_counter += 1
        return make_utrn(
            SECRET, SUPPLIER_ID, GAS_METER_ID, self._utrn_counter, value_mp // 1_000, "pence"
        )

    def write(self, item, value):
        self.execute("Write Configuration Data", item=item, value=value)

    def round_factors(self):
        """Make a litre 10 Wh."""
        for item, value in ROUND_FACTORS.items():
            self.write(item, value)

    def prepay(self, balance_mp=10 * UNIT_MP, debts_when_disabled=False, debts_in_emergency=True):
        """Put the meter in Prepayment Mode with a balance."""
        self.execute("Adjust Meter Balance", change_mp=balance_mp)
        self.execute(
            "Set Payment Mode",
            mode=1,
            suspend_debt_disabled=debts_when_disabled,
            suspend_debt_emergency=debts_in_emergency,
        )

    def events(self):
        """Take and return the codes of all events so far."""
        codes = []
        while len(self.gsme.outbox):
            codes.append(self.gsme.outbox.take()[0])
        return codes

    def log(self, name):
        """Return the entries of a log."""
        return list(self.gsme.logbook.named(name).entries(0, 1 << 30))

    def state(self, marks=""):
        """Every item with one of the marks (or any), as plain values; nothing of the logs."""
        state = {}
        for item in items("G"):
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


def gas_tariff(price_mp=1000, standing_mp=0, **changes):
    """One rate for ever; 1000 mp per kWh is 1 mp per Wh."""
    tariff = {
        "seasons": [[0xFFFF, 1, 1, 0]],
        "weeks": [[0] * 7],
        "days": [[[0, 0]]],
        "special_days": [],
        "prices": [price_mp],
        "standing_charge": standing_mp,
    }
    tariff.update(changes)
    return tariff
