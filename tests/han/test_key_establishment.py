"""Cluster 0x0800: both sides against each other and against annex C, and all that may fail."""

import json
from pathlib import Path

import pytest

from protometer.crypto.cbke import Credentials
from protometer.crypto.implicit_certificate import (
    BAD_KEY_CONFIRM,
    BAD_MESSAGE,
    INVALID_CERTIFICATE,
    NO_RESOURCES,
    UNIX_S_OF_2000,
    UNKNOWN_ISSUER,
    UNSUPPORTED_SUITE,
    curve_of,
)
from protometer.han.key_establishment import _CARRIAGE_S, _TIMED_OUT, GENERATE_TIMES_S
from protometer.han.key_establishment_payloads import (
    CONFIRM_KEY_DATA,
    EPHEMERAL_DATA,
    INITIATE,
    TERMINATE,
    decode_terminate,
    encode_initiate,
    encode_terminate,
)
from tests.han.key_establishment_stand import (
    CLIENT,
    SERVER,
    START_S,
    THIRD,
    Side,
    Wire,
    credentials,
    random_octets,
)
from tests.on_runtimes import OTHER_RUNTIMES, printed

WORKLOAD = Path(__file__).with_name("key_establishment_workload.py")
FOLDER = Path(__file__).parents[1] / "crypto"
VECTORS = json.loads((FOLDER / "cbke_vectors.json").read_text())["suites"]
SUITES = pytest.mark.parametrize("suite", (1, 2))
ALL = {(1, 2): 3, (1,): 1, (2,): 2}


def establish(client=None, server=None, tamper=None, eager=False):
    """Run one establishment; return (client, server, wire)."""
    client, server = client or Side(CLIENT), server or Side(SERVER)
    wire = Wire(client, server, tamper=tamper, eager=eager)
    assert client.machine.start(server.eui64, wire.now_s)
    wire.settle()
    return client, server, wire


def commands(wire):
    return [(name, command) for name, command, _ in wire.log]


def terminations(wire):
    return [
        (name, decode_terminate(payload)[0])
        for name, command, payload in wire.log
        if command == TERMINATE
    ]


def assert_failed(client, server, wire, ender, status, other_ender_hears=True):
    """One side ended it with a status, and both have heard."""
    assert terminations(wire) == [(ender, status)]
    assert not client.keys
    assert not server.keys
    assert not client.machine.is_busy()
    assert not server.machine.is_busy()
    own, other = (client, server) if ender == "client" else (server, client)
    assert own.failures == [(other.eui64, status, 0)]
    if other_ender_hears:
        assert [failure[:2] for failure in other.failures] == [(own.eui64, status)]


@SUITES
@pytest.mark.parametrize("eager", (False, True))
def test_both_sides_arrive_at_one_key(suite, eager):
    client, server, wire = establish(Side(CLIENT, (suite,)), Side(SERVER, (suite,)), eager=eager)
    ((peer, key),) = client.keys
    assert peer == SERVER
    assert server.keys == [(CLIENT, key)]
    assert len(key) == 16
    assert client.failures == server.failures == []
    assert not client.machine.is_busy()
    assert not server.machine.is_busy()
    assert commands(wire) == [
        ("client", INITIATE),
        ("server", INITIATE),
        ("client", EPHEMERAL_DATA),
        ("server", EPHEMERAL_DATA),
        ("client", CONFIRM_KEY_DATA),
        ("server", CONFIRM_KEY_DATA),
    ]


def hand_over(side, other):
    """Give the other side all that lies in one's outbox; return how much it was."""
    messages = side.sent()
    for _, command, from_server, payload in messages:
        other.machine.receive(side.eui64, command, from_server, payload, START_S)
    return len(messages)


def test_a_slow_server_keeps_what_comes_before_it_is_ready():
    client, server = Side(CLIENT, (1,)), Side(SERVER, (1,))
    assert client.machine.start(SERVER, START_S)
    assert hand_over(client, server) == hand_over(server, client) == 1
    for _ in (EPHEMERAL_DATA, CONFIRM_KEY_DATA):
        client.work(START_S)
        assert hand_over(client, server) == 1
        assert hand_over(server, client) == 0
        # What it holds is no longer waited for.
        assert server.deadline_s() is None
        while not len(server.machine.outbox):
            server.machine.step(START_S)
        assert hand_over(server, client) == 1
    assert [key for _, key in client.keys] == [key for _, key in server.keys] != []


