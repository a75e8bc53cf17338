"""GHASH: the sum over blocks by which GCM authenticates (NIST SP 800-38D, 6.4)."""

from micropython import const

_BLOCK = const(16)

# In GCM's field the leftmost bit of a block is the coefficient of x^0, so multiplying by x is a
# shift to the right. A product is let grow to 256 bits, and what has gone over the right edge of
# its block comes back at once: x^128 is 1 + x + x^2 + x^7, so the last seven bits go over again.
_BITS = const(128)
_MASK = (1 << 128) - 1
_OVER = const(7)
_OVER_MASK = const(0x7F)
_TO_TOP = const(121)
_TOP_NIBBLE = const(8)


class Ghash:
    """GHASH under one hash subkey of 16 octets, over whole blocks in the order they come."""

    def __init__(self, subkey):
        # Multiples of the subkey by each polynomial of degree 3 or less, 0b1000 being x^0.
        multiples = [0] * 16
        multiple = int.from_bytes(subkey, "big") << _BITS
        power = _TOP_NIBBLE
        while power:
            multiples[power] = multiple
            multiple >>= 1
            power >>= 1
        for nibble in range(1, 16):
            lowest = nibble & -nibble
            multiples[nibble] = multiples[lowest] ^ multiples[nibble ^ lowest]
        # The same, as the four nibbles of two octets need them, shifted already.
        self._multiples = [multiples]
        for shift in (4, 8, 12):
            self._multiples.append([multiple >> shift for multiple in multiples])
        self._state = bytes(_BLOCK)

    def absorb(self, octets):
        """Take in octets, filled up with zeros to a whole number of blocks."""
        for start in range(0, len(octets), _BLOCK):
            block = bytes(octets[start : start + _BLOCK])
            block += bytes(_BLOCK - len(block))
            state = int.from_bytes(self._state, "big") ^ int.from_bytes(block, "big")
            self._state = self._times(state.to_bytes(_BLOCK, "big"))

    def digest(self):
        """Return the hash so far as 16 octets."""
        return self._state

    def _times(self, factor):
        """Return 16 octets times the subkey, by Horner's rule from the highest powers down."""
        first, second, third, fourth = self._multiples
        product = 0
        for index in range(_BLOCK - 2, -1, -2):
            octet = factor[index]
            other = factor[index + 1]
            product = product >> 16 ^ fourth[other & 15] ^ third[other >> 4]
            product = product ^ second[octet & 15] ^ first[octet >> 4]
        over = (product & _MASK) << _OVER
        over = over ^ over >> 1 ^ over >> 2 ^ over >> _OVER
        again = (over & _OVER_MASK) << _TO_TOP
        again = again ^ again >> 1 ^ again >> 2 ^ again >> _OVER
        return (product >> _BITS ^ over >> _OVER ^ again).to_bytes(_BLOCK, "big")
