"""GHASH and GMAC: authentication without encryption (NIST SP 800-38D).

GMAC is AES-GCM with an empty plaintext: what is authenticated is all "additional data". The tag
here is whole, 16 octets; who uses it says which of them go out (GBCS: the first 12 of a message,
the last 4 of a UTRN).
"""

from cryptolib import aes
from micropython import const

_ECB = const(1)
_BLOCK = const(16)
IV_SIZE = const(12)

# In GCM's field the leftmost bit of a block is the coefficient of x^0, so multiplying by x is a
# shift to the right; what leaves on the right comes back as 0xE1 on the left. The table says what
# comes back, as the block's upper 16 bits, for each four bits that leave at once.
_COMES_BACK = (
    0x0000,
    0x1C20,
    0x3840,
    0x2460,
    0x7080,
    0x6CA0,
    0x48C0,
    0x54E0,
    0xE100,
    0xFD20,
    0xD940,
    0xC560,
    0x9180,
    0x8DA0,
    0xA9C0,
    0xB5E0,
)
_TO_TOP = const(112)
_TOP_NIBBLE = const(8)
_ONE_BIT_BACK = 0xE1 << 120


class Ghash:
    """GHASH under one hash subkey of 16 octets, over whole blocks in the order they come."""

    def __init__(self, subkey):
        # Multiples of the subkey by each polynomial of degree 3 or less, 0b1000 being x^0.
        multiples = [0] * 16
        multiple = int.from_bytes(subkey, "big")
        power = _TOP_NIBBLE
        while power:
            multiples[power] = multiple
            multiple = multiple >> 1 ^ (_ONE_BIT_BACK if multiple & 1 else 0)
            power >>= 1
        for nibble in range(1, 16):
            lowest = nibble & -nibble
            multiples[nibble] = multiples[lowest] ^ multiples[nibble ^ lowest]
        self._multiples = multiples
        self._state = 0

    def absorb(self, octets):
        """Take in octets, filled up with zeros to a whole number of blocks."""
        for start in range(0, len(octets), _BLOCK):
            block = bytes(octets[start : start + _BLOCK])
            block += bytes(_BLOCK - len(block))
            self._state = self._times(self._state ^ int.from_bytes(block, "big"))

    def digest(self):
        """Return the hash so far as 16 octets."""
        return self._state.to_bytes(_BLOCK, "big")

    def _times(self, factor):
        """Return factor times the subkey, by Horner's rule from the highest powers down."""
        product = 0
        for _ in range(2 * _BLOCK):
            leaving = product & 15
            product = product >> 4 ^ _COMES_BACK[leaving] << _TO_TOP
            product ^= self._multiples[factor & 15]
            factor >>= 4
        return product


def gmac(key, iv, additional):
    """Return the 16-octet tag of `additional` under a 16-octet AES key and a 12-octet IV."""
    if len(iv) != IV_SIZE:
        raise ValueError("GMAC: an IV of %d octets" % len(iv))
    encrypted = aes(key, _ECB).encrypt(bytes(_BLOCK) + bytes(iv) + b"\x00\x00\x00\x01")
    ghash = Ghash(encrypted[:_BLOCK])
    ghash.absorb(additional)
    # Lengths in bits: of the additional data, and of the text, of which there is none.
    ghash.absorb((8 * len(additional)).to_bytes(8, "big") + bytes(8))
    tag = bytearray(ghash.digest())
    for index in range(_BLOCK):
        tag[index] ^= encrypted[_BLOCK + index]
    return bytes(tag)