def test_each_establishment_gives_another_key():
    client, server, wire = establish()
    assert client.machine.start(SERVER, wire.now_s)
    wire.settle()
    (_, first), (_, second) = client.keys
    assert first != second
    assert [key for _, key in server.keys] == [first, second]


@SUITES
def test_the_messages_of_annex_c(suite):
    published = VECTORS[str(suite)]
    order = curve_of(suite).order
    issuer = tuple(int(published["ca_public_key"][name], 16) for name in "xy")
    sides = []
    for name in ("initiator", "responder"):
        one = published[name]
        held = Credentials(
            suite, bytes.fromhex(one["certificate"]), int(one["private_key"], 16), issuer
        )
        scalar = int(one["ephemeral_private_key"], 16) % order
        # The random octets of which the published ephemeral key is made.
        random = (scalar - 1).to_bytes(curve_of(suite).field.octets + 8, "big")
        eui64 = bytes.fromhex(one["eui64"])[::-1]
        sides.append(Side(eui64, held={suite: held}, random=lambda _, given=random: given))
    client, server = sides
    client.machine.times_s = server.machine.times_s = {1: (3, 6), 2: (3, 6)}
    sent = []
    assert client.machine.start(server.eui64, START_S)
    while True:
        moved = False
        for side, other in ((client, server), (server, client)):
            side.work(START_S)
            for to, command, from_server, payload in side.sent():
                moved = True
                assert (to, from_server) == (other.eui64, side is server)
                sent.append((command, payload.hex()))
                other.machine.receive(side.eui64, command, from_server, payload, START_S)
        if not moved:
            break
    u, v = published["initiator"], published["responder"]
    head = f"0{suite}000306"
    assert sent == [
        (INITIATE, head + u["certificate"]),
        (INITIATE, head + v["certificate"]),
        (EPHEMERAL_DATA, u["ephemeral_public_key"]),
        (EPHEMERAL_DATA, v["ephemeral_public_key"]),
        (CONFIRM_KEY_DATA, published["macu"]),
        (CONFIRM_KEY_DATA, published["macv"]),
    ]
    link_key = bytes.fromhex(published["link_key"])
    assert client.keys == [(server.eui64, link_key)]
    assert server.keys == [(client.eui64, link_key)]


@pytest.mark.parametrize("own", ALL)
@pytest.mark.parametrize("peer", ALL)
def test_the_highest_common_suite_is_taken(own, peer):
    client, server = Side(CLIENT, own), Side(SERVER, peer)
    assert (client.machine.suites(), server.machine.suites()) == (ALL[own], ALL[peer])
    common = set(own) & set(peer)
    begun = client.machine.start(SERVER, START_S, server.machine.suites())
    assert begun == bool(common)
    if common:
        (_, _, _, payload) = client.machine.outbox.take()
        assert payload[0] == max(common)


def test_a_suite_that_the_server_lacks():
    client, server, wire = establish(server=Side(SERVER, (1,)))
    assert_failed(client, server, wire, "server", UNSUPPORTED_SUITE)
    (_, _, payload) = wire.log[-1]
    assert decode_terminate(payload)[2] == 1


@pytest.mark.parametrize("bits", (0, 3, 4, 0x8000))
def test_a_suite_that_is_none_or_more_than_one(bits):
    def tamper(message):
        name, command, from_server, payload = message
        if command == INITIATE and name == "client":
            payload = bits.to_bytes(2, "little") + payload[2:]
        return name, command, from_server, payload

    assert_failed(*establish(tamper=tamper), "server", UNSUPPORTED_SUITE)


def test_a_server_that_answers_with_another_suite():
    other = credentials(1, SERVER).certificate.octets

    def tamper(message):
        name, command, from_server, payload = message
        if command == INITIATE and name == "server":
            payload = encode_initiate(1, 5, 5, other)
        return name, command, from_server, payload

    assert_failed(*establish(tamper=tamper), "client", UNSUPPORTED_SUITE)


