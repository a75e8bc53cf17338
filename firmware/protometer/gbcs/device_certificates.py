"""A device's own certificates: key pairs issued, certificates taken and given (GBCS 13.4).

CS02c has the device make a key pair and ask for a certificate of it; CS02d brings that, and the
new key is used from then on; CS02e reads it.
"""

from hashlib import sha256

from micropython import const

from ..crypto import ecdsa
from ..crypto.certificate import (
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    Certificate,
    CertificateError,
    read_certificate,
)
from ..crypto.der import BIT_STRING, INTEGER, SEQUENCE, SET, Reader, sole
from ..crypto.p256 import NUMBER_SIZE, decode_private, encode_point
from . import asn1
from .credentials import take_key_usage
from .envelope import encode_length

_USAGES = (DIGITAL_SIGNATURE, KEY_AGREEMENT)

# CS02d's answers.
_TAKEN = const(0)
_INVALID_CERTIFICATE = const(1)
_WRONG_IDENTITY = const(2)
_INVALID_KEY_USAGE = const(3)
_NO_KEY_PAIR = const(4)
_WRONG_PUBLIC_KEY = const(5)
_NOT_STORED = const(6)
# CS02c's and CS02e's.
_USAGE_UNKNOWN = const(1)
_GENERATION_FAILED = const(2)
_NO_CERTIFICATE = const(2)
_MOST_OCTETS = const(450)

_EC_KEY = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
_ECDSA_WITH_SHA256 = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
_SERIAL_NUMBER = b"\x06\x03\x55\x04\x05"
_PRINTABLE_STRING = const(0x13)
_ATTRIBUTES = const(0xA0)


def issue(data, payload, random, identifier):
    """Return, sliced, CS02c's answer, a certification request (PKCS #10) or a code, and Keys
    Issued as they are then to be.

    random(size): octets of chance.
    """
    usage = _usage(payload)
    if usage not in _USAGES:
        return asn1.integer(_USAGE_UNKNOWN), data.keys_issued
    private = random(NUMBER_SIZE)
    try:
        decode_private(private)
    except ValueError:
        return asn1.integer(_GENERATION_FAILED), data.keys_issued
    public = encode_point((yield from ecdsa.public_key(private)))
    issued = bytearray(data.keys_issued or bytes(2 * NUMBER_SIZE))
    at = NUMBER_SIZE * _USAGES.index(usage)
    issued[at : at + NUMBER_SIZE] = private
    return (yield from _request(private, public, identifier)), bytes(issued)


def issued_public_key(data, usage):
    """Return, sliced, the public key of the pair issued for a usage, 64 octets, or None."""
    at = NUMBER_SIZE * _USAGES.index(usage)
    private = data.keys_issued[at : at + NUMBER_SIZE]
    if not any(private):
        return None
    return encode_point((yield from ecdsa.public_key(private)))


def check(payload, identifier, keys):
    """Return, sliced, CS02d's answer, a number, and the key usage: 0 of what is no certificate."""
    try:
        certificate = yield from read_certificate(payload)
    except CertificateError:
        return _INVALID_CERTIFICATE, 0
    usage = certificate.key_usage
    if certificate.entity != identifier:
        return _WRONG_IDENTITY, usage
    if usage not in _USAGES:
        return _INVALID_KEY_USAGE, usage
    public = yield from keys.issued_public_key(usage)
    if public is None:
        return _NO_KEY_PAIR, usage
    if public != encode_point(certificate.public_key):
        return _WRONG_PUBLIC_KEY, usage
    if len(payload) > _MOST_OCTETS:
        return _NOT_STORED, usage
    return _TAKEN, usage


def give(data, payload):
    """Return CS02e's answer: the device's certificate for a usage, or a code."""
    usage = _usage(payload)
    if usage not in _USAGES:
        return asn1.integer(_USAGE_UNKNOWN)
    return _kept(data)[_USAGES.index(usage)] or asn1.integer(_NO_CERTIFICATE)


def use_issued(data, usage):
    """Let the private key that was issued for a usage take the place of the one in use."""
    index = _USAGES.index(usage)
    issued = bytearray(data.keys_issued)
    at = NUMBER_SIZE * index
    private = bytes(issued[at : at + NUMBER_SIZE])
    issued[at : at + NUMBER_SIZE] = bytes(NUMBER_SIZE)
    data.keys_issued = bytes(issued)
    if usage == DIGITAL_SIGNATURE:
        data.signing_key = private
    else:
        data.agreement_key = private


def _kept(data):
    """Return the certificates kept, one for each usage, empty where there is none."""
    kept = [b"", b""]
    reader = Reader(data.device_certificates)
    while reader.left():
        octets = bytes(reader.whole())
        kept[_USAGES.index(Certificate(octets).key_usage)] = octets
    return kept


def keep(data, usage, octets):
    """Keep the certificate of a usage, in place of the one before."""
    kept = _kept(data)
    kept[_USAGES.index(usage)] = bytes(octets)
    data.device_certificates = b"".join(kept)


def _usage(payload):
    command = sole(payload)
    usage = take_key_usage(command)
    command.end()
    return usage


def _request(private, public, identifier):
    """Return, sliced, a certification request; its subject's serial number is the EUI-64.

    In DER as everybody else writes it, with the shortest lengths.
    """
    name = _element(_PRINTABLE_STRING, "".join(["%02x" % one for one in identifier]).encode())
    subject = _sequence(_element(SET, _sequence(_SERIAL_NUMBER, name)))
    key = _sequence(_EC_KEY, _element(BIT_STRING, b"\x00\x04" + public))
    wanted = _sequence(asn1.integer(0), subject, key, _element(_ATTRIBUTES, b""))
    signature = yield from ecdsa.sign(private, sha256(wanted).digest())
    halves = [signature[:NUMBER_SIZE], signature[NUMBER_SIZE:]]
    pair = _sequence(*[_unsigned(half) for half in halves])
    return _sequence(wanted, _ECDSA_WITH_SHA256, _element(BIT_STRING, b"\x00" + pair))


def _unsigned(octets):
    octets = octets.lstrip(b"\x00")
    return _element(INTEGER, b"\x00" + octets if octets[0] >= 0x80 else octets)


def _sequence(*parts):
    return _element(SEQUENCE, b"".join(parts))


def _element(tag, content):
    return bytes((tag,)) + encode_length(len(content)) + content
