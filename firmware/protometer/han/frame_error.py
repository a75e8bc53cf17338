"""The one error that the HAN's decoders raise, and how they read fields of fixed sizes."""

from struct import calcsize, unpack_from


class FrameError(ValueError):
    """A received frame is malformed or not authentic; the message names the fault."""


def at_least(size, octets):
    """Raise FrameError where there are fewer octets."""
    if len(octets) < size:
        raise FrameError("%d octets is too short" % len(octets))


def fields(form, octets):
    """Return a tuple of what octets begin with: form as struct has it; FrameError if cut off."""
    at_least(calcsize(form), octets)
    return unpack_from(form, octets)
