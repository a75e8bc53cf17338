"""Messages for the meter on a flashed board, by its serial port: the real mpremote's raw REPL.

The meter is stopped where the REPL stops it, for as long as a script of a few lines takes to
compile; then it goes on within that script, and is left running in it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import serial
from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from .remote import Remote, RemoteError

_NO_METER = "no meter runs that takes messages: flash one with a network that it is to join"
# What a port that says nothing is waited for, and how often a talking one is listened to.
_SILENT_S = 1.0
_STEP_S = 0.05
_END_OF_OUTPUT = b"\x04"
_DEVICE = "protometer-device "
_MESSAGE = "protometer-message "
# Octets of one statement: no board has to find room for more in one piece.
_PIECE = 256

# What runs on the board.
_ASK = """
from binascii import hexlify, unhexlify
try:
    _octets = role.carrier.messages.identifier()
    print("{device}" + hexlify(_octets).decode(), type(role).__name__)
except (NameError, AttributeError):
    pass
"""
_BEGIN = "_octets = b''"
_PIECEMEAL = "_octets += unhexlify('{digits}')"
_KEEP = "role.data.{item} = _octets"
_COMMIT = "role.commit()"
_SEND = """
class _Wire:
    def send(self, octets):
        print("{message}" + hexlify(octets).decode())
        return True
role.carrier.wire = _Wire()
role.carrier.take(_octets, role.carrier.wire)
del _octets
role.proceed()
"""
_PROCEED = "if globals().get('role'): role.proceed()"


class MessagePort:
    """A board whose meter has been stopped; it goes on with send() or proceed().

    device: the meter's identifier, 8 octets; kind: ESME or GSME; told once identify() is done.
    """

    def __init__(self, port: str, transport: SerialTransport) -> None:
        self._port = port
        self._transport = transport
        self._is_running = False
        self.device = b""
        self.kind = ""

    def identify(self) -> None:
        """Ask which meter it is; RemoteError where none takes messages."""
        said = self._run(_ASK.format(device=_DEVICE))
        told = next((line for line in said.splitlines() if line.startswith(_DEVICE)), None)
        if told is None:
            raise RemoteError(f"{self._port}: {_NO_METER}")
        identifier, kind = told[len(_DEVICE) :].split()
        self.device = bytes.fromhex(identifier)
        self.kind = kind.upper()

    def provide(self, items: dict[str, bytes]) -> None:
        """Set data items of octets, by their attributes, and have them kept."""
        for item, octets in items.items():
            self._put(octets)
            self._run(_KEEP.format(item=item))
        self._run(_COMMIT)

    def send(self, message: bytes, patience_s: float, quiet_s: float) -> Iterator[bytes]:
        """Hand the meter a message, let it go on, and yield what it says.

        patience_s: how long its first word is waited for, quiet_s: for the next.
        """
        self._put(message)
        self._start(_SEND.format(message=_MESSAGE))
        line = self._transport.serial
        line.timeout = _STEP_S
        heard = b""
        until_s = time.monotonic() + patience_s
        while time.monotonic() < until_s:
            heard += line.read(line.in_waiting or 1)
            *lines, heard = heard.split(b"\n")
            for said in lines:
                text = said.decode(errors="replace").strip()
                if text.startswith(_MESSAGE):
                    yield bytes.fromhex(text[len(_MESSAGE) :])
                    until_s = time.monotonic() + quiet_s
            if any(_END_OF_OUTPUT in said for said in (*lines, heard)):
                raise RemoteError(f"{self._port}: the meter has stopped")

    def proceed(self) -> None:
        """Let the meter go on if it does not yet."""
        if not self._is_running:
            self._start(_PROCEED)

    def _put(self, octets: bytes) -> None:
        """Have octets on the board, as `_octets`."""
        self._run(_BEGIN)
        for at in range(0, len(octets), _PIECE):
            self._run(_PIECEMEAL.format(digits=octets[at : at + _PIECE].hex()))

    def _run(self, script: str) -> str:
        return self._transport.exec(script).decode(errors="replace")

    def _start(self, script: str) -> None:
        self._transport.exec_raw_no_follow(script)
        self._is_running = True


@contextmanager
def stopped_meter(port: str) -> Iterator[MessagePort]:
    """Stop the meter on the board at a port for a moment; RemoteError if that can't be done."""
    Remote(port)
    try:
        transport = SerialTransport(port, timeout=_SILENT_S)
        try:
            transport.enter_raw_repl(soft_reset=False)
            meter = MessagePort(port, transport)
            try:
                meter.identify()
                yield meter
            finally:
                meter.proceed()
        finally:
            transport.close()
    except (TransportError, serial.SerialException) as fault:
        raise RemoteError(f"{port}: {fault}") from None
