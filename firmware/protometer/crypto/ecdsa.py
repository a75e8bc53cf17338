"""ECDSA over P-256 with SHA-256 (FIPS 186-4; GBCS 4.3.3.2), signatures as r and s, 64 octets.

Work comes in slices: both generators yield at least every three milliseconds of an RP2040.
"""

from hashlib import sha256

from micropython import const

from .p256 import (
    BASE,
    NUMBER_SIZE,
    ORDER,
    PRIME,
    add,
    affine,
    decode_private,
    double,
    inverse,
)
from .p256_base import COLUMNS, column, entry_point, signs_of

SIGNATURE_SIZE = const(64)
# A public key's multiples by 2^43, 2^86, ... leave a sixth of the doublings, as many as the base
# point's columns need.
PARTS = const(6)
_PART_MASK = (1 << COLUMNS) - 1
_PART_SIZE = const(6)
# Octets of a number recoded in one slice.
_AT_ONCE = const(8)
# What a key of half a block is mixed with (RFC 2104).
_INNER = int.from_bytes(b"\x36" * 32, "big")
_OUTER = int.from_bytes(b"\x5c" * 32, "big")


def multiples(x, y):
    """Return, sliced, the six points by which verify() is quick: 1, 2^43, ... 2^215 times the key.

    Reckoned once for a key that is kept; affine, as (x, y).
    """
    points = [(x, y)]
    for _ in range(PARTS - 1):
        point = [points[-1][0], points[-1][1], 1]
        for _ in range(COLUMNS):
            double(point)
            yield
        points.append((yield from affine(point)))
    return points


def verify(points, digest, signature):
    """Return, sliced, whether a signature is that of a digest under a public key.

    points: the key's multiples(), or [(x, y)] alone, which takes twice as long; digest: 32
    octets; signature: 64 octets, of any content.
    """
    if len(signature) != SIGNATURE_SIZE:
        return False
    r = int.from_bytes(bytes(signature[:NUMBER_SIZE]), "big")
    s = int.from_bytes(bytes(signature[NUMBER_SIZE:]), "big")
    if not (0 < r < ORDER and 0 < s < ORDER):
        return False
    scale = yield from inverse(s, ORDER)
    of_base = int.from_bytes(bytes(digest), "big") * scale % ORDER
    of_key = r * scale % ORDER
    point = yield from _sum(of_base, of_key, points)
    if not point[2]:
        return False
    # x of the point is r modulo the order, and the order is less than the prime.
    square = point[2] * point[2] % PRIME
    if (r * square - point[0]) % PRIME == 0:
        return True
    return r + ORDER < PRIME and ((r + ORDER) * square - point[0]) % PRIME == 0


def sign(private, digest):
    """Return, sliced, the signature of a digest of 32 octets; private: 32 octets.

    The one-time number comes of key and digest (RFC 6979), so that no poor source of chance can
    give the key away. The same doublings and additions whatever the key.
    """
    key = decode_private(private)
    chance = _Chance(bytes(private), bytes(digest))
    while True:
        yield
        once = chance.number()
        yield
        blind = chance.number()
        r = (yield from base_multiple(once, blind))[0] % ORDER
        scale = yield from inverse(once * blind % ORDER, ORDER)
        total = (int.from_bytes(bytes(digest), "big") + r * key) % ORDER
        s = scale * blind % ORDER * total % ORDER
        if r and s:
            return r.to_bytes(NUMBER_SIZE, "big") + s.to_bytes(NUMBER_SIZE, "big")


def base_multiple(number, blind):
    """Return, sliced, (x, y) of the base point times a secret number; blind: as of affine()."""
    odd = (number, ORDER - number)[1 - number % 2]
    point = [0, 1, 0]
    signs = signs_of(odd)
    for place in range(COLUMNS - 1, -1, -1):
        if point[2]:
            double(point)
        entry, negative = column(signs, place)
        x, y = entry_point(entry)
        add(point, x, y * (1 - 2 * negative))
        yield
    x, y = yield from affine(point, blind)
    return x, (y, PRIME - y)[1 - number % 2]


