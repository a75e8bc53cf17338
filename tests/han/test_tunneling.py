"""Tunnels between the hub and the meters, and the messages that go through them."""

import os
import random
import shutil
import sys
from binascii import crc32, hexlify
from pathlib import Path

import pytest

from host_tools.desk.home_network import GAS as GAS_METER
from host_tools.desk.home_network import HUB as HOME_HUB
from host_tools.desk.home_network import METER as ELECTRICITY_METER
from host_tools.desk.home_network import HomeNetwork
from host_tools.node.home import EXTENDED_ADDRESSES
from host_tools.node.joined_network import NETWORK_KEY
from protometer.han import cluster_command, tunneling, zcl
from protometer.han.frame_error import FrameError
from protometer.han.tunneling import CLOSE_S, CLUSTER, LONGEST_MESSAGE
from protometer.model.command import USER_INTERFACE
from tests import samples
from tests.han.han_stand import START_S
from tests.han.joined_stand import EUI, LINK_KEY
from tests.han.test_tshark import dissection
from tests.han.tunnel_stand import EUI64, GAS, METER, Tunnels
from tests.interop import referee
from tests.on_runtimes import printed

pytestmark = pytest.mark.untraced

HOUR_S = 3_600
FULL = os.environ.get("PROTOMETER_FULL")
E, G = (bytes.fromhex(EXTENDED_ADDRESSES[name]) for name in ("ESME", "GSME"))


def heard_by(node):
    """Collect (name, values) of the tunnels' commands that reach a stack, or (status, command)."""
    heard = []
    inner = node.stack._from_cluster

    def tap(source, cluster, octets, sealed_with):
        control, _, command, payload = zcl.decode(octets)
        if not control & zcl.CLUSTER_SPECIFIC:
            heard.append(tuple(payload))
        elif cluster == CLUSTER:
            found = cluster_command.find(cluster, bool(control & zcl.SERVER_TO_CLIENT), command)
            heard.append((found.name, found.decode(payload)))
        inner(source, cluster, octets, sealed_with)

    node.stack._from_cluster = tap
    return heard


def ask(stand, name, values, to=METER, sender=None):
    """Have the hub, or another, send a tunnel's command to a meter."""
    command = cluster_command.find(CLUSTER, False, name)
    (sender or stand.hub).stack.command(
        to, CLUSTER, command.identifier, command.encode(values), False, wants_status=True
    )
    stand.ether.run(200)


def test_octets_are_those_of_the_clusters_table():
    def said(name, from_server, values):
        return cluster_command.find(CLUSTER, from_server, name).encode(values)

    asked = {
        "protocolId": 6,
        "manufacturerCode": 0xFFFF,
        "flowControlSupport": False,
        "maximumIncomingTransferSize": LONGEST_MESSAGE + 2,
    }
    assert tunneling.request_tunnel() == said("RequestTunnel", False, asked)
    answered = {"tunnelId": 7, "tunnelStatus": 3, "maximumIncomingTransferSize": 8_502}
    response = tunneling.request_tunnel_response(7, 3)
    assert response == said("RequestTunnelResponse", True, answered)
    protocols = {
        "protocolListComplete": True,
        "protocolCount": 1,
        "protocolList": [{"manufacturerCode": 0xFFFF, "protocolId": 6}],
    }
    listed = said("SupportedTunnelProtocolsResponse", True, protocols)
    assert tunneling.supported_protocols() == listed
    carried = {"tunnelId": 0x1234, "data": b"\x02\x05abc"}
    data = tunneling.get_response(5) + b"abc"
    assert tunneling.of_tunnel(0x1234, data) == said("TransferDataServerToClient", True, carried)
    assert tunneling.decode_get_response(data) == (5, b"abc")


def test_the_table_says_what_each_end_carries_out():
    stand = Tunnels()
    for role, node in (("H", stand.hub), ("E", stand.meter), ("G", stand.gas)):
        taken = {key[1:] for key in node.stack.handlers if key[0] == CLUSTER}
        for from_server in (False, True):
            ours = {command for command, side in taken if side == from_server}
            assert ours == set(cluster_command.commands(role, CLUSTER, from_server, True))


