"""P-256: signatures and key agreement against RFC 6979 and the `cryptography` package."""

import random
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from protometer.crypto import ecdsa, p256
from protometer.kernel.slices import finish
from tests.on_runtimes import OTHER_RUNTIMES, printed
from tests.samples import ECDSA_SAMPLES

WORKLOAD = Path(__file__).with_name("ecdsa_workload.py")
SHA256 = ec.ECDSA(hashes.SHA256())

# RFC 6979, A.2.5: the key, and the signatures of two texts with SHA-256.
RFC_PRIVATE = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
RFC_SIGNATURES = {
    b"sample": "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    b"test": "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
    "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
}


def _pair(rng):
    number = rng.randrange(1, p256.ORDER)
    return number, ec.derive_private_key(number, ec.SECP256R1())


def _point(key):
    numbers = key.public_key().public_numbers()
    return numbers.x, numbers.y


@pytest.mark.parametrize("text", RFC_SIGNATURES)
def test_the_signatures_of_rfc_6979(text):
    signature = finish(ecdsa.sign(RFC_PRIVATE, sha256(text).digest()))
    assert signature.hex().upper() == RFC_SIGNATURES[text]


@pytest.mark.parametrize("seed", range(ECDSA_SAMPLES))
def test_equals_an_independent_ecdsa(seed):
    rng = random.Random(seed)
    number, key = _pair(rng)
    private = number.to_bytes(32, "big")
    assert finish(ecdsa.public_key(private)) == _point(key)
    text = rng.randbytes(rng.randrange(100))
    ours = finish(ecdsa.sign(private, sha256(text).digest()))
    halves = [int.from_bytes(half, "big") for half in (ours[:32], ours[32:])]
    key.public_key().verify(encode_dss_signature(*halves), text, SHA256)
    r, s = decode_dss_signature(key.sign(text, SHA256))
    theirs = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    quick = finish(ecdsa.multiples(*_point(key)))
    for points in (quick, quick[:1]):
        assert finish(ecdsa.verify(points, sha256(text).digest(), theirs))
        damaged = bytearray(theirs)
        damaged[rng.randrange(64)] ^= 1 << rng.randrange(8)
        assert not finish(ecdsa.verify(points, sha256(text).digest(), damaged))
        assert not finish(ecdsa.verify(points, sha256(text + b"x").digest(), theirs))


@pytest.mark.parametrize("seed", range(ECDSA_SAMPLES))
def test_equals_an_independent_agreement(seed):
    rng = random.Random(seed)
    number, key = _pair(rng)
    _, other = _pair(rng)
    x = finish(p256.multiply(number, *_point(other), rng.randrange(1, p256.ORDER)))
    assert x.to_bytes(32, "big") == key.exchange(ec.ECDH(), other.public_key())


@pytest.mark.parametrize(
    "number", [*range(1, 20), 2**255, *range(p256.ORDER - 20, p256.ORDER)], ids=hex
)
def test_numbers_at_the_edges(number):
    expected = _point(ec.derive_private_key(number, ec.SECP256R1()))
    assert finish(ecdsa.base_multiple(number, 7)) == expected
    assert finish(p256.multiply(number, *p256.BASE, 9)) == expected[0]


@pytest.mark.parametrize("digest", [bytes(32), p256.ORDER.to_bytes(32, "big"), b"\xff" * 32])
def test_digests_at_the_edges(digest):
    private = (5).to_bytes(32, "big")
    signature = finish(ecdsa.sign(private, digest))
    points = finish(ecdsa.multiples(*finish(ecdsa.public_key(private))))
    assert finish(ecdsa.verify(points, digest, signature))


def test_a_sum_that_meets_itself():
    # Key and base point alike: the same points are added, which is a doubling.
    private = (1).to_bytes(32, "big")
    for text in (b"a", b"b", b"c"):
        digest = sha256(text).digest()
        signature = finish(ecdsa.sign(private, digest))
        for points in (finish(ecdsa.multiples(*p256.BASE)), [p256.BASE]):
            assert finish(ecdsa.verify(points, digest, signature))


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        bytes(64),
        bytes(63),
        b"\xff" * 64,
        bytes(31) + b"\x01" + bytes(32),
        p256.ORDER.to_bytes(32, "big") + bytes(31) + b"\x01",
    ],
    ids=len,
)
def test_what_is_no_signature(signature):
    assert not finish(ecdsa.verify([p256.BASE], bytes(32), signature))


def test_points_and_keys_that_are_none():
    good = p256.encode_point(p256.BASE)
    assert p256.decode_point(b"\x04" + good) == p256.decode_point(good) == p256.BASE
    for octets in (b"", good[:-1], b"\x03" + good, good[:-1] + b"\x00", b"\xff" * 64, bytes(64)):
        with pytest.raises(p256.PointError):
            p256.decode_point(octets)
    for octets in (bytes(32), p256.ORDER.to_bytes(32, "big"), b"\x01" * 31):
        with pytest.raises(p256.PointError):
            p256.decode_private(octets)


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_every_runtime_computes_the_same(runtime):
    assert printed(runtime, WORKLOAD) == printed("cpython", WORKLOAD)
