"""DLMS data-notification: what an Alert carries (GBCS 7.2.9)."""

from ..model import encoding
from . import axdr
from .date_time import date_time

_HEAD = b"\x0f\x20"


def encode(counter, code, at_s, contents=()):
    """Return the payload of an Alert; counter: the device's; contents: data, encoded already."""
    target = bytearray(_HEAD)
    target.extend((counter & 0xFF_FFFF).to_bytes(3, "big"))
    target.append(0)
    target.extend(bytes((0x02, 2 + len(contents))))
    target.extend(axdr.encode("u16", code))
    target.extend(axdr.encode("o", date_time(at_s)))
    for content in contents:
        target.extend(content)
    return bytes(target)


def reference(code, counter, places):
    """Return what a Command of a later date keeps for its Alerts: the message that it came with,
    and places (class, logical name, attribute) of the items that said when.
    """
    return encoding.encode([code, counter, [list(place) for place in places]])


def future_contents(kept):
    """Return what the Alerts say that fall due as a Command of a later date was run (9.2.2.6).

    kept: its reference().
    """
    code, counter, places = encoding.decode(kept)[0]
    head = code.to_bytes(2, "big") + counter.to_bytes(8, "big")
    return [
        axdr.encode("o", head + object_class.to_bytes(2, "big") + name + bytes((number,)))
        for object_class, name, number in places
    ]
