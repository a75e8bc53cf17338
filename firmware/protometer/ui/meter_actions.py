"""What key B begins: `meter_actions.tbl`, and the words for why a Command was refused."""

from micropython import const

from ..model import events
from ..model.table import rows, table_path

_TABLE = table_path(__file__, "meter_actions.tbl")
_COLUMNS = const(8)

# By the `reason` of a refusal; 0: a UTRN that is none.
_REASONS = {
    0: "Invalid code",
    events.UTRN_ABOVE_MAXIMUM_BALANCE: "Balance too high",
    events.UTRN_ABOVE_MAXIMUM_CREDIT: "Credit too high",
    events.UTRN_DUPLICATE: "Code already used",
    events.UTRN_LOCKED_OUT: "Locked: try later",
    events.UTRN_NOT_AUTHENTIC: "Invalid code",
    events.UTRN_NOT_FOR_DEVICE: "Code not for this meter",
}


class Action:
    """One row of the table.

    digits: how many are typed, 0 for none; is_secret: they hide once typed; choices: the numbers
    there are to choose from; argument: the name under which one of them goes into the Command.
    """

    def __init__(self, row):
        self.name, self.command, argument, marks, self.hint, question, done, refused = row
        self.needs_pin = "P" in marks
        self.is_secret = "S" in marks
        self.question = None if question == "-" else question
        self.done = None if done == "-" else done
        self._refused = refused
        self.argument = None
        self.digits = 0
        self.choices = ()
        if ":" in argument:
            self.argument, digits = argument.split(":")
            self.digits = int(digits)
        elif "=" in argument:
            self.argument, choices = argument.split("=")
            self.choices = [int(choice) for choice in choices.split(",")]

    def refused(self, refusal):
        """Return the words for a CommandRefused."""
        return _REASONS.get(getattr(refusal, "reason", None), self._refused)


def find(name):
    """Return the action of that name."""
    for row in rows(_TABLE, _COLUMNS):
        if row[0] == name:
            return Action(row)
    raise KeyError(name)
