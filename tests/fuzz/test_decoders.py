"""For any octets, text or values from outside, each decoder gives a result or its own error.

Half of the inputs are random, half are valid ones with a few changes. A failure names the seed
and prints the input, so that it can be replayed.
"""

import json
import os
import random
from binascii import crc32

import pytest

from host_tools.boards.board import BoardError, load_board
from host_tools.boards.device import NetworkFileError, load_network
from host_tools.desk.devices import ROOT
from host_tools.desk.story import STORIES, StoryError, load_story
from host_tools.node import link
from host_tools.node.ram_memory import RamFiles
from host_tools.node.scenario import Scenario, ScenarioError, words_of
from host_tools.node.slices import finish
from host_tools.node.tariff_file import parse_tariff
from host_tools.node.utc_text import parse_utc
from host_tools.ota_file import element, ota_file, upgrade_elements
from protometer.crypto.ccm_star import CcmError, open_sealed, seal
from protometer.crypto.implicit_certificate import (
    CERTIFICATE_SIZES,
    CbkeError,
    ImplicitCertificate,
    curve_of,
    ephemeral_point,
)
from protometer.han import (
    aps_commands,
    aps_frame,
    enhanced_beacon,
    ieee802154,
    mac_commands,
    nwk_commands,
    price,
    zcl,
)
from protometer.han.attributes import AttributeClient, AttributeServer
from protometer.han.cluster_command import commands
from protometer.han.frame_error import FrameError
from protometer.han.key_establishment_payloads import (
    decode_confirmation,
    decode_initiate,
    decode_terminate,
    encode_initiate,
    encode_terminate,
)
from protometer.han.network import Network, NetworkError
from protometer.han.nwk import Nwk
from protometer.han.nwk_frame import NwkFrame
from protometer.han.ota_image import ImageError, ImageReader
from protometer.han.reporting_configuration import configure
from protometer.model.calendar_fields import CalendarError
from protometer.model.dictionary import Data, ItemError, items, write
from protometer.model.switching_table import SwitchingTable, pack
from protometer.roles.ota_client import OtaClient
from protometer.roles.ota_server import OtaServer
from protometer.store.store import Store
from protometer.tariff.electricity_tariff import PRIMARY, ElectricityTariff
from tests.han import key_establishment_stand
from tests.han.command_values import every_command
from tests.han.han_stand import START_S, Air, Node, description, live, network
from tests.han.trust_centre_stand import (
    DEVICE_EUI,
    INSTALL_CODE,
    Device,
    Hub,
    association_response,
    beacon,
)
from tests.han.tunnel_stand import CLUSTER as TUNNELING
from tests.han.tunnel_stand import Tunnels
from tests.roles.clusters_stand import PPMID, OnAir
from tests.roles.esme_stand import Stand, flat_tariff
from tests.samples import (
    FUZZ_SAMPLES,
    FUZZ_SAMPLES_FULL,
    FUZZ_SAMPLES_OF_A_METER,
    FUZZ_SAMPLES_OF_A_NETWORK,
)

pytestmark = pytest.mark.untraced

FULL = bool(os.environ.get("PROTOMETER_FULL"))
# Decoders that build a whole meter, or a network of three devices, for each input.
METER = FUZZ_SAMPLES_OF_A_METER
NETWORK = FUZZ_SAMPLES_OF_A_NETWORK
CHUNKS = 8


def seeds(samples, chunk):
    """Return the seeds of one of CHUNKS parts of a run of `samples`, or of a full run."""
    return range(chunk, FUZZ_SAMPLES_FULL if FULL else samples, CHUNKS)


INTEGERS = (0, 1, -1, 2, 7, 47, 48, 127, 128, 255, 256, 65535, 1 << 31, -(1 << 31), 1 << 64)
WORDS = ("", "0", "x", "-1", "255", "*", "0x10", "by=user", "#", '"', "\u00e9", "\u0663")
SCALARS = (None, True, False, 0.5, 65535.0, 255.0, float("inf"), float("nan"), b"\x00", ())


# Valid inputs.

