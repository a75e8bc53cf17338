"""The pictures of a prepayment interface of which there are golden ones; on MicroPython, too.

micropython tests/ui/ppmid_views.py      (MICROPYPATH=.:firmware)
"""

import binascii
import sys

from protometer.ui.ihd_screen import CREDIT, GAS_CREDIT
from protometer.ui.keypad import HOLD_B, KEY_A, KEY_B
from tests.ui.ppmid_stand import ARMED, CODE, OFFERED, Stand


def _hint(stand):
    stand.go_to(CREDIT)


def _hint_of_several(stand):
    stand.gas_view.credit_status = OFFERED
    stand.go_to(GAS_CREDIT)


def _armed(stand):
    stand.view.supply_state, stand.view.credit_status = ARMED, OFFERED
    stand.go_to(CREDIT)


def _notice_in_turn(stand):
    _armed(stand)
    stand.wait(5)


def _choice(stand):
    _armed(stand)
    stand.press(KEY_B, KEY_A)


def _gas_question(stand):
    _hint_of_several(stand)
    stand.press(KEY_B, KEY_B)


def _code(stand):
    stand.go_to(CREDIT)
    stand.press(KEY_B)
    stand.type(CODE[:13])


def _gas_code_typed(stand):
    stand.go_to(GAS_CREDIT)
    stand.press(KEY_B)
    stand.type(CODE)


def _sent(stand):
    _gas_code_typed(stand)
    stand.press(HOLD_B)


def _waiting(stand):
    _sent(stand)
    stand.press(KEY_A)
    stand.turn()


def _rejected(stand):
    _waiting(stand)
    stand.gas.outcome = "rejected: balance would be too high"
    stand.wait(1)


def _rejected_page(stand):
    _rejected(stand)
    stand.press(KEY_A)
    stand.turn()


def _no_answer(stand):
    stand.go_to(CREDIT)
    stand.press(KEY_B)
    stand.type(CODE)
    stand.press(HOLD_B)
    stand.electricity.outcome = "no answer"
    stand.wait(1)


def _not_sent(stand):
    stand.electricity.refuses = "Add Credit: a digit is mistyped"
    stand.go_to(CREDIT)
    stand.press(KEY_B)
    stand.type(CODE)
    stand.press(HOLD_B)


def _stale(stand):
    stand.go_to(CREDIT)
    stand.now_s += 40


CASES = (
    ("hint", _hint),
    ("hint_of_several", _hint_of_several),
    ("armed", _armed),
    ("notice_in_turn", _notice_in_turn),
    ("choice", _choice),
    ("gas_question", _gas_question),
    ("code", _code),
    ("gas_code_typed", _gas_code_typed),
    ("sent", _sent),
    ("waiting", _waiting),
    ("rejected", _rejected),
    ("rejected_page", _rejected_page),
    ("no_answer", _no_answer),
    ("not_sent", _not_sent),
    ("stale", _stale),
)


def pictures():
    """Yield (name, 1024 bytes) of every case."""
    for name, way in CASES:
        stand = Stand()
        way(stand)
        stand.shown()
        yield name, bytes(stand.pixels)


if __name__ == "__main__" and sys.implementation.name == "micropython":
    for picture_name, pixels in pictures():
        print(picture_name, binascii.hexlify(pixels).decode())
