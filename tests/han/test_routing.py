"""Routes that are found when they are needed, over routers that hear only some of the others."""

from functools import partial

import pytest

from protometer.han import nwk_commands
from protometer.han.devices import CHILD
from protometer.han.frame_error import FrameError
from protometer.han.ieee802154 import BROADCAST, MacFrame
from protometer.han.mesh import Mesh, Neighbours
from protometer.han.network import Network
from protometer.han.nwk import Nwk
from protometer.han.nwk_frame import NwkFrame
from protometer.model.dictionary import Data
from tests.han.trust_centre_stand import INSTALL_CODE, Device, Hub

KEY = bytes(range(16))


def joined(short):
    """A router's network as joining leaves it."""
    network = Network({"extended_address": f"00000000000000{short:02x}", "policy": "interop"})
    network.short_address, network.pan_id, network.parent = short, 0x1A62, 0xFFFF
    network.keep_key(0, KEY)
    network.is_joined = True
    return network


class Router:
    """One router's NWK layer; `got` collects (source, payload) of what was for it."""

    def __init__(self, mesh, short):
        self.short, self.mesh, self.got = short, mesh, []
        self.nwk = Nwk(
            joined(short),
            Data("E"),
            lambda: None,
            lambda neighbour, octets: mesh.air.append((short, neighbour, bytes(octets))),
            lambda frame, payload: self.got.append((frame.source, bytes(payload))),
        )
        self.layer = Mesh(self.nwk._network, self.nwk)


class Air:
    """Routers in a row, or with the links given; {(one, other): lqi}."""

    def __init__(self, links):
        self.links = links
        self.air, self.carried = [], []
        self.routers = {short: Router(self, short) for pair in links for short in pair}
        self.now_s = 0

    def lqi(self, one, other):
        return self.links.get((one, other), self.links.get((other, one)))

    def settle(self):
        while self.air:
            sender, neighbour, octets = self.air.pop(0)
            self.carried.append((sender, neighbour, octets))
            for short, router in self.routers.items():
                lqi = self.lqi(sender, short)
                if short != sender and lqi and neighbour in (short, BROADCAST):
                    router.nwk.receive(sender, octets, lqi)

    def pass_time(self, seconds):
        for _ in range(seconds):
            self.now_s += 1
            for router in self.routers.values():
                router.layer.step(self.now_s)
            self.settle()

    def path_of(self, payload_size):
        """The hops of the frames with a payload of that size."""
        size = 8 + 14 + 4 + payload_size
        return [(sender, hop) for sender, hop, octets in self.carried if len(octets) == size]


ROW = {(1, 2): 250, (2, 3): 250, (3, 4): 250}


def test_a_route_is_found_and_what_waited_for_it_goes_on():
    mesh = Air(ROW)
    mesh.pass_time(31)
    mesh.routers[1].nwk.send(4, b"x" * 40)
    mesh.settle()
    assert mesh.routers[4].got == [(1, b"x" * 40)]
    assert mesh.path_of(40) == [(1, 2), (2, 3), (3, 4)]
    # The way back is known by then, and asked for by nobody.
    before = len(mesh.carried)
    mesh.routers[4].nwk.send(1, b"y" * 41)
    mesh.settle()
    assert mesh.routers[1].got == [(4, b"y" * 41)]
    assert len(mesh.carried) == before + 3


def test_the_cheapest_path_is_taken_even_if_it_is_longer():
    # A direct link of the worst kind costs 7; two good ones cost 2.
    mesh = Air({(1, 3): 5, (1, 2): 250, (2, 3): 250, (3, 4): 250})
    mesh.pass_time(31)
    mesh.routers[1].nwk.send(4, b"x" * 40)
    mesh.settle()
    assert mesh.routers[4].got == [(1, b"x" * 40)]
    mesh.carried.clear()
    mesh.routers[1].nwk.send(4, b"z" * 42)
    mesh.settle()
    assert mesh.path_of(42)[0] == (1, 2)


def test_a_route_over_a_neighbour_that_is_gone_is_found_anew():
    mesh = Air({(1, 2): 250, (2, 4): 250, (1, 3): 100, (3, 4): 100})
    mesh.pass_time(31)
    mesh.routers[1].nwk.send(4, b"x" * 40)
    mesh.settle()
    assert mesh.path_of(40) == [(1, 2), (2, 4)]
    for link in ((1, 2), (2, 4)):
        del mesh.links[link]
    routing = mesh.routers[1].layer.routing
    # One frame may be lost, and two; three in a row say that it is gone.
    for acknowledged in (False, False, True, False, False):
        (routing.reached if acknowledged else routing.lost)(2)
    assert routing.next_hop(4) == 2
    routing.lost(2)
    mesh.carried.clear()
    mesh.routers[1].nwk.send(4, b"y" * 41)
    mesh.settle()
    assert mesh.path_of(41) == [(1, 3), (3, 4)]
    assert mesh.routers[4].got == [(1, b"x" * 40), (1, b"y" * 41)]


def test_what_finds_no_route_is_given_up():
    mesh = Air(ROW)
    mesh.pass_time(31)
    nwk = mesh.routers[1].nwk
    for number in range(6):
        nwk.send(9, bytes((number,)))
    mesh.settle()
    assert nwk.dropped == 2
    mesh.pass_time(12)
    nwk.send(9, b"again")
    assert nwk.dropped == 2


