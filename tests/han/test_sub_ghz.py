"""A home in the Sub GHz Bands."""

import shutil
from pathlib import Path
from random import Random
from struct import pack

import pytest

from host_tools.boards.board import find_board
from host_tools.boards.bundle import bundle
from host_tools.boards.device import JoiningFile
from host_tools.desk import phy
from protometer.han import channel_pages, enhanced_beacon, ieee802154, mac_commands
from protometer.han.duty_cycle import DutyCycle
from protometer.han.frame_error import FrameError
from protometer.han.network import Network, NetworkError
from protometer.han.sub_ghz import CLUSTER, GET_SUSPENSION, SUSPEND
from tests.han.network_stand import DISPLAY, GAS, HUB, INSTALL_CODE, METER, Home
from tests.han.test_network import DEVICES, is_keyed, talks, whole
from tests.han.test_tshark import dissection
from tests.on_runtimes import RUNTIMES, check_golden

pytestmark = pytest.mark.untraced

WORKLOAD = Path(__file__).with_name("sub_ghz_workload.py")
HOME_WORKLOAD = Path(__file__).with_name("sub_ghz_home_workload.py")
PLACES = [[28, 0], [28, 13], [28, 26]]


class Recorder:
    """A Mac that keeps the PSDUs."""

    def __init__(self):
        self.sent = []

    def queue(self, kind, pan_id, destination, source, payload):
        self.sent.append(
            bytes(ieee802154.encode(kind, 7, pan_id, destination, source, payload, True))
        )


@pytest.mark.req("GSME-GEN-09", "HCALCS-HC-04")
@pytest.mark.parametrize("loss", [0.0, 0.1])
def test_a_home_below_1_ghz_joins_and_talks(loss):
    home = whole(loss=loss, channels=PLACES)
    hub = home.nodes[HUB].network
    assert hub.page == 28
    for extended in DEVICES:
        network = home.nodes[extended].network
        assert (network.page, network.channel) == (28, hub.channel)
        assert talks(home, HUB, extended)
        assert talks(home, extended, HUB)


def test_what_a_restart_takes_up_is_below_1_ghz_too():
    home = whole(channels=PLACES)
    for extended in (HUB, GAS):
        before = home.nodes[extended].network
        home.off(extended)
        home.run(5)
        after = home.on(extended).network
        assert (after.page, after.channel) == (before.page, before.channel)
    home.run(5)
    assert talks(home, HUB, GAS)


@pytest.mark.req("SGHZ-RF-01", "SGHZ-RF-02")
@pytest.mark.parametrize(
    ("page", "channel"),
    [(28, 0), (28, 26), (29, 27), (29, 34), (29, 62), (30, 35), (30, 61), (31, 0), (31, 26)],
)
def test_a_device_finds_its_network_on_any_page(page, channel):
    home = Home(channels=[[page, channel]], admitted=(METER,))
    home.on(HUB)
    home.opened()
    others = [20, [28, 7], [29, 30], [30, 40], [31, 5]]
    meter = home.on(METER, channels=[*others, [page, channel]])
    home.until(lambda: is_keyed(meter), 120)
    assert (meter.network.page, meter.network.channel) == (page, channel)


def test_a_device_of_both_bands_finds_a_network_at_2_4_ghz():
    home = Home(channels=[15], admitted=(METER,))
    home.on(HUB)
    home.opened()
    meter = home.on(METER, channels=[[28, 7], 11, 15])
    home.until(lambda: is_keyed(meter), 60)
    assert (meter.network.page, meter.network.channel) == (0, 15)


@pytest.mark.parametrize(
    "to_join", [[[28, 27]], [[29, 35]], [[27, 0]], [[28]], ["x"], [[28, "0"]]]
)
def test_channels_that_there_are_not(to_join):
    described = {"extended_address": METER, "install_code": INSTALL_CODE, "channels": to_join}
    with pytest.raises(NetworkError):
        Network(described)


