"""Brings a device of the bench to the state which a reference response implies.

Credentials come from a key store; everything else from the response, decoded and loaded as data
items and log entries.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from host_tools.gbcs import preset_asn1, preset_cosem, preset_gbz
from host_tools.gbcs.keystore import Keystore, KeystoreError, signers
from host_tools.node.bench_keys import BenchKeys
from host_tools.node.message_bench import KINDS, MessageBench
from protometer.crypto.certificate import (
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    KEY_CERT_SIGN,
    Certificate,
)
from protometer.crypto.p256 import encode_point
from protometer.gbcs import gbz, use_case
from protometer.gbcs import update_credentials as updates
from protometer.gbcs.date_time import seconds
from protometer.gbcs.envelope import Message, encode_length
from protometer.gbcs.protection import ENCRYPTED_HEADER, decrypt
from protometer.gbcs.remote_parties import (
    ACCESS_CONTROL_BROKER,
    LOAD_CONTROLLER,
    NETWORK_OPERATOR,
    RECOVERY,
    ROOT,
    SUPPLIER,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
)
from protometer.gbcs.trust_anchors import MANAGEMENT, PREPAYMENT_TOP_UP, TrustAnchors
from protometer.kernel.slices import finish
from protometer.model.dictionary import items
from protometer.model.enumerations import TYPE_1
from protometer.model.table import rows
from protometer.roles.device_log import KIND_PPMID

CLOCK_S = 473_385_600
# Reference commands that are to fail though nothing in them explains it, with the reasons.
INJECTED = Path(__file__).parent / "injected.tbl"
_SEALED = ENCRYPTED_HEADER
_NOT_TOLD = 0xFF
_CLOCK_STATUS = 0x03
_TIME_OF_METER = 0x04
_BY_PAYLOAD = {use_case.DLMS: preset_cosem, use_case.GBZ: preset_gbz}
_LETTERS = {
    "ESME": "E",
    "GSME": "G",
    "CHF": "H",
    "GPF": "F",
    "PPMID": "U",
    "HCALCS": "S",
    "SAPC": "EL",
}
_SIGN, _AGREE, _TOP_UP = (
    (DIGITAL_SIGNATURE, MANAGEMENT, "ds"),
    (KEY_AGREEMENT, MANAGEMENT, "ka"),
    (KEY_AGREEMENT, PREPAYMENT_TOP_UP, "pp-ka"),
)
_METER = {
    RECOVERY: (_SIGN,),
    SUPPLIER: (_SIGN, _AGREE, _TOP_UP),
    NETWORK_OPERATOR: (_SIGN, _AGREE),
    ACCESS_CONTROL_BROKER: (_AGREE,),
    TRANSITIONAL_COS: (_SIGN,),
    LOAD_CONTROLLER: (_SIGN, _AGREE),
}
_HUB = {
    RECOVERY: (_SIGN,),
    ACCESS_CONTROL_BROKER: (_SIGN, _AGREE),
    WAN_PROVIDER: (_SIGN,),
}
_CELLS = {
    "ESME": _METER,
    "GSME": _METER,
    "SAPC": _METER,
    "GPF": _METER,
    "CHF": _HUB,
    "PPMID": {**_METER, ACCESS_CONTROL_BROKER: (_SIGN, _AGREE)},
    "HCALCS": {**_METER, ACCESS_CONTROL_BROKER: (_SIGN, _AGREE)},
}


class _Root:
    """A root's key as a certificate has it, found by what it signed."""

    entity = b""

    def __init__(self, public_key: tuple[int, int], key_identifier: bytes) -> None:
        self.public_key = public_key
        self.subject_key_identifier = key_identifier


