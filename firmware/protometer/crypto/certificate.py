"""X.509 certificates of the Smart Metering Key Infrastructure, as far as GBCS needs them.

Version 3, P-256, ECDSA with SHA-256 (GBCS 12). An organisation's names its entity identifier and
role in the subject; a device's names its identifier as a hardware module.
"""

from hashlib import sha256

from micropython import const

from ..kernel.slices import finish
from .der import (
    BIT_STRING,
    GENERALIZED_TIME,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SET,
    UTC_TIME,
    DerError,
    Reader,
    sole,
)
from .p256 import NUMBER_SIZE, PointError, decode_point

# Key usages, as the first octet of the extension's bit string has them.
DIGITAL_SIGNATURE = const(0x80)
KEY_AGREEMENT = const(0x08)
KEY_CERT_SIGN = const(0x04)

_ECDSA_WITH_SHA256 = b"\x2a\x86\x48\xce\x3d\x04\x03\x02"
_EC_PUBLIC_KEY = b"\x2a\x86\x48\xce\x3d\x02\x01"
_PRIME256V1 = b"\x2a\x86\x48\xce\x3d\x03\x01\x07"
_ORGANISATIONAL_UNIT = b"\x55\x04\x0b"
_UNIQUE_IDENTIFIER = b"\x55\x04\x2d"
_KEY_USAGE = b"\x55\x1d\x0f"
_SUBJECT_KEY_IDENTIFIER = b"\x55\x1d\x0e"
_SUBJECT_ALT_NAME = b"\x55\x1d\x11"
_AUTHORITY_KEY_IDENTIFIER = b"\x55\x1d\x23"
_BOOLEAN = const(0x01)
_VERSION = const(0xA0)
_EXTENSIONS = const(0xA3)
_KEY_IDENTIFIER = const(0x80)
_OTHER_NAME = const(0xA0)
IDENTIFIER_SIZE = const(8)


class CertificateError(ValueError):
    """Octets are no certificate of the infrastructure; the text says what is wrong."""


class Certificate:
    """One certificate, not yet verified; see also read_certificate().

    octets: all of it; entity: identifier of its subject (8 octets, empty where it names none);
    role: the organisation's, a number, None of a device; public_key: (x, y); key_usage: first
    octet of the bit string; subject_key_identifier, authority_key_identifier: 8 octets, empty
    where there is none; not_before, not_after: text YYYYMMDDhhmmssZ; digest: SHA-256 of what is
    signed; signature: r and s, 64 octets.
    """

    def __init__(self, octets=None):
        if octets is not None:
            finish(self.read(octets))

    def read(self, octets):
        """Take, sliced, all of it from octets; CertificateError where they are none."""
        try:
            yield from self._read(octets)
        except (DerError, PointError) as error:
            raise CertificateError("certificate: %s" % error)

    def _read(self, octets):
        self.octets = bytes(octets)
        certificate = sole(self.octets)
        signed = certificate.whole()
        self.digest = sha256(bytes(signed)).digest()
        _expect_algorithm(certificate)
        bits = certificate.take(BIT_STRING)
        if not len(bits) or bits[0]:
            raise DerError("a signature with odd bits")
        self.signature = signature(bits[1:])
        certificate.end()
        self.entity = b""
        self.role = None
        self.key_usage = 0
        self.subject_key_identifier = b""
        self.authority_key_identifier = b""
        yield
        yield from self._read_signed(Reader(signed).within())

    def _read_signed(self, reader):
        version = reader.within(_VERSION)
        if version.integer() != 2:
            raise DerError("not of version 3")
        # Serial numbers have up to 16 octets: taken as they are.
        reader.take(INTEGER)
        _expect_algorithm(reader)
        self.issuer = bytes(reader.whole())
        validity = reader.within()
        self.not_before = _time(validity)
        self.not_after = _time(validity)
        validity.end()
        self._read_name(reader.within())
        yield
        self.public_key = public_key(reader)
        extensions = reader.within(_EXTENSIONS).within()
        reader.end()
        yield
        while extensions.left():
            self._read_extension(extensions.within())
            yield

    def _read_name(self, names):
        while names.left():
            attribute = names.within(SET).within()
            kind = bytes(attribute.take(OBJECT_IDENTIFIER))
            _, content = attribute.element()
            if kind == _ORGANISATIONAL_UNIT:
                try:
                    self.role = int(bytes(content).decode(), 16)
                except ValueError:
                    raise DerError("a role that is no number")
            elif kind == _UNIQUE_IDENTIFIER:
                # The first octet says how many bits of the last are not used: none.
                if len(content) != IDENTIFIER_SIZE + 1 or content[0]:
                    raise DerError("a unique identifier of another form")
                self.entity = bytes(content[1:])

    def _read_extension(self, extension):
        kind = bytes(extension.take(OBJECT_IDENTIFIER))
        if extension.tag() == _BOOLEAN:
            extension.element()
        content = Reader(extension.take(OCTET_STRING))
        if kind == _KEY_USAGE:
            bits = content.take(BIT_STRING)
            if len(bits) < 2:
                raise DerError("an empty key usage")
            self.key_usage = bits[1]
        elif kind == _SUBJECT_KEY_IDENTIFIER:
            self.subject_key_identifier = content.octet_string(IDENTIFIER_SIZE)
        elif kind == _AUTHORITY_KEY_IDENTIFIER:
            self.authority_key_identifier = bytes(content.within().take(_KEY_IDENTIFIER))
        elif kind == _SUBJECT_ALT_NAME:
            # otherName: its kind, then, explicitly tagged, hardwareModuleName.
            other = content.within().within(_OTHER_NAME)
            other.take(OBJECT_IDENTIFIER)
            module = other.within(_OTHER_NAME).within()
            module.take(OBJECT_IDENTIFIER)
            self.entity = module.octet_string(IDENTIFIER_SIZE)


