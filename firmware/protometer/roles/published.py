"""What a meter shows and offers to the HAN: what is durable, nothing of an earlier tenant's.

(SMETS2 5.5.3, 5.6.3.31; ESME-REC-12)
"""

from ..kernel.unload import lend
from ..model.calendar import DAY_S, civil_from_days, days_from_civil, weekday

# More than any attribute that holds such a value: it says that there is none.
_NO_VALUE = 1 << 48


class Published:
    """The Store's face of a meter for its Stack: commit(), and durable() with the restriction."""

    def __init__(self, meter):
        self._meter = meter
        self.commit = meter.commit

    def durable(self, name, index=-1):
        """Return an item, or an element of it, as the last commit kept it.

        Of a day, week or month that began before the date of Restrict Data there is no value.
        """
        meter = self._meter
        if index >= 0 and meter.data.restrict_data_s:
            began_s = began(name, index, meter.data.charged_day)
            if began_s is not None and not meter.restriction.shows(began_s):
                return _NO_VALUE
        return meter.durable(name, index)


def began(name, index, day):
    """Return when the day, week or month began that an element of an item is of, None for others.

    day: the one that runs, in days of UTC.
    """
    begins = _BEGINNINGS.get(name[: name.find("_")])
    return begins(day, index) * DAY_S if begins else None


def offer_clusters(meter, stack):
    """Have a stack's cluster commands carried out by its meter; that code is lent."""

    def received(*command):
        from . import clusters

        lend("roles.clusters")
        return clusters.received(meter, stack, *command)

    stack.clusters = received


def count_down(data):
    """Let a second of Identify Time pass."""
    if data.identify_time_s:
        data.identify_time_s -= 1


def _month(day, back):
    year, month, _ = civil_from_days(day)
    months = 12 * year + month - 1 - back
    return days_from_civil(months // 12, months % 12 + 1, 1)


# The day that a period began, so many before the one that runs.
_BEGINNINGS = {
    "days": lambda day, back: day - back,
    "weeks": lambda day, back: day - (weekday(day) - 1) - 7 * back,
    "months": _month,
}
