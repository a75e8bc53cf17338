"""The HAN Connected Auxiliary Load Control Switch itself (HCALCS, SMETS2 8.4-8.6).

Its ESME tells it to be closed or open for some minutes. When they are over and nothing new has
come it opens, HAN or no HAN, and asks for control again (HCALCS-HC-09, HCALCS-HC-10).

    HAN -> control() -> switch_state, moves -> role -> sense() -> answer, Event Log
"""

from micropython import const

from ..model import events
from ..model.command import CommandRefused

# Details of entries in the Event Log.
CLOSED = const(0x11)
OPENED = const(0x12)

_MINUTE_S = const(60)
_MOST_MINUTES = const(1440)
_EUI = const(8)
_NOBODY = b""
_NEVER_S = 0xFFFF_FFFF


class HcalcsError(CommandRefused):
    """The HCALCS refuses; the message says what and why."""


class Hcalcs:
    """Holds its switch as it was told last.

    log: the Event Log, append(at_s, code, detail); its OSError passes through once all has been
    done. `moves`: the role is to move the switch to switch_state; it clears this, and from the
    next second on reports with sense(). `next_look_s`: when to follow() again at the latest.
    """

    def __init__(self, data, outbox, log):
        self._data = data
        self._outbox = outbox
        self._log = log
        # The control that the ESME is to hear about, and whether the switch is as it should be.
        self._answer = 0
        self._failed = False
        # Control is asked for after each power restoration (HCALCS-HC-07).
        self._request = True
        self.moves = True
        self.next_look_s = 0

    def follow(self, now_s):
        """Open when the time of the last control is over; call it at next_look_s."""
        data = self._data
        left_s = data.control_until_s - now_s
        most_s = _MINUTE_S * data.control_minutes
        if left_s > most_s:
            # The clock was set back: nothing lasts longer for that.
            data.control_until_s = now_s + most_s
        elif data.control_minutes and left_s <= 0:
            data.control_minutes = 0
            self._request = True
            self._open()
        self.next_look_s = data.control_until_s if data.control_minutes else _NEVER_S

    def control(self, now_s, source, closed, minutes, number):
        """Control HCALCS State: be closed or open for 1 to 1440 minutes, by an event's number.

        HcalcsError, and an entry in the Security Log, unless source is the ESME that it is paired
        with (HCALCS-HC-06). A control that comes twice counts once, and is answered twice.
        """
        data = self._data
        self.authorise(source, now_s)
        if not 1 <= minutes <= _MOST_MINUTES:
            raise HcalcsError("Control HCALCS State: not for %s minutes" % minutes)
        if number == data.control_number:
            if not data.switch_unproven:
                self._answer = number
            return
        data.control_number = number
        data.control_minutes = minutes
        data.control_until_s = self.next_look_s = now_s + _MINUTE_S * minutes
        data.switch_state = int(closed)
        data.switch_unproven = 1
        self._answer = 0
        self._request = False
        self.moves = True

    def authorise(self, source, now_s):
        """HcalcsError, and an entry in the Security Log, unless source is the paired ESME."""
        paired = self._data.paired_esme
        if paired == _NOBODY or source != paired:
            self._outbox.post(events.UNAUTHORISED_COMMUNICATION, now_s)
            raise HcalcsError("Control HCALCS State: not from the paired ESME")

    def obeys(self, number):
        """Tell whether the switch is as the control of that number wants it; HcalcsError where
        that is not in force.
        """
        data = self._data
        if not data.control_minutes or number != data.control_number:
            raise HcalcsError("Manage Event: event %d is not in force" % number)
        return not self._failed

    def sense(self, closed, now_s):
        """Take the position that the switch senses; say and log what has not been said yet."""
        data = self._data
        if self.moves:
            return
        works = closed == bool(data.switch_state)
        if not data.switch_unproven and works != self._failed:
            return
        data.switch_unproven = 0
        self._failed = not works
        self._answer = data.control_number
        action = CLOSED if data.switch_state else OPENED
        code = events.LOAD_SWITCHED if works else events.LOAD_NOT_SWITCHED
        self._outbox.post(code, now_s, action)
        self._log.append(now_s, code, action)

    def take_answer(self):
        """Remove and return what the ESME is to hear, (number, success), or None."""
        number = self._answer
        self._answer = 0
        return (number, not self._failed) if number else None

    def take_request(self):
        """Tell, once, whether to send Request Control of HCALCS to the ESME."""
        request = self._request and self._data.paired_esme != _NOBODY
        if request:
            self._request = False
        return request

    def joined(self, now_s):
        """Note that the HAN was joined, or found again: ask for control (HCALCS-HC-07)."""
        self._request = True

    def check_add(self, identifier):
        """Return what add takes; HcalcsError for no EUI-64, or where an ESME is paired already."""
        _check_identifier(identifier)
        if self._data.paired_esme not in (_NOBODY, identifier):
            raise HcalcsError("Add Device: an ESME is paired already")
        return [identifier]

    def add(self, now_s, identifier):
        """Add Device Security Credentials: pair with an ESME."""
        self._data.paired_esme = identifier
        self._request = True

    def check_replace(self, identifier):
        """Return what replace takes; HcalcsError for no EUI-64."""
        _check_identifier(identifier)
        return [identifier]

    def replace(self, now_s, identifier):
        """Replace Device Security Credentials: pair with another ESME."""
        self.add(now_s, identifier)

    def remove(self, now_s, identifier):
        """Remove Device Security Credentials; HcalcsError where it is not the paired ESME.

        The switch stays as it was told, for as long as it was told.
        """
        if identifier == _NOBODY or identifier != self._data.paired_esme:
            raise HcalcsError("Remove Device: not the paired ESME")
        self._data.paired_esme = _NOBODY
        self._outbox.post(events.UNJOINED, now_s)

    def clear_event_log(self, now_s):
        """Clear Event Log; the Security Log tells of it."""
        self._log.clear()
        self._outbox.post(events.EVENT_LOG_CLEARED, now_s)

    def _open(self):
        data = self._data
        if data.switch_state:
            data.switch_state = 0
            data.switch_unproven = 1
            self.moves = True


def _check_identifier(identifier):
    if len(identifier) != _EUI:
        raise HcalcsError("Add Device: takes an identifier of 8 octets")
