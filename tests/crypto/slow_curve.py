"""GF(2^m) and the Koblitz curves by their definitions, bit by bit: a measure for fast code."""

# degree, exponents of the polynomial, a, order, generator: SEC 2, sect163k1 and sect283k1.
PARAMETERS = {
    1: (
        163,
        (163, 7, 6, 3, 0),
        1,
        0x04000000000000000000020108A2E0CC0D99F8A5EF,
        (
            0x02FE13C0537BBC11ACAA07D793DE4E6D5E5C94EEE8,
            0x0289070FB05D38FF58321F2E800536D538CCDAA3D9,
        ),
    ),
    2: (
        283,
        (283, 12, 7, 5, 0),
        0,
        0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE9AE2ED07577265DFF7F94451E061E163C61,
        (
            0x0503213F78CA44883F1A3B8162F188E553CD265F23C1567A16876913B0C2AC2458492836,
            0x01CCDA380F1C9E318D90F95D07E5426FE87E45C0E8184698E45962364E34116177DD2259,
        ),
    ),
}


class SlowCurve:
    """Affine arithmetic on one of the curves."""

    def __init__(self, suite):
        self.degree, exponents, self.a, self.order, self.generator = PARAMETERS[suite]
        self.polynomial = sum(1 << exponent for exponent in exponents)

    def times(self, left, right):
        product = 0
        for bit in range(self.degree):
            if right >> bit & 1:
                product ^= left << bit
        for bit in range(2 * self.degree, self.degree - 1, -1):
            if product >> bit & 1:
                product ^= self.polynomial << bit - self.degree
        return product

    def inverse(self, value):
        """By division with remainder, quotients and all."""
        above, below, factor_above, factor = self.polynomial, value, 0, 1
        while below > 1:
            while above.bit_length() >= below.bit_length():
                shift = above.bit_length() - below.bit_length()
                above ^= below << shift
                factor_above ^= factor << shift
            above, below, factor_above, factor = below, above, factor, factor_above
        assert self.times(value, factor) == 1
        return factor

    def trace(self, value):
        total = 0
        for _ in range(self.degree):
            total ^= value
            value = self.times(value, value)
        return total

    def holds(self, point):
        x, y = point
        square = self.times(x, x)
        left = self.times(y, y) ^ self.times(x, y)
        return left == self.times(square, x) ^ self.times(square, self.a) ^ 1

    def add(self, left, right):
        if left is None or right is None:
            return left or right
        (x1, y1), (x2, y2) = left, right
        if x1 != x2:
            slope = self.times(y1 ^ y2, self.inverse(x1 ^ x2))
        elif y1 != y2 or x1 == 0:
            return None
        else:
            slope = x1 ^ self.times(y1, self.inverse(x1))
        x3 = self.times(slope, slope) ^ slope ^ x1 ^ x2 ^ self.a
        return x3, self.times(slope, x1 ^ x3) ^ x3 ^ y1

    def multiple(self, scalar, point):
        result = None
        for bit in f"{scalar:b}" if scalar else "":
            result = self.add(result, result)
            if bit == "1":
                result = self.add(result, point)
        return result

    def solve(self, value, start):
        """Return z with z^2 + z = value, found as a sum; None where there is none."""
        if self.trace(value):
            return None
        # An element of trace 1 makes a solution of any value (Hilbert's theorem 90).
        theta = next(1 << bit for bit in range(start, self.degree) if self.trace(1 << bit))
        z, inner, square = 0, 0, value
        for _ in range(self.degree - 1):
            theta = self.times(theta, theta)
            inner ^= square
            z ^= self.times(theta, inner)
            square = self.times(square, square)
        assert self.times(z, z) ^ z == value
        return z

    def a_point(self, rng):
        """Return a random point of the whole curve, of whatever order."""
        while True:
            x = rng.getrandbits(self.degree)
            if not x:
                continue
            inverse = self.inverse(x)
            z = self.solve(x ^ self.a ^ self.times(inverse, inverse), 0)
            if z is not None:
                return x, self.times(x, z ^ rng.getrandbits(1))
