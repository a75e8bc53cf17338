"""Brings a device to the state that the response to an ASN.1 message implies."""

from binascii import hexlify

from host_tools.gbcs.keystore import Held, Keystore
from host_tools.node.message_bench import MessageBench
from protometer.crypto.certificate import Certificate
from protometer.crypto.der import ENUMERATED, GENERALIZED_TIME, OCTET_STRING, SEQUENCE, Reader
from protometer.crypto.p256 import encode_point
from protometer.crypto.slices import finish
from protometer.gbcs.credentials import (
    SUCCESS,
    TRUST_ANCHOR_NOT_FOUND,
    take_cell,
    take_key_usage,
    take_role,
)
from protometer.gbcs.envelope import Message
from protometer.gbcs.generalized_time import parse_generalized
from protometer.gbcs.trust_anchors import MANAGEMENT, TrustAnchors
from protometer.model.command import ACCESS_CONTROL_BROKER
from protometer.roles.device_log import TYPE_1, TYPE_2

_KIND_TYPE_2 = 6
_ACTIVATE, _READ_VERSION = 0x0012, 0x0129
_DONE = 0


class Preset:
    """keystore: where certificates come from; issued: {key usage: public key} that is filled."""

    def __init__(self, keystore: Keystore, bench: MessageBench, issued: dict[str, str]) -> None:
        self._keystore = keystore
        self._bench = bench
        self._issued = issued
        self._anchors = TrustAnchors(bench.data)

    def load(self, command: Message, response: Message) -> None:
        """Bring the device to the state that the response to a command implies."""
        code = command.code
        payload = bytes(response.payload)
        if code in (0x0008, 0x011B):
            self._load_details(Reader(payload).within())
        elif 0x0100 <= code <= 0x0109 or code in (0x0125, 0x0126):
            self._load_outcomes(Reader(payload).within())
        elif code == 0x000B:
            self._load_issued(bytes(command.payload))
        elif code in (0x000F, 0x0010) and Reader(payload).integer() == _DONE:
            self._add(bytes(Reader(command.payload).take(OCTET_STRING)), 3)
        elif code == 0x0013:
            self._load_log(Reader(payload).within())
        elif code == 0x007F:
            self._load_clock(Reader(payload).within())
        elif code in (_ACTIVATE, _READ_VERSION):
            self._load_version(Reader(payload))

    def _load_details(self, details: Reader) -> None:
        while details.left():
            one = details.within()
            role = take_role(one)
            status = one.integer(ENUMERATED)
            if status == TRUST_ANCHOR_NOT_FOUND:
                self._drop(role)
            if status != SUCCESS:
                continue
            self._anchors.set_counter(role, one.integer())
            self._drop(role)
            cells = one.within()
            while cells.left():
                cell = cells.within()
                usage = take_key_usage(cell)
                cell_usage = cell.integer() if cell.tag() != OCTET_STRING else MANAGEMENT
                cell.octet_string()
                self._put((role, usage, cell_usage), cell.octet_string())

    def _load_outcomes(self, response: Reader) -> None:
        response.element()
        if not response.left():
            return
        outcome = response.within()
        outcome.integer(), outcome.integer()
        outcome.within()
        replaced = outcome.within()
        while replaced.left():
            one = replaced.within()
            cell = take_cell(one.within())
            one.integer(ENUMERATED)
            one.octet_string()
            self._put(cell, one.octet_string())

    def _load_version(self, response: Reader) -> None:
        """Load the Firmware Version that the answer to an activation, or to a read, tells."""
        if response.tag() != SEQUENCE:
            return
        parts = response.within()
        while parts.left():
            tag, content = parts.element()
            if tag == OCTET_STRING:
                version = hexlify(bytes(content)).decode()
                self._bench.data.firmware_version = self._bench.data.firmware_noted = version

    def _put(self, cell: tuple[int, int, int], key_identifier: bytes) -> None:
        held: Held | None = self._keystore.by_key_identifier.get(key_identifier)
        if held is not None:
            finish(self._anchors.put(*cell, held.certificate))

    def _drop(self, role: int) -> None:
        kept = [cell for cell in self._anchors.cells() if cell.role != role]
        self._bench.data.trust_anchors = b"".join([cell.octets for cell in kept])

    def _load_issued(self, payload: bytes) -> None:
        certificate = Certificate(payload)
        public = encode_point(certificate.public_key)
        self._issued[str(certificate.key_usage)] = hexlify(public).decode()

    def _load_log(self, response: Reader) -> None:
        if response.integer() == _DONE:
            entries = response.within()
            while entries.left():
                entry = entries.within()
                self._add(entry.octet_string(), entry.integer())

    def _load_clock(self, response: Reader) -> None:
        now_s = parse_generalized(response.take(GENERALIZED_TIME))
        self._bench.clock.set_utc(now_s)
        # The hub's time, which the command asks to adopt.
        self._bench.device.clock.hear(now_s, now_s)

    def _add(self, entity: bytes, kind: int) -> None:
        device_type = TYPE_2 if kind == _KIND_TYPE_2 else TYPE_1
        arguments = {"identifier": entity, "type": device_type, "kind": kind}
        now_s = self._bench.clock.utc_s()
        self._bench.device.execute(
            "Add Device Security Credentials", arguments, ACCESS_CONTROL_BROKER, now_s
        )
