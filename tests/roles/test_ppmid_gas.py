"""A prepayment interface and the gas meter of its home: messages through the hub, and back."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from host_tools.desk.home_network import GAS, HUB, PPMID
from host_tools.gbcs.desk_sending import provide
from host_tools.node.home import EXTENDED_ADDRESSES
from host_tools.node.ppmid_pair import METER, NOW_S, UTRN, Holder, PpmidPair
from host_tools.node.ppmid_pair import PPMID as PPMID_ENTITY
from host_tools.perf import slices_us
from host_tools.utrn import make_utrn
from protometer.crypto.certificate import KEY_AGREEMENT
from protometer.gbcs import asn1
from protometer.gbcs.envelope import (
    MAC_SIZE,
    RESPONSE,
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
    parse,
)
from protometer.kernel.slices import finish
from protometer.model import command as originators
from protometer.model import events
from protometer.model.command import CommandRefused
from protometer.roles.device_log import KIND_GSME, KIND_PPMID
from protometer.roles.ppmid_gas import ACTIVATE_EMERGENCY_CREDIT_OF_GAS, ADD_CREDIT_TO_GAS
from tests import samples
from tests.on_runtimes import OTHER_RUNTIMES, check_golden
from tests.reference_data import message, needed, pairs
from tests.roles.test_home_network import Watched

pytestmark = pytest.mark.untraced

KINDS = {GAS: "GSME", PPMID: "PPMID"}
ENTITIES = {name: bytes.fromhex(EXTENDED_ADDRESSES[kind]) for name, kind in KINDS.items()}
JOIN_METER, JOIN_OTHER, UNJOIN = 0x000D, 0x00AB, 0x000F
SECURITY = "Security Log"
FULL = os.environ.get("PROTOMETER_FULL")
SLICE_US = 10_000
INITIATOR, RESPONDER = 0, 1
POUND_MP = 100_000
# A gas meter's contacts are half an hour apart.
CONTACT_S = 1_900


class GasHome(Watched):
    """A home whose gas meter and prepayment interface have keys; neither knows the other's yet."""

    def __init__(self, keystore, head_end):
        super().__init__()
        self.keystore, self.head_end = keystore, head_end
        self.heard = []
        self.counter = 100
        self.set_up()
        self.until(lambda: self.is_ready(GAS) and self.is_ready(PPMID), 600)
        self.hub.tunnels.on_message = lambda eui64, octets: self.heard.append(bytes(octets))
        for name in KINDS:
            self.provide(name)

    @property
    def hub(self):
        return self.devices[HUB].role

    @property
    def gas(self):
        return self.devices[GAS].role

    @property
    def interface(self):
        return self.devices[PPMID].role

    def provide(self, name):
        """Give a device what it has from its maker: identity, keys, the parties it trusts."""
        role, kind = self.devices[name].role, KINDS[name]
        setattr(role.data, f"{kind.lower()}_identifier", ENTITIES[name])
        provide(self.head_end, role, kind)

    def tell(self, name, code, payload, party="supplier"):
        """Have a remote party's Command go to a device; return the payload that answers it."""
        self.counter += 1
        entity = ENTITIES[name]
        octets = self.head_end.command(
            code, self.head_end.party(party), entity, payload, self.counter
        )
        self.heard.clear()
        assert self.hub.deliver(entity, octets)
        self.until(self.answers, CONTACT_S)
        return bytes(self.head_end.open(self.answers()[0]).message.payload)

    def answers(self):
        return [octets for octets in self.heard if parse(octets).kind == RESPONSE]

    def join(self, name, other, method, code):
        """Join Device: a device is told of another, with its certificate."""
        kind = {GAS: KIND_GSME, PPMID: KIND_PPMID}[other]
        certificate = self.keystore.named(ENTITIES[other], "ka").certificate.octets
        parts = asn1.integer(method), asn1.octet_string(ENTITIES[other]), asn1.integer(kind)
        assert self.tell(name, code, asn1.sequence(*parts, certificate)) == asn1.integer(0)

    def introduce(self):
        """Have both know of each other, as their Supplier has them."""
        self.join(GAS, PPMID, RESPONDER, JOIN_METER)
        self.join(PPMID, GAS, INITIATOR, JOIN_OTHER)
        self.until(lambda: self.interface.gas is not None, 5)

    def utrn(self, number, pounds, meter=GAS):
        supplier = self.head_end.party("supplier")
        secret = self.head_end.secret(supplier, ENTITIES[meter], "pp-ka")
        return make_utrn(secret, supplier, ENTITIES[meter], number, pounds * 100, "pence")

    def outcome(self, seconds=2_200):
        self.until(lambda: self.interface.gas.outcome is not None, seconds)
        return self.interface.gas.outcome

    def prepay(self):
        self.execute(
            GAS,
            "Set Payment Mode",
            mode=1,
            suspend_debt_disabled=False,
            suspend_debt_emergency=True,
        )

    def logged(self, name, log="Event Log"):
        log = self.devices[name].role.logbook.named(log)
        return [entry[1:] for entry in log.entries(log.first_number(), 100)]


