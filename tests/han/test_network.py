"""A network of our own: hub, a meter that routes, a gas meter that sleeps, a display."""

import pytest

from protometer.han import aps_commands, ieee802154, joining, nwk_frame
from protometer.han.devices import CHILD, CONFIRMED, END_DEVICE, SLEEPS
from protometer.han.network import Network, NetworkError
from protometer.han.parent import Parent
from protometer.han.polling import Polling
from protometer.kernel.ticks import PERIOD_MS
from tests.han.network_stand import DISPLAY, GAS, HUB, INSTALL_CODE, METER, Home

# Whole homes that agree keys; the parts have tests of their own.
pytestmark = pytest.mark.untraced

EUI = {extended: bytes.fromhex(extended)[::-1] for extended in (HUB, METER, GAS, DISPLAY)}
DEVICES = (METER, GAS, DISPLAY)


def has_entry(node, extended):
    """Whether a node keeps anything of a device beside its address."""
    return extended in [one for one, _ in node.network.devices.having(0)]


def is_keyed(node):
    network = node.network
    return network.is_joined and network.has_confirmed_key


def whole(**how):
    """A home whose devices are all on the network, with keys."""
    home = Home(**how)
    home.on(HUB)
    home.opened()
    nodes = [home.on(extended) for extended in DEVICES]
    home.until(lambda: all(is_keyed(node) for node in nodes), 300)
    # What was found out is kept in the second after.
    home.run(3)
    return home


def talks(home, source, destination, seconds=40):
    """Tell whether a device is answered by another: its Basic cluster, which needs no link key."""
    asker, asked = home.nodes[source], home.nodes[destination]
    heard = []
    asker.stack.on_answer = lambda address, cluster, now_s: heard.append((address, cluster))
    for _ in range(seconds):
        asker.stack.read(asked.network.short_address, 0x0000, (0x0004,))
        home.run(1)
        if (asked.network.short_address, 0x0000) in heard:
            return True
    return False


@pytest.mark.parametrize("policy", ["default", "interop"])
@pytest.mark.parametrize("loss", [0.0, 0.02, 0.2])
def test_devices_join_the_hub_and_have_keys(policy, loss):
    home = whole(loss=loss, policy=policy)
    hub = home.nodes[HUB].network
    assert hub.short_address == 0
    for extended in DEVICES:
        network = home.nodes[extended].network
        assert (network.pan_id, network.channel) == (hub.pan_id, hub.channel)
        assert network.key_of(0) == hub.key_of(0)
        assert network.trust_centre == EUI[HUB]
        assert hub.devices.is_(EUI[extended], CONFIRMED)
        assert hub.devices.key_of(EUI[extended]) == network.link_key_of(EUI[HUB])
        assert hub.devices.short_of(EUI[extended]) == network.short_address
    # The hub, which always listens, is their parent or not; the gas meter is somebody's child.
    assert (
        sum(
            home.nodes[router].network.devices.is_(EUI[GAS], CHILD | SLEEPS)
            for router in (HUB, METER)
        )
        == 1
    )
    for extended in DEVICES:
        assert talks(home, HUB, extended)
        assert talks(home, extended, HUB)


def only_over_the_meter(home, extended):
    """Have a device join while only the meter lets any in."""
    home.nodes[HUB].membership.parent.permit(0)
    home.nodes[METER].membership.parent.permit(120)
    return home.on(extended)


@pytest.mark.parametrize("extended", [GAS, DISPLAY])
def test_a_device_joins_over_a_router(extended):
    home = Home(loss=0.02)
    home.on(HUB)
    home.opened()
    meter = home.on(METER)
    home.until(lambda: is_keyed(meter), 60)
    device = only_over_the_meter(home, extended)
    home.until(lambda: is_keyed(device), 120)
    assert device.network.parent == meter.network.short_address
    assert meter.network.devices.is_(EUI[extended], CHILD)
    assert not home.nodes[HUB].network.devices.is_(EUI[extended], CHILD)
    for one, other in ((HUB, extended), (extended, HUB), (extended, METER)):
        assert talks(home, one, other)


def test_who_is_not_admitted_stays_outside_and_is_told_of():
    home = Home(admitted=(METER,))
    hub = home.on(HUB)
    home.opened()
    refused = []
    hub.membership.trust_centre.on_refused = refused.append
    device = home.on(DISPLAY)
    home.run(30)
    assert not device.network.is_joined
    assert set(refused) == {EUI[DISPLAY]}
    assert not has_entry(hub, EUI[DISPLAY])
    # The same over a router.
    meter = home.on(METER)
    home.until(lambda: is_keyed(meter), 60)
    home.nodes[HUB].membership.parent.permit(0)
    meter.membership.parent.permit(255)
    refused.clear()
    home.run(60)
    assert set(refused) == {EUI[DISPLAY]}
    assert not device.network.is_joined
    assert not has_entry(meter, EUI[DISPLAY])
    # And admitted later it may come.
    hub.membership.trust_centre.admit(EUI[DISPLAY], hub.network.admits[0][1])
    home.until(lambda: is_keyed(device), 300)


