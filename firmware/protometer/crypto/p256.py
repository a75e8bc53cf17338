"""The elliptic curve P-256 (FIPS 186-4, D.1.2.3): its points, and what is reckoned with them.

A point is (x, y), or [x, y, z] in Jacobian coordinates, x / z^2 and y / z^3, where z = 0 is the
point at infinity. On a board a reduction costs three products, so products are added up before
they are reduced; what is reduced is written so. Long work is done by generators, which yield at
least every three milliseconds of an RP2040 and return their result.

Python hides no timing: sequences of operations do not depend on secrets where that is said, but
the length of a big integer's operations and the reads of a table still do. Whoever can measure
the board closely, or its current, is not kept out.
"""

from micropython import const

PRIME = (1 << 256) - (1 << 224) + (1 << 192) + (1 << 96) - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
NUMBER_SIZE = const(32)
POINT_SIZE = const(64)
_UNCOMPRESSED = b"\x04"
_WINDOW = const(4)
_WINDOWS = const(64)
# Steps of Euclid's algorithm between two yields.
_EUCLID_SLICE = const(10)


class PointError(ValueError):
    """Octets or numbers are no point of the curve, or no private key of it."""


def is_on_curve(x, y):
    """Tell whether two numbers are a point of the curve."""
    return 0 <= x < PRIME and 0 <= y < PRIME and (y * y - (x * x * x - 3 * x + _B)) % PRIME == 0


def decode_point(octets):
    """Return (x, y) of 64 octets, or of 65 in the uncompressed form, or raise PointError."""
    octets = bytes(octets)
    if len(octets) == POINT_SIZE + 1 and octets[:1] == _UNCOMPRESSED:
        octets = octets[1:]
    if len(octets) != POINT_SIZE:
        raise PointError("public key: %d octets" % len(octets))
    x = int.from_bytes(octets[:NUMBER_SIZE], "big")
    y = int.from_bytes(octets[NUMBER_SIZE:], "big")
    if not is_on_curve(x, y):
        raise PointError("public key: not a point of P-256")
    return x, y


def encode_point(point):
    """Return the 64 octets of (x, y)."""
    return point[0].to_bytes(NUMBER_SIZE, "big") + point[1].to_bytes(NUMBER_SIZE, "big")


def decode_private(octets):
    """Return the number of a private key of 32 octets, or raise PointError."""
    number = int.from_bytes(bytes(octets), "big")
    if len(octets) != NUMBER_SIZE or not 0 < number < ORDER:
        raise PointError("private key: not a number below the order of P-256")
    return number


def double(point):
    """Double a Jacobian point in place."""
    x, y, z = point
    square = z * z % PRIME
    # The slope's numerator 3 (x^2 - z^4), in two factors.
    slope = 3 * ((x - square) * (x + square) % PRIME)
    y2 = y * y % PRIME
    middle = 4 * (x * y2 % PRIME)
    x = (slope * slope - 2 * middle) % PRIME
    point[2] = 2 * y * z % PRIME
    point[0] = x
    point[1] = (slope * (middle - x) - 8 * y2 * y2) % PRIME


def add(point, x2, y2):
    """Add the point (x2, y2) to a Jacobian one in place; y2 may be negative."""
    x, y, z = point
    if not z:
        point[0], point[1], point[2] = x2, y2 % PRIME, 1
        return
    square = z * z % PRIME
    width = (x2 * square - x) % PRIME
    height = (y2 * (square * z % PRIME) - y) % PRIME
    if not width:
        if height:
            point[2] = 0
        else:
            double(point)
        return
    width2 = width * width % PRIME
    width3 = width2 * width % PRIME
    start = x * width2 % PRIME
    x = (height * height - width3 - 2 * start) % PRIME
    point[0] = x
    point[1] = (height * (start - x) - y * width3) % PRIME
    point[2] = z * width % PRIME


def inverse(number, modulus):
    """Return, sliced, the inverse of a number by a prime modulus; 0 has none and gives 0.

    Its steps depend on the number: blind a secret first.
    """
    left, right = modulus, number % modulus
    previous, current = 0, 1
    steps = 0
    while right:
        quotient = left // right
        left, right = right, left - quotient * right
        previous, current = current, previous - quotient * current
        steps += 1
        if steps % _EUCLID_SLICE == 0:
            yield
    return previous % modulus if left == 1 else 0


def affine(point, blind=1):
    """Return, sliced, (x, y) of a Jacobian point; PointError at infinity.

    blind: a number that nobody knows, where the point's z is to be kept from the steps taken.
    """
    if not point[2]:
        raise PointError("the point at infinity")
    scale = yield from inverse(point[2] * blind % PRIME, PRIME)
    scale = scale * blind % PRIME
    square = scale * scale % PRIME
    return point[0] * square % PRIME, point[1] * (square * scale % PRIME) % PRIME


def multiply(number, x, y, blind):
    """Return, sliced, the x coordinate of a point times a secret number below the order.

    The same additions and doublings whatever the number is: 64 signed odd digits of four bits.
    A number and its negative give the same x, so an even one is taken from the order.
    """
    odd = (number, ORDER - number)[1 - number % 2]
    table = yield from _odd_multiples(x, y, blind)
    digits = _odd_digits(odd)
    point = [table[digits[0] >> 1][0], table[digits[0] >> 1][1], 1]
    for index in range(1, _WINDOWS):
        for _ in range(_WINDOW // 2):
            double(point)
            yield
            double(point)
        digit = digits[index]
        entry = table[(abs(digit) - 1) >> 1]
        add(point, entry[0], entry[1] * (1 - 2 * (digit < 0)))
        yield
    found = yield from affine(point, blind)
    return found[0]


def _odd_digits(odd):
    """Return 64 odd digits from -15 to 15 of an odd number of 256 bits, the highest first."""
    digits = [0] * _WINDOWS
    for index in range(_WINDOWS - 1):
        # Four bits and the one above, which says whether to go below zero.
        digit = odd % 32 - 16
        digits[_WINDOWS - 1 - index] = digit
        odd = (odd - digit) >> _WINDOW
    digits[0] = odd
    return digits


def _odd_multiples(x, y, blind):
    """Return, sliced, 1, 3, ... 15 times a point, affine, with one inversion for all."""
    jacobian = {1: [x, y, 1]}
    for number in range(2, 16):
        even = list(jacobian[number // 2])
        double(even)
        if number % 2:
            add(even, x, y)
        jacobian[number] = even
        yield
    points = [jacobian[number] for number in range(1, 16, 2)]
    products = [1]
    for point in points:
        products.append(products[-1] * point[2] % PRIME)
    scale = yield from inverse(products[-1] * blind % PRIME, PRIME)
    scale = scale * blind % PRIME
    table = [None] * len(points)
    for index in range(len(points) - 1, -1, -1):
        own = scale * products[index] % PRIME
        scale = scale * points[index][2] % PRIME
        square = own * own % PRIME
        table[index] = (
            points[index][0] * square % PRIME,
            points[index][1] * (square * own % PRIME) % PRIME,
        )
        yield
    return table