GOOD_TARIFF = flat_tariff(
    days=[[[0, 0], [420, 1]]], prices=[1, 2], special_days=[[2024, 2, 29, 0]]
)
TARIFF_TEXT = json.dumps(
    {
        "price_scale": -4,
        "prices": [1495, 2853],
        "standing_charge_scale": -4,
        "standing_charge": 5012,
        "days": [[["00:00", 0], ["07:00", 1]]],
        "weeks": [[0, 0, 0, 0, 0, 0, 0]],
        "seasons": [["*-01-01", 0], ["2024-06-01", 0]],
        "special_days": [["*-12-25", 0], ["*-*-13", 0]],
    }
)
SCENARIO_TEXT = """device ESME IHD CH
start 2012-01-20T10:00:00Z
write "Emergency Credit Limit" 100000
command "Adjust Meter Balance" change_mp=80000 by=supplier
command "Set Payment Mode" mode=1 suspend_debt_disabled=false suspend_debt_emergency=true
wait 2 s
read "Meter Balance" "Supply State"
key ESME confirm
key IHD next
ask 0x0702 0x0000
frame 618801621a01000200
switch
power ESME off
power ESME on
"""


def frames():
    """PSDUs of a real conversation, from MAC to ZCL."""
    meter, display = Node("E", 1), Node("I", 2)
    air = Air(meter, display)
    display.stack.read(1, 0x0702, (0x0000, 0x0400))
    display.stack.read(1, 0x0000, (0x0004,))
    air.settle()
    meter.stack.report((2,), START_S)
    payload = price.encode(price.Price(5, 1, "Rate 1", 826, START_S), 1, START_S)
    meter.stack.command(2, price.CLUSTER, price.PUBLISH_PRICE, payload, True)
    air.settle()
    return air.heard


PSDUS = frames()
NWK_FRAMES = [psdu[9:-2] for psdu in PSDUS]


def aps_octets(cluster, counter, frame):
    return aps_frame.data_header((1, 1), aps_frame.SMART_ENERGY, cluster, counter) + frame


APS_FRAMES = [
    aps_octets(0x0702, 1, zcl.read_attributes(1, (0, 0x400))),
    aps_octets(0x0705, 2, zcl.frame(0x18, 1, zcl.REPORT_ATTRIBUTES, b"\x01\x00\x2b\x05\0\0\0")),
    aps_octets(0x0000, 3, zcl.frame(0x18, 1, 1, b"\x04\x00\x00\x42\x02ab\x05\x00\x86")),
    aps_octets(0x0700, 4, zcl.frame(0x19, 1, 0, PSDUS[-1])),
]
ZCL_FRAMES = [octets[8:] for octets in APS_FRAMES]
PAYLOADS = [octets[3:] for octets in ZCL_FRAMES]
PRICE = bytes(price.encode(price.Price(5, 1, "Rate 1", 826, START_S), 1, START_S))
SEALED = seal(bytes(16), bytes(13), b"h", b"a text of some length")


def kept_octets():
    """The octets of a checkpoint and of a step, as files keep them."""
    memory = RamFiles()
    data = Data("E")
    store = Store(data, memory)
    assert store.commit()
    data.meter_balance_mp = 5
    assert store.commit()
    return [memory.files["checkpoint0"], memory.files["step0"]]


# Decoders. Each takes one input; what it raises beside its declared errors is a failure.


def nothing(*_):
    """Take what a layer hands on."""


def decode_mac(octets):
    ieee802154.MacFrame(octets)
    ieee802154.check_fcs(octets)


def decode_nwk(octets):
    """A Nwk counts what it can't open; it raises nothing at all."""
    Nwk(network(2), Data("H"), nothing, nothing, nothing).receive(1, octets, 200)
    NwkFrame(octets)


def decode_zcl(octets):
    _, _, command, payload = zcl.decode(octets)
    zcl.decode_values(command, payload)
    zcl.decode_read_attributes(payload)
    zcl.decode_default_response(payload)


COMMANDS = list(every_command())


def decode_cluster_command(octets):
    """The first octet says which command it is that the others are the payload of."""
    if octets:
        command, _ = COMMANDS[octets[0] % len(COMMANDS)]
        told = command.decode(octets[1:])
        # Nothing is made of octets that are not there.
        assert len(command.encode(told)) <= len(octets[1:])


METERS = [OnAir("EL"), OnAir("G")]
# What one of them carries out.
REQUESTS = [
    (command, values)
    for command, values in COMMANDS
    for role in ("EL", "G")
    if command.identifier in commands(role, command.cluster, command.from_server, True)
]


