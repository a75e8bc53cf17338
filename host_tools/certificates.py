"""Implicit certificates of a test authority of our own, for networks on the desk.

TEST ONLY: no real device trusts them, and the private keys pass through this machine. Devices in
the field get theirs from the authority of the Smart Energy profile.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from host_tools.node.slices import finish
from protometer.crypto.cbke import Credentials, make_ephemeral
from protometer.crypto.implicit_certificate import (
    EUI64_SIZE,
    SUITE_1,
    SUITE_2,
    UNLIMITED_S,
    ImplicitCertificate,
    curve_of,
    public_key,
)

SUITES = (SUITE_1, SUITE_2)
# "TESTTEST" says what the certificates are worth to whoever reads one.
TEST_ISSUER = b"TESTTEST"

Random = Callable[[int], bytes]

_PROFILE_DATA = bytes.fromhex("0109") + bytes(8)
# Type: implicit; curve: sect283k1; hash: AES-MMO; key usage: key agreement.
_TYPE, _CURVE, _HASH, _KEY_USAGE = b"\x00", b"\x0d", b"\x08", b"\x08"
_SERIAL_OCTETS = 8


class CertificateRequestError(ValueError):
    """A certificate can't be made of what was asked for; the message says why."""


@dataclass(frozen=True)
class Issued:
    """A device's certificate and private key, with the authority's public key; all octets."""

    suite: int
    certificate: bytes
    private_key: bytes
    authority: bytes

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """Return what a description of a network has of it, in its order."""
        return self.certificate, self.private_key, self.authority

    def credentials(self) -> Credentials:
        """Return what the firmware needs."""
        point = finish(curve_of(self.suite).decompress(self.authority))
        key = int.from_bytes(self.private_key, "big")
        return Credentials(self.suite, self.certificate, key, point)


class TestAuthority:
    """A certificate authority with a private key, known to the desk only.

    suite: 1 or 2; private_key: octets as long as a field element; issuer: its EUI-64.
    CertificateRequestError if one of them can't be.
    """

    # Not a test of pytest's.
    __test__ = False

    def __init__(self, suite: int, private_key: bytes, issuer: bytes = TEST_ISSUER) -> None:
        if suite not in SUITES:
            raise CertificateRequestError(f"suite: there is no {suite}")
        self.suite = suite
        self.issuer = _eui64("issuer", issuer)
        self._curve = curve_of(suite)
        self._key = int.from_bytes(private_key, "big")
        if not 0 < self._key < self._curve.order:
            raise CertificateRequestError("authority's key: outside 1..n-1")
        self._public = self._multiple(self._key)
        self.public_key: bytes = finish(self._curve.compress(self._public))

    def certificates(self, extended_address: str) -> list[list[int | str]]:
        """Return a device's certificates as a description of its network has them, in hex.

        The same for the same device each time.
        """
        seeded = random.Random(extended_address).randbytes
        issued = self.issue(bytes.fromhex(extended_address), seeded)
        return [[self.suite, *(part.hex() for part in issued.parts())]]

    @classmethod
    def made(cls, suite: int, random: Random, issuer: bytes = TEST_ISSUER) -> "TestAuthority":
        """Return an authority with a new key."""
        if suite not in SUITES:
            raise CertificateRequestError(f"suite: there is no {suite}")
        key = finish(make_ephemeral(suite, random)).private_key
        return cls(suite, key.to_bytes(curve_of(suite).field.octets, "big"), issuer)

    @property
    def private_key(self) -> bytes:
        """The authority's private key, to issue under it again."""
        return self._octets(self._key)

    def issue(
        self,
        eui64: bytes,
        random: Random,
        valid_from_unix_s: int = 0,
        valid_for_s: int = UNLIMITED_S,
    ) -> Issued:
        """Return the certificate and private key of a device (ECQV: SEC 4, with annex C's hash).

        eui64: most significant octet first; the validity is for suite 2, the other has none.
        """
        subject = _eui64("eui64", eui64)
        if not 0 <= valid_from_unix_s < 1 << 40 or not 0 <= valid_for_s <= UNLIMITED_S:
            raise CertificateRequestError("validity: outside of its fields")
        # The device's part of the key and the authority's, which real ones keep apart.
        requested = finish(make_ephemeral(self.suite, random)).private_key
        added = finish(make_ephemeral(self.suite, random)).private_key
        point = finish(self._curve.compress(self._multiple(requested + added)))
        if self.suite == SUITE_1:
            octets = point + subject + self.issuer + _PROFILE_DATA
        else:
            validity = valid_from_unix_s.to_bytes(5, "big") + valid_for_s.to_bytes(4, "big")
            head = _TYPE + random(_SERIAL_OCTETS) + _CURVE + _HASH + self.issuer
            octets = head + validity + subject + _KEY_USAGE + point
        certificate = ImplicitCertificate(self.suite, octets)
        contribution = certificate.number() * added + self._key
        key = (certificate.number() * requested + contribution) % self._curve.order
        if finish(public_key(certificate, self._public)) != self._multiple(key):
            raise CertificateRequestError("certificate: its keys don't belong together")
        return Issued(self.suite, octets, self._octets(key), self.public_key)

    def _multiple(self, scalar: int) -> tuple[int, int]:
        point = finish(self._curve.sum_of_products(((scalar, self._curve.generator),)))
        if point is None:
            raise CertificateRequestError("random source: it gives a multiple of the order")
        return point

    def _octets(self, scalar: int) -> bytes:
        return scalar.to_bytes(self._curve.field.octets, "big")


def _eui64(name: str, octets: bytes) -> bytes:
    if len(octets) != EUI64_SIZE:
        raise CertificateRequestError(f"{name}: {len(octets)} octets, not {EUI64_SIZE}")
    return bytes(octets)
