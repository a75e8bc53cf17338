"""Scalars in base tau, for Koblitz curves (Solinas, "Efficient Arithmetic on Koblitz Curves").

Squaring both coordinates of a point is a multiplication by tau = (mu + sqrt(-7)) / 2, with
mu = 1 where the curve's a is 1, and -1 where it is 0. It is far cheaper than a doubling, so a
scalar is written as a sum of powers of tau with digits 0, +-1, +-3, +-5, +-7 of which at least
three in four are 0. A digit u stands for a small element congruent to it modulo tau^4:

    1 -> 1        3 -> tau^2 - 1        5 -> tau^2 + 1        7 -> -mu tau^3 - 1

Elements here are pairs (r0, r1) for r0 + r1 tau.
"""

from micropython import const

_MODULUS = const(16)
_NEGATIVE = const(8)
_STEPS_A_SLICE = const(24)
# What each digit stands for: r0, and r1 over mu.
_RESIDUES = {1: (1, 0), 3: (-3, 1), 5: (-1, 1), 7: (1, 1)}
# tau modulo tau^4, as an integer modulo 16, by mu.
_TAU = {1: 6, -1: 10}


def tau_digits(scalar, mu, order, delta):
    """Return the digits of a scalar as octets modulo 16, lowest power first; a generator.

    delta: (tau^m - 1) / (tau - 1) as a pair, which sends each point of the order to infinity: what
    remains of the scalar modulo it has half the bits, so there are some m digits and not 2 m.
    """
    r0, r1 = _remainder(scalar, mu, order, delta)
    yield
    digits = bytearray()
    tau = _TAU[mu]
    while r0 or r1:
        digit = 0
        if r0 & 1:
            digit = (r0 + r1 * tau) & _MODULUS - 1
            if digit < _NEGATIVE:
                u0, u1 = _RESIDUES[digit]
            else:
                u0, u1 = _RESIDUES[_MODULUS - digit]
                u0, u1 = -u0, -u1
            r0 -= u0
            r1 -= mu * u1
        digits.append(digit)
        half = r0 >> 1
        r0, r1 = r1 + mu * half, -half
        if not len(digits) % _STEPS_A_SLICE:
            yield
    return digits


def _remainder(scalar, mu, order, delta):
    """Return scalar minus the multiple of delta that lies near it; delta's norm is the order."""
    d0, d1 = delta
    q0 = (2 * scalar * (d0 + mu * d1) + order) // (2 * order)
    q1 = (order - 2 * scalar * d1) // (2 * order)
    return (
        scalar - q0 * d0 + 2 * q1 * d1,
        -(q0 * d1 + q1 * d0 + mu * q1 * d1),
    )
