"""The face of the in-home display: which page is shown, when it is drawn, and the panel's task."""

from micropython import const

from .ihd_screen import IhdScreen
from .links import Links

_PAGE_S = const(15)
_HELD_PAGE_S = const(60)
_MINUTE_S = const(60)
# A panel that lost its power without the bus noticing is lit again within this time.
_REDRAW_MINUTES = const(5)


class Face:
    """Draws a view's values on a display as they change, a piece a slice.

    display: a driver with `framebuffer`, show(), redraw() and a poll() of its own. The view gets
    `link_ok` from here, and has all else that IhdScreen shows; so has gas, the gas meter's, None
    where there is none.
    """

    def __init__(self, scheduler, display, view, gas=None):
        self._scheduler = scheduler
        self._display = display
        self._view = view
        self._screen = IhdScreen(display.framebuffer, gas)
        self._links = Links(view, gas)
        self._page = 0
        self._page_until_s = scheduler.clock.utc_s() + _PAGE_S
        self._drawing = None
        self._redrawn_minute = 0
        self._panel_task = scheduler.add("panel", display.poll, 0, True)
        self._draw_task = scheduler.add("draw", self._draw, None, True)
        self._watch_task = scheduler.add("watch", self._watch, 0, True)

    def heard(self, now_s):
        """Note that the meter answered: the link is good."""
        self._links.heard(now_s)

    def changed(self):
        """Have the picture drawn anew."""
        self._scheduler.wake(self._watch_task)

    def press(self, now_s):
        """The key: show the next page, and stay on it for a minute."""
        self._page = self._screen.after(self._page)
        self._page_until_s = now_s + _HELD_PAGE_S
        self.changed()

    def _watch(self, now_s, now_ms):
        """Begin a drawing; sleep until page, minute or link change by themselves."""
        # A clock that was set back would else hold page and link for as long.
        if not 0 < self._page_until_s - now_s <= _HELD_PAGE_S:
            self._page = self._screen.after(self._page)
            self._page_until_s = now_s + _PAGE_S
        next_s = min(self._page_until_s, now_s - now_s % _MINUTE_S + _MINUTE_S)
        next_s = min(self._links.age(now_s) or next_s, next_s)
        self._drawing = self._screen.steps(self._view, self._page, now_s)
        self._scheduler.wake(self._draw_task)
        return (next_s - now_s) * 1000 - self._scheduler.clock.ms_of_second()

    def _draw(self, now_s, now_ms):
        try:
            next(self._drawing)
            return 0
        except StopIteration:
            pass
        minute = now_s // _MINUTE_S
        if minute % _REDRAW_MINUTES == 0 and minute != self._redrawn_minute:
            self._redrawn_minute = minute
            self._display.redraw()
        self._display.show()
        self._scheduler.wake(self._panel_task)
        return None
