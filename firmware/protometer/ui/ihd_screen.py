"""The In-Home Display's pages on a 128 x 64 panel.

A page is a row of PAGES: its title, the painters of its body, and the function that gives its
bottom line. Those of page_gas, numbered on from there, come once the gas meter was heard of. A
pressing notice takes the place of the bottom line on every page, the other fuel's where the page's
own has none.
"""

from micropython import const

from . import formats, page_cost, page_credit, page_now
from .canvas import Canvas
from .notices import notice
from .stale_view import StaleView

# Numbers of the pages that tell of credit.
CREDIT = const(2)
GAS_CREDIT = const(4)

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
_DOTS_END = const(14)
_SMALL_DOTS_END = const(11)
_DOT_PITCH = const(6)
# With more pages than electricity has the dots are smaller, and the title makes room for them.
_SMALL_DOT = const(2)
_SMALL_DOT_PITCH = const(4)
_TITLE_X = const(26)
_ICON_WIDTH = const(9)
_DAY_S = const(86_400)


class IhdScreen:
    """Draws a meter's values, given as attributes of a view, on a MONO_VLSB framebuffer.

    gas: the view of the gas meter; it has `told_s` beside, 0 as long as nothing was heard of it.
    None where there is none.
    """

    def __init__(self, framebuffer, gas=None, width=128, height=64):
        self.canvas = Canvas(framebuffer, width, height)
        self._gas = gas
        self._pages = PAGES
        if gas:
            from . import page_gas

            self._of_gas = page_gas
            self._pages = PAGES + page_gas.PAGES
        self._stale = StaleView()

    def count(self):
        """Return how many pages there are now."""
        gas = self._gas
        return len(self._pages if gas and gas.told_s and gas.credit_status else PAGES)

    def after(self, page):
        """Return the number of the page after one, round to the first."""
        return (page + 1) % self.count()

    def draw(self, view, page, now_s):
        """Draw one page, numbered from 0 and wrapping, at now_s UTC seconds since 2000-01-01."""
        for _ in self.steps(view, page, now_s):
            pass

    def steps(self, view, page, now_s, line=None):
        """Draw as `draw` does, yielding after each piece, for a caller with short slices.

        line: what is to stand at the bottom, whatever else there is to tell.
        """
        count = self.count()
        page %= count
        is_gas = page >= len(PAGES)
        _, painters, bottom_line = self._pages[page]
        canvas = self.canvas
        canvas.framebuffer.fill(0)
        own, other = (self._gas, view) if is_gas else (view, self._gas)
        self._header(view, own.link_ok, page, now_s)
        shown = own if own.link_ok else self._stale.remember(own)
        for paint in painters:
            yield
            paint(canvas, shown)
        yield
        warning = None
        if not line:
            warning = notice(shown)
            if is_gas and not own.link_ok and 0 <= now_s - own.told_s < _DAY_S:
                warning = self._of_gas.no_news(own.told_s)
            elif not warning and count > len(PAGES) and other.link_ok and notice(other):
                warning = self._of_gas.LOOK_AT[is_gas]
        if warning:
            self._banner(warning)
        else:
            self._hint(line or bottom_line(shown))

    def head(self, title, now_s, time_known, link_ok, left, right):
        """Draw the header line: the time, a title in the middle from left to right, the link."""
        canvas = self.canvas
        time = formats.local_clock(now_s) if time_known else "--:--"
        canvas.text(canvas.small, time, 0, 0)
        canvas.text(canvas.icons, "+" if link_ok else "x", canvas.width - _ICON_WIDTH, 0)
        canvas.text_centred(canvas.small, title, left, right, 0)
        canvas.framebuffer.hline(0, _RULE_Y, canvas.width, 1)

    def _hint(self, text):
        canvas = self.canvas
        canvas.text(canvas.small, text, 0, canvas.height - _BANNER_HEIGHT + 2)

    def _header(self, view, link_ok, page, now_s):
        """Draw the header of a page: a dot for each there is, that of this one filled."""
        canvas = self.canvas
        target, count = canvas.framebuffer, self.count()
        is_alone = count == len(PAGES)
        pitch, end = (_DOT_PITCH, _DOTS_END) if is_alone else (_SMALL_DOT_PITCH, _SMALL_DOTS_END)
        first_x = x = canvas.width - end - pitch * count
        for dot in range(count):
            if is_alone or dot == page:
                target.rect(x, 2, _DOT + 1, _DOT + 1, 1, dot == page)
            else:
                target.rect(x + 1, 3, _SMALL_DOT, _SMALL_DOT, 1)
            x += pitch
        title = self._pages[page][0]
        if is_alone:
            self.head(title, now_s, view.time_known, link_ok, 0, canvas.width)
            return
        if page < len(PAGES):
            title = self._of_gas.ELECTRICITY[page]
        self.head(title, now_s, view.time_known, link_ok, _TITLE_X, first_x)

    def _banner(self, text):
        canvas = self.canvas
        top = canvas.height - _BANNER_HEIGHT
        canvas.framebuffer.fill_rect(0, top, canvas.width, _BANNER_HEIGHT, 1)
        canvas.text(canvas.icons, "!", 1, top + 1, 0)
        canvas.text_centred(canvas.small, text, 11, canvas.width, top + 1, 0)