def read_certificate(octets):
    """Return, sliced, the Certificate that octets are; CertificateError where they are none."""
    certificate = Certificate()
    yield from certificate.read(octets)
    return certificate


def _expect_algorithm(reader):
    algorithm = reader.within()
    if bytes(algorithm.take(OBJECT_IDENTIFIER)) != _ECDSA_WITH_SHA256:
        raise DerError("not signed by ECDSA with SHA-256")


def public_key(reader):
    """Return (x, y) of the SubjectPublicKeyInfo that a Reader comes to (RFC 5480, 2).

    DerError unless it is DER of a named curve, P-256; PointError for what is no point of it.
    """
    info = reader.within()
    algorithm = info.within()
    if bytes(algorithm.take(OBJECT_IDENTIFIER)) != _EC_PUBLIC_KEY:
        raise DerError("not a key of an elliptic curve")
    if bytes(algorithm.take(OBJECT_IDENTIFIER)) != _PRIME256V1:
        raise DerError("a key of another curve than P-256")
    algorithm.end()
    bits = info.take(BIT_STRING)
    info.end()
    if not len(bits) or bits[0]:
        raise DerError("a key with odd bits")
    return decode_point(bits[1:])


def signature(octets):
    """Return r and s, 64 octets, of the DER of both (RFC 3279, 2.2.3), or raise DerError.

    A zero before a number that needs none is passed over: there are certificates that have it.
    """
    numbers = sole(octets)
    halves = b""
    for _ in range(2):
        number = bytes(numbers.take(INTEGER))
        if not number or number[0] >= 0x80:
            raise DerError("a signature's number below zero")
        if number[0] == 0:
            number = number[1:]
        if len(number) > NUMBER_SIZE:
            raise DerError("a signature's number too long")
        halves += bytes(NUMBER_SIZE - len(number)) + number
    numbers.end()
    return halves


def _time(reader):
    tag, content = reader.element()
    try:
        text = bytes(content).decode()
    except ValueError:
        raise DerError("a time that is no text")
    if tag == UTC_TIME and len(text) == 13:
        # Years 50 to 99 are of the last century (RFC 5280, 4.1.2.5.1).
        text = ("19" if text[0] >= "5" else "20") + text
    elif tag != GENERALIZED_TIME or len(text) != 15:
        raise DerError("a time of another form")
    return text