@SUITES
@pytest.mark.parametrize("liar", ("client", "server"))
def test_a_certificate_of_another_authority(suite, liar):
    sides = [Side(eui64, (suite,)) for eui64 in (CLIENT, SERVER)]
    honest = "server" if liar == "client" else "client"

    def tamper(message):
        name, command, from_server, payload = message
        if command == INITIATE and name == liar:
            held = credentials(suite, CLIENT if liar == "client" else SERVER).certificate
            octets = held.octets.replace(held.issuer, b"STRANGER")
            payload = payload[:4] + octets
        return name, command, from_server, payload

    assert_failed(*establish(*sides, tamper=tamper), honest, UNKNOWN_ISSUER)


@SUITES
@pytest.mark.parametrize("liar", ("client", "server"))
def test_a_certificate_of_another_device(suite, liar):
    eui64 = CLIENT if liar == "client" else SERVER
    held = {suite: credentials(suite, THIRD)}
    sides = {"client": Side(CLIENT, (suite,)), "server": Side(SERVER, (suite,))}
    sides[liar] = Side(eui64, held=held)
    honest = "server" if liar == "client" else "client"
    assert_failed(*establish(*sides.values()), honest, INVALID_CERTIFICATE)


@SUITES
@pytest.mark.parametrize("liar", ("client", "server"))
def test_a_certificate_whose_point_is_none(suite, liar):
    eui64 = CLIENT if liar == "client" else SERVER
    held = credentials(suite, eui64)
    octets = held.certificate.octets.replace(
        held.certificate.point[1:], bytes(len(held.certificate.point) - 1)
    )
    false = Credentials(suite, octets, held.private_key, held.issuer_point)
    sides = {"client": Side(CLIENT, (suite,)), "server": Side(SERVER, (suite,))}
    sides[liar] = Side(eui64, held={suite: false})
    honest = "server" if liar == "client" else "client"
    client, server, wire = establish(*sides.values())
    assert (honest, INVALID_CERTIFICATE) in terminations(wire)
    assert not client.keys
    assert not server.keys
    assert sides[honest].failures == [(eui64, INVALID_CERTIFICATE, 0)]


@SUITES
@pytest.mark.parametrize("liar", ("client", "server"))
def test_a_certificate_without_its_private_key_gives_no_key(suite, liar):
    eui64 = CLIENT if liar == "client" else SERVER
    held = credentials(suite, eui64)
    false = Credentials(suite, held.certificate.octets, held.private_key + 1, held.issuer_point)
    sides = {"client": Side(CLIENT, (suite,)), "server": Side(SERVER, (suite,))}
    sides[liar] = Side(eui64, held={suite: false})
    # The server checks first, whoever lies.
    assert_failed(*establish(*sides.values()), "server", BAD_KEY_CONFIRM)


@SUITES
def test_authorities_of_one_name_and_two_keys_give_no_key(suite):
    held = {suite: credentials(suite, CLIENT, seed=2)}
    sides = Side(CLIENT, held=held), Side(SERVER, (suite,))
    assert_failed(*establish(*sides), "server", BAD_KEY_CONFIRM)


@pytest.mark.parametrize("known", (True, False))
def test_validity_is_judged_where_the_time_is_known(known):
    validity = {"valid_from_unix_s": START_S + UNIX_S_OF_2000, "valid_for_s": 1000}
    client = Side(CLIENT, held={2: credentials(2, CLIENT, **validity)})
    server = Side(SERVER, (2,), is_time_known=lambda: known)
    wire = Wire(client, server)
    wire.now_s = START_S + 1001
    assert client.machine.start(SERVER, wire.now_s)
    wire.settle()
    if known:
        assert_failed(client, server, wire, "server", INVALID_CERTIFICATE)
    else:
        assert client.keys


@pytest.mark.parametrize("name", ("client", "server"))
@pytest.mark.parametrize("command", (INITIATE, EPHEMERAL_DATA, CONFIRM_KEY_DATA))
@pytest.mark.parametrize("damage", ("shorter", "longer", "empty"))
def test_messages_of_another_length(name, command, damage):
    def tamper(message):
        sender, sent, from_server, payload = message
        if (sender, sent) == (name, command):
            payload = {"shorter": payload[:-1], "longer": payload + b"\0", "empty": b""}[damage]
        return sender, sent, from_server, payload

    client, server, wire = establish(Side(CLIENT, (1,)), Side(SERVER, (1,)), tamper)
    other = "server" if name == "client" else "client"
    if (name, command) == ("server", CONFIRM_KEY_DATA):
        # The server is done by then; the client alone has no key.
        assert not client.keys
        assert client.failures == [(SERVER, BAD_MESSAGE, 0)]
        return
    assert terminations(wire)[0] == (other, BAD_MESSAGE)
    assert not client.keys
    assert not server.keys


