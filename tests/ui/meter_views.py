"""The pictures of a meter's own display of which there are golden ones; on MicroPython, too.

micropython tests/ui/meter_views.py      (MICROPYPATH=.:firmware)
"""

import binascii
import sys

import framebuf

from protometer.ui.canvas import Canvas
from protometer.ui.keypad import HOLD_B, KEY_A, KEY_B
from protometer.ui.meter_screen import MeterScreen
from tests.ui.meter_stand import ARMED, ENABLED_EC, IN_USE, LOW, OK, SELECTED, Stand


def _balance(stand):
    pass


def _balance_hidden(stand):
    stand.data.privacy_pin = "4711"


def _balance_worst(stand):
    stand.data.meter_balance_mp = -2_147_483_647
    stand.data.credit_status = LOW | ENABLED_EC | SELECTED | IN_USE
    stand.data.non_disablement_active = 1
    stand.worked_out["han_linked"] = lambda now_s: 0


def _armed(stand):
    stand.data.supply_state = ARMED


def _restore(stand):
    _armed(stand)
    stand.press(KEY_B)


def _restored(stand):
    _restore(stand)
    stand.press(HOLD_B)


def _code(stand):
    stand.go_to("Top up")
    stand.press(KEY_B)
    stand.type("739433334571")


def _code_typed(stand):
    stand.go_to("Top up")
    stand.press(KEY_B)
    stand.type("73943333457189043313")


def _pin(stand):
    stand.data.privacy_pin = "4711"
    stand.press(KEY_B)
    stand.type("47")


def _boost(stand):
    stand.go_to("Boost")
    stand.press(KEY_B, KEY_A, KEY_A)


def _debt(stand):
    stand.go_to("Debt")


def _registers(stand):
    stand.go_to("TOU registers")
    stand.press(*[KEY_B] * 11)


def _meter(stand):
    stand.go_to("Meter")


def _message(stand):
    stand.data.supplier_message = "WWW MMM www mmm WWWWW A wide message of 116 octets " * 2
    stand.data.credit_status = OK
    stand.go_to("Message")


CASES = (
    ("balance", _balance),
    ("balance_hidden", _balance_hidden),
    ("balance_worst", _balance_worst),
    ("armed", _armed),
    ("restore", _restore),
    ("restored", _restored),
    ("code", _code),
    ("code_typed", _code_typed),
    ("pin", _pin),
    ("boost", _boost),
    ("debt", _debt),
    ("registers", _registers),
    ("meter", _meter),
    ("message", _message),
)


def pictures():
    """Yield (name, 1024 bytes) of every case."""
    buffer = bytearray(1024)
    canvas = Canvas(framebuf.FrameBuffer(buffer, 128, 64, framebuf.MONO_VLSB), 128, 64)
    for name, way in CASES:
        stand = Stand("ELB")
        way(stand)
        MeterScreen(canvas, stand.view).draw(stand.keypad, stand.now_s)
        yield name, bytes(buffer)


if __name__ == "__main__" and sys.implementation.name == "micropython":
    for picture_name, pixels in pictures():
        print(picture_name, binascii.hexlify(pixels).decode())
