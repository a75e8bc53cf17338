"""Feeds messages to one device, in order, and tells what became of each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from host_tools.gbcs import presets
from host_tools.gbcs.keystore import Keystore
from host_tools.node.message_bench import MessageBench
from protometer.gbcs.envelope import EnvelopeError, Message, parse


class InjectionError(ValueError):
    """A file is no message in hexadecimal digits; the text names it."""


def read_message(path: Path) -> bytes:
    """Return the octets of a file of hexadecimal digits and white space."""
    try:
        return bytes.fromhex("".join(path.read_text().split()))
    except (OSError, ValueError) as error:
        raise InjectionError(f"{path}: {error}") from error


def inject(
    kind: str, keystore: Keystore, files: list[Path], preset: Path | None
) -> Iterator[dict[str, Any]]:
    """Yield a line of the report for each message; see `protometer inject`.

    preset: the response to the first message, whose state the device begins with.
    """
    messages = [(path, read_message(path)) for path in files]
    response = parse(read_message(preset)) if preset else None
    bench = _bench(kind, keystore, messages, response)
    for path, octets in messages:
        yield {"file": str(path), **fed(bench, octets)}


def fed(bench: MessageBench, octets: bytes) -> dict[str, Any]:
    """Feed one message to a device and return what came of it."""
    before, logged = bench.state_digest(), bench.log_counts()
    outcome = bench.handle(octets)
    return {
        "accepted": outcome.accepted,
        "reason": outcome.reason,
        "response": outcome.response.hex() if outcome.response else None,
        "state_before": before,
        "state_after": bench.state_digest(),
        "log_entries": [f"0x{code:04X}" for code in bench.logged_since(logged)],
    }


def _bench(
    kind: str,
    keystore: Keystore,
    messages: list[tuple[Path, bytes]],
    response: Message | None,
) -> MessageBench:
    """Return the device: the one that a preset is from, else the one as shipped.

    What a response implies is told by the command that it answers, the first whole one of its
    code.
    """
    for _, octets in messages:
        try:
            command = parse(octets)
        except EnvelopeError:
            continue
        if response is None or command.code == response.code:
            return presets.bench_for(keystore, kind, command, response)
    return presets.bench_for(keystore, kind, None, response)
