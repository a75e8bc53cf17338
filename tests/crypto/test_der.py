"""Integers in DER: those of GBCS, and the two of a certificate's signature."""

import pytest

from protometer.crypto import certificate
from protometer.crypto.der import DerError, Reader

R, S = b"\x7f" * 32, b"\x01" + bytes(30)


def der(*contents):
    body = b"".join(bytes((2, len(content))) + content for content in contents)
    return bytes((0x30, len(body))) + body


@pytest.mark.parametrize("number", [0, 1, 0x7F, 0x80, 0xFFFF, 1 << 56, (1 << 64) - 1])
def test_numbers_up_to_64_bits(number):
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")
    assert Reader(bytes((2, len(content))) + content).integer() == number


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "none of GBCS"),
        ("80", "none of GBCS"),
        ("0001", "longer than it needs to be"),
        ("010000000000000000", "more than 64 bits"),
        ("00800000000000000000", "none of GBCS"),
    ],
)
def test_what_is_none_of_gbcs(content, fault):
    octets = bytes.fromhex(content)
    with pytest.raises(DerError, match=fault):
        Reader(bytes((2, len(octets))) + octets).integer()


def test_a_signature_is_two_numbers_of_32_octets():
    assert certificate.signature(der(R, S)) == R + b"\0" + S
    # Certificates of the infrastructure have been seen with a zero that is not needed.
    assert certificate.signature(der(b"\0" + R, b"\0" + S)) == R + b"\0" + S
    assert certificate.signature(der(b"\0" + b"\xff" * 32, b"\0")) == b"\xff" * 32 + bytes(32)


@pytest.mark.parametrize(
    "octets",
    [
        der(b"\xff" * 32, S),
        der(R, b""),
        der(b"\0\0" + R, S),
        der(b"\x01" + R, S),
        der(R),
        der(R, S, S),
        der(R, S) + b"\0",
        der(R, S)[:-1],
    ],
    ids=len,
)
def test_what_is_no_signature(octets):
    with pytest.raises(DerError):
        certificate.signature(octets)
