"""Frames that wait for devices whose radios sleep, until they ask (IEEE 802.15.4-2006, 7.5.6.3).

The radio says in its acknowledgement of a Data Request whether something waits.
"""

from micropython import const

from ..kernel.ticks import ticks_add, ticks_diff

_MOST = const(12)
# Longer than the standard's: a gas meter that rests asks every 7.5 s, and may not be heard once.
_KEPT_MS = const(16_000)


class IndirectQueue:
    """Holds frames by the address that asks: 2 or 8 octets, least significant first.

    set_pending(address, on) tells the radio. `expired` counts what nobody fetched.
    """

    def __init__(self, set_pending):
        self._set_pending = set_pending
        self._held = []
        self.expired = 0

    def hold(self, address, frame, now_ms):
        """Keep a frame; False where there is no room."""
        if len(self._held) >= _MOST:
            return False
        self._held.append((address, frame, ticks_add(now_ms, _KEPT_MS)))
        self._set_pending(address, True)
        return True

    def take(self, address):
        """Return, and forget, the oldest frame that waits for an address; None where none does."""
        for entry in self._held:
            if entry[0] == address:
                self._drop(entry)
                return entry[1]
        return None

    def expire(self, now_ms):
        """Forget what nobody has fetched for too long; return whose it was."""
        if not self._held:
            return ()
        late = [entry for entry in self._held if ticks_diff(entry[2], now_ms) <= 0]
        for entry in late:
            self.expired += 1
            self._drop(entry)
        return [entry[0] for entry in late]

    def _drop(self, entry):
        self._held.remove(entry)
        if not any(other[0] == entry[0] for other in self._held):
            self._set_pending(entry[0], False)
