"""Sends a message to the meter on a flashed board, by its serial port in place of its network."""

from collections.abc import Iterator
from typing import Any

from host_tools.boards.message_port import stopped_meter
from host_tools.boards.remote import RemoteError
from host_tools.gbcs.credentials import credentials
from host_tools.gbcs.head_end import HeadEnd
from protometer.gbcs.envelope import parse

# A board takes seconds for a signed message, and as long for each alert after its answer.
_PATIENCE_S = 60.0
_QUIET_S = 10.0


def send_to_board(
    head_end: HeadEnd, message: bytes, port: str, provides: bool, quiet_s: float = _QUIET_S
) -> Iterator[dict[str, Any]]:
    """Yield what comes back of a message, verified and readable: answer, then alerts.

    provides: give the meter its keys and the parties' certificates first, as at manufacture.
    """
    target = parse(message).target
    with stopped_meter(port) as meter:
        if meter.device != target:
            raise RemoteError(
                f"{port}: the meter is {meter.device.hex()}, the message for {target.hex()}"
            )
        if provides:
            meter.provide(credentials(head_end.keystore, meter.device, meter.kind))
        heard = 0
        for octets in meter.send(message, _PATIENCE_S, quiet_s):
            heard += 1
            yield head_end.tell(octets)
        if not heard:
            raise RemoteError(f"{port}: the meter answers nothing; was it given the keys?")
