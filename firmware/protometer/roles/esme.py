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
from ..model.command import CommandRefused, is_integer
from ..model.dictionary import Data, write
from ..model.enumerations import ARMED, ENABLED
from ..prepayment.account import Account
from ..records.cumulative import Cumulative
from ..store.snapshot import Snapshot
from ..supply.load_switch import Supply
from ..tariff.time_of_use import TimeOfUse

_ANYONE = const(0x07)
_SUPPLIER = const(0x01)
_LONG_OUTAGE_S = const(180)
# Days beyond this were not an outage but a clock that had never been set: one is charged.
_MOST_MISSED_DAYS = const(366)

# SMETS2 name: (method, its arguments with their types, who may send it; SMETS2 5.5.2.2, 5.6.2,
# 5.6.3).
COMMANDS = {
    "Activate Emergency Credit": ("_activate_emergency_credit", (), _ANYONE),
    "Add Credit": ("_add_credit", (("value_mp", int),), _ANYONE),
    "Adjust Meter Balance": ("_adjust_meter_balance", (("change_mp", int),), _SUPPLIER),
    "Arm Supply": ("_arm_supply", (), _SUPPLIER),
    "Disable Supply": ("_disable_supply", (), _SUPPLIER),
    "Enable Supply": ("_enable_supply", (), _ANYONE),
    "Reset Meter Balance": ("_reset_meter_balance", (), _SUPPLIER),
    "Set Payment Mode": (
        "_set_payment_mode",
        (("mode", int), ("suspend_debt_emergency", bool)),
        _SUPPLIER,
    ),
    "Set Tariff": ("_set_tariff", (("tariff", dict),), _SUPPLIER),
    "Write Configuration Data": (
        "_write_configuration",
        (("item", str), ("value", object)),
        _SUPPLIER,
    ),
}