def ask_meters(octets):
    """Whatever comes of a command of a cluster, a meter answers or refuses, and goes on."""
    if not octets:
        return
    command, _ = REQUESTS[octets[0] % len(REQUESTS)]
    for on_air in METERS:
        on_air.stack.clusters(
            PPMID, command.cluster, command.identifier, command.from_server, 1, octets[1:], START_S
        )
        on_air.air.settle()


STACKS = {role: Node(role, 1) for role in "EIH"}


def decode_in_a_stack(octets):
    """What authentic octets do to each role's stack, beyond the NWK layer: nothing is raised."""
    for node in STACKS.values():
        node.stack._from_nwk(2, octets)
        while node.stack.mac._outgoing.take() is not None:
            pass


# Frames of general commands, to Identify, Metering or Prepayment.
GENERAL_COMMANDS = [
    zcl.frame(0, 1, command, bytes.fromhex(payload))
    for command, payload in (
        (0x00, "00000100"),
        (0x02, "0000212c01"),
        (0x03, "000021050001002b01000000"),
        (0x05, "0000210600"),
        (0x06, "0000042a0a002c01320000"),
        (0x08, "000004001400"),
        (0x0C, "000003"),
        (0x11, "0003"),
        (0x13, "0003"),
        (0x15, "000003"),
    )
]


def command_generally(octets):
    for node in STACKS.values():
        for cluster in (0x0003, 0x0702, 0x0705):
            try:
                node.stack._from_cluster(2, cluster, octets, None)
            finally:
                while node.stack.mac._outgoing.take() is not None:
                    pass


TUNNELS = Tunnels()
TUNNELS.contact(5)
ENDS = [
    (node.stack, carry_out)
    for node in (TUNNELS.hub, TUNNELS.meter, TUNNELS.gas)
    for (cluster, _, _), carry_out in sorted(node.stack.handlers.items())
    if cluster == TUNNELING
]
# An end's number, then a tunnel's; GET, PUT, GET-RESPONSE; what asks for a tunnel and answers.
TUNNEL_PAYLOADS = [
    bytes((end,)) + bytes.fromhex(payload)
    for end in range(len(ENDS))
    for payload in ("010001", "010003aabb", "01000205aabb", "06ffff00d705", "010000d705", "010000")
]


def say_in_a_tunnel(octets):
    """What a tunnel's end makes of any payload of any of its commands."""
    stack, carry_out = ENDS[octets[0] % len(ENDS)] if octets else ENDS[0]
    source = TUNNELS.meter.short if stack is TUNNELS.hub.stack else TUNNELS.hub.short
    try:
        carry_out(source, 1, octets[1:], START_S)
    finally:
        while stack.unsealed.take():
            pass
        if stack.aps.deliveries:
            stack.aps.deliveries.forget()


SERVER = AttributeServer("E", live(Data("E")))


def serve(octets):
    for cluster in (0x0000, 0x0702, 0x0705):
        SERVER.answer(cluster, octets, START_S)


KEPT = Data("I")
CLIENT = AttributeClient("I", KEPT)


def keep(octets):
    """Whatever a server says, the display's items stay such that they can be stored."""
    try:
        for command in (zcl.REPORT_ATTRIBUTES, zcl.READ_ATTRIBUTES_RESPONSE):
            for cluster in (0x0000, 0x000A, 0x0700, 0x0702, 0x0705):
                CLIENT.keep(cluster, command, octets)
    finally:
        assert Store(KEPT, RamFiles()).commit()


def gone_mad(octets):
    """A memory whose files hold mutated records, some with a CRC made right again."""
    memory = RamFiles()
    octets = bytes(octets)
    memory.files = {"checkpoint0": octets, "step0": octets, "slot0": octets}
    if len(octets) > 4:
        memory.files["checkpoint1"] = octets[:-4] + crc32(octets[:-4]).to_bytes(4, "little")
        memory.files["step1"] = memory.files["checkpoint1"]
    return memory


def restore(octets):
    """A store whose memory has gone mad starts the meter, at worst as shipped."""
    Store(Data("E"), gone_mad(octets)).restore()


def start_meter(octets):
    stand = Stand()
    stand.memory.files = gone_mad(octets).files
    stand.power_on(5)
    stand.step(1, 1000)


