"""A device on its way onto a network, and what may go wrong there."""

import sys

import pytest

from protometer.han import aps_commands, joining, mac_commands, nwk_commands, zcl
from protometer.han.aps_frame import KEY_LOAD, KEY_TRANSPORT, LINK_KEY
from protometer.han.install_code import link_key
from protometer.han.kept_network import packed
from protometer.han.network import Network, NetworkError
from protometer.han.nwk_frame import COMMAND
from tests.han.trust_centre_stand import (
    ACCESS_DENIED,
    ADDRESS,
    CHANNEL,
    DEVICE_EUI,
    HUB_EUI,
    INSTALL_CODE,
    LINK_KEY_OCTETS,
    LOADED_KEY,
    NETWORK_KEY,
    NEW_KEY,
    PAN_AT_CAPACITY,
    PAN_ID,
    Device,
    Hub,
)

READ_POWER = zcl.read_attributes(5, (0x0400,))


def joined(**description):
    hub = Hub()
    device = Device(install_code=INSTALL_CODE, **description)
    device.run(hub, 3_000)
    assert device.standing.is_joined()
    return device, hub


def test_by_install_code_in_the_default_policy():
    device, hub = joined()
    network = device.network
    assert (network.short_address, network.pan_id, network.channel) == (ADDRESS, PAN_ID, CHANNEL)
    assert (network.trust_centre, network.key_of(0)) == (HUB_EUI, NETWORK_KEY)
    # Both channels were searched, and a router announced itself.
    assert hub.beacons == 1
    assert hub.told("data")[0][0] == 0x0013
    assert hub.told("data")[0][3][1:] == b"\x88\x77" + DEVICE_EUI + b"\x8e"
    # No link key is asked for: key establishment is to give one.
    assert hub.told("aps") == []
    assert not network.has_confirmed_key


def test_a_link_key_is_asked_for_and_verified_in_policy_interop():
    device, hub = joined(policy="interop")
    assert [command[0] for command in hub.told("aps")] == [
        aps_commands.REQUEST_KEY,
        aps_commands.VERIFY_KEY,
    ]
    assert device.network.has_confirmed_key
    assert device.network.link_key_of(HUB_EUI) == LOADED_KEY


def test_strangers_without_an_install_code_use_the_well_known_key():
    hub = Hub(link_key=b"ZigBeeAlliance09")
    device = Device(policy="interop")
    device.run(hub, 3_000)
    assert device.standing.is_joined()
    with pytest.raises(NetworkError, match="no install_code"):
        Device(policy="default")


@pytest.mark.parametrize("policy", ["default", "interop"])
def test_a_restart_takes_the_network_up_again(policy):
    device, hub = joined(policy=policy)
    again = Device(device.data, install_code=INSTALL_CODE, policy=policy)
    again.run(hub, 500)
    assert again.standing.is_joined()
    assert hub.beacons == 1
    assert len([1 for values in hub.told("data") if values[0] == 0x0013]) == 2
    assert again.network.has_confirmed_key == (policy == "interop")
    assert packed(again.network) == packed(device.network)


def test_the_way_there_is_in_memory_only_while_a_device_is_on_it():
    device, hub = joined()
    assert device.standing.way is None
    assert not {"protometer.han.joining", "protometer.han.scanning"} & sys.modules.keys()
    device.standing.seek()
    assert "protometer.han.joining" in sys.modules


def test_a_network_of_another_release_is_joined_anew():
    device, hub = joined()
    device.data.han_network = device.data.han_network[:-1]
    again = Device(device.data, install_code=INSTALL_CODE)
    again.run(hub, 3_000)
    assert hub.beacons == 2
    assert again.standing.is_joined()


def beacons_in(device, hub, ms):
    before = hub.beacons
    device.run(hub, ms)
    return hub.beacons - before


