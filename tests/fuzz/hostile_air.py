"""A running device on a hostile air: what it takes for genuine, and what it refuses.

Runs on CPython and MicroPython alike. An outsider has heard every frame, and knows no key; an
insider has the network key, and no link key.
"""

import gc

from host_tools.node.bench import Bench, GasMeterDevice, MeterDevice
from host_tools.node.joined_network import LINK_KEY, NETWORK_KEY, joined_network
from protometer.han import aps_commands, aps_frame, ieee802154, mac_commands, nwk_frame, zcl
from protometer.han import nwk_commands as nwk
from protometer.han.aps_frame import KEY_LOAD, KEY_TRANSPORT
from protometer.han.aps_frame import LINK_KEY as BY_LINK_KEY
from protometer.han.aps_security import ApsSecurity
from protometer.han.devices import CHILD
from protometer.han.kept_network import packed, take_up
from protometer.han.nwk_security import NwkSecurity
from protometer.kernel.crc16 import crc16
from tests.han.han_stand import Radio

START_S = 757_386_000
PAN_ID = 0x1A62
HUB, METER, INSIDER = 0, 1, 2
HUB_EUI, INSIDER_EUI = bytes(range(0xA0, 0xA8)), bytes(range(0xC0, 0xC8))
METER_EUI_TEXT = "00db1234567890a0"
METER_EUI = bytes(reversed([int(METER_EUI_TEXT[i : i + 2], 16) for i in range(0, 16, 2)]))
WRONG_KEY = bytes(range(100, 116))
SE, HA, DEVICES = aps_frame.SMART_ENERGY, aps_frame.HOME_AUTOMATION, aps_frame.DEVICE_PROFILE
TIME, PRICE, METERING, PREPAYMENT, KEYS = 0x000A, 0x0700, 0x0702, 0x0705, 0x0800
MAC_HEADER, FCS = 9, 2
SECURITY_CONTROL = MAC_HEADER + 8
# Items that go on by themselves (a gas meter contacts the HAN seldom), or that an insider may
# change: who is bound. The log tells of forgeries, which test_hostile_air counts.
RESTLESS = (
    "nwk_frame_counter",
    "aps_frame_counter",
    "han_bindings",
    "last_step_s",
    "han_interface_on",
    "log_counts",
)


class Chance:
    """A stream of random numbers that is the same on every runtime."""

    def __init__(self, seed):
        self._state = seed * 2_654_435_761 % 0x7FFF_FFFF or 1

    def below(self, limit):
        """Return one of 0..limit - 1."""
        self._state = self._state * 48_271 % 0x7FFF_FFFF
        return self._state % limit

    def octets(self, count):
        return bytes(self.below(256) for _ in range(count))


class Person:
    """Somebody with a network key who seals; what NwkSecurity and ApsSecurity ask for."""

    key_sequence = nwk_frame_counter = aps_frame_counter = 0

    def __init__(self, extended_address, network_key=NETWORK_KEY, link_key=LINK_KEY):
        self.extended_address = extended_address
        self._network_key, self._link_key = network_key, link_key
        self.nwk = NwkSecurity(self, self, lambda: True)
        self.aps = ApsSecurity(self, self, lambda: True)

    def key_of(self, sequence):
        return self._network_key

    def link_key_of(self, partner):
        return self._link_key

    def at(self, counter):
        """Have the next frame sealed with a counter."""
        self.nwk.counters.counter = counter
        self.aps.counters.counter = counter


def data(cluster, payload, endpoint=1, profile=SE, counter=1, wants_ack=False, fragment=None):
    """(header, payload) of APS data."""
    header = aps_frame.data_header((endpoint, endpoint), profile, cluster, counter)
    if wants_ack or fragment:
        header = aps_frame.wanting_ack(header, fragment)
    return bytes(header), payload


def general(cluster, command, payload=b"", control=0):
    return data(cluster, zcl.frame(control, 3, command, payload))