def a_dictionary(tariff):
    """Set Tariff itself refuses anything but a dictionary: see Esme.execute."""
    return tariff if isinstance(tariff, dict) else {}


def pack_table(tariff):
    tariff = a_dictionary(tariff)
    packed = pack(
        PRIMARY, *(tariff.get(name) for name in ("seasons", "weeks", "days", "special_days"))
    )
    table = SwitchingTable(packed)
    for at_s in (0, START_S, START_S + 200 * 86_400):
        table.next_look_s(at_s)
        assert 0 <= table.rate_at(at_s) < 56


def set_tariff(tariff):
    """A tariff that is taken leaves a meter that can price, charge, and store its state."""
    data = Data("E")
    tou = ElectricityTariff(data)
    tou.set_tariff(START_S, *finish(tou.check_set_tariff(a_dictionary(tariff))))
    tou.consume(1_000_000)
    tou.standing_charge_mp()
    assert Store(data, RamFiles()).commit()


def write_item(pair):
    data = Data("E")
    write(data, *pair)
    assert Store(data, RamFiles()).commit()


def parse(text):
    set_tariff(parse_tariff(text))


def run_scenario(text):
    Scenario("x.txt", {}.__getitem__, lambda line: None).run(text)


ESTABLISHER, PEER = key_establishment_stand.CLIENT, key_establishment_stand.SERVER
CERTIFICATES = [
    key_establishment_stand.credentials(suite, PEER).certificate.octets
    for suite in CERTIFICATE_SIZES
]
ESTABLISHMENTS = [
    *(encode_initiate(suite, 5, 9, CERTIFICATES[suite - 1]) for suite in CERTIFICATE_SIZES),
    *(finish(curve_of(suite).compress(curve_of(suite).generator)) for suite in CERTIFICATE_SIZES),
    bytes(range(16)),
    encode_terminate(3, 10, 3),
]


def decode_certificate(octets):
    """Of the suite that the octets' number suggests."""
    suite = 1 if len(octets) <= CERTIFICATE_SIZES[1] else 2
    certificate = ImplicitCertificate(suite, octets)
    certificate.check(certificate.subject, certificate.issuer, START_S)
    finish(ephemeral_point(suite, certificate.point))


def decode_key_establishment(payload):
    for decode in (decode_initiate, decode_confirmation, decode_terminate):
        try:
            decode(payload)
            return
        except FrameError:
            pass
    decode_terminate(payload)


def establish(payload):
    """Whatever comes at whatever point of an establishment, nothing is raised but it ends."""
    client, server = (key_establishment_stand.Side(ESTABLISHER, (1,)) for _ in range(2))
    assert client.machine.start(PEER, START_S)
    for side, from_server in ((client, True), (server, False)):
        for command in range(5):
            side.machine.receive(PEER, command, from_server, payload, START_S)
            for _ in range(9):
                side.machine.step(START_S)
            side.sent()
        for later_s in (1000, 2000, 3000):
            side.work(START_S + later_s)
        assert not side.machine.is_busy()


WRITES = [[item.name, item.greatest] for item in items("E") if "W" in item.marks]


class TextFile:
    """A file that holds a text, and is nowhere."""

    name = "x"

    def __init__(self, text):
        self._text = text

    def read_text(self, encoding=None):
        return self._text


def from_file(load):
    return lambda text: load(TextFile(text))


