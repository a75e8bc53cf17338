"""Remote parties on any runtime: their keys, certificates and commands, all made of names.

The keys are digests of what they are of, so that every run has the same; the cryptography is the
firmware's own. host_tools/gbcs/head_end.py does it with other code, on CPython alone.
"""

from hashlib import sha256

from protometer.crypto import ecdsa, p256
from protometer.crypto.certificate import (
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    KEY_CERT_SIGN,
    Certificate,
)
from protometer.crypto.der import BIT_STRING, GENERALIZED_TIME, OBJECT_IDENTIFIER, SET
from protometer.crypto.gcm import gmac
from protometer.crypto.key_derivation import FOR_COMMAND, derive_key
from protometer.gbcs import asn1, protection
from protometer.gbcs.device_keys import DeviceKeys
from protometer.gbcs.envelope import (
    COMMAND,
    Message,
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
    parse,
)
from protometer.gbcs.trust_anchors import MANAGEMENT, PREPAYMENT_TOP_UP
from protometer.kernel.slices import finish
from protometer.prepayment.utrn import check_digit

# What a key is for, and the bits of a certificate that say so.
SIGN, AGREE, TOP_UP = "ds", "ka", "pp-ka"
USAGES = {SIGN: DIGITAL_SIGNATURE, AGREE: KEY_AGREEMENT, TOP_UP: KEY_AGREEMENT}
_ROOT, _ISSUING = "root", "issuing"
_EC_KEY = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
_ECDSA_WITH_SHA256 = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
_HARDWARE_MODULE_NAME = b"\x2b\x06\x01\x05\x05\x07\x08\x04"
_HARDWARE_TYPE = b"\x2a\x86\x3a\x00\x01\x84\x8f\xb9\x0f\x01\x02\x02\x01"
_UTF8 = 0x0C
_BASE = 7394156990786306048


def private(name, use):
    """Return the private key, 32 octets, of a name: an entity or an authority."""
    octets = name if isinstance(name, bytes) else name.encode()
    return sha256(octets + b" " + use.encode()).digest()


def point(key):
    """Return the public point of a private key."""
    return finish(ecdsa.public_key(key))


def key_identifier(public):
    """Return what a public point is named by: 8 octets that begin with 4."""
    digest = sha256(p256.encode_point(public)).digest()
    return bytes((0x40 | digest[0] & 0x0F,)) + digest[1:8]


def secret(key, public):
    """Return what a private key and another's public point share."""
    number = p256.decode_private(key)
    agreed = finish(p256.multiply(number, public[0], public[1], ecdsa.blinding(key, b"bench")))
    return agreed.to_bytes(32, "big")


class Keys(DeviceKeys):
    """Keys of a device whose chance is a digest of a name and a count: `drawn` tells the sizes."""

    def __init__(self, data):
        super().__init__(data)
        self.drawn = []

    def random(self, size):
        """Return octets that look like chance."""
        self.drawn.append(size)
        return sha256(b"chance %d" % len(self.drawn)).digest()[:size]


class Root:
    """The root's public key as a certificate has it."""

    entity = b""

    def __init__(self):
        self.public_key = point(private(_ROOT, SIGN))
        self.subject_key_identifier = key_identifier(self.public_key)


def certificate(entity, role, use, key=None, signer=_ISSUING):
    """Return a certificate, DER, of a party's or device's key; role: None of a device.

    key: its private key where that isn't of its name; signer: the authority.
    """
    public = point(key or private(entity, use))
    usage = KEY_CERT_SIGN if entity == _ISSUING else USAGES[use]
    return _certificate(entity, role, public, usage, signer)


def path():
    """Return the certificate of the issuing authority, DER."""
    return certificate(_ISSUING, 7, SIGN, None, _ROOT)


def _certificate(entity, role, public, usage, signer):
    names = []
    extensions = [
        (b"\x55\x1d\x0f", asn1.key_usage(usage)),
        (b"\x55\x1d\x0e", asn1.octet_string(key_identifier(public))),
        (
            b"\x55\x1d\x23",
            asn1.sequence(asn1.element(0x80, key_identifier(point(private(signer, SIGN))))),
        ),
    ]
    if role is None:
        extensions.append((b"\x55\x1d\x11", _hardware_module(entity)))
    else:
        names.append((b"\x55\x04\x0b", asn1.element(_UTF8, b"%02x" % role)))
        if isinstance(entity, bytes):
            names.append((b"\x55\x04\x2d", asn1.element(BIT_STRING, b"\x00" + entity)))
    subject = [
        asn1.element(SET, asn1.sequence(asn1.element(OBJECT_IDENTIFIER, kind), value))
        for kind, value in names
    ]
    extended = [
        asn1.sequence(asn1.element(OBJECT_IDENTIFIER, kind), asn1.octet_string(value))
        for kind, value in extensions
    ]
    signed = asn1.sequence(
        asn1.element(0xA0, asn1.integer(2)),
        asn1.integer(1),
        _ECDSA_WITH_SHA256,
        asn1.sequence(),
        asn1.sequence(
            asn1.element(GENERALIZED_TIME, b"20150101000000Z"),
            asn1.element(GENERALIZED_TIME, b"20400101000000Z"),
        ),
        asn1.sequence(*subject),
        asn1.sequence(_EC_KEY, asn1.element(BIT_STRING, b"\x00\x04" + p256.encode_point(public))),
        asn1.element(0xA3, asn1.sequence(*extended)),
    )
    signature = finish(ecdsa.sign(private(signer, SIGN), sha256(signed).digest()))
    halves = [int.from_bytes(signature[at : at + 32], "big") for at in (0, 32)]
    numbers = asn1.sequence(*[asn1.integer(half) for half in halves])
    return asn1.sequence(signed, _ECDSA_WITH_SHA256, asn1.element(BIT_STRING, b"\x00" + numbers))


