"""The gas meter (GSME, SMETS2 4): meter.py's core, a volume, a valve and a battery.

Contract of a gas meter's front end: read() moves what came since the last read into `volume_ml`.
CHANNELS names that and what else it states:

    battery_d        Remaining Battery Capacity as its gauge has it, in days
    supply_failing   1 as soon as the power supply is about to be lost, 0 else
    flow_faults      what its sensors find, in bits of metering/flow_faults.py

The test of uncontrolled flow knows volumes alone: it sees no less than one step of the front end
in the Measurement Period. With pulses of 10 litres and 60 s that is 600 litres an hour.
"""

from ..metering.flow_faults import FlowFaults
from ..metering.gas_volume import GasVolume
from ..model.enumerations import ARMED
from ..prepayment.debts import Debts
from ..prepayment.gas_account import GasAccount
from ..prepayment.gas_non_disablement import GasNonDisablement
from ..prepayment.utrn import UtrnEntry
from ..records.network_data import NetworkData
from ..records.profile import ACTIVE_IMPORT, Profile
from ..records.readings import Readings
from ..supply.battery import Battery
from ..supply.valve import GasSupply
from ..tariff.gas_tariff import GasTariff
from .han_contact import HanContact
from .meter import Meter
from .top_ups import TopUps

# The Debt Recovery Rate Cap counts millipence (GSME-CFG-10).
_CAP_UNIT_MP = 1


class Gsme(Meter):
    """A gas meter on the drivers that it is given; see Meter.

    front_end: as above; switch: a Switch that is closed while the valve lets gas through;
    authentic: tells a genuine UTRN, as UtrnEntry takes it.
    """

    def __init__(
        self,
        front_end,
        switch,
        memory,
        logs,
        clock,
        loss_bound_mwh=10_000,
        commit_s=900,
        authentic=None,
    ):
        super().__init__("G", switch, memory, logs, clock, loss_bound_mwh, commit_s)
        self._front_end = front_end
        self._authentic = authentic
        self.contact = HanContact(self.data)
        self.battery = Battery(self.data, self.events)
        self._faults = FlowFaults(self.events)
        self._failing = 0
        watches = (
            ("battery_d", self._watch_battery),
            ("supply_failing", self._watch_supply),
            ("flow_faults", self._watch_flow),
        )
        self._watches = [watch for name, watch in watches if name in front_end.CHANNELS]
        self._make_parts()
        self._start(clock.utc_s())

    def battery_is_low(self):
        """Tell whether the battery is to be changed."""
        return self.battery.is_low()

    def _make_parts(self):
        data, outbox = self.data, self.events
        self._volume = GasVolume(data)
        self.tariff = GasTariff(data)
        self.non_disablement = GasNonDisablement(data)
        self.debts = Debts(data, outbox, _CAP_UNIT_MP)
        self.account = GasAccount(data, outbox, self.debts)
        self.supply = GasSupply(data, outbox, self.account.allows_supply)
        self.readings = Readings(data, self.logbook, False)
        self.network_data = NetworkData(data, self.logbook)
        utrn = UtrnEntry(data, outbox, self._authentic)
        self.top_ups = TopUps(data, outbox, utrn, self.account, self.readings)
        self._profile = Profile(data, self.logbook, [ACTIVE_IMPORT])

    def _begin(self, data):
        # No gas flows before a person has opened the valve, and its test was passed.
        data.supply_state = ARMED

    def _measure(self, now_s):
        """Read the front end and account for what came; return its energy."""
        front_end, volume = self._front_end, self._volume
        front_end.read()
        volume_ml = front_end.volume_ml
        energy_mwh = 0
        if volume_ml:
            self._profile.add(ACTIVE_IMPORT, volume.record(volume_ml))
            energy_mwh = volume.energy_mwh
            cost_mp = self.tariff.consume(volume_ml, energy_mwh)
            self._consumed(energy_mwh, volume.energy_wh, cost_mp, now_s)
        if self.supply.step(volume_ml, now_s):
            self._commit_due = True
        for watch in self._watches:
            watch(now_s)
        self.contact.step(now_s)
        return energy_mwh

    def _watch_battery(self, now_s):
        self.battery.state(self._front_end.battery_d, now_s)

    def _watch_supply(self, now_s):
        failing = self._front_end.supply_failing
        if failing and not self._failing:
            self.supply.depleted(now_s)
        self._failing = failing

    def _watch_flow(self, now_s):
        self._faults.step(self._front_end.flow_faults, now_s)

    def _before_charges(self, today, billed, now_s):
        """Reset the block counters as a billing period begins (GSME-PRC-04)."""
        if billed:
            self.tariff.reset_block_counters(now_s)

    def _begin_day(self, day, now_s):
        super()._begin_day(day, now_s)
        if "battery_d" not in self._front_end.CHANNELS:
            self.battery.day_passed(now_s)

    def _keep_own_logs(self, now_s):
        self.network_data.keep(now_s)

    def _own_logs_due_s(self):
        return self.network_data.due_s

    def _refreshed(self):
        return super()._refreshed() + [self._volume]
