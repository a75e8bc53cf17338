"""The model of the air at 2.4 GHz: figures of IEEE 802.15.4-2006, and who hears what."""

import struct

import pytest

from host_tools.desk import phy
from host_tools.desk.ether import Ether, link_quality
from host_tools.desk.station import EtherError, Transmission
from host_tools.node import link

START_US = 800_000_000_000_000
PAN, OTHER_PAN = 0x1A62, 0x2B73
SENT, NO_ACK, BUSY = b"\0", b"\1", b"\2"


def with_fcs(text):
    frame = bytes.fromhex(text)
    return frame + phy.fcs(frame)


def data_frame(destination, sequence=7, pan=PAN, source=1, ack=True, size=30):
    control = 0x8861 if ack else 0x8841
    frame = struct.pack("<HBHHH", control, sequence, pan, destination, source)
    frame = frame.ljust(size - 2, b"x")
    return frame + phy.fcs(frame)


class Desk:
    """Stations 1, 2, ... of one PAN; remembers what was on the air and what was delivered."""

    def __init__(self, stations=3, seed=1, channels=None, **ether):
        self.air, self.inputs = [], []
        self.ether = Ether(seed, tap=lambda at_us, psdu: self.air.append((at_us, psdu)), **ether)
        self.ether.deliver = lambda *item: self.inputs.append(item)
        for number in range(1, stations + 1):
            index = self.ether.add_station(f"node {number}")
            self.configure(index, channel=(channels or {}).get(number, 11))

    def configure(self, index, channel=11, pan=PAN, short=None, at_us=START_US):
        short = index + 1 if short is None else short
        payload = link.encode_configure(0, channel, pan, short, bytes([0xE0 + index] * 8))
        self.ether.configure(index, at_us, payload)

    def settle(self, until_us=START_US + 10_000_000):
        while self.ether.next_us <= until_us:
            self.ether.step()
        return self

    def send(self, psdu, index=0, at_us=START_US):
        self.ether.transmit(index, at_us, psdu)
        return self

    def of(self, index, kind):
        return [item[1::2] for item in self.inputs if item[0] == index and item[2] == kind]

    def heard(self):
        return sorted({item[0] for item in self.inputs if item[2] == link.FRAME})


# (PSDU bytes, microseconds): 250 kbit/s and six bytes of PHY header, IEEE 802.15.4-2006, 6.3
@pytest.mark.parametrize(("size", "air_us"), [(5, 352), (20, 832), (127, 4256)])
def test_air_time(size, air_us):
    assert phy.air_time_us(bytes(size)) == air_us


def test_fcs_is_the_itu_crc():
    # CRC-16/KERMIT of the catalogue of parametrised CRC algorithms: check value 0x2189.
    assert phy.fcs(b"123456789") == b"\x89\x21"
    assert phy.fcs_is_good(b"123456789\x89\x21")
    assert not phy.fcs_is_good(b"123456789\x89\x20")


def test_acknowledged_frame_keeps_every_interval():
    desk = Desk().send(data_frame(2, size=50)).settle()
    (start_us, psdu), (ack_us, ack) = desk.air
    end_us = start_us + 56 * 32
    assert ack_us == end_us + 192
    assert ack == b"\x02\x00\x07" + phy.fcs(b"\x02\x00\x07")
    assert desk.of(0, link.SENT) == [(ack_us + 352, SENT)]
    assert desk.of(1, link.FRAME) == [(end_us, link_quality(0, 1) + psdu)]
    assert desk.heard() == [1]
    statistics = desk.ether.statistics
    assert (statistics.transmissions, statistics.acks, statistics.bytes) == (1, 1, 55)


def test_backoff_is_a_whole_number_of_periods_before_cca_and_turnaround():
    starts = {Desk(seed=seed).send(data_frame(2)).settle().air[0][0] for seed in range(100)}
    assert starts == {START_US + 320 * periods + 128 + 192 for periods in range(8)}


