"""Display and keys of a prepayment interface on its role (SMETS2 7.5.1, 7.5.2)."""

from ..ui.ihd_screen import CREDIT, GAS_CREDIT, IhdScreen
from ..ui.links import Links
from ..ui.meter_face import MeterFace
from ..ui.ppmid_fuel import PpmidFuel
from ..ui.ppmid_keypad import PpmidKeypad
from ..ui.ppmid_screen import PpmidScreen


def ppmid_face(device, scheduler, display):
    """Return the MeterFace of a Ppmid on a display driver, which its watch has drawn anew.

    `device.gas`, where it is not None, sends the gas meter's Commands as the device itself sends
    the electricity meter's.
    """
    view, gas_watch = device.data, device.watch.gas
    fuels = {CREDIT: PpmidFuel("Elec", view, lambda: device)}
    gas = None
    if gas_watch:
        gas = gas_watch.data
        fuels[GAS_CREDIT] = PpmidFuel("Gas", gas, lambda: device.gas, gas_watch.ask_soon, True)
    links = Links(view, gas)
    pages = IhdScreen(display.framebuffer, gas)
    keypad = PpmidKeypad(pages, view, fuels, scheduler.clock.utc_s())
    screen = PpmidScreen(pages, view, links)
    face = MeterFace(scheduler, display, screen, view, keypad, lambda: False)
    device.watch.on_heard = links.heard
    device.watch.on_changed = face.changed
    return face
