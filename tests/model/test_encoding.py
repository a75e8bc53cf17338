"""Values in octets: back as they were, the same octets everywhere, and nothing else is one."""

import random

import pytest

from protometer.model.encoding import EncodingError, decode, encode
from tests.samples import ENCODING_SAMPLES

# (value, its octets)
KNOWN = [
    (None, "00"),
    (0, "0100"),
    (127, "017f"),
    (128, "018001"),
    (-1, "0201"),
    (2**32 - 2, "01feffffff0f"),
    (-(2**63), "0280808080808080808001"),
    (b"\x00\xff", "030200ff"),
    ("\u00a3", "0402c2a3"),
    ([], "0500"),
    ([1, ["a", None]], "050201010502040161" + "00"),
]


@pytest.mark.parametrize(("value", "octets"), KNOWN)
def test_known_octets(value, octets):
    assert encode(value).hex() == octets
    assert decode(bytes.fromhex(octets)) == (value, len(octets) // 2)


def test_booleans_become_integers_and_tuples_lists():
    assert decode(encode((True, (False,))))[0] == [1, [0]]


def random_value(rng, depth):
    kind = rng.randrange(6 if depth else 5)
    if kind == 5:
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return (
        None,
        rng.randrange(2**64),
        -rng.randrange(1, 2**63),
        rng.randbytes(rng.randrange(300)),
        "".join(chr(rng.randrange(32, 0x2000)) for _ in range(rng.randrange(40))),
    )[kind]


def test_any_value_comes_back():
    rng = random.Random(8)
    for _ in range(ENCODING_SAMPLES):
        value = random_value(rng, 7)
        octets = encode(value)
        assert decode(b"xyz" + octets + b"more", 3) == (value, 3 + len(octets))


def test_any_octets_are_a_value_or_an_encoding_error():
    rng = random.Random(9)
    for _ in range(ENCODING_SAMPLES):
        whole = encode(random_value(rng, 5))
        octets = bytearray(whole[: rng.randrange(len(whole) + 1)])
        if octets and rng.random() < 0.7:
            octets[rng.randrange(len(octets))] ^= 1 << rng.randrange(8)
        try:
            _, end = decode(bytes(octets))
        except EncodingError:
            continue
        assert end <= len(octets)


def test_lists_nest_so_deep_and_no_deeper():
    value = 5
    for _ in range(7):
        value = [value]
    assert decode(encode(value))[0] == value
    with pytest.raises(EncodingError):
        decode(encode([value]))
