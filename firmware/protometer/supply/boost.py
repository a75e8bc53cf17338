"""The Boost Function: close its switches for a while, from the user interface (SMETS2 5.24-5.26).

15 to 60 minutes, longer by quarters of an hour to 60 in all, ended at any time.
"""

from micropython import const

from ..model.command import CommandRefused, is_integer
from .load_demand import NEVER_S, SWITCHES

_QUARTER_MINUTES = const(15)
_MOST_MINUTES = const(60)
_MINUTE_S = const(60)


class BoostError(CommandRefused):
    """A boost Command is refused; the message says why."""


class Boost:
    """Runs boosts; loads: the AuxiliaryLoads, which do what data says of a boost.

    log: append(start_s, end_s), as each ends (BOOST-BST-08); its OSError passes through once the
    boost has ended. `next_look_s`: when to follow() again.
    """

    def __init__(self, data, loads, log):
        self._data = data
        self._loads = loads
        self._log = log
        self.next_look_s = 0

    def follow(self, now_s):
        """End a boost whose time has come; call it before the loads follow."""
        data = self._data
        if data.boost_ends_s and now_s >= data.boost_ends_s:
            self._end(data.boost_ends_s, now_s)
        elif data.boost_ends_s and now_s < data.boost_started_s:
            # The clock was set back: no boost lasts longer for that.
            data.boost_ends_s -= data.boost_started_s - now_s
            data.boost_started_s = now_s
        self.next_look_s = data.boost_ends_s or NEVER_S

    def refresh(self, now_s):
        """Take configuration that was written, or a clock that was set."""
        self.follow(now_s)

    def activate(self, now_s, minutes):
        """Activate Boost Period (SMETS2 5.25) for 15, 30, 45 or 60 minutes.

        BoostError where one is under way, no switch is boost-controlled, or the calendar has
        closed all that are (BOOST-BST-03).
        """
        _check_quarters(minutes)
        self.follow(now_s)
        data = self._data
        if data.boost_ends_s:
            raise BoostError("Activate Boost Period: one is under way")
        controlled = [index for index in range(SWITCHES) if data.boost_control[index]]
        if not controlled:
            raise BoostError("Activate Boost Period: no switch is boost-controlled")
        if all(self._loads.demand.is_closed_by_calendar(index, now_s) for index in controlled):
            raise BoostError("Activate Boost Period: all its switches are closed")
        data.boost_started_s = now_s
        self._last_until(now_s + _MINUTE_S * minutes, now_s)

    def extend(self, now_s, minutes):
        """Extend Boost Period by quarters of an hour, to 60 minutes in all; else BoostError."""
        _check_quarters(minutes)
        self.follow(now_s)
        data = self._data
        if not data.boost_ends_s:
            raise BoostError("Extend Boost Period: none is under way")
        ends_s = data.boost_ends_s + _MINUTE_S * minutes
        if ends_s - data.boost_started_s > _MINUTE_S * _MOST_MINUTES:
            raise BoostError("Extend Boost Period: more than %d minutes in all" % _MOST_MINUTES)
        self._last_until(ends_s, now_s)

    def cancel(self, now_s):
        """Cancel Boost Period: end it now; BoostError where none is under way."""
        self.follow(now_s)
        if not self._data.boost_ends_s:
            raise BoostError("Cancel Boost Period: none is under way")
        self._end(now_s, now_s)

    def check_set_control(self, control):
        """Return what set_control takes: whether each switch is boost-controlled."""
        if len(control) != SWITCHES:
            raise BoostError("Boost Function Control: takes %d values" % SWITCHES)
        for value in control:
            if value not in (0, 1):
                raise BoostError("Boost Function Control: %s is neither true nor false" % value)
        return [[int(value) for value in control]]

    def set_control(self, now_s, control):
        """Set Boost Function Control (SMETS2 5.26.2.1)."""
        for index in range(SWITCHES):
            self._data.boost_control[index] = control[index]
        self._loads.follow(now_s)

    def _last_until(self, ends_s, now_s):
        self._data.boost_ends_s = self.next_look_s = ends_s
        self._loads.follow(now_s)

    def _end(self, end_s, now_s):
        data = self._data
        started_s = data.boost_started_s
        data.boost_ends_s = data.boost_started_s = 0
        self.next_look_s = NEVER_S
        try:
            # Each switch takes what is asked of it now (BOOST-BST-05).
            self._loads.follow(now_s)
        finally:
            self._log.append(started_s, end_s)


def _check_quarters(minutes):
    quarters = is_integer(minutes) and minutes % _QUARTER_MINUTES == 0
    if not quarters or not 0 < minutes <= _MOST_MINUTES:
        raise BoostError("Boost Period: %s is no such number of minutes" % minutes)