def bench_for(
    keystore: Keystore,
    kind: str,
    command: Message | None,
    response: Message | None,
    fails_at: int | None = None,
    identifier: bytes | None = None,
    letters: str | None = None,
) -> MessageBench:
    """Return a fresh device in the state which the response to a command implies.

    identifier: whose it is; None for the one that a response is from, or that the dictionary has
    as shipped; letters: of its dictionary, None for those that the pair implies. Of the parties of
    a role it knows the one that the response is for.
    """
    plain = plaintexts(keystore, command, response) if command and response else []
    letters = letters or _letters(kind, command, response, plain)
    if identifier is None:
        shipped = find_attribute(letters, KINDS[kind][1])
        identifier = response.originator if response else shipped
    secrets = keystore.secrets(identifier)
    ppmid = _ppmid(keystore, response)
    if ppmid is not None:
        secrets[encode_point(ppmid.public_key).hex()] = made_up_secret(ppmid).hex()
    issued: dict[str, str] = {}

    def keys(data: Any) -> BenchKeys:
        return BenchKeys(data, secrets, issued)

    bench = MessageBench(kind, letters, CLOCK_S, None, keys)
    setattr(bench.data, KINDS[kind][1], identifier)
    own = keystore.private(identifier, "ka")
    if own is not None:
        bench.data.agreement_key = own.to_bytes(32, "big")
    bench.data.signing_key = sha256(b"signing key of " + identifier).digest()
    install(keystore, bench, (response.target, response.party) if response else ())
    if ppmid is not None:
        finish(bench.messages.engine.anchors.put_device(ppmid))
        bench.device.devices.add(CLOCK_S, ppmid.entity, TYPE_1, KIND_PPMID)
    if command is not None and response is not None:
        _load(keystore, bench, issued, command, response)
    bench.messages.engine.fails_at = fails_at
    bench.device.commit()
    return bench


def _ppmid(keystore: Keystore, response: Message | None) -> Certificate | None:
    """Return the certificate of the device that a response is for, None for a remote party's."""
    held = keystore.named(response.target, "ka") if response else None
    return held.certificate if held and held.certificate.role is None else None


def made_up_secret(certificate: Certificate) -> bytes:
    """Return what stands for the secret of two devices of which no private key is known."""
    return sha256(b"of two devices" + certificate.octets).digest()


def _load(
    keystore: Keystore,
    bench: MessageBench,
    issued: dict[str, str],
    command: Message,
    response: Message,
) -> None:
    """Load what the response says the device holds."""
    if response.device_counter is not None:
        counter = response.device_counter - 1
        bench.data.device_counter[0] = counter >> 32
        bench.data.device_counter[1] = counter & 0xFFFF_FFFF
    found = use_case.find(command.code)
    if found is not None and found.payload == use_case.ASN1:
        _install_root(bench, command)
        preset_asn1.Preset(keystore, bench, issued).load(command, response)
    elif found is not None:
        told = bytes(command.payload), bytes(response.payload)
        _BY_PAYLOAD[found.payload].preset(
            bench.device, *told, plaintexts(keystore, command, response)
        )
    if response.date_time:
        _set_clock(bench, response.date_time)


def _set_clock(bench: MessageBench, octets: bytes) -> None:
    """Have the clock stand, and be as reliable, as a header tells."""
    now_s = seconds(octets[:-1] + b"\xff")
    bench.clock.set_utc(now_s)
    bench.device.clock.hear(now_s, now_s)
    status = octets[-1]
    if status != _NOT_TOLD:
        bench.data.clock_status = status & _CLOCK_STATUS
        if hasattr(bench.data, "gas_time_base"):
            bench.data.gas_time_base = int(bool(status & _TIME_OF_METER))


def plaintexts(keystore: Keystore, command: Message, response: Message) -> list[bytes]:
    """Return what a response encrypts, in order, decrypted with the recipient's key."""
    found = use_case.find(command.code)
    payload = bytes(response.payload)
    sealed = _sealed_in_gbz(payload) if found.payload == use_case.GBZ else _sealed_in(payload)
    if not sealed:
        return []
    recipient = response.party or response.target
    if command.certificate:
        key = Certificate(command.certificate).public_key
    else:
        held = keystore.named(recipient, "ka")
        if held is None:
            raise KeystoreError(f"{recipient.hex()}: no key agreement certificate")
        key = held.certificate.public_key
    secret = keystore.secrets(response.originator).get(encode_point(key).hex())
    if secret is None:
        raise KeystoreError(f"{recipient.hex()}: no private key for its attributes")
    counter = response.device_counter
    if counter is None:
        counter = response.counter
    parties = response.originator, recipient, counter
    return [finish(decrypt(bytes.fromhex(secret), *parties, octets)) for octets in sealed]


