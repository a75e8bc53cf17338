"""A device's own clock in a world that several devices share."""


class DeviceClock:
    """Shows the world's time, ahead of it (or behind) by whole seconds; a clock of the kernel.

    world: the clock of the world. It outlives a power cut, as a buffered clock does.
    """

    def __init__(self, world):
        self._world = world
        self._ahead_s = 0
        self.known = True
        self.stopwatch_us = world.stopwatch_us

    def utc_s(self):
        """Return UTC as this device has it."""
        return self._world.utc_s() + self._ahead_s

    def ms_of_second(self):
        """Return the milliseconds since the last whole second."""
        return self._world.ms_of_second()

    def ticks_ms(self):
        """Return the wrapping tick."""
        return self._world.ticks_ms()

    def start_from(self, utc_s):
        """Go on from a time; whether that is known does not change."""
        self._ahead_s = utc_s - self._world.utc_s()

    def set_utc(self, utc_s):
        """Set UTC from a trusted source."""
        self.start_from(utc_s)
        self.known = True

    def lose(self):
        """Begin anew at 2000-01-01, as a clock whose buffer has run empty."""
        self.start_from(0)
        self.known = False
