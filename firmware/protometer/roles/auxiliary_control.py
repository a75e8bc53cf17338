"""Auxiliary loads and boost of an electricity meter on their switches (SMETS2 5.20-5.26)."""

from ..supply.auxiliary_load import AuxiliaryLoads
from .future_commands import NEVER_S


class AuxiliaryControl:
    """Drives the ALCSs, and makes one of `loads` and, where the meter has it, `boost`.

    switches: a Switch for each local ALCS, by number from 1, in a list; tell_logs(now_s) hears of
    a log that failed: the switching itself has been done.
    """

    def __init__(self, data, outbox, logbook, switches, tell_logs):
        self._data = data
        self._switches = switches
        self._tell_logs = tell_logs
        self._moved_s = None
        self.loads = AuxiliaryLoads(
            data, outbox, logbook.named("Auxiliary Load Control Switch Event Log")
        )
        self.boost = None
        if "B" in data.role:
            from ..supply.boost import Boost

            self.boost = Boost(data, self.loads, logbook.named("Boost Function Event Log"))

    def next_look_s(self):
        """Return when to follow() again."""
        boost_s = self.boost.next_look_s if self.boost else NEVER_S
        return min(self.loads.next_look_s, boost_s)

    def follow(self, now_s):
        """Do what the calendar, Commands and boost ask for now."""
        try:
            if self.boost:
                self.boost.follow(now_s)
            self.loads.follow(now_s)
        except OSError:
            self._tell_logs(now_s)

    def refresh(self, now_s):
        """Take configuration that was written, or a clock that was set."""
        self.follow(now_s)

    def step(self, now_s):
        """Compare what each ALCS senses with its state, a second after it was moved."""
        if self.loads.moves or now_s == self._moved_s:
            return
        switches = self._switches
        for index in range(len(switches)):
            try:
                self.loads.sense(index + 1, switches[index].closed(), now_s)
            except OSError:
                self._tell_logs(now_s)

    def move(self, now_s):
        """Move the ALCSs whose state changed; after the commit."""
        loads = self.loads
        if loads.moves:
            self._moved_s = now_s
        for index in range(len(self._switches)):
            if loads.moves >> index & 1:
                self._switches[index].set(bool(self._data.alcs_state[index]))
        loads.moves = 0
