"""Messaging at a meter: the Supplier Message (SMETS2 5.7.4.43, 4.6.4.24; Smart Energy D.5)."""

from binascii import crc32

from micropython import const

from ..han import zcl

# Important, and to be confirmed.
_CONTROL = const(0x88)
_UNTIL_CHANGED = const(0xFFFF)


def get_last_message(meter, request):
    """Get Last Message: the one that the meter shows, if it does."""
    message = meter.data.supplier_message.encode()
    if not message:
        return zcl.NOT_FOUND
    answer = {
        "messageId": _number(message),
        "messageControl": _CONTROL,
        "startTime": 0,
        "durationInMinutes": _UNTIL_CHANGED,
        "message": message,
    }
    request.answer("DisplayMessage", answer)
    return None


def confirmed(meter, request):
    """Take a Message Confirmation; the meter's own display goes on until it is confirmed there."""
    message = meter.data.supplier_message.encode()
    if not message or request.values["messageId"] != _number(message):
        return zcl.NOT_FOUND
    return zcl.SUCCESS


def _number(message):
    """Return the number of a message: the same for the same words."""
    return crc32(message)


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    return {(0x00, False): get_last_message, (0x01, False): confirmed}
