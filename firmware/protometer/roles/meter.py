"""What electricity and gas meters share: time, money, Commands and what outlives a power cut.

    front end -> metering -> tariff -> prepayment -> supply -> records -> store -> switch or valve

Energy that arrives in a step was consumed before it, so it is priced first; then comes what falls
due, each thing in its order; then one evaluation of credit (GSME-PAY-29). A variant composes the
parts and measures; the parts that Commands address are its attributes, named in `commands.tbl`.
"""

from micropython import const

from ..kernel.slices import finish
from ..model import command as commands
from ..model import events
from ..model.calendar import DAY_S
from ..model.command import CommandRefused
from ..model.dictionary import Data
from ..model.enumerations import ARMED
from ..records.cumulative import Cumulative
from ..records.readings import SUPPLIER_CHANGE
from ..records.restriction import Restriction
from .clock_keeper import ClockKeeper
from .command_desk import CommandDesk
from .configuration import Configuration
from .device_log import DeviceLog
from .firmware import Firmware
from .future_commands import NEVER_S
from .main_switch import MainSwitch
from .messages import Messages
from .privacy_pin import PrivacyPin
from .transaction import Transaction

_HOUR_S = const(3600)
# Days beyond this were not an outage but a clock that had never been set: one is charged.
_MOST_MISSED_DAYS = const(366)
# Hours whose debts are collected at once after an outage; the next second goes on.
_MOST_HOURS = const(744)
_LOGS_AGAIN_S = const(60)


