"""Draws what a Keypad shows on a 128 x 64 panel: a page, digits, a question or a result."""

from micropython import const

from . import formats
from .keypad import ASKING, ASLEEP, BROWSING, TELLING, TYPING
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
_BANNER_HEIGHT = const(10)
_TOLD_Y = const(28)
_QUESTION_Y = const(24)
_DIGITS_Y = const(14)
_DIGIT_PITCH = const(9)
_GROUP = const(4)
_GROUP_GAP = const(5)
_DIGITS_A_ROW = const(12)
_ROW_PITCH = const(19)
_CURSOR_BELOW = const(14)
_CURSOR_WIDTH = const(8)


class MeterScreen:
    """Draws a keypad's state and its view's values on a Canvas."""

    def __init__(self, canvas, view):
        self._canvas = canvas
        self._view = view

    def draw(self, keypad, now_s):
        """Draw the picture at now_s UTC seconds since 2000-01-01."""
        for _ in self.steps(keypad, now_s):
            pass

    def steps(self, keypad, now_s):
        """Draw as `draw` does, yielding after each piece, for a caller with short slices."""
        self._view.now_s = now_s
        self._canvas.framebuffer.fill(0)
        if keypad.state == ASLEEP:
            return
        paint = {
            BROWSING: self._page,
            TYPING: self._digits,
            ASKING: self._question,
            TELLING: self._told,
        }[keypad.state]
        for _ in paint(keypad, now_s):
            yield

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

    def _hint(self, text):
        canvas = self._canvas
        canvas.text(canvas.small, text, 0, canvas.height - _BANNER_HEIGHT + 2)

    def _banner(self, text):
        canvas = self._canvas
        top = canvas.height - _BANNER_HEIGHT
        canvas.framebuffer.fill_rect(0, top, canvas.width, _BANNER_HEIGHT, 1)
        canvas.text(canvas.icons, "!", 1, top + 1, 0)
        canvas.text_centred(canvas.small, text, 11, canvas.width, top + 1, 0)

    def _digits(self, keypad, now_s):
        canvas, entry = self._canvas, keypad.entry
        self._header(keypad.question())
        typed = entry.digits()
        for place in range(len(entry)):
            yield
            of_row = place % _DIGITS_A_ROW
            x = of_row * _DIGIT_PITCH + of_row // _GROUP * _GROUP_GAP
            y = _DIGITS_Y + place // _DIGITS_A_ROW * _ROW_PITCH
            if place == entry.at:
                canvas.framebuffer.hline(x, y + _CURSOR_BELOW, _CURSOR_WIDTH, 1)
            if place < entry.at and keypad.action.is_secret:
                canvas.framebuffer.fill_rect(x + 2, y + 4, 4, 4, 1)
            elif place < len(typed):
                canvas.text(canvas.medium, typed[place], x, y)
        yield
        self._hint("Hold B: accept" if entry.is_complete() else "A: digit   B: next")

    def _question(self, keypad, now_s):
        canvas = self._canvas
        yield
        canvas.text_centred(canvas.small, keypad.question(), 0, canvas.width, _QUESTION_Y)
        self._hint("Hold B: yes   A: " + ("other" if keypad.action.choices else "no"))

    def _told(self, keypad, now_s):
        canvas = self._canvas
        yield
        canvas.text_centred(canvas.small, keypad.told, 0, canvas.width, _TOLD_Y)
