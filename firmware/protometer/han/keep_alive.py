"""Whether the trust centre is there: asked every ten minutes or so (Smart Energy 1.4, annex A).

The Keep-Alive cluster has no commands: what counts is that its attributes are answered.
"""

from os import urandom

from micropython import const

from .network import COORDINATOR

CLUSTER = const(0x0025)
_ATTRIBUTES = (0x0000, 0x0001)
_BASE_S = const(600)
_JITTER_S = const(300)
_AGAIN_S = const(60)
_MOST_VAIN = const(3)


class KeepAlive:
    """Asks by read(destination, cluster, identifiers), on a network that was joined.

    on_change(is_there, now_s) hears when the trust centre answers for the first time or again,
    and when three questions were in vain. Seconds are counted, as the clock may be set.
    """

    def __init__(self, read, on_change):
        self._read = read
        self._on_change = on_change
        self._left_s = 0
        self._vain = 0
        self.is_there = None

    def step(self, now_s):
        """Let a second pass."""
        if self._left_s:
            self._left_s -= 1
            return
        if self._vain >= _MOST_VAIN and self.is_there is not False:
            self.is_there = False
            self._on_change(False, now_s)
        self._vain += 1
        self._left_s = _AGAIN_S
        self._read(COORDINATOR, CLUSTER, _ATTRIBUTES)

    def answered(self, now_s):
        """Hear the trust centre's answer."""
        self._vain = 0
        octets = urandom(2)
        self._left_s = _BASE_S + (octets[0] | octets[1] << 8) % _JITTER_S
        if not self.is_there:
            self.is_there = True
            self._on_change(True, now_s)
