"""Events of remote parties: the Event Log and the Security Log, whole, and the first cleared.

(CS10a, CS10b, CS11)
"""

from micropython import const

from ..han import zcl
from ..model import events

_LOGS = {3: "Event Log", 4: "Security Log"}
_LOG_ID = const(0x0F)
_CLEARED = const(0x08)
# Events that say something more, whatever that is: which Command, which fault.
_DETAILED = (
    events.COMMAND_DONE,
    events.COMMAND_NOT_DONE,
    events.UI_COMMAND_DONE,
    events.UI_COMMAND_NOT_DONE,
    events.OPERATIONAL_INTEGRITY,
)


def get_event_log(meter, request):
    """Get Event Log: all entries between two times, the oldest first."""
    values = request.values
    number = values["eventControlLogId"] & _LOG_ID
    if number not in _LOGS:
        # The copies that the Gas Proxy Function has.
        return zcl.NOT_FOUND
    log = meter.logbook.named(_LOGS[number])
    rows = []
    for entry in request.entries(meter, log, values["startTime"], values["endTime"]):
        if entry:
            rows.append(_row(number, *entry))
        yield
    if not rows:
        return zcl.NOT_FOUND
    answer = {
        "totalNumberOfEvents": len(rows),
        "commandIndex": 0,
        "totalCommands": 1,
        "logPayloadControl": 0,
        "logPayload": rows,
    }
    request.answer("PublishEventLog", answer)
    return None


def _row(number, at_s, code, detail=0):
    told = b""
    if detail or code in _DETAILED:
        told = detail.to_bytes(2 if detail <= 0xFFFF else 4, "big")
    return {"logId": number, "eventId": code, "eventTime": at_s, "eventData": told}


def clear_event_log(meter, request):
    """Clear Event Log Request."""
    yield from request.perform(meter, "Clear Event Log", {})
    answer_cleared(request)


def answer_cleared(request):
    """Answer a Clear Event Log Request that was carried out."""
    request.answer("ClearEventLogResponse", {"clearedEventsLogs": _CLEARED})


def not_cleared(request):
    """Answer a Clear Event Log Request that was not carried out."""
    request.answer("ClearEventLogResponse", {"clearedEventsLogs": 0})


HANDLERS = {(0x00, False): get_event_log, (0x01, False): clear_event_log}
REFUSALS = {(0x01, False): not_cleared}