def specific(cluster, command, payload=b"", from_server=False, **how):
    control = zcl.CLUSTER_SPECIFIC | (zcl.SERVER_TO_CLIENT if from_server else 0)
    return data(cluster, zcl.frame(control, 3, command, payload), **how)


def zdo(cluster, payload):
    return data(cluster, b"\x05" + payload, 0, DEVICES)


OWN = METER.to_bytes(2, "little")
BINDING = METER_EUI + b"\x01" + METERING.to_bytes(2, "little") + b"\x03" + INSIDER_EUI + b"\x01"
# What a device hears in its life, in clear: APS data of each kind.
APS_DATA = [
    general(METERING, zcl.READ_ATTRIBUTES, b"\x00\x00\x14\x00"),
    general(TIME, zcl.READ_ATTRIBUTES_RESPONSE, b"\x00\x00\x00\xe2\x00\x00\x30\x2d", 0x18),
    general(METERING, zcl.REPORT_ATTRIBUTES, b"\x00\x00\x25\x01\x00\x00\x00\x00\x00", 0x18),
    general(METERING, zcl.CONFIGURE_REPORTING, b"\x00\x00\x00\x25\x05\x00\x0a\x00" + bytes(6)),
    general(METERING, zcl.DEFAULT_RESPONSE, b"\x00\x81"),
    specific(PRICE, 0x00, b"\x00"),
    specific(PRICE, 0x00, b"\x00", wants_ack=True),
    specific(METERING, 0x00, b"\x00" * 6, fragment=(1, 2)),
    specific(METERING, 0x00, b"\x00" * 6, fragment=(2, 1)),
    specific(KEYS, 0x00, b"\x01\x00\x05\x08" + bytes(48)),
    specific(KEYS, 0x01, bytes(22)),
    specific(KEYS, 0x02, bytes(16)),
    specific(KEYS, 0x03, b"\x03\x0a\x01\x00"),
    zdo(0x0000, METER_EUI + b"\x00\x00"),
    zdo(0x0001, OWN + b"\x00\x00"),
    zdo(0x0002, OWN),
    zdo(0x0003, OWN),
    zdo(0x0004, OWN + b"\x01"),
    zdo(0x0005, OWN),
    zdo(0x0006, OWN + b"\x09\x01\x01\x02\x07\x00"),
    zdo(0x0021, BINDING),
    zdo(0x0022, BINDING),
    zdo(0x0034, METER_EUI + b"\x00"),
    (aps_frame.ApsFrame(b"".join(specific(PRICE, 0, b"\x00", wants_ack=True))).ack(), b""),
]
TRANSPORTED = METER_EUI + HUB_EUI
# APS commands: (payload, which key seals it).
APS_COMMANDS = [
    (b"\x05\x01" + bytes(range(16, 32)) + b"\x01" + TRANSPORTED, KEY_TRANSPORT),
    (b"\x05\x04" + bytes(range(32, 48)) + TRANSPORTED, KEY_LOAD),
    (bytes((aps_commands.SWITCH_KEY, 0)), BY_LINK_KEY),
    (bytes((aps_commands.CONFIRM_KEY, 0, 4)) + METER_EUI, BY_LINK_KEY),
]
NWK_COMMANDS = [
    bytes(nwk.route_request(9, METER, 1)),
    bytes(nwk.route_reply(9, METER, HUB, 1)),
    nwk.leave(False),
    bytes((nwk.LEAVE, nwk.LEAVE_IS_REQUEST)),
    bytes((nwk.LINK_STATUS, 0x61, 0x01, 0x00, 0x11)),
    bytes((0x03, 0x0C, 0x01, 0x00)),
    bytes((0x07, 0x01, 0x00, 0x00)),
]
MAC_FRAMES = [
    (
        ieee802154.BEACON,
        None,
        HUB,
        b"\xff\xcf\x00\x00\x00\x22\x84" + HUB_EUI + b"\xff\xff\xff\x00",
    ),
    (ieee802154.COMMAND, METER_EUI, HUB_EUI, b"\x02\x88\x77\x00"),
    (ieee802154.COMMAND, METER_EUI, HUB_EUI, bytes((3, 1))),
    (ieee802154.COMMAND, METER, HUB, bytes((mac_commands.DATA_REQUEST,))),
    (ieee802154.COMMAND, METER, HUB, bytes((mac_commands.BEACON_REQUEST,))),
    (ieee802154.COMMAND, 0xFFFF, HUB_EUI, b"\x08\x62\x1a\x00\x00\x14\x88\x77"),
]


