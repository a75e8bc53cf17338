"""AES-128-GCM: encryption with authentication (NIST SP 800-38D), in slices.

What comes without a text is authenticated alone, which is GMAC.
"""

from cryptolib import aes
from micropython import const

from ..kernel.slices import finish
from .ghash import Ghash

IV_SIZE = const(12)
_ECB = const(1)
_BLOCK = const(16)
# Octets between two yields: three blocks, three milliseconds of an RP2040.
_SLICE = const(48)


def gcm(key, iv, additional, text=b"", opening=False):
    """Return, sliced, (the other text, tag of 16 octets).

    key: 16 octets; iv: 12; additional: what is authenticated only; text: plaintext, or, opening,
    ciphertext. Who opens compares the tag before it uses the text.
    """
    if len(iv) != IV_SIZE:
        raise ValueError("GCM: an IV of %d octets" % len(iv))
    cipher = aes(key, _ECB)
    mask = cipher.encrypt(bytes(iv) + b"\x00\x00\x00\x01")
    ghash = Ghash(cipher.encrypt(bytes(_BLOCK)))
    yield
    yield from _absorb(ghash, additional)
    other = bytearray(len(text))
    for start in range(0, len(text), _BLOCK):
        counter = (start // _BLOCK + 2).to_bytes(4, "big")
        stream = cipher.encrypt(bytes(iv) + counter)
        for index in range(start, min(start + _BLOCK, len(text))):
            other[index] = text[index] ^ stream[index - start]
        yield
    yield from _absorb(ghash, text if opening else other)
    ghash.absorb((8 * len(additional)).to_bytes(8, "big") + (8 * len(text)).to_bytes(8, "big"))
    tag = bytearray(ghash.digest())
    for index in range(_BLOCK):
        tag[index] ^= mask[index]
    return bytes(other), bytes(tag)


def _absorb(ghash, octets):
    view = memoryview(octets)
    for start in range(0, len(view), _SLICE):
        ghash.absorb(view[start : start + _SLICE])
        yield


def gmac(key, iv, additional):
    """Return at once the 16-octet tag of a short text that is authenticated only."""
    return finish(gcm(key, iv, additional))[1]
