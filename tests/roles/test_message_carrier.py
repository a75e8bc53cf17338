"""Messages of remote parties through the air: hub, tunnel, engine, and back."""

import shutil
from types import SimpleNamespace

import pytest

from host_tools.desk.capture import Capture
from host_tools.desk.home_network import GAS, HUB, METER
from host_tools.gbcs import presets
from host_tools.node.home import EXTENDED_ADDRESSES
from protometer.gbcs.envelope import ALERT, RESPONSE, parse
from protometer.han.devices import CONFIRMED
from protometer.model import events
from tests.interop import referee
from tests.reference_data import message, needed, pairs
from tests.roles.test_home_network import Watched

pytestmark = pytest.mark.untraced

EUI64 = bytes.fromhex(EXTENDED_ADDRESSES["ESME"])
GENUINE = ("ECS04a_1.5_SUCCESS", "GCS06_2.5_SUCCESS", "ECS52_11.2_SUCCESS")
LONGEST = "CS02bAnyExceptAbnormalRootByRecovery_NA_SUCCESS"
KINDS = {METER: "ESME", GAS: "GSME"}
ADJUST_BALANCE = 0x001C
# Class 112, 0-0:19.10.0.255, method 1: 12.00 in millipence, as an access-request.
TO_ADJUST = bytes.fromhex("d92000000500010300700000130a00ff01010500124f80")


@pytest.fixture(scope="module")
def home():
    home = Watched()
    home.set_up()
    home.until(lambda: home.is_ready(METER), 300)
    return home


def provide(home, name, keystore):
    """Give a meter keys of its own and the parties' certificates."""
    meter = home.devices[name].role
    kind = name.partition(":")[0]
    device = bytes(getattr(meter.data, f"{kind.lower()}_identifier"))
    meter.data.signing_key = keystore.private(device, "ds").to_bytes(32, "big")
    meter.data.agreement_key = keystore.private(device, "ka").to_bytes(32, "big")
    presets.install(keystore, SimpleNamespace(kind=kind, data=meter.data), ())
    meter.commit()
    return device


def answers(heard):
    return [octets for _, octets in heard if parse(octets).kind == RESPONSE]


def test_a_command_goes_through_the_tunnel_and_its_answer_back(home, keystore, head_end):
    device = provide(home, METER, keystore)
    meter = home.devices[METER].role
    hub = home.devices[HUB].role
    heard = []
    hub.tunnels.on_message = lambda eui64, octets: heard.append((eui64, bytes(octets)))
    balance_mp = meter.data.meter_balance_mp
    supplier = head_end.party("supplier")
    message = head_end.command(ADJUST_BALANCE, supplier, device, TO_ADJUST, 5)
    assert hub.deliver(EUI64, message)
    home.until(lambda: answers(heard), 60)
    assert meter.data.meter_balance_mp == balance_mp + 1_200_000
    answer = head_end.open(answers(heard)[0])
    assert answer.signed
    assert answer.message.counter == 5
    assert bytes(answer.message.payload).hex() == "da2000000500000100010300"
    # The same again is a replay: nothing is answered, nothing done.
    assert hub.deliver(EUI64, message)
    home.run(30)
    assert len(answers(heard)) == 1
    assert meter.data.meter_balance_mp == balance_mp + 1_200_000
    assert home.failures() == []


class Wire:
    """Keeps what it is to send, as `heard` of the meter."""

    def __init__(self):
        self.heard = []

    def send(self, octets):
        self.heard.append((EUI64, bytes(octets)))
        return True


