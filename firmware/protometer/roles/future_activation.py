"""Activations of firmware for a later date, of devices that have no other Command for one (CS06).

A PPMID and an HCALCS: what waits is one Command, run by step() when its date has come.
"""

from ..model import events
from ..model.command import CommandRefused
from .future_commands import NEVER_S, FutureCommands

COMMAND = "Activate Firmware"


class FutureActivation:
    """device: a RemoteFunction with Pending Commands, whose Firmware is told to activate."""

    def __init__(self, device):
        self._device = device
        self._fulfilled = []
        self.begin()

    def begin(self):
        """Read what is kept, as after a power cut or what was undone."""
        self._future = FutureCommands(self._device.data)

    def keep(self, at_s, values, reference):
        """Keep, sliced, a checked activation until its date, or forget it where that is never."""
        if at_s == NEVER_S:
            self._future.cancel(COMMAND)
        elif not (yield from self._future.put(COMMAND, at_s, COMMAND, values, reference)):
            raise CommandRefused("%s: no room for a later date" % COMMAND)

    def is_due(self, now_s):
        """Tell whether one is to be run; none while the time is not known."""
        return self._device.clock.is_known() and now_s >= self._future.next_s

    def run(self, now_s):
        """Run the one that is due."""
        device, due_s = self._device, self._future.next_s
        _, values, reference = self._future.take_due(now_s)
        outcome = events.FUTURE_COMMAND_DONE
        try:
            device.firmware.activate(now_s, *values)
        except CommandRefused:
            outcome = events.FUTURE_COMMAND_NOT_DONE
        device.events.post(outcome, now_s)
        self._fulfilled.append((reference, outcome, due_s))

    def take_fulfilled(self):
        """Remove and return (reference, event's code, its time) of what was run, or None."""
        return self._fulfilled.pop(0) if self._fulfilled else None
