"""The lockstep datagrams: golden bytes, round trips, and no surprise from any bytes."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from host_tools.node import link
from host_tools.node.ether_radio import CHANNEL_BUSY, NO_ACK, SENT, EtherRadio
from tests.samples import LINK_SAMPLES

ACK_PSDU = bytes.fromhex("02000707c1")

# (datagram, decoded), laid out by hand from the description at the head of link.py.
GOLDEN = [
    ("48 6d65746572", (link.HELLO, "meter")),
    ("53 78563412", (link.STOP, 0x12345678)),
    (
        "47 01000000 0008af2f 0a00 0108af2f e703 00",
        (link.GRANT, 1, 0x2FAF0800, 10, 0x2FAF0801, 999, []),
    ),
    (
        "47 02000000 05000000 0000 05000000 0000 03  01 0700 d8 ff 02000707c1  02 0100 01"
        "  04 0200 7570",
        (
            link.GRANT,
            2,
            5,
            0,
            5,
            0,
            [(link.FRAME, b"\xd8\xff" + ACK_PSDU), (link.SENT, b"\1"), (link.KEY, b"up")],
        ),
    ),
    (
        "44 03000000 07000000 0100 ffffffff 0000 02"
        "  06 0e00 00 0b 621a 3412 0807060504030201  01 0500 02000707c1",
        (
            link.DONE,
            3,
            7,
            1,
            link.NEVER_S,
            0,
            [
                (link.CONFIGURE, bytes.fromhex("000b621a34120807060504030201")),
                (link.FRAME, ACK_PSDU),
            ],
        ),
    ),
]

# (datagram, part of the complaint)
BROKEN = [
    ("", "empty"),
    ("00", "unknown datagram type 0x00"),
    ("48", "without a name"),
    ("48 ff", "not UTF-8"),
    ("53 010000", "STOP of 4 bytes"),
    ("47 01", "header cut at 2 bytes"),
    ("47 01000000 01000000 e803 01000000 0000 00", "999"),
    ("47 01000000 02000000 0000 01000000 0000 00", "until before at"),
    ("47 01000000 02000000 0900 02000000 0800 00", "until before at"),
    ("47 01000000 01000000 0000 01000000 0000 00 00", "1 bytes after"),
    ("47 01000000 01000000 0000 01000000 0000 01", "item 0 cut in its header"),
    ("47 01000000 01000000 0000 01000000 0000 01 0401 00", "item 0 cut in its payload"),
    ("47 01000000 01000000 0000 01000000 0000 01 040000", "kind 4 with 0 bytes"),
    ("47 01000000 01000000 0000 01000000 0000 01 020100 03", "unknown status 3"),
    ("47 01000000 01000000 0000 01000000 0000 01 020100 11", "unknown status 17"),
    ("44 01000000 01000000 0000 01000000 0000 01 0a0100 04", "unknown receiver bits 0x04"),
    ("44 01000000 01000000 0000 01000000 0000 01 0b0300 020100", "pending 0x02 for 2 address"),
    ("44 01000000 01000000 0000 01000000 0000 01 0b0400 01010000", "pending 0x01 for 3 address"),
    ("47 01000000 01000000 0000 01000000 0000 01 080000", "kind 8 does not go this way"),
    ("44 01000000 01000000 0000 01000000 0000 01 020100 00", "kind 2 does not go this way"),
    ("44 01000000 01000000 0000 01000000 0000 01 070100 00", "kind 7 with 1 bytes"),
    ("44 01000000 01000000 0000 01000000 0000 01 080200 c328", "not UTF-8"),
]

u32 = st.integers(0, 0xFFFFFFFF)
ms = st.integers(0, 999)
text = st.text(min_size=1, max_size=40).map(str.encode)
psdu = st.binary(min_size=5, max_size=127)
items_down = st.lists(
    st.one_of(
        st.tuples(st.just(link.FRAME), st.binary(min_size=7, max_size=129)),
        st.tuples(st.just(link.SENT), st.sampled_from([b"\0", b"\1", b"\2", b"\x10"])),
        st.tuples(st.sampled_from([link.COMMAND, link.KEY, link.QUERY]), text),
    ),
    max_size=6,
)
items_up = st.lists(
    st.one_of(
        st.tuples(st.just(link.FRAME), psdu),
        st.tuples(st.just(link.CONFIGURE), st.binary(min_size=14, max_size=14)),
        st.tuples(st.just(link.RECEIVER), st.sampled_from([b"\0", b"\1", b"\2", b"\3"])),
        st.tuples(st.just(link.PENDING), st.sampled_from([b"\1\2\3", b"\0" + bytes(8)])),
        st.tuples(st.just(link.PICTURE), st.binary(min_size=1024, max_size=1024)),
        st.tuples(st.sampled_from([link.TRACE, link.ANSWER]), text),
    ),
    max_size=4,
)


@pytest.mark.parametrize(("datagram", "decoded"), GOLDEN)
def test_golden_bytes(datagram, decoded):
    data = bytes.fromhex(datagram)
    assert link.decode(data) == decoded
    assert link.decode(memoryview(data)) == decoded
    encoders = {
        link.HELLO: link.encode_hello,
        link.STOP: link.encode_stop,
        link.GRANT: link.encode_grant,
        link.DONE: link.encode_done,
    }
    assert encoders[decoded[0]](*decoded[1:]) == data


@pytest.mark.parametrize(("datagram", "complaint"), BROKEN)
def test_broken_datagram_is_named(datagram, complaint):
    with pytest.raises(link.LinkError, match=complaint):
        link.decode(bytes.fromhex(datagram))


@settings(max_examples=LINK_SAMPLES, deadline=None)
@given(seq=u32, times=st.tuples(u32, ms, u32, ms), items=items_down)
def test_grant_round_trip(seq, times, items):
    earlier, later = sorted([times[:2], times[2:]])
    data = link.encode_grant(seq, *earlier, *later, items)
    assert link.decode(data) == (link.GRANT, seq, *earlier, *later, items)


@settings(max_examples=LINK_SAMPLES, deadline=None)
@given(seq=u32, times=st.tuples(u32, ms, u32, ms), items=items_up)
def test_done_round_trip(seq, times, items):
    data = link.encode_done(seq, *times, items)
    assert link.decode(data) == (link.DONE, seq, *times, items)


@settings(max_examples=LINK_SAMPLES, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=80),
        st.builds(
            lambda head, tail: head + tail,
            st.sampled_from([bytes.fromhex(datagram) for datagram, _ in GOLDEN]),
            st.binary(max_size=20),
        ),
        st.builds(
            lambda data, at, value: data[: at % len(data)] + value + data[at % len(data) + 1 :],
            st.sampled_from([bytes.fromhex(datagram) for datagram, _ in GOLDEN]),
            st.integers(0, 60),
            st.binary(max_size=1),
        ),
    )
)
@example(data=b"G" * 19)
def test_any_bytes_are_a_datagram_or_a_link_error(data):
    try:
        link.decode(data)
    except link.LinkError as error:
        assert str(error)


def test_what_no_datagram_carries_is_refused():
    with pytest.raises(link.LinkError, match="256 items"):
        link.encode_done(1, 0, 0, 0, 0, [(link.TRACE, b"")] * 256)
    with pytest.raises(link.LinkError, match="datagram of"):
        link.encode_done(1, 0, 0, 0, 0, [(link.PICTURE, bytes(1024))] * 64)
    with pytest.raises(link.LinkError, match="until before at"):
        link.encode_grant(1, 2, 0, 1, 999, [])
    with pytest.raises(link.LinkError, match="without a name"):
        link.encode_hello("")
    with pytest.raises(link.LinkError, match="address of 2 bytes"):
        link.encode_configure(0, 11, 0, 0, b"\1\2")
    with pytest.raises(link.LinkError, match="PSDU of 128 bytes"):
        EtherRadio().send(bytes(128))


def test_answered_repeats_only_the_last_reply():
    answered = link.Answered()
    assert answered.reply_to(0) is None
    answered.keep(7, b"seven")
    assert answered.reply_to(7) == b"seven"
    answered.keep(8, b"eight")
    assert answered.reply_to(7) is None
    assert answered.reply_to(8) == b"eight"


def test_radio_sends_one_frame_at_a_time():
    radio, outcomes = EtherRadio(), []
    radio.on_sent = outcomes.append
    radio.send(memoryview(ACK_PSDU))
    assert radio.transmitted
    assert radio.outputs == [(link.FRAME, ACK_PSDU)]
    with pytest.raises(RuntimeError):
        radio.send(ACK_PSDU)
    radio.taken()
    assert (radio.transmitted, radio.outputs) == (False, [])
    for status in (SENT, NO_ACK, CHANNEL_BUSY):
        assert radio.deliver(link.SENT, bytes([status]))
        radio.send(ACK_PSDU)
    assert outcomes == [0, 1, 2]


def test_radio_hands_over_frames_and_configures():
    radio, frames = EtherRadio(), []
    radio.on_frame = lambda *frame: frames.append(frame)
    assert radio.deliver(link.FRAME, b"\xb4\xc8" + ACK_PSDU)
    assert frames == [(ACK_PSDU, -76, 200)]
    assert not radio.deliver(link.KEY, b"up")
    radio.configure(0, 26, 0x1A62, 0xFFFE, bytes(range(8)))
    assert radio.outputs == [(link.CONFIGURE, bytes.fromhex("001a621afeff0001020304050607"))]
    assert link.decode_configure(radio.outputs[0][1]) == (0, 26, 0x1A62, 0xFFFE, bytes(range(8)))


def test_radio_tells_of_what_an_acknowledgement_held():
    radio, heard = EtherRadio(), []
    radio.on_sent = lambda status: heard.append((status, radio.ack_pending))
    for octet in (b"\x10", b"\0"):
        radio.send(ACK_PSDU)
        radio.deliver(link.SENT, octet)
    assert heard == [(SENT, True), (SENT, False)]


def test_radio_tells_its_peer_of_receiver_coordinator_and_held_data():
    radio = EtherRadio()
    radio.set_receiver(False)
    radio.coordinator = True
    radio.configure(0, 26, 0x1A62, 0, bytes(8))
    radio.configure(0, 26, 0x1A62, 0, bytes(8))
    radio.set_receiver(True)
    radio.set_pending(b"\1\0", True)
    radio.set_pending(bytes(range(8)), False)
    told = [item for item in radio.outputs if item[0] != link.CONFIGURE]
    assert told == [
        (link.RECEIVER, b"\0"),
        (link.RECEIVER, b"\2"),
        (link.RECEIVER, b"\3"),
        (link.PENDING, b"\1\1\0"),
        (link.PENDING, b"\0" + bytes(range(8))),
    ]


def test_radio_may_send_from_within_its_callback():
    radio = EtherRadio()
    radio.on_sent = lambda status: radio.send(ACK_PSDU)
    radio.send(ACK_PSDU)
    radio.deliver(link.SENT, b"\1")
    assert radio.outputs == [(link.FRAME, ACK_PSDU)] * 2
