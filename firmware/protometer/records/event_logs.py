"""Which log an event goes to (GBCS table 16.2), and its entry there.

The code's family decides; what goes elsewhere is listed. Events that only raise an alert are in
no log.
"""

from micropython import const

from ..model.events import EVENT_LOG_CLEARED

_FAMILY = const(0xFF00)
_SECURITY = "Security Log"
_EVENT = "Event Log"
_POWER = "Power Event Log"

_FAMILIES = {0x8000: _POWER, 0x8100: _EVENT, 0x8F00: _SECURITY}
# First and last code of what goes elsewhere than its family, in order; None: no log, or another
# device's.
_ELSEWHERE = (
    (0x8071, 0x8071, None),
    (0x810D, 0x810E, None),
    (0x8119, 0x8119, None),
    # Their entries, with switch and action, come with what they tell of.
    (0x811A, 0x811A, None),
    (0x8131, 0x8131, None),
    (0x8168, 0x8168, None),
    (0x819D, 0x819E, None),
    (0x81A2, 0x81A3, None),
    (0x81B7, 0x81B8, _POWER),
    (0x81BB, 0x81BB, _POWER),
    (0x8F01, 0x8F01, _EVENT),
    (0x8F0A, 0x8F0A, None),
    (0x8F0F, 0x8F0F, None),
    (0x8F12, 0x8F12, None),
    (0x8F20, 0x8F2D, None),
    (0x8F32, 0x8F34, None),
    (0x8F35, 0x8F3C, _POWER),
    (0x8F57, 0x8F5A, _POWER),
    (0x8F66, 0x8F67, None),
    (0x8F69, 0x8F69, None),
    (0x8F83, 0x8F8B, None),
)


def log_of(code):
    """Return the name of the log that an event's code belongs in, or None."""
    for first, last, name in _ELSEWHERE:
        if code < first:
            break
        if code <= last:
            return name
    return _FAMILIES.get(code & _FAMILY)


class EventLogs:
    """Writes events into the logs of a Logbook, as far as the settings let them be logged."""

    def __init__(self, logbook, settings, outbox):
        self._named = logbook.named
        self._settings = settings
        self._outbox = outbox

    def record(self, code, at_s, detail):
        """Append an event to its log, if it has one; OSError where the log fails.

        The Security Log takes stamp and code only.
        """
        name = log_of(code)
        if not name or not self._settings.is_logged(code):
            return
        if name == _SECURITY:
            self._named(name).append(at_s, code)
        else:
            self._named(name).append(at_s, code, detail)

    def clear(self, now_s):
        """Clear Event Log (SMETS2 5.6.3.9, 4.5.3.8); the Security Log tells of it."""
        self._named(_EVENT).clear()
        self._outbox.post(EVENT_LOG_CLEARED, now_s)
