"""An independent Zigbee stack as coordinator on our RCP; opt in, as interop/coordinator.mjs says.

PROTOMETER_PEER=/tmp/peer pytest tests/desk/test_coordinator.py
"""

import asyncio
import json
import os
import subprocess

import pytest

from host_tools.desk import phy
from host_tools.desk.devices import ROOT
from protometer.drivers.radio import spinel
from tests.desk.test_rcp import Desk, Host

PEER = os.environ.get("PROTOMETER_PEER")
CHANNEL = 20
BEACON_REQUEST = bytes.fromhex("0308 2a ffff ffff 07")
PAN = b"\x73\x2b"


def coordinator(port):
    return subprocess.Popen(
        ["node", ROOT / "host_tools/interop/coordinator.mjs", f"127.0.0.1:{port}", PEER, "20"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(not PEER, reason="no PROTOMETER_PEER: the independent stack is not installed")
def test_it_forms_a_network_and_answers_a_beacon_request():
    async def ask(port):
        host = await (await Host.connect(port)).join(1)
        # No PAN yet: beacons of any are heard.
        await host.set(spinel.MAC_15_4_PANID, b"\xff\xff")
        assert await host.transmit(BEACON_REQUEST) == b"\x00\x00\x00\x00"
        await asyncio.sleep(0.3)
        return [spinel.received(frame)[0] for frame in host.frames]

    with Desk() as desk:
        peer = coordinator(desk.port)
        try:
            events = (json.loads(line) for line in peer.stdout)
            formed = next(event for event in events if event["event"] == "formed")
            assert formed["channel"] == CHANNEL
            beacons = asyncio.run(ask(desk.port))
            assert [beacon[3:7] for beacon in beacons] == [PAN + b"\0\0"]
            # A PAN coordinator that permits association: bits 14 and 15 of the superframe.
            assert beacons[0][8] & 0xC0 == 0xC0
            assert phy.fcs_is_good(beacons[0])
            peer.stdin.write('{"stop": true}\n')
            peer.stdin.flush()
            assert peer.wait(5) == 0
        finally:
            peer.kill()
            peer.wait()
            peer.stdin.close()
            peer.stdout.close()
