"""The hash of Zigbee: AES-128 in Matyas-Meyer-Oseas mode, and HMAC on it (Zigbee 05-3474 annex B).

Install codes become link keys by the hash; the keys that transport keys, and the tags that
confirm them, are HMACs of one octet or of an agreed message.
"""

from cryptolib import aes
from micropython import const

_ECB = const(1)
_BLOCK = const(16)
# The padding with a bit count of 16 bits serves so many octets; nothing of Zigbee is longer.
_MOST_OCTETS = const(8_191)
_INNER = const(0x36)
_OUTER = const(0x5C)


def mmo_hash(octets):
    """Return the 16-octet hash; ValueError for 8,192 octets and more."""
    size = len(octets)
    if size > _MOST_OCTETS:
        raise ValueError("AES-MMO: %d octets" % size)
    padded = bytearray(octets)
    padded.append(0x80)
    padded.extend(bytes((-len(padded) - 2) % _BLOCK))
    padded.extend(bytes((size >> 5, size << 3 & 0xFF)))
    digest = bytes(_BLOCK)
    for at in range(0, len(padded), _BLOCK):
        block = bytes(padded[at : at + _BLOCK])
        digest = _xor(aes(digest, _ECB).encrypt(block), block)
    return digest


def mmo_hmac(key, octets):
    """Return the HMAC of octets under a key of 16 octets."""
    inner = mmo_hash(_xor(key, bytes((_INNER,)) * _BLOCK) + octets)
    return mmo_hash(_xor(key, bytes((_OUTER,)) * _BLOCK) + inner)


def _xor(left, right):
    mixed = bytearray(left)
    for index in range(_BLOCK):
        mixed[index] ^= right[index]
    return bytes(mixed)