class _Victim:
    """What makes a bench's meter one that has joined a network, with a radio for the test."""

    def begin(self):
        self.radio = Radio()
        self.power_on()
        self.stack = self.role.han.stack
        self.network.learn(HUB, HUB_EUI)
        # There is to be a link key with the insider, who does not know it.
        self.network.devices.keep_key(INSIDER_EUI, LINK_KEY, False)
        self.network.is_changed = True

    def make_network(self):
        description = {} if self.role_name == "ESME" else {"sleepy": True}
        self.network, kept = joined_network(METER_EUI_TEXT, METER, HUB_EUI, **description)
        take_up(self.network, kept, b"")
        return self.network


class Esme(_Victim, MeterDevice):
    """An electricity meter."""


class Gsme(_Victim, GasMeterDevice):
    """A gas meter, whose radio sleeps."""

    def make_parts(self, parts, clock):
        GasMeterDevice.make_parts(self, parts, clock)
        parts["radio"] = self.radio


class HostileAir:
    """One meter, 'ESME' or 'GSME', and what is thrown at it."""

    def __init__(self, role, seed):
        self.events = []
        self.bench = Bench(START_S, (), self._note, lambda: 0)
        self.meter = (Esme if role == "ESME" else Gsme)(role, self.bench)
        self.meter.begin()
        self.chance = Chance(seed)
        self.hub, self.insider = Person(HUB_EUI), Person(INSIDER_EUI, link_key=WRONG_KEY)
        self.stranger = Person(HUB_EUI, WRONG_KEY, WRONG_KEY)
        self.insider.at(0)
        self.taken = 0
        stack = self.meter.stack
        inner, nwk_layer = stack.nwk._take, stack.nwk

        def take(neighbour, frame, payload, lqi):
            self.taken += 1
            inner(neighbour, frame, payload, lqi)

        nwk_layer._take = take
        self.run()
        self.state = self.digest()

    def _note(self, device, code, at_s):
        self.events.append(code)

    # Frames.

    def psdu(self, octets, source=HUB):
        return bytes(ieee802154.encode(ieee802154.DATA, 7, PAN_ID, METER, source, octets, True))

    def nwk_frame(self, by, payload, kind=nwk_frame.DATA, source=HUB):
        header = nwk_frame.header(kind, METER, source, 30, self.chance.below(256), True)
        return self.psdu(by.nwk.seal(header, payload), source)

    def aps_octets(self, by):
        """A random APS frame as it is under way."""
        number = self.chance.below(len(APS_DATA) + len(APS_COMMANDS))
        if number < len(APS_DATA):
            header, payload = APS_DATA[number]
            header = bytearray(header)
            header[7] = self.chance.below(256)
            if self.chance.below(2):
                header[0] |= 0x20
                return by.aps.seal(bytes(header), payload, BY_LINK_KEY, METER_EUI)
            return bytes(header) + payload
        payload, key = APS_COMMANDS[number - len(APS_DATA)]
        header = aps_frame.command_header(self.chance.below(256), True)
        return by.aps.seal(header, payload, key, METER_EUI)

    def genuine(self, by):
        """A random frame of the network, sealed by somebody as the hub."""
        if self.chance.below(4):
            return self.nwk_frame(by, self.aps_octets(by))
        command = NWK_COMMANDS[self.chance.below(len(NWK_COMMANDS))]
        return self.nwk_frame(by, command, nwk_frame.COMMAND)

    def mutated(self, octets, first, beyond):
        """Some octets, changed behind the first ones and before the last."""
        end = len(octets) - beyond
        body = bytearray(octets[first:end])
        way = self.chance.below(4)
        if way == 0 and len(body) > 1:
            body = body[: self.chance.below(len(body))]
        elif way == 1:
            body.extend(self.chance.octets(1 + self.chance.below(8)))
        else:
            for _ in range(1 + self.chance.below(3)):
                body[self.chance.below(len(body))] ^= 1 << self.chance.below(8)
        return octets[:first] + bytes(body)

    # What is done to them.

    def outsider_changes(self):
        """A frame that was held back, changed above the MAC; its check sequence is right."""
        while True:
            frame = self.genuine(self.hub)
            changed = self.mutated(frame, MAC_HEADER, FCS)
            # On the air the level of security says nothing: it is not what was sealed.
            same = bytearray(changed + frame[-FCS:])
            if len(same) == len(frame):
                same[SECURITY_CONTROL] = same[SECURITY_CONTROL] & 0xF8
            if bytes(same) != frame and len(changed) + FCS <= 127:
                return changed + crc16(changed, len(changed)).to_bytes(2, "little")

    def outsider_seals(self):
        """A good frame under a wrong network key, with a fresh counter."""
        self.stranger.at(100_000 + self.chance.below(1 << 20))
        return self.genuine(self.stranger)

    def outsider_replays(self):
        """One that has arrived before."""
        return self.arrived[self.chance.below(len(self.arrived))]

    def stale(self):
        """The right key and a counter that was used."""
        counter = self.hub.nwk.counters.counter
        self.hub.at(self.chance.below(self.stale_below))
        frame = self.genuine(self.hub)
        self.hub.at(counter)
        return frame

    def mac(self):
        """A frame of the MAC, good or changed, or noise."""
        kind, destination, source, payload = MAC_FRAMES[self.chance.below(len(MAC_FRAMES))]
        frame = bytes(ieee802154.encode(kind, 7, PAN_ID, destination, source, payload, True))
        if self.chance.below(3):
            frame = self.mutated(frame, 0, FCS)[: 127 - FCS]
            frame += crc16(frame, len(frame)).to_bytes(2, "little")
        return frame

    def insider_changes(self):
        """An insider's: sealed as it should be, in the name of the hub or not, changed inside."""
        as_hub = self.chance.below(2)
        octets = self.mutated(self.aps_octets(self.insider), 0, 0)
        if octets[:1] and octets[0] & 3 == 0 and as_hub and octets[1:4] == b"\x00\x34\x00":
            # The hub may tell a device to leave; who has the network key may speak for it.
            as_hub = False
        return self.nwk_frame(self.insider, octets[:88], source=HUB if as_hub else INSIDER)

    def insider_commands(self):
        """An insider's NWK command in its own name, changed."""
        command = NWK_COMMANDS[self.chance.below(len(NWK_COMMANDS))]
        command = self.mutated(command, 0, 0)
        return self.nwk_frame(self.insider, command, nwk_frame.COMMAND, INSIDER)

    # Throwing them.

    def run(self, ms=20):
        """Let the meter do what there is to do."""
        meter = self.meter
        busy = True
        while busy:
            meter.scheduler.run_due()
            busy = len(meter.radio.sent) > 0
            while meter.radio.sent:
                meter.radio.sent.pop(0)
                meter.radio.on_sent(0)
                meter.scheduler.run_due()
        self.bench.clock.advance(ms)

    def throw(self, psdu):
        self.meter.radio.on_frame(psdu, -50, 200)
        self.run()

    def record(self, count):
        """Have genuine frames arrive, so that they can be sent again."""
        asked = data(METERING, zcl.read_attributes(1, (0x0014,)))
        self.arrived = []
        self.hub.at(1_000)
        for _ in range(count):
            header = bytearray(asked[0])
            header[0] |= 0x20
            octets = self.hub.aps.seal(bytes(header), asked[1], BY_LINK_KEY, METER_EUI)
            self.arrived.append(self.nwk_frame(self.hub, octets))
            self.throw(self.arrived[-1])
        self.stale_below = self.hub.nwk.counters.counter
        return self.taken

    def refusals(self):
        """How many frames were refused, at whichever layer."""
        stack = self.meter.stack
        return stack.mac.dropped + stack.nwk.dropped + stack.malformed

    def digest(self):
        """All that must not change: the dictionary, the network, and the keys."""
        held = self.meter.role.data
        names = [name for name in dir(held) if name[0] != "_" and name not in RESTLESS]
        items = [(name, getattr(held, name)) for name in sorted(names)]
        items = [(name, value) for name, value in items if not callable(value)]
        network = self.network_state()
        return [plain(item) for item in items], network

    def network_state(self):
        network = self.meter.network
        return (
            packed(network),
            network.devices.key_of(INSIDER_EUI),
            network.devices.having(CHILD),
            network.is_joined,
            network.has_confirmed_key,
            network.link_key_of(HUB_EUI),
            network.key_of(0),
            network.key_of(1),
            self.meter.stack.membership.standing.is_joined(),
        )

    def failures(self):
        """What tasks failed with, on the device."""
        return [task.last_failure for task in self.meter.scheduler.tasks if task.failures]

    def answers(self):
        """Tell whether the meter still answers the hub."""
        before = self.meter.stack.mac.sent
        taken = self.taken
        self.hub.at(self.hub.nwk.counters.counter + 1_000)
        octets = self.hub.aps.seal(
            bytes((0x20,)) + APS_DATA[0][0][1:], APS_DATA[0][1], BY_LINK_KEY, METER_EUI
        )
        self.throw(self.nwk_frame(self.hub, octets))
        return self.taken == taken + 1 and self.meter.stack.mac.sent > before


