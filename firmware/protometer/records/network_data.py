"""Network Data Log (SMETS2 4.4.9, 4.5.3.15, 4.6.5.12; GSME-REC-09, GSME-HIC-15).

On Record Network Data the consumption is taken every 6 minutes for 4 hours: 41 samples in litres,
each of what was consumed since the one before. The first is taken at once, of nothing.
"""

from micropython import const

_PERIOD_S = const(360)
_NEVER_S = 0xFFFF_FFFF


class NetworkData:
    """Takes the samples; `due_s`: when the next is."""

    def __init__(self, data, logbook):
        self._data = data
        self._log = logbook.named("Network Data Log")
        self.due_s = _NEVER_S
        self._look()

    def start(self, now_s):
        """Record Network Data: begin anew, in the place of the last recording; OSError as keep."""
        self._log.clear()
        self._data.network_data_started_s = now_s
        self._data.network_data_l = self._data.consumption_register.wh(0)
        self._look()
        self.keep(now_s)

    def keep(self, now_s):
        """Take what is due; OSError where the log fails, and it stays due.

        Of samples that an outage kept from being taken the first has what was consumed since.
        """
        data = self._data
        started_s = data.network_data_started_s
        if now_s < self.due_s or not started_s:
            return
        taken = len(self._log)
        due = min((now_s - started_s) // _PERIOD_S + 1, self._log.entries_kept)
        litres = data.consumption_register.wh(0)
        consumed = litres - data.network_data_l
        self._log.extend(
            (started_s + _PERIOD_S * number, consumed if number == taken else 0)
            for number in range(taken, due)
        )
        data.network_data_l = litres
        self._look()

    def _look(self):
        started_s = self._data.network_data_started_s
        taken = len(self._log)
        if started_s and taken < self._log.entries_kept:
            self.due_s = started_s + _PERIOD_S * taken
        else:
            self.due_s = _NEVER_S
