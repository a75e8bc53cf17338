"""The conductor's end of the lockstep link: one UDP socket on the loopback interface."""

import socket
import time
from collections.abc import Sequence

from host_tools.desk.process import NodeProcess
from host_tools.node import link

_POLL_S = 0.05


class NodeError(Exception):
    """A node is dead, silent or breaks the protocol; the message has its last output.

    summary: the fault in one line, with the file where all of the output is.
    """

    def __init__(self, peer: "Peer", what: str) -> None:
        self.name = peer.name
        self.exit_code = peer.process.exit_code()
        state = "still running" if self.exit_code is None else f"exit code {self.exit_code}"
        fault = f"node {peer.name!r} {what} ({state})"
        self.summary = f"{fault}; its output is in {peer.process.log_path}"
        tail = peer.process.log_tail() or "(nothing)"
        super().__init__(f"{fault}; its last output:\n{tail}")


class Peer:
    """A node as the wire knows it: name, process and, from its HELLO on, its address."""

    __slots__ = ("address", "name", "process")

    def __init__(self, name: str, process: NodeProcess) -> None:
        self.name = name
        self.process = process
        self.address: tuple[str, int] | None = None


class Wire:
    """Asks one node at a time and waits for its answer.

    A question is put again after retry_s, then after twice that and so on, `tries` times.
    """

    def __init__(self, retry_s: float, tries: int) -> None:
        self._retry_s = retry_s
        self._tries = tries
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._buffer = bytearray(link.MAX_DATAGRAM_BYTES)
        self._view = memoryview(self._buffer)

    def start(self, peers: Sequence[Peer], timeout_s: float) -> None:
        """Start the processes and wait for every HELLO. Raises NodeError."""
        for peer in peers:
            peer.process.start(self._socket.getsockname()[1])
        missing = {peer.name: peer for peer in peers}
        self._socket.settimeout(_POLL_S)
        end_s = time.monotonic() + timeout_s
        while missing:
            self._take_hello(missing)
            for peer in missing.values():
                if peer.process.exit_code() is not None:
                    raise NodeError(peer, "ended before its HELLO")
                if time.monotonic() > end_s:
                    raise NodeError(peer, f"sent no HELLO in {timeout_s} s")

    def ask(self, peer: Peer, seq: int, question: bytes) -> tuple:
        """Return the decoded DONE that answers question number seq. Raises NodeError."""
        wait_s = self._retry_s
        for _ in range(self._tries):
            self._socket.sendto(question, peer.address)
            done = self._answer(peer, seq, wait_s)
            if done:
                return done
            if peer.process.exit_code() is not None:
                raise NodeError(peer, "has ended")
            wait_s *= 2
        raise NodeError(peer, f"gave no answer, asked {self._tries} times")

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def _take_hello(self, missing: dict[str, Peer]) -> None:
        try:
            size, address = self._socket.recvfrom_into(self._buffer)
            message = link.decode(self._view[:size])
        except (TimeoutError, link.LinkError):
            return
        if message[0] == link.HELLO and message[1] in missing:
            missing.pop(message[1]).address = address

    def _answer(self, peer: Peer, seq: int, wait_s: float) -> tuple | None:
        """Return the DONE numbered seq, None after wait_s; late HELLOs and DONEs are dropped."""
        self._socket.settimeout(wait_s)
        while True:
            try:
                size = self._socket.recv_into(self._buffer)
            except TimeoutError:
                return None
            try:
                answer = link.decode(self._view[:size])
            except link.LinkError as error:
                raise NodeError(peer, f"broke the link's format: {error}") from error
            if answer[0] == link.DONE and answer[1] == seq:
                return answer
