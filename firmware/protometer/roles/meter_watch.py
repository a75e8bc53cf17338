"""What a device that shows a meter asks of it, and keeps of its answers (SMETS2 6.4.2, 7.5.1).

On a network that it joined by itself it looks for the electricity meter first: what serves
Metering, always listens, as no gas meter does, and is not the hub.
"""

from micropython import const

from ..han import price, time_client
from ..han.network import COORDINATOR
from ..han.stack import Stack
from ..han.time_client import TimeClient
from ..kernel.unload import lend
from ..model.enumerations import CLOCK_RELIABLE

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
_SHIFT_MS = const(250)
# How long a meter is looked for before it is again, and how often one asked in vain was lost.
_FIND_S = const(20)
_MOST_UNANSWERED = const(60)


class MeterWatch:
    """Asks one electricity meter, as a Type 2 Device may.

    role: the letter of the device, whose dictionary is `data`; meter: the meter's short address,
    None where it is to be found. `on_heard(now_s)` hears of the meter's answers once it has said
    all that a first picture needs, `on_changed()` that something may be shown differently.
    """

    def __init__(self, role, scheduler, radio, network, store, data, meter):
        self.data = data
        # What was heard before a power cut is no answer of today's.
        data.time_known = False
        data.credit_status = 0
        self.on_heard = self.on_changed = _ignore
        self._clock = scheduler.clock
        # Two that ask one meter at the same moment would not hear each other.
        self._shift_ms = _SHIFT_MS if role == "U" else 0
        self.meter = meter
        self._is_to_find = meter is None
        self._find_s = self._unanswered = 0
        self._price_asked_s = 0
        self._metering_heard = False
        self.requests = 0
        self.answers = 0
        self.stack = Stack(role, data, radio, network, scheduler, store)
        self.stack.handlers[(price.CLUSTER, price.PUBLISH_PRICE, True)] = self._keep_price
        self.stack.on_answer = self._answered
        self.stack.believes = self._believes
        self._time = TimeClient(self.stack, data, self._follow_hub)
        # Of the gas meter: on a network that was joined.
        self.gas = None
        if self._is_to_find:
            from .gas_watch import GasWatch

            self.gas = GasWatch(self.stack)
            self.stack.membership.on_found = self._found
        scheduler.add("ask", self._ask, 0, True)

    def ask_soon(self):
        """Ask for everything again, as after a Command that changed it."""
        self._metering_heard = False

    def _believes(self, source, cluster):
        # Only its own meter, and the hub for the time and for the gas meter (IHD-GEN-07).
        if source == COORDINATOR:
            return cluster == time_client.CLUSTER or self.gas is not None
        return source == self.meter and cluster != time_client.CLUSTER

    def _follow_hub(self, hub_s, now_s):
        # A display has no time of its own to defend.
        if hub_s != now_s or not self._clock.known:
            self._clock.set_utc(hub_s)
        self.data.clock_status = CLOCK_RELIABLE
        return hub_s

    def _found(self, short_address):
        # What the hub serves is the gas meter's mirror.
        if self.meter is None and short_address != COORDINATOR:
            self.meter = short_address
            self._unanswered = 0

    def _find(self, now_s):
        """Look for the meter, as long as there is none; return the second of the next look."""
        if not 0 < self._find_s - now_s <= _FIND_S and self.stack.network.may_talk():
            self._find_s = now_s + _FIND_S
            self.stack.membership.discovery().find(_METERING)
        return now_s + 1

    def _ask(self, now_s, now_ms):
        """Ask what is due, and all of it until the meter has told; return the ms to the next."""
        next_s = self._time.step(now_s)
        if self._unanswered > _MOST_UNANSWERED and self._is_to_find:
            self.meter = None
        if self.gas and self.stack.network.may_talk():
            next_s = min(next_s, self.gas.step(now_s))
        if self.meter is None:
            next_s = min(next_s, self._find(now_s))
        else:
            next_s = min(next_s, self._ask_meter(now_s))
        return (next_s - now_s) * 1000 - self._clock.ms_of_second() + self._shift_ms

    def _ask_meter(self, now_s):
        starting = not self.requests or (not self._complete() and now_s % _POWER_PERIOD_S == 0)
        next_s = now_s + _PRICE_PERIOD_S
        for period_s, phase_s, cluster, identifiers in _POLLS:
            if starting or now_s % period_s == phase_s:
                self.requests += 1
                self._unanswered += 1
                self.stack.read(self.meter, cluster, identifiers)
            next_s = min(next_s, _next_phase(now_s, period_s, phase_s))
        if starting or now_s % _PRICE_PERIOD_S == _PRICE_PHASE_S:
            self._ask_price(now_s)
        return min(next_s, _next_phase(now_s, _PRICE_PERIOD_S, _PRICE_PHASE_S))

    def _complete(self):
        # Nothing is shown as the meter's that it has not said; it never says a Credit Status of 0.
        return self.data.credit_status and self._metering_heard

    def _ask_price(self, now_s):
        self._price_asked_s = now_s
        self.stack.command(self.meter, price.CLUSTER, price.GET_CURRENT_PRICE, b"\x00", False)

    def _answered(self, source, cluster, now_s):
        if cluster == time_client.CLUSTER and self._time.answered(source, now_s):
            self.data.time_known = True
        elif source == COORDINATOR and self.gas:
            self.gas.answered(now_s)
        if source == self.meter:
            self.answers += 1
            self._unanswered = 0
            self._metering_heard = self._metering_heard or cluster == _METERING
            if self._complete():
                self.on_heard(now_s)
            if not self.data.tier_label and now_s > self._price_asked_s:
                self._ask_price(now_s)
        self.on_changed()

    def _keep_price(self, source, sequence, payload, now_s):
        if source != self.meter:
            return
        from ..han.price import decode

        lend("han.price")
        published = decode(payload)
        self.data.active_tariff_price_mp = published.price_mp
        self.data.active_tariff_rate = published.tier
        self.data.currency_units = published.currency
        self.data.tier_label = published.label
        self.on_changed()


def _ignore(*_):
    """Stand in for a callback that nobody has set."""


def _next_phase(now_s, period_s, phase_s):
    """Return the first second after now_s that lies phase_s into a period."""
    return now_s + (phase_s - now_s - 1) % period_s + 1
