"""A held relay as Load Switch: a command pin and, where fitted, a sense pin.

Driver contract Switch: set(closed) moves it, closed() tells the sensed position.
"""


class PinSwitch:
    """Drives a relay; sense_pin reads 1 while it is closed, None where nothing senses it."""

    def __init__(self, command_pin, sense_pin=None):
        self._command_pin = command_pin
        self._sense_pin = sense_pin

    def set(self, closed):
        """Command the relay."""
        self._command_pin.value(1 if closed else 0)

    def closed(self):
        """Return the position sensed, or commanded where it can't be sensed."""
        pin = self._sense_pin or self._command_pin
        return pin.value() == 1
