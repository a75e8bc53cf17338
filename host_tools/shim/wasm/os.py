"""MicroPython's os, with the random octets that wasm32 has none of: node's."""

from binascii import unhexlify

import node_random
from uos import *  # noqa: F403


def urandom(count):
    """Return so many octets, fit for keys."""
    return unhexlify(node_random.octets(count))