CLUSTER_COMMANDS = [
    bytes((number,)) + command.encode(values) for number, (command, values) in enumerate(COMMANDS)
]
CLUSTER_REQUESTS = [
    bytes((number,)) + command.encode(values) for number, (command, values) in enumerate(REQUESTS)
]
ENHANCED = [
    # A request of a device that lost its network, and a beacon.
    bytes.fromhex("43ea07ffffffffa19078563412db00003f")
    + bytes.fromhex("0388011e000f901b194a0a00a19078563412db00000000f8070000"),
    bytes.fromhex("00e2073412a19078563412db00003f1890")
    + bytes.fromhex("1b194a93000022840000000000000000ffffff00ffcf00000000"),
]
MAC_COMMANDS = [beacon(True, bytes(8)), association_response(1, 0)]
NWK_COMMANDS = [
    nwk_commands.route_request(1, 2, 3),
    nwk_commands.route_reply(1, 2, 3, 4),
    nwk_commands.link_status([(1, 2, 3), (4, 5, 6)]),
    nwk_commands.leave(nwk_commands.LEAVE_REJOINS),
]
APS_COMMANDS = [
    bytes((aps_commands.TRANSPORT_KEY, aps_commands.NETWORK_KEY)) + bytes(33),
    bytes((aps_commands.TRANSPORT_KEY, aps_commands._TRUST_CENTRE_LINK_KEY)) + bytes(32),
    bytes((aps_commands.SWITCH_KEY, 1)),
    bytes((aps_commands.CONFIRM_KEY, 0, 4)) + bytes(8),
]
ZDO_REQUESTS = [
    bytes((cluster, 0, 1)) + payload
    for cluster, payload in (
        (0x00, DEVICE_EUI + bytes(2)),
        (0x02, b"\x88\x77"),
        (0x04, b"\x88\x77\x01"),
        (0x06, b"\x88\x77\x09\x01\x01\x02\x07\x01\x0a\x00"),
        (0x13, b"\x34\x12" + bytes(9)),
        (0x21, DEVICE_EUI + b"\x01\x02\x07\x03" + bytes(9)),
        (0x34, DEVICE_EUI + b"\0"),
    )
]


def decode_mac_command(octets):
    mac_commands.Beacon(octets)
    mac_commands.decode_association_response(octets)


def decode_enhanced(octets):
    enhanced_beacon.frame_of(octets)


def decode_nwk_command(octets):
    nwk_commands.decode_link_status(octets)
    for command in nwk_commands._FORMS:
        nwk_commands.decode(command, octets)


def decode_aps_command(octets):
    aps_commands.TransportedKey(octets)
    aps_commands.decode_request_key(octets)
    aps_commands.decode_tunnel(octets)
    for command in aps_commands._FORMS:
        aps_commands.decode(command, octets)


def ask_zdo(octets):
    device = Device(install_code=INSTALL_CODE)
    if len(octets) > 1:
        device.stack.membership.zdo.receive(0, octets[0] | octets[1] << 8, octets[2:], False)


def joining_frames():
    """What a device hears on its way onto a network and there: beacon, response, keys."""
    device, hub = Device(install_code=INSTALL_CODE), Hub()
    heard = []
    listen = device.hear
    device.hear = lambda psdu, lqi=200: (heard.append(bytes(psdu)), listen(psdu, lqi))
    device.run(hub, 2_000)
    hub.ask(device, 0x0000, zcl.read_attributes(1, (0,)))
    return heard


JOINING_FRAMES = joining_frames()


def hear_while_joining(octets):
    """Frames of anybody's at each step; the tasks of the device fail at none."""
    device, hub = Device(install_code=INSTALL_CODE), Hub()
    for _ in range(12):
        device.hear(octets)
        device.run(hub, 200)
    # A beacon of nobody's costs a try, and a pause.
    device.run(hub, 60_000)
    assert device.standing.is_joined()


REPORTING = [
    bytes.fromhex("0000042a0a002c01320000"),
    bytes.fromhex("0014003000002c01"),
    bytes.fromhex("0100041000"),
]


def configure_reporting(octets):
    server = AttributeServer("E", live(Data("E")))
    configure(server.table, server.reporting, 0x0702, octets)
    while server.reporting.due(1_000):
        pass


LINK_DATAGRAMS = [
    link.encode_grant(1, 2, 3, 4, 5, [(link.FRAME, bytes(20)), (link.KEY, b"next")]),
    link.encode_done(1, 2, 3, 4, 5, [(link.TRACE, b"x"), (link.CONFIGURE, bytes(14))]),
    link.encode_hello("ESME"),
    link.encode_stop(9),
]
BOARD_TEXT = (ROOT / "board_configs/pico.toml").read_text()
STORY_TEXT = (STORIES / "winter.json").read_text()
NETWORK_TEXT = json.dumps({**description(), "displays": ["0002"], "meter": "0001"})

MAKE = (0x10FE, 0x0001, 0x01020304)
IMAGE_FILES = [
    ota_file(upgrade_elements(bytes(range(64))), *MAKE),
    ota_file(element(3, bytes(16)) + upgrade_elements(b"x"), *MAKE, hardware=(1, 2), credential=1),
]


