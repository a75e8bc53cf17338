"""GF(2^m) and the Koblitz curves against a slow construction and published points."""

import json
import random
from pathlib import Path

import pytest

from host_tools.node.slices import count_slices, finish
from protometer.crypto.binary_curve import CurveError, sect163k1, sect283k1
from protometer.crypto.tau_adic import tau_digits
from tests.crypto.slow_curve import SlowCurve
from tests.samples import CURVE_SAMPLES, FIELD_SAMPLES

pytestmark = pytest.mark.untraced

VECTORS = json.loads(Path(__file__).with_name("cbke_vectors.json").read_text())
CURVES = {1: sect163k1(), 2: sect283k1()}
SLOW = {suite: SlowCurve(suite) for suite in CURVES}
SUITES = pytest.mark.parametrize("suite", CURVES)


def elements(suite, count, seed=0):
    """Random elements, with the least and the greatest among them."""
    degree = CURVES[suite].field.degree
    rng = random.Random(seed)
    edges = [1, 2, (1 << degree) - 1, 1 << degree - 1, (1 << degree) - 2]
    return edges + [rng.getrandbits(degree) | 1 for _ in range(count - len(edges))]


def multiple(suite, scalar, point):
    return finish(CURVES[suite].sum_of_products(((scalar, point),)))


def compressed(suite, point):
    x, y = point
    slow = SLOW[suite]
    ratio = slow.times(y, slow.inverse(x)) if x else 0
    return bytes((2 | ratio & 1,)) + x.to_bytes(CURVES[suite].field.octets, "big")


@SUITES
def test_the_parameters_are_those_of_sec_2(suite):
    published, curve = VECTORS["suites"][str(suite)]["curve"], CURVES[suite]
    polynomial = sum(1 << exponent for exponent in published["reduction_exponents"])
    assert (curve.field.degree, curve.field.modulus) == (published["field_bits"], polynomial)
    assert curve.generator == (int(published["G_x"], 16), int(published["G_y"], 16))
    assert (curve.a, curve.cofactor) == (published["a"], published["h"])
    assert curve.order == int(published["n"], 16)
    assert finish(curve.compress(curve.generator)).hex() == published["G_compressed"]


@SUITES
def test_products_and_squares(suite):
    field, slow = CURVES[suite].field, SLOW[suite]
    left, right, third = (elements(suite, FIELD_SAMPLES, seed) for seed in range(3))
    random.Random(3).shuffle(right)
    for a, b, c in zip(left, right, third, strict=True):
        assert field.multiply(a, b) == slow.times(a, b)
        assert field.square(a) == slow.times(a, a)
        two = field.multiply_lanes(a, b | c << field.lane)
        assert two == slow.times(a, b) | slow.times(a, c) << field.lane
        squares = field.square_lanes(a | b << field.lane | c << 2 * field.lane)
        parts = [squares >> field.lane * index & (1 << field.lane) - 1 for index in range(3)]
        assert parts == [slow.times(value, value) for value in (a, b, c)]
    assert field.multiply(0, left[-1]) == field.multiply(left[-1], 0) == field.square(0) == 0