# What is wrong with the hub.
WRONG = [
    ("permits", False),
    ("answers", False),
    ("status", ACCESS_DENIED),
    ("status", PAN_AT_CAPACITY),
    ("link_key", bytes(16)),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_who_is_not_let_in_searches_again_ever_more_seldom(name, value):
    hub, device = Hub(), Device(install_code=INSTALL_CODE)
    setattr(hub, name, value)
    early = beacons_in(device, hub, 60_000)
    late = beacons_in(device, hub, 60_000)
    assert not device.standing.is_joined()
    assert early > late > 0 or early > 2
    assert device.data.han_network == b""
    # And is in at once when what was wrong is mended.
    setattr(hub, name, getattr(Hub(), name))
    device.run(hub, 125_000)
    assert device.standing.is_joined()


def test_a_device_that_sleeps_asks_for_what_waits():
    hub = Hub()
    hub.is_sleepy = True
    device = Device(install_code=INSTALL_CODE, sleepy=True, policy="interop")
    device.run(hub, 5_000)
    assert device.standing.is_joined()
    assert hub.told("data")[0][3][-1] == 0x80
    assert device.radio.listens
    asked = hub.told("mac")
    device.run(hub, 60_000)
    assert not device.radio.listens
    # Every seven seconds and a half, when there is nothing else to do.
    assert 7 <= len(hub.told("mac")) - len(asked) <= 33
    assert hub.told("mac")[-1] == (mac_commands.DATA_REQUEST, ADDRESS)
    # What waited has it listen for more.
    hub.ask(device, 0x0000, zcl.read_attributes(1, (0x0000,)))
    for _ in range(80):
        device.run(hub, 100)
        if hub.told("data")[-1][0] == 0x0000:
            break
    assert device.radio.listens
    device.run(hub, 10_000)
    assert not device.radio.listens


def waiting():
    """A device that was let in, and waits for the network key that the hub does not send."""
    hub = Hub()
    hub.transport = lambda device: None
    device = Device(install_code=INSTALL_CODE)
    device.run(hub, 1_500)
    assert device.standing.way.state == joining._AWAITING_KEY
    del hub.transport
    return device, hub


# (how it is sent) of network keys that are not to be taken.
NOT_OURS = [
    {"to": bytes(8 * [1])},
    {"sealed_with": LINK_KEY},
    {"sealed_with": KEY_LOAD},
    {"sealed_with": None},
    {"kind": aps_commands._TRUST_CENTRE_LINK_KEY},
    {"kind": 0x03},
    {"kind": 0x00},
]


@pytest.mark.parametrize("how", NOT_OURS)
def test_a_network_key_that_is_not_to_be_trusted(how):
    device, hub = waiting()
    hub.transport(device, **how)
    device.run(hub, 100)
    assert (device.standing.way.state, device.stack.malformed) == (joining._AWAITING_KEY, 1)
    hub.transport(device)
    device.run(hub, 100)
    assert device.standing.is_joined()


def test_a_damaged_key_is_no_key():
    device, hub = waiting()
    psdu = hub.transport(device, to=bytes(8 * [1]))
    payload = bytearray(psdu[:-2])
    for at in range(9 + 8 + 2, len(payload)):
        damaged = bytearray(payload)
        damaged[at] ^= 1
        check = damaged + b"\0\0"
        device.radio.fills_fcs = True
        device.hear(check)
        device.run(hub, 20)
        device.radio.fills_fcs = False
        assert device.standing.way.state == joining._AWAITING_KEY


def test_a_network_key_is_changed_and_the_old_one_still_understood():
    device, hub = joined()
    hub.transport(device, key=NEW_KEY, sequence=1, sealed_with=KEY_TRANSPORT, secured=True)
    device.run(hub, 100)
    assert device.network.key_sequence == 0
    hub.command(device, bytes((aps_commands.SWITCH_KEY, 1)), None)
    device.run(hub, 100)
    assert device.network.key_sequence == 1
    assert Device(device.data, install_code=INSTALL_CODE).network.key_of(1) == NEW_KEY
    hub.ask(device, 0x0000, zcl.read_attributes(1, (0x0000,)))
    dropped = device.stack.nwk.dropped
    hub.use(1, NEW_KEY)
    hub.ask(device, 0x0000, zcl.read_attributes(2, (0x0000,)))
    device.run(hub, 100)
    assert device.stack.nwk.dropped == dropped
    sequences = [values[3][1] for values in hub.told("data") if values[0] == 0x0000]
    assert sequences == [1, 2]


def test_what_was_sent_under_the_old_key_stays_stale():
    device, hub = joined(policy="interop")
    hub.transport(device, key=NEW_KEY, sequence=1, sealed_with=KEY_TRANSPORT, secured=True)
    old = hub.ask(device, 0x0000, zcl.read_attributes(1, (0x0000,)))
    hub.command(device, bytes((aps_commands.SWITCH_KEY, 1)), None)
    device.run(hub, 100)
    dropped = device.stack.nwk.dropped
    device.hear(old)
    device.run(hub, 100)
    assert device.stack.nwk.dropped == dropped + 1


def test_a_switch_to_a_key_that_nobody_sent_changes_nothing():
    device, hub = joined()
    hub.command(device, bytes((aps_commands.SWITCH_KEY, 9)), None)
    device.run(hub, 100)
    assert device.network.key_sequence == 0


@pytest.mark.parametrize("cluster", [0x0702, 0x0705, 0x0700])
def test_smart_energy_wants_the_link_key_in_the_default_policy(cluster):
    device, hub = joined()
    hub.ask(device, cluster, zcl.read_attributes(5, (0x0000,)))
    device.run(hub, 100)
    assert hub.told("data")[-1] == (cluster, 0x0109, False, bytes.fromhex("18050b007e"))
    # The key of the install code is a link key too, but it was not agreed by certificates.
    hub.ask(device, cluster, zcl.read_attributes(6, (0x0000,)), sealed=True)
    device.run(hub, 100)
    assert hub.told("data")[-1] == (cluster, 0x0109, False, bytes.fromhex("18060b007e"))


def test_strangers_may_ask_in_policy_interop_under_their_profile():
    device, hub = joined(policy="interop")
    device.data.active_power_import_w = 1234
    for profile in (0x0109, 0x0104):
        hub.ask(device, 0x0702, READ_POWER, profile=profile)
        device.run(hub, 100)
        answer = (0x0702, profile, False, bytes.fromhex("1805010004002ad20400"))
        assert hub.told("data")[-1] == answer
    hub.ask(device, 0x0702, READ_POWER, profile=0x0260)
    device.run(hub, 100)
    assert device.stack.malformed == 1


def test_what_is_heard_twice_is_taken_once():
    device, hub = joined(policy="interop")
    psdu = hub.ask(device, 0x0702, READ_POWER)
    device.hear(psdu)
    device.run(hub, 100)
    answers = [values for values in hub.told("data") if values[0] == 0x0702]
    assert (len(answers), device.stack.nwk.dropped) == (1, 1)


def test_frames_in_the_clear_are_refused_once_on_the_network():
    device, hub = joined(policy="interop")
    before = len(hub.told("data"))
    hub.say(device, b"\0\x01\x02\x07\x09\x01\x01\x05" + READ_POWER, secured=False)
    hub.transport(device, key=NEW_KEY, sequence=1)
    device.run(hub, 100)
    assert (len(hub.told("data")), device.stack.nwk.dropped) == (before, 2)
    assert device.network.key_of(1) is None


def leave_request(device, hub, how, is_certain=True):
    """Tell a device to leave: certain is what has the hub's EUI-64, or is under its link key."""
    if how == "zdo":
        request = b"\x01" + DEVICE_EUI + b"\0"
        hub.ask(device, 0x0034, request, endpoint=0, profile=0, sealed=is_certain)
    else:
        command = bytes((nwk_commands.LEAVE, nwk_commands.LEAVE_IS_REQUEST))
        hub.say(device, command, kind=COMMAND, extended=HUB_EUI if is_certain else None)


@pytest.mark.parametrize("how", ["zdo", "nwk"])
def test_who_is_told_to_leave_in_the_hubs_name_alone_rejoins(how):
    device, hub = joined()
    kept = device.data.han_network
    leave_request(device, hub, how, False)
    device.run(hub, 100)
    assert device.standing.way.state in (joining._SEEKING, joining._REJOINING)
    assert device.data.han_network == kept
    assert nwk_commands.leave() not in hub.told("nwk")


def test_where_strangers_are_trusted_a_plain_word_is_enough():
    device, hub = joined(policy="interop")
    leave_request(device, hub, "nwk", False)
    device.run(hub, 1_500)
    assert device.data.han_network == b""


@pytest.mark.parametrize("how", ["zdo", "nwk"])
def test_a_device_that_is_to_leave_forgets_the_network(how):
    device, hub = joined()
    leave_request(device, hub, how)
    device.run(hub, 1_500)
    assert nwk_commands.leave() in hub.told("nwk")
    assert device.data.han_network == b""
    assert device.standing.way.state == joining._SCANNING
    if how == "zdo":
        assert (0x8034, 0, False, b"\x01\x00") in hub.told("data")


def test_a_leave_that_is_no_request_is_of_somebody_else():
    device, hub = joined()
    hub.say(device, bytes((nwk_commands.LEAVE, 0)), kind=COMMAND)
    device.run(hub, 300)
    assert device.standing.is_joined()


def securities(device):
    return device.stack.nwk.security, device.stack.membership.security


def test_frame_counters_go_on_over_a_restart():
    device, hub = joined(policy="interop")
    used = [security.counters.counter for security in securities(device)]
    again = Device(device.data, install_code=INSTALL_CODE, policy="interop")
    begins = [security.counters.counter for security in securities(again)]
    assert begins[0] >= used[0]
    assert begins[1] >= used[1] > 0


def test_an_install_code_is_checked():
    assert link_key(bytes.fromhex(INSTALL_CODE)) == LINK_KEY_OCTETS
    for at in range(len(INSTALL_CODE)):
        wrong = (
            INSTALL_CODE[:at] + ("0" if INSTALL_CODE[at] != "0" else "1") + INSTALL_CODE[at + 1 :]
        )
        with pytest.raises(NetworkError, match="its last four digits do not fit"):
            Device(install_code=wrong)
    with pytest.raises(NetworkError, match="17 octets, expected 18"):
        Device(install_code=INSTALL_CODE[2:])


def test_a_network_to_join_is_described_well():
    with pytest.raises(NetworkError, match="channel 27 is outside 11..26"):
        Network({"extended_address": "00" * 8, "policy": "interop", "channels": [27]})
    with pytest.raises(NetworkError, match="no extended_address"):
        Network({"policy": "interop"})


@pytest.mark.parametrize("how", [{"sealed_with": None}, {"sealed_with": LINK_KEY}])
def test_a_transported_network_key_is_kept_for_later_only_under_the_key_for_that(how):
    device, hub = joined()
    hub.transport(device, key=NEW_KEY, sequence=1, secured=True, **how)
    device.run(hub, 100)
    assert device.network.key_of(1) is None
    hub.transport(device, key=NEW_KEY, sequence=1, secured=True)
    device.run(hub, 100)
    assert device.network.key_of(1) == NEW_KEY
    # In the interop policy the network key is enough for it, as strangers do it.
    device, hub = joined(policy="interop")
    hub.transport(device, key=NEW_KEY, sequence=1, secured=True, **how)
    device.run(hub, 100)
    assert device.network.key_of(1) == NEW_KEY
    assert KEY_TRANSPORT == 2
