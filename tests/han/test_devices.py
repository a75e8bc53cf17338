"""Whose address is whose: what an unproven word changes, and what a link key proves."""

import pytest

from protometer.han.devices import Devices
from tests.han.network_stand import DISPLAY, HUB, METER
from tests.han.test_network import EUI, talks, whole

ONE, OTHER = bytes(range(8)), bytes(range(8, 16))
KEY = bytes(range(16))


def keyed():
    devices = Devices()
    devices.learn(0x1111, ONE)
    devices.keep_key(ONE, KEY, True)
    return devices


def test_a_device_without_a_link_key_is_where_it_was_heard_last():
    devices = Devices()
    for short in (0x1111, 0x2222):
        assert devices.learn(short, ONE)
    assert devices.short_of(ONE) == 0x2222
    assert devices.extended_of(0x1111) is None


def test_a_device_with_a_link_key_stays_until_it_proves_that_it_moved():
    devices = keyed()
    assert not devices.learn(0x2222, ONE)
    assert devices.short_of(ONE) == 0x1111
    assert [devices.extended_of(short) for short in (0x1111, 0x2222)] == [ONE, ONE]
    # Of claims there is one at a time.
    assert not devices.learn(0x3333, ONE)
    assert devices.extended_of(0x2222) is None
    assert devices.learn(0x3333, ONE, True)
    assert devices.short_of(ONE) == 0x3333
    assert devices.extended_of(0x1111) is None
    restored = Devices()
    restored.unpack(devices.pack())
    assert restored.short_of(ONE) == 0x3333


def test_nobody_takes_the_address_of_a_device_with_a_link_key():
    devices = keyed()
    assert not devices.learn(0x1111, OTHER)
    assert devices.extended_of(0x1111) == ONE
    assert devices.short_of(OTHER) is None
    # But who proves it, for addresses are given anew.
    devices.keep_key(OTHER, KEY, True)
    assert devices.learn(0x1111, OTHER, True)
    assert devices.extended_of(0x1111) == OTHER


def test_the_first_address_of_a_device_that_was_admitted_is_taken():
    devices = Devices()
    devices.keep_key(ONE, KEY, False)
    assert devices.learn(0x1111, ONE)
    assert devices.short_of(ONE) == 0x1111


@pytest.mark.parametrize("claimed", [HUB, DISPLAY])
def test_an_insiders_word_moves_nobody_with_a_link_key(claimed):
    home = whole()
    meter = home.nodes[METER]
    # They share a link key.
    home.nodes[DISPLAY].stack.read(meter.network.short_address, 0x0702, (0x0400,))
    home.run(30)
    assert meter.network.devices.key_of(EUI[DISPLAY])
    at = meter.network.devices.short_of(EUI[claimed])
    announced = b"\x01\x34\x12" + EUI[claimed] + b"\x80"
    meter.membership.zdo.receive(0x1234, 0x0013, announced, True)
    meter.network.learn(0x4321, EUI[claimed])
    home.run(5)
    assert meter.network.devices.short_of(EUI[claimed]) == at
    assert talks(home, METER, claimed)


def test_a_device_that_did_move_is_asked_and_proves_it():
    home = whole()
    hub, display = home.nodes[HUB].network, home.nodes[DISPLAY]
    before = display.network.short_address
    display.network.short_address = 0x4242
    display.stack.mac.tune()
    home.nodes[DISPLAY].membership.zdo.announce(0xFFFD)
    home.until(lambda: hub.devices.short_of(EUI[DISPLAY]) == 0x4242, 60)
    assert hub.devices.extended_of(before) is None
    assert talks(home, HUB, DISPLAY)