def test_who_brings_a_message_by_hand_has_its_answer_and_all_alerts(home, keystore, head_end):
    device = provide(home, METER, keystore)
    meter = home.devices[METER].role
    heard = []
    hub = home.devices[HUB].role
    hub.tunnels.on_message = lambda eui64, octets: heard.append((eui64, bytes(octets)))
    wire = meter.carrier.wire = Wire()
    supplier = head_end.party("supplier")
    payload = TO_ADJUST[:4] + b"\x06" + TO_ADJUST[5:]
    meter.carrier.take(head_end.command(ADJUST_BALANCE, supplier, device, payload, 6), wire)
    home.until(lambda: answers(wire.heard), 60)
    meter.events.post(events.SUPPLY_ARMED, home.clock.utc_s())
    home.run(60)
    meter.carrier.wire = None
    (answer,) = answers(wire.heard)
    assert head_end.open(answer).message.counter == 6
    # The hub asked for nothing: it has the alerts alone.
    alerts = [told for told in wire.heard if parse(told[1]).kind == ALERT]
    assert heard == alerts != []


def test_a_critical_event_becomes_an_alert_that_is_signed(home, keystore, head_end):
    provide(home, METER, keystore)
    meter = home.devices[METER].role
    heard = []
    home.devices[HUB].role.tunnels.on_message = lambda eui64, octets: heard.append(bytes(octets))
    meter.events.post(events.SUPPLY_ARMED, home.clock.utc_s())
    home.until(lambda: any(parse(octets).signature for octets in heard), 60)
    alert = head_end.open(next(octets for octets in heard if parse(octets).signature))
    assert (alert.message.kind, alert.message.code) == (ALERT, 0x1000)
    assert bytes(alert.message.payload)[9:11] == events.SUPPLY_ARMED.to_bytes(2, "big")


@needed
@pytest.mark.parametrize("name", [METER, GAS])
def test_the_longest_message_reaches_a_meter(name):
    """3,986 octets, in some ninety fragments; a gas meter fetches it when it is awake."""
    home = Watched()
    home.set_up()
    home.until(lambda: home.is_ready(name), 600)
    (pair,) = [pair for pair in pairs() if pair["scenario"] == LONGEST]
    octets = message(pair["dir"], pair["command"])
    assert len(octets) == 3_986
    heard = []
    home.devices[name].role.carrier._tunnel.on_message = lambda told: heard.append(bytes(told))
    assert home.devices[HUB].role.deliver(bytes.fromhex(EXTENDED_ADDRESSES[KINDS[name]]), octets)
    home.until(lambda: heard, 3_700)
    assert heard == [octets]
    assert home.failures() == []


@needed
@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_tshark_finds_no_fault_with_genuine_messages_in_the_tunnel(tmp_path):
    """All of ZCL and Tunneling; of GBCS its header. DLMS and its data tshark leaves as data."""
    capture = Capture(tmp_path / "messages.pcapng")
    home = Watched(tap=capture.write)
    home.set_up()
    home.until(lambda: home.is_ready(METER), 300)
    hub = home.devices[HUB].role
    chosen = [pair for pair in pairs() if pair["scenario"] in GENUINE]
    assert len(chosen) == len(GENUINE)
    for pair in chosen:
        assert hub.deliver(EUI64, message(pair["dir"], pair["command"]))
        home.run(20)
    capture.close()
    keys = keys_of(home)
    count, faulty = referee.judged(tmp_path / "messages.pcapng", keys)
    assert count > 200
    # A fragment is data until the last has come, which shows the whole.
    assert [line for line in faulty if "GBCS" not in line and "(fragment" not in line] == []
    told = referee.dissected(tmp_path / "messages.pcapng", keys)
    carried = [frame for frame in told if "GBCS Message" in frame]
    assert len(carried) >= len(GENUINE)
    for pair in chosen:
        counter = parse(message(pair["dir"], pair["command"])).counter
        assert any(f"{counter}" in frame for frame in carried), pair["scenario"]


def keys_of(home):
    hub = home.stack(HUB).network
    keys = {"network": hub.key_of(hub.key_sequence), "code": hub.admits[0][1]}
    for name in (HUB, METER):
        devices = home.stack(name).network.devices
        for index, (extended, _) in enumerate(devices.having(CONFIRMED)):
            keys[f"{name.partition(':')[0]}{index}"] = devices.key_of(extended)
    return keys
