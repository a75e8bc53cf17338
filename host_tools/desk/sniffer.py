"""Listens to a channel through an RCP in promiscuous mode: each frame, and when it began."""

import socket
import time
from collections.abc import Iterator

from host_tools.desk import phy
from host_tools.desk.capture import UNIX_EPOCH_US
from protometer.drivers.radio import spinel
from protometer.drivers.radio.hdlc import HdlcDecoder, encode

_MOST_FRAME = 1300
_READ_BYTES = 4096
_ANSWER_S = 3.0
_ALL_FRAMES = 2


class SnifferError(Exception):
    """The RCP does not answer, or refuses; the message says which in one line."""


class Sniffer:
    """A host of one RCP at host:port that hears all frames of a channel, acknowledgements too."""

    def __init__(self, host: str, port: int, channel: int) -> None:
        self._frames: list[bytes] = []
        self._decoder = HdlcDecoder(self._frames.append, _MOST_FRAME)
        self._ahead_us: int | None = None
        try:
            self._socket = socket.create_connection((host, port), _ANSWER_S)
        except OSError as fault:
            raise SnifferError(f"no RCP at {host}:{port}: {fault}") from fault
        self._ask(0, spinel.RESET, bytes((spinel.RESET_STACK,)), spinel.LAST_STATUS)
        settings = {
            spinel.PHY_ENABLED: True,
            spinel.PHY_CHAN: channel,
            spinel.MAC_PROMISCUOUS_MODE: _ALL_FRAMES,
            spinel.MAC_RAW_STREAM_ENABLED: True,
        }
        for tid, (key, value) in enumerate(settings.items(), 1):
            self._ask(tid, spinel.PROP_VALUE_SET, spinel.with_value(key, value), key)
        self._socket.settimeout(None)

    def frames(self) -> Iterator[tuple[int, bytes]]:
        """Yield (start in microseconds since 2000, PSDU) until the RCP ends the connection."""
        while True:
            while self._frames:
                _, key, octets = _opened(self._frames.pop(0))
                if key == spinel.STREAM_RAW:
                    yield self._stamped(octets)
            if not self._read():
                return

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def _ask(self, tid: int, command: int, value: bytes, awaited: int) -> None:
        self._socket.sendall(encode(spinel.frame(tid, command, value)))
        while True:
            while self._frames:
                answered, key, octets = _opened(self._frames.pop(0))
                if (answered, key) == (tid, awaited):
                    return
                if answered == tid and key == spinel.LAST_STATUS:
                    raise SnifferError(f"the RCP refuses 0x{awaited:02x}: status {octets[0]}")
            try:
                is_open = self._read()
            except TimeoutError:
                is_open = False
            if not is_open:
                raise SnifferError("the RCP does not answer")

    def _read(self) -> bool:
        octets = self._socket.recv(_READ_BYTES)
        self._decoder.feed(octets, len(octets))
        return bool(octets)

    def _stamped(self, octets: bytes) -> tuple[int, bytes]:
        """Return a frame with its start: the RCP tells its end by a clock of its own."""
        psdu, _, _ = spinel.received(octets)
        phy_at = 2 + len(psdu) + 4 + 2
        stamp = octets[phy_at + 2 : phy_at + 10]
        now_us = time.time_ns() // 1000 - UNIX_EPOCH_US
        end_us = now_us
        if len(stamp) == 8:
            end_us = int.from_bytes(stamp, "little")
            if self._ahead_us is None:
                self._ahead_us = now_us - end_us
            end_us += self._ahead_us
        return end_us - phy.air_time_us(psdu), psdu


def _opened(octets: bytes) -> tuple[int, int, bytes]:
    """Return (tid, property, rest) of a PROP_VALUE_IS; a property of -1 for all else."""
    try:
        tid, command, at = spinel.opened(octets)
        key, at = spinel.unpacked(octets, at)
    except spinel.SpinelError:
        return 0, -1, b""
    return (tid, key, octets[at:]) if command == spinel.PROP_VALUE_IS else (0, -1, b"")
