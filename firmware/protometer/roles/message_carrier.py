"""Messages of remote parties on their way between a device's tunnel and its engine, in slices.

A message takes a board a second and more; between its slices metering and the HAN go on. Responses
and alerts wait in the tunnel for the hub. Whoever is at a board's prompt can bring messages too.
"""

from micropython import const

from ..han.frame_error import FrameError

# The hub sends the next message when it has the answer to the last; one more may be on its way.
_MOST_WAITING = const(2)
_IDLE_MS = const(500)
_SLICE_MS = const(1)


class MessageCarrier:
    """messages: a RemoteMessages; tunnel: its send(octets) and on_message, as TunnelDoor and
    TunnelClient have them.

    `wire`: where set, its send(octets) has the alerts too. `discarded`: messages that came while
    others waited, and answers that were not taken, or longer than a tunnel takes.
    """

    def __init__(self, messages, tunnel, scheduler):
        self.messages = messages
        self.discarded = 0
        self.wire = None
        self._alerts = messages.alerts()
        self._tunnel = tunnel
        self._scheduler = scheduler
        # Messages, each with what its answer goes to.
        self._waiting = []
        # What the work in hand will be said to.
        self._ways = ()
        self._work = None
        tunnel.on_message = self.take
        self._task = scheduler.add("messages", self._poll, _IDLE_MS, True)

    def hear(self, code, at_s, detail):
        """Take a durable event of the device, which may become an alert."""
        self._alerts.hear(code, at_s, detail)

    def take(self, octets, asker=None):
        """Take a message; asker: whose send(octets) gets the answer, None for the tunnel's."""
        if len(self._waiting) == _MOST_WAITING:
            self.discarded += 1
            return
        self._waiting.append((bytes(octets), asker))
        self._scheduler.wake(self._task)

    def _poll(self, now_s, now_ms):
        if self._work is None:
            self._work = self._next(now_s)
        if self._work is None:
            return _IDLE_MS
        try:
            next(self._work)
        except StopIteration as end:
            self._work = None
            self._send(end.value)
        except Exception:
            # The scheduler tells of it; the next message finds a new beginning.
            self._work = None
            raise
        return _SLICE_MS

    def _next(self, now_s):
        if self._waiting:
            octets, asker = self._waiting.pop(0)
            self._ways = (asker or self._tunnel,)
            return self._handled(octets, now_s)
        if not self.messages.is_due(now_s):
            return None
        self._ways = (self._tunnel, self.wire)
        return self.messages.step(now_s)

    def _handled(self, octets, now_s):
        outcome = yield from self.messages.handle(octets, now_s)
        return [outcome.response] if outcome.response else []

    def _send(self, messages):
        for octets in messages:
            for way in self._ways:
                if way and not _said(way, octets):
                    self.discarded += 1


def _said(way, octets):
    try:
        return way.send(octets)
    except FrameError:
        return False
