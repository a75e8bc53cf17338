"""What alerts carry behind code and time, from the device whose event it was.

Each takes (device, code, at_s, detail) and returns the value of an octet string in a DLMS
structure, several in a list, or, of a gas device, the octets behind the time.
"""

from ..gbcs.date_time import date_time

_HASH_HEAD = b"\x09\x20"


def cause(device, code, at_s, detail):
    """Return the cause of a failure of integrity, 0 to 9 (GSME-MON-04)."""
    return [detail.to_bytes(2, "big")]


def image_hash(device, code, at_s, detail):
    """Return the hash of the firmware image that was verified (GBCS 11.2.6)."""
    held = bytes(device.data.staged_hash)
    return [_HASH_HEAD + held if "G" in device.data.role else held]


def outage(device, code, at_s, detail):
    """Return when the supply went and when it came back (GBCS ECS80)."""
    return [date_time(detail), date_time(at_s)]