@pytest.fixture(scope="module")
def common(keystore, head_end):
    """One home for tests that leave it as it was, but for its balance and its counters."""
    home = GasHome(keystore, head_end)
    assert home.interface.gas is None
    home.introduce()
    home.prepay()
    return home


@pytest.fixture
def own(keystore, head_end):
    """A home for a test that switches it off."""
    home = GasHome(keystore, head_end)
    home.introduce()
    home.prepay()
    return home


@pytest.mark.req("GSME-COM-06", "GSME-COM-03")
def test_a_top_up_reaches_the_gas_meter_and_the_interface_says_so(common):
    home = common
    before = home.gas.data.meter_balance_mp
    home.interface.gas.add_credit(home.utrn(1, 7), home.clock.utc_s())
    with pytest.raises(CommandRefused, match="not answered"):
        home.interface.gas.activate_emergency_credit(home.clock.utc_s())
    assert home.outcome().startswith("accepted")
    assert home.gas.data.meter_balance_mp == before + 7 * POUND_MP
    home.run(2)
    assert home.logged(PPMID)[-1] == (events.UI_COMMAND_DONE, ADD_CREDIT_TO_GAS)
    assert (events.COMMAND_DONE, ADD_CREDIT_TO_GAS) in home.logged(GAS)
    # The answer is nobody else's, and the mirror is asked at once for what changed.
    assert [one for one in map(parse, home.heard) if one.code == ADD_CREDIT_TO_GAS] == []
    watch = home.interface.watch.gas
    home.until(lambda: watch.data.meter_balance_mp == home.gas.data.meter_balance_mp, 30)
    assert home.failures() == []


@pytest.mark.req("GSME-UTRN-12")
def test_a_code_that_is_used_or_of_another_meter_is_refused_and_the_interface_says_why(common):
    home = common
    before = home.gas.data.meter_balance_mp
    home.gas.execute(
        "Add Credit", {"utrn": home.utrn(2, 3)}, originators.USER_INTERFACE, home.clock.utc_s()
    )
    assert home.gas.data.meter_balance_mp == before + 3 * POUND_MP
    home.interface.gas.add_credit(home.utrn(2, 3), home.clock.utc_s())
    assert home.outcome() == "rejected: used before"
    home.interface.gas.add_credit(home.utrn(3, 3, PPMID), home.clock.utc_s())
    assert home.outcome() == "rejected: not a UTRN of this meter"
    assert home.gas.data.meter_balance_mp == before + 3 * POUND_MP
    home.run(2)
    assert home.logged(PPMID)[-1] == (events.UI_COMMAND_NOT_DONE, ADD_CREDIT_TO_GAS)


@pytest.mark.parametrize("wrong", ["", "1" * 19, "x" * 20, "7" * 20])
def test_what_can_be_no_code_is_not_sent(common, wrong):
    counter = list(common.interface.data.device_counter)
    with pytest.raises(CommandRefused):
        common.interface.gas.add_credit(wrong, common.clock.utc_s())
    common.run(5)
    assert list(common.interface.data.device_counter) == counter


@pytest.mark.req("GSME-HIC-02", "GSME-PAY-16")
def test_emergency_credit_is_activated_where_it_is_offered(common):
    home = common
    home.interface.gas.activate_emergency_credit(home.clock.utc_s())
    assert home.outcome() == "rejected by the meter"
    assert not home.gas.data.emergency_credit_activated
    balance_mp = home.gas.data.meter_balance_mp
    for item, value in (
        ("Emergency Credit Limit", POUND_MP),
        ("Emergency Credit Threshold", balance_mp + 1),
    ):
        home.execute(GAS, "Write Configuration Data", item=item, value=value)
    home.interface.gas.activate_emergency_credit(home.clock.utc_s())
    assert home.outcome() == "accepted"
    assert home.gas.data.emergency_credit_activated
    home.run(2)
    asked = ACTIVATE_EMERGENCY_CREDIT_OF_GAS
    assert [entry for entry in home.logged(PPMID) if entry[1] == asked] == [
        (events.UI_COMMAND_NOT_DONE, asked),
        (events.UI_COMMAND_DONE, asked),
    ]


