"""Feeds the chip's watchdog while, and only while, every task meets its deadline."""


class Watchdog:
    """Wraps a function such as machine.WDT.feed.

    grace_ms: a pass in which a task ran later than this goes unfed; a run of such passes, or a
    task that never returns, ends in the chip's reset.
    """

    def __init__(self, feed, grace_ms=1_000):
        self._feed = feed
        self._grace_ms = grace_ms
        self.unfed = 0

    def feed(self, lateness):
        """Feed after one pass of the scheduler, given its Lateness."""
        if lateness.worst_since_asked_ms() > self._grace_ms:
            self.unfed += 1
        else:
            self._feed()