def _sealed_in(payload: bytes) -> list[bytes]:
    """Return the protected octet strings of an access-response."""
    found, at = [], payload.find(_SEALED)
    while at >= 0:
        for size in (1, 2, 3):
            head = payload[at - size - 1 : at]
            if head[:1] == b"\x09" and head[1:] == encode_length(_length(head[1:])):
                end = at + _length(head[1:])
                found.append(payload[at:end])
                at = payload.find(_SEALED, end)
                break
        else:
            at = payload.find(_SEALED, at + 1)
    return found


def _length(head: bytes) -> int:
    return head[0] if len(head) == 1 else int.from_bytes(head[1:], "big")


def _sealed_in_gbz(payload: bytes) -> list[bytes]:
    components = gbz.decode(payload)
    return [part.payload for part in components if part.sealed_as is not None]


def install(keystore: Keystore, bench: MessageBench, wanted: tuple[bytes | None, ...]) -> None:
    """Put the parties of a key store into a device's cells; of each role a wanted one first."""
    anchors = TrustAnchors(bench.data)
    parties = keystore.parties()
    for role, cells in _CELLS[bench.kind].items():
        entities = parties.get(role, [])
        chosen = next((entity for entity in entities if entity in wanted), None)
        chosen = chosen or next(iter(entities), None)
        for usage, cell_usage, use in cells:
            held = keystore.named(chosen, use) if chosen else None
            if held is not None:
                finish(anchors.put(role, usage, cell_usage, held.certificate))


def fault(pair: dict[str, Any], command: Message, response: Message, plain: list[bytes]) -> Any:
    """Return the item of a reference pair that is to fail as if its hardware did, or None."""
    injected = {row[0]: int(row[1]) for row in rows(str(INJECTED), 3)}
    if pair["scenario"] in injected:
        return injected[pair["scenario"]]
    if not pair["bucket"].startswith("5a"):
        return None
    found = use_case.find(command.code)
    payload = bytes(response.payload)
    if found.payload == use_case.GBZ:
        return preset_gbz.fault(bytes(command.payload), payload, plain)
    if found.payload == use_case.DLMS:
        return _first_failed(payload)
    # Of ASN.1 the answer says which part of the hardware failed.
    return payload[-1] if payload[:1] == b"\x02" else 0


def _first_failed(payload: bytes) -> int | None:
    """Return the first item of an access-response whose result is a failure."""
    size = 1 if payload[7] < 0x80 else 2
    count = payload[7] if size == 1 else payload[8]
    codes = payload[len(payload) - 2 * count :][1::2]
    return next((index for index, code in enumerate(codes) if code), None)


def _letters(
    kind: str, command: Message | None, response: Message | None, plain: list[bytes]
) -> str:
    found = use_case.find(command.code) if command and response else None
    if found is None or kind not in ("ESME", "SAPC") or found.payload != use_case.DLMS:
        return _LETTERS[kind]
    told = bytes(command.payload), bytes(response.payload), plain
    letters = preset_cosem.letters(*told)
    return letters if "E" in letters else _LETTERS[kind]


def find_attribute(letters: str, attribute: str) -> bytes:
    """Return an item of octets as shipped, by its attribute."""
    return next(item.shipped() for item in items(letters) if item.attribute == attribute)


def _install_root(bench: MessageBench, command: Message) -> None:
    """Have the device trust the root of the certificates that a command brings."""
    try:
        path = finish(updates.read(command.payload)).path
    except ValueError:
        return
    for certificate in path:
        for key in signers(certificate) if certificate else ():
            identifier = _identifier(encode_point(key))
            if identifier == certificate.authority_key_identifier:
                root = _Root(key, identifier)
                finish(TrustAnchors(bench.data).put(ROOT, KEY_CERT_SIGN, MANAGEMENT, root))


def _identifier(public: bytes) -> bytes:
    """Return what the infrastructure names a key by: 0100 and 60 bits of its SHA-1."""
    from hashlib import sha1

    digest = sha1(b"\x04" + public).digest()[-8:]
    return bytes((0x40 | digest[0] & 0x0F,)) + digest[1:]
