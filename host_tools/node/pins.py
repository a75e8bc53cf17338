"""Pins without a chip: what is driven on one side is read, and interrupts, on the other."""


class SimPin:
    """A pin with the part of machine.Pin's interface that the drivers use."""

    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(self, level=0):
        self._level = level
        self._handler = None
        self._trigger = 0

    def value(self, level=None):
        """Return the level, or set it as an output does."""
        if level is None:
            return self._level
        self._level = level
        return None

    def irq(self, handler, trigger):
        """Call handler(pin) at the edges in trigger."""
        self._handler = handler
        self._trigger = trigger

    def drive(self, level):
        """Put a level on the pin from outside."""
        if level != self._level:
            self._level = level
            edge = self.IRQ_RISING if level else self.IRQ_FALLING
            if self._handler and self._trigger & edge:
                self._handler(self)


class WatchedPin(SimPin):
    """An output that tells before it changes: on_change(level)."""

    def __init__(self, on_change):
        super().__init__(0)
        self._on_change = on_change

    def value(self, level=None):
        """Return the level, or set it and tell of a change."""
        if level is not None and level != self._level:
            self._on_change(level)
        return super().value(level)


class Contact:
    """The sensed contact of a relay: it follows the relay's pin, unless it is stuck."""

    def __init__(self, pin):
        self._pin = pin
        self.stuck = None

    def value(self):
        """Return 1 while it is closed."""
        return self._pin.value() if self.stuck is None else self.stuck