def read_image(octets):
    """A file in one piece, in pieces, and octet by octet, is the same image, or none."""
    ways = []
    for size in (len(octets) or 1, 7, 1):
        reader = ImageReader()
        try:
            for at in range(0, len(octets), size):
                reader.feed(octets[at : at + size])
                assert len(reader._held) <= 255
            ways.append(reader.end())
        except ImageError as error:
            ways.append(None)
            fault = error
    assert ways.count(ways[0]) == len(ways)
    if ways[0] is None:
        raise fault


class ImageStand:
    """A meter that fetches an image, and a hub that hears nothing of it."""

    extended_address = bytes(8)

    def __init__(self):
        self.network = self
        self.meter = Stand().meter
        self.meter.data.manufacturer_identifier = "10FE"
        self.meter.data.model_type = "00010001"

    def command(self, *what, **how):
        """Take what is asked."""

    def fetches(self):
        """Return a client that has been offered the first of the files, and has two blocks."""
        client = OtaClient(self.meter, self, RamFiles())
        client._forget()
        client.queried(OFFERED, START_S)
        for payload in BLOCKS[:2]:
            client.block_came(payload, START_S)
        return client


IMAGES = ImageStand()
OFFERED = b"\0" + bytes.fromhex("fe10 0100 04030201") + len(IMAGE_FILES[0]).to_bytes(4, "little")
BLOCKS = [
    b"\0" + OFFERED[1:9] + at.to_bytes(4, "little") + b"\x30" + IMAGE_FILES[0][at : at + 48]
    for at in range(0, len(IMAGE_FILES[0]) - 47, 48)
]
IMAGE_PAYLOADS = [
    b"\0" + OFFERED,
    b"\1" + BLOCKS[2],
    b"\1\x97" + bytes.fromhex("00000000 3c000000 0000"),
    b"\1\x95",
]


def answer_who_fetches(octets):
    """Whatever a hub says, a meter keeps no more than a piece of it, and goes on."""
    client = IMAGES.fetches()
    try:
        if octets and octets[0] & 1:
            client.block_came(octets[1:], START_S)
        elif octets:
            client.queried(octets[1:], START_S)
    finally:
        assert len(client._piece) <= 1_024 + 48
        if not client.is_over:
            client.step(START_S + 10_000)


class AskedHub(Node):
    """A hub that offers the first of the files, and whose answers are kept."""

    def __init__(self):
        super().__init__("H", 1)
        self.answers = []
        self.stack.membership = self
        self.zdo = self
        self.endpoints = [set()]
        self.stack.answer = lambda *answer: self.answers.append(answer)
        files = RamFiles()
        files.write("image", IMAGE_FILES[0])
        OtaServer(self.stack, nothing).offer(files, "image")


ASKED_HUB = AskedHub()
# A command of 1, 3 and 6, and its payload.
IMAGE_REQUESTS = [
    b"\1" + bytes.fromhex("01 fe10 0100 00000000 0200"),
    b"\3" + bytes.fromhex("00 fe10 0100 04030201 10000000 40"),
    b"\3" + bytes.fromhex("00 fe10 0100 04030201 80000000 ff"),
    b"\6" + bytes.fromhex("00 fe10 0100 04030201"),
]


def ask_for_images(octets):
    """Whatever a device asks, it has the image's octets from the place it named, or a status."""
    carry_out = ASKED_HUB.stack.handlers.get((0x0019, octets[0] if octets else 0, False))
    ASKED_HUB.answers.clear()
    if not carry_out:
        return
    carry_out(2, 1, octets[1:], START_S)
    for *_, command, payload, _ in ASKED_HUB.answers:
        if command == 5 and not payload[0]:
            at, count = int.from_bytes(payload[9:13], "little"), payload[13]
            assert payload[14:] == IMAGE_FILES[0][at : at + count]
            assert 0 < len(payload[14:]) == count <= 64


