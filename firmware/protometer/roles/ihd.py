"""The In-Home Display (IHD, SMETS2 section 6): asks, listens and shows; computes no bill."""

from micropython import const

from ..han import price, time_client
from ..han.network import COORDINATOR
from ..han.stack import Stack
from ..han.time_client import TimeClient
from ..model.dictionary import Data
from ..model.enumerations import CLOCK_RELIABLE
from ..store.store import Store
from ..ui.face import Face

_METERING = const(0x0702)
_PREPAYMENT = const(0x0705)

# What is asked of the meter: every period_s seconds, at phase_s, a cluster's attributes.
# Power, ambient indicator and Supply State every 10 s (SMETS2 6.4.2), energy and cost every
# minute, and what the meter reports by itself only to make good for lost reports.
_POWER_PERIOD_S = const(10)
_POLLS = (
    (_POWER_PERIOD_S, 0, _METERING, (0x0400, 0x0207, 0x0014)),
    (60, 3, _METERING, (0x0401, 0x0430)),
    (60, 6, _PREPAYMENT, (0x051C, 0x0530)),
    (300, 8, _PREPAYMENT, (0x0000, 0x0001, 0x0002, 0x0003, 0x0005)),
    (1800, 9, _PREPAYMENT, (0x0010, 0x0011, 0x0031)),
)
_PRICE_PERIOD_S = const(1800)
_PRICE_PHASE_S = const(5)


class Ihd:
    """The display on a scheduler: radio in, pixels out.

    display: a driver as ui.face wants it; meter: the electricity meter's short address.
    """

    def __init__(self, scheduler, radio, network, memory, display, meter):
        self.data = Data("I")
        self.data.time_known = False
        self._store = Store(self.data, memory)
        self._store.restore()
        # What was heard before a power cut is no answer of today's.
        self.data.credit_status = 0
        self._clock = scheduler.clock
        self._meter = meter
        self._price_asked_s = 0
        self._metering_heard = False
        self.requests = 0
        self.answers = 0
        self.stack = Stack("I", self.data, radio, network, scheduler, self._store)
        self.stack.handlers[(price.CLUSTER, price.PUBLISH_PRICE, True)] = self._keep_price
        self.stack.on_answer = self._answered
        self.stack.believes = self._believes
        self._time = TimeClient(self.stack, self.data, self._follow_hub)
        scheduler.add("ask", self._ask, 0, True)
        self._face = Face(scheduler, display, self.data)

    def press(self, now_s):
        """The key: show the next page."""
        self._face.press(now_s)

    def _believes(self, source, cluster):
        # Only its own meter, and for the time the hub (IHD-GEN-07).
        return source == (COORDINATOR if cluster == time_client.CLUSTER else self._meter)

    def _follow_hub(self, hub_s, now_s):
        # A display has no time of its own to defend.
        if hub_s != now_s or not self._clock.known:
            self._clock.set_utc(hub_s)
        self.data.clock_status = CLOCK_RELIABLE
        return hub_s

    def _ask(self, now_s, now_ms):
        """Ask what is due, and all of it until the meter has told; return the ms to the next."""
        starting = not self.requests or (not self._complete() and now_s % _POWER_PERIOD_S == 0)
        next_s = self._time.step(now_s)
        for period_s, phase_s, cluster, identifiers in _POLLS:
            if starting or now_s % period_s == phase_s:
                self.requests += 1
                self.stack.read(self._meter, cluster, identifiers)
            next_s = min(next_s, _next_phase(now_s, period_s, phase_s))
        if starting or now_s % _PRICE_PERIOD_S == _PRICE_PHASE_S:
            self._ask_price(now_s)
        next_s = min(next_s, _next_phase(now_s, _PRICE_PERIOD_S, _PRICE_PHASE_S))
        return (next_s - now_s) * 1000 - self._clock.ms_of_second()

    def _complete(self):
        # Nothing is shown as the meter's that it has not said; it never says a Credit Status of 0.
        return self.data.credit_status and self._metering_heard

    def _ask_price(self, now_s):
        self._price_asked_s = now_s
        self.stack.command(self._meter, price.CLUSTER, price.GET_CURRENT_PRICE, b"\x00", False)

    def _answered(self, source, cluster, now_s):
        if cluster == time_client.CLUSTER and self._time.answered(source, now_s):
            self.data.time_known = True
        if source == self._meter:
            self.answers += 1
            self._metering_heard = self._metering_heard or cluster == _METERING
            if self._complete():
                self._face.heard(now_s)
            if not self.data.tier_label and now_s > self._price_asked_s:
                self._ask_price(now_s)
        self._face.changed()

    def _keep_price(self, source, sequence, payload, now_s):
        if source != self._meter:
            return
        published = price.decode(payload)
        self.data.active_tariff_price_mp = published.price_mp
        self.data.active_tariff_rate = published.tier
        self.data.currency_units = published.currency
        self.data.tier_label = published.label
        self._face.changed()


def _next_phase(now_s, period_s, phase_s):
    """Return the first second after now_s that lies phase_s into a period."""
    return now_s + (phase_s - now_s - 1) % period_s + 1
