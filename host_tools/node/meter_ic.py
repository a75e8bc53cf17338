"""A stand-in for a metering IC: the exact energy of constant loads over virtual milliseconds.

An Installation is what a meter is connected to; it stays where it is when the meter's power is
cut. A MeterIc is the front end on it, made anew at each start.
"""

from protometer.kernel.ticks import ticks_diff

_W_MS_PER_MWH = 3_600
# Below this a phase is out.
_LIVE_MV = 23_000
_NOMINAL_MV = 230_000

# The energies, in mWh or mvarh, and where the loads of each are in an Installation.
IMPORT = "import_mwh"
EXPORT = "export_mwh"
REACTIVE_IMPORT = "reactive_import_mvarh"
REACTIVE_EXPORT = "reactive_export_mvarh"
SECONDARY = "secondary_import_mwh"


class Installation:
    """Loads in W or var by phase, and the voltage of each phase; served(): the switch is closed.

    letters: of the meter's role in items.tbl; a meter has a secondary element with T and three
    phases with P.
    """

    def __init__(self, letters, served):
        self.phases = 3 if "P" in letters else 1
        self.kinds = [IMPORT, EXPORT, REACTIVE_IMPORT, REACTIVE_EXPORT]
        if "T" in letters:
            self.kinds.append(SECONDARY)
        self.voltages_mv = [_NOMINAL_MV] * self.phases
        self._loads = {kind: [0] * self.phases for kind in self.kinds}
        self._served = served

    def connect(self, kind, phase, power):
        """Connect a load to a phase, from 1, instead of the one before; power in W or var."""
        if kind not in self._loads:
            raise ValueError("this meter has no secondary element")
        self._check(phase)
        self._loads[kind][phase - 1] = power

    def set_voltage(self, phase, voltage_mv):
        """Set the RMS voltage of a phase, from 1."""
        self._check(phase)
        self.voltages_mv[phase - 1] = voltage_mv

    def live_phases(self):
        """Return which phases are live, a bit each."""
        live = 0
        for index in range(self.phases):
            if self.voltages_mv[index] >= _LIVE_MV:
                live |= 1 << index
        return live

    def power(self, kind):
        """Return what flows now, in W or var: nothing through an open switch or a dead phase."""
        if not self._served():
            return 0
        live = self.live_phases()
        loads = self._loads[kind]
        return sum([loads[index] for index in range(self.phases) if live >> index & 1])

    def _check(self, phase):
        if not 1 <= phase <= self.phases:
            raise ValueError("this meter has no phase %d" % phase)


class MeterIc:
    """A MeterFrontEnd on an Installation; settle() before anything of that changes."""

    def __init__(self, installation, ticks_ms):
        self._installation = installation
        self._ticks_ms = ticks_ms
        self._settled_ms = ticks_ms()
        kinds = installation.kinds
        self.CHANNELS = tuple(kinds) + ("voltages_mv",)
        # What was measured and not read yet, in W ms.
        self._waiting = dict.fromkeys(kinds, 0)
        for kind in kinds:
            setattr(self, kind, 0)
        self.voltages_mv = installation.voltages_mv
        self.live_phases = installation.live_phases()
        self.power_w = 0
        self.secondary_power_w = 0

    def settle(self):
        """Measure up to this moment."""
        now_ms = self._ticks_ms()
        passed_ms = ticks_diff(now_ms, self._settled_ms)
        self._settled_ms = now_ms
        if passed_ms:
            for kind in self._installation.kinds:
                self._waiting[kind] += self._installation.power(kind) * passed_ms

    def read(self):
        """Take the energies since the last read, and what is measured of the moment."""
        self.settle()
        installation = self._installation
        for kind in installation.kinds:
            waiting = self._waiting[kind]
            setattr(self, kind, waiting // _W_MS_PER_MWH)
            self._waiting[kind] = waiting % _W_MS_PER_MWH
        self.power_w = installation.power(IMPORT)
        if SECONDARY in installation.kinds:
            self.secondary_power_w = installation.power(SECONDARY)
        self.live_phases = installation.live_phases()
