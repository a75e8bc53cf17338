"""A gas meter on the desk; see meter_stand.py."""

from protometer.model import command as commands
from protometer.roles.gsme import Gsme
from protometer.roles.utrn_authenticator import utrn_authenticator
from tests.roles.meter_stand import NEW_YEAR_S, SECRET, SUPPLIER_ID, UNIT_MP, MeterStand

GAS_METER_ID = bytes.fromhex("00db1234567890a1")
AUTHENTIC = utrn_authenticator(SECRET, SUPPLIER_ID, GAS_METER_ID)
# Shipped periods of the test of uncontrolled flow: 2.0 s and 60 s.
TEST_S = 62
# With these a litre is 10 Wh: 1.00000 x 36.0 MJ/m3 / 3.6.
ROUND_FACTORS = {"Conversion Factor": 100_000, "Calorific Value": 360}


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


class Stand(MeterStand):
    """A Gsme; step() takes ml."""

    def __init__(self, now_s=NEW_YEAR_S + 3600, loss_bound_mwh=10_000, front_end=FrontEnd):
        self._make_front_end = front_end
        super().__init__("G", GAS_METER_ID, now_s, loss_bound_mwh)

    def _make(self):
        front_end = self._make_front_end()
        gsme = Gsme(
            front_end,
            self.switch,
            self.memory,
            self.memory,
            self.clock,
            self.loss_bound_mwh,
            authentic=AUTHENTIC,
        )
        return front_end, gsme

    def run(self, seconds, volume_ml=0):
        """Step each of these seconds, with so much volume in each."""
        for _ in range(seconds):
            self.step(1, volume_ml)

    def enable(self):
        """Open the valve as a person does, and pass the test."""
        self.execute("Enable Supply", commands.USER_INTERFACE)
        self.run(TEST_S)

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