def test_another_install_code_than_the_admitted_one_stays_outside():
    home = Home(admitted=(METER,))
    hub = home.on(HUB)
    home.opened()
    hub.membership.trust_centre.admit(EUI[DISPLAY], bytes(16))
    device = home.on(DISPLAY)
    home.run(60)
    assert not device.network.is_joined


def heard(home, extended, kind, source, payload):
    """Have a device hear a frame from somebody who has no key."""
    node = home.nodes[extended]
    network = node.network
    destination = network.short_address
    psdu = ieee802154.encode(kind, 1, network.pan_id, destination, source, payload, True)
    node.radio.on_frame(bytes(psdu), -50, 200)


@pytest.mark.parametrize("claimed", [METER, GAS, DISPLAY])
@pytest.mark.parametrize("from_its_address", [True, False])
def test_a_rejoin_request_without_a_key_changes_nothing(claimed, from_its_address):
    home = whole()
    hub = home.nodes[HUB]
    before = hub.network.devices.pack()
    commits = len(hub.counters)
    for number in range(20):
        short = 0x7700 + number
        if from_its_address:
            short = home.nodes[claimed].network.short_address
        octets = nwk_frame.header(
            nwk_frame.COMMAND, 0, short, 1, number, False, (None, EUI[claimed])
        )
        heard(home, HUB, ieee802154.DATA, short, octets + b"\x06\x80")
        home.run(1)
    home.run(60)
    assert hub.network.devices.pack() == before
    assert len(hub.counters) <= commits + 1
    assert talks(home, HUB, claimed)
    assert talks(home, claimed, HUB)


def test_a_rejoin_request_without_a_key_takes_nothing_from_who_is_to_fetch_it():
    home = whole()
    parent = home.nodes[HUB].membership.parent
    short = home.nodes[DISPLAY].network.short_address
    address = short.to_bytes(2, "little")
    assert parent.hold(address, "kept")
    octets = nwk_frame.header(nwk_frame.COMMAND, 0, short, 1, 1, False, (None, EUI[DISPLAY]))
    heard(home, HUB, ieee802154.DATA, short, octets + b"\x06\x80")
    home.run(1)
    assert parent._queue.take(address) == "kept"


def test_who_only_asks_for_an_address_takes_no_room():
    home = Home()
    hub = home.on(HUB)
    home.opened()
    home.run(5)
    before, commits = hub.network.devices.pack(), len(hub.counters)
    for number in range(40):
        stranger = bytes((number,)) * 8
        heard(home, HUB, ieee802154.COMMAND, stranger, b"\x01\x80")
        home.run(1)
    home.run(60)
    assert hub.network.devices.pack() == before
    assert len(hub.counters) == commits
    device = home.on(METER)
    home.until(lambda: is_keyed(device), 60)


def test_a_closed_network_lets_nobody_in():
    home = Home()
    home.on(HUB)
    home.run(5)
    device = home.on(METER)
    home.run(60)
    assert device.membership.standing.way.state == joining._SCANNING
    home.opened(60)
    home.until(lambda: is_keyed(device), 60)
    home.run(60)
    assert not home.nodes[HUB].membership.parent.permits()


def test_the_hub_has_the_routers_let_devices_in():
    home = whole()
    home.nodes[METER].membership.parent.permit(0)
    home.nodes[HUB].membership.permit(120)
    home.run(2)
    assert home.nodes[METER].membership.parent.permits()
    assert home.nodes[HUB].membership.parent.permits()
    home.nodes[HUB].membership.permit(0)
    home.run(2)
    assert not home.nodes[METER].membership.parent.permits()


@pytest.mark.parametrize("extended", [HUB, *DEVICES])
def test_a_restart_changes_nothing(extended):
    home = whole(loss=0.02)
    key = home.nodes[HUB].network.key_of(0)
    keys = {device: home.nodes[device].network.link_key_of(EUI[HUB]) for device in DEVICES}
    home.off(extended)
    home.run(20)
    home.on(extended)
    home.run(10)
    for device in DEVICES:
        node = home.nodes[device]
        assert is_keyed(node)
        assert node.network.link_key_of(EUI[HUB]) == keys[device]
        assert node.network.key_of(0) == key
        assert talks(home, HUB, device)
        assert talks(home, device, HUB)


def test_after_a_long_outage_of_the_hub_all_are_back():
    home = whole(loss=0.02)
    home.off(HUB)
    home.run(3 * 3600)
    home.on(HUB)
    home.run(180)
    for device in DEVICES:
        assert is_keyed(home.nodes[device])
        assert talks(home, device, HUB)
        assert talks(home, HUB, device)


