"""Alerts of what was set for a later date by DLMS (GBCS 9.2.2.6).

A Command that waits for its date keeps a reference: which message it came with, and which of its
items said when. As it falls due an Alert is owed for each of these.
"""

from ..model.encoding import decode, encode
from . import axdr, data_notification

# The message code of such Alerts.
FUTURE_DATED = 0x00CC
# Tells references of DLMS from others.
_KIND = b"\xd9"


def reference_of(code, counter, places):
    """Return the reference of a Command that waits; places: (class, logical name, number)."""
    return _KIND + encode([code, counter, [list(place) for place in places]])


def is_reference(reference):
    """Tell whether a reference is one of this module's."""
    return reference[:1] == _KIND


def future_dated(reference, event, at_s, counter):
    """Return the payloads of the Alerts of a Command that was due at at_s, in order.

    event: FUTURE_COMMAND_DONE or FUTURE_COMMAND_NOT_DONE, as Meter.take_fulfilled() tells it;
    counter: the device's, for the first of them: each further one has the next.
    """
    code, originators, places = decode(reference, len(_KIND))[0]
    head = code.to_bytes(2, "big") + originators.to_bytes(8, "big")
    payloads = []
    for object_class, name, number in places:
        told = head + object_class.to_bytes(2, "big") + name + bytes((number,))
        content = axdr.encode("o", told)
        payloads.append(data_notification.encode(counter, event, at_s, [content]))
        counter += 1
    return payloads