# name: (valid inputs, decoder, declared errors, one of how many samples)
DECODERS = {
    "ieee802154": (PSDUS, decode_mac, FrameError, FUZZ_SAMPLES),
    "nwk": (NWK_FRAMES, decode_nwk, FrameError, FUZZ_SAMPLES),
    "aps": (APS_FRAMES, aps_frame.ApsFrame, FrameError, FUZZ_SAMPLES),
    "cluster commands": (CLUSTER_COMMANDS, decode_cluster_command, FrameError, FUZZ_SAMPLES),
    "cluster requests": (CLUSTER_REQUESTS, ask_meters, FrameError, METER),
    "general commands": (GENERAL_COMMANDS, command_generally, FrameError, FUZZ_SAMPLES),
    "enhanced beacons": (ENHANCED, decode_enhanced, FrameError, FUZZ_SAMPLES),
    "mac commands": (MAC_COMMANDS, decode_mac_command, FrameError, FUZZ_SAMPLES),
    "nwk commands": (NWK_COMMANDS, decode_nwk_command, FrameError, FUZZ_SAMPLES),
    "aps commands": (APS_COMMANDS, decode_aps_command, FrameError, FUZZ_SAMPLES),
    "tunnels": (TUNNEL_PAYLOADS, say_in_a_tunnel, FrameError, FUZZ_SAMPLES),
    "zdo": (ZDO_REQUESTS, ask_zdo, FrameError, FUZZ_SAMPLES),
    "a device that joins": (JOINING_FRAMES, hear_while_joining, (), FUZZ_SAMPLES_OF_A_NETWORK),
    "zcl": (ZCL_FRAMES, decode_zcl, FrameError, FUZZ_SAMPLES),
    "stack": (APS_FRAMES, decode_in_a_stack, (), FUZZ_SAMPLES),
    "attribute server": (PAYLOADS, serve, FrameError, FUZZ_SAMPLES),
    "reporting": (REPORTING, configure_reporting, FrameError, FUZZ_SAMPLES),
    "attribute client": (PAYLOADS, keep, FrameError, FUZZ_SAMPLES),
    "price": ([PRICE], price.decode, FrameError, FUZZ_SAMPLES),
    "ccm": (
        [SEALED],
        lambda octets: open_sealed(bytes(16), bytes(13), b"h", octets),
        CcmError,
        FUZZ_SAMPLES,
    ),
    "certificate": (CERTIFICATES, decode_certificate, CbkeError, METER),
    "key establishment": (ESTABLISHMENTS, decode_key_establishment, FrameError, FUZZ_SAMPLES),
    "establishment": (ESTABLISHMENTS, establish, (), METER),
    "records": (kept_octets(), restore, (), METER),
    "meter start": (kept_octets(), start_meter, (), METER),
    "network": ([description()], Network, NetworkError, FUZZ_SAMPLES),
    "switching table": ([GOOD_TARIFF], pack_table, CalendarError, FUZZ_SAMPLES),
    "set tariff": ([GOOD_TARIFF], set_tariff, CalendarError, FUZZ_SAMPLES),
    "write": (WRITES, write_item, ItemError, METER),
    "tariff file": ([TARIFF_TEXT], parse, CalendarError, FUZZ_SAMPLES),
    "words": (SCENARIO_TEXT.split("\n"), words_of, ValueError, FUZZ_SAMPLES),
    "time": (["2012-01-20T10:00:00Z"], parse_utc, ValueError, FUZZ_SAMPLES),
    "link": (LINK_DATAGRAMS, link.decode, link.LinkError, FUZZ_SAMPLES),
    "board file": ([BOARD_TEXT], from_file(load_board), BoardError, METER),
    "network file": ([NETWORK_TEXT], from_file(load_network), NetworkFileError, METER),
    "images": (IMAGE_FILES, read_image, ImageError, FUZZ_SAMPLES),
    "image requests": (IMAGE_REQUESTS, ask_for_images, FrameError, FUZZ_SAMPLES),
    "images on the air": (IMAGE_PAYLOADS, answer_who_fetches, FrameError, FUZZ_SAMPLES),
    "story": ([STORY_TEXT], from_file(load_story), StoryError, METER),
}


# Inputs.


def changed_octets(octets, rng):
    octets = bytearray(octets)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(octets) + 1)
        choice = rng.randrange(5)
        if choice == 0:
            del octets[at:]
        elif choice == 1:
            octets[at:at] = rng.randbytes(rng.randrange(1, 5))
        elif choice == 2:
            del octets[at : at + rng.randrange(1, 4)]
        elif octets:
            octets[at % len(octets)] = rng.choice((0, 1, 0xFF, 0x80, rng.randrange(256)))
    return bytes(octets)


MARKS = '0123456789-:*[]{}",. abcxT#=\t\n\\\u00e9\u0663'


