"""The capture file as an independent reader sees it, and byte for byte."""

import shutil
import subprocess

import pytest

from host_tools.desk import phy
from host_tools.desk.capture import Capture, write_zigbee_keys

needs_tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")

ACK = bytes.fromhex("02000707c1")
BEACON_REQUEST = bytes.fromhex("03082affffffff07")
BEACON_REQUEST += phy.fcs(BEACON_REQUEST)

# Section header, interface (link type 195 = 0xc3) and one packet of five bytes, laid out by
# hand from the pcapng draft; 2000-01-01T00:00:00.000001Z is 946684800000001 us = 0x35d013b37e001.
GOLDEN = bytes.fromhex(
    "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000"
    "01000000 14000000 c300 0000 00000000 14000000"
    "06000000 28000000 00000000 015d0300 01e0373b 05000000 05000000 02000707c1 000000 28000000"
)


def tshark(path, *fields):
    argv = ["tshark", "-r", str(path), "-T", "fields", "-E", "separator=;"]
    for field in fields:
        argv += ["-e", field]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return [line.split(";") for line in done.stdout.splitlines()]


def test_golden_bytes(tmp_path):
    with Capture(tmp_path / "a.pcapng") as capture:
        capture.write(1, ACK)
    data = (tmp_path / "a.pcapng").read_bytes()
    assert data.hex() == GOLDEN.hex()


@needs_tshark
def test_tshark_reads_every_frame(tmp_path):
    at_us = 848_448_000_123_456  # 2026-11-20T00:00:00.123456Z
    capture = Capture(tmp_path / "a.pcapng")
    for number in range(50):
        capture.write(at_us + number * 1000, BEACON_REQUEST if number % 2 else ACK)
    capture.write(at_us + 60_000, ACK[:-1] + b"\0")
    capture.close()
    capture.close()
    rows = tshark(
        tmp_path / "a.pcapng",
        "frame.time_epoch",
        "frame.protocols",
        "wpan.fcs_ok",
        "wpan.frame_type",
        "_ws.malformed",
    )
    assert rows[0] == ["1795132800.123456000", "wpan", "1", "0x0002", ""]
    assert rows[1] == ["1795132800.124456000", "wpan", "1", "0x0003", ""]
    assert {tuple(row[1:]) for row in rows[:50]} == {tuple(rows[0][1:]), tuple(rows[1][1:])}
    assert len(rows) == 51
    assert rows[50][2] != "1"


def test_zigbee_keys(tmp_path):
    path = tmp_path / "zigbee_pc_keys"
    write_zigbee_keys(path, {"network": bytes(range(16)), "link of the IHD": b"ZigBeeAlliance09"})
    assert path.read_text() == (
        '"000102030405060708090A0B0C0D0E0F","Normal","network"\n'
        '"5A6967426565416C6C69616E63653039","Normal","link of the IHD"\n'
    )
    with pytest.raises(ValueError, match="of 15 bytes"):
        write_zigbee_keys(path, {"short": bytes(15)})
    with pytest.raises(ValueError, match="quoted"):
        write_zigbee_keys(path, {'a"b': bytes(16)})
