"""HDLC-lite and Spinel against aiospinel, an independent codec, and figures of the draft."""

import random

import pytest
from aiospinel.protocol import HDLCLiteFrame, SpinelFrame
from aiospinel.types import CommandID, HDLCSpecial, PackedUInt21, PropertyID, Status

from protometer.drivers.radio import hdlc, spinel
from tests.samples import HDLC_SAMPLES

MOST = 200
SPECIAL = bytes(HDLCSpecial)


def decoded(stream, piece=1 << 30, most=MOST):
    """Return (frames, frames discarded) of a stream that comes in pieces."""
    frames = []
    decoder = hdlc.HdlcDecoder(frames.append, most)
    for at in range(0, len(stream), piece):
        part = stream[at : at + piece]
        decoder.feed(part, len(part))
    return frames, decoder.discarded


def test_check_of_the_catalogue():
    # CRC-16/IBM-SDLC of the catalogue of parametrised CRC algorithms: check 0x906E.
    assert hdlc.encode(b"123456789") == b"\x7e123456789\x6e\x90\x7e"


@pytest.mark.parametrize("seed", range(HDLC_SAMPLES))
def test_both_codecs_write_and_read_the_same(seed):
    rng = random.Random(seed)
    size = rng.randrange(1, MOST - 1)
    # Half of them full of what must be escaped.
    pool = SPECIAL if seed % 2 else bytes(range(256))
    frame = bytes(rng.choice(pool) for _ in range(size))
    theirs = HDLCLiteFrame(frame).serialize()
    assert hdlc.encode(frame) == theirs
    assert HDLCLiteFrame.from_bytes(theirs).data == frame
    assert decoded(theirs) == decoded(theirs, 1) == ([frame], 0)


def test_streams():
    one, two = hdlc.encode(b"\x80one"), hdlc.encode(b"\x80two")
    cases = {
        "end to end": (one + two, [b"\x80one", b"\x80two"], 0),
        "one flag between": (one + two[1:], [b"\x80one", b"\x80two"], 0),
        "idle flags": (b"\x7e" * 5 + one + b"\x7e" * 5, [b"\x80one"], 0),
        "noise before": (b"noise" + one, [b"\x80one"], 1),
        "a bit turned": (one[:2] + bytes((one[2] ^ 1,)) + one[3:] + two, [b"\x80two"], 1),
        "an octet lost": (one[:2] + one[3:] + two, [b"\x80two"], 1),
        "aborted": (b"\x7e\x80on\x7d\x7e" + two, [b"\x80two"], 1),
        "check alone": (b"\x7e\x00\x00\x7e" + two, [b"\x80two"], 1),
        "an escape alone": (b"\x7e\x7d\x7e" + two, [b"\x80two"], 1),
        "too long": (hdlc.encode(bytes(MOST)) + two, [b"\x80two"], 1),
        "far too long": (hdlc.encode(bytes(10 * MOST)) + two, [b"\x80two"], 1),
        "as long as may be": (hdlc.encode(bytes(MOST - 2)), [bytes(MOST - 2)], 0),
    }
    for name, (stream, frames, discarded) in cases.items():
        for piece in (1, 3, len(stream)):
            assert decoded(stream, piece) == (frames, discarded), (name, piece)


@pytest.mark.parametrize("value", [0, 1, 127, 128, 1337, 16_383, 16_384, 0x1303, 2_097_151])
def test_packed_numbers(value):
    octets = spinel.packed(value)
    assert octets == PackedUInt21(value).serialize()
    assert spinel.unpacked(octets + b"\x05", 0) == (value, len(octets))
    for cut in range(len(octets)):
        with pytest.raises(spinel.SpinelError):
            spinel.unpacked(octets[:cut], 0)


def test_packed_numbers_out_of_range():
    for value in (-1, 1 << 21):
        with pytest.raises(spinel.SpinelError):
            spinel.packed(value)
    with pytest.raises(spinel.SpinelError, match="more than three"):
        spinel.unpacked(b"\x80\x80\x80\x00", 0)


def test_numbers_of_commands_properties_and_statuses():
    for name in ("RESET", "PROP_VALUE_GET", "PROP_VALUE_SET", "PROP_VALUE_IS"):
        assert getattr(spinel, name) == CommandID[name]
    named = [
        *("LAST_STATUS", "PROTOCOL_VERSION", "NCP_VERSION", "INTERFACE_TYPE"),
        *("PHY_ENABLED", "PHY_CHAN", "PHY_CCA_THRESHOLD", "PHY_TX_POWER", "PHY_RSSI"),
        *("PHY_RX_SENSITIVITY", "MAC_15_4_LADDR", "MAC_15_4_SADDR", "MAC_15_4_PANID"),
        *("MAC_RAW_STREAM_ENABLED", "MAC_PROMISCUOUS_MODE", "STREAM_RAW"),
    ]
    for name in named:
        assert getattr(spinel, name) == PropertyID[name], name
    statuses = [
        *("OK", "FAILURE", "INVALID_ARGUMENT", "INVALID_STATE", "INVALID_COMMAND", "BUSY"),
        *("PARSE_ERROR", "PROP_NOT_FOUND", "NO_ACK", "CCA_FAILURE", "RESET_SOFTWARE"),
    ]
    for name in statuses:
        assert getattr(spinel, name) == Status[name], name