def changed_text(text, rng):
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(text) + 1)
        choice = rng.randrange(5)
        if choice == 0:
            text = text[:at] + rng.choice(MARKS) + text[at:]
        elif choice == 1:
            text = text[:at] + text[at + rng.randrange(1, 9) :]
        elif choice == 2:
            text = text[:at] + str(rng.choice(INTEGERS)) + text[at:]
        else:
            text = text[:at] + rng.choice(MARKS) + text[at + 1 :]
    return text


def random_value(rng, depth=3):
    kind = rng.randrange(6 if depth else 4)
    if kind == 0:
        return rng.choice(INTEGERS)
    if kind == 1:
        return rng.choice(WORDS)
    if kind == 2:
        return rng.choice(SCALARS)
    if kind == 3:
        return rng.randrange(-70_000, 70_000)
    if kind == 4:
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(5))]
    return {rng.choice(WORDS): random_value(rng, depth - 1) for _ in range(rng.randrange(3))}


def changed_value(value, rng):
    """Return a nest of lists and dictionaries with one part replaced, dropped or doubled."""
    if isinstance(value, dict) and value and rng.random() < 0.95:
        name = rng.choice(sorted(value, key=str))
        changed = dict(value)
        if rng.random() < 0.05:
            del changed[name]
        else:
            changed[name] = changed_value(value[name], rng)
        return changed
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        choice = rng.randrange(8)
        if choice == 0:
            return value[:at] + value[at + 1 :]
        if choice == 1:
            return value[:at] + [value[at]] * rng.randrange(2, 60) + value[at:]
        return value[:at] + [changed_value(value[at], rng)] + value[at + 1 :]
    return random_value(rng)


def an_input(valid, rng):
    sample = rng.choice(valid)
    afresh = rng.random() < 0.3
    if isinstance(sample, bytes):
        return rng.randbytes(rng.randrange(140)) if afresh else changed_octets(sample, rng)
    if isinstance(sample, str):
        marks = "".join(rng.choice(MARKS) for _ in range(rng.randrange(40)))
        return marks if afresh else changed_text(sample, rng)
    if isinstance(sample, list):
        return [rng.choice(valid)[0], random_value(rng)]
    return changed_value(sample, rng)


def complain(name, seed, given, fault):
    pytest.fail(f"{name}, seed {seed}: {given!r} gives {fault!r}")


@pytest.mark.parametrize("name", DECODERS)
def test_valid_inputs_are_taken(name):
    valid, decode, errors, _ = DECODERS[name]
    for sample in valid:
        try:
            decode(sample)
        except errors as fault:
            # A frame of another kind than this decoder's may be refused, never all of them.
            assert len(valid) > 1, fault


@pytest.mark.parametrize("chunk", range(CHUNKS))
@pytest.mark.parametrize("name", DECODERS)
def test_any_input_gives_a_result_or_the_declared_error(name, chunk):
    valid, decode, errors, samples = DECODERS[name]
    valid = [bytes(sample) if isinstance(sample, bytearray) else sample for sample in valid]
    refused = 0
    chosen = seeds(samples, chunk)
    for seed in chosen:
        given = an_input(valid, random.Random(f"{name} {seed}"))
        try:
            decode(given)
        except errors as fault:
            refused += 1
            assert str(fault)
        except Exception as fault:
            complain(name, seed, given, fault)
    assert errors == () or refused > len(chosen) // 20


# Words after which a scenario may take hours of simulated time.
LONG = ("wait", "use", "start")


def scenario_of(rng):
    """A scenario that starts well and goes on with changed lines in any order."""
    lines = SCENARIO_TEXT.strip().split("\n")
    chosen = []
    for _ in range(rng.randrange(1, 6)):
        line = rng.choice(lines[2:])
        if rng.random() < 0.8 and not line.startswith(LONG):
            line = changed_text(line, rng).replace("\n", " ")
        if not line.lstrip().startswith(LONG) or line == "wait 2 s":
            chosen.append(line)
    return "\n".join(lines[:2] + chosen)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_any_scenario_runs_or_names_its_fault(chunk):
    for seed in seeds(NETWORK, chunk):
        text = scenario_of(random.Random(seed))
        try:
            run_scenario(text)
        except ScenarioError as fault:
            assert str(fault).startswith("x.txt:")
        except Exception as fault:
            complain("scenario", seed, text, fault)
