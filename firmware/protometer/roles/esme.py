"""The electricity meter (ESME, SMETS2 5): single element, and what its variants add.

Twin element, polyphase, auxiliary load control and boost are parts that the letters of the role
bring along; Part A's logic is the same for all. See meter.py for the way through.
"""

from ..metering.active_import import ActiveImport
from ..metering.max_demand import MaximumDemand
from ..metering.outage import Outages
from ..model.enumerations import ENABLED
from ..prepayment.account import Account
from ..prepayment.debts import Debts
from ..prepayment.non_disablement import NonDisablement
from ..prepayment.utrn import UtrnEntry
from ..records.profile import (
    ACTIVE_EXPORT,
    ACTIVE_IMPORT,
    REACTIVE_EXPORT,
    REACTIVE_IMPORT,
    SECONDARY_IMPORT,
    Profile,
)
from ..records.readings import Readings
from ..supply.load_limit import RESTORE, TRIP, LoadLimit
from ..supply.load_switch import Supply
from ..tariff.electricity_tariff import ElectricityTariff
from .meter import Meter
from .top_ups import TopUps

# The Debt Recovery Rate Cap counts whole currency units (ESME-PAY-07).
_CURRENCY_UNIT_MP = 100_000
# What else a MeterFrontEnd may measure: register, and channel of the Profile Data Log.
_OTHERS = (
    ("export_mwh", "active_export_register", ACTIVE_EXPORT),
    ("reactive_import_mvarh", "reactive_import_register", REACTIVE_IMPORT),
    ("reactive_export_mvarh", "reactive_export_register", REACTIVE_EXPORT),
)


