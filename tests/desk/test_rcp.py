"""The simulated RCP in real time: an independent host, our driver, a sniffer, whole devices."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from aiospinel.protocol import SpinelProtocol
from aiospinel.types import CommandID, PropertyID, Status

from host_tools.desk import phy
from host_tools.desk.devices import ROOT, micropython
from host_tools.desk.ether import Ether
from host_tools.desk.live_ether import LiveEther, serve_pty, serve_tcp
from host_tools.desk.rcp import VERSION
from host_tools.desk.sniffer import Sniffer, SnifferError
from protometer.drivers.radio import hdlc, spinel

CHANNEL = 20
EUI64 = bytes.fromhex("00db1234567890a0")  # as printed, and as Spinel has it
DATA = bytes.fromhex("6188 07 621a 0200 0100 aabbcc")
WORKLOAD = ROOT / "tests/drivers/spinel_workload.py"
PROTOMETER = Path(sys.executable).with_name("protometer")


class Desk:
    """A live ether with its TCP server in a thread: `port`, and `terminal`, the path of a pty."""

    def __enter__(self):
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _serve(self):
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self.ether = Ether(1)
        live = LiveEther(self.ether)
        server = await serve_tcp(live, 0)
        self.port = server.sockets[0].getsockname()[1]
        self.terminal = serve_pty(live)
        self._ready.set()
        await self._end.wait()
        server.close()


@pytest.fixture
def desk():
    with Desk() as live:
        yield live


class Host:
    """aiospinel on a connection of its own."""

    @classmethod
    async def connect(cls, port):
        host = cls()
        loop = asyncio.get_running_loop()
        _, host.protocol = await loop.create_connection(SpinelProtocol, "127.0.0.1", port)
        host.frames = []
        host.protocol.add_property_listener(PropertyID.STREAM_RAW, host.frames.append)
        return host

    async def get(self, key):
        frame = await self.protocol.send_command(CommandID.PROP_VALUE_GET, spinel.packed(key))
        return frame.data

    async def set(self, key, octets):
        frame = await self.protocol.send_command(
            CommandID.PROP_VALUE_SET, spinel.packed(key) + octets
        )
        return frame.data

    async def join(self, short):
        """Set up as a host of an OpenThread RCP does."""
        for key, octets in (
            (PropertyID.PHY_ENABLED, b"\x01"),
            (PropertyID.PHY_CHAN, bytes((CHANNEL,))),
            (PropertyID.MAC_15_4_LADDR, EUI64[:-1] + bytes((short,))),
            (PropertyID.MAC_15_4_SADDR, bytes((short, 0))),
            (PropertyID.MAC_15_4_PANID, b"\x62\x1a"),
            (PropertyID.MAC_RAW_STREAM_ENABLED, b"\x01"),
        ):
            assert await self.set(key, octets) == spinel.packed(key) + octets
        return self

    async def transmit(self, frame):
        size = len(frame) + 2
        octets = bytes((size, 0)) + frame + b"\0\0" + bytes((CHANNEL, 4, 0, 1, 0, 0, 0))
        return await self.set(PropertyID.STREAM_RAW, octets + bytes(8) + bytes((CHANNEL,)))


def last_status(status, *rest):
    return b"\x00" + spinel.packed(int(status)) + bytes(rest)


def test_an_independent_host_lives_on_it(desk):
    async def live():
        one, two = [await Host.connect(desk.port) for _ in range(2)]
        assert await one.get(PropertyID.PROTOCOL_VERSION) == b"\x01\x04\x03"
        assert await one.get(PropertyID.NCP_VERSION) == b"\x02" + VERSION.encode() + b"\0"
        await one.join(1)
        await two.join(2)
        # Acknowledged; to nobody; a broadcast.
        assert await one.transmit(DATA) == last_status(Status.OK, 0, 0)
        other = DATA[:5] + b"\x09" + DATA[6:]
        assert await one.transmit(other) == last_status(Status.NO_ACK, 0, 0)
        to_all = b"\x41" + DATA[1:5] + b"\xff\xff" + DATA[7:]
        assert await one.transmit(to_all) == last_status(Status.OK, 0, 0)
        await asyncio.sleep(0.05)
        assert [spinel.received(frame)[0] for frame in two.frames] == [
            frame + phy.fcs(frame) for frame in (DATA, to_all)
        ]
        assert one.frames == []
        # Without source matching it says of every Data Request that data waits.
        request = bytes.fromhex("6388 08 621a 0200 0100 04")
        assert await one.transmit(request) == last_status(Status.OK, 1, 0)
        assert await two.set(spinel.MAC_SRC_MATCH_ENABLED, b"\x01")
        assert await one.transmit(request) == last_status(Status.OK, 0, 0)

    asyncio.run(live())


def test_what_it_does_not_know_is_refused_by_its_name(desk):
    async def live():
        host = await Host.connect(desk.port)
        assert await host.get(PropertyID.CAPS) == last_status(Status.PROP_NOT_FOUND)
        assert await host.set(PropertyID.NCP_VERSION, b"x\0") == last_status(Status.PROP_NOT_FOUND)
        assert await host.set(PropertyID.PHY_CHAN, b"\x1b") == last_status(Status.INVALID_ARGUMENT)
        assert await host.set(PropertyID.PHY_ENABLED, b"\x07") == last_status(Status.PARSE_ERROR)
        assert await host.transmit(DATA) == last_status(Status.INVALID_STATE)
        answer = await host.protocol.send_command(CommandID.PEEK, b"")
        assert answer.data == last_status(Status.INVALID_COMMAND)
        await host.join(1)
        assert await host.transmit(b"\x41") == last_status(Status.INVALID_ARGUMENT)
        host.protocol.send_data(hdlc.encode(spinel.frame(0, spinel.RESET, b"\x02")))
        wait = host.protocol.wait_for_property(
            PropertyID.LAST_STATUS, Status.RESET_SOFTWARE.serialize()
        )
        await asyncio.wait_for(wait, 2)
        assert await host.get(PropertyID.PHY_ENABLED) == b"\x20\x00"

    asyncio.run(live())


def test_host_that_leaves_is_heard_no_more(desk):
    async def live():
        one, two = [await Host.connect(desk.port) for _ in range(2)]
        await one.join(1)
        await two.join(2)
        await two.protocol.disconnect()
        await asyncio.sleep(0.05)
        assert await one.transmit(DATA) == last_status(Status.NO_ACK, 0, 0)

    asyncio.run(live())


@pytest.mark.parametrize("runtime", ["cpython", "unix"])
def test_two_macs_over_tcp(desk, runtime):
    if runtime == "unix" and not micropython():
        pytest.skip("MicroPython has no wheel for this machine")
    path = f"{ROOT}:{ROOT / 'firmware'}"
    shim = ROOT / "host_tools/shim/cpython"
    done = subprocess.run(
        [sys.executable if runtime == "cpython" else micropython(), WORKLOAD, str(desk.port)],
        cwd=ROOT,
        env={**os.environ, "MICROPYPATH": path, "PYTHONPATH": f"{path}:{shim}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    expected = []
    for source in (2, 1):
        expected += [
            str([(source, number) for number in range(12)]),
            "sent 12 lost 0 received 12",
            "None 0 0 0",
        ]
    assert done.stdout.splitlines() == expected


def test_sniffer_hears_frames_and_acknowledgements(desk):
    sniffer = Sniffer("127.0.0.1", desk.port, CHANNEL)

    async def live():
        one, two = [await Host.connect(desk.port) for _ in range(2)]
        await one.join(1)
        await two.join(2)
        await one.transmit(DATA)

    asyncio.run(live())
    heard = sniffer.frames()
    (first_us, first), (second_us, second) = next(heard), next(heard)
    assert (first, second) == (DATA + phy.fcs(DATA), phy.acknowledgement(7))
    # To the microsecond: the acknowledgement begins a turnaround after the frame's end.
    assert second_us - first_us == phy.air_time_us(first) + phy.TURNAROUND_US
    now_us = time.time() * 1e6 - 946_684_800_000_000
    assert abs(first_us - now_us) < 5e6
    sniffer.close()


def test_sniffer_without_an_rcp(desk):
    with pytest.raises(SnifferError, match="no RCP at"):
        Sniffer("127.0.0.1", 1, CHANNEL)


def test_rcp_on_a_terminal(desk):
    line = os.open(desk.terminal, os.O_RDWR | os.O_NOCTTY)
    os.write(line, hdlc.encode(spinel.frame(5, spinel.PROP_VALUE_GET, b"\x01")))
    expected = hdlc.encode(spinel.frame(5, spinel.PROP_VALUE_IS, b"\x01\x04\x03"))
    answer = b""
    while len(answer) < len(expected):
        answer += os.read(line, 100)
    os.close(line)
    assert answer == expected


def start(*words, **options):
    return subprocess.Popen(
        [PROTOMETER, *map(str, words)], stdout=subprocess.PIPE, text=True, **options
    )


def wait_for(process, text):
    """Return the line of a process's output that has a text in it."""
    for line in process.stdout:
        if text in line:
            return line
    pytest.fail(f"it ended without {text!r}")


