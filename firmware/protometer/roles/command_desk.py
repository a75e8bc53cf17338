"""Commands on their way: found, authorised, checked, run or kept for their date, and logged.

The parts of the meter that `commands.tbl` names carry them out; the transaction round a Command is
the meter's.
"""

from micropython import const

from ..kernel.slices import sliced
from ..model import events
from ..model.command import USER_INTERFACE, BadFormat, CommandRefused
from ..records.readings import MODE_CHANGE, TARIFF_CHANGE
from .commands import find
from .future_commands import NEVER_S, FutureCommands

_HOUR_S = const(3600)
# So many malformed Commands within an hour are unusual (0x8F60).
_UNUSUAL = const(10)
# References of Commands that were run, until somebody fetches them.
_MOST_FULFILLED = const(16)
# Marks of Commands, and the change that they make.
_CHANGES = (("B", TARIFF_CHANGE), ("P", MODE_CHANGE))


class CommandDesk:
    """meter: whose parts, readings and events Commands need; refresh(now_s) has parts take
    configuration anew; tell_logs(working, now_s) hears of a log that failed.
    """

    def __init__(self, meter, refresh, tell_logs):
        self._meter = meter
        self._refresh = refresh
        self._tell_logs = tell_logs
        self._malformed = 0
        self._malformed_s = 0
        self._fulfilled = []
        self.begin()

    def begin(self):
        """Read what is kept for later dates, as after a power cut."""
        self.future = FutureCommands(self._meter.data)

    def checked(self, name, arguments, originator):
        """Return, sliced, (Command, checked values, date or None), or raise CommandRefused.

        A check_ returns what its method takes, at once or sliced.
        """
        command = find(self._meter.data.role, name)
        command.authorise(originator)
        yield
        arguments = dict(arguments)
        at_s = arguments.pop("at_s", None) if command.group != "-" else None
        values = command.values(arguments)
        part = getattr(self._meter, command.part, None)
        if part is None:
            raise CommandRefused("%s: this meter has nothing for it" % name)
        if "O" in command.marks:
            values = [originator] + values
        if "C" in command.marks:
            yield
            values = yield from sliced(getattr(part, "check_" + command.method)(*values))
        return command, values, at_s

    def run(self, command, values, at_s, now_s, reference=b""):
        """Run, sliced, a checked Command, or keep it, with a reference, for its date."""
        if at_s is None or at_s <= now_s:
            # What follows has been checked, and does not refuse.
            self._note_change(command, now_s)
            yield
            self._apply(command, values, now_s)
            return
        group = _group(command, values)
        if at_s == NEVER_S:
            self.future.cancel(group)
        elif not (yield from self.future.put(group, at_s, command.name, values, reference)):
            raise CommandRefused("%s: no room for a Command of a later date" % command.name)

    def next_s(self):
        """Return when the next Command falls due; never while the time is not known.

        (ESME-CLK-05)
        """
        return self.future.next_s if self._meter.clock.is_known() else NEVER_S

    def run_due(self, now_s):
        """Run the Commands whose date has come; an Alert tells of each (ESME-COM-11)."""
        meter = self._meter
        while now_s >= self.next_s():
            due_s = self.future.next_s
            name, values, reference = self.future.take_due(now_s)
            command = find(meter.data.role, name)
            outcome = events.FUTURE_COMMAND_DONE
            try:
                self._note_change(command, now_s)
            except OSError:
                # A tariff does not wait for a broken log.
                self._tell_logs(False, now_s)
            try:
                self._apply(command, values, now_s)
            except CommandRefused:
                outcome = events.FUTURE_COMMAND_NOT_DONE
            meter.events.post(outcome, now_s, command.code)
            if reference:
                # The oldest goes where nobody fetches them.
                self._fulfilled = self._fulfilled[1 - _MOST_FULFILLED :]
                self._fulfilled.append((reference, outcome, due_s))

    def take_fulfilled(self):
        """Remove and return (reference, event's code, its time) of what was run, or None."""
        return self._fulfilled.pop(0) if self._fulfilled else None

    def note_done(self, command, originator, now_s):
        """Post the event of a Command that was done."""
        by_user = originator == USER_INTERFACE
        code = events.UI_COMMAND_DONE if by_user else events.COMMAND_DONE
        self._meter.events.post(code, now_s, command.code)

    def note_refusal(self, refusal, name, originator, now_s):
        """Post the event of a Command that was refused, and of unusually many malformed ones."""
        outbox = self._meter.events
        try:
            detail = find(self._meter.data.role, name).code
        except BadFormat:
            detail = 0
        code = refusal.event
        if code is None:
            by_user = originator == USER_INTERFACE
            code = events.UI_COMMAND_NOT_DONE if by_user else events.COMMAND_NOT_DONE
        outbox.post(code, now_s, detail)
        if not isinstance(refusal, BadFormat):
            return
        if not 0 <= now_s - self._malformed_s < _HOUR_S:
            self._malformed_s = now_s
            self._malformed = 0
        self._malformed += 1
        if self._malformed == _UNUSUAL:
            outbox.post(events.UNUSUAL_NUMBER_OF_COMMANDS, now_s)

    def _note_change(self, command, now_s):
        """Keep registers and money as they stand before a change of mode or tariff."""
        for mark, cause in _CHANGES:
            if mark in command.marks:
                self._meter.readings.mode_or_tariff_changed(now_s, cause)

    def _apply(self, command, values, now_s):
        getattr(getattr(self._meter, command.part), command.method)(now_s, *values)
        if "R" in command.marks:
            self._refresh(now_s)


def _group(command, values):
    """Return what a Command for a later date replaces an earlier one of."""
    if command.group[-1] != "@":
        return command.group
    # That for the same item, whose name comes after the originator, or the same switch.
    return values[1] if command.group == "@" else command.group + str(values[0])
