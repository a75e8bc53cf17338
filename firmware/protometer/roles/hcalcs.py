"""The HAN Connected Auxiliary Load Control Switch (HCALCS, SMETS2 section 8): composition.

Without radio: whoever carries its messages calls control(), and takes its answers and requests.
"""

from ..model.dictionary import Data
from ..supply.hcalcs import Hcalcs
from .transaction import Transaction

_NO_ENERGY = 1


class HcalcsDevice:
    """An HCALCS on the drivers that it is given.

    switch: a Switch; memory, logs, clock: as Meter has them. `outbox` hands on durable events.
    """

    def __init__(self, switch, memory, logs, clock):
        self.data = Data("S")
        self._switch = switch
        self._transaction = Transaction(self.data, memory, logs, _NO_ENERGY, _NO_ENERGY)
        self.outbox = self._transaction.outbox
        self.durable = self._transaction.durable
        self.logbook = self._transaction.logbook
        now_s = clock.utc_s()
        self._transaction.restore(now_s)
        self.control_unit = Hcalcs(
            self.data, self._transaction.events, self.logbook.named("Event Log")
        )
        self.step(now_s)

    def control(self, source, closed, minutes, number, now_s):
        """Take a Control HCALCS State of an ESME; CommandRefused unless it is the paired one."""
        try:
            self.control_unit.control(now_s, source, closed, minutes, number)
        finally:
            self._commit_and_move(now_s)

    def execute(self, name, arguments, originator, now_s):
        """Run a Command of the HAN by its name (HCALCS-HC-12); CommandRefused changes nothing."""
        from .commands import find

        command = find("S", name)
        command.authorise(originator)
        values = command.values(arguments)
        if "C" in command.marks:
            values = getattr(self.control_unit, "check_" + command.method)(*values)
        getattr(self.control_unit, command.method)(now_s, *values)
        self._commit_and_move(now_s)

    def step(self, now_s):
        """Do what is due; call it once a second."""
        unit = self.control_unit
        try:
            if not unit.moves:
                unit.sense(self._switch.closed(), now_s)
            if now_s >= unit.next_look_s:
                unit.follow(now_s)
        except OSError:
            self._transaction.tell_logs(False, now_s)
        if unit.moves or self._transaction.is_due(0, now_s):
            self._commit_and_move(now_s)

    def tampered(self, code, now_s):
        """Note unauthorised physical access (HCALCS-HC-05); code: the sensor's event."""
        self._transaction.events.post(code, now_s)

    def commit(self):
        """Make the state durable now; return whether it is."""
        return self._transaction.commit(0)

    def _commit_and_move(self, now_s):
        # The record before the effect.
        self._transaction.commit(now_s)
        if self.control_unit.moves:
            self._switch.set(bool(self.data.switch_state))
            self.control_unit.moves = False
