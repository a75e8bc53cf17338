"""The load switch or valve, and whether it went where it was told (SMETS2 5.5.13, 4.4.6.3)."""

from ..model import events


class MainSwitch:
    """Moves a Switch; `commanded`: where it was last told to be, None before that."""

    def __init__(self, switch, outbox):
        self._switch = switch
        self._outbox = outbox
        self.commanded = None
        self._moved_s = None
        # The position that it failed to take, as was told.
        self._failed = None

    def move(self, closed, now_s):
        """Tell the switch to close or to open."""
        self.commanded = closed
        self._switch.set(closed)
        self._moved_s = now_s

    def step(self, now_s):
        """Compare the sensed position with the commanded, a second after: contacts take time.

        What fails is told once, until it works or is to be otherwise. Supply may be to be
        otherwise since then: that is commanded when it is durable.
        """
        if self._moved_s is None or now_s <= self._moved_s:
            return
        self._moved_s = None
        closed = self.commanded
        if self._switch.closed() == closed:
            self._failed = None
        elif self._failed != closed:
            self._failed = closed
            failure = events.CONNECT_FAILURE if closed else events.DISCONNECT_FAILURE
            self._outbox.post(failure, now_s)
