"""Acknowledged and fragmented payloads between two stacks, on an air that loses what it likes."""

import random
from pathlib import Path

import pytest

from protometer.han import aps_delivery, aps_frame, aps_reassembly, zcl
from protometer.han.aps_frame import LINK_KEY as BY_LINK_KEY
from protometer.han.aps_frame import ApsFrame, data_header, wanting_ack
from protometer.han.aps_reassembly import Reassembly
from protometer.han.frame_error import FrameError
from protometer.kernel.ticks import PERIOD_MS, ticks_add
from tests.han.joined_stand import DISPLAY, EUI, METER, Ether, three
from tests.on_runtimes import printed
from tests.samples import FRAGMENT_LOSSES

METERING, BASIC = 0x0702, 0x0000
# Longer than one frame holds, sealed (63 octets a block) or not (80).
LONG = bytes(range(256)) + bytes(44)


class Pair:
    """A meter that has something to tell a display, next to it; what arrives and what became."""

    def __init__(self, cluster=METERING, sealed=True):
        self.cluster, self.arrived, self.outcomes, self.fate = cluster, [], [], {}
        hub, self.meter, self.display = three()
        for node, other in ((self.meter, DISPLAY), (self.display, METER)):
            if sealed:
                node.trust(other)
            else:
                node.stack._wants_link_key = lambda cluster: False
        self.ether = Ether(hub, self.meter, self.display)
        self.display.stack.handlers[(cluster, 0, True)] = self._arrived
        # Routes are known before anything is lost.
        self.meter.stack.command(DISPLAY, BASIC, 0, b"", True, wants_ack=False)
        self.ether.run(50)
        self.began = len(self.ether.heard)
        self.ether.fate = lambda number, psdu: self.fate.get(number - self.began, 1)

    def _arrived(self, source, sequence, payload, now_s):
        self.arrived.append(bytes(payload))

    def tell(self, payload, ms=300):
        outcomes = self.outcomes
        self.meter.stack.command(
            DISPLAY, self.cluster, 0, payload, True, on_outcome=outcomes.append
        )
        self.ether.run(ms)

    def frames(self):
        return len(self.ether.heard) - self.began


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize(("payload", "frames"), [(b"pay", (2, 2)), (LONG, (10, 8))])
def test_each_frame_lost_in_turn_is_made_up_for(sealed, payload, frames):
    whole = Pair(sealed=sealed)
    whole.tell(payload)
    assert whole.frames() == frames[not sealed]
    assert (whole.arrived, whole.outcomes) == ([payload], [True])
    for lost in range(whole.frames()):
        pair = Pair(sealed=sealed)
        pair.fate[lost] = 0
        pair.tell(payload, 2_000)
        assert (pair.arrived, pair.outcomes) == ([payload], [True]), lost
        # The frame, or its acknowledgement and the frame it was of.
        assert pair.frames() == whole.frames() + 1 + lost % 2
        assert pair.meter.stack.aps.deliveries.retried == 1
        # A repetition of a fragment is told by its transaction, of a frame by the memory.
        assert pair.display.stack.aps.copies == (lost if payload == b"pay" else 0)


def test_one_that_never_arrives_is_tried_four_times_in_all():
    pair = Pair()
    pair.fate.update(dict.fromkeys(range(10), 0))
    pair.tell(b"pay", 6_300)
    assert (pair.frames(), pair.outcomes) == (4, [])
    pair.ether.run(200)
    assert (pair.frames(), pair.outcomes, pair.arrived) == (4, [False], [])
    deliveries = pair.meter.stack.aps.deliveries
    assert (len(deliveries), deliveries.retried, deliveries.lost) == (0, 3, 1)


@pytest.mark.parametrize("window", [1, 3, 8])
@pytest.mark.parametrize("chunk", range(4))
def test_random_losses_and_repetitions(window, chunk, monkeypatch):
    monkeypatch.setattr(aps_delivery, "WINDOW", window)
    monkeypatch.setattr(aps_reassembly, "WINDOW", window)
    for seed in range(chunk, FRAGMENT_LOSSES, 4):
        rng = random.Random(f"{window} {seed}")
        payload = rng.randbytes(rng.choice((63 * 3 - 5, 500, 1_497)))
        pair = Pair()
        for number in range(150):
            pair.fate[number] = rng.choices((0, 1, 2), (1, 12, 2))[0]
        pair.tell(payload, 90_000)
        assert len(pair.outcomes) == 1
        # What was acknowledged has arrived, once; what was given up may have.
        assert pair.arrived == [payload] if pair.outcomes[0] else pair.arrived in ([], [payload])


