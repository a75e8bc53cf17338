"""Who may send what, and what is refused: by messages of a head-end with other cryptography."""

import random

import pytest

from host_tools.gbcs import presets
from host_tools.gbcs.injection import fed
from protometer.crypto import ecdsa
from protometer.gbcs.envelope import (
    Message,
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
    parse,
)
from protometer.kernel.slices import finish
from tests.samples import ENVELOPE_SAMPLES

ESME = bytes.fromhex("00db1234567890a0")
OTHER = bytes.fromhex("00db1234567890a5")
PROVIDE, PROVIDE_PAYLOAD = 0x0008, bytes.fromhex("30113007020104030203083006020102020103")
UNJOIN, UNJOIN_PAYLOAD = 0x000F, bytes.fromhex("04080102030405060708")
BROKER, SUPPLIER = "access control broker", "supplier"
SECOND_SUPPLIER = "90b3d51f30030000"
# What is logged of each reason.
LOGGED = {
    "format": ["0x8F1E"],
    "target": [],
    "originator": ["0x8F3E"],
    "role": ["0x8F30"],
    "replay": [],
    "mac": ["0x8F53"],
    "signature": ["0x8F3D"],
}


@pytest.fixture
def bench(keystore):
    return presets.bench_for(keystore, "ESME", None, None)


@pytest.fixture
def provide(head_end):
    """A read that the access control broker authenticates: no signature, no replay protection."""
    return head_end.command(PROVIDE, head_end.party(BROKER), ESME, PROVIDE_PAYLOAD, 5)


@pytest.fixture
def unjoin(head_end):
    """A critical command: signed by the supplier, good once."""
    return head_end.command(UNJOIN, head_end.party(SUPPLIER), ESME, UNJOIN_PAYLOAD, 5)


def refused(bench, octets, *reasons):
    """Feed a message that must be refused; return why, having seen that nothing came of it."""
    found = fed(bench, octets)
    assert not found["accepted"], found
    assert found["reason"] in reasons, found
    assert found["response"] is None
    assert found["state_before"] == found["state_after"]
    assert found["log_entries"] == LOGGED[found["reason"]]
    return found["reason"]


def device_key(bench):
    return finish(ecdsa.public_key(bench.data.signing_key))


def test_a_read_is_answered_each_time(bench, head_end, provide):
    for _ in range(2):
        found = fed(bench, provide)
        assert found["accepted"]
        assert found["log_entries"] == ["0x8154"]
        answer = head_end.open(bytes.fromhex(found["response"]))
        assert not answer.signed
        assert answer.message.target == head_end.party(BROKER)
        assert answer.message.counter == 5


def test_a_critical_command_is_executed_once(bench, head_end, unjoin):
    found = fed(bench, unjoin)
    assert found["accepted"]
    # Not in the Device Log: authentic, and not done.
    assert found["log_entries"] == ["0x8155"]
    answer = head_end.open(bytes.fromhex(found["response"]), device_key(bench))
    assert answer.signed
    assert bytes(answer.message.payload) == bytes.fromhex("020101")
    refused(bench, unjoin, "replay")
    later = head_end.command(UNJOIN, head_end.party(SUPPLIER), ESME, UNJOIN_PAYLOAD, 6)
    assert fed(bench, later)["accepted"]


def test_many_replays_are_unusual(bench, unjoin):
    fed(bench, unjoin)
    entries = [fed(bench, unjoin)["log_entries"] for _ in range(12)]
    assert entries.count(["0x8F60"]) == 1
    assert entries.count([]) == 11


def test_counters_outlive_a_power_cut(bench, keystore, unjoin):
    fed(bench, unjoin)
    files = dict(bench.memory.files)
    again = presets.bench_for(keystore, "ESME", None, None)
    restarted = type(again)("ESME", again.letters, again.clock.utc_s(), files)
    assert list(restarted.data.party_counters) == list(bench.data.party_counters)
    found = fed(restarted, unjoin)
    assert found["reason"] == "replay"


def test_for_another_device(bench, head_end):
    message = head_end.command(PROVIDE, head_end.party(BROKER), OTHER, PROVIDE_PAYLOAD, 5)
    refused(bench, message, "target")


def test_from_nobody_it_knows(bench, head_end):
    party = head_end.party(SECOND_SUPPLIER)
    refused(bench, head_end.command(UNJOIN, party, ESME, UNJOIN_PAYLOAD, 9), "originator")


