"""Implicit certificates (ECQV) of both cryptographic suites (Smart Energy, annex C).

A certificate names its subject and carries a point; the subject's public key follows from both
and the certificate authority's key. It holds no signature: a forged one only yields a public key
whose private key nobody has, which the key confirmation shows.
"""

from micropython import const

from .aes_mmo import mmo_hash
from .binary_curve import CurveError, sect163k1, sect283k1

# The status of Terminate Key Establishment that answers each fault.
UNKNOWN_ISSUER = const(1)
BAD_KEY_CONFIRM = const(2)
BAD_MESSAGE = const(3)
NO_RESOURCES = const(4)
UNSUPPORTED_SUITE = const(5)
INVALID_CERTIFICATE = const(6)

SUITE_1 = const(1)
SUITE_2 = const(2)

EUI64_SIZE = const(8)
_IMPLICIT = const(0)
_SECT283K1 = const(0x0D)
_AES_MMO = const(0x08)
_KEY_AGREEMENT = const(0x08)
UNLIMITED_S = 0xFFFFFFFF
# Certificates count seconds from 1970, we from 2000.
UNIX_S_OF_2000 = const(946_684_800)

# Fields in the order of the octets: name, octets.
_LAYOUTS = {
    SUITE_1: (
        ("point", 22),
        ("subject", 8),
        ("issuer", 8),
        ("profile_data", 10),
    ),
    SUITE_2: (
        ("type", 1),
        ("serial_number", 8),
        ("curve", 1),
        ("hash", 1),
        ("issuer", 8),
        ("valid_from_unix_s", 5),
        ("valid_for_s", 4),
        ("subject", 8),
        ("key_usage", 1),
        ("point", 37),
    ),
}
CERTIFICATE_SIZES = {
    suite: sum([size for _, size in layout]) for suite, layout in _LAYOUTS.items()
}
_NUMBERS = ("type", "curve", "hash", "valid_from_unix_s", "valid_for_s", "key_usage")
_CURVES = {SUITE_1: sect163k1, SUITE_2: sect283k1}
_made = {}


class CbkeError(ValueError):
    """A peer's part of a key establishment can't be taken; `status` is what Terminate tells it."""

    def __init__(self, message, status):
        super().__init__(message)
        self.status = status


def curve_of(suite):
    """Return the curve of a suite, made when first asked for."""
    if suite not in _made:
        _made[suite] = _CURVES[suite]()
    return _made[suite]


class ImplicitCertificate:
    """A certificate's fields, of the octets as sent, or CbkeError.

    subject, issuer: EUI-64s, most significant octet first; point: the public key reconstruction
    point, compressed. Suite 1 has profile_data, suite 2 serial_number, type, curve, hash,
    valid_from_unix_s, valid_for_s and key_usage.
    """

    def __init__(self, suite, octets):
        if suite not in _LAYOUTS:
            raise CbkeError("certificate: there is no suite %r" % (suite,), UNSUPPORTED_SUITE)
        if len(octets) != CERTIFICATE_SIZES[suite]:
            raise CbkeError("certificate: %d octets" % len(octets), BAD_MESSAGE)
        self.suite = suite
        self.octets = bytes(octets)
        at = 0
        for name, size in _LAYOUTS[suite]:
            field = self.octets[at : at + size]
            setattr(self, name, int.from_bytes(field, "big") if name in _NUMBERS else field)
            at += size
        if suite == SUITE_2:
            self._check_kind()

    def check(self, subject, issuer, now_s=None):
        """Raise CbkeError unless the certificate is a subject's, of an issuer, and valid.

        now_s: seconds since 2000; None where the time is not known, and then validity is not
        looked at. Certificates of suite 1 have none.
        """
        if self.issuer != issuer:
            raise CbkeError("certificate: of another issuer", UNKNOWN_ISSUER)
        if self.subject != subject:
            raise CbkeError("certificate: of another device", INVALID_CERTIFICATE)
        if now_s is None or self.suite == SUITE_1:
            return
        age_s = now_s + UNIX_S_OF_2000 - self.valid_from_unix_s
        if age_s < 0 or age_s > self.valid_for_s != UNLIMITED_S:
            raise CbkeError("certificate: not valid now", INVALID_CERTIFICATE)

    def number(self):
        """Return the hash of the certificate as the integer that multiplies its point."""
        return int.from_bytes(mmo_hash(self.octets), "big")

    def _check_kind(self):
        for name, wanted in (("type", _IMPLICIT), ("curve", _SECT283K1), ("hash", _AES_MMO)):
            if getattr(self, name) != wanted:
                raise CbkeError("certificate: %s is not ours" % name, INVALID_CERTIFICATE)
        if not self.key_usage & _KEY_AGREEMENT:
            raise CbkeError("certificate: not for key agreement", INVALID_CERTIFICATE)


def certificate_point(certificate):
    """Return the public key reconstruction point, or raise CbkeError; a generator."""
    return (yield from _point(curve_of(certificate.suite), certificate.point, INVALID_CERTIFICATE))


def ephemeral_point(suite, octets):
    """Return the point of ephemeral data received, or raise CbkeError; a generator."""
    return (yield from _point(curve_of(suite), octets, BAD_MESSAGE))


def public_key(certificate, issuer_point):
    """Return the public key of a certificate's subject, or raise CbkeError; a generator.

    issuer_point: the certificate authority's public key.
    """
    point = yield from certificate_point(certificate)
    curve = curve_of(certificate.suite)
    terms = ((certificate.number(), point), (1, issuer_point))
    key = yield from curve.sum_of_products(terms)
    if key is None:
        raise CbkeError("certificate: its public key is infinity", INVALID_CERTIFICATE)
    return key


def _point(curve, octets, status):
    try:
        return (yield from curve.decompress(octets))
    except CurveError as fault:
        raise CbkeError(str(fault), status)
