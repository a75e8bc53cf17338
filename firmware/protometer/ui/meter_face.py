"""The face of a display with two keys: takes them, and draws what they and the values change."""

from micropython import const

from .keypad import ASLEEP, HOLD_A, HOLD_B, KEY_A, KEY_B

# A panel that lost its power without the bus noticing is lit again within this time.
_REDRAW_S = const(300)
_BUSY_MS = const(20)


class MeterFace:
    """Draws a Keypad on a display, a piece a slice.

    display: a driver with `framebuffer`, show(), redraw() and a poll() of its own; screen: draws
    on its framebuffer by steps(keypad, now_s), anew each REFRESH_S, though a picture that nobody
    changed is not sent to the panel again; is_busy(): whether the values are half way to others,
    which is shown to nobody. `keypad` and `view`: what is shown.
    """

    # A short and a long push of each of a board's two buttons.
    KEYS = {"next": (KEY_A, HOLD_A), "confirm": (KEY_B, HOLD_B)}

    def __init__(self, scheduler, display, screen, view, keypad, is_busy):
        self._scheduler = scheduler
        self._display = display
        self.keypad = keypad
        self.view = view
        self._screen = screen
        self._is_busy = is_busy
        self._drawing = None
        self._redrawn_s = scheduler.clock.utc_s()
        self._panel_task = scheduler.add("panel", display.poll, 0, True)
        self._draw_task = scheduler.add("draw", self._draw, None, True)
        scheduler.each_second("keys", self._second)
        self.changed()

    def press(self, key, now_s):
        """Take a key of ui.keypad, and show what became of it."""
        self.keypad.press(key, now_s)
        self.changed()

    def changed(self):
        """Have the picture drawn anew."""
        self._drawing = None
        self._scheduler.wake(self._draw_task)

    def _second(self, now_s):
        awake = self.keypad.state != ASLEEP
        if self.keypad.tick(now_s) or (awake and now_s % self._screen.REFRESH_S == 0):
            self.changed()

    def _draw(self, now_s, now_ms):
        if self._is_busy():
            self._drawing = None
            return _BUSY_MS
        if self._drawing is None:
            self._drawing = self._screen.steps(self.keypad, now_s)
        try:
            next(self._drawing)
            return 0
        except StopIteration:
            pass
        if not 0 <= now_s - self._redrawn_s < _REDRAW_S:
            self._redrawn_s = now_s
            self._display.redraw()
        self._display.show()
        self._scheduler.wake(self._panel_task)
        return None
