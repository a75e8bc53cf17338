"""Which meters are heard, for the views of what they tell (IHD-GEN-08)."""

from micropython import const

# Three missed updates make values stale: of power, each 10 s, and of the gas meter, whose mirror
# is renewed each half-hour and looked into each ten minutes.
_STALE_S = const(35)
_GAS_STALE_S = const(6_000)


class Links:
    """Keeps `link_ok` of two views; gas: None where there is no gas meter.

    The electricity meter is heard; the gas view has `told_s`, when its meter was read.
    """

    def __init__(self, view, gas=None):
        self._view = view
        self._gas = gas
        self._heard_s = None
        view.link_ok = False
        if gas:
            gas.link_ok = False

    def heard(self, now_s):
        """Note that the electricity meter answered."""
        self._heard_s = now_s
        self._view.link_ok = True

    def age(self, now_s):
        """See what has become stale; return the second of the next look, None if none is due."""
        gas = self._gas
        if gas:
            gas.link_ok = abs(now_s - gas.told_s) < _GAS_STALE_S
        if not self._view.link_ok:
            return None
        stale_s = self._heard_s + _STALE_S
        self._view.link_ok = 0 <= now_s - self._heard_s < _STALE_S
        return max(stale_s, now_s + 1)
