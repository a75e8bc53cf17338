"""The single element electricity meter (ESME, SMETS2 5.1-5.7): composition of the domain.

    front end -> metering -> tariff -> prepayment -> supply -> records -> store -> load switch

Energy that arrives in a step was consumed before it, so it is priced first; then come midnight
and tariff switches; then one evaluation of credit (GSME-PAY-29).
"""

from micropython import const

from ..metering.active_import import ActiveImport
from ..model import command as commands
from ..model import events
from ..model.calendar import DAY_S
from ..model.command import CommandRefused
from ..model.dictionary import Data, write
from ..model.enumerations import ARMED, ENABLED
from ..prepayment.account import Account, check_mode
from ..records.cumulative import Cumulative
from ..records.profile import Profile
from ..records.readings import Readings
from ..supply.load_switch import Supply
from ..tariff.time_of_use import TimeOfUse, check_tariff
from .esme_commands import checked
from .transaction import Transaction

_LONG_OUTAGE_S = const(180)
# Days beyond this were not an outage but a clock that had never been set: one is charged.
_MOST_MISSED_DAYS = const(366)
_LOGS_AGAIN_S = const(60)
_IMPORT = const(0)
# What else a MeterFrontEnd may measure: register, and channel of the Profile Data Log.
_OTHERS = {
    "export_mwh": ("active_export_register", 1),
    "reactive_import_mvarh": ("reactive_import_register", 2),
    "reactive_export_mvarh": ("reactive_export_register", 3),
}