# (what, PSDU, stations that hear it, acknowledged): stations 1, 2, 3 of one PAN have the
# extended addresses e0.., e1.., e2..; station 1 sends.
FILTER = [
    ("unicast", data_frame(2), [1], True),
    ("no ack asked", data_frame(2, ack=False), [1], False),
    ("broadcast", data_frame(0xFFFF, ack=False), [1, 2], False),
    ("broadcast that asks for an ack", data_frame(0xFFFF), [1, 2], False),
    ("other PAN", data_frame(2, pan=OTHER_PAN), [], False),
    ("any PAN", data_frame(2, pan=0xFFFF), [1], True),
    ("nobody's address", data_frame(9), [], False),
    ("bad FCS", data_frame(2)[:-1] + b"\0", [], False),
    ("beacon request", with_fcs("0308 2a ffff ffff 07"), [1, 2], False),
    ("beacon", with_fcs("0080 2b 621a 0000 ff0f 0000"), [1, 2], False),
    ("beacon of another PAN", with_fcs("0080 2b 732b 0000 ff0f 0000"), [], False),
    (
        "association request",
        with_fcs("23c8 2c 621a 0300 ffff f0f0f0f0f0f0f0f0 01 8e"),
        [2],
        True,
    ),
    (
        "association response",
        with_fcs("63cc 2d 621a e2e2e2e2e2e2e2e2 e0e0e0e0e0e0e0e0 02 0500 00"),
        [2],
        True,
    ),
    ("data with a source alone", with_fcs("0180 2e 621a 0100 aa"), [], False),
    ("frame version of none", with_fcs("61b8 2f 621a 0200 0100 aa"), [], False),
    ("reserved type", with_fcs("6588 30 621a 0200 0100 aa"), [], False),
    ("reserved addressing mode", with_fcs("6184 31 621a 0200 0100 aa"), [], False),
    ("cut header", with_fcs("618c 32 621a e1e1"), [], False),
]


@pytest.mark.parametrize(("what", "psdu", "heard", "acked"), FILTER, ids=[f[0] for f in FILTER])
def test_address_filter(what, psdu, heard, acked):
    desk = Desk().send(psdu).settle()
    assert desk.heard() == heard
    assert desk.ether.statistics.acks == acked
    end_us = desk.air[0][0] + phy.air_time_us(psdu)
    asked = psdu[0] & 0x20
    expected = (end_us, SENT) if not asked else (end_us + 864, NO_ACK)
    if not acked:
        assert desk.of(0, link.SENT) == [expected]
        assert desk.ether.statistics.no_ack == bool(asked)


def test_station_without_a_pan_hears_every_beacon():
    desk = Desk()
    desk.configure(2, pan=0xFFFF, short=0xFFFF)
    desk.send(with_fcs("0080 2b 732b 0000 ff0f 0000")).settle()
    assert desk.heard() == [2]


def test_coordinator_hears_frames_that_name_no_destination():
    desk = Desk()
    desk.configure(1, short=0)
    desk.send(with_fcs("2180 2e 621a 0100 aa")).settle()
    assert desk.heard() == [1]
    assert desk.of(0, link.SENT)[0][1] == SENT


def test_router_made_coordinator_hears_frames_that_name_no_destination():
    desk = Desk()
    desk.ether.set_receiver(1, START_US, link.RECEIVER_ON | link.RECEIVER_COORDINATOR)
    desk.send(with_fcs("2180 2e 621a 0100 aa")).settle()
    assert desk.heard() == [1]


def test_station_without_a_short_address_hears_its_extended_one_and_broadcasts():
    desk = Desk()
    desk.configure(2, short=0xFFFF)
    desk.send(with_fcs("618c 2d 621a e2e2e2e2e2e2e2e2 0000 aa")).settle()
    assert (desk.heard(), desk.ether.statistics.acks) == ([2], 1)
    desk.send(data_frame(0xFFFF, ack=False), 1, at_us=START_US + 10_000_000)
    desk.settle(START_US + 20_000_000)
    assert desk.heard() == [0, 2]


