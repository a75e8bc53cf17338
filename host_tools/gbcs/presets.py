"""Brings a device of the bench to the state which a reference response implies.

Credentials come from a key store; everything else from the response, decoded and loaded as data
items and log entries.
"""

from hashlib import sha256
from typing import Any

from host_tools.gbcs import preset_asn1
from host_tools.gbcs.keystore import Keystore, signers
from host_tools.node.bench_keys import BenchKeys
from host_tools.node.message_bench import KINDS, MessageBench
from protometer.crypto.certificate import (
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    KEY_CERT_SIGN,
)
from protometer.crypto.p256 import encode_point
from protometer.crypto.slices import finish
from protometer.gbcs import use_case
from protometer.gbcs.envelope import Message
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
from protometer.gbcs.update_credentials import Update
from protometer.model.dictionary import items

CLOCK_S = 473_385_600
_LETTERS = {"ESME": "ELB", "GSME": "G", "CHF": "H", "GPF": "F", "PPMID": "U", "HCALCS": "S"}
_LETTERS["SAPC"] = "A"
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
) -> MessageBench:
    """Return a fresh device in the state which the response to a command implies.

    identifier: whose it is; None for the one that a response is from, or that the dictionary has
    as shipped. Of the parties of a role it knows the one that the response is for.
    """
    letters = _letters(kind, command, response)
    if identifier is None:
        shipped = find_attribute(letters, KINDS[kind][1])
        identifier = response.originator if response else shipped
    secrets = keystore.secrets(identifier)
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
    if command is not None and response is not None:
        _load(keystore, bench, issued, command, response)
    bench.messages.engine.fails_at = fails_at
    bench.device.commit()
    return bench


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


def fault(pair: dict[str, Any], response: Message) -> int | None:
    """Return the item of a reference pair that is to fail as if its hardware did."""
    if not pair["bucket"].startswith("5a"):
        return None
    return 0


def _letters(kind: str, command: Message | None, response: Message | None) -> str:
    return _LETTERS[kind]


def find_attribute(letters: str, attribute: str) -> bytes:
    """Return an item of octets as shipped, by its attribute."""
    return next(item.shipped() for item in items(letters) if item.attribute == attribute)


def _install_root(bench: MessageBench, command: Message) -> None:
    """Have the device trust the root of the certificates that a command brings."""
    try:
        path = Update(command.payload).path
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
