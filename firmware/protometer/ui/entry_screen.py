"""Draws what a Keypad wants of a person: digits, an answer, the reading of a result."""

from micropython import const

from .keypad import ASKING, ASLEEP, BROWSING, TELLING, TYPING

BANNER_HEIGHT = const(10)
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


class EntryScreen:
    """Draws a keypad's state on a Canvas.

    Who derives from it has _header(title), which draws the header, and _page(keypad, now_s), which
    draws a page in pieces.
    """

    def __init__(self, canvas):
        self._canvas = canvas

    def draw(self, keypad, now_s):
        """Draw the picture at now_s UTC seconds since 2000-01-01."""
        for _ in self.steps(keypad, now_s):
            pass

    def steps(self, keypad, now_s):
        """Draw as `draw` does, yielding after each piece, for a caller with short slices."""
        self._canvas.framebuffer.fill(0)
        if keypad.state != ASLEEP:
            for _ in self._painter(keypad.state)(keypad, now_s):
                yield

    def _painter(self, state):
        return {
            BROWSING: self._page,
            TYPING: self._digits,
            ASKING: self._question,
            TELLING: self._told,
        }[state]

    def _hint(self, text):
        canvas = self._canvas
        canvas.text(canvas.small, text, 0, canvas.height - BANNER_HEIGHT + 2)

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
        yield
        self._hint("Hold B: yes   A: " + ("other" if keypad.action.choices else "no"))

    def _told(self, keypad, now_s):
        canvas = self._canvas
        yield
        canvas.text_centred(canvas.small, keypad.told, 0, canvas.width, _TOLD_Y)
