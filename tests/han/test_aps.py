"""The APS layer between stacks that have joined: whom it seals for, and whom it believes."""

from protometer.han import aps_commands
from protometer.han.aps_frame import LINK_KEY
from tests.han.joined_stand import DISPLAY, EUI, HUB, METER, Ether, three
from tests.han.joined_stand import LINK_KEY as LINK_KEY_OCTETS

METERING = 0x0702
OTHER_KEY = bytes(range(80, 96))


def keys_by_partner(node, keys):
    node.network.link_key_of = lambda partner: keys.get(partner)
    node.trust(*[short for short in EUI if EUI[short] in keys])


def test_it_seals_with_the_key_of_the_device_it_speaks_to():
    hub, meter, display = three()
    keys_by_partner(meter, {EUI[HUB]: b"h" * 16, EUI[DISPLAY]: OTHER_KEY})
    keys_by_partner(display, {EUI[METER]: OTHER_KEY})
    keys_by_partner(hub, {EUI[METER]: b"h" * 16})
    ether = Ether(hub, meter, display)
    meter.data.supply_state = 2
    display.stack.read(METER, METERING, (0x0014,))
    ether.run(200)
    assert display.data.supply_state == 2
    assert [node.stack.malformed for node in (hub, meter, display)] == [0, 0, 0]


def test_where_there_is_no_link_key_one_is_asked_for_and_nothing_else_said():
    hub, meter, display = three()
    hub.trust(METER)
    asked = []
    hub.stack.aps.commands = {aps_commands.REQUEST_KEY: lambda *what: asked.append(what)}
    ether = Ether(hub, meter, display)
    ether.run(100)
    for _ in range(3):
        meter.stack.command(DISPLAY, METERING, 0, b"", True)
        ether.run(1_000)
    # One for them both, once in twenty seconds, of the trust centre and under the link key.
    assert asked == [(b"\x02" + EUI[DISPLAY], LINK_KEY, EUI[METER])]
    assert len(ether.heard) == 1


def test_whoever_claims_many_addresses_takes_no_memory_for_each():
    hub, meter, display = three()
    meter.trust(DISPLAY)
    membership = meter.stack.membership
    asked = []
    membership.send_to_trust_centre = lambda command, secured: asked.append(command)
    for number in range(100):
        membership.ask_for_key_with(bytes((number,)) * 8)
    assert len(asked) == 100
    assert len(membership._asked_s) <= 8
    # Of one that asked last no second word is said.
    membership.ask_for_key_with(bytes((99,)) * 8)
    assert len(asked) == 100


def test_another_device_with_a_link_key_of_its_own_cannot_speak_for_the_hub():
    """The display has a good key with the meter, and writes the hub's address as source."""
    hub, meter, display = three()
    keys_by_partner(meter, {EUI[HUB]: b"h" * 16, EUI[DISPLAY]: OTHER_KEY})
    ether = Ether(hub, meter, display)
    ether.run(100)
    keys_by_partner(display, {EUI[METER]: OTHER_KEY})
    heard = []
    meter.stack.handlers[(METERING, 0, True)] = lambda *what: heard.append(what)
    for source, told in ((DISPLAY, 1), (HUB, 1)):
        display.network.short_address = source
        display.stack.command(METER, METERING, 0, b"", True)
        ether.run(100)
        display.network.short_address = DISPLAY
        assert len(heard) == told
    assert meter.stack.malformed == 1


def test_two_that_do_not_trust_each_other_say_so_once():
    hub, meter, display = three()
    meter.trust(DISPLAY)
    display.network.devices.keep_key(EUI[METER], LINK_KEY_OCTETS, False)
    ether = Ether(hub, meter, display)
    ether.run(100)
    said = len(ether.heard)
    meter.stack.command(DISPLAY, METERING, 0, b"", True, wants_ack=False)
    ether.run(100)
    # The command, and that it is not authorised.
    assert len(ether.heard) == said + 2


def test_counters_are_set_aside_between_two_frames_and_not_while_one_is_sealed():
    """A commit and a seal take a slice each; no counter is used that a restart could use again."""
    hub, meter, display = three()
    meter.trust(DISPLAY)
    ether = Ether(hub, meter, display)
    ether.run(100)
    display.trust(METER)
    counters = meter.stack.nwk.security.counters
    ahead = [counters.are_few()]
    inner = counters.take

    def take():
        ahead.append(meter.data.nwk_frame_counter - counters.counter)
        return inner()

    counters.take = take
    for _ in range(1_500):
        meter.stack.command(DISPLAY, METERING, 0, b"", True, wants_ack=False)
        ether.run(10)
    assert not ahead[0]
    # What is left when a frame is sealed: never less than is kept in hand.
    assert 128 <= min(ahead[1:]) < 140
    assert len(set(meter.counters)) >= 3