def plain(item):
    """An item as what compares by value."""
    name, value = item
    if hasattr(value, "wh"):
        value = list(value.kwh) + list(value.mwh)
    return name, repr(list(value) if hasattr(value, "__len__") else value)


def changes(before, after):
    """What differs between two digests."""
    differing = []
    for old, new in ((before[0], after[0]), (before[1], after[1])):
        differing += [(old[at], new[at]) for at in range(len(old)) if old[at] != new[at]]
    return differing


# Who throws, and whether nothing of it may get beyond the security of the NWK layer.
ATTACKS = (
    ("outsider_changes", True),
    ("outsider_seals", True),
    ("outsider_replays", True),
    ("stale", True),
    ("mac", False),
    ("insider_changes", False),
    ("insider_commands", False),
)


def attack(role, name, stops_at_nwk, count, seed):
    """Throw so many frames of a kind; returns a list of what went wrong."""
    air = HostileAir(role, seed)
    wrong = []
    if air.record(20) < 20 or not air.answers():
        wrong.append("it does not work to begin with")
    before, taken, refused = air.digest(), air.taken, air.refusals()
    level = None
    for number in range(count):
        air.throw(getattr(air, name)())
        if number == count // 3:
            gc.collect()
            level = used()
    gc.collect()
    grown = used() - level if level is not None else 0
    if grown > 4_096:
        wrong.append(f"{grown} octets more in use")
    differing = changes(before, air.digest())
    if differing:
        wrong.append(f"changed: {differing[:4]}")
    if stops_at_nwk and air.taken != taken:
        wrong.append(f"{air.taken - taken} frames were taken")
    if stops_at_nwk and air.refusals() - refused < count:
        wrong.append(f"{air.refusals() - refused} of {count} refusals counted")
    if air.refusals() == refused:
        wrong.append("no refusal was counted")
    if name == "mac" and air.taken != taken:
        wrong.append("a frame of the MAC was taken for one of the NWK layer")
    if air.failures():
        wrong.append(f"a task failed: {air.failures()}")
    if not air.answers():
        wrong.append("it answers no more")
    return wrong


def used():
    """Octets of the heap in use, where the runtime tells."""
    return gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0
