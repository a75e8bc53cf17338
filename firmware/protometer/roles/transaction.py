"""One commit: events into their logs, then the state, all or nothing (SMETS2 5.5.3).

Whatever happened is durable, and has been read back, before a switch moves, a Response leaves or
an alert goes out. Energy alone waits, within the board's bounds, to spare the memory.
"""

from ..model import events
from ..records.event_logs import EventLogs
from ..records.event_settings import EventSettings
from ..records.logbook import Logbook
from ..store.store import Store

# What tells of a top-up that was refused.
_OF_REFUSALS = (
    events.UTRN_ABOVE_MAXIMUM_BALANCE,
    events.UTRN_ABOVE_MAXIMUM_CREDIT,
    events.UTRN_DUPLICATE,
    events.UTRN_NOT_AUTHENTIC,
    events.UTRN_NOT_FOR_DEVICE,
)


class Transaction:
    """Commits a Data together with its logs.

    memory: keeps the state; logs: a memory for files; loss_bound_mwh: the energy that a power cut
    may cost; commit_s: how long energy may wait. `events` takes what happens, `outbox` hands on
    what is durable.
    """

    def __init__(self, data, memory, logs, loss_bound_mwh, commit_s):
        self._data = data
        self._store = Store(data, memory)
        self._loss_bound_mwh = loss_bound_mwh
        self._commit_s = commit_s
        self._at_risk_mwh = 0
        self._committed_s = 0
        self._undurable = False
        self._faulty = False
        self._logs_faulty = False
        # The last event that sounded an Alarm, 0 if none did.
        self.alarm = 0
        self.events = events.Outbox()
        self.outbox = events.Outbox()
        self.logbook = Logbook(data, memory, logs)
        self.event_settings = EventSettings(data)
        self.event_logs = EventLogs(self.logbook, self.event_settings, self.events)
        self.durable = self._store.durable

    def restore(self, now_s):
        """Bring back what was kept; return whether there was anything."""
        restored = self._store.restore()
        # Damage that was told stays where it is until its place is written again.
        if self._store.fell_back and self._store.damaged != self._data.damage_told:
            self.events.post(events.MEMORY_FAULT, now_s)
        self._data.damage_told = self._store.damaged
        self._committed_s = now_s
        return restored

    def add_energy(self, energy_mwh):
        """Count energy that is not yet durable."""
        self._at_risk_mwh += energy_mwh

    def is_pending(self):
        """Tell whether anything waits to be durable that would be lost in undoing a Command."""
        return self._undurable or self._at_risk_mwh > 0 or len(self.events) > 0

    def is_due(self, energy_mwh, now_s):
        """Tell whether to commit now; energy_mwh: of the last second.

        Another second like it must not take the loss in a power cut beyond the bound.
        """
        if len(self.events):
            return True
        at_risk_mwh = self._at_risk_mwh
        if not at_risk_mwh:
            return False
        if at_risk_mwh + energy_mwh > self._loss_bound_mwh:
            return True
        return not 0 <= now_s - self._committed_s < self._commit_s

    def commit(self, now_s, or_nothing=False):
        """Make state, logs and events durable; return whether they are.

        A memory that fails is an event, told once until it works again, and never a stop; events
        are handed on all the same, unless or_nothing: then the caller reverts.
        """
        self._log_events(now_s)
        kept = self._store.commit()
        self._undurable = not kept
        if kept:
            self._at_risk_mwh = 0
            self._committed_s = now_s
        if kept or not or_nothing:
            self._hand_on()
        if not kept and not self._faulty:
            self.outbox.post(events.MEMORY_FAULT, now_s)
        self._faulty = not kept
        return kept

    def revert(self):
        """Undo everything since the last commit, which could not be followed by another.

        Of the events those stay that say why a top-up was refused: that has happened.
        """
        self._store.revert()
        self._undurable = False
        for _ in range(len(self.events)):
            event = self.events.take()
            if event[0] in _OF_REFUSALS:
                self.events.post(*event)

    def tell_logs(self, working, now_s):
        """Raise the event of logs that fail, once until they work again."""
        if not working and not self._logs_faulty:
            self.outbox.post(events.MEMORY_FAULT, now_s)
        self._logs_faulty = not working

    def _log_events(self, now_s):
        for index in range(len(self.events)):
            try:
                self.event_logs.record(*self.events.entry(index))
            except OSError:
                self.tell_logs(False, now_s)

    def _hand_on(self):
        while len(self.events):
            code, at_s, detail = self.events.take()
            if self.event_settings.sounds_alarm(code):
                self.alarm = code
            self.outbox.post(code, at_s, detail)
