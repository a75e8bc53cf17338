"""Remote parties let a gas meter onto the HAN of a real hub, and remove it again."""

import pytest

from host_tools.node.cosem_requests import item, run
from host_tools.node.local_ether import LocalEther, LocalRadio
from host_tools.node.ram_memory import RamFiles
from protometer.gbcs import axdr, compact_array
from protometer.gbcs.cosem_objects import TYPES
from protometer.gbcs.date_time import seconds
from protometer.han.frequency_agility import SCAN_OUTCOME, SCAN_STARTED
from protometer.han.network import Network
from protometer.han.stack import Stack
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model.dictionary import Data
from protometer.roles.comms_hub import CommsHub

START_S = 757_386_000
CODE = "83fed3407a939723a5c639b26916d505c3b5"
HUB, GAS = "00db1234567890a2", "00db1234567890a1"
PLACE = [28, 0]
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
        memory = RamFiles()
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


def test_a_device_that_is_removed_is_no_longer_known(home):
    home.done(0x0002, item(LOG + "a2", bytes.fromhex(GAS)))
    assert home.devices() == []
    extended = bytes(reversed(bytes.fromhex(GAS)))
    assert home.hub.stack.network.devices.key_of(extended) is None