@pytest.mark.parametrize("octets", [b"", b"\x02", b"\x01\x00", b"\x03abc"])
def test_what_is_no_get_response_is_refused(octets):
    with pytest.raises(FrameError):
        tunneling.decode_get_response(octets)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 0),
        ({"protocolId": 5}, 3),
        ({"manufacturerCode": 0x1234}, 3),
        ({"flowControlSupport": True}, 4),
    ],
)
def test_a_meter_opens_a_tunnel_of_the_one_protocol(changed, status):
    stand = Tunnels()
    heard = heard_by(stand.hub)
    ask(
        stand,
        "RequestTunnel",
        {"protocolId": 6, "manufacturerCode": 0xFFFF, "flowControlSupport": False, **changed},
    )
    ((name, values),) = heard
    assert name == "RequestTunnelResponse"
    assert values["tunnelStatus"] == status
    assert values["tunnelId"] == (0xFFFF if status else 1)
    assert values["maximumIncomingTransferSize"] == LONGEST_MESSAGE + 2
    # Neither has it taken one that it refused.
    ask(stand, "TransferDataClientToServer", {"tunnelId": 1, "data": b"message"})
    assert stand.to_meter == ([] if status else [b"message"])


def test_who_is_not_the_hub_gets_no_tunnel():
    stand = Tunnels()
    stand.meter.trust(GAS)
    stand.gas.trust(METER)
    heard = heard_by(stand.gas)
    asked = {"protocolId": 6, "manufacturerCode": 0xFFFF, "flowControlSupport": False}
    ask(stand, "RequestTunnel", asked, sender=stand.gas)
    stand.run(2)
    assert (0, zcl.NOT_AUTHORIZED) in heard
    carried = {"tunnelId": 1, "data": b"message"}
    ask(stand, "TransferDataClientToServer", carried, sender=stand.gas)
    assert (2, zcl.NOT_AUTHORIZED) in heard
    assert stand.to_meter == []


def test_a_tunnel_that_is_none_is_told_and_closed_ones_are():
    stand = Tunnels()
    stand.run(3)
    heard = heard_by(stand.hub)
    ask(stand, "TransferDataClientToServer", {"tunnelId": 9, "data": b"message"})
    error = {"tunnelId": 9, "transferDataStatus": 0}
    assert heard == [("TransferDataErrorServerToClient", error)]
    heard.clear()
    ask(stand, "CloseTunnel", {"tunnelId": 9})
    ask(stand, "CloseTunnel", {"tunnelId": 1})
    ask(stand, "TransferDataClientToServer", {"tunnelId": 1, "data": b"message"})
    assert heard[:2] == [(1, zcl.NOT_FOUND), (1, zcl.SUCCESS)]
    assert heard[2][0] == "TransferDataErrorServerToClient"
    assert stand.to_meter == []


def test_protocols_and_the_timeout_are_told():
    stand = Tunnels()
    heard = heard_by(stand.hub)
    ask(stand, "GetSupportedTunnelProtocols", {"protocolOffset": 0})
    ((name, values),) = heard
    assert name == "SupportedTunnelProtocolsResponse"
    assert values["protocolList"] == [{"manufacturerCode": 0xFFFF, "protocolId": 6}]
    heard.clear()
    stand.hub.stack.read(METER, CLUSTER, (0x0000,))
    stand.ether.run(200)
    assert heard == [tuple(bytes.fromhex("000000 21 ffff"))]


def test_a_tunnel_that_nobody_uses_is_closed_and_opened_again():
    stand = Tunnels()
    stand.contact(10)
    heard = {node: heard_by(node) for node in (stand.hub, stand.gas)}
    clock = stand.ether.clock
    clock.set_utc(clock.utc_s() + CLOSE_S - 60)
    stand.run(110)
    names = {node: [what[0] for what in told] for node, told in heard.items()}
    assert names[stand.hub] == ["TunnelClosureNotification", "RequestTunnelResponse"]
    assert names[stand.gas] == ["TunnelClosureNotification"]
    stand.manager.deliver(EUI64[METER], b"one")
    stand.manager.deliver(EUI64[GAS], b"two")
    stand.contact(10)
    assert (stand.to_meter, stand.to_gas) == ([b"one"], [b"two"])