def test_frames():
    octets = spinel.frame(9, spinel.PROP_VALUE_GET, spinel.packed(spinel.MAC_SRC_MATCH_ENABLED))
    theirs = SpinelFrame.from_bytes(octets)
    assert (theirs.header.transaction_id, theirs.header.network_link_id) == (9, 0)
    assert theirs.command_id == CommandID.PROP_VALUE_GET
    assert PackedUInt21.deserialize(theirs.data) == (0x1303, b"")
    assert theirs.serialize() == octets
    assert spinel.opened(octets) == (9, spinel.PROP_VALUE_GET, 2)
    for octets in (b"", b"\x00\x02", b"\x40\x02", b"\xc0\x02", b"\x80"):
        with pytest.raises(spinel.SpinelError):
            spinel.opened(octets)


# (property, value, its octets): encodings of the draft, section 3, by hand.
VALUES = [
    (spinel.PROTOCOL_VERSION, (4, 3), "0403"),
    (spinel.RCP_API_VERSION, (300,), "ac02"),
    (spinel.NCP_VERSION, "RCP/1", "5243502f3100"),
    (spinel.PHY_ENABLED, True, "01"),
    (spinel.PHY_CHAN, 20, "14"),
    (spinel.PHY_TX_POWER, -5, "fb"),
    (spinel.PHY_RSSI, 127, "7f"),
    (spinel.MAC_15_4_LADDR, bytes(range(8)), "0706050403020100"),
    (spinel.MAC_15_4_PANID, 0x1A62, "621a"),
    (spinel.MAC_SRC_MATCH_SHORT_ADDRESSES, [b"\x01\x00", b"\x02\x80"], "01000280"),
    (spinel.MAC_SRC_MATCH_SHORT_ADDRESSES, [], ""),
    (spinel.MAC_SRC_MATCH_EXTENDED_ADDRESSES, [bytes(range(8))], "0706050403020100"),
]


@pytest.mark.parametrize(("key", "value", "octets"), VALUES)
def test_values_of_properties(key, value, octets):
    octets = bytes.fromhex(octets)
    assert spinel.with_value(key, value) == spinel.packed(key) + octets
    assert spinel.value_of(key, octets) == value


@pytest.mark.parametrize(
    ("key", "octets"),
    [
        (spinel.PHY_ENABLED, ""),
        (spinel.PHY_ENABLED, "02"),
        (spinel.PHY_CHAN, ""),
        (spinel.MAC_15_4_PANID, "62"),
        (spinel.MAC_15_4_LADDR, "00000000000000"),
        (spinel.NCP_VERSION, ""),
        (spinel.NCP_VERSION, "52"),
        (spinel.NCP_VERSION, "ff00"),
        (spinel.PROTOCOL_VERSION, "80"),
        (spinel.MAC_SRC_MATCH_SHORT_ADDRESSES, "010002"),
    ],
)
def test_values_cut_or_wrong(key, octets):
    with pytest.raises(spinel.SpinelError):
        spinel.value_of(key, bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("key", "value"), [(spinel.PHY_CHAN, 256), (spinel.PHY_CHAN, -1), (spinel.PHY_RSSI, 128)]
)
def test_values_out_of_range(key, value):
    with pytest.raises(spinel.SpinelError):
        spinel.with_value(key, value)


def test_received_frames():
    # By hand after the RCP's format: length, PSDU, RSSI -60, noise, flags, PHY, vendor.
    octets = bytes.fromhex("0500 0200071234 c4 80 0000 0a00 14 c8 0102030405060708 0100 00")
    assert spinel.received(octets) == (bytes.fromhex("0200071234"), -60, 200)
    assert spinel.received(octets[:11]) == (bytes.fromhex("0200071234"), -60, 0)
    for size in (*range(11), 12, 14):
        with pytest.raises(spinel.SpinelError):
            spinel.received(octets[:size])
    with pytest.raises(spinel.SpinelError, match="128"):
        spinel.received(b"\x80\x00" + bytes(200))


def test_frame_to_transmit():
    # PSDU with its length, then channel, back-offs, retries, CSMA-CA and what has no effect here.
    octets = spinel.to_transmit(b"\x02\x00\x07\x00\x00", 20)
    assert octets.hex() == "710500020007000014040001000000" + "00" * 8 + "14"


def test_status_tells_of_pending_data():
    assert spinel.status_of(b"\x00") == (0, False)
    assert spinel.status_of(b"\x00\x01\x00rest") == (0, True)
    assert spinel.status_of(b"\x11\x00\x00") == (spinel.NO_ACK, False)
