"""DLMS data-notification: what an Alert carries (GBCS 7.2.9)."""

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
