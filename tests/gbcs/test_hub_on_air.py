"""Remote parties let a gas meter onto the HAN of a real hub, and remove it again."""

import pytest

from host_tools.node.cosem_requests import item, run
from host_tools.node.local_ether import LocalEther, LocalRadio
from host_tools.node.ram_memory import RamFiles
from protometer.gbcs import axdr, compact_array
from protometer.gbcs.cosem_objects import TYPES
from protometer.gbcs.date_time import seconds
from protometer.gbcs.envelope import COMMAND, Message, encode_general_signing, encode_signed_part
from protometer.han.devices import CHILD
from protometer.han.frequency_agility import SCAN_OUTCOME, SCAN_STARTED
from protometer.han.ieee802154 import COMMAND as MAC_COMMAND
from protometer.han.ieee802154 import encode
from protometer.han.mac_commands import association_request
from protometer.han.network import Network
from protometer.han.stack import Stack
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model.dictionary import Data
from protometer.roles.comms_hub import CommsHub

START_S = 757_386_000
CODE = "83fed3407a939723a5c639b26916d505c3b5"
HUB, GAS = "00db1234567890a2", "00db1234567890a1"
OTHER = "00db1234567890a7"
PLACE = [28, 0]
DISCARDED, NO_CAPACITY = 0x8F2C, 0x8F2D
# As the parent marks who was heard under the network key, and is only to be awaited.
HEARD = -1
LOG = "104 0-0:30.3.0.255 "


class LiveStore:
    """Durable is what is so just now."""

    def __init__(self, data):
        self._data = data

    def durable(self, name, index=-1):
        value = getattr(self._data, name)
        return value if index < 0 else value[index]

    def commit(self):
        return True


class Home:
    """A hub on the air, and a gas meter that wants to join."""

    def __init__(self):
        self.clock = VirtualClock(START_S, lambda: 0)
        self.scheduler = Scheduler(self.clock)
        self.ether = LocalEther(self.scheduler)
        self.memory = memory = RamFiles()
        network = self._network(HUB, admits=[], channels=[PLACE, [31, 3]])
        radio = LocalRadio(self.ether)
        self.hub = CommsHub(self.scheduler, radio, network, memory, memory)
        self.run(5)
        self.gas_network = self._network(GAS, install_code=CODE, sleepy=True, channels=[PLACE])
        data = Data("G")
        radio = LocalRadio(self.ether)
        self.gas = Stack("G", data, radio, self.gas_network, self.scheduler, LiveStore(data))

    def _network(self, extended, **described):
        return Network({"extended_address": extended, "policy": "interop", **described})

    def now_s(self):
        return self.clock.utc_s()

    def run(self, seconds):
        until_s = self.now_s() + seconds
        while self.now_s() < until_s:
            self.clock.advance(max(self.scheduler.run_due() or 1000, 1))
        assert not [task.last_failure for task in self.scheduler.tasks if task.failures]

    def ask_to_join(self, extended):
        """Have a stranger that looks at no beacon ask the hub to let it in."""
        network = self.hub.stack.network
        radio = LocalRadio(self.ether)
        as_sent = bytes(reversed(bytes.fromhex(extended)))
        radio.configure(network.page, network.channel, network.pan_id, 0xFFFF, as_sent)
        radio.on_sent = radio.on_frame = lambda *what: None
        asked = association_request(0)
        radio.send(encode(MAC_COMMAND, 1, network.pan_id, 0, as_sent, asked, True))
        self.run(2)
        self.ether.radios.remove(radio)

    def newest_of_channel(self):
        """Return the code of the newest entry of the Sub GHz Channel Log."""
        log = self.hub.function.logbook.named("Sub GHz Channel Log")
        return list(log.entries(log.next_number() - 1, 1))[0][1]

    def done(self, code, *items):
        answer = run(self.hub.function, code, *items, now_s=self.now_s())
        assert answer.results == [0] * len(items)
        return answer

    def devices(self):
        return axdr.take(self.done(0x010F, item(LOG + "g4")).data, 0, TYPES["devices"])[0]


@pytest.fixture(scope="module")
def home():
    return Home()


def test_a_device_joins_once_it_is_in_the_log_and_is_heard(home):
    home.run(60)
    assert not home.gas_network.is_joined
    add = item(LOG + "a1", (bytes.fromhex(GAS), 1, bytes.fromhex(CODE)[:16], 1))
    home.done(0x0001, add, item(LOG + "s3", 600), item(LOG + "s2", True))
    assert seconds(home.devices()[0][8]) == 0
    for _ in range(30):
        home.run(10)
        if home.gas_network.is_joined and home.gas_network.has_confirmed_key:
            break
    assert home.gas_network.is_joined
    home.run(5)
    (row,) = home.devices()
    assert row[0] == bytes.fromhex(GAS)
    assert row[1] == (8, b"\xc8")
    assert 0 < row[7] <= row[6] <= row[5]
    assert home.now_s() - 600 < seconds(row[8]) <= home.now_s()
    saved = axdr.take(home.done(0x00FE, item(LOG + "a4")).data, 0, TYPES["backup"])[0]
    assert saved[1] == bytes.fromhex(HUB)


def test_a_hub_on_whose_network_nothing_changes_wears_no_memory(home):
    home.run(60)
    before = home.memory.writes
    home.run(600)
    assert home.memory.writes - before <= 5


