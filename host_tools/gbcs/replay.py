"""Replays the industry's reference messages: each command to a fresh device, its answer compared.

FOLDER holds `keystore/`, `pairs.json` and `RTDS-4.5.0/<use case>/*.HEX`. A device is brought to
the state which the response implies, by decoding the response and loading data items and logs;
the command is fed; what comes back is compared to the last octet, of signed responses up to the
signature, which must verify under the device's key.
"""

import json
import traceback
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509

from host_tools.gbcs import presets
from host_tools.gbcs.keystore import Keystore
from host_tools.gbcs.runtime import MicropythonRuntime
from host_tools.node.message_bench import MessageBench
from host_tools.size import budgets
from protometer.crypto import ecdsa
from protometer.crypto.p256 import encode_point
from protometer.gbcs.envelope import (
    EnvelopeError,
    Message,
    encode_general_ciphering,
    parse,
)
from protometer.gbcs.protection import mac
from protometer.kernel.slices import finish

MESSAGES = "RTDS-4.5.0"
# 2015-01-01T00:00:00Z, where the clock of the reference stands.
CLOCK_S = 473_385_600
_ISSUE_CREDENTIALS = 0x000A


@dataclass
class Result:
    """What one pair came to; first_difference: octet of the response, None where it is equal."""

    use_case: str
    scenario: str
    parsed: bool = False
    authenticated: bool = False
    executed: bool = False
    equal: bool = False
    first_difference: int | None = None
    reason: str | None = None

    @property
    def line(self) -> str:
        """One line of a report."""
        marks = " ".join(
            name if value else "-" * len(name)
            for name, value in (
                ("parsed", self.parsed),
                ("authenticated", self.authenticated),
                ("executed", self.executed),
                ("equal", self.equal),
            )
        )
        note = f"  {self.reason}" if self.reason else ""
        return f"{marks}  {self.scenario}{note}"


class Replay:
    """All pairs of a folder."""

    def __init__(self, folder: Path, runtime: str = "cpython") -> None:
        self.folder = folder
        self.apart = None if runtime == "cpython" else MicropythonRuntime(runtime)
        self.keystore = Keystore(folder / "keystore")
        self.pairs: list[dict[str, Any]] = json.loads((folder / "pairs.json").read_text())
        self.device_public_keys: dict[str, str] = {}

    def most_heap(self) -> str:
        """Tell how much of MicroPython's heap a device had in use at most; empty on CPython.

        On unix after the message, in words of 64 bits; on wasm32 between slices too, and beside it
        the budgets, which are in octets of such a heap.
        """
        if not self.apart or not self.apart.most[0]:
            return ""
        octets, kind = self.apart.most
        told = f"most heap in use after a collection: {octets:,} octets ({kind})"
        if self.apart.runtime != "wasm32":
            return told
        limits = {name: budgets(name).get(kind, {}) for name in ("design", "held")}
        return told + "".join(
            f"; budget, {name}: {limit['live_heap_bytes']:,}"
            for name, limit in limits.items()
            if limit
        )

    def message(self, directory: str, name: str) -> bytes:
        """Return the octets of a message file."""
        text = (self.folder / MESSAGES / directory / name).read_text()
        return bytes.fromhex("".join(text.split()))

    def run(self, pair: dict[str, Any]) -> Result:
        """Replay one pair; what goes wrong is told in the result."""
        result = Result(pair["dir"], pair["scenario"])
        try:
            self._run(pair, result)
        except Exception as error:  # one pair's fault must not end the others
            result.reason = f"{type(error).__name__}: {error}"
            if __debug__ and pair.get("trace"):
                traceback.print_exc()
        return result

    def _run(self, pair: dict[str, Any], result: Result) -> None:
        command_octets = self.message(pair["dir"], pair["command"])
        expected = self.message(pair["dir"], pair["response"])
        try:
            command, response = parse(command_octets), parse(expected)
        except EnvelopeError as error:
            result.reason = str(error)
            return
        result.parsed = True
        bench = self.bench(pair, command, response)
        held = self.keystore.named(command.originator, "ka")
        if held is not None and held.certificate.role is None:
            # Of one device to another, under a secret that nobody has published: under ours.
            secret = presets.made_up_secret(held.certificate)
            command_octets = _authenticated_anew(command, secret)
            expected = _authenticated_anew(response, secret)
        device = self.apart
        outcome = device.handle(bench, command_octets) if device else bench.handle(command_octets)
        result.authenticated = outcome.accepted
        if not outcome.accepted:
            result.reason = f"refused: {outcome.reason}"
            return
        result.executed = outcome.response is not None
        self._compare(bench, expected, outcome.response, result)

    def bench(self, pair: dict[str, Any], command: Message, response: Message) -> MessageBench:
        """Return a fresh device in the state which the response implies."""
        plain = presets.plaintexts(self.keystore, command, response)
        fails_at = presets.fault(pair, command, response, plain)
        kind = pair["device"]
        return presets.bench_for(self.keystore, kind, command, response, fails_at, command.target)

    def _compare(
        self, bench: MessageBench, expected: bytes, octets: bytes, result: Result
    ) -> None:
        ours, theirs = parse(octets), parse(expected)
        if ours.signature:
            key = finish(ecdsa.public_key(bench.data.signing_key))
            entity = bench.messages.identifier()
            self.device_public_keys[entity.hex()] = encode_point(key).hex()
            digest = sha256(bytes(ours.signed)).digest()
            if not finish(ecdsa.verify([key], digest, ours.signature)):
                result.reason = "the response's signature is wrong"
                return
            expected, octets = expected[: -len(ours.signature)], octets[: -len(ours.signature)]
        result.equal = expected == octets or _is_request_alike(ours, theirs)
        if not result.equal:
            result.first_difference = next(
                (at for at in range(len(octets)) if expected[at : at + 1] != octets[at : at + 1]),
                len(octets),
            )
            result.reason = f"differs at octet {result.first_difference}"


def _is_request_alike(ours: Message, expected: Message) -> bool:
    """Tell whether both bring a certification request, ours whole: its key is new each time."""
    tags = bytes(ours.payload[:1]) + bytes(expected.payload[:1])
    if ours.code != _ISSUE_CREDENTIALS or tags != b"\x30\x30":
        return False
    request = x509.load_der_x509_csr(bytes(ours.payload))
    heads = [(one.counter, one.originator, one.target, one.date_time) for one in (ours, expected)]
    return request.is_signature_valid and heads[0] == heads[1]


def _authenticated_anew(message: Message, secret: bytes) -> bytes:
    """Return a message with the authentication code that another secret gives it."""
    whole = bytes(message.authenticated)
    return encode_general_ciphering(whole, finish(mac(secret, message, whole)))


def report(replay: Replay, results: list[Result]) -> dict[str, Any]:
    """Return what `--json` writes."""
    equal = sum(result.equal for result in results)
    pairs = [asdict(result) for result in results]
    return {
        "pairs": pairs,
        "equal": equal,
        "pairs_total": len(results),
        "device_public_keys": replay.device_public_keys,
    }
