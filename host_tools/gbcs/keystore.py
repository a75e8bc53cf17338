"""A folder of certificates and private keys: `<identifier>-ds.pem`, `-ka.pem`, `-pp-ka.pem`, and
`keys.json`, which has private keys in hex by the same names without `.pem`.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from protometer.crypto.certificate import (
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    KEY_CERT_SIGN,
    Certificate,
)
from protometer.crypto.p256 import PRIME, encode_point
from protometer.gbcs.trust_anchors import MANAGEMENT, PREPAYMENT_TOP_UP

_CURVE = ec.SECP256R1()
_MARK = b"BEGIN CERTIFICATE"
_USES = {
    "ds": (DIGITAL_SIGNATURE, MANAGEMENT),
    "ka": (KEY_AGREEMENT, MANAGEMENT),
    "pp-ka": (KEY_AGREEMENT, PREPAYMENT_TOP_UP),
    "ca": (KEY_CERT_SIGN, MANAGEMENT),
}


class KeystoreError(ValueError):
    """A key store is not what it should be; the message names the file or key."""


@dataclass(frozen=True)
class Held:
    """One certificate of the store: file's stem, key usage, cell usage."""

    name: str
    certificate: Certificate
    key_usage: int
    cell_usage: int


class Keystore:
    """The keys of all parties and devices of a bench."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise KeystoreError(f"{folder}: no such folder")
        # Beside certificates there are keys, of parties that have none.
        certificates = [
            path for path in sorted(folder.glob("*.pem")) if _MARK in path.read_bytes()
        ]
        self.held = [self._load(path) for path in certificates]
        keys = folder / "keys.json"
        self._private = json.loads(keys.read_text()) if keys.is_file() else {}

    @staticmethod
    def _load(path: Path) -> Held:
        _, _, use = path.stem.partition("-")
        if use not in _USES:
            raise KeystoreError(f"{path.name}: neither -ds, -ka, -pp-ka nor -ca")
        try:
            loaded = x509.load_pem_x509_certificate(path.read_bytes())
            certificate = Certificate(loaded.public_bytes(Encoding.DER))
        except ValueError as error:
            raise KeystoreError(f"{path.name}: {error}") from error
        return Held(path.stem, certificate, *_USES[use])

    @cached_property
    def by_key_identifier(self) -> dict[bytes, Held]:
        """Certificates by their subject key identifiers; of copies the one of the right name."""
        found: dict[bytes, Held] = {}
        for held in self.held:
            named = held.name.startswith(held.certificate.entity.hex())
            if named or held.certificate.subject_key_identifier not in found:
                found[held.certificate.subject_key_identifier] = held
        return found

    def named(self, entity: bytes, use: str) -> Held | None:
        """Return a certificate by entity and use: ds, ka or pp-ka."""
        for held in self.held:
            if held.name == f"{entity.hex()}-{use}" and held.certificate.entity == entity:
                return held
        return None

    def private(self, entity: bytes, use: str) -> int | None:
        """Return a private key, or None where the store has none."""
        # keys.json has -pp behind the use, files before it.
        name = f"{entity.hex()}-{'ka-pp' if use == 'pp-ka' else use}"
        for spelt in (name, name.replace("ka-pp", "pp-ka")):
            if spelt in self._private:
                return int(self._private[spelt], 16)
        return None

    def parties(self) -> dict[int, list[bytes]]:
        """Return the entities of organisations by role, in order."""
        found: dict[int, list[bytes]] = {}
        for held in self.held:
            role = held.certificate.role
            if not held.certificate.entity:
                continue
            if role is not None and held.name.startswith(held.certificate.entity.hex()):
                entities = found.setdefault(role, [])
                if held.certificate.entity not in entities:
                    entities.append(held.certificate.entity)
        return found

    def secrets(self, device: bytes) -> dict[str, str]:
        """Return {public key: secret}, in hex, of all parties that share one with a device."""
        own = self.named(device, "ka")
        if own is None:
            return {}
        public = public_key(own.certificate.public_key)
        found = {}
        for name, number in self._private.items():
            if name.endswith(("-ds", "-ca")):
                continue
            private = ec.derive_private_key(int(number, 16), _CURVE)
            numbers = private.public_key().public_numbers()
            point = encode_point((numbers.x, numbers.y)).hex()
            found[point] = private.exchange(ec.ECDH(), public).hex()
        return found


def public_key(point: tuple[int, int]) -> ec.EllipticCurvePublicKey:
    """Return the public key of a point."""
    return ec.EllipticCurvePublicNumbers(*point, _CURVE).public_key()


def signers(certificate: Certificate) -> list[tuple[int, int]]:
    """Return the public keys under which a certificate's signature is good: two at most.

    Of a root that is not published this is how its key is found; its identifier tells which.
    """
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r = int.from_bytes(certificate.signature[:32], "big")
    s = int.from_bytes(certificate.signature[32:], "big")
    digest = int.from_bytes(certificate.digest, "big")
    found = []
    for x in (r, r + order):
        if x >= PRIME:
            continue
        square = (x * x * x - 3 * x + _B) % PRIME
        root = pow(square, (PRIME + 1) // 4, PRIME)
        if root * root % PRIME != square:
            continue
        inverse = pow(r, -1, order)
        for y in (root, PRIME - root):
            found.append(_sum(s * inverse % order, (x, y), -digest * inverse % order))
    return found


_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def _sum(first: int, point: tuple[int, int], of_base: int) -> tuple[int, int]:
    from protometer.crypto.p256 import BASE, add, affine, double
    from protometer.kernel.slices import finish

    total = [0, 1, 0]
    for bit in range(255, -1, -1):
        if total[2]:
            double(total)
        if first >> bit & 1:
            add(total, *point)
        if of_base >> bit & 1:
            add(total, *BASE)
    return finish(affine(total))