def test_the_longest_and_what_is_longer():
    pair = Pair()
    pair.tell(bytes(8_504), 6_000)
    assert pair.arrived == [bytes(8_504)]
    with pytest.raises(FrameError, match="8508 octets is too long"):
        pair.tell(bytes(8_505))
    with pytest.raises(FrameError, match="too long for everybody"):
        pair.meter.stack.aps.send(0xFFFD, (1, 1), 0x0109, BASIC, bytes(90))


def test_no_more_than_so_many_are_under_way():
    pair = Pair()
    pair.fate.update(dict.fromkeys(range(60), 0))
    for _ in range(10):
        pair.tell(b"pay", 10)
    assert (len(pair.meter.stack.aps.deliveries), pair.outcomes) == (8, [False, False])
    long = Pair()
    long.fate.update(dict.fromkeys(range(60), 0))
    for _ in range(3):
        long.tell(LONG, 10)
    assert (len(long.meter.stack.aps.deliveries), long.outcomes) == (2, [False])


def test_an_acknowledgement_without_the_link_key_is_none():
    """Another device of the network answers in the display's name."""
    pair = Pair()
    pair.fate.update(dict.fromkeys(range(20), 0))
    pair.tell(b"pay", 50)
    (delivery,) = pair.meter.stack.aps.deliveries._under_way
    frame = ApsFrame(delivery.frame(0)[0])
    frame.sealed_with = None
    pair.fate.clear()
    pair.display.stack._to_nwk(METER, frame.ack(), b"", None)
    pair.ether.run(50)
    assert (pair.outcomes, pair.meter.stack.aps.unasked) == ([], 1)
    # And one that is sealed, but of another frame.
    octets = bytearray(frame.ack())
    octets[0], octets[7] = octets[0] | 0x20, octets[7] ^ 1
    pair.display.stack._to_nwk(METER, octets, b"", EUI[METER])
    pair.ether.run(50)
    assert (pair.outcomes, pair.meter.stack.aps.unasked) == ([], 2)
    pair.ether.run(2_000)
    assert pair.outcomes == [True]


def test_a_copy_is_forgotten_after_a_time():
    pair = Pair()
    aps = pair.meter.stack.aps
    for pause_ms, told in ((100, 1), (8_000, 1), (100, 2)):
        aps._counter = 7
        pair.tell(b"pay", pause_ms)
        assert len(pair.arrived) == told
    assert pair.display.stack.aps.copies == 1
    assert pair.outcomes == [True] * 3


