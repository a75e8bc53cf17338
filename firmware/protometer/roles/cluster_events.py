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


def get_event_log(meter, request):
    """Get Event Log: the newest first, of one event's code or of all."""
    values = request.values
    wanted = values["eventControlLogId"] & _LOG_ID
    found = []
    for number in sorted(_LOGS):
        if wanted in (number, _ALL_LOGS):
            found += _entries(meter, number, values)
    if not found:
        return zcl.NOT_FOUND
    found.sort(key=lambda entry: -entry["eventTime"])
    offset = values["eventOffset"]
    shown = found[offset : offset + min(values["numberOfEvents"] or _MOST_ENTRIES, _MOST_ENTRIES)]
    commands = max(-(-len(shown) // _ENTRIES), 1)
    for part in range(commands):
        rows = shown[_ENTRIES * part : _ENTRIES * (part + 1)]
        request.answer(
            "PublishEventLog",
            {
                "totalNumberOfEvents": len(found),
                "commandIndex": part,
                "totalCommands": commands,
                "logPayloadControl": len(rows) << 4,
                "logPayload": rows,
            },
        )
    return None


def _entries(meter, number, values):
    try:
        log = meter.logbook.named(_LOGS[number])
    except KeyError:
        # A gas meter has no power to lose.
        return ()
    found = []
    until_s = values["endTime"] or _NO_END
    for entry in meter.restriction.between(log, values["startTime"], until_s - 1):
        if entry and values["eventId"] in (entry[1], _ALL_EVENTS):
            detail = bytearray()
            if len(entry) > 2:
                put_uint(detail, entry[2], 4)
            found.append(
                {"logId": number, "eventId": entry[1], "eventTime": entry[0], "eventData": detail}
            )
    return found


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    return {(0x00, False): get_event_log}
