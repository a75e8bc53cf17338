"""For any octets, in one piece or one by one: what speaks to a radio parses or discards them."""

import random

import pytest

from host_tools.desk.ether import Ether
from host_tools.desk.rcp import Rcp
from protometer.drivers.radio import hdlc, spinel
from tests.drivers.spinel_desk import CHANNEL, SpinelDesk
from tests.fuzz.test_decoders import CHUNKS, an_input, complain, seeds
from tests.samples import FUZZ_SAMPLES

MOST = 160
PSDU = bytes.fromhex("6188 07 621a 0200 0100 aa 0000")
VALUES = [
    spinel.with_value(spinel.PHY_ENABLED, True),
    spinel.with_value(spinel.PHY_CHAN, CHANNEL),
    spinel.with_value(spinel.MAC_15_4_LADDR, bytes(range(8))),
    spinel.with_value(spinel.MAC_SRC_MATCH_EXTENDED_ADDRESSES, [bytes(8)]),
    spinel.with_value(spinel.NCP_VERSION, "RCP"),
    spinel.to_transmit(PSDU, CHANNEL),
    b"\x71\x05\x00\x02\x00\x07\x12\x34\xc4\x80\x00\x00\x0a\x00\x14\xc8" + bytes(8) + b"\1\0\0",
    b"\x00\x72",
    b"\x00\x11\x00\x00",
]
FRAMES = [
    spinel.frame(tid, command, value)
    for tid, command in ((0, 6), (1, 6), (2, 3), (3, 2), (0, 1))
    for value in VALUES
]
STREAMS = [bytes(hdlc.encode(frame)) for frame in FRAMES] + [
    bytes(hdlc.encode(FRAMES[0]) + hdlc.encode(FRAMES[1])[1:])
]


def both_ways(stream):
    """A stream in one piece and octet by octet gives the same frames, each of a right check."""
    ways = []
    for pieces in ([stream], [stream[at : at + 1] for at in range(len(stream))]):
        frames = []
        decoder = hdlc.HdlcDecoder(frames.append, MOST)
        for piece in pieces:
            decoder.feed(piece, len(piece))
        ways.append((frames, decoder.discarded))
    assert ways[0] == ways[1]
    for frame in ways[0][0]:
        assert 0 < len(frame) <= MOST - 2
    # Nothing of it is left to spoil what comes after a flag.
    decoder.feed(b"\x7e" + STREAMS[0], 1 + len(STREAMS[0]))
    assert frames[-1] == FRAMES[0]


def spinel_values(octets):
    _, command, at = spinel.opened(octets)
    key, at = spinel.unpacked(octets, at)
    if key == spinel.STREAM_RAW:
        spinel.received(octets[at:])
    elif key == spinel.LAST_STATUS:
        spinel.status_of(octets[at:])
    elif key in spinel.KINDS:
        spinel.value_of(key, octets[at:])


def rcp_of_one_host(octets):
    """An RCP answers what it takes for a frame, and never raises."""
    ether = Ether()
    told = []
    rcp = Rcp(ether, ether.add_station("x"), told.append, lambda: 0)
    for frame in (*FRAMES[:3], octets):
        rcp.receive(hdlc.encode(frame))
    assert all(answer[0] == answer[-1] == hdlc.FLAG for answer in told)


RADIO = SpinelDesk(radios=1).run(200)


def radio(octets):
    """A radio takes what an RCP says, however wrong, and never raises."""
    RADIO.lines[0].hear(hdlc.encode(octets))
    RADIO.run(3)


DECODERS = {
    "hdlc": (STREAMS, both_ways, ()),
    "spinel": (FRAMES, spinel_values, spinel.SpinelError),
    "rcp": (FRAMES, rcp_of_one_host, ()),
    "radio": (FRAMES, radio, ()),
}


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("name", DECODERS)
def test_any_octets_give_a_result_or_the_declared_error(name, chunk):
    valid, decode, errors = DECODERS[name]
    for seed in seeds(FUZZ_SAMPLES, chunk):
        given = an_input(valid, random.Random(seed))
        try:
            decode(given)
        except errors:
            pass
        except Exception as fault:
            complain(name, seed, given, fault)


def test_radio_still_works_after_all_that():
    RADIO.run(6000)
    assert RADIO.radios[0].finding is None
