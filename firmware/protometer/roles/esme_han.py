"""The electricity meter on the HAN: serves its items, reports changes, publishes its price."""

from ..han import price, time_client
from ..han.stack import Stack
from ..han.time_client import TimeClient
from .han_watch import HanWatch


class EsmeHan:
    """Joins an Esme to a radio; both live on the same scheduler.

    displays: short addresses of the devices that reports and prices go to (SMETS2 5.6.1).
    """

    def __init__(self, esme, scheduler, radio, network, displays):
        self._data = esme.data
        self._displays = displays
        self.stack = Stack("E", esme.data, radio, network, scheduler, esme)
        self.stack.handlers[(price.CLUSTER, price.GET_CURRENT_PRICE, False)] = self._give_price
        self.stack.on_answer = self._answered
        self._watch = HanWatch(self.stack.forged, esme.events)
        self._time = TimeClient(self.stack, esme.data, esme.clock.hear)
        self._published = None
        self._price_since_s = 0
        # Displays ask as a second begins; what the meter has to say by itself waits for that.
        scheduler.each_second("reports", self.step, 500, True)

    def step(self, now_s):
        """Report what changed, and the price if it did; call it once a second."""
        self._time.step(now_s)
        self._watch.step(now_s)
        data = self._data
        in_force = data.active_tariff_rate << 24 | data.active_tariff_price_mp & 0xFFFFFF
        if in_force != self._published:
            self._published = in_force
            self._price_since_s = now_s
            for display in self._displays:
                self._publish(display, now_s)
        while self.stack.report(self._displays, now_s):
            pass

    def _answered(self, source, cluster, now_s):
        if cluster == time_client.CLUSTER:
            self._time.answered(source, now_s)

    def _give_price(self, source, sequence, payload, now_s):
        self._publish(source, now_s)

    def _publish(self, display, now_s):
        data = self._data
        rate = data.active_tariff_rate
        in_force = price.Price(
            data.active_tariff_price_mp,
            rate + 1,
            "Rate %d" % (rate + 1),
            data.currency_units,
            self._price_since_s,
        )
        tiers = 1 + max(
            index for index, amount in enumerate(data.tariff_tou_prices) if amount or not index
        )
        payload = price.encode(in_force, tiers, now_s)
        self.stack.command(display, price.CLUSTER, price.PUBLISH_PRICE, payload, True)
