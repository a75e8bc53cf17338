"""Readings in logs as snapshots: found by their time and their cause (GCS15b, GCS15c, GCS16)."""

from micropython import const

DAILY = "Daily Read Log"
DAILY_MONEY = "Prepayment Daily Read Log"
BILLING = "Billing Data Log Billing Calendar"
BILLING_MONEY = "Billing Data Log Billing Calendar Balances"
CHANGES = "Billing Data Log Mode Or Tariff Change"
# Causes of snapshots; those of changes stand in their entries.
GENERAL = const(0x0001)
END_OF_BILLING = const(0x0002)
_CAUSES = {
    DAILY: GENERAL,
    DAILY_MONEY: GENERAL,
    BILLING: END_OF_BILLING,
    BILLING_MONEY: END_OF_BILLING,
}


def found_at(meter, request, names):
    """Return, sliced, (how many there are, log, number, cause, entry) of a snapshot, or None.

    request: a Get Snapshot or Get Prepay Snapshot, with times, which both count, causes, and which
    of those found is wanted, the oldest being 0. names: the logs that have them. What is found is
    remembered in the request's draft: a message asks for one after the other.
    """
    values = request.values
    asked = (
        names,
        values["earliestStartTime"],
        values["latestEndTime"],
        values["snapshotCause"],
    )
    if asked not in request.draft:
        matching = []
        for one in _matching(meter, *asked):
            if one:
                matching.append(one)
            yield
        request.draft[asked] = matching
    found = request.draft[asked]
    offset = values["snapshotOffset"]
    if offset >= len(found):
        return None
    name, number, cause = found[offset]
    (entry,) = meter.logbook.named(name).entries(number, 1)
    return len(found), name, number, cause, entry


def _matching(meter, names, from_s, until_s, causes):
    """Yield (log, number, cause) of the entries of some times and causes, log by log; None for
    each other.
    """
    for name in names:
        log = meter.logbook.named(name)
        number = log.find(from_s)
        yield None
        for entry in log.entries(number, log.find(until_s + 1) - number):
            found = None
            if entry and from_s <= entry[0] <= until_s:
                cause = _CAUSES[name] if name in _CAUSES else entry[-1]
                if cause & causes:
                    found = name, number, cause
            yield found
            number += 1
