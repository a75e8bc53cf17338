"""Auxiliary loads: five switches, each an ALCS of the meter or an HCALCS (SMETS2 5.20-5.23).

An ALCS is moved by the role, and proven by what senses it; an HCALCS is instructed over the HAN,
and answers. Both are logged with what was asked and what came of it (ALCS-ALC-07).

    demand -> alcs_state, moves -> role -> sense() -> ALCS Event Log
           -> instructions -> HAN -> answered()    -> ALCS Event Log
"""

from array import array

from micropython import const

from ..model import events
from ..model.command import CommandRefused, NoAuthority
from ..model.enumerations import NOT_CONNECTED
from ..model.schedule import NO_ACTION, checked_labels
from .load_demand import CLOSE, NEVER_S, OPEN, SWITCHES, LoadDemand, packed_calendar
from .load_instructions import MOST_MINUTES, Instructions

# Actions of Commands and of the ALCS Event Log (ALCS-ALC-06).
MESSAGE = const(0x00)
CLOSED = const(0x11)
OPENED = const(0x12)
REVERTED = const(0x20)
# Outcomes in that log.
UNKNOWN = const(0)
SUCCESS = const(1)
FAILURE = const(2)

_COMMANDS = {CLOSED: CLOSE, OPENED: OPEN, REVERTED: NO_ACTION}
_EUI = const(8)
_NO_EUI = b"\0\0\0\0\0\0\0\0"
_MINUTE_S = const(60)
_MOST_COMMAND_MINUTES = const(0xFFFF)
# So long before an instruction ends it is renewed.
_AHEAD_S = const(60)


class LoadError(CommandRefused):
    """A Command to auxiliary loads is refused; the message says why."""


