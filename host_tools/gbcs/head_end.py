"""What a remote party does: builds, signs and authenticates commands, and opens the answers.

All cryptography here is the `cryptography` package's, none the firmware's.
"""

import time
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from host_tools.gbcs import readable
from host_tools.gbcs.keystore import Keystore, public_key
from protometer.gbcs import use_case
from protometer.gbcs.envelope import (
    COMMAND,
    Message,
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
    mac_input,
    parse,
)
from protometer.gbcs.protection import ENCRYPTED_HEADER
from protometer.gbcs.remote_parties import ACCESS_CONTROL_BROKER, letter

_CURVE = ec.SECP256R1()
_ALGORITHM = bytes.fromhex("60857406080300")
_FOR_ATTRIBUTES = 4
MAC_SIZE = 12


class HeadEndError(ValueError):
    """A command can't be made, or an answer is not what it should be; the message says why."""


# 2000-01-01T00:00:00Z in seconds of the host's clock.
_EPOCH_S = 946_684_800


@dataclass(frozen=True)
class Answer:
    """A response or alert, opened: its Message, and whether signed or authenticated."""

    message: Message
    signed: bool


class HeadEnd:
    """The parties of a key store."""

    def __init__(self, keystore: Keystore) -> None:
        self.keystore = keystore
        self._roles = {
            entity: role for role, group in keystore.parties().items() for entity in group
        }

    def party(self, name: str) -> bytes:
        """Return the entity of a party: its identifier in hex, or the name of its role."""
        names = {
            "recovery": 1,
            "supplier": 2,
            "network operator": 3,
            "access control broker": 4,
            "transitional cos": 5,
            "wan provider": 6,
            "load controller": 8,
        }
        if name in names:
            entities = self.keystore.parties().get(names[name], [])
            if not entities:
                raise HeadEndError(f"{name}: the key store has none")
            return entities[0]
        try:
            entity = bytes.fromhex(name)
        except ValueError as error:
            raise HeadEndError(f"{name}: neither a role nor an identifier") from error
        if entity not in self._roles:
            raise HeadEndError(f"{name}: the key store has no such party")
        return entity

    def command(
        self,
        code: int,
        originator: bytes,
        device: bytes,
        payload: bytes,
        counter: int,
        party: tuple[bytes, int] | None = None,
        certificate: bytes = b"",
    ) -> bytes:
        """Return a whole command: signed where its use case is critical, authenticated.

        party: supplementary party and its counter; certificate: the party's, DER.
        """
        found = use_case.find(code)
        if found is None:
            raise HeadEndError(f"message code {code:04x}: no command")
        message = Message()
        message.kind, message.counter, message.code = COMMAND, counter, code
        message.originator, message.target, message.payload = originator, device, payload
        message.certificate = certificate
        if party:
            message.party, message.party_counter = party
        signed = encode_signed_part(message)
        signature = b""
        role = self._roles.get(originator)
        if role is None:
            raise HeadEndError(f"{originator.hex()}: the key store has no such party")
        if found.is_critical(letter(role)):
            signature = self.sign(originator, signed)
        return self.authenticate(message, encode_general_signing(signed, signature))

    def sign(self, entity: bytes, signed: bytes) -> bytes:
        """Return a party's signature, r and s."""
        key = ec.derive_private_key(self._private(entity, "ds"), _CURVE)
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def authenticate(self, message: Message, whole: bytes) -> bytes:
        """Return a command with the access control broker's authentication code."""
        brokers = self.keystore.parties().get(ACCESS_CONTROL_BROKER, [])
        if not brokers:
            raise HeadEndError("the key store has no access control broker")
        secret = self.secret(brokers[0], message.target)
        return encode_general_ciphering(whole, _mac(secret, message, whole))

    def open(self, octets: bytes, device_key: tuple[int, int] | None = None) -> Answer:
        """Return a response or alert that is authentic, or raise HeadEndError.

        device_key: of its digital signing, else the one that the key store has for it.
        """
        message = parse(octets)
        if message.signature:
            if device_key is None:
                held = self.keystore.named(message.originator, "ds")
                if held is None:
                    raise HeadEndError(f"{message.originator.hex()}: no signing certificate")
                device_key = held.certificate.public_key
            r, s = (int.from_bytes(message.signature[at : at + 32], "big") for at in (0, 32))
            try:
                public_key(device_key).verify(
                    encode_dss_signature(r, s), bytes(message.signed), ec.ECDSA(hashes.SHA256())
                )
            except InvalidSignature as error:
                raise HeadEndError("the device's signature is wrong") from error
            return Answer(message, signed=True)
        secret = self.secret(message.target, message.originator)
        if message.mac != _mac(secret, message, bytes(message.authenticated)):
            raise HeadEndError("the authentication code is wrong")
        return Answer(message, signed=False)

    def tell(self, octets: bytes) -> dict[str, Any]:
        """Return what a response or alert says, and by what it is verified, or HeadEndError."""
        answer = self.open(octets)
        told = readable.message(answer.message)
        told["verified"] = "signature" if answer.signed else "authentication code"
        return told

    def decrypt(self, message: Message, protected: bytes) -> bytes:
        """Return the plaintext of encrypted attributes of a response or alert."""
        recipient = message.party or message.target
        counter = message.device_counter
        if counter is None:
            counter = message.counter
        secret = self.secret(recipient, message.originator)
        key = _key(secret, message.originator, _FOR_ATTRIBUTES, counter, recipient)
        head = len(ENCRYPTED_HEADER)
        if protected[:head] != ENCRYPTED_HEADER or len(protected) < head + MAC_SIZE:
            raise HeadEndError("attributes: not encrypted as GBCS does")
        return _open_truncated(key, message.originator, protected[head:])

    def secret(self, party: bytes, device: bytes, use: str = "ka") -> bytes:
        """Return what a party and a device share; use: which of the party's keys, "pp-ka" is that
        for prepayment.
        """
        held = self.keystore.named(device, "ka")
        if held is None:
            raise HeadEndError(f"{device.hex()}: no key agreement certificate")
        private = ec.derive_private_key(self._private(party, use), _CURVE)
        return private.exchange(ec.ECDH(), public_key(held.certificate.public_key))

    def _private(self, entity: bytes, use: str) -> int:
        number = self.keystore.private(entity, use)
        if number is None:
            raise HeadEndError(f"{entity.hex()}: no private key for {use}")
        return number


