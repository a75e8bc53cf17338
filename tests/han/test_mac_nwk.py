"""MAC retries and duplicates; NWK freshness, authenticity and relaying."""

from itertools import pairwise

import pytest

from protometer.crypto.ccm_star import open_sealed, seal
from protometer.han.frame_security import first_number
from protometer.han.ieee802154 import DATA, MacFrame, encode
from protometer.han.mac import CHANNEL_BUSY, NO_ACK, SENT, Mac
from protometer.han.network import Network, NetworkError
from protometer.han.nwk import Nwk
from protometer.han.nwk_frame import NwkFrame
from protometer.han.nwk_frame import header as nwk_header
from protometer.model.dictionary import Data
from tests.han.han_stand import EXTENDED, KEY, Radio, description, network


class MacStand:
    def __init__(self, fills_fcs=False):
        self.radio = Radio(fills_fcs)
        self.woken, self.got = [], []
        self.mac = Mac(
            self.radio,
            network(1),
            lambda: self.woken.append(1),
            lambda source, payload, lqi: self.got.append((source, payload)),
        )

    def hear(self, sequence, payload=b"x", source=2, pan_id=0x1A62, fcs=True):
        self.radio.on_frame(encode(DATA, sequence, pan_id, 1, source, payload, fcs), -50, 255)
        self.mac.poll(0)


def test_the_radio_is_configured_for_the_network():
    extended = bytes.fromhex(EXTENDED[1])[::-1]
    assert MacStand().radio.configured == (0, 20, 0x1A62, 1, extended)


@pytest.mark.parametrize("outcome", [NO_ACK, CHANNEL_BUSY])
def test_three_retries_with_the_same_octets_then_lost(outcome):
    stand = MacStand()
    stand.mac.send(2, b"frame")
    for _ in range(4):
        stand.mac.poll(0)
        stand.mac.poll(0)
        stand.radio.on_sent(outcome)
    stand.mac.poll(0)
    assert len(stand.radio.sent) == 4
    assert len(set(stand.radio.sent)) == 1
    assert (stand.mac.sent, stand.mac.retried, stand.mac.lost) == (0, 3, 1)
    stand.mac.send(2, b"next")
    stand.mac.poll(0)
    assert MacFrame(stand.radio.sent[-1]).payload == b"next"


def test_a_retry_that_succeeds():
    stand = MacStand()
    stand.mac.send(2, b"a")
    stand.mac.send(2, b"b")
    for outcome in (NO_ACK, SENT, CHANNEL_BUSY, NO_ACK, SENT):
        stand.mac.poll(0)
        stand.radio.on_sent(outcome)
    stand.mac.poll(0)
    assert [MacFrame(psdu).payload for psdu in stand.radio.sent] == [b"a", b"a", b"b", b"b", b"b"]
    assert (stand.mac.sent, stand.mac.retried, stand.mac.lost) == (2, 3, 0)
    sequences = [psdu[2] for psdu in stand.radio.sent]
    assert sequences[0] == sequences[1] != sequences[2]


def test_one_frame_in_the_air_at_a_time():
    stand = MacStand()
    stand.mac.send(2, b"a")
    stand.mac.send(2, b"b")
    for _ in range(5):
        stand.mac.poll(0)
    assert len(stand.radio.sent) == 1
    stand.radio.on_sent(SENT)
    stand.mac.poll(0)
    assert len(stand.radio.sent) == 2


def test_a_full_queue_loses_the_newest_and_counts_it():
    stand = MacStand()
    for number in range(19):
        stand.mac.send(2, bytes((number,)))
    assert stand.mac.lost == 3
    for _ in range(30):
        stand.mac.poll(0)
        stand.radio.on_sent(SENT)
    assert [MacFrame(psdu).payload[0] for psdu in stand.radio.sent] == list(range(16))


def test_incoming_overflow_is_counted():
    stand = MacStand()
    for sequence in range(10):
        stand.radio.on_frame(encode(DATA, sequence, 0x1A62, 1, 2, b"x", True), 0, 0)
    assert stand.mac.dropped == 2
    assert [stand.mac.poll(0) for _ in range(9)] == [True] * 7 + [False] * 2
    assert stand.mac.received == 8


def test_a_repeat_goes_up_to_be_refused_by_its_frame_counter():
    """Before the seal is checked, a sequence number could be anybody's."""
    stand = MacStand()
    for sequence in (5, 5):
        stand.hear(sequence, bytes((sequence,)), 2)
    assert stand.got == [(2, b"\5"), (2, b"\5")]


def test_a_radio_that_never_tells_an_outcome_stops_nothing():
    stand = MacStand()
    stand.mac.send(2, b"first")
    stand.mac.poll(100_000)
    assert stand.mac.is_sending()
    for now_s in range(101, 105):
        stand.mac.poll(1_000 * now_s)
    assert len(stand.radio.sent) == 1
    for now_s in range(105, 121, 5):
        stand.mac.poll(1_000 * now_s)
    assert len(stand.radio.sent) == 4
    stand.mac.poll(125_000)
    assert (stand.mac.lost, stand.mac.is_sending()) == (1, False)


