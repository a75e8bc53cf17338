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


def found_at(meter, values, names):
    """Return (how many there are, log, number, cause, entry) of a snapshot, None if not found.

    values: of Get Snapshot or Get Prepay Snapshot: its times, which both count, its causes, and
    which of those found is wanted, the oldest being 0. names: the logs that have them.
    """
    from_s, until_s = values["earliestStartTime"], values["latestEndTime"]
    total, wanted = 0, None
    for name in names:
        log = meter.logbook.named(name)
        number = log.find(from_s)
        for entry in log.entries(number, log.find(until_s + 1) - number):
            if entry and from_s <= entry[0] <= until_s:
                cause = _CAUSES[name] if name in _CAUSES else entry[-1]
                if cause & values["snapshotCause"]:
                    if total == values["snapshotOffset"]:
                        wanted = name, number, cause, entry
                    total += 1
            number += 1
    return wanted and (total,) + wanted