class Esme:
    """The meter's behaviour, without radio.

    front_end: a MeterFrontEnd, whose CHANNELS name what it measures; switch: a Switch; memory:
    keeps the state; logs: a memory for files, keeps the logs; all of the drivers' contracts.
    loss_bound_mwh: the energy that a power cut may cost; commit_s: how long energy may wait to be
    durable.
    """

    def __init__(
        self, front_end, switch, memory, logs, now_s, loss_bound_mwh=10_000, commit_s=900
    ):
        self.data = Data("E")
        self._front_end = front_end
        self._switch = switch
        self._transaction = Transaction(self.data, memory, logs, loss_bound_mwh, commit_s)
        self.events = self._transaction.events
        self.outbox = self._transaction.outbox
        self.logbook = self._transaction.logbook
        self.durable = self._transaction.durable
        restored = self._transaction.restore(now_s)
        self._metering = ActiveImport(self.data)
        self._tariff = TimeOfUse(self.data)
        self._account = Account(self.data, self.events)
        self._supply = Supply(self.data, self.events)
        self._cumulative = Cumulative(self.data)
        self._others = [
            (name, getattr(self.data, _OTHERS[name][0]), _OTHERS[name][1])
            for name in front_end.CHANNELS
            if name in _OTHERS
        ]
        channels = [_IMPORT] + [channel for _, _, channel in self._others]
        self._profile = Profile(self.data, self.logbook, channels)
        self._readings = Readings(self.data, self.logbook, "export_mwh" in front_end.CHANNELS)
        self._calendar_s = 0
        self._logs_again_s = 0
        self._energy_mwh = 0
        self._commit_due = False
        self._commanded = None
        self._switched_s = None
        self._start(restored, now_s)

    def step(self, now_s):
        """Account for everything up to now_s, and make it durable where that is due."""
        self.account(now_s)
        self.settle(now_s)

    def account(self, now_s):
        """Account for everything up to now_s; call it once a second. Allocates nothing."""
        if self._switched_s is not None and now_s > self._switched_s:
            self._check_switch(now_s)
        front_end = self._front_end
        front_end.read()
        energy_mwh = self._energy_mwh = front_end.import_mwh
        if energy_mwh:
            self._consume(energy_mwh, now_s)
        for name, register, channel in self._others:
            other = getattr(front_end, name)
            if other:
                self._profile.add(channel, register.add(0, other))
                self._transaction.add_energy(other)
        # An estimate from pulses fades slowly; with the switch open there is none.
        enabled = self.data.supply_state == ENABLED
        self._metering.show_power(front_end.power_w if enabled else 0)
        calendar_due = now_s >= self._calendar_s or now_s < self.data.last_step_s
        if calendar_due:
            self._keep_calendar(now_s)
            self._commit_due = True
        self.data.last_step_s = now_s
        if energy_mwh or calendar_due:
            self._evaluate(False, now_s)

    def settle(self, now_s):
        """Commit and move the switch, if that is due; call it after each account().

        A slice of its own: a commit takes as long as several steps.
        """
        wanted = self.data.supply_state == ENABLED
        due = self._commit_due or self._transaction.is_due(self._energy_mwh, now_s)
        if due or wanted != self._commanded:
            self._commit_and_switch(now_s)

    def execute(self, name, arguments, originator, now_s):
        """Run a Command by its SMETS2 name, as one transaction; CommandRefused changes nothing.

        arguments: a dictionary; originator: one of model.command. The outcome is logged.
        """
        self.step(now_s)
        by_user = originator == commands.USER_INTERFACE
        try:
            self._carry_out(name, arguments, originator, by_user, now_s)
        except CommandRefused:
            failed = events.UI_COMMAND_NOT_DONE if by_user else events.COMMAND_NOT_DONE
            self.events.post(failed, now_s)
            self._transaction.commit(now_s)
            raise
        self._move_switch(now_s)

    def commit(self):
        """Make the state durable now."""
        self._transaction.commit(self.data.last_step_s)

    def confirm(self, now_s):
        """The consumer's confirming key: Enable when Armed, else take Emergency Credit."""
        armed = self.data.supply_state == ARMED
        name = "Enable Supply" if armed else "Activate Emergency Credit"
        self.execute(name, {}, commands.USER_INTERFACE, now_s)

    def _start(self, restored, now_s):
        data = self.data
        if restored:
            # A board's clock may have started anew; the meter's time never goes back.
            now_s = max(now_s, data.last_step_s)
            outage_s = now_s - data.last_step_s
            restored_after = events.SUPPLY_RESTORED
            if outage_s >= _LONG_OUTAGE_S:
                restored_after = events.SUPPLY_RESTORED_LONG
            self.events.post(restored_after, now_s, data.last_step_s)
        else:
            data.charged_day = now_s // DAY_S
            self._tariff.set_offset()
        data.last_step_s = now_s
        self._keep_calendar(now_s)
        self._evaluate(False, now_s)
        self._commit_and_switch(now_s)

    def _carry_out(self, name, arguments, originator, by_user, now_s):
        transaction = self._transaction
        # What was measured until now is not part of the transaction.
        if transaction.is_pending() and not transaction.commit(now_s):
            raise CommandRefused("%s: the memory can't keep it" % name)
        method, values = checked(name, arguments, originator)
        try:
            by_emergency_credit = bool(getattr(self, method)(now_s, originator, *values))
            self.events.post(events.UI_COMMAND_DONE if by_user else events.COMMAND_DONE, now_s)
            self._evaluate(by_emergency_credit, now_s)
            kept = transaction.commit(now_s, or_nothing=True)
        except CommandRefused:
            raise
        except OSError:
            kept = False
        except Exception:
            # Half a Command is never kept, whatever ended it.
            self._give_up(now_s)
            raise
        if not kept:
            self._give_up(now_s)
            raise CommandRefused("%s: the memory can't keep it" % name)

    def _consume(self, energy_mwh, now_s):
        cost_mp = self._tariff.pricing.cost_mp(energy_mwh)
        energy_wh = self._metering.record(energy_mwh)
        self._profile.add(_IMPORT, energy_wh)
        self._cumulative.add(energy_wh, cost_mp)
        self._account.charge_energy(cost_mp, now_s)
        self._transaction.add_energy(energy_mwh)

    def _keep_calendar(self, now_s):
        """Do what falls due at midnight, at half-hours and at tariff switches, each once.

        The logs come first, then the tariff, then the charges (GSME-PAY-29).
        """
        data = self.data
        today = now_s // DAY_S
        if today - data.charged_day > _MOST_MISSED_DAYS:
            data.charged_day = today - 1
        self._keep_logs(now_s, today)
        self._tariff.follow(now_s)
        while data.charged_day < today:
            data.charged_day += 1
            self._cumulative.begin_day(data.charged_day)
            charge_mp = self._tariff.pricing.standing_charge_mp()
            self._cumulative.add(0, charge_mp)
            self._account.charge_standing(charge_mp, now_s)
        self._calendar_s = min(
            self._tariff.next_look_s,
            (today + 1) * DAY_S,
            max(min(self._profile.due_s, self._readings.due_s()), self._logs_again_s),
        )

    def _keep_logs(self, now_s, today):
        # What a log refuses is written once it works again; it is asked every minute.
        if 0 <= self._logs_again_s - now_s <= _LOGS_AGAIN_S:
            return
        try:
            self._profile.keep(now_s)
            self._readings.keep_days(today)
            self._readings.keep_billing(now_s)
            self._transaction.tell_logs(True, now_s)
            self._logs_again_s = 0
        except OSError:
            self._logs_again_s = now_s + _LOGS_AGAIN_S
            self._transaction.tell_logs(False, now_s)

    def _evaluate(self, by_emergency_credit, now_s):
        self._account.evaluate(now_s)
        self._supply.follow_credit(self._account.out_of_credit(), by_emergency_credit, now_s)

    def _commit_and_switch(self, now_s):
        # The record before the effect: a cut in between leaves the switch to the next start.
        # Where the memory fails, metering and its switch go on.
        self._commit_due = False
        self._transaction.commit(now_s)
        self._move_switch(now_s)

    def _move_switch(self, now_s):
        self._commanded = self.data.supply_state == ENABLED
        self._switch.set(self._commanded)
        self._switched_s = now_s

    def _give_up(self, now_s):
        """Go back to before a Command that could not be made durable."""
        self._transaction.revert()
        self._tariff = TimeOfUse(self.data)
        self._tariff.follow(now_s)
        # What falls due next is worked out anew.
        self._calendar_s = 0

    def _check_switch(self, now_s):
        """Compare the sensed position with the commanded, a second after: contacts take time."""
        self._switched_s = None
        closed = self.data.supply_state == ENABLED
        if self._switch.closed() != closed:
            failure = events.CONNECT_FAILURE if closed else events.DISCONNECT_FAILURE
            self.events.post(failure, now_s)

    # The Commands. Each validates, then changes; it returns True where Emergency Credit
    # was what brought credit back.

    def _activate_emergency_credit(self, now_s, originator):
        self._account.activate_emergency_credit(now_s)
        return True

    def _add_credit(self, now_s, originator, value_mp, utrn_counter):
        self._account.add_credit(value_mp, utrn_counter, now_s)
        self._readings.credit(now_s, value_mp)

    def _adjust_meter_balance(self, now_s, originator, change_mp):
        self._account.adjust(change_mp)

    def _arm_supply(self, now_s, originator):
        self._supply.arm(not self._account.out_of_credit(), now_s)

    def _clear_event_log(self, now_s, originator):
        self.logbook.named("Event Log").clear()
        self.events.post(events.EVENT_LOG_CLEARED, now_s)

    def _disable_supply(self, now_s, originator):
        self._supply.disable()

    def _enable_supply(self, now_s, originator):
        by_supplier = originator == commands.SUPPLIER
        self._supply.enable(not self._account.out_of_credit(), by_supplier)

    def _reset_meter_balance(self, now_s, originator):
        self._account.reset()

    def _set_payment_mode(self, now_s, originator, mode, suspend_debt_emergency):
        check_mode(mode)
        self._readings.mode_or_tariff_changed(now_s)
        self._account.set_mode(mode)
        self.data.suspend_debt_emergency = int(suspend_debt_emergency)

    def _set_tariff(self, now_s, originator, tariff):
        checked_tariff = check_tariff(tariff)
        self._readings.mode_or_tariff_changed(now_s)
        self._tariff.set_tariff(checked_tariff, now_s)
        self._keep_calendar(now_s)

    def _write_configuration(self, now_s, originator, item, value):
        write(self.data, item, value)
        self._tariff.set_offset()
        self._keep_calendar(now_s)