def test_the_channel_and_its_settings_are_those_of_the_air(home):
    answer = home.done(0x010A, item("1 0-0:94.44.10.2 g2"))
    network = home.hub.stack.network
    mask = int.from_bytes(axdr.take(answer.data, 0, "s32")[0][1], "big")
    assert (mask >> 27, mask & 1) == (network.page, network.channel == 0)
    masks = [(32, mask.to_bytes(4, "big"))] + [
        (32, (page << 27).to_bytes(4, "big")) for page in (29, 30, 31)
    ]
    settings = [125, 200, 4, 6, 6, 10, 5050, 125, 90, 4500, 3000]
    home.done(0x010D, item("1 0-0:94.44.10.0 s2", masks + settings))
    agility = home.hub.stack.membership.sub_ghz.agility
    assert (agility.worst_percent, agility.changes_a_week) == (45, 4)
    assert network.channels == [(28, 0)]
    home.done(0x010E, item("1 0-0:94.44.10.1 s2", 0))
    home.run(3)
    answer = home.done(0x010B, item("7 0-0:94.44.10.3 r2", (0, 0xFFFF_FFFF)))
    entries = compact_array.take(answer.data, 0, "IH8s")[0]
    assert [code for _, code, _ in entries][:2] == [SCAN_STARTED, SCAN_OUTCOME]
    assert entries[0][2] == bytes(4) + mask.to_bytes(4, "big")


# As an alert tells it: originator, target, a Command, its counter.
def named(counter):
    return bytes.fromhex("90b3d51f30010000" + GAS + "01") + counter.to_bytes(8, "big")


def command(counter):
    message = Message()
    message.kind, message.counter, message.code = COMMAND, counter, 0x0062
    message.originator, message.target = named(0)[:8], named(0)[8:16]
    message.payload = b""
    return encode_general_signing(encode_signed_part(message), b"")


def refused(home, first):
    """Have the hub deliver until it has no room; return (counter of what was refused, alerts)."""
    function = home.hub.function
    told = []
    function.on_alert = lambda code, at_s, contents: told.append((code, contents))
    counter = first
    while home.hub.deliver(bytes.fromhex(GAS), command(counter)):
        counter += 1
    function.on_alert = None
    return counter, told


@pytest.mark.req("SGHZ-RF-07")
def test_a_message_without_room_is_told_of_where_its_device_may_say_nothing(home):
    stack = home.hub.stack
    sub_ghz = stack.membership.sub_ghz
    counter, told = refused(home, 1)
    assert told == []
    assert counter > 2
    address = stack.network.address_of(bytes(reversed(bytes.fromhex(GAS))))
    sub_ghz.suspend(address, 1)
    counter, told = refused(home, 100)
    assert (counter, told) == (100, [(DISCARDED, [axdr.encode("o", named(100))])])
    assert home.newest_of_channel() == DISCARDED
    # What is no message has nothing to be named by, and another device is not the one suspended.
    assert not home.hub.deliver(bytes.fromhex(GAS), b"\x00")
    stack.network.learn(0x1234, bytes(reversed(bytes.fromhex(OTHER))))
    for number in range(4):
        home.hub.deliver(bytes.fromhex(OTHER), command(number))
    function = home.hub.function
    function.on_alert = lambda *what: pytest.fail("told of another device")
    assert not home.hub.deliver(bytes.fromhex(OTHER), command(9))
    function.on_alert = None
    # The minute over, the device fetches what waits for it.
    home.run(61)
    counter, told = refused(home, 200)
    assert told == []


@pytest.mark.req("SGHZ-RF-07")
def test_a_hub_that_may_say_nothing_itself_tells_of_what_it_has_no_room_for(home):
    duty = home.hub.stack.membership.sub_ghz.duty
    spent = duty.budget_ms * 1_000 // 80 * 85 // 90
    duty._buckets[0] += spent
    # It has whoever says most be silent for five minutes; that is over.
    home.run(310)
    counter, told = refused(home, 300)
    assert (DISCARDED, [axdr.encode("o", named(counter))]) in told
    duty._buckets[0] -= spent
    home.run(2)


@pytest.mark.req("SGHZ-RF-07")
def test_who_finds_no_room_below_1_ghz_is_told_of_once(home):
    stack, function = home.hub.stack, home.hub.function
    devices = stack.network.devices
    told = []
    function.on_alert = lambda code, at_s, contents: told.append((code, contents))
    stack.membership.permit(120)
    # Where too many are only new, one comes again, and that is all.
    parent = stack.membership.parent
    for number in range(4):
        parent._admit()._await_key(bytes((number,)) * 8, number + 1, HEARD, 0)
    home.ask_to_join(OTHER)
    assert (told, len(parent._admission._new), parent.is_full()) == ([], 4, False)
    home.run(20)
    children = [bytes((number,)) * 8 for number in range(8)]
    for child in children:
        devices.flag(child, CHILD)
    for _ in range(3):
        home.ask_to_join(OTHER)
    assert told == [(NO_CAPACITY, [axdr.encode("o", bytes.fromhex(OTHER))])]
    assert home.newest_of_channel() == NO_CAPACITY
    # Who has been here before is no other: by its key it is who it says.
    gas = bytes(reversed(bytes.fromhex(GAS)))
    devices.flag(gas, CHILD, False)
    home.gas.membership.standing.seek()
    home.run(30)
    assert told[1:] == [(NO_CAPACITY, [axdr.encode("o", bytes.fromhex(GAS))])]
    # Nobody can have it write without end.
    for number in range(20):
        home.ask_to_join(f"00db12345678{number:04}")
    assert len(told) == 8
    for child in children:
        devices.flag(child, CHILD, False)
    home.run(2)
    assert len(told) == 8
    function.on_alert = None


def test_a_device_that_is_removed_is_no_longer_known(home):
    home.done(0x0002, item(LOG + "a2", bytes.fromhex(GAS)))
    assert home.devices() == []
    extended = bytes(reversed(bytes.fromhex(GAS)))
    assert home.hub.stack.network.devices.key_of(extended) is None
