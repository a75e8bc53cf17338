"""A home in the Sub GHz Bands."""

import shutil

import pytest

from host_tools.desk import phy
from protometer.han import channel_pages, enhanced_beacon, ieee802154, mac_commands
from protometer.han.frame_error import FrameError
from protometer.han.network import Network, NetworkError
from tests.han.network_stand import GAS, HUB, INSTALL_CODE, METER, Home
from tests.han.test_network import DEVICES, is_keyed, talks, whole
from tests.han.test_tshark import dissection

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


@pytest.mark.req("SGHZ-RF-02")
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
