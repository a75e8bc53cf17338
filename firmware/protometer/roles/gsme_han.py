"""The gas meter on the HAN: serves its items to whom asks, and asks the Hub for the time."""

from ..han import time_client
from ..han.stack import Stack
from ..han.time_client import TimeClient
from .han_watch import HanWatch


class GsmeHan:
    """Joins a Gsme to a radio; both live on the same scheduler. Its radio may sleep."""

    def __init__(self, gsme, scheduler, radio, network):
        self.stack = Stack("G", gsme.data, radio, network, scheduler, gsme)
        self.stack.on_answer = self._answered
        self._watch = HanWatch(self.stack.forged, gsme.events)
        self._time = TimeClient(self.stack, gsme.data, gsme.clock.hear)
        scheduler.each_second("reports", self.step, 500, True)

    def step(self, now_s):
        """Report what changed to whom it is bound, and ask for the time; call it once a second."""
        self._time.step(now_s)
        self._watch.step(now_s)
        while self.stack.report((), now_s):
            pass

    def _answered(self, source, cluster, now_s):
        if cluster == time_client.CLUSTER:
            self._time.answered(source, now_s)
