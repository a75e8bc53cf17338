"""The electricity meter on the HAN: serves its items, reports changes, publishes its price."""

from ..han import price, time_client
from ..han.devices import CONFIRMED
from ..han.network import COORDINATOR
from ..han.stack import Stack
from ..han.time_client import TimeClient
from ..kernel.unload import lend
from .han_watch import HanWatch
from .published import Published, count_down, offer_clusters


class EsmeHan:
    """Joins an Esme to a radio; both live on the same scheduler.

    displays: short addresses of the devices that reports and prices go to (SMETS2 5.6.1), on a
    network that was commissioned; on one that it joined they go to whom it shares link keys with,
    and there is a `tunnel` to the hub, a TunnelDoor, else None.
    """

    def __init__(self, esme, scheduler, radio, network, displays):
        self._data = esme.data
        self._commissioned = displays
        self.stack = Stack(esme.data.role, esme.data, radio, network, scheduler, Published(esme))
        offer_clusters(esme, self.stack)
        self._esme = esme
        self.stack.handlers[(price.CLUSTER, price.GET_CURRENT_PRICE, False)] = self._give_price
        self.stack.on_answer = self._answered
        self._forgeries = HanWatch(self.stack.forged, esme.events)
        self._time = TimeClient(self.stack, esme.data, esme.clock.hear)
        # What was published last, and to whom.
        self._published = self._published_to = None
        self._watch = self.tunnel = self.images = None
        if self.stack.membership:
            from ..han.tunnel_door import TunnelDoor
            from .network_watch import NetworkWatch
            from .ota_watch import OtaWatch

            self.tunnel = TunnelDoor(self.stack)
            self._watch = NetworkWatch(esme, self.stack)
            self.images = OtaWatch(esme, self.stack)
        self._price_since_s = 0
        # Displays ask as a second begins; what the meter has to say by itself waits for that.
        scheduler.each_second("reports", self.step, 500, True)

    def step(self, now_s):
        """Report what changed, and the price if it did; call it once a second."""
        self._forgeries.step(now_s)
        if self._watch:
            self._watch.step(now_s)
            if not self.stack.network.may_talk():
                return
            self.tunnel.step(now_s)
            self.images.step(now_s)
        self._time.step(now_s)
        displays = self._displays()
        count_down(self._data)
        data = self._data
        in_force = data.active_tariff_rate << 24 | data.active_tariff_price_mp & 0xFFFFFF
        if in_force != self._published:
            self._price_since_s = now_s
        if in_force != self._published or displays != self._published_to:
            self._published, self._published_to = in_force, displays
            payload = self._price(now_s)
            for display in displays:
                self.stack.command(display, price.CLUSTER, price.PUBLISH_PRICE, payload, True)
        while self.stack.report(displays, now_s):
            pass
        if self._esme.loads:
            from .cluster_load_control import send_instructions

            send_instructions(self._esme, self.stack, now_s)

    def _displays(self):
        if not self._watch:
            return self._commissioned
        devices = self.stack.network.devices
        return [short for _, short in devices.having(CONFIRMED) if devices.knows(short)]

    def _answered(self, source, cluster, now_s):
        if cluster == time_client.CLUSTER:
            self._time.answered(source, now_s)
        elif self._watch and source == COORDINATOR:
            self._watch.answered(cluster, now_s)

    def _give_price(self, source, sequence, payload, now_s):
        answer = (price.PUBLISH_PRICE, self._price(now_s), True)
        self.stack.answer(source, price.CLUSTER, sequence, *answer)

    def _price(self, now_s):
        """Return the payload that publishes the price in force."""
        from ..han.price import Price, encode

        lend("han.price")
        data = self._data
        rate = data.active_tariff_rate
        in_force = Price(
            data.active_tariff_price_mp,
            rate + 1,
            "Rate %d" % (rate + 1),
            data.currency_units,
            self._price_since_s,
        )
        tiers = 1 + max(
            index for index, amount in enumerate(data.tariff_tou_prices) if amount or not index
        )
        return encode(in_force, tiers, now_s)
