"""Rebuilds the industry's reference alerts: what each tells of is caused in a device's model.

Where the same folder has the command that leads to the alert, the command is sent, and the clock
goes on to the alert's time; the other causes are in alert_causes.py. Of what the device then has
to send one message must equal the alert to the last octet, of a signed one up to the signature,
which must verify under the device's key.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from host_tools.gbcs import alert_causes, presets
from host_tools.gbcs.replay import MESSAGES, Replay
from host_tools.node.message_bench import KINDS, MessageBench
from protometer.crypto import ecdsa
from protometer.gbcs import alerts
from protometer.gbcs.envelope import Message, parse
from protometer.kernel.slices import finish

# So many messages at most may be due at once.
_MOST_DUE = 32
_CODE = 2
_GBZ = b"\x01\x09"


@dataclass
class AlertResult:
    """What one alert came to; reason: why it is not equal."""

    use_case: str
    alert: str
    equal: bool = False
    reason: str | None = None

    @property
    def line(self) -> str:
        """One line of a report."""
        note = f"  {self.reason}" if self.reason else ""
        return f"alert {'equal' if self.equal else '-----'}  {self.alert}{note}"


class AlertReplay:
    """All alerts of a Replay's folder."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._pairs = {(pair["dir"], pair["command"]): pair for pair in replay.pairs}
        self.paths = sorted((replay.folder / MESSAGES).glob("*/*ALERT*.HEX"))

    def run(self, path: Path) -> AlertResult:
        """Rebuild one alert; what goes wrong is told in the result."""
        result = AlertResult(path.parent.name, path.name)
        try:
            expected = self._replay.message(path.parent.name, path.name)
            result.reason = self._run(path, expected)
            result.equal = result.reason is None
        except Exception as error:  # one alert's fault must not end the others
            result.reason = f"{type(error).__name__}: {error}"
        return result

    def _run(self, path: Path, expected: bytes) -> str | None:
        """Return why an alert is not equal, or None."""
        alert = parse(expected)
        code, at_s = alert_causes.code_and_time(bytes(alert.payload))
        pair = self._pairs.get((path.parent.name, _command_of(path.name)))
        if pair is not None:
            bench = self._by_command(pair, at_s)
        else:
            kind = _kind_of(alert)
            letters = alert_causes.LETTERS.get(code)
            keystore, device = self._replay.keystore, alert.originator
            bench = presets.bench_for(keystore, kind, None, alert, None, device, letters)
            bench.clock.set_utc(at_s)
            bench.messages.alerts()
            cause = alert_causes.CAUSES.get(code, alert_causes.post)
            bench = cause(bench, keystore, alert)
        return _compare(bench, expected, _due(bench, alert, at_s))

    def _by_command(self, pair: dict, at_s: int) -> MessageBench:
        """Return a device that got the command of a pair, as its clock came to a time."""
        replay = self._replay
        octets = replay.message(pair["dir"], pair["command"])
        response = parse(replay.message(pair["dir"], pair["response"]))
        bench = replay.bench(pair, parse(octets), response)
        bench.messages.alerts()
        bench.handle(octets)
        bench.clock.set_utc(at_s)
        if hasattr(bench.device, "step"):
            bench.device.step(at_s)
        return bench


def _kind_of(alert: Message) -> str:
    """Return the kind of device that an alert is of, by its message code, else its payload."""
    letters = alerts.devices_of(alert.code)
    if not letters:
        letters = "G" if bytes(alert.payload[:2]) == _GBZ else "E"
    return next(kind for kind, (letter, _) in KINDS.items() if letter == letters[0])


def _command_of(name: str) -> str:
    """Return the name of the command that may lead to an alert, by the alert's name."""
    parts = name.partition("_ALERT")[0].split("_")
    return "_".join(parts[:_CODE] + parts[_CODE + 1 :] + ["COMMAND", "GBCS.HEX"])


def _due(bench: MessageBench, alert: Message, at_s: int) -> list[bytes]:
    """Return the messages that a device has to send, each as if it came next to an alert's."""
    waiting = bench.messages.alerts()
    while (event := bench.device.outbox.take()) is not None:
        waiting.hear(*event)
    found: list[bytes] = []
    counter = alert.counter - 1
    while bench.messages.is_due(at_s) and len(found) < _MOST_DUE:
        bench.data.device_counter[0] = counter >> 32
        bench.data.device_counter[1] = counter & 0xFFFF_FFFF
        found += finish(bench.messages.step(at_s))
    return found


def _compare(bench: MessageBench, expected: bytes, due: list[bytes]) -> str | None:
    """Return why none of the messages is the expected one, or None."""
    if not due:
        return "nothing is due"
    size = len(parse(expected).signature)
    end = len(expected) - size
    for octets in due:
        if len(octets) != len(expected) or octets[:end] != expected[:end]:
            continue
        if size:
            ours = parse(octets)
            key = finish(ecdsa.public_key(bench.data.signing_key))
            digest = sha256(bytes(ours.signed)).digest()
            if not finish(ecdsa.verify([key], digest, ours.signature)):
                return "the alert's signature is wrong"
        return None
    differs = max(_first_difference(octets, expected) for octets in due)
    return f"differs at octet {differs}"


def _first_difference(octets: bytes, expected: bytes) -> int:
    return next(
        (at for at in range(len(octets)) if octets[at : at + 1] != expected[at : at + 1]),
        len(octets),
    )
