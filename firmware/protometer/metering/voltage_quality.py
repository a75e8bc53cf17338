"""Voltage quality of one or three phases (SMETS2 5.5.12, 5.17.2; Power Event Log, 0x80xx).

Averages are compared as their period ends, strictly; the RMS voltage is compared every second and
has to be beyond a threshold, or back, for a period. Thresholds are whole volts; what is compared
with them is in millivolts (ESME-VQ-07).
"""

from array import array

from micropython import const

from ..model import events
from ..model.command import CommandRefused, is_integer
from ..model.stopwatch import Stopwatch
from .voltage_average import VoltageAverage

# Kinds of conditions: indices in Voltage Conditions, and of the tables below.
OVER = const(0)
UNDER = const(1)
EXTREME_OVER = const(2)
SWELL = const(3)
EXTREME_UNDER = const(4)
SAG = const(5)

# Event of each kind as it begins and ends: of a single phase, the next three of phases 1 to 3.
_BEGAN = (
    events.AVERAGE_OVER_VOLTAGE,
    events.AVERAGE_UNDER_VOLTAGE,
    events.EXTREME_OVER_VOLTAGE,
    events.VOLTAGE_SWELL,
    events.EXTREME_UNDER_VOLTAGE,
    events.VOLTAGE_SAG,
)
_ENDED = (
    events.AVERAGE_OVER_VOLTAGE_ENDED,
    events.AVERAGE_UNDER_VOLTAGE_ENDED,
    events.EXTREME_OVER_VOLTAGE_ENDED,
    events.VOLTAGE_SWELL_ENDED,
    events.EXTREME_UNDER_VOLTAGE_ENDED,
    events.VOLTAGE_SAG_ENDED,
)
# Of the kinds from EXTREME_OVER on: threshold and period, for all phases (POLY-POL-07).
_COMMON = (
    ("extreme_over_voltage_v", "extreme_over_voltage_period_s"),
    ("voltage_swell_v", "voltage_swell_period_s"),
    ("extreme_under_voltage_v", "extreme_under_voltage_period_s"),
    ("voltage_sag_v", "voltage_sag_period_s"),
)
_PER_PHASE = ("average_over_voltage_v", "average_under_voltage_v", "average_voltage_period_s")
# What the front end may tell besides (ESME-VQ-09, POLY-POL-09).
_TOLD = (
    events.OVER_CURRENT,
    events.OVER_CURRENT_PHASE_1,
    events.OVER_CURRENT_PHASE_2,
    events.OVER_CURRENT_PHASE_3,
    events.POWER_FACTOR_LOW,
    events.POWER_FACTOR_RESTORED,
    events.PHASE_SEQUENCE_WRONG,
    events.POLARITY_WRONG,
    events.REVERSE_CURRENT,
)

_UINT32 = 0xFFFF_FFFF
# 30 days: a sum of volts over more would not stay a small integer.
_MOST_AVERAGED_S = const(2_592_000)
# Settings of 32 bits are cut to these, for a second's comparisons to make no objects.
_MOST_V = const(1_000_000)
_MOST_S = const(0x3FFF_FFFF)
_MV_PER_V = const(1000)
_HALF_A_VOLT_MV = const(500)
# Below a tenth of 230 V a phase is interrupted: no matter of quality, see outage.py.
_INTERRUPTED_MV = const(23_000)
# A clock set by more has no use for what was summed.
_CORRECTED_S = const(60)


class VoltageError(CommandRefused):
    """A voltage Command is refused; the message says why."""


