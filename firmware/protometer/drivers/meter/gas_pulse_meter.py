"""A gas meter that speaks in pulses, as a front end: volume from what a counter tells.

Driver contract of a gas meter's front end: read() moves what came since the last read into
`volume_ml`; CHANNELS names what else it states (roles/gsme.py), here nothing. Counters are those
of pulse_meter.py; nothing that one counted is lost.
"""

from micropython import const

_COUNT_MASK = const(0xFFFFFF)


class GasPulseMeter:
    """Counts a gas meter's pulses; ml_per_pulse: 10,000 for the usual 0.01 m3."""

    CHANNELS = ("volume_ml",)

    def __init__(self, counter, ml_per_pulse=10_000):
        self.counter = counter
        self._ml_per_pulse = ml_per_pulse
        self._taken = counter.read()
        self.volume_ml = 0

    def read(self):
        """Take the volume since the last read."""
        count = self.counter.read()
        self.volume_ml = ((count - self._taken) & _COUNT_MASK) * self._ml_per_pulse
        self._taken = count
