"""A test key infrastructure, made on first use: root, issuing authority, parties, devices.

Certificates have the form that the Smart Metering Key Infrastructure gives them; the folder is a
key store as host_tools/gbcs/keystore.py reads it. For benches alone: the keys lie open.
"""

import json
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from protometer.gbcs.remote_parties import (
    ACCESS_CONTROL_BROKER,
    LOAD_CONTROLLER,
    NETWORK_OPERATOR,
    RECOVERY,
    SUPPLIER,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
)

# Entity identifiers of the desk's parties and devices, and the role of each party.
PARTIES = {
    "90b3d51f30000001": RECOVERY,
    "90b3d51f30000002": ACCESS_CONTROL_BROKER,
    "90b3d51f30000004": TRANSITIONAL_COS,
    "90b3d51f30000007": WAN_PROVIDER,
    "90b3d51f30010000": SUPPLIER,
    "90b3d51f30010008": LOAD_CONTROLLER,
    "90b3d51f30020000": NETWORK_OPERATOR,
    "90b3d51f30030000": SUPPLIER,
}
DEVICES = tuple(f"00db1234567890a{number}" for number in range(7))
_ISSUER_ROLE = 7
_HARDWARE_MODULE_NAME = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")
_POLICY = x509.ObjectIdentifier("1.2.826.0.1.8641679.1.2.1.4")
_FROM = datetime(2015, 1, 1, tzinfo=UTC)
_UNTIL = datetime(2040, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_CURVE = ec.SECP256R1()


def make(folder: Path) -> None:
    """Make a key store in a folder, unless there is one."""
    if (folder / "keys.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    authority = _Authority(folder)
    for entity, role in PARTIES.items():
        uses = ("ds", "ka", "pp-ka") if role == SUPPLIER else ("ds", "ka")
        for use in uses:
            authority.certify(entity, use, role)
    for entity in DEVICES:
        for use in ("ds", "ka"):
            authority.certify(entity, use, None)
    authority.finish()


def identifier(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the 8 octets that name a public key: 0100, then 60 bits of its SHA-1."""
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    digest = sha1(point).digest()[-8:]
    return bytes((0x40 | digest[0] & 0x0F,)) + digest[1:]


class _Authority:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[str, str] = {}
        self._root = ec.generate_private_key(_CURVE)
        self._issuing = ec.generate_private_key(_CURVE)
        root, issuer = _name(0, "ROOT"), _name(_ISSUER_ROLE, "ISSUING")
        self._issuer = issuer
        for stem, subject, key in (("root", root, self._root), ("issuing", issuer, self._issuing)):
            builder = _builder(subject, root, key.public_key(), self._root, _UNTIL)
            usage = _usage(key_cert_sign=True, crl_sign=stem == "issuing")
            builder = builder.add_extension(usage, critical=True)
            self._write(f"{stem}-ca", builder.sign(self._root, hashes.SHA256()))
            self._keep(f"{stem}-ca", key)

    def certify(self, entity: str, use: str, role: int | None) -> None:
        """Make a key pair and a certificate: of a party of a role, or of a device."""
        key = ec.generate_private_key(_CURVE)
        octets = bytes.fromhex(entity)
        subject = x509.Name([]) if role is None else _name(role, f"DESK{entity[-5:]}", octets)
        until = _NEVER if role is None else _UNTIL
        builder = _builder(subject, self._issuer, key.public_key(), self._issuing, until)
        usage = _usage(digital_signature=use == "ds", key_agreement=use != "ds")
        builder = builder.add_extension(usage, critical=True)
        if role is None:
            module = (
                b"\x30\x19\x06\x0d\x2a\x86\x3a\x00\x01\x84\x8f\xb9\x0f\x01\x02\x02\x01\x04\x08"
            )
            other = x509.OtherName(_HARDWARE_MODULE_NAME, module + octets)
            builder = builder.add_extension(x509.SubjectAlternativeName([other]), critical=True)
        self._write(f"{entity}-{use}", builder.sign(self._issuing, hashes.SHA256()))
        self._keep(f"{entity}-{use}", key)

    def finish(self) -> None:
        """Write the private keys; with them the store is whole."""
        path = self._folder / "keys.json"
        path.write_text(json.dumps(self._keys, indent=1) + "\n")
        path.chmod(0o600)

    def _write(self, stem: str, certificate: x509.Certificate) -> None:
        (self._folder / f"{stem}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))

    def _keep(self, name: str, key: ec.EllipticCurvePrivateKey) -> None:
        self._keys[name] = f"{key.private_numbers().private_value:064x}"


def _name(role: int, common: str, entity: bytes | None = None) -> x509.Name:
    attributes = [
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{role:02x}"),
        x509.NameAttribute(NameOID.COMMON_NAME, common),
    ]
    if entity is not None:
        attributes.append(
            x509.NameAttribute(
                NameOID.X500_UNIQUE_IDENTIFIER, b"\x00" + entity, _type=_ASN1Type.BitString
            )
        )
    return x509.Name(attributes)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number() >> 40)
        .not_valid_before(_FROM)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier(identifier(key)), critical=False)
        .add_extension(
            x509.CertificatePolicies([x509.PolicyInformation(_POLICY, None)]), critical=True
        )
        .add_extension(
            x509.AuthorityKeyIdentifier(identifier(signer.public_key()), None, None),
            critical=False,
        )
    )


def _usage(
    digital_signature: bool = False,
    key_agreement: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=key_agreement,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