def test_who_is_never_found_does_not_keep_others_from_being_found():
    mesh = Air(ROW)
    mesh.pass_time(31)
    one, two = mesh.routers[1], mesh.routers[2]
    for second in range(15):
        # More than may wait, more than is asked for, and all of it relayed as well.
        for absent in (7, 8, 9, 10, 11):
            one.nwk.send(absent, b"nobody" + bytes((second,)))
        mesh.pass_time(1)
        for router in (one, two):
            assert len(router.layer.routing._discoveries) <= 8
    one.nwk.send(4, b"x" * 40)
    mesh.settle()
    assert mesh.routers[4].got == [(1, b"x" * 40)]


def test_a_destination_is_asked_for_once_a_second_until_it_is_found():
    mesh = Air({(1, 2): 250})
    mesh.pass_time(31)
    mesh.carried.clear()
    for _ in range(4):
        mesh.routers[1].nwk.send(9, b"nobody")
    mesh.settle()
    # Asked by one, and sent on by the other.
    assert len(mesh.carried) == 2
    mesh.pass_time(1)
    mesh.routers[1].nwk.send(9, b"nobody")
    mesh.settle()
    assert len(mesh.carried) == 4


def test_a_broadcast_reaches_everybody_once():
    mesh = Air({**ROW, (1, 3): 200})
    mesh.routers[1].nwk.send(0xFFFD, b"all")
    mesh.settle()
    assert [router.got for _, router in sorted(mesh.routers.items())] == [
        [],
        *[[(1, b"all")]] * 3,
    ]


@pytest.mark.parametrize("kind", ["sleepy", "end_device"])
def test_an_end_device_sends_all_to_its_parent_and_has_no_routes(kind):
    device = Device(install_code=INSTALL_CODE, **{kind: True})
    device.run(Hub(), 5_000)
    assert device.standing.is_joined()
    device.radio.sent.clear()
    device.stack.nwk.send(0x4321, b"x")
    device.scheduler.run_due()
    assert MacFrame(device.radio.sent[0]).destination == device.network.parent
    assert device.stack.membership.mesh is None


def test_links_are_told_every_fifteen_seconds_and_silent_ones_forgotten():
    mesh = Air({(1, 2): 250})
    mesh.pass_time(46)
    told = [octets for sender, _, octets in mesh.carried if sender == 1]
    assert len(told) == 3
    assert NwkFrame(told[-1]).radius == 1
    neighbours = mesh.routers[1].layer.neighbours
    assert neighbours.links() == [(2, 1, 1)]
    mesh.links.clear()
    mesh.pass_time(60)
    assert neighbours.links() == []


def test_a_link_costs_what_its_worse_direction_does():
    neighbours = Neighbours()
    neighbours.heard(2, 250)
    assert neighbours.cost(2) == 1
    neighbours.told(2, nwk_commands.link_status([(1, 5, 1), (3, 7, 7)])[1:], 1)
    assert neighbours.cost(2) == 5
    assert neighbours.cost(3) == 7
    for number in range(30):
        neighbours.heard(number, 10)
    assert len(neighbours.links()) == 16


# (decoder, its shortest good payload)
DECODERS = [
    (partial(nwk_commands.decode, nwk_commands.ROUTE_REQUEST), bytes(5)),
    (partial(nwk_commands.decode, nwk_commands.ROUTE_REPLY), bytes(7)),
    (partial(nwk_commands.decode, nwk_commands.NETWORK_STATUS), bytes(3)),
    (partial(nwk_commands.decode, nwk_commands.LEAVE), bytes(1)),
    (partial(nwk_commands.decode, nwk_commands.REJOIN_RESPONSE), bytes(3)),
    (nwk_commands.decode_link_status, b"\x62" + bytes(6)),
]


@pytest.mark.parametrize(("decode", "payload"), DECODERS)
def test_commands_that_are_cut_off(decode, payload):
    decode(payload)
    for size in range(len(payload)):
        with pytest.raises(FrameError, match="too short"):
            decode(payload[:size])


def test_a_reply_that_nobody_asked_for_makes_no_route():
    mesh = Air(ROW)
    routing = mesh.routers[1].layer.routing
    with pytest.raises(FrameError, match="nobody asked"):
        routing.replied(2, None, nwk_commands.route_reply(1, 1, 4, 1)[1:], 200)
    assert routing.next_hop(4) is None


def test_who_becomes_a_child_is_reached_directly_and_no_longer_over_somebody_else():
    air = Air({(1, 2): 255})
    network, routing = air.routers[1].nwk._network, air.routers[1].layer.routing
    routing._learn(9, 2)
    assert routing.next_hop(9) == 2
    extended = bytes(7) + b"\x09"
    network.learn(9, extended)
    network.devices.flag(extended, CHILD)
    assert routing.next_hop(9) == 9
    network.devices.flag(extended, CHILD, False)
    assert routing.next_hop(9) == 2


def test_routers_that_take_each_other_for_the_way_find_another():
    air = Air({(1, 2): 255, (2, 3): 255, (1, 3): 255})
    air.routers[1].layer.routing._learn(3, 2)
    air.routers[2].layer.routing._learn(3, 1)
    air.routers[1].nwk.send(3, b"round")
    air.settle()
    assert air.routers[3].got == [(1, b"round")]
    assert len(air.carried) < 30
