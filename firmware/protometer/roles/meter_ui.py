"""A meter's own display and keys on its role (SMETS2 5.5.4, 5.6.2, 4.4.5, 4.5.2)."""

from ..model.command import USER_INTERFACE
from ..ui.canvas import Canvas
from ..ui.keypad import Keypad
from ..ui.meter_face import MeterFace
from ..ui.meter_pages import MeterPages
from ..ui.meter_screen import MeterScreen
from ..ui.meter_view import MeterView

_CREDITS = 5
_WIDTH, _HEIGHT = 128, 64


def meter_face(meter, scheduler, display):
    """Return the MeterFace of a meter on a display driver."""

    def execute(name, arguments, now_s):
        meter.execute(name, arguments, USER_INTERFACE, now_s)

    data = meter.data
    view = MeterView(data, data.role, _worked_out(meter))
    keypad = Keypad(
        MeterPages(data.role),
        view,
        meter.privacy_pin,
        execute,
        scheduler.clock.utc_s(),
        sleeps="G" in data.role,
    )
    screen = MeterScreen(Canvas(display.framebuffer, _WIDTH, _HEIGHT), view)
    return MeterFace(scheduler, display, screen, view, keypad, meter.is_busy)


def _worked_out(meter):
    """Return what the display shows that is no data item, as functions of now_s."""

    def last_credits(now_s):
        log = meter.logbook.named("Billing Data Log Prepayment Credits")
        # When, and how much; a gas meter's have more to say.
        entries = [entry[:2] for entry in meter.restriction.between(log, 0, now_s) if entry]
        entries.reverse()
        return entries[:_CREDITS]

    return {
        "debt_to_clear_mp": meter.account.debt_to_clear_mp,
        "last_credits": last_credits,
        "han_linked": lambda now_s: meter.han is not None,
        "alarm_event": lambda now_s: meter.alarm_event(),
        "battery_low": lambda now_s: meter.battery_is_low(),
    }
