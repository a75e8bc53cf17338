"""Draws what a prepayment interface shows: the IHD's pages, and what its keys have begun."""

from micropython import const

from .entry_screen import EntryScreen
from .ppmid_keypad import CHOOSING, TURN_S
from .text_lines import line_count, text_line

_TITLE_X = const(26)
_ICON_WIDTH = const(9)
_FIRST_Y = const(16)
_PITCH = const(11)
_NAME_X = const(10)
_TOLD_Y = const(28)


class PpmidScreen(EntryScreen):
    """Draws a PpmidKeypad on an IhdScreen's Canvas; view: the electricity meter's.

    links: the Links of what is shown.
    """

    REFRESH_S = TURN_S

    def __init__(self, pages, view, links):
        super().__init__(pages.canvas)
        self._pages = pages
        self._view = view
        self._links = links
        self._fuel = None

    def steps(self, keypad, now_s):
        """Draw as `draw` does, yielding after each piece, for a caller with short slices."""
        self._links.age(now_s)
        self._fuel = keypad.fuel
        return super().steps(keypad, now_s)

    def _painter(self, state):
        return self._offers if state == CHOOSING else super()._painter(state)

    def _page(self, keypad, now_s):
        return self._pages.steps(self._view, keypad.page, now_s, keypad.line(now_s))

    def _header(self, title):
        view = self._view
        title = "%s: %s" % (self._fuel.name, title)
        right = self._canvas.width - _ICON_WIDTH
        self._pages.head(title, view.now_s, view.time_known, view.link_ok, _TITLE_X, right)

    def _offers(self, keypad, now_s):
        canvas = self._canvas
        self._header("what to do")
        y = _FIRST_Y
        for number, name in enumerate(keypad.offers):
            yield
            if number == keypad.choice:
                canvas.text(canvas.small, ">", 0, y)
            canvas.text(canvas.small, name[0].upper() + name[1:], _NAME_X, y)
            y += _PITCH
        yield
        self._hint("A: next   B: do it")

    def _question(self, keypad, now_s):
        self._header("sure?")
        return super()._question(keypad, now_s)

    def _told(self, keypad, now_s):
        """Draw a result, in as many lines as it takes."""
        canvas, told = self._canvas, keypad.told
        lines = line_count(told)
        y = _TOLD_Y - (lines - 1) * _PITCH // 2
        for number in range(lines):
            yield
            line = text_line(told, number)
            canvas.text_centred(canvas.small, line, 0, canvas.width, y)
            y += _PITCH