def test_what_serves_a_tunnel_is_in_memory_while_it_is_used():
    stand = Tunnels()
    stand.run(10)
    heard = heard_by(stand.meter)
    for message in (b"one", b"two"):
        stand.run(70)
        assert stand.server._server is None
        assert "protometer.han.tunnel_server" not in sys.modules
        stand.manager.deliver(EUI64[METER], message)
        stand.run(5)
        stand.server.send(message[::-1])
        stand.run(20)
    stand.run(70)
    # A copy is told as one, and the tunnel is closed, by who knows just what the others knew.
    stand.manager.deliver(EUI64[METER], b"two")
    stand.run(20)
    assert stand.to_meter == [b"one", b"two"]
    assert stand.to_hub == [(EUI64[METER], b"eno"), (EUI64[METER], b"owt")]
    assert {name for name, _ in heard} == {"TransferDataClientToServer"}
    stand.run(70)
    assert stand.server._open_s is not None
    clock = stand.ether.clock
    clock.set_utc(clock.utc_s() + CLOSE_S)
    stand.hub.stack.network.is_joined = False
    stand.run(5)
    assert stand.server._open_s is None


@pytest.mark.req("GSME-COM-07")
def test_a_gas_meter_gets_what_waits_one_by_one_and_is_told_how_many_remain():
    stand = Tunnels()
    messages = [bytes((number,)) * 40 for number in range(3)]
    for message in messages:
        assert stand.manager.deliver(EUI64[GAS], message)
    stand.run(30)
    assert stand.to_gas == []
    at_hub, at_gas = heard_by(stand.hub), heard_by(stand.gas)
    assert stand.client.send(b"alert")
    stand.contact()
    assert not stand.client.is_busy(stand.ether.clock.utc_s())
    asked = [what[1]["data"] for what in at_hub if what[0] == "TransferDataClientToServer"]
    told = [what[1]["data"] for what in at_gas if what[0] == "TransferDataServerToClient"]
    # The last GET shows that the PUT came through a tunnel that there was.
    assert asked == [b"\x01", b"\x01", b"\x01", b"\x03alert", b"\x01"]
    left = [b"\x02" + bytes((2 - at,)) + message for at, message in enumerate(messages)]
    assert told == [*left, b"\x02\x00"]
    assert stand.to_gas == messages
    assert stand.to_hub == [(EUI64[GAS], b"alert")]


def test_what_waits_is_bounded_and_what_is_too_long_refused():
    stand = Tunnels()
    device = bytes.fromhex("00db1234567890a3")
    assert [stand.manager.deliver(device, b"m%d" % at) for at in range(5)] == [True] * 4 + [False]
    assert stand.manager.waiting(device) == 4
    assert [stand.client.send(b"m%d" % at) for at in range(5)] == [True] * 4 + [False]
    taken = [
        stand.manager.deliver(bytes(7) + bytes((device,)), b"m%d" % at)
        for device in range(20)
        for at in range(2)
    ]
    assert sum(taken) == 8
    # Who is gone, or never came, takes nobody's place.
    stand = Tunnels()
    for number in range(40):
        stand.manager.deliver(bytes(7) + bytes((number,)), b"")
        stand.manager._tunnels[bytes((number,)) + bytes(7)].messages.clear()
    assert stand.manager.deliver(EUI64[METER], b"message")
    stand.run(4)
    assert stand.to_meter == [b"message"]
    stand = Tunnels()
    for put in (stand.client.send, stand.server.send, lambda m: stand.manager.deliver(device, m)):
        with pytest.raises(FrameError, match="8501 octets is too long"):
            put(bytes(LONGEST_MESSAGE + 1))


def test_what_is_longer_than_the_other_end_takes_is_dropped_and_counted():
    stand = Tunnels()
    most = {"maximumIncomingTransferSize": 102}
    asked = {"protocolId": 6, "manufacturerCode": 0xFFFF, "flowControlSupport": False, **most}
    ask(stand, "RequestTunnel", asked)
    for message in (bytes(101), bytes(100), b"alert"):
        assert stand.server.send(message)
    stand.run(30)
    assert [octets for _, octets in stand.to_hub] == [bytes(100), b"alert"]
    assert stand.server._server._tunnel.refused == 1


def test_a_contact_with_a_hub_that_has_no_tunnels_ends_soon():
    stand = Tunnels()
    stand.hub.stack.handlers.clear()
    stand.client.send(b"alert")
    heard = heard_by(stand.gas)
    stand.contact(25)
    assert stand.client.is_busy(stand.ether.clock.utc_s()) is False
    # The hub itself asks as well.
    assert [what for what in heard if what[0] == 0] == [(0, zcl.UNSUP_COMMAND)] * 5
    stand.begin_hub()
    stand.contact()
    assert stand.to_hub == [(EUI64[GAS], b"alert")]