class VoltageQuality:
    """Watches the voltage of 1 or 3 phases.

    After a step `ended` has a bit for each phase whose measurement period has just ended; then
    `average_v` has its average in whole volts, and `ended_s` when that was.
    """

    def __init__(self, data, outbox, phases):
        self._data = data
        self._outbox = outbox
        self._phases = phases
        self._watch = Stopwatch()
        self._averages = [VoltageAverage() for _ in range(phases)]
        self._over_mv = array("I", bytes(4 * phases))
        self._under_mv = array("I", bytes(4 * phases))
        self._limits_mv = array("I", bytes(4 * len(_COMMON)))
        self._periods_s = array("I", bytes(4 * len(_COMMON)))
        # How long each of these has been about to begin or end, by phase; 0: it is not.
        self._changing_s = array("I", bytes(4 * len(_COMMON) * phases))
        self.ended = 0
        self.ended_s = array("I", bytes(4 * phases))
        self.average_v = array("I", bytes(4 * phases))
        self.refresh(0)

    def refresh(self, now_s):
        """Take configuration that was written; a period whose length changed begins anew."""
        data = self._data
        for phase in range(self._phases):
            self._averages[phase].set_period(data.average_voltage_period_s[phase])
            self._over_mv[phase] = _in_mv(data.average_over_voltage_v[phase])
            self._under_mv[phase] = _in_mv(data.average_under_voltage_v[phase])
        for index in range(len(_COMMON)):
            limit, period = _COMMON[index]
            self._limits_mv[index] = _in_mv(getattr(data, limit))
            self._periods_s[index] = min(getattr(data, period), _MOST_S)

    def step(self, voltages_mv, now_s):
        """Take the RMS voltages of a second, by phase."""
        watch = self._watch
        passed_s = watch.lap_s(now_s)
        set_s = watch.set_s
        if not -_CORRECTED_S <= set_s <= _CORRECTED_S:
            for average in self._averages:
                average.restart()
        self.ended = 0
        for phase in range(self._phases):
            voltage_mv = voltages_mv[phase]
            average = self._averages[phase]
            if voltage_mv < _INTERRUPTED_MV:
                average.spoil()
            if average.add(voltage_mv, passed_s + set_s, now_s):
                self._judge(phase)
            self._compare(phase, voltage_mv, passed_s, now_s)

    def note_condition(self, code, now_s):
        """Log one of the optional events, which the front end tells as it begins (ESME-VQ-09).

        Over current, power factor, phase sequence, polarity, reverse current; else ValueError.
        """
        if code not in _TOLD:
            raise ValueError("no condition has the code %04x" % code)
        self._outbox.post(code, now_s)

    def check_configure(self, settings):
        """Return what configure takes; VoltageError names what is wrong.

        settings: attributes of the voltage thresholds and periods, any of them; those of averages
        have a list with a value for each phase.
        """
        common = [name for pair in _COMMON for name in pair]
        for name in sorted(settings):
            if name in _PER_PHASE:
                self._check_phases(name, settings[name])
            elif name in common:
                _check(name, settings[name], _UINT32)
            else:
                raise VoltageError("%s: no such voltage setting" % name)
        return [settings]

    def configure(self, now_s, settings):
        """Set what check_configure returned (SMETS2 5.7.4.4-6, 5.7.4.34-41, 5.19.1)."""
        for name in settings:
            value = settings[name]
            if name in _PER_PHASE:
                held = getattr(self._data, name)
                for phase in range(self._phases):
                    held[phase] = value[phase]
            else:
                setattr(self._data, name, value)
        self.refresh(now_s)

    def check_reset_over_counter(self, phase):
        """Return what reset_over_counter takes; phase: 1 to 3, or None for the only one."""
        phase = 1 if phase is None else phase
        if not 1 <= phase <= self._phases:
            raise VoltageError("voltage counter: no phase %d" % phase)
        return [phase]

    def check_reset_under_counter(self, phase):
        """Return what reset_under_counter takes, as check_reset_over_counter."""
        return self.check_reset_over_counter(phase)

    def reset_over_counter(self, now_s, phase):
        """Reset Average RMS Over Voltage Counter (SMETS2 5.6.3.22, 5.18.1.1)."""
        self._data.average_over_voltage_count[phase - 1] = 0

    def reset_under_counter(self, now_s, phase):
        """Reset Average RMS Under Voltage Counter (SMETS2 5.6.3.23, 5.18.1.2)."""
        self._data.average_under_voltage_count[phase - 1] = 0

    def _check_phases(self, name, values):
        if not isinstance(values, (list, tuple)) or len(values) != self._phases:
            raise VoltageError("%s: takes %d values" % (name, self._phases))
        for value in values:
            _check(name, value, _MOST_AVERAGED_S if name == _PER_PHASE[-1] else _UINT32)

    def _judge(self, phase):
        """Compare an average as its period ends (ESME-VQ-02): strictly, and before rounding."""
        average = self._averages[phase]
        mean_mv = average.mean_mv
        end_s = average.ended_s
        self.ended |= 1 << phase
        self.ended_s[phase] = end_s
        self.average_v[phase] = (mean_mv + _HALF_A_VOLT_MV) // _MV_PER_V
        data = self._data
        over = mean_mv > self._over_mv[phase]
        if over != self._is_in_force(OVER, phase):
            self._turn(OVER, phase, over, end_s)
            _count(data.average_over_voltage_count, phase, over)
        under = mean_mv < self._under_mv[phase]
        if under != self._is_in_force(UNDER, phase):
            self._turn(UNDER, phase, under, end_s)
            _count(data.average_under_voltage_count, phase, under)

    def _compare(self, phase, voltage_mv, passed_s, now_s):
        limits_mv = self._limits_mv
        self._hold(EXTREME_OVER, phase, voltage_mv > limits_mv[0], passed_s, now_s)
        self._hold(SWELL, phase, voltage_mv > limits_mv[1], passed_s, now_s)
        if voltage_mv < _INTERRUPTED_MV:
            self._changing_s[2 * self._phases + phase] = 0
            self._changing_s[3 * self._phases + phase] = 0
        else:
            self._hold(EXTREME_UNDER, phase, voltage_mv < limits_mv[2], passed_s, now_s)
            self._hold(SAG, phase, voltage_mv < limits_mv[3], passed_s, now_s)

    def _hold(self, kind, phase, beyond, passed_s, now_s):
        """Begin or end a condition once it has held for its period (ESME-VQ-03 to ESME-VQ-06)."""
        index = kind - EXTREME_OVER
        at = index * self._phases + phase
        if beyond == self._is_in_force(kind, phase):
            self._changing_s[at] = 0
            return
        # One more than the seconds since it was first so.
        held_s = self._changing_s[at]
        held_s = held_s + passed_s if held_s else 1
        if held_s > self._periods_s[index]:
            held_s = 0
            self._turn(kind, phase, beyond, now_s)
        self._changing_s[at] = held_s

    def _is_in_force(self, kind, phase):
        return self._data.voltage_conditions[kind] >> phase & 1 == 1

    def _turn(self, kind, phase, begins, at_s):
        """Note that a condition begins or ends."""
        self._data.voltage_conditions[kind] ^= 1 << phase
        code = _BEGAN[kind] if begins else _ENDED[kind]
        self._outbox.post(code + phase + 1 if self._phases > 1 else code, at_s)


def _in_mv(volts):
    return min(volts, _MOST_V) * _MV_PER_V


def _check(name, value, most):
    if not is_integer(value) or not 0 <= value <= most:
        raise VoltageError("%s: %s is outside 0..%d" % (name, value, most))


def _count(counters, phase, begins):
    if begins and counters[phase] < _UINT32:
        counters[phase] += 1