@pytest.mark.skipif(not PROTOMETER.exists(), reason="the command is not installed")
def test_devices_in_real_time_by_command(tmp_path):
    rcp = start("rcp", "--port", 0, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    processes = [rcp]
    try:
        port = wait_for(rcp, "RCP on 127.0.0.1").rsplit(":", 1)[1].strip()
        capture = tmp_path / "air.pcapng"
        processes.append(start("sniff", "--port", port, "--out", capture, stderr=subprocess.PIPE))
        assert "listening" in processes[1].stderr.readline()
        radio = f"127.0.0.1:{port}"
        meter, display = [
            start("node", role, "--radio", radio, "--folder", tmp_path / "nodes")
            for role in ("ESME", "IHD")
        ]
        processes += [meter, display]
        for device in (meter, display):
            wait_for(device, "radio: ready")
        while "received 0" in (line := wait_for(display, "received")):
            pass
        assert int(line.split("received ")[1].split(",")[0]) > 0
        processes[1].send_signal(signal.SIGINT)
        processes[1].wait(5)
        if shutil.which("tshark"):
            done = subprocess.run(
                ["tshark", "-r", capture, "-Y", "zbee_nwk && wpan.fcs_ok == 1"],
                capture_output=True,
                text=True,
            )
            assert "0x0001 → 0x0002" in done.stdout
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGINT)
            process.wait(30)
