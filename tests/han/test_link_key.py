"""A link key agreed by certificates, in the default policy: what Smart Energy is spoken under."""

import shutil
import sys

import pytest

from host_tools.desk.capture import Capture
from protometer.han import zcl
from protometer.han.network import NetworkError
from protometer.han.zcl import KEY_ESTABLISHMENT
from tests.han.key_establishment_stand import START_S, Side, authority, credentials
from tests.han.trust_centre_stand import (
    DEVICE_EUI,
    HUB_EUI,
    INSTALL_CODE,
    LINK_KEY_OCTETS,
    NETWORK_KEY,
    Device,
    Hub,
)
from tests.interop.referee import faults


def certificates(suites, seed=1):
    held = []
    for suite in suites:
        issued = authority(suite, seed).issue(
            DEVICE_EUI[::-1], lambda count: bytes(count - 1) + b"7"
        )
        octets = issued.certificate, issued.private_key, issued.authority
        held.append([suite, *(part.hex() for part in octets)])
    return held


def told_of_keys(hub):
    """What a hub was told of key establishment."""
    return [values for values in hub.told("data") if values[0] == KEY_ESTABLISHMENT]


class Establishing:
    """A device with certificates, and a hub that is the server of key establishment."""

    def __init__(self, suites=(1, 2), seed=1, **side):
        self.hub = Hub()
        self.side = Side(HUB_EUI, **side)
        held = certificates(suites, seed)
        self.device = Device(install_code=INSTALL_CODE, certificates=held)
        self._heard = 0

    def run(self, ms):
        for _ in range(0, ms, 100):
            self.device.run(self.hub, 100)
            told = self.hub.told("data")
            for cluster, _, _, octets in told[self._heard :]:
                if cluster == KEY_ESTABLISHMENT:
                    control, _, command, payload = zcl.decode(octets)
                    from_server = bool(control & zcl.SERVER_TO_CLIENT)
                    self.side.machine.receive(DEVICE_EUI, command, from_server, payload, START_S)
            self._heard = len(told)
            self.side.work(START_S)
            for _, command, from_server, payload in self.side.sent():
                control = zcl.CLUSTER_SPECIFIC | zcl.NO_DEFAULT_RESPONSE
                control |= zcl.SERVER_TO_CLIENT if from_server else 0
                self.hub.ask(
                    self.device, KEY_ESTABLISHMENT, zcl.frame(control, 1, command, payload)
                )
            for _, key in self.side.keys:
                self.hub.link_key = key


def test_what_agrees_keys_is_in_memory_only_as_long_as_it_may_be_needed():
    both = Establishing((2,))
    both.run(30_000)
    assert both.device.network.has_confirmed_key
    both.run(100_000)
    names = {"protometer.han.key_establishment", "protometer.crypto.binary_curve"}
    assert not names & sys.modules.keys()
    # The key is lost, and agreed again.
    both.device.network.keep_link_key(bytes(16), False)
    both.run(1_000)
    assert names <= sys.modules.keys()
    both.run(30_000)
    assert both.device.network.has_confirmed_key


@pytest.mark.parametrize("suites", [(1,), (2,), (1, 2)])
def test_a_key_is_agreed_kept_and_smart_energy_spoken_under_it(suites):
    both = Establishing(suites)
    both.run(60_000)
    device, hub = both.device, both.hub
    ((peer, key),) = both.side.keys
    assert peer == DEVICE_EUI
    assert (device.network.link_key_of(HUB_EUI), device.network.has_confirmed_key) == (key, True)
    assert device.stack.membership.link_key.finding is None
    device.data.active_power_import_w = 1234
    hub.ask(device, 0x0702, zcl.read_attributes(5, (0x0400,)), sealed=True)
    device.run(hub, 200)
    answer = (0x0702, 0x0109, True, bytes.fromhex("1805010004002ad20400"))
    assert hub.told("data")[-1] == answer
    hub.ask(device, 0x0702, zcl.read_attributes(6, (0x0400,)))
    device.run(hub, 200)
    assert hub.told("data")[-1] == (0x0702, 0x0109, False, bytes.fromhex("18060b007e"))
    # And nothing is agreed anew after a restart.
    again = Device(device.data, install_code=INSTALL_CODE, certificates=certificates(suites))
    sent = len(hub.told("data"))
    again.run(hub, 30_000)
    assert again.standing.is_joined()
    assert again.network.link_key_of(HUB_EUI) == key
    assert [values[0] for values in hub.told("data")[sent:]] == [0x0013, 0x000A][:1]