def test_a_message_that_comes_twice_is_heard_once():
    stand = Tunnels()
    stand.run(3)
    for data in (b"one", b"one", b"two", b"one", b"three"):
        ask(stand, "TransferDataClientToServer", {"tunnelId": 1, "data": data})
    assert stand.to_meter == [b"one", b"two", b"three"]


def test_what_a_tunnel_of_before_swallowed_goes_again_through_the_next():
    stand = Tunnels()
    stand.contact(10)
    stand.new_hub()
    # The meters don't know yet that these tunnels are no more.
    stand.server.send(b"from the meter")
    stand.client.send(b"from the gas meter")
    stand.contact(40)
    assert sorted(stand.to_hub) == [
        (EUI64[METER], b"from the meter"),
        (EUI64[GAS], b"from the gas meter"),
    ]


def test_a_meter_that_was_off_is_heard_though_nothing_waits_for_it():
    stand = Tunnels()
    stand.run(3)
    stand.new_meter()
    stand.server.send(b"alert")
    stand.run(4)
    assert stand.to_hub == [(EUI64[METER], b"alert")]
    # Also where it was off for so long that the hub asks it seldom.
    stand.ether.nodes = (stand.hub, stand.gas)
    stand.manager._tunnels[EUI[METER]].identifier = None
    stand.run(500)
    stand.new_meter()
    stand.server.send(b"restored")
    stand.run(4)
    assert stand.to_hub[1:] == [(EUI64[METER], b"restored")]


def test_a_meter_that_was_not_heard_as_it_began_announces_itself_again():
    stand = Tunnels()
    stand.run(3)
    stand.new_meter(reaches=False)
    stand.run(200)
    stand.server.send(b"alert")
    stand.run(50)
    assert stand.to_hub == []
    stand.run(20)
    assert stand.to_hub == [(EUI64[METER], b"alert")]


def test_what_the_hub_had_sent_to_a_meter_that_was_off_goes_again():
    stand = Tunnels()
    stand.run(3)
    stand.ether.nodes = (stand.hub, stand.gas)
    stand.manager.deliver(EUI64[METER], b"command")
    stand.run(3)
    assert stand.manager.waiting(EUI64[METER]) == 1
    stand.new_meter()
    stand.run(6)
    assert stand.to_meter == [b"command"]


@pytest.mark.runtime
@pytest.mark.req("GSME-COM-07")
@pytest.mark.parametrize("runtime", ["cpython", "unix"])
def test_on_micropython_too_each_message_of_two_lives_of_the_hub_is_heard_once(runtime):
    def checksum(number):
        return crc32(bytes(at * number & 0xFF for at in range(1_600)))

    lines = printed(runtime, Path(__file__).with_name("tunnel_workload.py"))
    meters, hub, waiting = lines[-3:]
    to_meters = [[checksum(number) for number in numbers] for numbers in ((1, 11), (2, 12))]
    assert meters == "{} {}".format(*to_meters)
    to_hub = [
        (hexlify(EUI64[short]), checksum(number))
        for short, number in ((METER, 3), (GAS, 4), (METER, 13), (GAS, 14))
    ]
    assert hub == str(to_hub)
    assert waiting == "[0, 0]"


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_wireshark_reads_every_frame_of_a_tunnel(tmp_path):
    """Also what comes in fragments; the messages are nobody's but the meters'."""
    stand = Tunnels()
    message = b"\x0a" + bytes(LONGEST_MESSAGE - 1)
    stand.manager.deliver(EUI64[METER], message)
    stand.server.send(message)
    stand.run(20)
    stand.contact(10)
    ask(stand, "GetSupportedTunnelProtocols", {"protocolOffset": 0})
    ask(stand, "TransferDataClientToServer", {"tunnelId": 9, "data": b"\x0a"})
    ask(stand, "CloseTunnel", {"tunnelId": 1})
    assert (stand.to_meter, stand.to_hub) == ([message], [(EUI64[METER], message)])
    keys = {"network": NETWORK_KEY, "link": LINK_KEY}
    frames = dissection(stand.ether.heard, tmp_path, keys)
    assert len(frames) == len(stand.ether.heard) > 100
    for frame in frames:
        assert "(Correct)" in frame
        assert not [bad for bad in referee.BAD if bad in frame], frame
    for said in (
        "Protocol ID: GB-HRGP (0x06)",
        "Manufacturer Code: Unknown (0xffff)",
        "Flow Control Supported: False",
        f"Max Incoming Transfer Size: 0x{LONGEST_MESSAGE + 2:04x}",
        "GET (0x01)",
        "GET-RESPONSE (0x02)",
        f"({LONGEST_MESSAGE + 5} bytes)",
    ):
        assert any(said in frame for frame in frames), said