class Meter:
    """A meter's behaviour, without radio and without what it measures.

    role: letters of the dictionary; switch: a Switch; memory: keeps the state; logs: a memory for
    files, keeps the logs; clock: a clock of the kernel, all of the drivers' and kernel's
    contracts. loss_bound_mwh: the energy that a power cut may cost; commit_s: how long energy may
    wait to be durable.
    """

    def __init__(self, role, switch, memory, logs, clock, loss_bound_mwh, commit_s):
        self.data = data = Data(role)
        self._transaction = Transaction(data, memory, logs, loss_bound_mwh, commit_s)
        self.events = outbox = self._transaction.events
        self.outbox = self._transaction.outbox
        self.logbook = self._transaction.logbook
        # Where an image goes that comes over the air.
        self.files = logs
        self.durable = self._transaction.durable
        self.event_settings = self._transaction.event_settings
        self.event_log = self._transaction.event_logs
        self._restored = self._transaction.restore(clock.utc_s())
        self.devices = DeviceLog(data, outbox)
        self.firmware = Firmware(data, outbox)
        self.messages = Messages(data, outbox)
        self.restriction = Restriction(data)
        self.configuration = Configuration(data)
        self.clock = ClockKeeper(data, outbox, clock)
        # Set by the role's assembly where there is one.
        self.han = self.carrier = None
        self.privacy_pin = PrivacyPin(data)
        self._cumulative = Cumulative(data)
        self._clock_status = data.clock_status
        self._calendar_s = 0
        self._calendar_due = False
        self._billed = False
        self._logs_again_s = 0
        self._energy_mwh = 0
        self._commit_due = False
        self._switch = MainSwitch(switch, outbox)
        self._desk = CommandDesk(self, self._refresh, self._transaction.tell_logs)

    # What a variant provides: tariff, account, supply, readings, top_ups, _profile,
    # non_disablement, _measure(now_s), and these.

    def _make_parts(self):
        """Make the parts that stand on the data; again, where that went back to a commit."""
        raise NotImplementedError

    def _refreshed(self):
        """Return the parts that take configuration anew."""
        return [self.tariff, self.account, self.non_disablement]

    def _follow_tariffs(self, now_s):
        """Have the rate of now_s in force; not while the time isn't known (ESME-CLK-05)."""
        self.tariff.follow(now_s)

    def _tariffs_due_s(self):
        """Return when to follow tariffs again."""
        return self.tariff.next_look_s

    def _begin(self, data):
        """Set what a meter without a past begins with."""

    def _woken(self, now_s, outage_from_s):
        """Take up what an outage interrupted."""

    def _before_charges(self, today, billed, now_s):
        """Do what comes between the logs and the charges of an instant."""

    def _next_look_s(self):
        """Return when something of the variant's own falls due."""
        return NEVER_S

    def _moves_wait(self):
        """Tell whether switches of the variant's own are to be moved."""
        return False

    def _keep_own_logs(self, now_s):
        """Write the variant's own logs of what has ended; OSError where a log fails."""

    def _own_logs_due_s(self):
        """Return when _keep_own_logs() has something to do."""
        return NEVER_S

    def step(self, now_s):
        """Account for everything up to now_s, and make it durable where that is due."""
        self.account_for(now_s)
        self.keep_calendar(now_s)
        self.settle(now_s)

    def account_for(self, now_s):
        """Account for everything up to now_s; call it once a second. Allocates nothing.

        Where something falls due the logs of what has ended are written first of all. A message
        that is being carried out has the next second account for both.
        """
        if self._transaction.is_busy():
            return
        self._switch.step(now_s)
        energy_mwh = self._energy_mwh = self._measure(now_s)
        due = now_s >= self._calendar_s or now_s < self.data.last_step_s
        if due or self.clock.adopted:
            self.clock.adopted = False
            self._calendar_due = True
            self._keep_logs(now_s)
        self.data.last_step_s = now_s
        if energy_mwh:
            self._evaluate(False, now_s)

    def keep_calendar(self, now_s):
        """Do what falls due at hours, midnights and switches, each once; after account_for().

        A slice of its own. After the logs come Commands of this date, calendars, block counters
        and the charges (GSME-PAY-29).
        """
        if not self._calendar_due or self._transaction.is_busy():
            return
        self._calendar_due = False
        self._commit_due = True
        self._desk.run_due(now_s)
        if self.clock.is_known():
            self._follow_tariffs(now_s)
        self.non_disablement.follow(now_s)
        self._before_charges(now_s // DAY_S, self._billed, now_s)
        self._billed = False
        charged = self._charge_periods(now_s)
        self.clock.step(now_s)
        self._calendar_s = self._next_s(now_s) if charged else now_s
        self._evaluate(False, now_s)

    def settle(self, now_s):
        """Commit and move the switch, if that is due; call it after each account_for().

        A slice of its own: a commit takes as long as several steps.
        """
        if self._transaction.is_busy():
            return
        due = self._commit_due or self._transaction.is_due(self._energy_mwh, now_s)
        if due or self.supply.closed() != self._switch.commanded or self._moves_wait():
            self._commit_and_switch(now_s)

    def execute(self, name, arguments, originator, now_s):
        """Run a Command by its SMETS2 name, as one transaction; CommandRefused changes nothing.

        arguments: a dictionary, of a future-dated Command with `at_s`; originator: one of
        model.command. The outcome is logged.
        """
        self.complete()
        self.step(now_s)
        try:
            self._carry_out(name, arguments, originator, now_s)
        except CommandRefused as refusal:
            self._desk.note_refusal(refusal, name, originator, now_s)
            self._transaction.commit(now_s)
            raise
        self._move_switch(now_s)

    def commit(self):
        """Make the state durable now; return whether it is."""
        return self._transaction.commit(self.data.last_step_s)

    def commit_in_slices(self):
        """Make, sliced, the state durable now."""
        return self._transaction.commit_in_slices(self.data.last_step_s)

    def is_busy(self):
        """Tell whether a message is being carried out, whose next slice is still to come."""
        return self._transaction.is_busy()

    def complete(self):
        """Bring a message that is being carried out to its end, before the state is changed."""
        self._transaction.complete()

    def confirm(self, now_s):
        """The consumer's confirming key: Enable when Armed, else take Emergency Credit."""
        armed = self.data.supply_state == ARMED
        name = "Enable Supply" if armed else "Activate Emergency Credit"
        self.execute(name, {}, commands.USER_INTERFACE, now_s)

    def alarm_event(self):
        """Return the last event that sounded an Alarm, 0 if none did."""
        return self._transaction.alarm

    def battery_is_low(self):
        """Tell whether a battery is to be changed."""
        return False

    def tampered(self, code, now_s):
        """Note unauthorised physical access (SMETS2 5.4, 4.3); code: the sensor's event."""
        self.complete()
        self.events.post(code, now_s)
        self.supply.tampered(now_s)

    def tamper_ended(self, code, now_s):
        """Note that a sensor of the Secure Perimeter is at rest (GSME-GEN-14); code: its event."""
        self.events.post(code, now_s)

    def integrity_failed(self, cause, code, now_s):
        """Note a failure of operational integrity (SMETS2 5.5.13, 4.4.6.3).

        cause: 0 to 9 of GSME-MON-04, carried by 0x81A0; code: the event of that fault, or 0.
        """
        self.events.post(events.OPERATIONAL_INTEGRITY, now_s, cause)
        if code:
            self.events.post(code, now_s)

    def _start(self, now_s):
        """Take up where the last power cut left off; call it at the end of the constructor."""
        data = self.data
        outage_from_s = 0
        if self._restored:
            # A board's clock may have started anew; the meter's time never goes back.
            now_s = max(now_s, data.last_step_s)
            outage_from_s = data.last_step_s
            # Of firmware that knew no hours.
            data.charged_hour = max(data.charged_hour, data.charged_day * 24)
        else:
            data.charged_day = now_s // DAY_S
            data.charged_hour = now_s // _HOUR_S
            self._begin(data)
        self._refresh(now_s)
        if self._restored:
            self._woken(now_s, outage_from_s)
        self.firmware.start(now_s)
        data.last_step_s = now_s
        if not self.clock.is_known():
            self._profile.lose_time()
        self._calendar_due = True
        self._keep_logs(now_s)
        self.keep_calendar(now_s)
        self._commit_and_switch(now_s)

    def transact(self, work, message_code, now_s):
        """Run, sliced, work() as one transaction, as a message is executed; return its outcome.

        work() returns, sliced, whether all was done, see Transaction.carry_out(); inside it
        perform() carries out Commands and data items may be set. What it refuses, or the memory
        can't keep, is undone. The outcome is an event with the message code.
        """
        self.complete()
        self.account_for(now_s)
        yield
        self.keep_calendar(now_s)
        yield
        self.settle(now_s)
        yield

        def worked():
            done = yield from work()
            if done:
                self._calendar_s = self._next_s(now_s)
                self._evaluate(False, now_s)
            return done

        done = yield from self._transaction.carry_out(worked, self._undone, now_s, message_code)
        if done:
            self._move_switch(now_s)
        return done

    def perform(self, name, arguments, originator, now_s, reference=b""):
        """Carry out, sliced, a Command by its SMETS2 name inside transact(); CommandRefused if it
        may not.

        Arguments and originator as execute() has them; reference: of a Command for a later date,
        what take_fulfilled() then gives back.
        """
        command, values, at_s = yield from self._desk.checked(name, arguments, originator)
        yield
        yield from self._desk.run(command, values, at_s, now_s, reference)
        if "E" in command.marks:
            self._evaluate(True, now_s)
        yield

    def change_supplier(self, now_s):
        """Keep registers and money as one Supplier leaves them, and forget its Contact Details.

        Inside transact(). The next one writes its own (GSME-SEC-09); nothing else changes. OSError
        where a log fails.
        """
        self.readings.mode_or_tariff_changed(now_s, SUPPLIER_CHANGE)
        self.data.supplier_name = self.data.supplier_telephone_number = ""

    def authenticate_top_ups(self, authentic):
        """Have UTRNs checked by authentic(counter, high, low), see UtrnEntry; return what did."""
        before, self._authentic = self._authentic, authentic
        self._make_parts()
        self._refresh(self.data.last_step_s)
        return before

    def take_fulfilled(self):
        """Return (reference, event's code, its time) of a Command that waited for its date and has
        been carried out, or could not be; None where there is no more.
        """
        return self._desk.take_fulfilled()

    def take_up(self, now_s):
        """Go by what has been loaded into the items and logs from outside, and keep it."""
        self._make_parts()
        self._desk.begin()
        self._refresh(now_s)
        self._evaluate(False, now_s)
        self._calendar_s = 0
        self._commit_and_switch(now_s)

    def _carry_out(self, name, arguments, originator, now_s):
        transaction = self._transaction
        # What was measured until now is not part of the transaction.
        if transaction.is_pending() and not transaction.commit(now_s):
            raise CommandRefused("%s: the memory can't keep it" % name)
        desk = self._desk
        command, values, at_s = finish(desk.checked(name, arguments, originator))
        try:
            finish(desk.run(command, values, at_s, now_s))
            self._calendar_s = self._next_s(now_s)
            desk.note_done(command, originator, now_s)
            self._evaluate("E" in command.marks, now_s)
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

    def _refresh(self, now_s):
        for part in self._refreshed():
            part.refresh(now_s)

    def _consumed(self, energy_mwh, energy_wh, cost_mp, now_s):
        """Charge and count energy that was measured and priced."""
        self._cumulative.add(energy_wh, cost_mp)
        self.account.charge_energy(cost_mp, now_s)
        self._transaction.add_energy(energy_mwh)

    def _next_s(self, now_s):
        """Return when something falls due next."""
        next_s = min(
            self.non_disablement.next_look_s,
            self._desk.next_s(),
            self._next_look_s(),
            (now_s // _HOUR_S + 1) * _HOUR_S,
        )
        if self.clock.is_known():
            logs_s = max(self._logs_due_s(), self._logs_again_s)
            next_s = min(next_s, self._tariffs_due_s(), logs_s)
        return next_s

    def _logs_due_s(self):
        return min(self._profile.due_s, self.readings.due_s(), self._own_logs_due_s())

    def _charge_periods(self, now_s):
        """Charge what each hour and day that began brought, in order; tell whether all is done."""
        data = self.data
        hour = now_s // _HOUR_S
        left = _MOST_HOURS
        while data.charged_hour < hour:
            if not left:
                return False
            left -= 1
            data.charged_hour += 1
            if data.charged_hour % 24 == 0:
                self._begin_day(data.charged_hour // 24, now_s)
            if data.time_debt_1_mp or data.time_debt_2_mp:
                self.account.charge_time_debts(data.charged_hour, now_s)
                self._evaluate(False, now_s)
        return True

    def _begin_day(self, day, now_s):
        self.data.charged_day = day
        self._cumulative.begin_day(day)
        charge_mp = self.tariff.standing_charge_mp()
        self._cumulative.add(0, charge_mp)
        self.account.charge_standing(charge_mp, now_s)

    def _keep_logs(self, now_s):
        """Write the logs of what has ended, and note whether a billing date came.

        Nothing is stamped while the time isn't known (ESME-CLK-04). What a log refuses is written
        once it works again; it is asked every minute.
        """
        if not self.clock.is_known():
            return
        data = self.data
        today = now_s // DAY_S
        if today - data.charged_day > _MOST_MISSED_DAYS:
            data.charged_day = today - 1
            data.charged_hour = 24 * today - 1
        if 0 <= self._logs_again_s - now_s <= _LOGS_AGAIN_S:
            return
        try:
            self._profile.keep(now_s)
            self.readings.keep_days(today)
            self._billed = self.readings.keep_billing(now_s)
            self._keep_own_logs(now_s)
            self._transaction.tell_logs(True, now_s)
            self._logs_again_s = 0
        except OSError:
            self._logs_again_s = now_s + _LOGS_AGAIN_S
            self._transaction.tell_logs(False, now_s)
        if self._billed:
            self.events.post(events.BILLING_DATA_LOG_UPDATED, now_s)

    def _evaluate(self, by_emergency_credit, now_s):
        account = self.account
        account.evaluate(now_s)
        suspended = bool(self.data.non_disablement_active)
        out = account.out_of_credit()
        self.supply.follow_credit(out, suspended, by_emergency_credit, now_s)

    def _commit_soon(self):
        """Have the next settle() commit."""
        self._commit_due = True

    def _commit_and_switch(self, now_s):
        # The record before the effect: a cut in between leaves the switch to the next start.
        # Where the memory fails, metering and its switch go on.
        self._commit_due = False
        self._transaction.commit(now_s)
        self._move_switch(now_s)

    def _move_switch(self, now_s):
        self._switch.move(self.supply.closed(), now_s)

    def _give_up(self, now_s):
        """Go back to before a Command that could not be made durable."""
        self._transaction.revert()
        finish(self._undone(now_s))

    def _undone(self, now_s):
        """Go, sliced, by the data as they are after having gone back to a commit."""
        self._make_parts()
        yield
        self._desk.begin()
        for part in self._refreshed():
            part.refresh(now_s)
            yield
        self._calendar_s = 0
