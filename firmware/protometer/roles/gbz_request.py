"""A command of GBZ as the handlers of clusters take it: see clusters.Request."""

from ..gbcs import gbz
from ..model.command import CommandRefused

# GCS01a cancels with this, GCS02 to GCS05 with the one after it.
_CANCELS_S = 0xFFFF_FFFE


class GbzRequest:
    """A command of a remote party: `values` of its fields, `now_s`, `from_s` (From-Date-Time).

    `draft`: a dictionary that the commands of a message share; `refusal`: the CommandRefused or
    other error that it came to, for what answers that; run: what it is part of.
    """

    is_remote = True

    def __init__(self, run, step):
        self.values = step.values
        self.from_s = step.component.from_s
        self.draft = run.draft
        self.now_s = run.execution.now_s
        self.refusal = None
        self._execution = run.execution
        self._run = run
        self._step = step

    def may_command(self, meter):
        """Tell whether who asks may ask for Commands: the message's use case has said so."""
        return True

    def perform(self, meter, name, arguments, at_s=None, commands=None):
        """Run, sliced, a Command of SMETS2 within the message's transaction; CommandRefused if it
        can't be.

        at_s: as the ZCL has dates, 0 for at once, the last two of all cancel, None where there is
        no date. commands: (cluster, command) of those that an alert tells of at its date, this one
        if it is None.
        """
        kept = b""
        if at_s:
            arguments["at_s"] = gbz.NEVER_S if at_s >= _CANCELS_S else at_s
            asked = self._step.component
            if commands is None:
                commands = [(asked.cluster, asked.command)]
            if commands:
                execution = self._execution
                kept = gbz.reference(execution.use_case.code, execution.counter, commands)
        return meter.perform(name, arguments, self._execution.originator, self.now_s, kept)

    def write(self, meter, item, value, at_s=None, is_told=True):
        """Write, sliced, a data item; as perform(). is_told: an alert tells of it at its date."""
        arguments = {"item": item, "value": value}
        told = None if is_told else ()
        return self.perform(meter, "Write Configuration Data", arguments, at_s, told)

    def entries(self, meter, log, from_s, until_s):
        """Yield a log's entries in a range: nothing is withheld from remote parties."""
        return log.between(from_s, until_s)

    def answer(self, name, values):
        """Answer with a command of the other side of the cluster."""
        asked = self._step.command
        command = self._run.commands.find(asked.cluster, not asked.from_server, name)
        # Encoded when all is done, in slices.
        self.answer_octets(command.identifier, command.encode_in_slices(dict(values)))

    def answer_octets(self, identifier, payload):
        """Answer with a command of the other side; payload: its octets, at once or sliced."""
        self._run.add(self._step, identifier, payload)

    def answer_several(self, name, values, field, rows, most, number, index="commandIndex"):
        """Answer with rows as a field of one command; most: of a frame's rows, means nothing."""
        values.update({number: 1, index: 0, field: rows})
        self.answer(name, values)


def text_of(octets):
    """Return the text of a string of the ZCL; CommandRefused where it is none."""
    try:
        return octets.decode()
    except ValueError:
        # UnicodeError is one.
        raise CommandRefused("text: not UTF-8")