def _hardware_module(entity):
    """Return the alternative name of a device's certificate, which has its identifier."""
    kind = asn1.element(OBJECT_IDENTIFIER, _HARDWARE_TYPE)
    module = asn1.element(0xA0, asn1.sequence(kind, asn1.octet_string(entity)))
    name = asn1.element(OBJECT_IDENTIFIER, _HARDWARE_MODULE_NAME)
    return asn1.sequence(asn1.element(0xA0, name + module))


def install(anchors, entity, role, uses):
    """Put a party's keys into the cells of its role."""
    for use in uses:
        cell = PREPAYMENT_TOP_UP if use == TOP_UP else MANAGEMENT
        held = Certificate(certificate(entity, role, use))
        finish(anchors.put(role, USAGES[use], cell, held))


def install_root(anchors):
    """Put the root's key into its cell."""
    finish(anchors.put(0, KEY_CERT_SIGN, MANAGEMENT, Root()))


class Parties:
    """The parties' side of one device: commands to it, and what its answers say.

    broker: the access control broker's entity; device: the device's; agreement: its private key
    for agreement, of which the parties know the public half.
    """

    def __init__(self, broker, device, agreement):
        self._broker = broker
        self.device = device
        self._agreement = agreement
        self._public = point(agreement)
        self._secrets = {}

    def secret(self, entity, use=AGREE):
        """Return what a party and the device share."""
        if (entity, use) not in self._secrets:
            self._secrets[entity, use] = secret(private(entity, use), self._public)
        return self._secrets[entity, use]

    def changed(self, agreement):
        """Go by another key of the device."""
        self._public = point(agreement)
        self._secrets = {}

    def message(self, code, originator, counter, payload):
        """Return a command's Message."""
        one = Message()
        one.kind, one.counter, one.code = COMMAND, counter, code
        one.originator, one.target, one.payload = originator, self.device, payload
        return one

    def command(self, code, originator, counter, payload, signer=None, has_mac=True):
        """Return a whole command; signer: whose signature it has, None for none."""
        return self.seal(self.message(code, originator, counter, payload), signer, has_mac)

    def seal(self, message, signer=None, has_mac=True):
        """Return a Message signed by an entity, or not, and authenticated by the broker."""
        signed = encode_signed_part(message)
        signature = b""
        if signer is not None:
            signature = finish(ecdsa.sign(private(signer, SIGN), sha256(signed).digest()))
        whole = encode_general_signing(signed, signature)
        if not has_mac:
            return whole
        code = finish(protection.mac(self.secret(self._broker), message, whole))
        return encode_general_ciphering(whole, code)

    def open(self, octets, signing_key=None):
        """Return (Message, "signed" or "authenticated") of an answer; ValueError if it is false.

        signing_key: the device's public point of digital signing.
        """
        message = parse(octets)
        if message.signature:
            digest = sha256(bytes(message.signed)).digest()
            if not finish(ecdsa.verify([signing_key], digest, message.signature)):
                raise ValueError("the device's signature is wrong")
            return message, "signed"
        shared = self.secret(message.target)
        if finish(protection.mac(shared, message, message.authenticated)) != message.mac:
            raise ValueError("the authentication code is wrong")
        return message, "authenticated"

    def decrypt(self, message, recipient, protected):
        """Return what encrypted attributes say to a party; ProtectionError to any other."""
        shared = self.secret(recipient)
        return finish(
            protection.decrypt(shared, message.originator, recipient, message.counter, protected)
        )

    def utrn(self, supplier, counter, pence):
        """Return the 20 digits of a top-up."""
        originator_counter = counter.to_bytes(4, "big") + bytes(4)
        high = ((counter & 0x3FF) << 15 | pence).to_bytes(4, "big")
        shared = self.secret(supplier, TOP_UP)
        key = derive_key(shared, supplier, self.device, FOR_COMMAND, originator_counter)
        additional = b"\x11" + bytes(5) + supplier + self.device + b"\x01" + originator_counter
        tag = gmac(key, supplier + bytes(4), additional + high)
        digits = str(_BASE + int.from_bytes(high + tag[-4:], "big"))
        return digits + str(check_digit(digits))
