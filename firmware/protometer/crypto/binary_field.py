"""Arithmetic in GF(2^m): polynomials over one bit, held as Python integers.

Bit i of an integer is the coefficient of x^i. On a board a big-integer operation takes the same
some 25 us for 160 bits as for 600, since allocation dominates; so the work is cut to few
operations, and several values lie side by side in one integer, in *lanes*, where they are treated
alike. Nothing here takes a time independent of its values.
"""

# Steps of an inversion, and squarings, that one slice of some 6 ms on an RP2040 holds.
_STEPS_A_SLICE = 30
_SQUARINGS_A_SLICE = 5
_OCTET = 8


class BinaryField:
    """GF(2^degree) modulo x^degree + x^a + x^b + x^c + 1, with taps (a, b, c), a the largest.

    traced: the powers of x whose trace is 1; the trace of an element is the parity of those.
    Elements are integers below 2^degree, `octets` long. Elements in lanes are `lane` bits apart;
    there may be up to three. Generators return their result and yield every few milliseconds.
    """

    def __init__(self, degree, taps, traced):
        self.degree = degree
        self.octets = (degree + 7) // _OCTET
        # Room for a square, and for what its spreading shifts beyond it before the mask.
        self.lane = 5 * degree >> 1
        self._taps = taps
        self._traced = traced
        self._low = (1 << degree) - 1
        self._lows = self._repeat(self._low)
        self._spread = []
        span = 1
        while span < degree:
            self._spread.append((span, self._repeat(_every_other(span, self.lane))))
            span <<= 1
        self._spread.reverse()
        self.modulus = 1 << degree | 1
        for tap in taps:
            self.modulus |= 1 << tap

    def multiply(self, left, right):
        """Return the product of two elements."""
        return self._reduce(self._product(left, right))

    def multiply_lanes(self, left, lanes):
        """Return the products of one element with each element of lanes, in lanes."""
        return self._reduce_lanes(self._product(left, lanes))

    def square(self, value):
        """Return the square of an element."""
        for span, mask in self._spread:
            value = (value ^ value << span) & mask
        return self._reduce(value)

    def square_lanes(self, lanes):
        """Return the squares of all elements of lanes, in lanes."""
        for span, mask in self._spread:
            lanes = (lanes ^ lanes << span) & mask
        return self._reduce_lanes(lanes)

    def trace(self, value):
        """Return the trace of an element, 0 or 1."""
        parity = 0
        for power in self._traced:
            parity ^= value >> power & 1
        return parity

    def half_trace(self, value):
        """Return z with z^2 + z = value, for a value of trace 0; a generator."""
        total = value
        for count in range(self.degree - 1 >> 1):
            total = self.square(self.square(total)) ^ value
            if not count % (_SQUARINGS_A_SLICE >> 1):
                yield
        return total

    def inverse(self, value):
        """Return the inverse of an element other than 0; a generator.

        Euclid's algorithm on polynomials: the invariant is that `value` times either factor is
        the value beside it, modulo the field's polynomial.
        """
        larger, smaller = self.modulus, value
        larger_factor, factor = 0, 1
        degree, count = self.degree, 0
        below = degree - 1
        while smaller != 1:
            count += 1
            while not smaller >> below:
                below -= 1
            while degree >= below:
                if larger >> degree:
                    larger ^= smaller << degree - below
                    larger_factor ^= factor << degree - below
                degree -= 1
            larger, smaller = smaller, larger
            larger_factor, factor = factor, larger_factor
            degree, below = below, degree
            if not count % _STEPS_A_SLICE:
                yield
        return factor

    def _product(self, left, right):
        """Return the product unreduced: `right` may be lanes.

        Of the multiples of `right` by all polynomials of degree 3 or less, two are added for each
        octet of `left`.
        """
        low = [0, right, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        for index in range(1, 8):
            double = low[index] << 1
            low[2 * index] = double
            low[2 * index + 1] = double ^ right
        high = [multiple << 4 for multiple in low]
        product = 0
        for octet in left.to_bytes(self.octets, "big"):
            product = product << 8 ^ high[octet >> 4] ^ low[octet & 15]
        return product

    def _reduce(self, value):
        a, b, c = self._taps
        degree = self.degree
        high = value >> degree
        value = value & self._low ^ high ^ high << a ^ high << b ^ high << c
        # What the largest tap has lifted over the degree again: a few bits.
        high = value >> degree
        return value & self._low ^ high ^ high << a ^ high << b ^ high << c

    def _reduce_lanes(self, lanes):
        a, b, c = self._taps
        lows = self._lows
        for _ in range(2):
            high = lanes >> self.degree & lows
            lanes = lanes & lows ^ high ^ high << a ^ high << b ^ high << c
        return lanes

    def _repeat(self, value):
        return value | value << self.lane | value << 2 * self.lane


def _every_other(span, size):
    """Return a mask of `size` bits: `span` ones, as many zeros, and so on from the lowest."""
    mask, filled = (1 << span) - 1, 2 * span
    while filled < size:
        mask |= mask << filled
        filled <<= 1
    return mask & (1 << size) - 1