def test_foreign_damaged_and_odd_frames_are_dropped():
    stand = MacStand()
    stand.hear(1, pan_id=0x1A63)
    stand.hear(2, fcs=False)
    stand.radio.on_frame(b"\x02\x00\x07\x07\xc1", 0, 0)
    stand.mac.poll(0)
    stand.radio.on_frame(b"", 0, 0)
    stand.mac.poll(0)
    assert (stand.got, stand.mac.dropped) == ([], 4)


def test_a_radio_that_fills_the_fcs_is_trusted_with_it():
    stand = MacStand(fills_fcs=True)
    stand.hear(1, fcs=False)
    assert stand.got == [(2, b"x")]
    stand.mac.send(2, b"y")
    stand.mac.poll(0)
    assert stand.radio.sent[0][-2:] == b"\0\0"


class NwkStand:
    def __init__(self, short, data=None, routes=None):
        self.data = data or Data("H")
        self.sent, self.got, self.persisted = [], [], []
        self.nwk = Nwk(
            network(short, routes),
            self.data,
            lambda: self.persisted.append(self.data.nwk_frame_counter),
            lambda neighbour, octets: self.sent.append((neighbour, bytes(octets))),
            lambda frame, octets: self.got.append((frame.source, bytes(octets))),
        )


def counter_of(octets):
    return int.from_bytes(octets[9:13], "little")


def test_a_sealed_frame_by_its_parts():
    sender = NwkStand(1)
    sender.nwk.send(2, b"payload")
    ((neighbour, octets),) = sender.sent
    assert neighbour == 2
    assert octets[:8].hex() == "0802020001001e01"
    assert octets[8] == 0x28
    assert octets[13:21] == bytes.fromhex(EXTENDED[1])[::-1]
    assert octets[21] == 0
    # Zigbee 4.3.1: the security level is sealed as 5 and sent as 0.
    auxiliary = b"\x2d" + octets[9:22]
    nonce = octets[13:21] + octets[9:13] + b"\x2d"
    assert open_sealed(KEY, nonce, octets[:8] + auxiliary, octets[22:]) == b"payload"
    receiver = NwkStand(2)
    receiver.nwk.receive(1, octets, 200)
    assert receiver.got == [(1, b"payload")]


def test_a_replay_and_an_older_frame_are_rejected():
    sender, receiver = NwkStand(1), NwkStand(2)
    for number in range(3):
        sender.nwk.send(2, bytes((number,)))
    frames = [octets for _, octets in sender.sent]
    for octets in (frames[1], frames[1], frames[0], frames[2], frames[2]):
        receiver.nwk.receive(1, octets, 200)
    assert receiver.got == [(1, b"\1"), (1, b"\2")]
    assert receiver.nwk.dropped == 3