class Esme:
    """The meter's behaviour, without radio.

    front_end: a MeterFrontEnd; switch: a Switch; memory: a Memory; all of the drivers' contracts.
    commit_mwh: energy after which the state is written to memory even if nothing else happened.
    """

    def __init__(self, front_end, switch, memory, now_s, commit_mwh=10_000):
        self.data = Data("E")
        self.outbox = events.Outbox()
        self._front_end = front_end
        self._switch = switch
        self._commit_mwh = commit_mwh
        self._snapshot = Snapshot(self.data, memory)
        restored = self._snapshot.restore()
        self._metering = ActiveImport(self.data)
        self._tariff = TimeOfUse(self.data)
        self._account = Account(self.data, self.outbox)
        self._supply = Supply(self.data, self.outbox)
        self._cumulative = Cumulative(self.data)
        self._uncommitted_mwh = 0
        self._calendar_s = 0
        self._switched_s = None
        self._start(restored, now_s)

    def step(self, now_s):
        """Account for everything up to now_s; call it once a second.

        Allocates nothing, unless what happened makes the state be committed.
        """
        if self._switched_s is not None and now_s > self._switched_s:
            self._check_switch(now_s)
        front_end = self._front_end
        front_end.read()
        energy_mwh = front_end.import_mwh
        if energy_mwh:
            self._consume(energy_mwh, now_s)
        # An estimate from pulses fades slowly; with the switch open there is none.
        enabled = self.data.supply_state == ENABLED
        self._metering.show_power(front_end.power_w if enabled else 0)
        calendar_due = now_s >= self._calendar_s or now_s < self.data.last_step_s
        if calendar_due:
            self._keep_calendar(now_s)
        self.data.last_step_s = now_s
        if energy_mwh or calendar_due:
            state = self.data.supply_state
            self._evaluate(False, now_s)
            if self.data.supply_state != state or self._uncommitted_mwh >= self._commit_mwh:
                self._commit_and_switch(now_s)

    def execute(self, name, arguments, originator, now_s):
        """Run a Command by its SMETS2 name, as one transaction; CommandRefused changes nothing.

        arguments: a dictionary; originator: one of model.command. The outcome is logged.
        """
        self.step(now_s)
        by_user = originator == commands.USER_INTERFACE
        try:
            method, names, allowed = COMMANDS.get(name) or _unknown(name)
            if not originator & allowed:
                raise CommandRefused("%s: not for this originator" % name)
            values = _in_order(name, names, arguments)
            by_emergency_credit = bool(getattr(self, method)(now_s, originator, *values))
        except CommandRefused:
            failed = events.UI_COMMAND_NOT_DONE if by_user else events.COMMAND_NOT_DONE
            self.outbox.post(failed, now_s)
            raise
        self.outbox.post(events.UI_COMMAND_DONE if by_user else events.COMMAND_DONE, now_s)
        self._evaluate(by_emergency_credit, now_s)
        self._commit_and_switch(now_s)

    def commit(self):
        """Make the state durable; a memory that fails is an event, never a stop."""
        self._uncommitted_mwh = 0
        if not self._snapshot.save():
            self.outbox.post(events.MEMORY_FAULT, self.data.last_step_s)

    def confirm(self, now_s):
        """The consumer's confirming key: Enable when Armed, else take Emergency Credit."""
        armed = self.data.supply_state == ARMED
        name = "Enable Supply" if armed else "Activate Emergency Credit"
        self.execute(name, {}, commands.USER_INTERFACE, now_s)

    def _start(self, restored, now_s):
        data = self.data
        if self._snapshot.fell_back:
            self.outbox.post(events.MEMORY_FAULT, now_s)
        if restored:
            # A board's clock may have started anew; the meter's time never goes back.
            now_s = max(now_s, data.last_step_s)
            outage_s = now_s - data.last_step_s
            restored_after = events.SUPPLY_RESTORED
            if outage_s >= _LONG_OUTAGE_S:
                restored_after = events.SUPPLY_RESTORED_LONG
            self.outbox.post(restored_after, now_s)
        else:
            data.charged_day = now_s // DAY_S
            self._tariff.set_offset()
        data.last_step_s = now_s
        self._keep_calendar(now_s)
        self._evaluate(False, now_s)
        self._commit_and_switch(now_s)

    def _consume(self, energy_mwh, now_s):
        cost_mp = self._tariff.pricing.cost_mp(energy_mwh)
        self._cumulative.add(self._metering.record(energy_mwh), cost_mp)
        self._account.charge_energy(cost_mp, now_s)
        self._uncommitted_mwh += energy_mwh

    def _keep_calendar(self, now_s):
        """Do what falls due at midnight and at tariff switches, each instant exactly once."""
        data = self.data
        self._tariff.follow(now_s)
        today = now_s // DAY_S
        if today - data.charged_day > _MOST_MISSED_DAYS:
            data.charged_day = today - 1
        while data.charged_day < today:
            data.charged_day += 1
            self._cumulative.begin_day(data.charged_day)
            charge_mp = self._tariff.pricing.standing_charge_mp()
            self._cumulative.add(0, charge_mp)
            self._account.charge_standing(charge_mp, now_s)
        self._calendar_s = min(self._tariff.next_look_s, (today + 1) * DAY_S)

    def _evaluate(self, by_emergency_credit, now_s):
        self._account.evaluate(now_s)
        self._supply.follow_credit(self._account.out_of_credit(), by_emergency_credit, now_s)

    def _commit_and_switch(self, now_s):
        # The record before the effect: a cut in between leaves the switch to the next start.
        self.commit()
        self._switch.set(self.data.supply_state == ENABLED)
        self._switched_s = now_s

    def _check_switch(self, now_s):
        """Compare the sensed position with the commanded, a second after: contacts take time."""
        self._switched_s = None
        closed = self.data.supply_state == ENABLED
        if self._switch.closed() != closed:
            failure = events.CONNECT_FAILURE if closed else events.DISCONNECT_FAILURE
            self.outbox.post(failure, now_s)

    # The Commands. Each validates, then changes; it returns True where Emergency Credit
    # was what brought credit back.

    def _activate_emergency_credit(self, now_s, originator):
        self._account.activate_emergency_credit(now_s)
        return True

    def _add_credit(self, now_s, originator, value_mp):
        self._account.add_credit(value_mp, now_s)

    def _adjust_meter_balance(self, now_s, originator, change_mp):
        self._account.adjust(change_mp)

    def _arm_supply(self, now_s, originator):
        self._supply.arm(not self._account.out_of_credit(), now_s)

    def _disable_supply(self, now_s, originator):
        self._supply.disable()

    def _enable_supply(self, now_s, originator):
        by_supplier = originator == commands.SUPPLIER
        self._supply.enable(not self._account.out_of_credit(), by_supplier)

    def _reset_meter_balance(self, now_s, originator):
        self._account.reset()

    def _set_payment_mode(self, now_s, originator, mode, suspend_debt_emergency):
        self._account.set_mode(mode)
        self.data.suspend_debt_emergency = int(suspend_debt_emergency)

    def _set_tariff(self, now_s, originator, tariff):
        self._tariff.set_tariff(tariff, now_s)
        self._keep_calendar(now_s)

    def _write_configuration(self, now_s, originator, item, value):
        write(self.data, item, value)
        self._tariff.set_offset()
        self._keep_calendar(now_s)


def _unknown(name):
    raise CommandRefused("%s: no such Command" % name)


def _in_order(name, wanted, arguments):
    """Return the arguments in the method's order, or raise CommandRefused."""
    values = []
    for argument, kind in wanted:
        if argument not in arguments:
            raise CommandRefused("%s: argument %s is missing" % (name, argument))
        value = arguments[argument]
        if not (is_integer(value) if kind is int else isinstance(value, kind)):
            raise CommandRefused("%s: argument %s is of the wrong type" % (name, argument))
        values.append(value)
    if len(values) != len(arguments):
        known = [argument for argument, _ in wanted]
        stray = [argument for argument in arguments if argument not in known]
        raise CommandRefused("%s: no argument %s" % (name, stray[0]))
    return values
