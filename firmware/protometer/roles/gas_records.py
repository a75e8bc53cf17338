"""What the Gas Proxy Function keeps of a gas meter beside its mirror.

A Daily Consumption Log, from what the meter tells of its last days, and the date of Restrict Data,
before which displays are told nothing (CHTS 4.6.3; GBCS GCS09, GCS61).
"""

from micropython import const

from ..model.calendar import DAY_S
from ..records.restriction import Restriction
from .published import began

_METERING = const(0x0702)
# Alternative consumption of yesterday, and of the days before from another attribute on.
_YESTERDAY = const(0x0C03)
_BEFORE = const(0x0C20)
_DAYS = const(8)


class GasRecords:
    """data: with Restrict Data From and Day Read; logbook: with a Daily Consumption Log."""

    def __init__(self, data, logbook):
        self._data = data
        self._restriction = Restriction(data)
        self._log = logbook.named("Daily Consumption Log")
        self._mirror = None

    def begin(self, mirror):
        """Go by a Mirror, which from now on shows what it may."""
        self._mirror = mirror
        mirror.hides = self._hides

    def keep(self, now_s):
        """Log the days that have ended since; call it when all is known of the meter.

        OSError where the log fails. The meter tells of eight days; earlier ones are missing.
        """
        data, today = self._data, now_s // DAY_S
        first = max(data.day_read or today - 1, today - _DAYS) + 1
        told = []
        for day in range(first, today + 1):
            back = today - day + 1
            identifier = _YESTERDAY if back == 1 else _BEFORE + 2 * (back - 2)
            consumed_wh = self._mirror.value(_METERING, identifier)
            if consumed_wh is not None:
                told.append((day * DAY_S, consumed_wh))
        self._log.extend(told)
        data.day_read = today

    def restrict(self, now_s, from_s):
        """Restrict Data: displays are told nothing of what came before."""
        self._restriction.restrict(now_s, from_s)

    def _hides(self, attribute, now_s):
        if attribute is None or not self._data.restrict_data_s or attribute.index() < 0:
            return False
        began_s = began(attribute.item(), attribute.index(), now_s // DAY_S)
        return began_s is not None and not self._restriction.shows(began_s)
