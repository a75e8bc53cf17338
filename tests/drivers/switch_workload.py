"""A relay behind two outputs; every runtime must print what switch_workload.golden says."""

from protometer.drivers.switch.load_switch import PinSwitch


class Pin:
    """An output that may be stuck at a level."""

    def __init__(self, stuck=None):
        self.stuck = stuck
        self._level = 0

    def value(self, level=None):
        if level is not None:
            self._level = level
        return self._level if self.stuck is None else self.stuck


def relay(command, permit):
    """The position of a relay that needs both."""
    return bool(command.value() and permit.value())


for stuck_command in (None, 0, 1):
    for stuck_permit in (None, 0, 1):
        command, permit = Pin(stuck_command), Pin(stuck_permit)
        switch = PinSwitch(command, None, permit)
        told = []
        for closed in (False, True, False):
            switch.set(closed)
            told.append((closed, relay(command, permit), switch.closed()))
        print(stuck_command, stuck_permit, told)
