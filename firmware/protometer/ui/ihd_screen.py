"""The In-Home Display's pages on a 128 x 64 panel.

A page is a row of PAGES: its title, the painters of its body, and the function that gives its
bottom line. A pressing notice takes the place of the bottom line on every page.
"""

from micropython import const

from . import formats, page_cost, page_credit, page_now
from .canvas import Canvas
from .local_time import uk_local
from .notices import notice
from .stale_view import StaleView

PAGES = (
    (
        "NOW",
        (page_now.power_now, page_now.hourly_cost, page_now.usage_gauge),
        page_now.price_line,
    ),
    ("COST", (page_cost.today, page_cost.this_week), page_cost.budget_line),
    (
        "BALANCE",
        (page_credit.balance, page_credit.supply, page_credit.emergency_credit),
        page_credit.mode_line,
    ),
)

_RULE_Y = const(9)
_BANNER_HEIGHT = const(10)
_DOT = const(3)
_DOT_PITCH = const(6)


class IhdScreen:
    """Draws a meter's values, given as attributes of a view, on a MONO_VLSB framebuffer."""

    def __init__(self, framebuffer, width=128, height=64):
        self._canvas = Canvas(framebuffer, width, height)
        self._stale = StaleView()

    def draw(self, view, page, now_s):
        """Draw one page, numbered from 0 and wrapping, at now_s UTC seconds since 2000-01-01."""
        for _ in self.steps(view, page, now_s):
            pass

    def steps(self, view, page, now_s):
        """Draw as `draw` does, yielding after each piece, for a caller with short slices."""
        page %= len(PAGES)
        _, painters, bottom_line = PAGES[page]
        canvas = self._canvas
        canvas.framebuffer.fill(0)
        self._header(view, page, now_s)
        shown = view if view.link_ok else self._stale.remember(view)
        for paint in painters:
            yield
            paint(canvas, shown)
        yield
        warning = notice(shown)
        if warning is None:
            canvas.text(canvas.small, bottom_line(shown), 0, canvas.height - _BANNER_HEIGHT + 2)
        else:
            self._banner(warning)

    def _header(self, view, page, now_s):
        canvas = self._canvas
        time = "--:--"
        if view.time_known:
            local = uk_local(now_s)
            time = formats.clock(local[3], local[4])
        canvas.text(canvas.small, time, 0, 0)
        canvas.text(canvas.icons, "+" if view.link_ok else "x", canvas.width - 9, 0)
        canvas.text_centred(canvas.small, PAGES[page][0], 0, canvas.width, 0)
        x = canvas.width - 14 - _DOT_PITCH * len(PAGES)
        for dot in range(len(PAGES)):
            canvas.framebuffer.rect(x, 2, _DOT + 1, _DOT + 1, 1, dot == page)
            x += _DOT_PITCH
        canvas.framebuffer.hline(0, _RULE_Y, canvas.width, 1)

    def _banner(self, text):
        canvas = self._canvas
        top = canvas.height - _BANNER_HEIGHT
        canvas.framebuffer.fill_rect(0, top, canvas.width, _BANNER_HEIGHT, 1)
        canvas.text(canvas.icons, "!", 1, top + 1, 0)
        canvas.text_centred(canvas.small, text, 11, canvas.width, top + 1, 0)