@pytest.mark.req("SGHZ-RF-03")
def test_pages_and_their_masks():
    sizes = {page: len(channels) for page, channels in channel_pages.CHANNELS.items()}
    assert sizes == {28: 27, 29: 9, 30: 27, 31: 27}
    assert channel_pages.mask(28, (0, 26)) == 28 << 27 | 1 << 26 | 1
    assert channel_pages.mask(29, (27, 62)) == 29 << 27 | 1 << 8 | 1
    assert channel_pages.mask(30, (35,)) == 30 << 27 | 1
    for page, channels in channel_pages.CHANNELS.items():
        everywhere = [(page, channel) for channel in channels]
        assert channel_pages.places(channel_pages.mask(page, channels)) == everywhere
        # As the desk's radios, which are written for themselves, have them.
        assert tuple(phy.SUB_GHZ_PAGES[page]) == channels
    assert channel_pages.places(27 << 27 | 1) == []


@pytest.mark.req("SGHZ-RF-03")
def test_air_time_below_1_ghz():
    assert phy.SUB_GHZ.air_time_us(bytes(127)) == 11_120
    assert phy.SUB_GHZ.air_time_us(bytes(5)) == 1_360
    with pytest.raises(ValueError, match="channel page 29 has no channel 35"):
        phy.band_of(29, 35)


def test_only_who_lets_devices_in_answers_who_wants_in():
    heard = []
    home = Home(channels=PLACES, admitted=(METER,), tap=lambda at_us, psdu: heard.append(psdu))
    home.on(HUB)
    home.run(5)
    home.on(METER)
    home.run(20)
    # Beacons of version 2: the first octet says what a frame is, the second of which version.
    assert not [psdu for psdu in heard if psdu[0] & 7 == 0]
    home.opened()
    home.until(lambda: is_keyed(home.nodes[METER]), 60)
    beacons = [psdu for psdu in heard if psdu[0] & 7 == 0]
    assert beacons
    assert {psdu[1] & 0x32 for psdu in beacons} == {0x22}


def test_elements_that_are_cut_or_of_others_are_refused_or_passed_over():
    mac, network = Recorder(), Network({"extended_address": HUB, "admits": []})
    network.form((28, 3), 0x1234, bytes(16))
    enhanced_beacon.send_beacon(mac, network, mac_commands.beacon(True, True, True, bytes(8)))
    enhanced_beacon.send_request(mac, network, bytes(range(8)))
    beacon, request = mac.sent
    frame = enhanced_beacon.frame_of(beacon)
    assert (frame.source, frame.source_pan) == (0, 0x1234)
    assert mac_commands.Beacon(frame.payload).permits_joining
    frame = enhanced_beacon.frame_of(request)
    assert (frame.payload, frame.lost) == (b"\x07", bytes(range(8)))
    assert not enhanced_beacon.is_asked(frame, network, True)
    for size in range(len(beacon) - 1):
        with pytest.raises(FrameError):
            enhanced_beacon.frame_of(beacon[:size])
    for size in range(len(request) - 1):
        try:
            assert not enhanced_beacon.frame_of(request[:size]).payload
        except FrameError:
            continue


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_wireshark_reads_beacons_and_their_requests(tmp_path):
    mac, network = Recorder(), Network({"extended_address": HUB, "admits": []})
    network.form((28, 3), 0x1234, bytes(16))
    enhanced_beacon.send_request(mac, network, None)
    enhanced_beacon.send_request(mac, network, network.extended_pan_id)
    enhanced_beacon.send_beacon(mac, network, mac_commands.beacon(True, True, True, bytes(8)))
    first, again, beacon = dissection(mac.sent, tmp_path, {})
    for frame in (first, again, beacon):
        assert "Frame Version: IEEE Std 802.15.4-2015 (2)" in frame
        assert "alformed" not in frame
    for frame in (first, again):
        assert "Beacon Request (0x07)" in frame
    assert "Permit Join Filter: Enabled" in first
    assert "ZigBee IE, Rejoin, Length: 10, EPID 00:db:12:34:56:78:90:a1, Src: 0x0000" in again
    assert "IEEE 802.15.4 Enhanced Beacon, Src: 00:db:12:34:56:78:90:a1" in beacon
    assert "Source Address: 0x0000" in beacon


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_every_runtime_encodes_the_same(runtime):
    check_golden(runtime, WORKLOAD)


