"""A radio that sleeps: when its device asks the parent for what waits (Zigbee 05-3474, 3.6.1.9).

While something goes on it asks often and listens, else as seldom as its role wants, and its
receiver is off: an acknowledgement that says that data waits has the radio switch it on. An end
device that always listens asks seldom, so that its parent knows of it.
"""

from micropython import const

from ..kernel.ticks import ticks_add, ticks_diff

_AWAKE_MS = const(250)
# How long after the last frame a device counts as busy.
_BUSY_MS = const(6_000)
_RESTING_MS = const(7_500)
_LISTENING_MS = const(60_000)


class Polling:
    """Asks by ask(), listens by listen(on), from start() on; `resting_ms` may be set by the role.

    sleeps: whether it does not listen at rest.
    """

    def __init__(self, ask, listen, sleeps=True):
        self._ask = ask
        self._listen = listen
        self._sleeps = sleeps
        self._listens = True
        self.resting_ms = _RESTING_MS if sleeps else _LISTENING_MS
        self._now_ms = self._due_ms = self._busy_until_ms = 0

    def start(self, now_ms):
        """Ask at the next poll: a parent that has forgotten us meanwhile says so."""
        self._now_ms = self._due_ms = self._busy_until_ms = now_ms

    def busy(self):
        """Note that something was sent or came: more may follow soon."""
        if not self._sleeps:
            return
        self._busy_until_ms = ticks_add(self._now_ms, _BUSY_MS)
        soon_ms = ticks_add(self._now_ms, _AWAKE_MS)
        if ticks_diff(self._due_ms, soon_ms) > 0:
            self._due_ms = soon_ms

    def is_busy(self):
        """Tell whether more may follow soon."""
        return ticks_diff(self._busy_until_ms, self._now_ms) > 0

    def listen(self):
        """Listen all the time, as one that looks for a parent."""
        self._switch(True)

    def _switch(self, on):
        if on != self._listens:
            self._listens = on
            self._listen(on)

    def poll(self, now_ms):
        """Ask if it is time; return how many ms to the next time."""
        self._now_ms = now_ms
        is_busy = self.is_busy()
        if not is_busy:
            # Ticks tell before from after for three days only.
            self._busy_until_ms = now_ms
        if ticks_diff(self._due_ms, now_ms) <= 0:
            if not self._listens:
                # Once more: it may be on still for what never came.
                self._listen(False)
            self._ask()
            self._due_ms = ticks_add(now_ms, _AWAKE_MS if is_busy else self.resting_ms)
        if self._sleeps:
            self._switch(is_busy)
        return max(ticks_diff(self._due_ms, now_ms), 1)