def test_a_copy_stays_forgotten_when_the_ticks_have_come_half_round():
    pair = Pair()
    aps = pair.meter.stack.aps
    aps._counter = 7
    pair.tell(b"pay", 61_000)
    theirs = pair.display.stack.aps
    theirs.rest()
    theirs._now_ms = ticks_add(theirs._now_ms, PERIOD_MS // 2 + 1)
    counter = ApsFrame(bytes(data_header((1, 1), 0x0109, METERING, 8)))
    counter.wants_ack, counter.sealer = True, EUI[METER]
    assert not theirs._is_copy(METER, counter)


# The receiving end by itself.


def fragment(block, payload=b"octets", blocks=None, counter=1, sealer=None, cluster=METERING):
    kind = (aps_frame.FIRST, blocks) if blocks is not None else (aps_frame.OTHER, block)
    header = data_header((1, 1), 0x0109, cluster, counter)
    frame = ApsFrame(bytes(wanting_ack(header, kind)) + payload)
    if sealer:
        frame.sealed_with, frame.sealer = BY_LINK_KEY, sealer
    return frame


def test_fragments_are_joined_only_with_their_own():
    reassembly = Reassembly()
    assert reassembly.take(METER, fragment(0, b"a", 2)) == (None, (0, 0xFF))
    strangers = (
        (DISPLAY, fragment(1)),
        (METER, fragment(1, counter=2)),
        (METER, fragment(1, cluster=BASIC)),
        (METER, fragment(1, sealer=EUI[METER])),
    )
    for source, stranger in strangers:
        with pytest.raises(FrameError, match="of nothing that began"):
            reassembly.take(source, stranger)
    assert reassembly.take(METER, fragment(1, b"b")) == (b"ab", (1, 0xFF))
    # What comes once more is acknowledged once more, and given once.
    for block, blocks in ((0, 2), (1, None)):
        assert reassembly.take(METER, fragment(block, blocks=blocks)) == (None, (block, 0xFF))


WRONG = [
    (fragment(0, b"", 2), "empty"),
    (fragment(0, blocks=0), "an empty fragment"),
    (fragment(0), "an empty fragment"),
    (fragment(0, blocks=3), "other number of blocks"),
    (fragment(2), "outside the window"),
    (fragment(200), "outside the window"),
]


@pytest.mark.parametrize(("frame", "why"), WRONG)
def test_wrong_fragments_are_refused_and_spoil_nothing(frame, why):
    reassembly = Reassembly()
    reassembly.take(METER, fragment(0, b"a", 2))
    with pytest.raises(FrameError, match=why):
        reassembly.take(METER, frame)
    assert reassembly.take(METER, fragment(1, b"b")) == (b"ab", (1, 0xFF))


def test_what_grows_beyond_the_longest_is_dropped_at_once():
    reassembly = Reassembly()
    reassembly.take(METER, fragment(0, bytes(80), 255))
    for block in range(1, 106):
        reassembly.take(METER, fragment(block, bytes(80)))
    with pytest.raises(FrameError, match="more than 8507"):
        reassembly.take(METER, fragment(106, bytes(28)))
    assert reassembly._transactions == []


def test_two_come_at_a_time_and_who_falls_silent_makes_room():
    reassembly = Reassembly()
    for counter in (1, 2):
        reassembly.take(METER, fragment(0, b"a", 2, counter))
    with pytest.raises(FrameError, match="too much"):
        reassembly.take(METER, fragment(0, b"a", 2, 3))
    # One that is complete is no hindrance.
    reassembly.take(METER, fragment(1, counter=1))
    reassembly.take(METER, fragment(0, b"a", 2, 3))
    reassembly.now_ms = 8_001
    for counter in (4, 5):
        reassembly.take(METER, fragment(0, b"a", 2, counter))
    with pytest.raises(FrameError, match="of nothing that began"):
        reassembly.take(METER, fragment(1, counter=2))


def test_a_window_of_three_out_of_order_and_with_a_gap(monkeypatch):
    monkeypatch.setattr(aps_reassembly, "WINDOW", 3)
    reassembly = Reassembly()
    take = reassembly.take
    assert take(METER, fragment(1, b"b")) == (None, None)
    assert take(METER, fragment(2, b"c")) == (None, (0, 0xFE))
    assert take(METER, fragment(0, b"a", 5)) == (None, (0, 0xFF))
    assert take(METER, fragment(4, b"e")) == (None, (3, 0xFE))
    assert take(METER, fragment(3, b"d")) == (b"abcde", (3, 0xFF))


# Bits of an extended header that mean nothing where they are.
ODD = [
    bytes.fromhex("8002020709010101"),  # no extended header at all
    bytes.fromhex("800202070901010103"),  # a reserved kind of fragment
    bytes.fromhex("800202070901010101"),  # no number
    bytes.fromhex("82020207090101010100"),  # no bits of an acknowledgement
    bytes.fromhex("8109010003"),  # a command
    bytes.fromhex("920901000000"),  # the acknowledgement of one
]


@pytest.mark.parametrize("octets", ODD)
def test_odd_extended_headers(octets):
    with pytest.raises(FrameError, match="extended header"):
        ApsFrame(octets)


def test_an_extended_header_of_no_fragment_and_those_of_fragments():
    whole = ApsFrame(bytes.fromhex("c002020709010107") + b"\x00zcl")
    assert (whole.fragment, whole.payload, whole.counter) == (0, b"zcl", 7)
    first = fragment(0, b"abc", 5)
    assert (first.fragment, first.block, first.payload) == (aps_frame.FIRST, 5, b"abc")
    ack = ApsFrame(first.ack((0, 0xFE)))
    assert (ack.kind, ack.fragment, ack.block, ack.ack_bits) == (aps_frame.ACK, 1, 0, 0xFE)
    assert ack.payload == b""


def test_a_read_answer_of_many_attributes_is_answered_in_fragments_to_the_hub():
    hub, meter, display = three()
    hub.trust(METER)
    ether = Ether(hub, meter, display)
    told = []
    inner = hub.stack._from_cluster

    def tap(source, cluster, octets, sealed_with):
        told.append((sealed_with, zcl.decode(octets)[3]))
        inner(source, cluster, octets, sealed_with)

    hub.stack._from_cluster = tap
    hub.stack.read(METER, METERING, (0x0000, 0x0100, 0x0102, 0x0104) * 6)
    ether.run(500)
    ((sealed_with, payload),) = told
    assert sealed_with == BY_LINK_KEY
    assert len(zcl.decode_values(zcl.READ_ATTRIBUTES_RESPONSE, payload)) == 24


def test_on_micropython_it_is_the_same():
    script = Path(__file__).with_name("fragment_workload.py")
    lines = printed("cpython", script)
    assert [line.split()[1] for line in lines[::2]] == ["[True]"] * 5
    assert printed("unix", script) == lines
