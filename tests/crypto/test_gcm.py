"""GCM, GMAC and key derivation against published values and the `cryptography` package."""

import random
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from protometer.crypto.gcm import gcm, gmac
from protometer.crypto.ghash import Ghash
from protometer.crypto.key_derivation import FOR_ATTRIBUTES, FOR_COMMAND, derive_key
from protometer.kernel.slices import finish
from tests.crypto.utrn_vectors import SUPPLIER, VECTORS
from tests.on_runtimes import OTHER_RUNTIMES, printed
from tests.samples import GMAC_SAMPLES

WORKLOAD = Path(__file__).with_name("gcm_workload.py")
# Lengths of additional data about the block boundaries.
LENGTHS = (0, 1, 15, 16, 17, 31, 32, 33, 36, 127, 600)


def test_the_hash_of_the_gcm_specification():
    # Test case 2 of "The Galois/Counter Mode of Operation" (McGrew, Viega), which NIST adopted.
    ghash = Ghash(bytes.fromhex("66e94bd4ef8a2c3b884cfa59ca342b2e"))
    ghash.absorb(bytes.fromhex("0388dace60b6a392f328c2b971b2fe78"))
    ghash.absorb(bytes.fromhex("00000000000000000000000000000080"))
    assert ghash.digest().hex() == "f38cbb1ad69223dcc3457ae5b6b0f885"


def test_the_tag_of_nothing():
    # Test case 1 of the same: key and IV of zeros, no data of any kind.
    assert gmac(bytes(16), bytes(12), b"").hex() == "58e2fccefa7e3061367f1d57a4e7455a"


@pytest.mark.parametrize("seed", range(GMAC_SAMPLES))
def test_equals_an_independent_gmac(seed):
    rng = random.Random(seed)
    key, iv, additional = rng.randbytes(16), rng.randbytes(12), rng.randbytes(rng.choice(LENGTHS))
    tag = gmac(key, iv, additional)
    assert tag == AESGCM(key).encrypt(iv, b"", additional)
    damaged = bytearray(tag)
    damaged[rng.randrange(16)] ^= 1 << rng.randrange(8)
    with pytest.raises(InvalidTag):
        AESGCM(key).decrypt(iv, bytes(damaged), additional)


@pytest.mark.parametrize("seed", range(GMAC_SAMPLES))
def test_equals_an_independent_gcm(seed):
    rng = random.Random(seed)
    key, iv, additional = rng.randbytes(16), rng.randbytes(12), rng.randbytes(rng.choice(LENGTHS))
    text = rng.randbytes(rng.choice(LENGTHS))
    cipher, tag = finish(gcm(key, iv, additional, text))
    assert cipher + tag == AESGCM(key).encrypt(iv, text, additional)
    assert finish(gcm(key, iv, additional, cipher, opening=True)) == (text, tag)


def test_an_iv_of_another_length_is_no_iv():
    with pytest.raises(ValueError, match="GCM: an IV of 16 octets"):
        gmac(bytes(16), bytes(16), b"")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector[7])
def test_published_keys_and_tags(vector):
    device, secret, counter, unit, value, key, tag, utrn = vector
    supplier, device, counter = (
        bytes.fromhex(SUPPLIER),
        bytes.fromhex(device),
        counter.to_bytes(8, "big"),
    )
    derived = derive_key(bytes.fromhex(secret), supplier, device, FOR_COMMAND, counter)
    assert derived.hex() == key
    high = ((counter[3] & 0xFF) << 15 | unit << 13 | value).to_bytes(4, "big")
    additional = bytes.fromhex("110000000000") + supplier + device + b"\x01" + counter + high
    assert gmac(derived, supplier + bytes(4), additional).hex() == tag


@pytest.mark.parametrize("seed", range(20))
def test_equals_an_independent_key_derivation(seed):
    rng = random.Random(seed)
    secret, counter = rng.randbytes(32), rng.randbytes(8)
    originator, recipient = rng.randbytes(8), rng.randbytes(8)
    purpose = rng.randint(FOR_COMMAND, FOR_ATTRIBUTES)
    algorithm = bytes.fromhex("60857406080300")
    information = algorithm + originator + bytes((9, purpose)) + counter + recipient
    other = ConcatKDFHash(SHA256(), 16, information).derive(secret)
    assert derive_key(secret, originator, recipient, purpose, counter) == other


@pytest.mark.parametrize(
    ("sizes", "fault"),
    [
        ((31, 8, 8, 8), "a secret of 31 octets"),
        ((32, 7, 8, 8), "7 octets where 8 belong"),
        ((32, 8, 9, 8), "9 octets where 8 belong"),
        ((32, 8, 8, 4), "4 octets where 8 belong"),
    ],
)
def test_parts_of_other_lengths(sizes, fault):
    secret, originator, recipient, counter = map(bytes, sizes)
    with pytest.raises(ValueError, match=fault):
        derive_key(secret, originator, recipient, FOR_COMMAND, counter)


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_every_runtime_computes_the_same(runtime):
    assert printed(runtime, WORKLOAD) == printed("cpython", WORKLOAD)