def public_key(private):
    """Return, sliced, (x, y) of the public key of a private one of 32 octets."""
    number = decode_private(private)
    blind = _Chance(bytes(private), bytes(NUMBER_SIZE)).number()
    return (yield from base_multiple(number, blind))


def blinding(private, text):
    """Return a number that who does not know the private key can't foresee."""
    return _Chance(bytes(private), sha256(text).digest()).number()


def _sum(of_base, of_key, points):
    """Return, sliced, the Jacobian sum of the base point's and the key's multiples."""
    sign = 1 - 2 * (of_base % 2 == 0)
    of_base = (of_base, ORDER - of_base)[of_base % 2 == 0]
    signs = signs_of(of_base)
    if len(points) == PARTS:
        parts = [of_key >> COLUMNS * part & _PART_MASK for part in range(PARTS)]
    else:
        parts = [of_key]
    rows = []
    for part in parts:
        rows.append((yield from _sparse(part)))
        yield
    length = max([COLUMNS] + [len(row) for row in rows])
    point = [0, 1, 0]
    for place in range(length - 1, -1, -1):
        if point[2]:
            double(point)
            yield
        for row, (x, y) in zip(rows, points):
            if place < len(row) and row[place]:
                add(point, x, row[place] * y)
                yield
        if place < COLUMNS:
            entry, negative = column(signs, place)
            x, y = entry_point(entry)
            add(point, x, -sign * y if negative else sign * y)
            yield
    return point


def _sparse(number):
    """Return, sliced, the digits -1, 0, 1 of a number, lowest first, no two neighbours but with a
    zero.
    """
    half = number >> 1
    more = number + half
    differing = half ^ more
    size = NUMBER_SIZE + 1 if number > _PART_MASK else _PART_SIZE
    plus = (more & differing).to_bytes(size, "little")
    minus = (half & differing).to_bytes(size, "little")
    digits = []
    for at in range(size):
        ones, less = plus[at], minus[at]
        for _ in range(8):
            digits.append((ones & 1) - (less & 1))
            ones >>= 1
            less >>= 1
        if at % _AT_ONCE == 0:
            yield
    return digits


class _Chance:
    """Numbers below the order that follow from a key and a text (RFC 6979, 3.2)."""

    def __init__(self, private, digest):
        reduced = (int.from_bytes(digest, "big") % ORDER).to_bytes(NUMBER_SIZE, "big")
        self._key = bytes(NUMBER_SIZE)
        self._value = b"\x01" * NUMBER_SIZE
        for mark in b"\x00\x01":
            self._stir(bytes((mark,)) + private + reduced)

    def number(self):
        """Return the next number, from 1 on."""
        while True:
            self._value = _hmac(self._key, self._value)
            number = int.from_bytes(self._value, "big")
            if 0 < number < ORDER:
                # Numbers after the first serve as blinds; the standard stirs where one is refused.
                self._stir(b"\x00")
                return number
            self._stir(b"\x00")

    def _stir(self, text):
        self._key = _hmac(self._key, self._value + text)
        self._value = _hmac(self._key, self._value)


def _hmac(key, text):
    """Return HMAC-SHA256 under a key of 32 octets (RFC 2104); no board has the module."""
    number = int.from_bytes(key, "big")
    inner = (number ^ _INNER).to_bytes(NUMBER_SIZE, "big") + b"\x36" * NUMBER_SIZE
    outer = (number ^ _OUTER).to_bytes(NUMBER_SIZE, "big") + b"\x5c" * NUMBER_SIZE
    return sha256(outer + sha256(inner + text).digest()).digest()


__all__ = ("BASE", "base_multiple", "blinding", "multiples", "public_key", "sign", "verify")
