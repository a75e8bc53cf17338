"""The Over-the-Air Upgrade cluster: what client and server share (ZCL revision 8, 11)."""

from micropython import const

from .zcl_types import get_uint, put_uint

CLUSTER = const(0x0019)
# Statuses of answers, and of an Upgrade End Request.
SUCCESS = const(0x00)
ABORT = const(0x95)
INVALID_IMAGE = const(0x96)
WAIT_FOR_DATA = const(0x97)
NO_IMAGE_AVAILABLE = const(0x98)
# Field control of a Query Next Image Request: it has the hardware version.
HAS_HARDWARE = const(0x01)
# An Image Notify that names manufacturer, image type and version.
NAMES_ALL = const(0x03)
# As the server answers an Upgrade End Request: install when you are told.
WHEN_TOLD = const(0xFFFFFFFF)
# The most octets of the image that one answer has.
MOST_DATA = const(64)


def encode_wait(now_s, seconds):
    """Return an Image Block Response that has the client ask again after some seconds."""
    payload = bytearray((WAIT_FOR_DATA,))
    put_uint(payload, now_s, 4)
    put_uint(payload, now_s + seconds, 4)
    put_uint(payload, 0, 2)
    return payload


def decode_wait(payload):
    """Return the seconds of such a response, 0 for a time that is past; FrameError."""
    return max(get_uint(payload, 5, 4) - get_uint(payload, 1, 4), 0)
