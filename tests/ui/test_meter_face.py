"""The tasks behind a meter's own display: keys are shown at once, values every other second."""

import framebuf

from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.ui.canvas import Canvas
from protometer.ui.keypad import KEY_A
from protometer.ui.meter_face import MeterFace
from protometer.ui.meter_screen import MeterScreen
from tests.ui.meter_stand import START_S, Stand


class Panel:
    """A display that counts what it is given."""

    def __init__(self):
        self.octets = bytearray(1024)
        self.framebuffer = framebuf.FrameBuffer(self.octets, 128, 64, framebuf.MONO_VLSB)
        self.shown = []
        self.redrawn = 0

    def show(self):
        self.shown.append(bytes(self.octets))

    def redraw(self):
        self.redrawn += 1

    def poll(self, now_s, now_ms):
        return None


class Bench:
    def __init__(self, sleeps=False):
        self.stand = Stand("G" if sleeps else "E", sleeps)
        self.clock = VirtualClock(START_S, lambda: 0)
        self.scheduler = Scheduler(self.clock)
        self.panel = Panel()
        canvas = Canvas(self.panel.framebuffer, 128, 64)
        screen = MeterScreen(canvas, self.stand.view)
        self.busy = False
        self.face = MeterFace(
            self.scheduler,
            self.panel,
            screen,
            self.stand.view,
            self.stand.keypad,
            lambda: self.busy,
        )
        self.scheduler.run_due()

    def wait(self, seconds):
        """Let seconds pass; return how many pictures were shown meanwhile."""
        before = len(self.panel.shown)
        for _ in range(seconds * 10):
            self.clock.advance(100)
            self.scheduler.run_due()
        return len(self.panel.shown) - before


def test_a_key_is_shown_at_once():
    bench = Bench()
    first = bench.panel.shown[-1]
    assert any(first)
    bench.face.press(KEY_A, bench.clock.utc_s())
    bench.scheduler.run_due()
    assert bench.panel.shown[-1] != first


def test_values_are_drawn_anew_every_other_second():
    bench = Bench()
    bench.stand.data.meter_balance_mp = 5_000
    before = bench.panel.shown[-1]
    assert bench.wait(10) == 5
    assert bench.panel.shown[-1] != before


def test_what_is_half_done_is_not_shown():
    bench = Bench()
    bench.busy = True
    bench.stand.data.meter_balance_mp = 5_000
    before = bench.panel.shown[-1]
    assert bench.wait(10) == 0
    bench.busy = False
    assert bench.wait(1) == 1
    assert bench.panel.shown[-1] != before


def test_a_sleeping_display_is_dark_and_left_alone():
    bench = Bench(sleeps=True)
    bench.wait(31)
    assert not any(bench.panel.shown[-1])
    assert bench.wait(60) == 0
    bench.face.press(KEY_A, bench.clock.utc_s())
    bench.scheduler.run_due()
    assert any(bench.panel.shown[-1])


def test_the_panel_is_set_up_again_every_five_minutes():
    bench = Bench()
    bench.wait(301)
    assert bench.panel.redrawn == 1
    bench.wait(301)
    assert bench.panel.redrawn == 2


def test_a_key_in_the_midst_of_a_drawing_begins_it_anew():
    bench = Bench()
    for _ in range(3):
        bench.face.press(KEY_A, bench.clock.utc_s())
    bench.scheduler.run_due()
    alone = Bench()
    alone.stand.press(KEY_A, KEY_A, KEY_A)
    alone.face.changed()
    alone.scheduler.run_due()
    assert bench.panel.shown[-1] == alone.panel.shown[-1]