class Esme(Meter):
    """An electricity meter on the drivers that it is given; see Meter.

    front_end: a MeterFrontEnd, whose CHANNELS name what it measures. role: "E", and T, P, L and B
    for what the variant adds. authentic: tells a genuine UTRN, as UtrnEntry takes it.
    auxiliary: the Switches of the local ALCSs, by number.
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
        role="E",
        authentic=None,
        auxiliary=(),
    ):
        super().__init__(role, switch, memory, logs, clock, loss_bound_mwh, commit_s)
        self._front_end = front_end
        self._authentic = authentic
        self._auxiliary_switches = auxiliary
        self._make_parts()
        self._start(clock.utc_s())

    def _make_parts(self):
        data, outbox, channels = self.data, self.events, self._front_end.CHANNELS
        self._metering = ActiveImport(data)
        self.tariff = ElectricityTariff(data)
        self.non_disablement = NonDisablement(data)
        self.debts = Debts(data, outbox, _CURRENCY_UNIT_MP)
        self.account = Account(data, outbox, self.debts)
        self.supply = Supply(data, outbox, self.account.allows_supply)
        self.readings = Readings(data, self.logbook, "export_mwh" in channels)
        utrn = UtrnEntry(data, outbox, self._authentic)
        self.top_ups = TopUps(data, outbox, utrn, self.account, self.readings)
        self._others = [
            (name, getattr(data, register), channel)
            for name, register, channel in _OTHERS
            if name in channels
        ]
        phases = 3 if "P" in data.role else 1
        self._outages = Outages(data, outbox, phases)
        self.load_limit = LoadLimit(data, outbox)
        self.maximum_demand = MaximumDemand(data)
        self._watches = [self._watch_load]
        self.voltage_quality = None
        if "voltages_mv" in channels:
            self._watch_voltage_of(phases)
        kept = [ACTIVE_IMPORT] + [channel for _, _, channel in self._others]
        self._secondary = None
        if "T" in data.role:
            from .secondary_element import SecondaryElement

            self._secondary = SecondaryElement(data, self._front_end)
            self.secondary_tariff = self._secondary.tariff
            kept.append(SECONDARY_IMPORT)
        self._auxiliary = self.loads = self.boost = None
        if "L" in data.role:
            self._make_auxiliary()
        self._profile = Profile(data, self.logbook, kept, self.maximum_demand)

    def _make_auxiliary(self):
        from .auxiliary_control import AuxiliaryControl

        self._auxiliary = AuxiliaryControl(
            self.data,
            self.events,
            self.logbook,
            self._auxiliary_switches,
            lambda now_s: self._transaction.tell_logs(False, now_s),
        )
        self.loads = self._auxiliary.loads
        self.boost = self._auxiliary.boost
        self._watches.append(self._auxiliary.step)

    def _begin(self, data):
        data.meter_variant = "B" if "T" in data.role else "C" if "P" in data.role else "A"

    def _woken(self, now_s, outage_from_s):
        self._outages.restored(now_s, outage_from_s)

    def _measure(self, now_s):
        """Read the front end and account for what came; return the imported energy."""
        front_end = self._front_end
        front_end.read()
        energy_mwh = front_end.import_mwh
        if energy_mwh:
            cost_mp = self.tariff.consume(energy_mwh)
            energy_wh = self._metering.record(energy_mwh)
            self._profile.add(ACTIVE_IMPORT, energy_wh)
            self._consumed(energy_mwh, energy_wh, cost_mp, now_s)
        if self._secondary:
            energy_mwh += self._measure_secondary(now_s)
        for name, register, channel in self._others:
            other = getattr(front_end, name)
            if other:
                self._profile.add(channel, register.add(0, other))
                self._transaction.add_energy(other)
        self._show_power(front_end)
        for watch in self._watches:
            watch(now_s)
        return energy_mwh

    def _show_power(self, front_end):
        # An estimate from pulses fades slowly; with the switch open there is none.
        enabled = self.data.supply_state == ENABLED
        power_w = front_end.power_w if enabled else 0
        if self._secondary:
            self.data.primary_active_power_import_w = power_w
            power_w += front_end.secondary_power_w if enabled else 0
        self._metering.show_power(power_w)

    def _measure_secondary(self, now_s):
        secondary = self._secondary
        energy_mwh = secondary.measure()
        if energy_mwh:
            self._profile.add(SECONDARY_IMPORT, secondary.energy_wh)
            self._consumed(energy_mwh, secondary.energy_wh, secondary.cost_mp, now_s)
        return energy_mwh

    def _watch_load(self, now_s):
        supply = self.supply
        power_w = self.data.active_power_import_w
        wanted = self.load_limit.step(power_w, supply.tripped(), now_s)
        if wanted == TRIP:
            supply.trip(now_s)
        elif wanted == RESTORE:
            supply.restore(now_s)

    def _watch_voltage_of(self, phases):
        from .voltage_watch import VoltageWatch

        watch = VoltageWatch(
            self.data, self.events, self.logbook, self._front_end, phases, self._commit_soon
        )
        self.voltage_quality = watch.quality
        self._watches.append(watch.step)
        if phases > 1:
            self._watches.append(self._watch_phases)

    def _watch_phases(self, now_s):
        self._outages.step(self._front_end.live_phases, now_s)

    def _before_charges(self, today, billed, now_s):
        """Reset block counters as a billing period or, if so set, a day begins (ESME-PRC-04)."""
        data = self.data
        daily = data.block_counter_daily_resetting and data.block_counters_reset_day < today
        if billed or daily:
            self.tariff.reset_block_counters(now_s)
        data.block_counters_reset_day = today
        if self._auxiliary:
            self._auxiliary.follow(now_s)

    def _follow_tariffs(self, now_s):
        super()._follow_tariffs(now_s)
        if self._secondary:
            self.secondary_tariff.follow(now_s)

    def _tariffs_due_s(self):
        due_s = super()._tariffs_due_s()
        return min(due_s, self.secondary_tariff.next_look_s) if self._secondary else due_s

    def _next_look_s(self):
        look_s = super()._next_look_s()
        if self._auxiliary:
            look_s = min(look_s, self._auxiliary.next_look_s())
        return look_s

    def _moves_wait(self):
        return self._auxiliary is not None and self.loads.moves != 0

    def _move_switch(self, now_s):
        was_closed = self._switch.commanded
        super()._move_switch(now_s)
        if self._auxiliary:
            if self._switch.commanded and not was_closed:
                # What is behind the Load Switch has power again (ALCS-ALC-10).
                self.loads.reapply(now_s)
            self._auxiliary.move(now_s)

    def _refreshed(self):
        parts = super()._refreshed()
        parts.append(self.load_limit)
        if self.voltage_quality:
            parts.append(self.voltage_quality)
        if self._secondary:
            parts.append(self.secondary_tariff)
        if self._auxiliary:
            parts.append(self._auxiliary)
        return parts