# A whole home.


class Post:
    """A home whose hub and meters exchange messages; what was given, and what was heard."""

    def __init__(self, loss):
        self.home = HomeNetwork(START_S, loss=loss)
        self.home.set_up()
        self.until(lambda: all(map(self.home.is_ready, (ELECTRICITY_METER, GAS_METER))), 600)
        self._random = random.Random(f"messages {loss}")
        self.given, self.heard = {E: [], G: []}, {E: [], G: []}
        self.said, self.told = [], []
        self.ends = {
            E: self.home.devices[ELECTRICITY_METER].role.han.tunnel,
            G: self.home.devices[GAS_METER].role.han.tunnel,
        }
        for eui64, end in self.ends.items():
            end.on_message = self.heard[eui64].append
        self.listen()

    @property
    def hub(self):
        return self.home.devices[HOME_HUB].role

    def listen(self):
        self.hub.tunnels.on_message = lambda eui64, octets: self.told.append((eui64, octets))

    def until(self, condition, seconds):
        """Return after how many seconds something was so."""
        for passed in range(seconds):
            if condition():
                return passed
            self.home.run(1)
        raise AssertionError(f"not in {seconds} s")

    def exchange(self):
        """Have two of the longest messages go each way to each meter."""
        for eui64, end in self.ends.items():
            for _ in range(2):
                message, answer = (self._random.randbytes(LONGEST_MESSAGE) for _ in range(2))
                self.given[eui64].append(message)
                self.said.append((eui64, answer))
                assert self.hub.deliver(eui64, message)
                assert end.send(answer)

    def is_done(self):
        return self.heard == self.given and sorted(self.told) == sorted(self.said)


@pytest.mark.req("GSME-COM-01", "GSME-COM-07", "GSME-COM-08", "GSME-GEN-05")
@pytest.mark.parametrize("loss", samples.TUNNEL_LOSSES_FULL if FULL else samples.TUNNEL_LOSSES)
def test_the_longest_messages_arrive_once_whatever_is_lost(loss):
    post = Post(loss)
    post.exchange()
    post.until(post.is_done, HOUR_S)
    post.home.run(60)
    assert [post.hub.tunnels.waiting(eui64) for eui64 in (E, G)] == [0, 0]
    post.home.off(HOME_HUB)
    post.home.run(10)
    post.home.on(HOME_HUB)
    post.listen()
    post.exchange()
    post.until(post.is_done, HOUR_S)
    # Nothing comes twice later on.
    post.home.run(2_000)
    assert post.is_done()
    assert [post.hub.tunnels.waiting(eui64) for eui64 in (E, G)] == [0, 0]
    assert post.home.failures() == []


@pytest.mark.req("GSME-COM-08", "GSME-UIC-04")
def test_the_electricity_meter_hears_at_once_the_gas_meter_in_its_contacts_and_when_asked():
    post = Post(0.0)
    gas = post.home.devices[GAS_METER].role
    post.home.run_until((post.home.clock.utc_s() // 1_800 + 1) * 1_800 + 300)
    assert not gas.data.han_interface_on
    post.hub.deliver(E, b"to the electricity meter")
    post.hub.deliver(G, b"to the gas meter")
    post.home.run(5)
    assert post.heard == {E: [b"to the electricity meter"], G: []}
    post.home.run(1_100)
    assert post.heard[G] == []
    post.home.run(420)
    assert post.heard[G] == [b"to the gas meter"]
    post.home.run(120)
    assert not gas.data.han_interface_on
    post.hub.deliver(G, b"another")
    post.home.run(60)
    assert len(post.heard[G]) == 1
    gas.execute("Check for HAN Interface Commands", {}, USER_INTERFACE, post.home.clock.utc_s())
    post.home.run(5)
    assert post.heard[G] == [b"to the gas meter", b"another"]