def test_from_a_party_that_may_not(bench, head_end):
    party = head_end.party("network operator")
    refused(bench, head_end.command(UNJOIN, party, ESME, UNJOIN_PAYLOAD, 9), "role")


def test_signed_by_another(bench, head_end, unjoin):
    message = parse(unjoin)
    for signer in (SECOND_SUPPLIER, "network operator"):
        signature = head_end.sign(head_end.party(signer), bytes(message.signed))
        whole = encode_general_signing(bytes(message.signed), signature)
        refused(bench, head_end.authenticate(message, whole), "signature")
    unsigned = encode_general_signing(bytes(message.signed))
    refused(bench, head_end.authenticate(message, unsigned), "signature")


def test_authenticated_with_another_key(bench, keystore, head_end, unjoin):
    message = parse(unjoin)
    whole = bytes(message.authenticated)
    refused(bench, encode_general_ciphering(whole, bytes(12)), "mac")
    # Critical, signed, and without what the access control broker adds.
    refused(bench, whole, "mac")


@pytest.mark.req("GSME-SEC-01")
def test_no_two_meters_make_the_same_key(keystore, head_end):
    keys = []
    for _ in range(2):
        bench = presets.bench_for(keystore, "ESME", None, None)
        payload = bytes.fromhex("300403020780")
        message = head_end.command(0x000A, head_end.party(SUPPLIER), ESME, payload, 5)
        assert fed(bench, message)["log_entries"] == ["0x8154"]
        keys.append(bytes(bench.data.keys_issued))
    assert keys[0] != keys[1]


def test_what_is_no_payload_uses_up_no_counter(bench, head_end, unjoin):
    party = head_end.party(SUPPLIER)
    refused(bench, head_end.command(UNJOIN, party, ESME, UNJOIN_PAYLOAD + b"\x00", 5), "format")
    assert fed(bench, unjoin)["accepted"]


def test_an_unknown_code(bench, head_end, provide):
    message = parse(provide)
    for code in (0x0000, 0x0090, 0x7FFF):
        message.code = code
        whole = encode_general_signing(encode_signed_part(message))
        refused(bench, head_end.authenticate(message, whole), "format")


def test_a_payload_that_is_none(bench, head_end):
    party = head_end.party(BROKER)
    for payload in (b"", b"\x30", PROVIDE_PAYLOAD + b"\x00", PROVIDE_PAYLOAD[:-1], b"\x05\x00"):
        refused(bench, head_end.command(PROVIDE, party, ESME, payload, 5), "format")


@pytest.mark.untraced
@pytest.mark.parametrize("which", ["provide", "unjoin"])
def test_cut_anywhere(bench, request, which):
    octets = request.getfixturevalue(which)
    for length in range(len(octets)):
        refused(bench, octets[:length], "format")
    refused(bench, octets + b"\x00", "format")


@pytest.mark.untraced
@pytest.mark.parametrize("which", ["provide", "unjoin"])
def test_each_octet_flipped(bench, request, which):
    octets = request.getfixturevalue(which)
    reasons = set()
    for at in range(len(octets)):
        damaged = bytearray(octets)
        damaged[at] ^= 0xFF
        reasons.add(refused(bench, bytes(damaged), *LOGGED))
    assert {"format", "target", "originator", "mac"} <= reasons


@pytest.mark.parametrize("seed", range(ENVELOPE_SAMPLES))
def test_any_octets_are_a_message_or_none(bench, seed):
    rng = random.Random(seed)
    octets = bytearray(rng.choice((b"\xdd\x00\x00\x00\x00\x00\x00", b"\xdf\x09\x01", b"")))
    octets += rng.randbytes(rng.randrange(200))
    refused(bench, bytes(octets), *LOGGED)


def test_a_message_round_trip():
    message = Message()
    message.kind, message.counter, message.code = 1, 2**64 - 1, 0xFFFF
    message.originator = message.target = ESME
    message.party, message.party_counter, message.device_counter = OTHER, 7, 9
    for size in (0, 1, 127, 128, 255, 256, 4000):
        message.payload = bytes(size)
        again = parse(encode_general_signing(encode_signed_part(message), bytes(64)))
        assert bytes(again.payload) == message.payload
        assert (again.party, again.party_counter, again.device_counter) == (OTHER, 7, 9)