def test_a_certificate_of_another_authority_gives_no_key_and_is_tried_again():
    both = Establishing((2,), seed=2)
    both.run(30_000)
    begun = len(told_of_keys(both.hub))
    assert both.side.keys == []
    assert not both.device.network.has_confirmed_key
    assert "failed, status" in both.device.stack.membership.link_key.finding
    both.run(70_000)
    assert len(told_of_keys(both.hub)) > begun


def test_a_trust_centre_that_has_no_such_cluster_is_asked_seldom():
    hub = Hub()
    device = Device(install_code=INSTALL_CODE, certificates=certificates((2,)))
    device.run(hub, 150_000)
    asked = told_of_keys(hub)
    assert 2 <= len(asked) <= 4
    assert device.standing.is_joined()


@pytest.mark.parametrize("wrong", [[[3, "00", "00", "00"]], [[2, "zz", "00", "00"]], [[2]], 5])
def test_certificates_are_described_well(wrong):
    with pytest.raises(NetworkError):
        Device(install_code=INSTALL_CODE, certificates=wrong)


def test_an_authority_that_is_no_point_of_the_curve_is_found():
    held = certificates((2,))
    held[0][3] = "02" + "00" * 36
    device = Device(install_code=INSTALL_CODE, certificates=held)
    device.run(Hub(), 5_000)
    assert device.stack.membership.link_key.finding.startswith("link key: ")
    assert device.standing.is_joined()


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_tshark_reads_every_frame_of_it(tmp_path):
    both = Establishing((2,))
    on_air = []
    take, hear = both.hub.take, both.device.hear
    both.hub.take = lambda device, psdu: (on_air.append(bytes(psdu)), take(device, psdu))[1]
    both.device.hear = lambda psdu, lqi=200: (on_air.append(bytes(psdu)), hear(psdu, lqi))[1]
    both.run(60_000)
    both.hub.ask(both.device, 0x0702, zcl.read_attributes(5, (0x0400,)), sealed=True)
    both.device.run(both.hub, 200)
    path = tmp_path / "air.pcapng"
    with Capture(path) as capture:
        for number, psdu in enumerate(on_air):
            capture.write(number, psdu)
    keys = {"joining": LINK_KEY_OCTETS, "network": NETWORK_KEY, "agreed": both.hub.link_key}
    assert not faults(path, keys)


@pytest.mark.parametrize(("suites", "value"), [((1,), 1), ((2,), 2), ((1, 2), 3)])
def test_the_suites_held_are_told_as_server_and_as_client(suites, value):
    hub = Hub()
    device = Device(install_code=INSTALL_CODE, certificates=certificates(suites))
    device.run(hub, 2_000)
    for asked, told in ((0x00, 0x18), (0x08, 0x10)):
        hub.ask(device, KEY_ESTABLISHMENT, zcl.frame(asked, 9, zcl.READ_ATTRIBUTES, b"\0\0"))
        device.run(hub, 500)
        _, _, _, octets = told_of_keys(hub)[-1]
        # Attribute 0, success, enum16.
        assert octets.hex() == f"{told:02x}0901" + "00000031" + f"{value:02x}00"


# The peer's certificate is of 1 January 2030, for a year; (time now, whether the clock is right).
UNIX_S_OF_2030 = 1_893_456_000
YEAR_S = 365 * 86_400
VALIDITY = [(2, False), (1, True), (0, True)]


@pytest.mark.parametrize(("clock_status", "agreed"), VALIDITY)
def test_a_certificate_is_judged_by_the_time_where_that_is_known(clock_status, agreed):
    held = credentials(2, HUB_EUI, valid_from_unix_s=UNIX_S_OF_2030, valid_for_s=YEAR_S)
    both = Establishing((2,), held={2: held})
    both.device.data.clock_status = clock_status
    both.run(30_000)
    assert both.device.network.has_confirmed_key == agreed
    if not agreed:
        assert "failed" in both.device.stack.membership.link_key.finding
