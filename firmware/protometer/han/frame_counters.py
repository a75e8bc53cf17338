"""Frame counters of sealed frames, ours and others' (Zigbee 05-3474, 4.3.1 and 4.4.1).

Ours never repeats, not even across a power cut: the one kept in the dictionary is ahead of those
used. Another's frame is fresh with a higher counter than its last one under the same key.
"""

from ..kernel.bounded import keep
from .frame_error import FrameError


class FrameCounters:
    """The counters of one layer.

    data, item: where ours is kept; ahead: how many are set aside in one write of the store, by
    persist(); most: how many senders are remembered.
    """

    def __init__(self, data, item, ahead, persist, most):
        self._data = data
        self._item = item
        self._ahead = ahead
        self._persist = persist
        self._most = most
        self.upcoming = getattr(data, item)
        self._last = {}

    def set_aside(self):
        """Have a restart begin beyond all that are used from now on."""
        setattr(self._data, self._item, self.upcoming + self._ahead)
        self._persist()

    def take(self):
        """Return the counter of a frame that goes out."""
        if self.upcoming >= getattr(self._data, self._item):
            self.set_aside()
        self.upcoming += 1
        return self.upcoming - 1

    def check(self, sender, counter):
        """Raise FrameError unless a sender's counter is fresh."""
        if counter <= self._last.get(sender, -1):
            raise FrameError("frame counter %d is not fresh" % counter)

    def heard(self, sender, counter):
        """Keep the counter of a frame that was authentic."""
        keep(self._last, sender, counter, self._most)

    def forget(self):
        """Begin anew with the counters of others, as with other keys."""
        self._last.clear()
