"""An electricity meter on the desk; see meter_stand.py."""

from protometer.roles.esme import Esme
from protometer.roles.utrn_authenticator import utrn_authenticator
from tests.roles.meter_stand import NEW_YEAR_S, SECRET, SUPPLIER_ID, MeterStand, Switch

METER_ID = bytes.fromhex("00db1234567890a0")
AUTHENTIC = utrn_authenticator(SECRET, SUPPLIER_ID, METER_ID)


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


class Stand(MeterStand):
    """An Esme; step() takes mWh."""

    def __init__(self, now_s=NEW_YEAR_S + 3600, loss_bound_mwh=10_000, role="E"):
        self.auxiliary = [Switch(), Switch()]
        super().__init__(role, METER_ID, now_s, loss_bound_mwh)

    def _make(self):
        front_end = FrontEnd()
        esme = Esme(
            front_end,
            self.switch,
            self.memory,
            self.memory,
            self.clock,
            self.loss_bound_mwh,
            role=self.role,
            authentic=AUTHENTIC,
            auxiliary=self.auxiliary if "L" in self.role else (),
        )
        return front_end, esme


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
