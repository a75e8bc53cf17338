"""Brings a device to the state that the response to an ASN.1 message implies."""

from binascii import hexlify
from contextlib import suppress

from host_tools.gbcs.keystore import Held, Keystore
from host_tools.node.message_bench import MessageBench
from protometer.crypto.certificate import Certificate
from protometer.crypto.der import (
    ENUMERATED,
    GENERALIZED_TIME,
    OCTET_STRING,
    SEQUENCE,
    Reader,
)
from protometer.crypto.p256 import encode_point
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
from protometer.kernel.slices import finish
from protometer.model.command import ACCESS_CONTROL_BROKER, CommandRefused
from protometer.roles.device_log import KIND_PPMID, KIND_TYPE_2, addition

_DONE = 0
# Answers to a join, and to an activation of firmware.
_INCOMPATIBLE, _LOG_FULL = 3, 4
_NO_IMAGE, _HASH_MISMATCH = 1, 2
# More than any Device Log takes.
_MOST_DEVICES = 20


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
        elif code == 0x000C and payload[0] == SEQUENCE:
            self._bench.data.device_certificates = payload
        elif code in (0x000D, 0x00AB, 0x000E, 0x00AF):
            self._load_join(command, Reader(payload).integer())
        elif code == 0x0012:
            self._load_image(command, payload)
        elif code == 0x0129:
            self._load_version(Reader(payload).within().octet_string())
        elif code == 0x0013:
            self._load_log(Reader(payload).within())
        elif code == 0x007F:
            self._load_clock(Reader(payload).within())

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

    def _load_join(self, command: Message, answer: int) -> None:
        described = Reader(command.payload).within()
        described.integer()
        entity, kind = described.octet_string(), described.integer()
        if answer == _INCOMPATIBLE:
            self._add(entity, KIND_TYPE_2 if kind != KIND_TYPE_2 else KIND_PPMID)
        elif answer == _LOG_FULL:
            for number in range(_MOST_DEVICES):
                with suppress(CommandRefused):
                    self._add(bytes((0xFF, number)) + bytes(6), kind)

    def _load_image(self, command: Message, payload: bytes) -> None:
        """Have the image that a command activates wait, or not, as the response says."""
        asked = Reader(command.payload).within().octet_string()
        data, answer, version = self._bench.data, _DONE, b""
        if payload[0] == SEQUENCE:
            outcome = Reader(payload).within()
            answer, version = outcome.integer(), outcome.octet_string()
        if answer != _NO_IMAGE:
            data.staged_hash = asked if answer != _HASH_MISMATCH else bytes(len(asked))
            data.staged_version = version.hex() if answer == _DONE else data.firmware_version
        if version and answer != _DONE:
            self._load_version(version)
        self._bench.device.firmware.install = lambda staged: answer == _DONE

    def _load_version(self, version: bytes) -> None:
        data = self._bench.data
        data.firmware_version = data.firmware_noted = version.hex()

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
        name, now_s = "Add Device Security Credentials", self._bench.clock.utc_s()
        arguments = addition(entity, kind)
        self._bench.device.execute(name, arguments, ACCESS_CONTROL_BROKER, now_s)
