"""What alerts carry behind code and time, from the device whose event it was.

Each takes (device, letter, at_s, detail) and returns the elements of a DLMS structure, or, of a
gas device, the octets behind the time.
"""

from ..gbcs.alerts import dlms_octets
from ..gbcs.date_time import date_time

_HASH_HEAD = b"\x09\x20"


def cause(device, letter, at_s, detail):
    """Return the cause of a failure of integrity, 0 to 9 (GSME-MON-04)."""
    octets = detail.to_bytes(2, "big")
    return octets if letter == "G" else (dlms_octets(octets),)


def image_hash(device, letter, at_s, detail):
    """Return the hash of the firmware image that was verified (GBCS 11.2.6)."""
    held = bytes(device.data.staged_hash)
    return _HASH_HEAD + held if letter == "G" else (dlms_octets(held),)


def outage(device, letter, at_s, detail):
    """Return when the supply went and when it came back (GBCS ECS80)."""
    return (dlms_octets(date_time(detail)), dlms_octets(date_time(at_s)))
