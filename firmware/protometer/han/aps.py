"""Zigbee APS unicast data frames of the Smart Energy profile (Zigbee 05-3474, 2.2.5)."""

from micropython import const

from .frame_error import FrameError

SMART_ENERGY = const(0x0109)
ENDPOINT = const(1)
# Data frame, unicast, no APS security, no acknowledgement.
_CONTROL = const(0x00)
_HEADER = const(8)


def encode(cluster, counter, payload):
    """Return an APS frame from our endpoint to the peer's."""
    return (
        bytes(
            (
                _CONTROL,
                ENDPOINT,
                cluster & 0xFF,
                cluster >> 8,
                SMART_ENERGY & 0xFF,
                SMART_ENERGY >> 8,
                ENDPOINT,
                counter,
            )
        )
        + payload
    )


def decode(octets):
    """Return (cluster, payload) of a frame for our endpoint, or raise FrameError."""
    if len(octets) < _HEADER:
        raise FrameError("APS: %d octets is too short" % len(octets))
    if octets[0] != _CONTROL or octets[1] != ENDPOINT:
        raise FrameError("APS: frame control 0x%02x, endpoint %d" % (octets[0], octets[1]))
    profile = octets[4] | octets[5] << 8
    if profile != SMART_ENERGY:
        raise FrameError("APS: profile 0x%04x" % profile)
    return octets[2] | octets[3] << 8, octets[_HEADER:]