def test_an_end_device_whose_parent_is_gone_finds_another():
    home = Home(loss=0.02)
    home.on(HUB)
    home.opened()
    meter = home.on(METER)
    home.until(lambda: is_keyed(meter), 60)
    gas = only_over_the_meter(home, GAS)
    home.until(lambda: is_keyed(gas), 120)
    home.run(5)
    home.off(METER)
    home.until(lambda: gas.network.is_joined and gas.network.parent == 0, 300)
    assert talks(home, HUB, GAS)
    # Its former parent hears of it, and no longer speaks for it.
    meter = home.on(METER)
    home.run(5)
    home.nodes[GAS].membership.zdo.announce(0xFFFD)
    home.run(30)
    assert not meter.network.devices.is_(EUI[GAS], CHILD)
    assert talks(home, METER, GAS)


@pytest.mark.parametrize("name", [GAS, DISPLAY])
def test_a_parent_that_has_forgotten_a_child_has_it_rejoin(name):
    home = whole(loss=0.02)
    child = home.nodes[name]
    its_parent = next(
        home.nodes[router]
        for router in (HUB, METER)
        if home.nodes[router].network.short_address == child.network.parent
    )
    its_parent.network.devices.flag(EUI[name], CHILD | SLEEPS, False)
    # One that listens asks its parent each minute whether something waits.
    home.run(75)
    children = [home.nodes[r].network.devices.is_(EUI[name], CHILD) for r in (HUB, METER)]
    assert children.count(True) == 1
    assert talks(home, HUB, name)


