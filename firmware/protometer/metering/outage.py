"""Supply interruptions and restorations, by phase (SMETS2 5.5.12.6, 5.17.2.6).

A meter without power can tell nothing: its own outage is told at power-up. A polyphase meter
lives on while one phase does (POLY-POL-10), and tells of the others.
"""

from micropython import const

from ..model import events

# From here on an outage is a long one.
_LONG_S = const(180)


class Outages:
    """Posts an event for each phase as it is interrupted and as it is restored.

    The detail of a restoration is when the outage began. Events of a single phase have codes of
    their own; phases: 1 or 3.
    """

    def __init__(self, data, outbox, phases):
        self._data = data
        self._outbox = outbox
        self._phases = phases

    def step(self, live_phases, now_s):
        """Take which phases are live, a bit each, the first bit 0.

        None live is the end of the meter's own supply, which restored() tells of.
        """
        data = self._data
        every = (1 << self._phases) - 1
        live = live_phases & every
        if not live or live ^ data.phases_out == every:
            return
        for phase in range(self._phases):
            bit = 1 << phase
            if live & bit:
                if data.phases_out & bit:
                    self._restore(phase, now_s)
            elif not data.phases_out & bit:
                self._interrupt(phase, now_s)

    def restored(self, now_s, last_step_s):
        """Note at power-up that the meter was without supply since its last step.

        A single phase is restored with it; of three the next step() tells which are. Phases that
        were out before have been so since then.
        """
        for phase in range(self._phases):
            if not self._data.phases_out >> phase & 1:
                self._interrupt(phase, last_step_s)
        if self._phases == 1:
            self._restore(0, now_s)

    def _interrupt(self, phase, at_s):
        data = self._data
        data.phases_out |= 1 << phase
        data.phases_out_since_s[phase] = at_s
        self._outbox.post(events.SUPPLY_INTERRUPTED + self._number(phase), at_s)

    def _restore(self, phase, now_s):
        data = self._data
        data.phases_out &= ~(1 << phase)
        since_s = data.phases_out_since_s[phase]
        # Short and long in turn, of a single phase and then of phases 1 to 3.
        code = events.SUPPLY_RESTORED + 2 * self._number(phase)
        if now_s - since_s >= _LONG_S:
            code += 1
        self._outbox.post(code, now_s, since_s)

    def _number(self, phase):
        return phase + 1 if self._phases > 1 else 0
