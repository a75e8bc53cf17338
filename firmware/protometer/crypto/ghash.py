"""GHASH: the sum over blocks by which GCM authenticates (NIST SP 800-38D, 6.4)."""

from micropython import const

_BLOCK = const(16)

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
