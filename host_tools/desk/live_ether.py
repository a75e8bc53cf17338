"""The ether in real time: its events at the wall clock's pace, and RCPs that live on it."""

import asyncio
import os
import pty
import time
import tty
from collections.abc import Callable
from contextlib import suppress

from host_tools.desk.capture import UNIX_EPOCH_US
from host_tools.desk.ether import NEVER_US, Ether
from host_tools.desk.rcp import Rcp

_READ_BYTES = 4096


class LiveEther:
    """Runs an ether in the running asyncio loop; attach() adds an RCP.

    Its time is UTC as at the start, in microseconds since 2000, and goes on steadily.
    """

    def __init__(self, ether: Ether) -> None:
        self._ether = ether
        self._ahead_us = time.time_ns() // 1000 - UNIX_EPOCH_US - time.monotonic_ns() // 1000
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._rcps: dict[int, Rcp] = {}
        ether.deliver = self._deliver

    def now_us(self) -> int:
        """Return the ether's time."""
        return time.monotonic_ns() // 1000 + self._ahead_us

    def attach(self, name: str, write: Callable[[bytes], None]) -> "Attached":
        """Return a new RCP whose words go to write(octets)."""
        self.settle()
        index = self._ether.add_station(name)
        rcp = self._rcps[index] = Rcp(self._ether, index, write, self.now_us)
        return Attached(self, rcp, index)

    def detach(self, index: int) -> None:
        """Have an RCP fall silent."""
        self._rcps.pop(index).close()

    def settle(self) -> None:
        """Let all that is due happen, and come back when more is."""
        while self._ether.next_us <= self.now_us():
            self._ether.step()
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._ether.next_us < NEVER_US:
            wait_s = max(0, self._ether.next_us - self.now_us()) / 1e6
            self._timer = self._loop.call_later(wait_s, self.settle)

    def _deliver(self, index: int, at_us: int, kind: int, payload: bytes) -> None:
        # Not from within the ether's step: what an RCP does with it changes the ether.
        item = (self._hand_over, index, at_us, kind, payload)
        wait_us = at_us - self.now_us()
        if wait_us > 0:
            self._loop.call_later(wait_us / 1e6, *item)
        else:
            self._loop.call_soon(*item)

    def _hand_over(self, index: int, at_us: int, kind: int, payload: bytes) -> None:
        rcp = self._rcps.get(index)
        if rcp:
            rcp.deliver(at_us, kind, payload)
            self.settle()


class Attached:
    """An RCP on a live ether, for its transport."""

    def __init__(self, live: LiveEther, rcp: Rcp, index: int) -> None:
        self.rcp = rcp
        self._live = live
        self._index = index

    def receive(self, octets: bytes) -> None:
        """Hand in what the host wrote."""
        self._live.settle()
        self.rcp.receive(octets)
        self._live.settle()

    def detach(self) -> None:
        """End it."""
        self._live.detach(self._index)


async def serve_tcp(live: LiveEther, port: int) -> asyncio.Server:
    """Return a server on the loopback interface; each connection is an RCP of its own."""

    async def host(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = "host {}:{}".format(*writer.get_extra_info("peername"))
        attached = live.attach(name, writer.write)
        try:
            while octets := await reader.read(_READ_BYTES):
                attached.receive(octets)
        except ConnectionError:
            pass
        finally:
            attached.detach()
            writer.close()

    return await asyncio.start_server(host, "127.0.0.1", port)


def serve_pty(live: LiveEther) -> str:
    """Return the path of a terminal that is the serial port of one RCP."""
    ours, theirs = pty.openpty()
    for end in (ours, theirs):
        tty.setraw(end)
    os.set_blocking(ours, False)
    path = os.ttyname(theirs)
    # Their end stays open here, so that a host may come and go.
    attached = live.attach(path, lambda octets: _write_or_lose(ours, octets))
    loop = asyncio.get_running_loop()
    loop.add_reader(ours, lambda: attached.receive(os.read(ours, _READ_BYTES)))
    return path


def _write_or_lose(file: int, octets: bytes) -> None:
    """Write to a serial line: what nobody takes is lost there too."""
    with suppress(BlockingIOError):
        os.write(file, octets)