# The wasm runtime of the tests has no random numbers for keys.
@pytest.mark.runtime
@pytest.mark.req(
    "GSME-GEN-09",
    "HCALCS-HC-04",
    "SGHZ-RF-01",
    "SGHZ-RF-02",
    "SGHZ-RF-03",
    "SGHZ-RF-04",
    "SGHZ-RF-05",
    "SGHZ-RF-06",
    "SGHZ-RF-07",
    "SGHZ-RF-08",
    "SGHZ-RF-09",
    "SGHZ-RF-10",
    "SGHZ-RF-11",
    "SGHZ-RF-12",
    "SGHZ-RF-13",
)
@pytest.mark.parametrize("runtime", ["cpython", "unix"])
def test_a_home_does_the_same_on_every_runtime(runtime):
    check_golden(runtime, HOME_WORKLOAD)


def test_a_bundle_has_what_its_bands_need(tmp_path):
    joining = {"extended_address": METER, "install_code": INSTALL_CODE, "displays": ["0000"]}
    for channels, is_wanted in (([[28, 3]], True), ([11], False), (None, False)):
        network = JoiningFile(**joining, channels=channels)
        made = bundle("GSME", tmp_path, find_board("pico"), network, radio=True)
        names = {Path(file.path).stem for file in made.files}
        wanted = {"channel_pages", "enhanced_beacon", "sub_ghz", "duty_cycle"}
        wanted.add("frequency_agility")
        assert wanted & names == (wanted if is_wanted else set())


# The duty cycle.


@pytest.mark.req("SGHZ-RF-10")
@pytest.mark.parametrize(("is_hub", "budget_ms"), [(False, 90_000), (True, 360_000)])
def test_no_hour_has_more_on_the_air_than_the_budget(is_hub, budget_ms):
    duty = DutyCycle(is_hub)
    random = Random(7)
    sent = []
    for second in range(4 * 3600):
        for _ in range(random.choice((0, 0, 9, 60))):
            if duty.allows():
                duty.note(127)
                sent.append((second, phy.SUB_GHZ.air_time_us(bytes(127))))
        duty.step()
    assert duty.dropped
    for first in range(0, 3 * 3600, 60):
        on_air_us = sum(us for second, us in sent if first <= second < first + 3600)
        assert on_air_us <= budget_ms * 1_000


@pytest.mark.req("SGHZ-RF-07")
def test_levels_and_their_events():
    home = whole(channels=PLACES)
    sub_ghz = home.nodes[METER].membership.sub_ghz
    told = []
    sub_ghz.on_event = told.append
    duty = sub_ghz.duty
    levels = []
    for octets in (0, 700_000, 250_000, 200_000):
        duty._buckets[0] += octets
        home.run(2)
        levels.append(duty.level())
    assert levels == [0, 1, 2, 3]
    assert told == [0x8F20, 0x8F22, 0x8F24]
    # What is spent, is spent: not even an answer goes out.
    sent = home.ether.statistics.transmissions
    before = home.nodes[METER].stack.mac.sent
    assert not talks(home, HUB, METER, 5)
    assert home.nodes[METER].stack.mac.sent == before
    assert home.ether.statistics.transmissions > sent
    # Its next Link Status, one in fifteen seconds, is the first frame that is not sent.
    home.until(lambda: 0x8F2C in told, 15)
    home.run(65 * 60)
    assert duty.level() == 0
    assert set(told) == {0x8F20, 0x8F21, 0x8F22, 0x8F23, 0x8F24, 0x8F25, 0x8F2C}
    home.until(lambda: talks(home, HUB, METER, 1), 300)


@pytest.mark.req("SGHZ-RF-10", "SGHZ-RF-11")
def test_what_is_on_the_air_is_counted_acknowledgements_too():
    air_us = []
    home = whole(channels=PLACES, tap=lambda at_us, psdu: air_us.append(len(psdu)))
    nodes = home.nodes.values()
    counted_ms = sum(node.membership.sub_ghz.duty.used_ms() for node in nodes)
    on_air_ms = sum(phy.SUB_GHZ.air_time_us(bytes(size)) for size in air_us) // 1000
    assert on_air_ms - len(nodes) <= counted_ms <= on_air_ms


# Suspend ZCL Messages.


