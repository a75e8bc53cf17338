"""AES-MMO and its HMAC against Zigbee's own vectors, and against a second construction."""

import random

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from protometer.crypto.aes_mmo import mmo_hash, mmo_hmac

# Zigbee 05-3474, annex C.5 and C.6: message, hash; key, message, HMAC.
HASHES = [
    ("c0", "ae3a102a28d43ee0d4a09e22788b206c"),
    ("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf", "a7977e88bc0b61e8210827109a228f2d"),
    # An install code with its CRC, and the link key that it stands for.
    ("83fed3407a939723a5c639b26916d505c3b5", "66b6900981e1ee3ca4206b6b861c02bb"),
]
HMACS = [
    ("404142434445464748494a4b4c4d4e4f", "c0", "4512807bf94cb3400f0e2c25fb76e999"),
    # The key-transport key of the well-known link key, ZigBeeAlliance09.
    ("5a6967426565416c6c69616e63653039", "00", "4bab0f173e1434a2d572e1c1ef478782"),
]


def second(octets):
    """The construction as annex B.6 words it, on integers and bit strings."""
    bits = "".join(f"{octet:08b}" for octet in octets) + "1"
    bits += "0" * ((-len(bits) - 16) % 128) + f"{8 * len(octets):016b}"
    digest = 0
    for at in range(0, len(bits), 128):
        block = int(bits[at : at + 128], 2)
        cipher = Cipher(algorithms.AES(digest.to_bytes(16, "big")), modes.ECB()).encryptor()
        digest = int.from_bytes(cipher.update(block.to_bytes(16, "big")), "big") ^ block
    return digest.to_bytes(16, "big")


@pytest.mark.parametrize(("octets", "digest"), HASHES)
def test_published_hashes(octets, digest):
    assert mmo_hash(bytes.fromhex(octets)).hex() == digest


@pytest.mark.parametrize(("key", "octets", "tag"), HMACS)
def test_published_hmacs(key, octets, tag):
    assert mmo_hmac(bytes.fromhex(key), bytes.fromhex(octets)).hex() == tag


@pytest.mark.parametrize("size", [*range(50), 1000, 8191])
def test_equals_a_second_construction(size):
    octets = random.Random(size).randbytes(size)
    assert mmo_hash(octets) == second(octets)
    assert mmo_hash(bytearray(octets)) == second(octets)


@pytest.mark.parametrize("size", [0, 1, 16, 45])
def test_hmac_equals_a_second_construction(size):
    rng = random.Random(size)
    key, octets = rng.randbytes(16), rng.randbytes(size)
    inner = second(bytes(octet ^ 0x36 for octet in key) + octets)
    assert mmo_hmac(key, octets) == second(bytes(octet ^ 0x5C for octet in key) + inner)


def test_what_is_too_long_is_refused():
    with pytest.raises(ValueError, match="8192 octets"):
        mmo_hash(bytes(8192))