@pytest.mark.req("GSME-COM-06")
def test_who_has_left_the_device_log_is_refused_and_logged(own):
    home = own
    home.execute(
        GAS,
        "Remove Device Security Credentials",
        originators.ACCESS_CONTROL_BROKER,
        identifier=ENTITIES[PPMID],
    )
    asked_s = home.clock.utc_s()
    home.interface.gas.add_credit(home.utrn(1, 7), asked_s)
    assert home.outcome(2_101) == "no answer"
    assert home.clock.utc_s() - asked_s == 2_100
    assert home.gas.data.meter_balance_mp == 0
    assert (events.UNAUTHORISED_COMMUNICATION,) in home.logged(GAS, SECURITY)


def test_an_interface_that_the_meter_leaves_has_no_gas_meter(own):
    home = own
    home.interface.gas.activate_emergency_credit(home.clock.utc_s())
    payload = asn1.octet_string(ENTITIES[GAS])
    assert home.tell(PPMID, UNJOIN, payload) == asn1.integer(0)
    home.run(2)
    assert home.interface.gas is None
    asked = ACTIVATE_EMERGENCY_CREDIT_OF_GAS
    assert home.logged(PPMID)[-1] == (events.UI_COMMAND_NOT_DONE, asked)


def test_an_interface_without_keys_loads_nothing_of_messages(keystore):
    before = "import sys; from protometer.roles import ppmid"
    lacks = "print([n for n in sys.modules if n.startswith('protometer.gbcs')])"
    done = subprocess.run(
        [sys.executable, "-c", f"{before}; {lacks}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_an_interface_that_was_off_does_not_mistake_the_answer_for_another(own):
    home = own
    home.interface.gas.add_credit(home.utrn(1, 7), home.clock.utc_s())
    home.until(lambda: home.hub.tunnels.waiting(ENTITIES[GAS]) == 1, 70)
    home.off(PPMID)
    home.run(20)
    home.on(PPMID)
    home.until(lambda: home.interface.gas is not None, 60)
    home.until(lambda: home.gas.data.meter_balance_mp == 7 * POUND_MP, CONTACT_S)
    asked = home.interface.gas
    # What comes late answers nothing that was asked since.
    home.until(lambda: home.is_ready(PPMID), 120)
    asked.activate_emergency_credit(home.clock.utc_s())
    home.run(120)
    assert asked.outcome is None
    assert home.outcome() == "rejected by the meter"
    assert home.gas.data.meter_balance_mp == 7 * POUND_MP


def test_a_hub_that_was_off_has_lost_the_message_and_the_next_one_goes(own):
    home = own
    home.interface.gas.add_credit(home.utrn(1, 7), home.clock.utc_s())
    home.until(lambda: home.hub.tunnels.waiting(ENTITIES[GAS]) == 1, 70)
    home.off(HUB)
    home.run(5)
    home.on(HUB)
    assert home.outcome() == "no answer"
    assert home.gas.data.meter_balance_mp == 0
    home.interface.gas.add_credit(home.utrn(1, 7), home.clock.utc_s())
    assert home.outcome().startswith("accepted")


@pytest.mark.parametrize("slices", samples.TOP_UP_CUTS_FULL if FULL else samples.TOP_UP_CUTS)
def test_a_meter_that_is_off_amid_a_top_up_has_its_money_once(own, slices):
    home = own
    taken = []
    carrier = home.gas.carrier

    def counted(now_s, now_ms, poll=carrier._task.poll):
        wait_ms = poll(now_s, now_ms)
        if carrier._work:
            taken.append(now_s)
        return wait_ms

    carrier._task.poll = counted
    home.interface.gas.add_credit(home.utrn(1, 7), home.clock.utc_s())
    for _ in range(200 * CONTACT_S):
        if len(taken) >= slices:
            break
        home.run(1 if not taken and home.hub.tunnels.waiting(ENTITIES[GAS]) else 0.001)
    assert len(taken) >= slices
    home.off(GAS)
    home.run(5)
    home.on(GAS)
    first = home.outcome()
    assert first == "no answer" or first.startswith("accepted")
    home.interface.gas.add_credit(home.utrn(1, 7), home.clock.utc_s())
    assert home.outcome().startswith("accepted") or home.outcome() == "rejected: used before"
    assert home.gas.data.meter_balance_mp == 7 * POUND_MP


# Without air between: what is said, and what is believed.


def asked_for_emergency_credit():
    pair = PpmidPair()
    pair.gas.activate_emergency_credit(NOW_S)
    return pair


@needed
def test_a_message_is_the_reference_message_up_to_its_authentication_code():
    (known,) = [one for one in pairs() if one["scenario"] == "PCS02_NA_SUCCESS"]
    reference = message(known["dir"], known["command"])
    pair = PpmidPair()
    pair.ppmid.data.device_counter[1] = parse(reference).counter - 1
    pair.prepay()
    execute = pair.meter.device.execute
    for item in ("Emergency Credit Limit", "Emergency Credit Threshold"):
        arguments = {"item": item, "value": POUND_MP}
        execute("Write Configuration Data", arguments, originators.SUPPLIER, NOW_S)
    pair.gas.activate_emergency_credit(NOW_S)
    octets, response = pair.exchange()
    assert pair.gas.outcome == "accepted"
    assert octets[:-MAC_SIZE] == reference[:-MAC_SIZE]
    # No key of these two devices is published: the codes are of other keys.
    assert octets != reference
    answered = message(known["dir"], known["response"])
    assert response[:-MAC_SIZE] == answered[:-MAC_SIZE]


def test_a_top_up_has_the_form_of_its_message_template():
    """PCS01 is not among the reference messages; its template is that of CS01b, from a PPMID."""
    pair = PpmidPair()
    pair.gas.add_credit(UTRN, NOW_S)
    (octets,) = pair.built()
    # Profile, one component: the last, of 25 octets; ZCL header, origin, code.
    template = "010901" + "0107050019" + "010004" + "02" + "14" + UTRN.encode().hex()
    assert bytes(parse(octets).payload).hex() == template


def test_counters_are_used_once_wherever_power_is_cut():
    class PowerCut(Exception):
        pass

    files, used, cut = None, [], 0
    whole_in_a_row = 0
    while whole_in_a_row < 3:
        pair = PpmidPair(files)
        memory = pair.ppmid.memory
        left = [cut]

        def check(left=left):
            if not left[0]:
                raise PowerCut
            left[0] -= 1

        memory._check = check
        pair.gas.activate_emergency_credit(NOW_S)
        try:
            (octets,) = pair.built()
            used.append(parse(octets).counter)
            whole_in_a_row += 1
        except PowerCut:
            whole_in_a_row = 0
        files = dict(memory.files)
        cut += 1
    assert used == sorted(set(used)) and len(used) >= 3
    assert cut > 3


def test_a_message_whose_counter_can_not_be_kept_does_not_leave():
    pair = asked_for_emergency_credit()
    pair.ppmid.memory.broken = True
    assert pair.built() == []
    assert pair.gas.outcome == "not sent: the memory fails"
    pair.ppmid.memory.broken = False
    pair.gas.activate_emergency_credit(NOW_S)
    assert pair.exchange() and pair.gas.outcome == "rejected by the meter"


def refused(pair, octets):
    """Return the events of what the PPMID is told and does not believe."""
    counts, digest = pair.ppmid.log_counts(), pair.ppmid.state_digest()
    pair.hear(octets)
    assert pair.gas.outcome is None
    assert pair.ppmid.state_digest() == digest
    return pair.ppmid.logged_since(counts)


def altered(octets, **fields):
    """Return a message with fields of its header set otherwise, its code as it was."""
    told = parse(octets)
    for name, value in fields.items():
        setattr(told, name, value)
    return encode_general_ciphering(encode_general_signing(encode_signed_part(told)), told.mac)


def test_answers_that_are_forged_cut_off_or_to_something_else_are_refused():
    pair = asked_for_emergency_credit()
    (octets,) = pair.built()
    answer = pair.meter.handle(octets).response
    for length in range(len(answer)):
        assert refused(pair, answer[:length]) == [events.BAD_FORMAT]
    assert refused(pair, octets) == [events.BAD_FORMAT]
    for fields, logged in (
        ({"counter": 2}, []),
        ({"counter": 0}, []),
        ({"code": ADD_CREDIT_TO_GAS}, []),
        ({"target": METER}, []),
        ({"originator": PPMID_ENTITY}, [events.UNAUTHORISED_COMMUNICATION]),
        ({"payload": bytes(parse(answer).payload[:-1]) + b"\x00"}, [events.AUTHENTICATION_FAILED]),
        ({"mac": bytes(MAC_SIZE)}, [events.AUTHENTICATION_FAILED]),
        ({"date_time": bytes(12)}, [events.BAD_FORMAT]),
    ):
        assert refused(pair, altered(answer, **fields)) == logged, fields
    assert refused(pair, bytes(parse(answer).authenticated)) == [events.AUTHENTICATION_FAILED]
    pair.hear(answer)
    assert pair.gas.outcome == "rejected by the meter"
    # Once.
    counts = pair.ppmid.log_counts()
    pair.hear(answer)
    assert pair.ppmid.logged_since(counts) == []


@pytest.mark.parametrize("at", range(65))
def test_no_octet_of_an_answer_can_be_another(at):
    pair = answered_pair()
    answer = bytearray(pair.answer)
    answer[at % len(answer)] ^= 0x10
    assert set(refused(pair, bytes(answer))) <= {
        events.BAD_FORMAT,
        events.AUTHENTICATION_FAILED,
        events.UNAUTHORISED_COMMUNICATION,
        events.UNUSUAL_NUMBER_OF_COMMANDS,
    }


@cache
def answered_pair():
    pair = asked_for_emergency_credit()
    (octets,) = pair.built()
    pair.answer = pair.meter.handle(octets).response
    return pair


PAYLOADS = {
    "no component": "010900",
    "two components": "010902000705000508000b0000010705000508000b0000",
    "another cluster": "010901010702000508000b0000",
    "of a top-up": "010901010705000d09000300000000000200000000",
    "cut off": "010901010705000408000b00",
    "nothing": "",
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_an_authentic_answer_that_says_nothing_sensible_is_refused(name):
    pair = asked_for_emergency_credit()
    (octets,) = pair.built()
    told = parse(pair.meter.handle(octets).response)
    told.payload = bytes.fromhex(PAYLOADS[name])
    whole = encode_general_signing(encode_signed_part(told))
    engine = pair.meter.messages.engine
    cell = engine.anchors.of_entity(PPMID_ENTITY, KEY_AGREEMENT)
    sealed = finish(engine.authenticated(told, whole, cell))
    assert refused(pair, sealed) == [events.BAD_FORMAT]


@pytest.mark.req("GSME-COM-06")
def test_the_meter_executes_each_message_once_and_those_of_its_ppmid_alone():
    pair = asked_for_emergency_credit()
    (octets,) = pair.built()
    meter = pair.meter
    forged = octets[:-1] + bytes((octets[-1] ^ 1,))
    counts = meter.log_counts()
    assert meter.handle(forged).reason == "mac"
    assert meter.logged_since(counts) == [events.AUTHENTICATION_FAILED]
    assert meter.handle(octets).accepted
    assert meter.handle(octets).reason == "replay"
    # The counter outlives a power cut, and that the PPMID is told of again; not that it has left.
    again = PpmidPair(None, dict(meter.memory.files)).meter
    assert again.handle(octets).reason == "replay"
    anchors = again.messages.engine.anchors
    finish(anchors.put_device(Holder(PPMID_ENTITY)))
    assert again.handle(octets).reason == "replay"
    anchors.drop_device(PPMID_ENTITY)
    assert again.handle(octets).reason == "originator"


def test_no_slice_of_a_message_or_its_answer_is_long():
    pair = PpmidPair()
    pair.gas.add_credit(UTRN, NOW_S)
    found = slices_us(pair.gas.build(NOW_S))
    assert max(found) < SLICE_US
    pair = asked_for_emergency_credit()
    (octets,) = pair.built()
    answer = pair.meter.handle(octets).response
    found = slices_us(pair.gas.hear(answer, NOW_S))
    assert max(found) < SLICE_US
    assert pair.gas.outcome is not None


@pytest.mark.req("GSME-COM-06")
@pytest.mark.parametrize("runtime", ["cpython", *OTHER_RUNTIMES])
def test_every_runtime_says_the_same(runtime):
    check_golden(runtime, Path(__file__).with_name("ppmid_gas_workload.py"))


# On wasm32 no hub forms a network: it has no source of chance.
@pytest.mark.parametrize("runtime", ["cpython", "unix"])
def test_on_both_runtimes_a_home_joins_and_its_ppmid_tops_up_the_gas_meter(runtime):
    check_golden(runtime, Path(__file__).with_name("ppmid_home_workload.py"))