class AuxiliaryLoads:
    """Makes each switch what it is to be; the numbers of switches count from 1.

    log: append(at_s, switch, action, outcome, event's number); its OSError passes through once
    all has been done. `moves`: the ALCSs, a bit each, that the role is to move to alcs_state; it
    clears the bit, and from the next second on reports with sense(). `next_look_s`: when to
    follow() again at the latest.
    """

    def __init__(self, data, outbox, log):
        self._data = data
        self._outbox = outbox
        self._log = log
        self.demand = LoadDemand(data)
        self.instructions = Instructions(data, SWITCHES)
        # What HCALCSs were told, and how long it lasts.
        self._told = bytearray(SWITCHES)
        self._told_until_s = array("I", bytes(4 * SWITCHES))
        # The ALCSs that did not do what they were to.
        self._failed = 0
        self.moves = 0
        self.next_look_s = 0
        self._note_local()
        self.reapply(0)

    def follow(self, now_s):
        """Make each switch what it is to be now; call it at next_look_s and after changes."""
        demand = self.demand
        demand.follow(now_s)
        self.next_look_s = demand.next_look_s
        failed = None
        for index in range(SWITCHES):
            if demand.jumped:
                self._told[index] = NO_ACTION
            try:
                self._follow_switch(index, 0, now_s)
            except OSError as error:
                failed = error
        if failed:
            raise failed

    def refresh(self, now_s):
        """Take configuration that was written, or a clock that was set."""
        self.follow(now_s)

    def reapply(self, now_s):
        """Have every ALCS moved again, as when Supply was Enabled (ALCS-ALC-10).

        An HCALCS that was without power asks by itself.
        """
        for index in range(SWITCHES):
            if self._is_local(index):
                self.moves |= 1 << index

    def sense(self, switch, closed, now_s):
        """Take the position that an ALCS senses; say and log what has not been said yet.

        An HCALCS answers instead.
        """
        index = switch - 1
        bit = 1 << index
        data = self._data
        if self.moves & bit or not self._is_local(index):
            return
        works = closed == bool(data.alcs_state[index])
        action = data.alcs_unproven[index]
        if not action:
            if works != bool(self._failed & bit):
                return
            action = _action(data.alcs_state[index])
        data.alcs_unproven[index] = 0
        self._failed = self._failed & ~bit if works else self._failed | bit
        self._conclude(switch, action, works, 0, now_s)

    def answered(self, number, success, now_s):
        """Take an HCALCS's answer to an instruction; return False for one that is not known."""
        index = self.instructions.index_of(number)
        if index < 0:
            return False
        self.instructions.answered(index)
        self._conclude(index + 1, MESSAGE, success, number, now_s)
        return True

    def request_control(self, now_s, identifier):
        """Request Control of HCALCS (SMETS2 5.6.3.20): tell it again what it is to be."""
        found = False
        for index in range(SWITCHES):
            if not self._is_local(index) and self._identifier(index) == identifier:
                code, until_s = self.demand.of(index, now_s)
                self._tell(index, code, until_s, _action(code == CLOSE), now_s)
                found = True
        if not found:
            raise NoAuthority("Request Control of HCALCS: not one of this meter's")

    def check_set_state(self, switch, action, minutes):
        """Return what set_state takes; LoadError names what is wrong.

        action: CLOSED or OPENED for some minutes, or REVERTED, without minutes, to end that.
        """
        _check_switch(switch)
        if self._data.alcs_kinds[switch - 1] == NOT_CONNECTED:
            raise LoadError("auxiliary load: nothing is behind switch %d" % switch)
        if action not in _COMMANDS:
            raise LoadError("auxiliary load: no action %s" % action)
        if action == REVERTED:
            right = minutes is None
        else:
            right = minutes is not None and 1 <= minutes <= _MOST_COMMAND_MINUTES
        if not right:
            raise LoadError("auxiliary load: not for %s minutes" % minutes)
        return [switch, action, minutes or 0]

    def set_state(self, now_s, switch, action, minutes):
        """Set HCALCS or ALCS State (SMETS2 5.6.3.33), and log it (ALCS-ALC-05)."""
        index = switch - 1
        self.demand.command(index, _COMMANDS[action], minutes, now_s)
        if self.demand.is_boosted(index, now_s):
            # Taken, but without effect before the boost ends.
            self._log.append(now_s, switch, action, SUCCESS, 0)
        else:
            self._follow_switch(index, action, now_s)

    def limit(self, switch, script):
        """Note that the Command in force for a switch is a limit; script: whose direction and
        number it was set with, 0 for a Command that is none.
        """
        if "L" in self._data.role:
            self._data.alcs_limit[switch - 1] = script

    def end_limit(self, switch, now_s):
        """Tell that a limit has ended, or was taken back, if there was one (GBCS ECS102)."""
        if "L" in self._data.role and self._data.alcs_limit[switch - 1]:
            self._outbox.post(events.LEVEL_LIMIT_ENDED, now_s, self._data.alcs_limit[switch - 1])
            self._data.alcs_limit[switch - 1] = 0

    def check_set_switch(self, switch, identifier):
        """Return what set_switch takes; LoadError names what is wrong."""
        _check_switch(switch)
        if len(identifier) != _EUI:
            raise LoadError("auxiliary load: takes an identifier of 8 octets")
        for index in range(SWITCHES):
            used = identifier != _NO_EUI and self._identifier(index) == identifier
            if used and index != switch - 1:
                raise LoadError("auxiliary load: that HCALCS is switch %d" % (index + 1))
        return [switch, identifier]

    def set_switch(self, now_s, switch, identifier):
        """Make a switch an HCALCS, by its EUI-64, or by zeros an ALCS (SMETS2 5.7.4.3)."""
        index = switch - 1
        data = self._data
        held = data.hcalcs_identifiers
        data.hcalcs_identifiers = held[: _EUI * index] + identifier + held[_EUI * switch :]
        self._note_local()
        data.alcs_unproven[index] = 0
        self._told[index] = NO_ACTION
        self.moves &= ~(1 << index)
        if self._is_local(index):
            self.moves |= 1 << index
        self._follow_switch(index, 0, now_s)

    def check_set_calendar(self, calendar):
        """Return, sliced, what set_calendar takes; CalendarError as packed_calendar."""
        packed = yield from packed_calendar(calendar)
        return [packed, calendar.get("scripts", b""), checked_labels(calendar)]

    def set_calendar(self, now_s, packed, scripts=b"", labels=b""):
        """Set the ALCS Calendar (SMETS2 5.7.4.2) to what check_set_calendar returned."""
        self._data.alcs_calendar = packed
        self._data.alcs_scripts = scripts
        self._data.alcs_labels = labels
        self.demand.use_calendar(packed)
        self.follow(now_s)

    def clear_event_log(self, now_s):
        """Clear ALCS Event Log (SMETS2 5.6.3.8)."""
        self._log.clear()

    def _follow_switch(self, index, action, now_s):
        """Make a switch what it is to be; action: of a Command, which is logged in any case."""
        data = self._data
        was_commanded = data.alcs_command[index]
        code, until_s = self.demand.of(index, now_s)
        if was_commanded and not data.alcs_command[index]:
            self.end_limit(index + 1, now_s)
        closed = int(code == CLOSE)
        changed = data.alcs_state[index] != closed
        data.alcs_state[index] = closed
        self.next_look_s = min(self.next_look_s, until_s)
        if not self._is_local(index):
            self._tell(index, code, until_s, action, now_s)
        elif action or changed:
            unproven = data.alcs_unproven[index]
            data.alcs_unproven[index] = action or _action(closed)
            self.moves |= 1 << index
            if unproven:
                # What came before was never seen to be so.
                self._conclude(index + 1, unproven, False, 0, now_s)

    def _tell(self, index, code, until_s, action, now_s):
        """Instruct an HCALCS, unless it has been told so and need not hear it again yet."""
        told_until_s = self._told_until_s[index]
        if not action and self._told[index] == code:
            again_s = told_until_s - _AHEAD_S if until_s > told_until_s else NEVER_S
            if now_s < again_s:
                self.next_look_s = min(self.next_look_s, again_s)
                return
        closed = code == CLOSE
        minutes = min(-((now_s - until_s) // _MINUTE_S), MOST_MINUTES)
        told_until_s = now_s + _MINUTE_S * minutes
        self._told[index] = code
        self._told_until_s[index] = told_until_s
        if until_s > told_until_s:
            self.next_look_s = min(self.next_look_s, told_until_s - _AHEAD_S)
        number = self.instructions.put(index, closed, minutes, now_s)
        self._log.append(now_s, index + 1, action or _action(closed), UNKNOWN, number)

    def _conclude(self, switch, action, success, number, now_s):
        code = events.LOAD_SWITCHED if success else events.LOAD_NOT_SWITCHED
        self._outbox.post(code, now_s, switch << 8 | action)
        self._log.append(now_s, switch, action, SUCCESS if success else FAILURE, number)

    def _identifier(self, index):
        return self._data.hcalcs_identifiers[_EUI * index : _EUI * (index + 1)]

    def _note_local(self):
        """Note which switches are ALCSs, a bit each: it is asked for every second."""
        self._local = 0
        for index in range(SWITCHES):
            if self._identifier(index) == _NO_EUI:
                self._local |= 1 << index

    def _is_local(self, index):
        return self._local >> index & 1 == 1


def _action(closed):
    return CLOSED if closed else OPENED


def _check_switch(switch):
    if not 1 <= switch <= SWITCHES:
        raise LoadError("auxiliary load: no switch %d" % switch)
