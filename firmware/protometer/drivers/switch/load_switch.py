"""A held relay as Load Switch: one or two outputs that close it and, where fitted, a sense pin.

Driver contract Switch: set(closed) moves it, closed() tells the sensed position.
"""


class PinSwitch:
    """Drives a relay; sense_pin reads 1 while it is closed, None where nothing senses it.

    permit_pin: an output that the relay's circuit needs as well, so that one output gone wrong
    closes nothing (ESME-SEC-04); None where the circuit has none.
    """

    def __init__(self, command_pin, sense_pin=None, permit_pin=None):
        self._command_pin = command_pin
        self._sense_pin = sense_pin
        self._permit_pin = permit_pin

    def set(self, closed):
        """Command the relay."""
        level = 1 if closed else 0
        if self._permit_pin:
            self._permit_pin.value(level)
        self._command_pin.value(level)

    def closed(self):
        """Return the position sensed, or commanded where it can't be sensed."""
        if self._sense_pin:
            return self._sense_pin.value() == 1
        permitted = self._permit_pin is None or self._permit_pin.value() == 1
        return permitted and self._command_pin.value() == 1
