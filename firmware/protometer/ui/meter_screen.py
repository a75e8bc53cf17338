"""Draws what a Keypad shows on a 128 x 64 panel: a page, digits, a question or a result."""

from micropython import const

from . import formats
from .entry_screen import BANNER_HEIGHT, EntryScreen
from .meter_notices import notice
from .meter_pages import HIDDEN

_HOUR_S = const(3600)
_DAY_S = const(86_400)
_TITLE_X = const(34)
_ICON_WIDTH = const(9)
_FLAG_X = const(111)
_RULE_Y = const(9)
_BODY_Y = const(13)
_LAST_LINE_Y = const(46)
_LINE_PITCH = const(10)
_BELOW_LARGE = const(23)


class MeterScreen(EntryScreen):
    """Draws a keypad's state and its view's values on a Canvas."""

    # Values are drawn anew this often.
    REFRESH_S = 2

    def __init__(self, canvas, view):
        super().__init__(canvas)
        self._view = view

    def steps(self, keypad, now_s):
        """Draw as `draw` does, yielding after each piece, for a caller with short slices."""
        self._view.now_s = now_s
        return super().steps(keypad, now_s)

    def _page(self, keypad, now_s):
        lines = keypad.lines()
        self._header(lines[0].page)
        is_open = keypad.is_open(now_s)
        y = _BODY_Y
        row = 0
        for line in lines:
            for number in range(line.count(self._view)):
                if row >= keypad.first_line and y <= _LAST_LINE_Y:
                    yield
                    self._line(line, number, is_open, y)
                    y += _BELOW_LARGE if line.is_large else _LINE_PITCH
                row += 1
        yield
        self._bottom(keypad, now_s, lines)

    def _line(self, line, number, is_open, y):
        canvas = self._canvas
        hidden = line.is_private and not is_open
        text = HIDDEN if hidden else line.text(self._view, number)
        if line.is_large and not hidden:
            canvas.text(canvas.large, text, 0, y)
            return
        label = line.label_of(number)
        canvas.text(canvas.small, label, 0, y)
        if label:
            canvas.text_right(canvas.small, text, canvas.width, y)
        else:
            canvas.text(canvas.small, text, 0, y)

    def _header(self, title):
        """Draw the time in UTC, a title, "F" in a non-disablement period, and the link."""
        canvas, view = self._canvas, self._view
        of_day_s = view.now_s % _DAY_S
        time = formats.clock(of_day_s // _HOUR_S, of_day_s % _HOUR_S // 60)
        canvas.text(canvas.small, time, 0, 0)
        canvas.text(canvas.small, title, _TITLE_X, 0)
        if view.value("non_disablement_active"):
            canvas.text(canvas.small, "F", _FLAG_X, 0)
        icon = "+" if view.value("han_linked") else "x"
        canvas.text(canvas.icons, icon, canvas.width - _ICON_WIDTH, 0)
        canvas.framebuffer.hline(0, _RULE_Y, canvas.width, 1)

    def _bottom(self, keypad, now_s, lines):
        warning = notice(self._view) if keypad.page == 0 else None
        action = keypad.page_action(now_s, lines)
        if warning:
            self._banner(warning)
        elif keypad.scrolls(lines, action):
            self._hint("B: more")
        else:
            self._hint(action.hint if action else "A: next")

    def _banner(self, text):
        canvas = self._canvas
        top = canvas.height - BANNER_HEIGHT
        canvas.framebuffer.fill_rect(0, top, canvas.width, BANNER_HEIGHT, 1)
        canvas.text(canvas.icons, "!", 1, top + 1, 0)
        canvas.text_centred(canvas.small, text, 11, canvas.width, top + 1, 0)