@pytest.mark.parametrize("seconds", ((0, 5), (5, 0), (0xFF, 5), (5, 0xFF)))
def test_generate_times_that_are_none(seconds):
    def tamper(message):
        sender, command, from_server, payload = message
        if command == INITIATE:
            payload = payload[:2] + bytes(seconds) + payload[4:]
        return sender, command, from_server, payload

    assert_failed(*establish(tamper=tamper), "server", BAD_MESSAGE)


@SUITES
@pytest.mark.parametrize("name", ("client", "server"))
def test_an_ephemeral_point_that_is_none(suite, name):
    def tamper(message):
        sender, command, from_server, payload = message
        if command == EPHEMERAL_DATA and sender == name:
            payload = payload[:1] + bytes(len(payload) - 1)
        return sender, command, from_server, payload

    client, server, wire = establish(Side(CLIENT, (suite,)), Side(SERVER, (suite,)), tamper)
    other = "server" if name == "client" else "client"
    assert (other, BAD_MESSAGE) in terminations(wire)
    assert not client.keys
    assert not server.keys


@pytest.mark.parametrize("name", ("client", "server"))
def test_a_wrong_mac(name):
    def tamper(message):
        sender, command, from_server, payload = message
        if command == CONFIRM_KEY_DATA and sender == name:
            payload = payload[:-1] + bytes((payload[-1] ^ 1,))
        return sender, command, from_server, payload

    client, server, wire = establish(Side(CLIENT, (1,)), Side(SERVER, (1,)), tamper)
    if name == "client":
        assert_failed(client, server, wire, "server", BAD_KEY_CONFIRM)
    else:
        assert not client.keys
        assert client.failures == [(SERVER, BAD_KEY_CONFIRM, 0)]


def test_a_mac_is_no_answer_to_itself():
    # A server that has no key sends back what it got.
    macs = []

    def tamper(message):
        sender, command, from_server, payload = message
        if command == CONFIRM_KEY_DATA:
            macs.append(payload)
            payload = macs[0]
        return sender, command, from_server, payload

    client, _, _ = establish(Side(CLIENT, (1,)), Side(SERVER, (1,)), tamper)
    assert client.failures == [(SERVER, BAD_KEY_CONFIRM, 0)]


ORDERS = [
    (name, at, command)
    for name in ("client", "server")
    for at in (EPHEMERAL_DATA, CONFIRM_KEY_DATA)
    for command in (INITIATE, EPHEMERAL_DATA, CONFIRM_KEY_DATA, 0x04)
    if command != at and not (name == "client" and command == INITIATE)
]


@pytest.mark.parametrize(("name", "at", "wrong"), ORDERS)
def test_commands_in_another_order(name, at, wrong):
    def tamper(message):
        sender, command, from_server, payload = message
        if (sender, command) == (name, at):
            command = wrong
        return sender, command, from_server, payload

    client, server, wire = establish(Side(CLIENT, (1,)), Side(SERVER, (1,)), tamper)
    other = "server" if name == "client" else "client"
    assert terminations(wire)[0] == (other, BAD_MESSAGE)
    assert not client.keys
    assert client.failures[0][:2] == (SERVER, BAD_MESSAGE)


def test_a_command_while_the_client_computes():
    client = Side(CLIENT, (1,))
    server = Side(SERVER, (1,))
    assert client.machine.start(SERVER, START_S)
    ((_, command, from_server, payload),) = client.sent()
    server.machine.receive(CLIENT, command, from_server, payload, START_S)
    ((_, command, from_server, payload),) = server.sent()
    client.machine.receive(SERVER, command, from_server, payload, START_S)
    assert client.machine.step(START_S)
    client.machine.receive(SERVER, EPHEMERAL_DATA, True, bytes(22), START_S)
    assert client.failures == [(SERVER, BAD_MESSAGE, 0)]
    assert not client.machine.step(START_S)


