"""When a gas meter's HAN Interface is on: seldom, for the battery (SMETS2 4.4.2; GSME-COM-08).

Each half-hour, once its readings are taken, the meter pushes what is new and fetches the Commands
that wait; a person may ask for it in between. What is said then is the HAN's matter: it looks at
HAN Interface On and tells finished().
"""

from micropython import const

_HALF_HOUR_S = const(1_800)
# As long as nobody says that all has been said.
_LONGEST_S = const(60)


class HanContact:
    """Keeps HAN Interface On; `since_s`: when it was to be switched on for the last time."""

    def __init__(self, data):
        self._data = data
        self._half_hour = None
        self.since_s = 0
        self._looked_s = 0
        self._next_look_s = 0

    def step(self, now_s):
        """Switch on as a half-hour begins, and off when it took long enough; once a second."""
        if self._looked_s <= now_s < self._next_look_s:
            return
        half_hour = now_s // _HALF_HOUR_S
        if half_hour != self._half_hour:
            self._half_hour = half_hour
            self.check(now_s)
        elif not 0 <= now_s - self.since_s < _LONGEST_S:
            self.finished(now_s)

    def check(self, now_s):
        """Check for HAN Interface Commands (SMETS2 4.5.2.4): switch on now."""
        self.since_s = now_s
        self._switch(1, now_s)

    def finished(self, now_s):
        """Switch off: all that waited has been pushed and fetched."""
        self._switch(0, now_s)

    def _switch(self, on, now_s):
        self._data.han_interface_on = on
        self._looked_s = now_s
        self._next_look_s = (now_s // _HALF_HOUR_S + 1) * _HALF_HOUR_S
        if on:
            self._next_look_s = min(self._next_look_s, now_s + _LONGEST_S)