@pytest.mark.req("SGHZ-RF-08", "SGHZ-RF-09")
def test_a_suspended_device_says_nothing_but_critical_events():
    home = whole(channels=PLACES)
    hub, display = home.nodes[HUB], home.nodes[DISPLAY]
    hub.membership.sub_ghz.suspend(display.network.short_address, 2)
    home.run(5)
    sub_ghz = display.membership.sub_ghz
    assert sub_ghz.is_suspended()
    assert not talks(home, DISPLAY, HUB, 20)
    assert sub_ghz.held >= 20
    # Publish Event goes out, and arrives.
    heard = []
    hub.stack.handlers[0x0709, 0x00, True] = lambda *what: heard.append(what[0])
    event = bytes((1, 0x68, 0x81)) + bytes(6)
    outcomes = []
    display.stack.command(0, 0x0709, 0x00, event, True, on_outcome=outcomes.append)
    display.stack.command(0, 0x0702, 0x00, b"", False, on_outcome=outcomes.append)
    home.run(5)
    assert heard == [display.network.short_address]
    assert sorted(outcomes) == [False, True]
    home.run(120)
    assert not sub_ghz.is_suspended()
    assert talks(home, DISPLAY, HUB)


def test_a_suspension_ends_early_and_can_be_asked_for():
    home = whole(channels=PLACES)
    hub, display = home.nodes[HUB], home.nodes[DISPLAY]
    sub_ghz = display.membership.sub_ghz
    hub.membership.sub_ghz.suspend(display.network.short_address, 60)
    home.run(5)
    # A restart forgets, so a device asks.
    home.off(DISPLAY)
    display = home.on(DISPLAY)
    home.run(10)
    sub_ghz = display.membership.sub_ghz
    assert not sub_ghz.is_suspended()
    display.stack.command(0, CLUSTER, GET_SUSPENSION, b"", False)
    home.run(5)
    assert sub_ghz.is_suspended()
    hub.membership.sub_ghz.suspend(display.network.short_address, 0)
    home.run(5)
    assert not sub_ghz.is_suspended()


@pytest.mark.req("SGHZ-RF-08")
def test_only_the_hub_suspends():
    home = whole(channels=PLACES)
    meter, display = home.nodes[METER], home.nodes[DISPLAY]
    meter.stack.command(display.network.short_address, CLUSTER, SUSPEND, b"\x05", True)
    home.run(60)
    meter.stack.command(display.network.short_address, CLUSTER, SUSPEND, b"\x05", True)
    home.run(5)
    assert meter.network.devices.key_of(display.network.extended_address)
    assert not display.membership.sub_ghz.is_suspended()


@pytest.mark.req("SGHZ-RF-07", "SGHZ-RF-08", "SGHZ-RF-13")
def test_a_hub_whose_hour_runs_out_suspends_who_says_most():
    home = whole(channels=PLACES)
    hub, display = home.nodes[HUB], home.nodes[DISPLAY]
    assert talks(home, DISPLAY, HUB)
    for _ in range(20):
        display.stack.read(0, 0x0000, (0x0004,))
        home.run(1)
    sub_ghz = hub.membership.sub_ghz
    lqi, at_s = sub_ghz.links[display.network.short_address]
    assert lqi > 100
    assert at_s >= sub_ghz._seconds - 2
    sub_ghz.duty._buckets[0] += 2_800_000
    home.run(5)
    assert display.membership.sub_ghz.is_suspended()
    assert not home.nodes[METER].membership.sub_ghz.is_suspended()


@pytest.mark.req("SGHZ-RF-02")
def test_a_hub_serves_its_channel_masks():
    home = whole(channels=[[28, 0], [28, 26], [29, 62]])
    answer = home.nodes[HUB].stack._server.answer(CLUSTER, bytes((1, 0, 2, 0, 3, 0)), 0)
    masks = [28 << 27 | 1 << 26 | 1, 29 << 27 | 1 << 8, 30 << 27]
    told = b"".join(
        bytes((number + 1, 0, 0, 0x1B)) + bits.to_bytes(4, "little")
        for number, bits in enumerate(masks)
    )
    assert answer == told


# Frequency agility.


def places(home):
    return {(node.network.page, node.network.channel) for node in home.nodes.values()}


