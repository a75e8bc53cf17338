"""Test certificates are what the firmware and an independent construction take them for."""

import random

import pytest
from click.testing import CliRunner

from host_tools.certificates import TEST_ISSUER, CertificateRequestError, TestAuthority
from host_tools.cli import main
from protometer.crypto.implicit_certificate import ImplicitCertificate
from tests.crypto.slow_curve import SlowCurve

DEVICE = bytes.fromhex("00db1234567890a0")
SUITES = pytest.mark.parametrize("suite", (1, 2))


def decompressed(slow, octets):
    x = int.from_bytes(octets[1:], "big")
    inverse = slow.inverse(x)
    z = slow.solve(x ^ slow.a ^ slow.times(inverse, inverse), 0)
    return x, slow.times(x, z ^ (z ^ octets[0]) & 1)


@SUITES
def test_a_certificate_by_the_definition(suite):
    slow = SlowCurve(suite)
    issued = TestAuthority.made(suite, random.Random(3).randbytes).issue(
        DEVICE, random.Random(4).randbytes
    )
    certificate = ImplicitCertificate(suite, issued.certificate)
    certificate.check(DEVICE, TEST_ISSUER)
    # ECQV: the hash times the certificate's point, plus the authority's key, is the device's key.
    point = decompressed(slow, certificate.point)
    authority = decompressed(slow, issued.authority)
    public = slow.add(slow.multiple(certificate.number(), point), authority)
    key = int.from_bytes(issued.private_key, "big")
    assert slow.multiple(key, slow.generator) == public


@SUITES
def test_an_authority_is_known_by_its_key(suite):
    authority = TestAuthority.made(suite, random.Random(1).randbytes)
    again = TestAuthority(suite, authority.private_key)
    assert again.public_key == authority.public_key
    issued = [each.issue(DEVICE, random.Random(2).randbytes) for each in (authority, again)]
    assert issued[0] == issued[1]
    other = authority.issue(DEVICE, random.Random(5).randbytes)
    assert other.private_key != issued[0].private_key


def test_the_validity_is_in_the_certificate():
    authority = TestAuthority.made(2, random.Random(1).randbytes)
    issued = authority.issue(DEVICE, random.Random(2).randbytes, 1_700_000_000, 86_400)
    certificate = ImplicitCertificate(2, issued.certificate)
    assert (certificate.valid_from_unix_s, certificate.valid_for_s) == (1_700_000_000, 86_400)


@pytest.mark.parametrize(
    ("request_", "fault"),
    [
        (lambda: TestAuthority(3, bytes(21)), "there is no 3"),
        (lambda: TestAuthority.made(0, bytes), "there is no 0"),
        (lambda: TestAuthority(1, bytes(21)), "outside 1..n-1"),
        (lambda: TestAuthority(1, b"\xff" * 21), "outside 1..n-1"),
        (lambda: TestAuthority(1, b"\1", b"short"), "issuer: 5 octets"),
        (lambda: TestAuthority(1, b"\1").issue(b"", bytes), "eui64: 0 octets"),
        (lambda: TestAuthority(2, b"\1").issue(DEVICE, bytes, -1), "validity"),
        (lambda: TestAuthority(2, b"\1").issue(DEVICE, bytes, 0, 1 << 32), "validity"),
    ],
)
def test_what_no_certificate_can_be_made_of(request_, fault):
    with pytest.raises(CertificateRequestError, match=fault):
        request_()


def run(*words):
    return CliRunner().invoke(main, ["certificate", "--eui64", DEVICE.hex(), *words])


@SUITES
def test_the_command_prints_a_certificate_and_its_keys(suite):
    first = run("--suite", str(suite))
    assert first.exit_code == 0
    warning, *lines = first.output.splitlines()
    assert warning.startswith("TEST ONLY")
    values = dict(line.split(": ", 1) for line in lines)
    octets = {name: bytes.fromhex(text.strip()) for name, text in values.items()}
    ImplicitCertificate(suite, octets["certificate"]).check(DEVICE, TEST_ISSUER)
    key = octets["test authority's private key"].hex()
    second = run("--suite", str(suite), "--ca-key", key).output.splitlines()
    assert second[1:3] == lines[:2]
    assert second[4] != lines[3]


@pytest.mark.parametrize("words", [("--ca-key", "0"), ("--ca-key", "00"), ("--eui64", "12")])
def test_the_command_says_in_one_line_what_is_wrong(words):
    done = run(*words)
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert len(done.output.splitlines()) == 1
