"""Voltage quality of a meter whose front end measures it, and its logs (SMETS2 5.5.12.1)."""

from ..metering.voltage_quality import VoltageQuality

_LOGS = (
    "Average RMS Voltage Profile Data Log",
    "Average RMS Voltage Profile Data Log Phase 2",
    "Average RMS Voltage Profile Data Log Phase 3",
)


class VoltageWatch:
    """Hands the front end's `voltages_mv` to `quality`, and averages to their logs.

    A log that fails loses that average: the next one comes soon. on_kept() hears of an entry that
    wants to be durable.
    """

    def __init__(self, data, outbox, logbook, front_end, phases, on_kept):
        self.quality = VoltageQuality(data, outbox, phases)
        self._front_end = front_end
        self._on_kept = on_kept
        self._logs = [logbook.named(name) for name in _LOGS[:phases]]

    def step(self, now_s):
        """Take the voltages of a second."""
        quality = self.quality
        quality.step(self._front_end.voltages_mv, now_s)
        if quality.ended:
            self._keep(quality)

    def _keep(self, quality):
        for phase in range(len(self._logs)):
            if quality.ended >> phase & 1:
                try:
                    self._logs[phase].append(quality.ended_s[phase], quality.average_v[phase])
                except OSError:
                    continue
                self._on_kept()
