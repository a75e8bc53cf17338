"""Half-hours for the Profile Data Log (SMETS2 5.5.9.9, 5.7.5.27; ESME-REC-06, ESME-REC-07).

Each half-hour gets one entry, stamped with its end. One that was wholly without power is written
as 0 when power is back, one that was partly so with what was measured.
"""

from micropython import const

HALF_HOUR_S = const(1800)
# Written at once after an outage; the role comes again for the rest.
_MOST_AT_ONCE = const(12)
# The indices in Half Hour Energy, and the log of each.
ACTIVE_IMPORT = const(0)
ACTIVE_EXPORT = const(1)
REACTIVE_IMPORT = const(2)
REACTIVE_EXPORT = const(3)
SECONDARY_IMPORT = const(4)
_LOGS = (
    "Profile Data Log Active Import",
    "Profile Data Log Active Export",
    "Profile Data Log Reactive Import",
    "Profile Data Log Reactive Export",
    "Profile Data Log Secondary Active Import",
)
GAS_LOG = "Profile Data Log"


class Profile:
    """Sums energy by half-hours and closes them.

    channels: the indices that the meter measures; data: as restored, still with the last step
    before a power cut; demand: told of each half-hour that had energy, as MaximumDemand.note is.
    `due_s`: when the next half-hour ends.
    """

    def __init__(self, data, logbook, channels, demand=None):
        self._data = data
        self._channels = channels
        self._demand = demand
        names = (GAS_LOG,) if "G" in data.role else _LOGS
        self._logs = [logbook.named(names[channel]) for channel in channels]
        # The end of the half-hour whose energy is in Half Hour Energy.
        self._summed_s = -(-data.last_step_s // HALF_HOUR_S) * HALF_HOUR_S
        # What was in it as the time was lost, or None.
        self._before_loss = None
        self.due_s = 0

    def add(self, channel, energy_wh):
        """Count whole Wh (or varh) into the half-hour that runs."""
        self._data.half_hour_wh[channel] += energy_wh

    def lose_time(self):
        """Note at power-up that the time isn't known: the next keep() will have found it.

        What is measured until then is of the half-hour that runs then.
        """
        self._before_loss = list(self._data.half_hour_wh)

    def keep(self, now_s):
        """Write the half-hours that have ended, a batch at most; OSError where a log fails.

        `due_s` stays in the past while more are to be written. What is measured meanwhile belongs
        to the half-hour that runs: if that ends before all are written, its entry also gets the
        energy of those few seconds.
        """
        data = self._data
        running_s = now_s - now_s % HALF_HOUR_S
        if not data.half_hours_ended_s:
            data.half_hours_ended_s = running_s
        # Of a clock that had never been set, or an outage longer than the log, no more than fits.
        longest = max([log.entries_kept for log in self._logs])
        ended_s = max(data.half_hours_ended_s, running_s - longest * HALF_HOUR_S)
        measured_wh = self._take_measured_since_loss(running_s)
        self._sum_for(ended_s, running_s)
        count = min((running_s - ended_s) // HALF_HOUR_S, _MOST_AT_ONCE)
        try:
            if count > 0:
                self._write(ended_s, count)
                ended_s += count * HALF_HOUR_S
                data.half_hours_ended_s = ended_s
                self._sum_for(ended_s, running_s)
        finally:
            for channel in self._channels if measured_wh else ():
                data.half_hour_wh[channel] += measured_wh[channel]
        self._before_loss = None
        self.due_s = ended_s + HALF_HOUR_S

    def _take_measured_since_loss(self, running_s):
        """Take out and return what was measured since the time was lost, None if nothing was.

        It stays where it is if the half-hour of the loss still runs.
        """
        before_wh = self._before_loss
        if before_wh is None or running_s < self._summed_s:
            return None
        wh = self._data.half_hour_wh
        measured_wh = [total - before for total, before in zip(wh, before_wh)]
        for channel in self._channels:
            wh[channel] = before_wh[channel]
        return measured_wh

    def _sum_for(self, ended_s, running_s):
        if self._summed_s <= ended_s:
            self._summed_s = max(ended_s, running_s) + HALF_HOUR_S

    def _write(self, ended_s, count):
        wh = self._data.half_hour_wh
        # Where the sums belong; every other half-hour was without power.
        summed = (self._summed_s - ended_s) // HALF_HOUR_S - 1
        numbers = [log.next_number() for log in self._logs]
        try:
            for channel, log in zip(self._channels, self._logs):
                log.extend(
                    (ended_s + (index + 1) * HALF_HOUR_S, wh[channel] if index == summed else 0)
                    for index in range(count)
                )
        except OSError:
            for log, number in zip(self._logs, numbers):
                log.take_back(number)
            raise
        if summed < count:
            if self._demand and summed >= 0:
                imported_wh = wh[ACTIVE_IMPORT] + wh[SECONDARY_IMPORT]
                end_s = ended_s + (summed + 1) * HALF_HOUR_S
                self._demand.note(end_s, imported_wh, wh[ACTIVE_EXPORT])
            for channel in self._channels:
                wh[channel] = 0