# Data Requests of station 1 (0x0001, e0..) to station 2; the last is no such request.
BY_SHORT = with_fcs("6388 41 621a 0200 0100 04")
BY_EXTENDED = with_fcs("63c8 42 621a 0200 e0e0e0e0e0e0e0e0 04")
NO_REQUEST = with_fcs("6388 43 621a 0200 0100 07")
SHORT, EXTENDED = b"\1\0", b"\xe0" * 8
PENDING = b"\x10"


@pytest.mark.parametrize(
    ("held", "psdu", "expected"),
    [
        ([], BY_SHORT, SENT),
        ([SHORT], BY_SHORT, PENDING),
        ([SHORT], BY_EXTENDED, SENT),
        ([EXTENDED], BY_EXTENDED, PENDING),
        ([EXTENDED], BY_SHORT, SENT),
        ([SHORT, EXTENDED], NO_REQUEST, SENT),
        ([SHORT, EXTENDED], data_frame(2), SENT),
        ([b"\3\0"], BY_SHORT, SENT),
    ],
)
def test_acknowledgement_of_a_data_request_says_whether_data_is_held(held, psdu, expected):
    desk = Desk()
    for address in held:
        desk.ether.set_pending(1, b"\1" + address)
    desk.send(psdu).settle()
    assert desk.of(0, link.SENT)[0][1] == expected
    ack = desk.air[1][1]
    assert (ack[0], ack[2]) == (0x12 if expected == PENDING else 0x02, psdu[2])
    for address in held:
        desk.ether.set_pending(1, b"\0" + address)
    desk.send(psdu, at_us=START_US + 10_000_000).settle(START_US + 20_000_000)
    assert desk.of(0, link.SENT)[1][1] == SENT


def test_sleeper_is_deaf_until_an_acknowledgement_tells_of_data():
    desk = Desk()
    desk.ether.set_receiver(0, START_US, 0)
    desk.send(data_frame(1, source=2), 1).settle()
    assert (desk.heard(), desk.of(1, link.SENT)[0][1]) == ([], NO_ACK)
    # It hears the acknowledgement of its own frame, but stays asleep after it.
    desk.send(BY_SHORT, at_us=START_US + 1_000_000).settle(START_US + 2_000_000)
    assert desk.of(0, link.SENT)[0][1] == SENT
    desk.send(data_frame(1, source=2), 1, at_us=START_US + 2_000_000).settle()
    assert desk.of(0, link.FRAME) == []
    desk.ether.set_pending(1, b"\1" + SHORT)
    desk.send(BY_SHORT, at_us=START_US + 20_000_000).settle(START_US + 21_000_000)
    assert desk.of(0, link.SENT)[1][1] == PENDING
    for awake in (True, False):
        start_us = START_US + (22_000_000 if awake else 30_000_000)
        desk.send(data_frame(1, source=2), 1, at_us=start_us).settle(start_us + 1_000_000)
        assert len(desk.of(0, link.FRAME)) == 1
        desk.ether.set_receiver(0, start_us + 2_000_000, 0)


def test_receiver_switched_on_during_a_frame_misses_it():
    desk = Desk()
    desk.ether.set_receiver(1, START_US, 0)
    desk.send(data_frame(2, size=127)).settle(START_US + 3000)
    desk.ether.set_receiver(1, desk.air[0][0] + 1, link.RECEIVER_ON)
    desk.settle()
    assert desk.heard() == []


def test_promiscuous_station_hears_all_and_acknowledges_nothing():
    desk = Desk()
    desk.ether.stations[2].promiscuous = True
    desk.send(data_frame(2)).send(data_frame(3, source=2), 1, at_us=START_US).settle()
    heard = [payload[2:] for _, payload in desk.of(2, link.FRAME)]
    assert heard == [psdu for _, psdu in desk.air]
    assert sorted(len(psdu) for psdu in heard) == [5, 30, 30]
    assert desk.of(1, link.SENT)[0][1] == NO_ACK


def test_other_channels_neither_hear_nor_disturb():
    desk = Desk(stations=4, channels={3: 12, 4: 12})
    for index, destination in ((0, 4), (2, 2)):
        desk.send(data_frame(destination, source=index + 1, size=127), index)
    desk.settle()
    assert desk.heard() == []
    assert desk.ether.statistics.collisions == 0
    assert desk.ether.statistics.no_ack == 2


