"""How long a device has been on the air in the last hour, and what that still lets it do.

In the Sub GHz Bands no device may be: 2.5 % of an hour, a hub 10 % (SGHZ-RF-10). The hour slides
by five minutes, so that it is never shorter than one. Acknowledgements count too.
"""

from micropython import const

NORMAL = const(0)
LIMITED = const(1)
CRITICAL = const(2)
REGULATED = const(3)

_BUCKETS = const(13)
_BUCKET_S = const(300)
# At 100 kbit/s an octet lasts 80 us; a frame has preamble, start and length before it.
_OCTET_US = const(80)
_HEADER = const(12)
_LONGEST = const(139)
# Of 2.5 % of an hour, 90 s, LIMITED begins at 54 s and CRITICAL at 75 s; of other budgets alike.
_LEVELS = ((90, REGULATED), (75, CRITICAL), (54, LIMITED))
_DEVICE_MS = const(90_000)
_HUB_MS = const(360_000)


class DutyCycle:
    """Counts what goes on the air; step() once a second.

    `dropped` counts frames that were not sent, for the budget was spent.
    """

    def __init__(self, is_hub):
        self.budget_ms = _HUB_MS if is_hub else _DEVICE_MS
        # Octets on the air: of the five minutes that run, and of those before.
        self._buckets = [0] * _BUCKETS
        self._at = self._seconds = 0
        self.dropped = 0

    def allows(self):
        """Tell whether one more frame may go out; it is counted where it may not."""
        is_spent = self.level() == REGULATED
        self.dropped += is_spent
        return not is_spent

    def note(self, size):
        """Count a PSDU of so many octets that went out: also an acknowledgement, by the radio."""
        self._buckets[self._at] += _HEADER + size

    def used_ms(self):
        """Return the ms on the air in the last hour."""
        return sum(self._buckets) * _OCTET_US // 1_000

    def level(self):
        """Return how much of the budget is spent: NORMAL, LIMITED, CRITICAL or REGULATED."""
        # With the longest frame added, which then still fits.
        used_ms = (sum(self._buckets) + _LONGEST) * _OCTET_US // 1_000
        for least_s, level in _LEVELS:
            if used_ms * 90 >= least_s * self.budget_ms:
                return level
        return NORMAL

    def step(self):
        """Let a second pass."""
        self._seconds += 1
        if self._seconds == _BUCKET_S:
            self._seconds = 0
            self._at = (self._at + 1) % _BUCKETS
            self._buckets[self._at] = 0
