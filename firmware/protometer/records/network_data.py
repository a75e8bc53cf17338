"""Network Data Log (SMETS2 4.4.9, 4.5.3.15, 4.6.5.12; GSME-REC-09, GSME-HIC-15).

On Record Network Data the Consumption Register is read every 6 minutes for 4 hours, the first
time at once: 41 readings in litres, whose differences are the 40 consumptions in between.
"""

from micropython import const

_PERIOD_S = const(360)
_NEVER_S = 0xFFFF_FFFF


class NetworkData:
    """Takes the readings; `due_s`: when the next is."""

    def __init__(self, data, logbook):
        self._data = data
        self._log = logbook.named("Network Data Log")
        self.due_s = _NEVER_S
        self._look()

    def start(self, now_s):
        """Record Network Data: begin anew, in the place of the last recording; OSError as keep."""
        self._log.clear()
        self._data.network_data_started_s = now_s
        self._look()
        self.keep(now_s)

    def keep(self, now_s):
        """Take what is due; OSError where the log fails, and it stays due.

        Readings that an outage kept from being taken stood still: they are as the one after it.
        """
        started_s = self._data.network_data_started_s
        if now_s < self.due_s or not started_s:
            return
        taken = len(self._log)
        due = min((now_s - started_s) // _PERIOD_S + 1, self._log.entries_kept)
        litres = self._data.consumption_register.wh(0)
        self._log.extend((started_s + _PERIOD_S * number, litres) for number in range(taken, due))
        self._look()

    def _look(self):
        started_s = self._data.network_data_started_s
        taken = len(self._log)
        if started_s and taken < self._log.entries_kept:
            self.due_s = started_s + _PERIOD_S * taken
        else:
            self.due_s = _NEVER_S