@SUITES
def test_inverses_traces_and_quadratics(suite):
    field, slow = CURVES[suite].field, SLOW[suite]
    solved = 0
    for value in elements(suite, FIELD_SAMPLES // 8):
        assert slow.times(value, finish(field.inverse(value))) == 1
        assert field.trace(value) == slow.trace(value)
        if not field.trace(value):
            z = finish(field.half_trace(value))
            assert slow.times(z, z) ^ z == value
            solved += 1
    assert solved
    assert all(field.trace(1 << power) == slow.trace(1 << power) for power in range(field.degree))


@SUITES
def test_digits_in_base_tau_are_few_and_sum_up(suite):
    curve = CURVES[suite]
    mu = 1 if curve.a else -1
    # The digits' meaning, from powers of tau alone: tau^2 = mu tau - 2.
    powers = [(1, 0)]
    for _ in range(curve.field.degree + 8):
        r0, r1 = powers[-1]
        powers.append((-2 * r1, r0 + mu * r1))
    (a0, a1), (b0, b1) = powers[2], powers[3]
    meaning = {1: (1, 0), 3: (a0 - 1, a1), 5: (a0 + 1, a1), 7: (-mu * b0 - 1, -mu * b1)}
    d0, d1 = curve._delta
    assert d0 * d0 + mu * d0 * d1 + 2 * d1 * d1 == curve.order
    rng = random.Random(suite)
    scalars = [0, 1, 2, curve.order - 1, *(rng.randrange(curve.order) for _ in range(50))]
    for scalar in scalars:
        digits = finish(tau_digits(scalar, mu, curve.order, curve._delta))
        s0 = s1 = 0
        for power, digit in enumerate(digits):
            if digit:
                sign, digit = (1, digit) if digit < 8 else (-1, 16 - digit)
                u0, u1 = meaning[digit]
                p0, p1 = powers[power]
                s0 += sign * (u0 * p0 - 2 * u1 * p1)
                s1 += sign * (u0 * p1 + u1 * p0 + mu * u1 * p1)
        # What is left is a multiple of delta: its product with delta's conjugate is one of n.
        r0, r1 = scalar - s0, -s1
        c0, c1 = d0 + mu * d1, -d1
        assert (r0 * c0 - 2 * r1 * c1) % curve.order == 0
        assert (r0 * c1 + r1 * c0 + mu * r1 * c1) % curve.order == 0
        assert len(digits) <= curve.field.degree + 6
        assert 4 * sum(map(bool, digits)) <= len(digits) + 4


@SUITES
def test_the_first_multiples_and_random_ones(suite):
    curve, slow, rng = CURVES[suite], SLOW[suite], random.Random(suite)
    expected = None
    for scalar in range(1, 40):
        expected = slow.add(expected, curve.generator)
        point = multiple(suite, scalar, curve.generator)
        assert point == expected
        assert curve.holds(point)
        opposite = multiple(suite, curve.order - scalar, curve.generator)
        assert opposite == (point[0], point[0] ^ point[1])
    for scalar in (rng.randrange(1, curve.order) for _ in range(CURVE_SAMPLES)):
        expected = slow.multiple(scalar, curve.generator)
        assert multiple(suite, scalar, curve.generator) == expected


@SUITES
def test_published_points(suite):
    published = VECTORS["suites"][str(suite)]
    for side in ("initiator", "responder"):
        for kind, private in (("static", "private_key"), ("ephemeral", "ephemeral_private_key")):
            expected = tuple(int(text, 16) for text in published[side][f"{kind}_xy"])
            scalar = int(published[side][private], 16)
            assert multiple(suite, scalar, CURVES[suite].generator) == expected
    issuer = published["ca_public_key"]
    point = finish(CURVES[suite].decompress(bytes.fromhex(issuer["hex"])))
    assert point == (int(issuer["x"], 16), int(issuer["y"], 16))


@SUITES
def test_sums_of_several_products(suite):
    curve, slow, rng = CURVES[suite], SLOW[suite], random.Random(suite)
    for count in (2, 3):
        logs = [rng.randrange(1, curve.order) for _ in range(count)]
        scalars = [rng.randrange(curve.order) for _ in range(count)]
        points = [multiple(suite, log, curve.generator) for log in logs]
        total = sum(scalar * log for scalar, log in zip(scalars, logs, strict=True))
        terms = list(zip(scalars, points, strict=True))
        summed = finish(curve.sum_of_products(terms))
        assert summed == multiple(suite, total, curve.generator)
    # One product by the schoolbook.
    assert multiple(suite, scalars[0], points[0]) == slow.multiple(scalars[0], points[0])


@SUITES
def test_sums_that_meet_equal_and_opposite_points(suite):
    curve, slow = CURVES[suite], SLOW[suite]
    generator, order = curve.generator, curve.order
    assert multiple(suite, 0, generator) is multiple(suite, order, generator) is None
    terms = ((1, generator), (1, generator))
    assert finish(curve.sum_of_products(terms)) == slow.multiple(2, generator)
    assert finish(curve.sum_of_products(((3, generator), (order - 3, generator)))) is None
    opposite = (generator[0], generator[0] ^ generator[1])
    assert finish(curve.sum_of_products(((5, generator), (5, opposite)))) is None
    assert finish(curve.sum_of_products(((5, generator), (4, opposite)))) == generator


@SUITES
def test_points_survive_compression(suite):
    curve, rng = CURVES[suite], random.Random(suite)
    signs = set()
    for _ in range(12):
        point = multiple(suite, rng.randrange(1, curve.order), curve.generator)
        octets = finish(curve.compress(point))
        assert octets == compressed(suite, point)
        assert finish(curve.decompress(octets)) == point
        signs.add(octets[0])
    assert signs == {2, 3}


@SUITES
def test_points_of_another_order_are_refused(suite):
    curve, slow, rng = CURVES[suite], SLOW[suite], random.Random(suite)
    taken = 0
    for _ in range(3 * curve.cofactor):
        point = slow.a_point(rng)
        try:
            assert finish(curve.decompress(compressed(suite, point))) == point
            belongs = True
        except CurveError as fault:
            assert "another order" in str(fault)
            belongs = False
        assert belongs == (slow.multiple(curve.order, point) is None)
        taken += belongs
    assert 0 < taken < 3 * curve.cofactor


@SUITES
@pytest.mark.parametrize("order", [2, 4])
def test_the_few_points_of_small_groups_are_refused(suite, order):
    curve, slow = CURVES[suite], SLOW[suite]
    # (0, 1) is of order 2 on both; those with x = 1 are of order 4 where the cofactor has it.
    point = (0, 1) if order == 2 else (1, 1)
    if not slow.holds(point):
        assert curve.cofactor < order
        return
    assert slow.multiple(order, point) is None
    with pytest.raises(CurveError):
        finish(curve.decompress(compressed(suite, point)))
    # A good point shifted by it.
    shifted = slow.add(curve.generator, point)
    with pytest.raises(CurveError, match="another order"):
        finish(curve.decompress(compressed(suite, shifted)))


@SUITES
def test_octets_that_are_no_point(suite):
    curve = CURVES[suite]
    good = finish(curve.compress(curve.generator))
    size = curve.field.octets
    bad = [b"", b"\0", good[:-1], good + b"\0", b"\4" + good[1:], b"\2" + bytes(size)]
    bad.append(b"\2" + (1 << curve.field.degree | 2).to_bytes(size, "big"))
    for octets in bad:
        with pytest.raises(CurveError):
            finish(curve.decompress(octets))
    off = next(x for x in range(2, 99) if SLOW[suite].trace(curve_right(suite, x)))
    with pytest.raises(CurveError, match="not on the curve"):
        finish(curve.decompress(b"\2" + off.to_bytes(size, "big")))


def curve_right(suite, x):
    slow = SLOW[suite]
    inverse = slow.inverse(x)
    return x ^ slow.a ^ slow.times(inverse, inverse)


@SUITES
def test_long_computations_come_in_slices(suite):
    curve = CURVES[suite]
    _, slices = count_slices(curve.sum_of_products(((curve.order // 3, curve.generator),)))
    assert slices > curve.field.degree
    _, slices = count_slices(curve.decompress(finish(curve.compress(curve.generator))))
    assert slices > curve.field.degree // 4