def test_station_tuned_during_a_frame_misses_it():
    desk = Desk(channels={2: 12}).send(data_frame(2, size=127))
    desk.settle(START_US + 3000)
    (start_us, _) = desk.air[0]
    desk.configure(1, at_us=start_us + 1000)
    desk.settle()
    assert desk.heard() == []


def test_total_loss():
    desk = Desk(loss=1.0).send(data_frame(2)).settle()
    assert desk.of(0, link.SENT) == [(desk.air[0][0] + 36 * 32 + 864, NO_ACK)]
    assert desk.ether.statistics.losses == {"node 1": 0, "node 2": 1, "node 3": 0}
    assert desk.ether.statistics.acks == 0


def test_lost_ack_leaves_a_delivered_frame_unacknowledged():
    # Both receptions are lost independently, so some seed loses the acknowledgement alone.
    outcomes = set()
    for seed in range(60):
        desk = Desk(seed=seed, loss=0.5).send(data_frame(2)).settle()
        outcomes.add((desk.heard() == [1], desk.of(0, link.SENT)[0][1]))
    assert outcomes == {(True, SENT), (True, NO_ACK), (False, NO_ACK)}


def test_loss_has_the_frequency_asked_for():
    desk = Desk(stations=2, loss=0.3)
    for turn in range(2000):
        at_us = START_US + turn * 20_000
        desk.send(data_frame(2, ack=False), at_us=at_us).settle(at_us + 19_000)
    # 2000 draws at 0.3: mean 600, standard deviation 20.5; five of them either side
    assert 497 < desk.ether.statistics.losses["node 2"] < 703


def test_duplicate_comes_a_little_later():
    desk = Desk(duplicate=1.0).send(data_frame(2)).settle()
    (first_us, first), (second_us, second) = desk.of(1, link.FRAME)
    assert first == second
    assert 1000 <= second_us - first_us <= 5000
    assert (desk.ether.statistics.duplicates, desk.ether.statistics.acks) == (1, 1)


def test_delay_is_the_receivers_alone():
    late = set()
    for seed in range(40):
        desk = Desk(seed=seed, delay_ms=20).send(data_frame(2)).settle()
        end_us = desk.air[0][0] + 36 * 32
        late.add(desk.of(1, link.FRAME)[0][0] - end_us)
        assert desk.of(0, link.SENT) == [(end_us + 192 + 352, SENT)]
    assert min(late) >= 0
    assert 10_000 < max(late) <= 20_000


def test_station_that_hears_a_frame_waits_for_its_end():
    for seed in range(50):
        desk = Desk(seed=seed).send(data_frame(9, ack=False, size=127))
        desk.settle(START_US + 2560)
        start_us = desk.air[0][0]
        desk.send(data_frame(1, source=3, size=20), 2, at_us=start_us + 100).settle()
        if desk.of(2, link.SENT)[0][1] != BUSY:
            # CCA hears nothing of the frame, then the turnaround
            assert desk.air[1][0] >= start_us + 4256 + 128 + 192
        assert desk.ether.statistics.collisions == 0


def test_equal_backoffs_collide_and_others_do_not():
    seen = set()
    for seed in range(60):
        desk = Desk(stations=4, seed=seed)
        desk.send(data_frame(2, source=1), 0).send(data_frame(4, source=3), 2).settle()
        same = desk.air[0][0] == desk.air[1][0]
        seen.add(same)
        assert desk.ether.statistics.collisions == (2 if same else 0)
        assert desk.heard() == ([] if same else [1, 3])
        assert {desk.of(index, link.SENT)[0][1] for index in (0, 2)} == {NO_ACK if same else SENT}
    assert seen == {True, False}


