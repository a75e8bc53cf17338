"""CCM* against the CCM of the `cryptography` package: the same construction at L=2, M=4.

(CCM* is CCM wherever there is a MIC: Zigbee 05-3474 annex A.)
"""

import random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from protometer.crypto.ccm_star import MIC_SIZE, CcmError, open_sealed, seal
from tests.samples import CCM_SAMPLES

# Text and header lengths about the block boundaries, and the longest a frame can hold.
LENGTHS = (0, 1, 13, 14, 15, 16, 17, 31, 32, 33, 100, 127)


def random_case(seed):
    rng = random.Random(seed)
    return (
        rng.randbytes(16),
        rng.randbytes(13),
        rng.randbytes(rng.choice(LENGTHS[1:])),
        rng.randbytes(rng.choice(LENGTHS)),
    )


@pytest.mark.parametrize("seed", range(CCM_SAMPLES))
def test_equals_an_independent_ccm(seed):
    key, nonce, header, text = random_case(seed)
    sealed = AESCCM(key, tag_length=4).encrypt(nonce, text, header)
    assert seal(key, nonce, header, text) == sealed
    assert open_sealed(key, nonce, header, sealed) == text


@pytest.mark.parametrize("text_size", LENGTHS)
@pytest.mark.parametrize("header_size", LENGTHS[1:])
def test_every_combination_of_lengths(header_size, text_size):
    rng = random.Random(1000 * header_size + text_size)
    key, nonce = rng.randbytes(16), rng.randbytes(13)
    header, text = rng.randbytes(header_size), rng.randbytes(text_size)
    sealed = seal(key, nonce, header, text)
    assert sealed == AESCCM(key, tag_length=4).encrypt(nonce, text, header)


def test_any_bit_changed_anywhere_is_noticed():
    key, nonce, header, text = (
        random.Random(7).randbytes(16),
        bytes(13),
        b"header",
        b"sixteen octets!!x",
    )
    sealed = seal(key, nonce, header, text)
    parts = {"key": key, "nonce": nonce, "header": header, "sealed": sealed}
    for name, original in parts.items():
        for bit in range(8 * len(original)):
            damaged = bytearray(original)
            damaged[bit // 8] ^= 1 << bit % 8
            attempt = dict(parts)
            attempt[name] = bytes(damaged)
            with pytest.raises(CcmError):
                open_sealed(*attempt.values())


def test_truncated_and_lengthened():
    key, nonce, header = bytes(16), bytes(13), b"h"
    sealed = seal(key, nonce, header, b"text")
    for size in range(len(sealed)):
        with pytest.raises(CcmError, match="too short" if size < MIC_SIZE else "wrong MIC"):
            open_sealed(key, nonce, header, sealed[:size])
    with pytest.raises(CcmError):
        open_sealed(key, nonce, header, sealed + b"\0")


def test_takes_any_buffer():
    key, nonce, header, text = random_case(1)
    sealed = seal(key, bytearray(nonce), bytearray(header), memoryview(text))
    assert open_sealed(key, nonce, memoryview(header), bytearray(sealed)) == text