def test_any_bit_changed_is_rejected_and_costs_no_freshness():
    sender, receiver = NwkStand(1), NwkStand(2)
    sender.nwk.send(2, b"payload")
    octets = sender.sent[0][1]
    # The three bits of the security level are overwritten before the frame is opened.
    level = range(8 * 8, 8 * 8 + 3)
    for bit in range(8 * len(octets)):
        if bit not in level:
            damaged = bytearray(octets)
            damaged[bit // 8] ^= 1 << bit % 8
            receiver.nwk.receive(1, bytes(damaged), 200)
    assert receiver.got == []
    receiver.nwk.receive(1, octets, 200)
    assert receiver.got == [(1, b"payload")]


@pytest.mark.parametrize(
    "change", [{"network_key": "00" * 16}, {"key_sequence": 1}, {"extended_address": "00" * 8}]
)
def test_another_key_or_identity_is_rejected(change):
    sent, got = [], []
    stranger = Nwk(
        Network(dict(description(1), **change)),
        Data("H"),
        lambda: None,
        lambda neighbour, octets: sent.append(octets),
        got.append,
    )
    stranger.send(2, b"x")
    receiver = NwkStand(2)
    receiver.nwk.receive(1, sent[0], 200)
    assert (receiver.got, receiver.nwk.dropped) == ([], 1)


def test_the_hop_is_who_it_says_it_is():
    sender, receiver = NwkStand(1), NwkStand(2)
    sender.nwk.send(2, b"x")
    for hop in (0, 99):
        receiver.nwk.receive(hop, sender.sent[0][1], 200)
    assert (receiver.got, receiver.nwk.dropped) == ([], 2)


def test_a_relay_lowers_the_radius_and_seals_anew():
    display = NwkStand(2, routes={"0000": "0001"})
    relay, hub = NwkStand(1), NwkStand(0)
    relay.nwk.send(0, b"before")
    display.nwk.send(0, b"time?")
    neighbour, octets = display.sent[0]
    assert neighbour == 1
    relay.nwk.receive(2, octets, 200)
    assert (relay.got, relay.nwk.relayed) == ([], 1)
    next_hop, forwarded = relay.sent[1]
    assert next_hop == 0
    frame = NwkFrame(forwarded)
    assert (frame.destination, frame.source, frame.radius) == (0, 2, 29)
    assert frame.sequence == octets[7]
    assert counter_of(forwarded) == counter_of(relay.sent[0][1]) + 1
    assert forwarded[13:21] == bytes.fromhex(EXTENDED[1])[::-1]
    hub.nwk.receive(1, forwarded, 200)
    assert hub.got == [(2, b"time?")]


def sealed(destination, source, radius, hop):
    header = bytes(nwk_header(0, destination, source, radius, 1, True))
    extended = bytes.fromhex(EXTENDED[hop])[::-1]
    counter = (7).to_bytes(4, "little")
    rest = counter + extended + b"\0"
    text = seal(KEY, extended + counter + b"\x2d", header + b"\x2d" + rest, b"x")
    return header + b"\x28" + rest + text


@pytest.mark.parametrize(("destination", "radius"), [(0, 1), (0, 0), (0x4444, 30)])
def test_what_is_not_relayed(destination, radius):
    relay = NwkStand(1)
    relay.nwk.receive(2, sealed(destination, 2, radius, 2), 200)
    assert (relay.sent, relay.got, relay.nwk.dropped) == ([], [], 1)


def test_a_broadcast_is_taken_once_and_sent_on_once():
    relay = NwkStand(1)
    for hop in (2, 0):
        relay.nwk.receive(hop, sealed(0xFFFD, 2, 30, hop), 200)
    assert relay.got == [(2, b"x")]
    ((neighbour, octets),) = relay.sent
    assert (neighbour, NwkFrame(octets).radius) == (0xFFFF, 29)
    relay.nwk.receive(0, sealed(0xFFFD, 1, 30, 0), 200)
    assert len(relay.got) == len(relay.sent) == 1


def test_the_last_radius_still_reaches_its_destination():
    receiver = NwkStand(1)
    receiver.nwk.receive(2, sealed(1, 2, 1, 2), 200)
    assert receiver.got == [(2, b"x")]


def test_no_frame_counter_is_used_twice_over_cuts_at_any_moment():
    used = []
    durable = 0
    for frames in (0, 1, 3, 1023, 1024, 1025, 2048, 5, 2500, 1):
        data = Data("H")
        data.nwk_frame_counter = durable
        stand = NwkStand(1, data)
        durable = stand.persisted[-1]
        for _ in range(frames):
            stand.nwk.send(2, b"")
            durable = stand.persisted[-1]
            # What is durable is beyond what is in the air, at every moment.
            assert counter_of(stand.sent[-1][1]) < durable
        used += [counter_of(octets) for _, octets in stand.sent]
        assert len(stand.persisted) == 1 + max(0, frames - 1) // 1024
    assert used == sorted(set(used))


# (changes, complaint)
BAD_NETWORKS = [
    ({"channel": 10}, "channel 10 is outside 11..26"),
    ({"channel": "20"}, "channel 20 is outside 11..26"),
    ({"key_sequence": 256}, "key_sequence 256 is outside 0..255"),
    ({"network_key": "00"}, "network_key has 1 octets, expected 16"),
    ({"network_key": "zz" * 16}, "network_key is not hexadecimal"),
    ({"network_key": None}, "wrong type"),
    ({"short_address": 1}, "wrong type"),
    ({"short_address": "12345"}, "an address is not hexadecimal"),
    ({"pan_id": "123456"}, "an address has 3 octets, expected 2"),
    ({"devices": []}, "wrong type"),
    ({"devices": {"0001": "00"}}, "devices has 1 octets, expected 8"),
    ({"routes": {"0000": 5}}, "wrong type"),
]


@pytest.mark.parametrize(("change", "complaint"), BAD_NETWORKS)
def test_a_malformed_network_is_refused(change, complaint):
    with pytest.raises(NetworkError, match=complaint):
        Network(dict(description(), **change))


@pytest.mark.parametrize("name", sorted(description()))
def test_a_network_with_a_part_missing_is_refused(name):
    incomplete = description()
    del incomplete[name]
    with pytest.raises(NetworkError, match="network: no " + name):
        Network(incomplete)


def test_a_network_knows_its_devices():
    net = network(1, {"0002": "0000"})
    assert (net.short_address, net.pan_id, net.channel) == (1, 0x1A62, 20)
    assert net.key_of(0) == KEY
    assert net.key_of(1) is None
    assert net.devices.extended_of(2)[0] == 0xA2
    assert net.devices.extended_of(9) is None
    assert (net.fixed_hop(2), net.fixed_hop(0)) == (0, 0)
    assert net.devices.knows(2)
    assert not net.devices.knows(9)


def test_what_a_device_numbers_after_a_restart_begins_elsewhere_than_before():
    data = Data("E")
    begins = []
    for _ in range(256):
        begins.append(first_number(data))
        # What a life sets aside, at least.
        data.nwk_frame_counter += 1_024
    assert sorted(begins) == list(range(256))
    assert all(30 < abs(one - other) < 226 for one, other in pairwise(begins))
