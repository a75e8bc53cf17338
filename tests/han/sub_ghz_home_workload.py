"""A hub and a gas meter on every page of the Sub GHz Bands; every runtime must print the same.

With policy interop, whose joining needs no long calculations.
"""

from struct import pack

from host_tools.node.local_ether import LocalEther, LocalRadio
from protometer.han.network import Network
from protometer.han.stack import Stack
from protometer.han.sub_ghz import CLUSTER, GET_SUSPENSION
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model.dictionary import Data

CODE = "83fed3407a939723a5c639b26916d505c3b5"
HUB, GAS = "00db1234567890a1", "00db1234567890a3"
PLACES = [[28, 0], [29, 62], [30, 40], [31, 26]]


class LiveStore:
    """Durable is what is so just now."""

    def __init__(self, data):
        self._data = data

    def durable(self, name, index=-1):
        value = getattr(self._data, name)
        return value if index < 0 else value[index]

    def commit(self):
        return True


class Node:
    """One device."""

    def __init__(self, role, extended, home, **described):
        self.data = Data(role)
        home.started.append(self)
        description = {"extended_address": extended, "policy": "interop"}
        description["channels"] = [[31, 3]] + PLACES if role == "G" else PLACES[:1]
        description.update(described)
        self.network = Network(description)
        self.radio = LocalRadio(home.ether)
        store = LiveStore(self.data)
        self.stack = Stack(role, self.data, self.radio, self.network, home.scheduler, store)
        self.membership = self.stack.membership
        self.sub_ghz = self.membership.sub_ghz
        self.told = []
        self.sub_ghz.on_event = self.told.append
        self.answers = 0
        self.stack.on_answer = self._answered

    def _answered(self, source, cluster, now_s):
        self.answers += 1

    def is_keyed(self):
        return self.network.is_joined and self.network.has_confirmed_key

    def place(self):
        return self.network.page, self.network.channel


class Home:
    """The air, and who is on it."""

    def __init__(self, place):
        self.clock = VirtualClock(757_386_000, lambda: 0)
        self.scheduler = Scheduler(self.clock)
        self.ether = LocalEther(self.scheduler)
        self.started = []
        self.hub = Node("H", HUB, self, admits=[[GAS, CODE]], channels=[place, [31, 3]])
        self.run(5)
        self.hub.membership.parent.permit(255)
        self.gas = Node("G", GAS, self, install_code=CODE, sleepy=True)

    def run(self, seconds):
        until_s = self.clock.utc_s() + seconds
        while self.clock.utc_s() < until_s:
            self.clock.advance(max(self.scheduler.run_due() or 1000, 1))
        for task in self.scheduler.tasks:
            if task.failures:
                print(task.name, "failed:", task.last_failure)

    def until(self, condition, seconds=300):
        for _ in range(seconds):
            if condition():
                return
            self.run(1)
        print("never")

    def talks(self):
        before = self.gas.answers
        self.gas.stack.read(0, 0x0000, (0x0004,))
        self.run(3)
        return self.gas.answers > before


for place in PLACES:
    home = Home(place)
    hub, gas = home.hub, home.gas
    home.until(gas.is_keyed)
    print(gas.place() == hub.place(), list(hub.place()) in (place, [31, 3]))
    print(home.talks(), gas.sub_ghz.duty.used_ms() > 0, gas.sub_ghz.duty.level())

# The last of them goes on: links, a channel that fails, the hub's limit.
gas_address = gas.network.short_address
print(sorted(hub.sub_ghz.links) == [gas_address], hub.sub_ghz.links[gas_address][0])
masks = hub.stack._server.answer(CLUSTER, pack("<HHHH", 1, 2, 3, 4), 0)
print(masks)
hub.told.clear()
hub.sub_ghz.agility.changes_a_week = 1
hub.stack.mac.lost += 2_000
home.run(960)
print([hex(code) for code in hub.told], hub.place() == gas.place(), gas.sub_ghz.agility.changes)
hub.told.clear()
print(hub.sub_ghz.agility.leave_channel(), [hex(code) for code in hub.told])

# Suspension: silent but for Publish Event.
events = []
hub.stack.handlers[0x0709, 0x00, True] = lambda *what: events.append(what[0])
hub.sub_ghz.suspend(gas_address, 2)
home.run(20)
print(gas.sub_ghz.is_suspended(), home.talks(), gas.sub_ghz.held)
gas.stack.command(0, 0x0709, 0x00, bytes(9), True)
home.run(5)
print(events == [gas_address])
home.run(120)
print(gas.sub_ghz.is_suspended(), home.talks())
gas.stack.command(0, CLUSTER, GET_SUSPENSION, b"", False)
home.run(10)
print(gas.sub_ghz.is_suspended())

# The duty cycle's levels, up and down.
gas.told.clear()
for octets in (700_000, 250_000, 200_000):
    gas.sub_ghz.duty.note(octets)
    home.run(2)
    print(gas.sub_ghz.duty.level(), [hex(code) for code in gas.told])
print(home.talks())
home.run(66 * 60)
print(gas.sub_ghz.duty.level(), sorted({hex(code) for code in gas.told}))

# The hub is gone: searches of a gas meter, then the hub on another channel.
asked = []
home.ether.on_frame = lambda psdu: asked.append(home.clock.utc_s()) if psdu[1] & 2 else None
hub.radio.place = 0, 0
gas.membership.standing.seek()
home.run(4 * 3600)
first = asked[0]
print(len(asked) // 5, [(at_s - first) // 600 * 600 for at_s in asked[::5]])
hub.stack.mac.tune()
home.until(lambda: gas.network.is_joined, 4000)
print(home.talks(), gas.place() == hub.place())
