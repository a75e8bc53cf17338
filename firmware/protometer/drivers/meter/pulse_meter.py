"""A meter that speaks in pulses, as a front end: energy and power from what a counter tells.

Driver contract MeterFrontEnd: read() moves what came since the last read into `import_mwh` and
states `power_w`. Nothing that a counter counted is lost: read() only takes the difference.

Contract of a counter: read() returns its count, of 24 bits, which wraps; then `pulses` in
`over_ms` ms are the rate of the moment, over_ms 0 where there is none.
"""

from micropython import const

_MWH_PER_KWH = const(1_000_000)
_W_MS_PER_WH = const(3_600_000)
_COUNT_MASK = const(0xFFFFFF)


class PulseMeter:
    """Counts a meter's pulses; pulses_per_kwh: the meter constant."""

    # The energies that it measures.
    CHANNELS = ("import_mwh",)

    def __init__(self, counter, pulses_per_kwh=1000):
        self.counter = counter
        self._pulses_per_kwh = pulses_per_kwh
        # What a constant such as 3,200 leaves over, in mWh / pulses_per_kwh.
        self._remainder = 0
        self._taken = counter.read()
        self.import_mwh = 0
        self.power_w = 0

    def read(self):
        """Take the energy since the last read and work out the power of the moment."""
        counter = self.counter
        count = counter.read()
        exact = ((count - self._taken) & _COUNT_MASK) * _MWH_PER_KWH + self._remainder
        self.import_mwh = exact // self._pulses_per_kwh
        self._remainder = exact % self._pulses_per_kwh
        self._taken = count
        over_ms = counter.over_ms
        per_pulse = _W_MS_PER_WH // self._pulses_per_kwh * 1000
        self.power_w = per_pulse * counter.pulses // over_ms if over_ms else 0
