"""The In-Home Display (IHD, SMETS2 section 6): asks, listens and shows; computes no bill."""

from micropython import const

from ..han import price, time_client
from ..han.stack import Stack
from ..han.time_client import TimeClient
from ..model.dictionary import Data
from ..model.events import Outbox
from ..store.snapshot import Snapshot
from ..ui.ihd_screen import PAGES, IhdScreen

_METERING = const(0x0702)
_PREPAYMENT = const(0x0705)

# What is asked of the meter: every period_s seconds, at phase_s, a cluster's attributes.
# Power, ambient indicator and Supply State every 10 s (SMETS2 6.4.2), costs twice a minute,
# and what the meter reports by itself only to make good for lost reports.
_POLLS = (
    (10, 0, _METERING, (0x0400, 0x0207, 0x0014)),
    (60, 3, _METERING, (0x0401, 0x0430)),
    (60, 6, _PREPAYMENT, (0x051C, 0x0530)),
    (300, 8, _PREPAYMENT, (0x0000, 0x0001, 0x0002, 0x0003, 0x0005)),
    (1800, 9, _PREPAYMENT, (0x0010, 0x0011, 0x0031)),
)
_PRICE_PERIOD_S = const(1800)
_PRICE_PHASE_S = const(5)
# Three missed updates of power make the values stale (IHD-GEN-08).
_STALE_S = const(35)
_PAGE_S = const(15)
# A panel that lost its power without the bus noticing is lit again within this time.
_REDRAW_MINUTES = const(5)
_HELD_PAGE_S = const(60)


class Ihd:
    """The display on a scheduler: radio in, pixels out.

    display: a driver with `framebuffer`, show(), redraw() and a poll() of its own; meter: the
    electricity meter's short address.
    """

    def __init__(self, scheduler, radio, network, memory, display, meter):
        self.data = Data("I")
        self.data.link_ok = False
        self.data.time_known = False
        self._snapshot = Snapshot(self.data, memory)
        self._snapshot.restore()
        self._scheduler = scheduler
        self._display = display
        self._panel_task = scheduler.add("panel", display.poll, 0, True)
        self._screen = IhdScreen(display.framebuffer)
        self._meter = meter
        self._page = 0
        self._page_until_s = 0
        self._heard_s = 0
        self._shown_minute = -1
        self._changed = True
        self.requests = 0
        self.answers = 0
        self.stack = Stack("I", self.data, radio, network, scheduler, self._snapshot.save)
        self.stack.handlers[(price.CLUSTER, price.PUBLISH_PRICE, True)] = self._keep_price
        self.stack.on_answer = self._answered
        self._time = TimeClient(
            self.stack, scheduler.clock, self.data, Outbox(1), follow_always=True
        )
        scheduler.each_second("ask", self._ask)
        scheduler.each_second("draw", self._draw)

    def press(self, now_s):
        """The key: show the next page, and stay on it for a minute."""
        self._turn_page(now_s, _HELD_PAGE_S)
        self._draw(now_s)

    def _ask(self, now_s):
        self._time.step()
        starting = not self.requests
        for period_s, phase_s, cluster, identifiers in _POLLS:
            if starting or now_s % period_s == phase_s:
                self.requests += 1
                self.stack.read(self._meter, cluster, identifiers)
        if now_s % _PRICE_PERIOD_S == _PRICE_PHASE_S or not self._heard_s:
            self.stack.command(
                self._meter, price.CLUSTER, price.GET_CURRENT_PRICE, b"\x00", False
            )

    def _answered(self, source, cluster, now_s):
        if cluster == time_client.CLUSTER:
            self._time.answered(now_s)
            self.data.time_known = True
        if source == self._meter:
            self.answers += 1
            self._heard_s = now_s
        self._changed = True

    def _keep_price(self, source, sequence, payload, now_s):
        published = price.decode(payload)
        self.data.active_tariff_price_mp = published.price_mp
        self.data.active_tariff_rate = published.tier
        self.data.currency_units = published.currency
        self.data.tier_label = published.label
        self._changed = True

    def _draw(self, now_s):
        """Draw when something to be seen has changed; call it once a second."""
        link_ok = self._heard_s > 0 and now_s - self._heard_s < _STALE_S
        if link_ok != self.data.link_ok:
            self.data.link_ok = link_ok
            self._changed = True
        if now_s >= self._page_until_s:
            self._turn_page(now_s, _PAGE_S)
        minute = now_s // 60
        if self._changed or minute != self._shown_minute:
            self._shown_minute = minute
            self._changed = False
            self._screen.draw(self.data, self._page, now_s)
            if minute % _REDRAW_MINUTES == 0:
                self._display.redraw()
            self._display.show()
            self._scheduler.wake(self._panel_task)

    def _turn_page(self, now_s, for_s):
        if self._page_until_s:
            self._page = (self._page + 1) % len(PAGES)
        self._page_until_s = now_s + for_s
        self._changed = True
