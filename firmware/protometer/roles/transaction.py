"""One commit: events into their logs, then the state, all or nothing (SMETS2 5.5.3).

Whatever happened is durable, and has been read back, before a switch moves, a Response leaves or
an alert goes out. Energy alone waits, within the board's bounds, to spare the memory.

A message of a remote party is carried out in slices, between which the HAN goes on. Nobody else
commits its half: who does not care waits, and whoever must not wait has it completed first.
"""

from ..kernel.slices import Sliced, finish
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

# Outcomes of what is carried out, beside True and False, and the event of each.
PARTLY = 2
_EVENTS = {
    True: events.COMMAND_DONE,
    False: events.COMMAND_NOT_DONE,
    PARTLY: events.COMMAND_NOT_DONE,
}


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
        # What is carried out in slices, and the places of events that are not of it.
        self._under_way = None
        self._foreign = []
        self._seen = 0
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

    def carry_out(self, work, undone, now_s, message_code):
        """Run, sliced, work() as one transaction; return its outcome.

        work() returns, sliced, whether all was done, PARTLY where what was done stays though some
        was not. What it refuses, or the memory can't keep, is reverted, and undone(now_s), sliced,
        told of it. The outcome is an event with the message's code.
        """
        return self._alone(self._carried_out(work, undone, now_s, message_code))

    def commit_in_slices(self, now_s):
        """Do, sliced, as commit() does."""
        return self._alone(self._committed(now_s, False))

    def _alone(self, work):
        """Run, sliced, work between whose slices nobody else commits."""
        self.complete()
        self._foreign = []
        under_way = self._under_way = Sliced(work)
        self._seen = len(self.events)
        while self._go_on(under_way):
            yield
        if self._under_way is under_way:
            self._under_way = None
        return under_way.result()

    def is_busy(self):
        """Tell whether something is carried out whose next slice is still to come."""
        under_way = self._under_way
        return under_way is not None and not (under_way.running or under_way.ended)

    def complete(self):
        """Bring what is being carried out to its end, for somebody who must not wait."""
        while self.is_busy():
            self._go_on(self._under_way)

    def _go_on(self, under_way):
        """Run the next slice; tell whether there is another."""
        self._foreign.extend(range(self._seen, len(self.events)))
        goes_on = under_way.step()
        self._seen = len(self.events)
        return goes_on

    def _carried_out(self, work, undone, now_s, message_code):
        if self.is_pending() and not (yield from self._committed(now_s, False)):
            return False
        # Those before are durable, and what is there by now is not of the work.
        self._foreign = list(range(len(self.events)))
        failure = None
        done = False
        try:
            done = yield from work()
            if done:
                yield
                self.events.post(_EVENTS[done], now_s, message_code)
                done = (yield from self._committed(now_s, True)) and done
        except Exception as error:
            failure = error
        if not done:
            yield
            yield from self._reverted()
            yield
            yield from undone(now_s)
            if failure:
                raise failure
            self.events.post(_EVENTS[done], now_s, message_code)
            yield from self._committed(now_s, False)
        return done

    def commit(self, now_s, or_nothing=False):
        """Make state, logs and events durable; return whether they are.

        A memory that fails is an event, told once until it works again, and never a stop; events
        are handed on all the same, unless or_nothing: then the caller reverts.
        """
        self.complete()
        return finish(self._committed(now_s, or_nothing))

    def _committed(self, now_s, or_nothing):
        count = len(self.events)
        self._log_events(count, now_s)
        yield
        kept = yield from self._store.commit_in_slices()
        self._undurable = not kept
        if kept:
            self._at_risk_mwh = 0
            self._committed_s = now_s
        if kept or not or_nothing:
            self._hand_on(count)
        if not kept and not self._faulty:
            self.outbox.post(events.MEMORY_FAULT, now_s)
        self._faulty = not kept
        return kept

    def revert(self):
        """Undo everything since the last commit, which could not be followed by another.

        Of the events those stay that say why a top-up was refused: that has happened.
        """
        finish(self._reverted())

    def _reverted(self):
        yield from self._store.revert()
        self._undurable = False
        for index in range(len(self.events)):
            event = self.events.take()
            if index in self._foreign or event[0] in _OF_REFUSALS:
                self.events.post(*event)
        self._foreign = []

    def tell_logs(self, working, now_s):
        """Raise the event of logs that fail, once until they work again."""
        if not working and not self._logs_faulty:
            self.outbox.post(events.MEMORY_FAULT, now_s)
        self._logs_faulty = not working

    def _log_events(self, count, now_s):
        for index in range(count):
            try:
                self.event_logs.record(*self.events.entry(index))
            except OSError:
                self.tell_logs(False, now_s)

    def _hand_on(self, count):
        for _ in range(count):
            code, at_s, detail = self.events.take()
            if self.event_settings.sounds_alarm(code):
                self.alarm = code
            self.outbox.post(code, at_s, detail)