def test_busy_channel_is_tried_five_times_with_growing_backoff():
    longest = [0] * 5
    for seed in range(400):
        desk = Desk(stations=2, seed=seed)
        endless = Transmission(desk.ether.stations[1], bytes(127), (0, 11), START_US)
        desk.ether._air.append(endless)
        desk.send(data_frame(2))
        since_us, attempt = START_US, 0
        while not desk.inputs:
            waited_us = desk.ether.next_us - since_us - 128
            assert waited_us % 320 == 0
            longest[attempt] = max(longest[attempt], waited_us // 320)
            since_us, attempt = desk.ether.next_us, attempt + 1
            desk.ether.step()
        assert desk.of(0, link.SENT) == [(since_us, BUSY)]
        assert desk.air == []
    # 2 to the BE, less one: macMinBE 3, macMaxBE 5, macMaxCSMABackoffs 4
    assert longest == [7, 15, 31, 31, 31]


def test_two_stations_of_one_address_spoil_each_others_acknowledgement():
    desk = Desk()
    desk.configure(2, short=2)
    desk.send(data_frame(2)).settle()
    assert desk.heard() == [1, 2]
    assert desk.ether.statistics.collisions == 2
    assert desk.of(0, link.SENT)[0][1] == NO_ACK


def saturate(desk, stations, until_us):
    """Let every station send again as soon as it knows the outcome; count the outcomes."""
    outcomes = {SENT: 0, NO_ACK: 0, BUSY: 0}
    for index in range(stations):
        desk.send(data_frame(1 + (index + 1) % stations, source=index + 1, size=127), index)
    while desk.ether.next_us <= until_us:
        desk.ether.step()
        while desk.inputs:
            index, at_us, kind, payload = desk.inputs.pop()
            if kind == link.SENT:
                outcomes[payload] += 1
                next_us = -(-at_us // 1000) * 1000
                destination = 1 + (index + 1) % stations
                desk.send(data_frame(destination, source=index + 1, size=127), index, next_us)
    return outcomes


def test_saturated_channel_counts_what_the_capture_shows():
    desk = Desk(stations=10)
    outcomes = saturate(desk, 10, START_US + 20_000_000)
    statistics = desk.ether.statistics
    assert outcomes[BUSY] == statistics.channel_busy > 0
    assert outcomes[NO_ACK] == statistics.no_ack > 0
    assert outcomes[SENT] > 1000
    spans = [(at_us, at_us + phy.air_time_us(psdu)) for at_us, psdu in desk.air]
    assert spans == sorted(spans)
    spoilt, latest_end, latest = set(), 0, None
    for number, (start_us, end_us) in enumerate(spans):
        if start_us < latest_end:
            spoilt |= {number, latest}
        if end_us > latest_end:
            latest_end, latest = end_us, number
    assert statistics.collisions == len(spoilt) > 0
    # CCA hears all but a frame that starts within the turnaround that follows it
    starts = [at_us for at_us, psdu in desk.air if len(psdu) == 127]
    gaps = {later - earlier for earlier, later in zip(starts, starts[1:], strict=False)}
    assert not [gap for gap in gaps if 192 < gap < 4256]
    assert len(desk.air) == statistics.transmissions + statistics.acks
    assert sum(len(psdu) for _, psdu in desk.air) == statistics.bytes


def test_same_seed_same_air():
    def air(seed):
        desk = Desk(stations=5, seed=seed, loss=0.1, delay_ms=3, duplicate=0.1)
        saturate(desk, 5, START_US + 1_000_000)
        return desk.air

    assert air(1) == air(1)
    assert air(1) != air(2)


def test_link_quality_is_plausible_and_symmetric():
    for sender in range(8):
        for receiver in range(8):
            rssi_dbm, lqi = struct.unpack("<bB", link_quality(sender, receiver))
            assert -90 <= rssi_dbm <= -40
            assert 100 <= lqi <= 255
            assert link_quality(sender, receiver) == link_quality(receiver, sender)


def test_a_radio_refuses_what_no_radio_does():
    desk = Desk(stations=1).send(data_frame(2))
    with pytest.raises(EtherError, match="before the outcome"):
        desk.send(data_frame(2))
    index = desk.ether.add_station("new")
    with pytest.raises(EtherError, match="before it configured"):
        desk.ether.transmit(index, START_US, data_frame(2))
    for channel in (10, 27):
        with pytest.raises(EtherError, match="has no channel"):
            desk.configure(0, channel=channel)
