"""The Prepayment Meter Interface Device (PPMID, SMETS2 section 7): shows, and acts for, a meter.

It is a Type 1 Device: beside what a display asks it sends an electricity meter the three Commands
of 7.5.3. What becomes of each is told, and logged with the Command's number. To a gas meter they
travel as GBCS messages: see ppmid_gas.py, which is loaded once there are keys for it.
"""

from micropython import const

from ..han import zcl
from ..han.command_finder import find
from ..model import events
from ..model.command import CommandRefused
from ..model.dictionary import Data
from ..model.enumerations import ARMED
from ..prepayment.utrn import check_digit
from .meter_watch import MeterWatch
from .transaction import Transaction

_METERING = const(0x0702)
PREPAYMENT = const(0x0705)
_NO_ENERGY = 1
_DIGITS = const(20)
_SUPPLY_ON = const(0x02)
# The device that a Command began at: an in-home display or the like.
HERE = const(0x02)
_ANSWER_S = const(20)

ADD_CREDIT = const(1)
ACTIVATE_EMERGENCY_CREDIT = const(2)
ENABLE_SUPPLY = const(3)

# What a meter says of a top-up, and of the others.
_TOP_UP_RESULTS = {
    0x00: "accepted",
    0x01: "rejected: not a UTRN of this meter",
    0x02: "rejected: used before",
    0x03: "rejected: error",
    0x04: "rejected: balance would be too high",
    0x05: "rejected: entry is suspended",
    0x06: "rejected: too much at once",
    0x10: "accepted: supply on",
    0x11: "accepted: supply off",
    0x12: "accepted: supply armed",
}
_STATUSES = {
    zcl.SUCCESS: "accepted",
    zcl.NOT_AUTHORIZED: "rejected: not allowed",
    zcl.FAILURE: "rejected by the meter",
}


def told_of_top_up(result):
    """Return the outcome that the result of a Consumer Top Up Response says."""
    return _TOP_UP_RESULTS.get(result, "rejected: result 0x%02x" % result)


def told_of_status(status):
    """Return the outcome that the status of a Default Response says."""
    return _STATUSES.get(status, "rejected: status 0x%02x" % status)


def check_utrn(digits):
    """Raise CommandRefused for what can't be a UTRN of 20 digits (PPMID-CMD-07)."""
    if len(digits) != _DIGITS or not digits.isdigit():
        raise CommandRefused("Add Credit: takes %d digits" % _DIGITS)
    if check_digit(digits[:-1]) != int(digits[-1]):
        raise CommandRefused("Add Credit: a digit is mistyped")


class Ppmid:
    """The interface on a scheduler.

    display: a driver as MeterFace wants it, or None, and then `face` is None; meter: as MeterWatch
    has it. `outcome` says what became of the last Command, None while the meter has not answered.
    `outbox` hands on durable events.
    """

    def __init__(self, scheduler, radio, network, memory, logs, display, meter):
        self.data = Data("U")
        self._transaction = Transaction(self.data, memory, logs, _NO_ENERGY, _NO_ENERGY)
        self.outbox = self._transaction.outbox
        self.logbook = self._transaction.logbook
        self.durable = self._transaction.durable
        self._transaction.restore(scheduler.clock.utc_s())
        self._scheduler = scheduler
        self.watch = MeterWatch("U", scheduler, radio, network, self, self.data, meter)
        self.stack = self.watch.stack
        self.stack.on_status = self._status_came
        result = find(PREPAYMENT, True, "ConsumerTopUpResponse").identifier
        self.stack.handlers[(PREPAYMENT, result, True)] = self._top_up_answered
        self.outcome = self.carrier = self._messages = None
        # The Command whose answer is awaited: its number, cluster and identifier, and since when.
        self._awaited = None
        self._awaited_s = 0
        self.face = None
        if display:
            from .ppmid_ui import ppmid_face

            self.face = ppmid_face(self, scheduler, display)
        scheduler.each_second("commands", self.step, 0, True)

    def add_credit(self, digits, now_s):
        """Send a UTRN of 20 digits (PPMID-CMD-04); CommandRefused for what can't be one."""
        check_utrn(digits)
        values = {"originatingDevice": HERE, "topUpCode": digits.encode()}
        self._send(ADD_CREDIT, PREPAYMENT, "ConsumerTopUp", values, now_s)

    def activate_emergency_credit(self, now_s):
        """Ask for Emergency Credit (PPMID-CMD-03); CommandRefused where no meter is known."""
        values = {"commandIssueDateTime": now_s, "originatingDevice": HERE}
        name = "SelectAvailableEmergencyCredit"
        self._send(ACTIVATE_EMERGENCY_CREDIT, PREPAYMENT, name, values, now_s)

    def enable_supply(self, now_s):
        """Ask for the Supply (PPMID-CMD-05); CommandRefused unless the meter is Armed."""
        if self.data.supply_state != ARMED:
            raise CommandRefused("Enable Supply: the supply is not armed")
        values = {"proposedSupplyStatus": _SUPPLY_ON}
        self._send(ENABLE_SUPPLY, _METERING, "LocalChangeSupply", values, now_s)

    def step(self, now_s):
        """Give up what is not answered, and keep what happened; call it once a second."""
        if self._awaited and not 0 <= now_s - self._awaited_s < _ANSWER_S:
            self._conclude("no answer", False, now_s)
        if self._messages:
            self._messages.step(now_s)
        elif self.watch.gas and self.data.agreement_key:
            self._take_messages()
        if not self._transaction.is_busy() and self._transaction.is_due(0, now_s):
            self._transaction.commit(now_s)

    @property
    def gas(self):
        """The PpmidGas; None until there are keys, and a gas meter in the Device Log."""
        return self._messages and self._messages.gas

    def _take_messages(self):
        from .ppmid_messages import PpmidMessages

        self._messages = PpmidMessages(self.data, self._transaction, self.watch, self._scheduler)
        self.carrier = self._messages.carrier

    def commit(self):
        """Make the state durable now; return whether it is."""
        return self._transaction.commit(0)

    def _send(self, number, cluster, name, values, now_s):
        if self.watch.meter is None:
            raise CommandRefused("no electricity meter was found yet")
        if self._awaited:
            raise CommandRefused("the meter has not answered the last Command yet")
        command = find(cluster, False, name)
        self.outcome = None
        self._awaited = number, cluster, command.identifier
        self._awaited_s = now_s
        payload = command.encode(values)
        self.stack.command(
            self.watch.meter, cluster, command.identifier, payload, False, wants_status=True
        )

    def _status_came(self, source, cluster, command, status, now_s):
        if (
            source == self.watch.meter
            and self._awaited
            and self._awaited[1:] == (cluster, command)
        ):
            told = told_of_status(status)
            # A top-up that went well is answered by more than that.
            if status or self._awaited[0] != ADD_CREDIT:
                self._conclude(told, not status, now_s)

    def _top_up_answered(self, source, sequence, payload, now_s):
        result = find(PREPAYMENT, True, "ConsumerTopUpResponse").decode(payload)["resultType"]
        if source == self.watch.meter and self._awaited and self._awaited[0] == ADD_CREDIT:
            told = told_of_top_up(result)
            self._conclude(told, told.startswith("accepted"), now_s)

    def _conclude(self, outcome, is_done, now_s):
        number, self._awaited, self.outcome = self._awaited[0], None, outcome
        code = events.UI_COMMAND_DONE if is_done else events.UI_COMMAND_NOT_DONE
        self._transaction.events.post(code, now_s, number)
        self.watch.ask_soon()
