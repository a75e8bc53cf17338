"""The Koblitz curves sect163k1 and sect283k1 (SEC 2): y^2 + x y = x^3 + a x^2 + 1 over GF(2^m).

Points are pairs (x, y), None is infinity. Generators yield every few milliseconds of an RP2040:
of sect283k1, a sum of three products takes some 1,200 slices, one of one 590, a decompression 149.
No computation takes a time independent of the secrets in it.
"""

from .binary_field import BinaryField
from .tau_adic import tau_digits


class CurveError(ValueError):
    """The octets are no point of the curve's group of prime order; the message says why."""


class KoblitzCurve:
    """One curve: its parameters as SEC 2 names them, and the arithmetic of its points.

    a: 0 or 1; order, cofactor: n and h; delta: see tau_digits; point_octets: of a compressed one.
    """

    def __init__(self, field, a, order, cofactor, delta, generator):
        self.field = field
        self.a = a
        self.order = order
        self.cofactor = cofactor
        self.generator = generator
        self.point_octets = 1 + field.octets
        self._mu = 1 if a else -1
        self._delta = delta

    def holds(self, point):
        """Tell whether a pair satisfies the curve's equation."""
        x, y = point
        field = self.field
        right = field.multiply(field.square(x), x ^ self.a) ^ 1
        return field.square(y) ^ field.multiply(x, y) == right

    def compress(self, point):
        """Return the octets of a point other than infinity (SEC 1, 2.3.3); a generator."""
        x, y = point
        inverse = yield from self.field.inverse(x)
        yield
        ratio = self.field.multiply(y, inverse)
        return bytes((2 | ratio & 1,)) + x.to_bytes(self.field.octets, "big")

    def decompress(self, octets):
        """Return the point of compressed octets, or raise CurveError; a generator.

        Only points of the prime order are returned, so neither infinity nor one of a small group.
        """
        field = self.field
        if len(octets) != self.point_octets or octets[0] | 1 != 3:
            raise CurveError("point: %d octets that are no compressed point" % len(octets))
        x = int.from_bytes(octets[1:], "big")
        if not x or x >> field.degree:
            raise CurveError("point: x is not that of a point of the order")
        inverse = yield from field.inverse(x)
        yield
        square = x ^ self.a ^ field.square(inverse)
        if field.trace(square):
            raise CurveError("point: not on the curve")
        ratio = yield from field.half_trace(square)
        y = field.multiply(x, ratio ^ (ratio ^ octets[0]) & 1)
        yield
        if not (yield from self._is_of_the_order(x, y)):
            raise CurveError("point: of another order than the generator")
        return x, y

    def sum_of_products(self, terms):
        """Return the sum of scalar times point over terms [(scalar, point)]; a generator.

        The points must be of the prime order (or the sum is of others). All terms share the steps
        from one power of tau to the next.
        """
        digits, tables = [], []
        for scalar, point in terms:
            digits.append(
                (yield from tau_digits(scalar % self.order, self._mu, self.order, self._delta))
            )
            tables.append((yield from self._table(point)))
        total = None
        for power in range(max([len(row) for row in digits]) - 1, -1, -1):
            if total:
                total = self.field.square_lanes(total)
                yield
            for row, table in zip(digits, tables):
                digit = row[power] if power < len(row) else 0
                if digit:
                    total = yield from self._add(total, table[digit])
        return (yield from self._affine(total))

    def _is_of_the_order(self, x, y):
        """Tell whether a point of the curve is a multiple of its cofactor (a generator).

        It is twice a point where the traces of x and a agree. With four as cofactor that point,
        whose x is u, must again be twice one; the slope of the doubling gives u^2, of u's trace.
        """
        field = self.field
        if field.trace(x) != self.a:
            return False
        if self.cofactor == 2:
            return True
        slope = yield from field.half_trace(x ^ self.a)
        return field.trace(y ^ field.multiply(slope ^ 1, x)) == self.a

    def _table(self, point):
        """Return the points that the digits 1, 3, 5, 7 and their negatives stand for, by digit.

        See tau_adic: each is the sum of a point and one whose coordinates were squared, so two
        differences of x are inverted, both at once. A generator.
        """
        field = self.field
        x, y = point
        x4, y4 = field.square(field.square(x)), field.square(field.square(y))
        x8, y8 = field.square(x4), field.square(y4)
        product = field.multiply(x ^ x4, x ^ x8)
        yield
        inverse = yield from field.inverse(product)
        yield
        inverse4, inverse8 = field.multiply(inverse, x ^ x8), field.multiply(inverse, x ^ x4)
        yield
        three = self._sum(x4, y4, x, x ^ y, inverse4)
        yield
        five = self._sum(x4, y4, x, y, inverse4)
        yield
        seven = self._sum(x8, y8 if self.a == 0 else x8 ^ y8, x, x ^ y, inverse8)
        yield
        table = [None] * 16
        for digit, (x, y) in zip((1, 3, 5, 7), (point, three, five, seven)):
            table[digit] = x, y
            table[-digit] = x, x ^ y
        return table

    def _sum(self, x1, y1, x2, y2, inverse):
        """Return the sum of two points, given the inverse of the difference of their x."""
        slope = self.field.multiply(y1 ^ y2, inverse)
        x = self.field.square(slope) ^ slope ^ x1 ^ x2 ^ self.a
        return x, self.field.multiply(slope, x1 ^ x) ^ x ^ y1

    def _add(self, total, point):
        """Return lanes plus a point of a table; a generator.

        Lanes hold X, Y, Z for x = X / Z, y = Y / Z^2 (Lopez and Dahab), of which None is infinity.
        The sum is by Al-Daoud et al., with X Z and x Z^2 in place of (X + x Z) Z, so that factors
        which stand side by side share one product.
        """
        field = self.field
        lane, low = field.lane, (1 << field.degree) - 1
        x, y = point
        if total is None:
            return x | y << lane | 1 << 2 * lane
        big_x, big_y, z = total & low, total >> lane & low, total >> 2 * lane
        products = field.multiply_lanes(z, x | big_x << lane)
        b, c = products & low ^ big_x, products >> lane
        yield
        products = field.multiply_lanes(field.square(z), y | x << lane)
        a, c = products & low ^ big_y, c ^ products >> lane
        yield
        if not b:
            return None if a else self._double(point)
        products = field.multiply_lanes(c, a ^ field.square(b) ^ self.a * c | a << lane)
        z = field.square(c)
        x3 = field.square(a) ^ products & low
        yield
        y3 = field.multiply(field.multiply(x, z) ^ x3, products >> lane ^ z)
        yield
        y3 ^= field.multiply(x ^ y, field.square(z))
        yield
        return x3 | y3 << lane | z << 2 * lane

    def _double(self, point):
        """Return twice a point, as lanes."""
        field = self.field
        x, y = point
        z = field.square(x)
        big_x = field.square(z) ^ 1
        big_y = z ^ field.multiply(big_x, self.a * z ^ field.square(y) ^ 1)
        return big_x | big_y << field.lane | z << 2 * field.lane

    def _affine(self, total):
        """Return the point of lanes; a generator."""
        if total is None:
            return None
        field = self.field
        low = (1 << field.degree) - 1
        inverse = yield from field.inverse(total >> 2 * field.lane)
        yield
        y = field.multiply(total >> field.lane & low, field.square(inverse))
        return field.multiply(total & low, inverse), y


def sect163k1():
    """Return the curve of cryptographic suite 1."""
    return KoblitzCurve(
        BinaryField(163, (7, 6, 3), (0, 157)),
        1,
        0x04000000000000000000020108A2E0CC0D99F8A5EF,
        2,
        (0x18240AAFBA82A33ACA077, 0x9FF426B17BFC40112ADA),
        (
            0x02FE13C0537BBC11ACAA07D793DE4E6D5E5C94EEE8,
            0x0289070FB05D38FF58321F2E800536D538CCDAA3D9,
        ),
    )


def sect283k1():
    """Return the curve of cryptographic suite 2."""
    return KoblitzCurve(
        BinaryField(283, (12, 7, 5), (0, 271)),
        0,
        0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE9AE2ED07577265DFF7F94451E061E163C61,
        4,
        (-0x14E9E946A307368782A634FDEB3298FA3A89, -0xD44C4752086E178BD0787F8E327DE5C2F70),
        (
            0x0503213F78CA44883F1A3B8162F188E553CD265F23C1567A16876913B0C2AC2458492836,
            0x01CCDA380F1C9E318D90F95D07E5426FE87E45C0E8184698E45962364E34116177DD2259,
        ),
    )