@pytest.mark.parametrize("eighth", range(8))
def test_who_was_off_and_is_forgotten_asks_its_parent_at_once_whatever_the_ticks(eighth):
    home = whole(ticks_ms=eighth * PERIOD_MS // 8)
    hub = home.nodes[HUB]
    home.off(DISPLAY)
    for router in (HUB, METER):
        home.nodes[router].network.devices.flag(EUI[DISPLAY], CHILD | END_DEVICE, False)
        home.nodes[router].membership.parent._heard_s.pop(EUI[DISPLAY], None)
    display = home.on(DISPLAY)
    home.run(20)
    assert display.network.is_joined
    assert any(
        home.nodes[router].network.devices.is_(EUI[DISPLAY], CHILD) for router in (HUB, METER)
    )
    assert talks(home, HUB, DISPLAY)
    assert hub.network.devices.short_of(EUI[DISPLAY]) == display.network.short_address


def test_a_gas_meter_with_nothing_to_say_for_days_rests():
    """Its polling goes on as before when half the period of the ticks has passed."""
    asked = []
    polling = Polling(lambda: asked.append(now_ms), lambda on: None)
    polling.start(0)
    polling.resting_ms = 1_800_000
    polling.busy()
    for now_ms in range(0, PERIOD_MS, 1_000_000):
        polling.poll(now_ms)
        assert not now_ms or not polling.is_busy()
    assert len(asked) == 1 + (PERIOD_MS - 1) // 2_000_000


@pytest.mark.parametrize("name", [GAS, DISPLAY])
def test_a_child_whose_announcement_is_lost_is_its_parents_all_the_same(monkeypatch, name):
    """The parent is asked how long it may be silent, and that by nobody else."""
    monkeypatch.setattr(Parent, "announced", lambda *what: None)
    home = Home()
    home.on(HUB)
    home.opened()
    home.on(name)
    home.run(2)
    hub = home.nodes[HUB]
    assert hub.network.devices.is_(EUI[name], CHILD)
    assert hub.network.devices.is_(EUI[name], SLEEPS) == (name == GAS)
    assert hub.membership.parent._silence_s[EUI[name]] == 256 * 60


def test_a_child_that_is_silent_for_too_long_is_forgotten():
    home = whole()
    told = []
    home.nodes[HUB].membership.trust_centre.on_came = lambda *what: told.append(what)
    gas = home.nodes[GAS].network
    router = HUB if gas.parent == 0 else METER
    home.off(GAS)
    home.run(256 * 60 + 20)
    assert not home.nodes[router].network.devices.is_(EUI[GAS], CHILD)
    assert (EUI[GAS], aps_commands.DEVICE_LEFT) in told
    home.on(GAS)
    home.run(60)
    assert talks(home, HUB, GAS)


def test_a_new_network_key_is_taken_by_all_also_by_who_was_off():
    home = whole(loss=0.02)
    hub = home.nodes[HUB]
    home.off(DISPLAY)
    hub.membership.trust_centre.renew_key()
    home.run(120)
    key = hub.network.key_of(1)
    assert hub.network.key_sequence == 1
    for device in (METER, GAS):
        network = home.nodes[device].network
        assert (network.key_sequence, network.key_of(1)) == (1, key)
        assert talks(home, HUB, device)
    # Who was off rejoins without the network key, and is sent it under its link key.
    display = home.on(DISPLAY)
    home.until(lambda: display.network.key_of(1) == key, 600)
    home.run(5)
    assert display.network.is_joined
    assert talks(home, HUB, DISPLAY)


def test_a_router_that_missed_the_new_key_finds_out_by_the_silence():
    home = whole()
    hub = home.nodes[HUB]
    home.off(METER)
    hub.membership.trust_centre.renew_key()
    home.run(120)
    meter = home.on(METER)
    home.until(lambda: meter.network.key_sequence == 1, 1200)
    home.run(5)
    assert talks(home, HUB, METER)


def test_two_devices_share_a_link_key_that_the_trust_centre_makes():
    home = whole(loss=0.02)
    meter, display = home.nodes[METER], home.nodes[DISPLAY]
    display.stack.believes = lambda source, cluster: source == meter.network.short_address
    meter.data.active_power_import_w = 1234

    def asked():
        display.stack.read(meter.network.short_address, 0x0702, (0x0400,))
        return display.data.active_power_import_w == 1234

    home.until(asked, 60)
    key = display.network.link_key_of(EUI[METER])
    assert key == meter.network.link_key_of(EUI[DISPLAY])
    assert key not in (display.network.link_key_of(EUI[HUB]), meter.network.link_key_of(EUI[HUB]))
    # It outlives a restart of both.
    home.run(3)
    for device in (METER, DISPLAY):
        home.off(device)
        home.on(device)
    home.run(2)
    assert home.nodes[DISPLAY].network.link_key_of(EUI[METER]) == key
    assert home.nodes[METER].network.link_key_of(EUI[DISPLAY]) == key


def test_whom_a_device_does_not_admit_it_shares_no_key_with():
    home = whole()
    meter, display = home.nodes[METER], home.nodes[DISPLAY]
    meter.membership.admits = lambda extended: False
    display.stack.read(meter.network.short_address, 0x0702, (0x0400,))
    home.run(30)
    assert meter.network.devices.key_of(EUI[DISPLAY]) is None
    display.stack.read(meter.network.short_address, 0x0702, (0x0400,))
    home.run(5)
    assert display.data.active_power_import_w == 0


@pytest.mark.parametrize("name", [DISPLAY, METER, GAS])
def test_a_device_that_is_removed_leaves_and_stays_away(name):
    home = whole()
    hub, removed = home.nodes[HUB], home.nodes[name]
    hub.membership.trust_centre.remove(EUI[name])
    home.until(lambda: not removed.network.is_joined, 60)
    home.run(120)
    assert not removed.network.is_joined
    assert removed.data.han_network == b""
    assert not has_entry(hub, EUI[name])


def test_a_hub_has_room_for_sixteen():
    more = [f"00db12345678{number:04x}" for number in range(20)]
    home = Home(admitted=more)
    hub = home.on(HUB)
    home.run(5)
    admitted = [has_entry(hub, bytes.fromhex(one)[::-1]) for one in more]
    assert admitted == [True] * 16 + [False] * 4


@pytest.mark.parametrize(
    "admits", [5, [["00"]], [["zz", INSTALL_CODE]], [[METER, "00" * 18]], [[METER, 5]]]
)
def test_whom_a_hub_admits_is_described_well(admits):
    with pytest.raises(NetworkError):
        Network({"extended_address": HUB, "admits": admits})


def test_a_link_key_that_was_lost_on_its_way_is_asked_for_by_who_misses_it():
    home = whole()
    meter, display = home.nodes[METER], home.nodes[DISPLAY]
    display.membership.ask_for_link_key(meter.network.short_address)
    home.until(lambda: meter.network.devices.is_(EUI[DISPLAY], CONFIRMED), 30)
    # As if the meter's half had never come.
    meter.network.devices.drop(EUI[DISPLAY])
    display.stack.read(meter.network.short_address, 0x0702, (0x0400,))
    home.until(lambda: meter.network.devices.is_(EUI[DISPLAY], CONFIRMED), 5)
    home.run(1)
    keys = meter.network.devices.key_of(EUI[DISPLAY]), display.network.devices.key_of(EUI[METER])
    assert keys[0] == keys[1]
    # Nobody has it asked more than once in 20 s.
    before = meter.stack.mac.sent
    meter.network.devices.drop(EUI[DISPLAY])
    for _ in range(10):
        display.stack.read(meter.network.short_address, 0x0702, (0x0400,))
        home.run(0.2)
    assert meter.network.devices.key_of(EUI[DISPLAY]) is None
    assert meter.stack.mac.sent - before < 40