@pytest.mark.req("SGHZ-RF-04", "SGHZ-RF-06", "SGHZ-RF-11")
def test_all_follow_the_hub_to_another_channel():
    home = whole(channels=PLACES)
    before = places(home)
    told = []
    agility = home.nodes[HUB].membership.sub_ghz.agility
    home.nodes[HUB].membership.sub_ghz.on_event = told.append
    assert agility.leave_channel()
    home.run(40)
    assert told == [0x8F27, 0x8F28, 0x8F26]
    assert len(places(home)) == 1
    assert places(home) != before
    for extended in DEVICES:
        assert talks(home, HUB, extended)
        assert home.nodes[extended].membership.sub_ghz.agility.changes == 1
    # It is kept.
    home.off(METER)
    home.on(METER)
    assert len(places(home)) == 1


@pytest.mark.req("SGHZ-RF-04", "SGHZ-RF-12")
@pytest.mark.parametrize("extended", DEVICES)
def test_who_missed_the_change_finds_the_network_again(extended):
    home = whole(channels=PLACES)
    home.off(extended)
    home.nodes[HUB].membership.sub_ghz.agility.leave_channel()
    home.run(40)
    home.on(extended)
    assert len(places(home)) == 2
    home.until(lambda: len(places(home)) == 1 and home.nodes[extended].network.is_joined, 4200)
    home.run(5)
    assert talks(home, HUB, extended)


@pytest.mark.req("SGHZ-RF-12")
def test_a_gas_meter_searches_thrice_and_then_each_hour():
    asked = []
    home = whole(channels=PLACES, tap=lambda at_us, psdu: asked.append((at_us, psdu)))
    home.off(HUB)
    home.off(METER)
    asked.clear()
    home.run(9 * 3600)
    gas = home.nodes[GAS].network.extended_address
    requests_s = [
        at_us // 1_000_000
        for at_us, psdu in asked
        if psdu[0] & 7 == 3 and psdu[1] & 2 and gas in psdu[:15]
    ]
    # A search asks once a channel.
    searches_s = requests_s[::3]
    assert len(requests_s) == 3 * len(searches_s)
    first = searches_s[0]
    assert [at_s - first < 60 for at_s in searches_s[:3]] == [True] * 3
    gaps_s = [
        after - before for before, after in zip(searches_s[2:], searches_s[3:], strict=False)
    ]
    assert gaps_s
    assert all(3_595 <= gap_s <= 3_615 for gap_s in gaps_s)


@pytest.mark.req("SGHZ-RF-05", "SGHZ-RF-06")
def test_a_hub_changes_no_more_often_than_it_may():
    home = whole(channels=PLACES)
    sub_ghz = home.nodes[HUB].membership.sub_ghz
    told = []
    sub_ghz.on_event = told.append
    sub_ghz.agility.changes_a_week = 2
    for _ in range(2):
        assert sub_ghz.agility.leave_channel()
        home.run(40)
    assert len(places(home)) == 1
    assert not sub_ghz.agility.leave_channel()
    assert told[-1] == 0x8F2B
    sub_ghz.agility._seconds += 7 * 86_400
    assert sub_ghz.agility.leave_channel()


@pytest.mark.req("SGHZ-RF-05")
@pytest.mark.parametrize("who", [HUB, METER])
def test_a_channel_where_frames_fail_is_left(who):
    home = whole(channels=PLACES)
    told = []
    home.nodes[HUB].membership.sub_ghz.on_event = told.append
    mac = home.nodes[who].stack.mac
    # Of the quarter of an hour that runs; what happens meanwhile counts as well.
    mac.lost += 2_000
    home.run(900 + 60)
    assert 0x8F26 in told
    assert len(places(home)) == 1


@pytest.mark.req("SGHZ-RF-04")
def test_a_device_follows_nobody_but_the_hub_nor_to_where_it_may_not_be():
    home = whole(channels=PLACES)
    before = places(home)
    display = home.nodes[DISPLAY].membership
    bits = channel_pages.mask(28, (13,)), channel_pages.mask(28, (1,))
    meter = home.nodes[METER].network.short_address
    requests = [pack("<BIBBB", 1, mask, 0xFE, 1, 0) for mask in bits]
    display.zdo.receive(meter, 0x0039, b"\x01" + requests[0], True)
    with pytest.raises(FrameError):
        display.zdo.receive(0, 0x0039, b"\x01" + requests[1], True)
    with pytest.raises(FrameError):
        display.zdo.receive(0, 0x0039, b"\x01" + requests[0][:6], True)
    home.run(30)
    assert places(home) == before