def build(head_end: HeadEnd, described: dict[str, Any], counter: int | None = None) -> bytes:
    """Return the message that a description asks for.

    described: use_case (its name or message code), from (a role or an identifier), to (an
    identifier), payload as readable.encode_payload() takes it. counter: None for one of the time,
    so that a later message has a higher one.
    """
    for name in ("use_case", "from", "to", "payload"):
        if name not in described:
            raise HeadEndError(f"command: {name} is missing")
    if counter is None:
        counter = int(time.time()) - _EPOCH_S
    code = _code_of(str(described["use_case"]))
    try:
        device = bytes.fromhex(described["to"])
    except ValueError as error:
        raise HeadEndError(f"to: {error}") from error
    octets = readable.encode_payload(described["payload"], counter)
    return head_end.command(code, head_end.party(described["from"]), device, octets, counter)


def _code_of(name: str) -> int:
    codes = [int(row[0], 16) for row in use_case.table() if name in (row[1], row[0][2:])]
    if not codes:
        raise HeadEndError(f"use_case: there is no command {name}")
    return codes[0]


def _key(secret: bytes, originator: bytes, purpose: int, counter: int, recipient: bytes) -> bytes:
    information = _ALGORITHM + originator + bytes((9, purpose)) + counter.to_bytes(8, "big")
    return ConcatKDFHash(SHA256(), 16, information + recipient).derive(secret)


def _mac(secret: bytes, message: Message, whole: bytes) -> bytes:
    key = _key(secret, message.originator, message.kind, message.counter, message.target)
    tag = AESGCM(key).encrypt(message.originator + bytes(4), b"", mac_input(whole))
    return tag[:MAC_SIZE]


def _open_truncated(key: bytes, originator: bytes, protected: bytes) -> bytes:
    """Return the plaintext; the package takes whole tags, so the text is decrypted first."""
    ciphertext, tag = protected[:-MAC_SIZE], protected[-MAC_SIZE:]
    iv = originator + bytes(4)
    cipher = AESGCM(key)
    # Counter mode: what encrypts the ciphertext decrypts it.
    plaintext = cipher.encrypt(iv, ciphertext, None)[: len(ciphertext)]
    if cipher.encrypt(iv, plaintext, ENCRYPTED_HEADER[:1])[-16:][:MAC_SIZE] != tag:
        raise HeadEndError("attributes: not authentic")
    return plaintext
