"""Payment Mode and its two suspensions as one ZCL bitmap (GSME-CFG-16).

Of Payment Control Configuration GBCS sends five values: Credit Mode, and Prepayment Mode with each
pair of Suspend Debt Disabled and Suspend Debt Emergency.
"""

from micropython import const

from ..model.enumerations import CREDIT_MODE, PREPAYMENT_MODE

_CREDIT = const(0x0C94)
_PREPAYMENT = const(0x0097)
_DISABLED_ON = const(0x0400)
# This one says the contrary.
_EMERGENCY_OFF = const(0x0800)


def encode(mode, disabled, emergency):
    """Return the bitmap; disabled, emergency: Suspend Debt Disabled and Suspend Debt Emergency."""
    if mode == CREDIT_MODE:
        return _CREDIT
    bitmap = _PREPAYMENT
    if disabled:
        bitmap |= _DISABLED_ON
    if not emergency:
        bitmap |= _EMERGENCY_OFF
    return bitmap


def decode(bitmap):
    """Return (mode, disabled, emergency); ValueError for a bitmap that is none of the five."""
    mode = CREDIT_MODE if bitmap == _CREDIT else PREPAYMENT_MODE
    disabled, emergency = bool(bitmap & _DISABLED_ON), not bitmap & _EMERGENCY_OFF
    if encode(mode, disabled, emergency) != bitmap:
        raise ValueError("payment control: there is no 0x%04x" % bitmap)
    return mode, disabled, emergency