def test_a_second_establishment_gets_no_resources():
    client, server, third = Side(CLIENT), Side(SERVER), Side(THIRD)
    wire = Wire(client, server, third)
    assert client.machine.start(SERVER, START_S)
    assert not client.machine.start(THIRD, START_S)
    for message in client.sent():
        server.machine.receive(CLIENT, *message[1:], START_S)
    assert third.machine.start(SERVER, START_S)
    for message in third.sent():
        server.machine.receive(THIRD, *message[1:], START_S)
    wire.settle()
    assert client.keys
    assert [peer for peer, _ in server.keys] == [CLIENT]
    ((peer, status, wait_s),) = third.failures
    assert (peer, status) == (SERVER, NO_RESOURCES)
    assert wait_s > 0
    # The wait is kept, for this peer alone.
    assert not third.machine.start(SERVER, START_S + wait_s - 1)
    assert third.machine.start(CLIENT, START_S)
    wire.settle()
    assert third.machine.start(SERVER, START_S + wait_s)
    wire.settle()
    assert [peer for peer, _ in third.keys] == [CLIENT, SERVER]


def test_a_stranger_does_not_disturb():
    client, server = Side(CLIENT, (1,)), Side(SERVER, (1,))
    wire = Wire(client, server)
    assert client.machine.start(SERVER, START_S)
    for side, from_server in ((client, True), (server, False)):
        for command in (EPHEMERAL_DATA, CONFIRM_KEY_DATA, 0x77):
            side.machine.receive(THIRD, command, from_server, b"\0", START_S)
        side.machine.receive(THIRD, TERMINATE, from_server, bytes((3, 0, 1, 0)), START_S)
    told = [message for message in wire.sides[SERVER].sent() if message[0] == THIRD]
    assert [decode_terminate(payload)[0] for _, _, _, payload in told] == [BAD_MESSAGE] * 3
    assert all(from_server for _, _, from_server, _ in told)
    wire.settle()
    assert client.keys
    assert server.keys


def test_a_terminate_is_never_answered():
    side = Side(SERVER)
    for payload in (b"", bytes((3, 0, 3, 0))):
        for from_server in (False, True):
            side.machine.receive(CLIENT, TERMINATE, from_server, payload, START_S)
    assert side.sent() == []


@pytest.mark.parametrize("payload", (b"", b"\x01", bytes((9, 0, 1, 0)), bytes((0, 0, 1, 0))))
def test_a_terminate_of_another_kind_ends_it_too(payload):
    client = Side(CLIENT)
    assert client.machine.start(SERVER, START_S)
    client.machine.receive(SERVER, TERMINATE, True, payload, START_S)
    assert client.failures == [(SERVER, BAD_MESSAGE, 0)]


def test_a_client_that_begins_anew_is_served():
    client, server = Side(CLIENT, (1,)), Side(SERVER, (1,))
    assert client.machine.start(SERVER, START_S)
    ((_, *message),) = client.sent()
    server.machine.receive(CLIENT, *message, START_S)
    server.machine.step(START_S)
    server.sent()
    again, server, _ = establish(Side(CLIENT, (1,)), server)
    assert [key for _, key in server.keys] == [key for _, key in again.keys] != []


def test_two_that_ask_each_other_both_refuse():
    client, server = Side(CLIENT), Side(SERVER)
    wire = Wire(client, server)
    assert client.machine.start(SERVER, START_S)
    assert server.machine.start(CLIENT, START_S)
    wire.settle()
    assert [failure[1] for failure in client.failures] == [NO_RESOURCES]
    assert [failure[1] for failure in server.failures] == [NO_RESOURCES]


