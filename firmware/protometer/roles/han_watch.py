"""What a meter logs of frames on the HAN that are not authentic (SMETS2 4.4.2.3, 5.5.2.4).

Anybody with a radio can send them, as many as he likes: the log, and the memory under it, hear of
the first, and then of more once an hour.
"""

from micropython import const

from ..model import events

_QUIET_S = const(3_600)


class HanWatch:
    """Posts 0x8F53 to an outbox; forged() tells how many such frames a Stack has refused."""

    def __init__(self, forged, outbox):
        self._forged = forged
        self._outbox = outbox
        self._known = 0
        self._posted_s = None

    def step(self, now_s):
        """Look for more; call it once a second."""
        forged = self._forged()
        if forged == self._known:
            return
        posted_s = self._posted_s
        if posted_s is None or not 0 <= now_s - posted_s < _QUIET_S:
            self._known = forged
            self._posted_s = now_s
            self._outbox.post(events.AUTHENTICATION_FAILED, now_s)
