"""Events at a meter: its logs of them (SMETS2 5.7.5.16, 5.7.5.25, 5.7.5.31; Smart Energy D.11)."""

from micropython import const

from ..han import zcl
from ..han.zcl_types import put_uint

# The cluster's logs, by number: those of faults, of events, of security; 0 for all.
_LOGS = {2: "Power Event Log", 3: "Event Log", 4: "Security Log"}
_LOG_ID = const(0x0F)
_ALL_LOGS = const(0)
_ALL_EVENTS = const(0)
_NO_END = const(0xFFFF_FFFF)
# Entries that fit into a frame, and so many frames.
_ENTRIES = const(4)
_MOST_ENTRIES = const(24)
# No log has more.
_MOST_OFFSET = const(100)


def get_event_log(meter, request):
    """Get Event Log: the newest first, of one event's code or of all.

    No more is held in memory than is told, and what the offset passes over.
    """
    values = request.values
    wanted = values["eventControlLogId"] & _LOG_ID
    offset = min(values["eventOffset"], _MOST_OFFSET)
    count = min(values["numberOfEvents"] or _MOST_ENTRIES, _MOST_ENTRIES)
    total, newest = 0, []
    for number in sorted(_LOGS):
        if wanted in (number, _ALL_LOGS):
            total += _add_newest(meter, number, values, newest, offset + count)
    if not total:
        return zcl.NOT_FOUND
    newest.sort(key=lambda entry: -entry[0])
    _publish(request, total, newest[offset : offset + count])
    return None


def _add_newest(meter, number, values, newest, most):
    """Add (stamp, log, code, detail) of a log's last `most` that match; return how many do."""
    try:
        log = meter.logbook.named(_LOGS[number])
    except KeyError:
        # A gas meter has no power to lose.
        return 0
    total = 0
    begin = len(newest)
    until_s = values["endTime"] or _NO_END
    for entry in meter.restriction.between(log, values["startTime"], until_s - 1):
        if entry and values["eventId"] in (entry[1], _ALL_EVENTS):
            total += 1
            newest.append((entry[0], number, entry[1], entry[2] if len(entry) > 2 else None))
            if len(newest) - begin > most:
                newest.pop(begin)
    return total


def _publish(request, total, entries):
    commands = max(-(-len(entries) // _ENTRIES), 1)
    for part in range(commands):
        rows = [_row(*entry) for entry in entries[_ENTRIES * part : _ENTRIES * (part + 1)]]
        request.answer(
            "PublishEventLog",
            {
                "totalNumberOfEvents": total,
                "commandIndex": part,
                "totalCommands": commands,
                "logPayloadControl": len(rows) << 4,
                "logPayload": rows,
            },
        )


def _row(at_s, number, code, detail):
    octets = bytearray()
    if detail is not None:
        put_uint(octets, detail, 4)
    return {"logId": number, "eventId": code, "eventTime": at_s, "eventData": octets}


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    return {(0x00, False): get_event_log}