@pytest.mark.parametrize(
    ("name", "lost", "work_s"),
    [
        ("client", INITIATE, 0),
        ("server", INITIATE, 0),
        ("client", EPHEMERAL_DATA, GENERATE_TIMES_S[1][0]),
        ("server", EPHEMERAL_DATA, GENERATE_TIMES_S[1][0]),
        ("client", CONFIRM_KEY_DATA, GENERATE_TIMES_S[1][1]),
        ("server", CONFIRM_KEY_DATA, GENERATE_TIMES_S[1][1]),
    ],
)
def test_a_lost_message_times_out(name, lost, work_s):
    def tamper(message):
        return None if message[:2] == (name, lost) else message

    client, server, wire = establish(Side(CLIENT, (1,)), Side(SERVER, (1,)), tamper)
    assert not client.keys
    assert client.deadline_s() == START_S + work_s + _CARRIAGE_S
    assert not client.machine.step(client.deadline_s())
    assert client.machine.is_busy()
    last_s = client.deadline_s() + 1
    client.work(last_s)
    assert client.failures == [(SERVER, _TIMED_OUT, 0)]
    assert client.deadline_s() is None
    assert client.sent() == []
    # The server, where it waits for the client, gives up too.
    server.work(last_s + 1000)
    assert not server.machine.is_busy()
    assert server.failures == ([(CLIENT, _TIMED_OUT, 0)] if server_waits(name, lost) else [])


def server_waits(name, lost):
    return (name, lost) not in (("client", INITIATE), ("server", CONFIRM_KEY_DATA))


def test_the_peers_own_times_are_waited_for():
    server = Side(SERVER, (1,))
    server.machine.times_s = {1: (77, 99)}
    client, _, _ = establish(
        Side(CLIENT, (1,)),
        server,
        lambda message: None if message[:2] == ("server", EPHEMERAL_DATA) else message,
    )
    assert client.deadline_s() == START_S + 77 + _CARRIAGE_S


def test_work_that_is_interrupted_ends_the_establishment():
    client, server = Side(CLIENT, (1,)), Side(SERVER, (1,))
    client.machine.start(SERVER, START_S)
    for sender, taker in ((client, server), (server, client)):
        (_, command, from_server, payload) = sender.machine.outbox.take()
        taker.machine.receive(sender.eui64, command, from_server, payload, START_S)
    assert client.machine.step(START_S)
    # As Ctrl-C at a board's prompt leaves it.
    client.machine._session.work.close()
    with pytest.raises(AttributeError):
        client.machine.step(START_S)
    assert not client.machine.is_busy()
    assert client.machine.start(SERVER, START_S + 1)


def test_the_outbox_is_bounded():
    side = Side(SERVER)
    for _ in range(100):
        side.machine.receive(THIRD, EPHEMERAL_DATA, False, b"", START_S)
    assert len(side.machine.outbox) <= 8


def test_the_waits_kept_are_bounded_and_pass():
    side = Side(CLIENT)
    peers = [bytes((number,)) * 8 for number in range(12)]
    wait = encode_terminate(NO_RESOURCES, 100, 3)
    for peer in peers:
        assert side.machine.start(peer, START_S)
        side.machine.receive(peer, TERMINATE, True, wait, START_S)
        side.sent()
    begun = []
    for peer in peers:
        begun.append(side.machine.start(peer, START_S + 99))
        side.machine.step(START_S + 200)
    assert begun == [False] * 8 + [True] * 4
    # Those that are over make room.
    assert side.machine.start(peers[0], START_S + 100)
    side.machine.receive(peers[0], TERMINATE, True, wait, START_S + 100)
    assert not side.machine.start(peers[0], START_S + 199)
    assert side.machine.start(peers[1], START_S + 199)


def test_payloads_of_any_kind_start_no_work_for_a_stranger():
    side = Side(SERVER)
    random = random_octets(4)
    for size in range(90):
        side.machine.receive(THIRD, INITIATE, False, random(size), START_S)
        side.sent()
        assert not side.machine.is_busy()


def test_a_terminate_says_what_it_holds():
    assert encode_terminate(NO_RESOURCES, 7, 3) == bytes((4, 7, 3, 0))
    assert decode_terminate(bytes((4, 7, 3, 0))) == (NO_RESOURCES, 7, 3)


def test_slices_are_many_and_the_last_ends_the_work():
    client, server, _ = establish(Side(CLIENT, (2,)), Side(SERVER, (2,)))
    assert client.slices > 1500
    assert server.slices > 1500
    assert not client.machine.step(START_S)


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_every_runtime_establishes_the_same(runtime):
    lines = printed("cpython", WORKLOAD)
    assert sum(" key " in line for line in lines) == 4
    assert sum(" failure " in line for line in lines) == 12
    assert printed(runtime, WORKLOAD) == lines
