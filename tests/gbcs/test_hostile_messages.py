"""Every reference command damaged, cut, re-addressed, re-signed and sent again: what is refused.

A sample of each by default; `make fuzz` flips every octet and cuts at every length.
"""

import os
import random
from functools import cache

import pytest

from host_tools.gbcs.head_end import HeadEnd
from host_tools.gbcs.injection import fed
from host_tools.gbcs.replay import Replay
from protometer.gbcs import use_case
from protometer.gbcs.envelope import (
    encode_general_ciphering,
    encode_general_signing,
    encode_signed_part,
    parse,
)
from tests.reference_data import RTDS, needed, pairs
from tests.samples import FLIPS, MESSAGE_CUTS

pytestmark = pytest.mark.untraced

FULL = bool(os.environ.get("PROTOMETER_FULL"))
LOGGED = {
    "format": ["0x8F1E"],
    "target": [],
    "originator": ["0x8F3E"],
    "role": ["0x8F30"],
    "replay": [],
    "mac": ["0x8F53"],
    "signature": ["0x8F3D"],
}
OTHER_DEVICE = bytes.fromhex("00db123456789001")


def _distinct():
    """One pair of each command: errors are mostly the same octets as successes."""
    seen = set()
    for pair in pairs():
        # Of one device to another, under a secret that nobody has published.
        if pair["scenario"].startswith("PCS"):
            continue
        if (pair["dir"], pair["device"]) not in seen and "ERROR" not in pair["scenario"]:
            seen.add((pair["dir"], pair["device"]))
            yield pair


PAIRS = list(_distinct())
CRITICAL = [pair for pair in PAIRS if pair["signed_command"]]
each = pytest.mark.parametrize("pair", PAIRS, ids=[pair["scenario"] for pair in PAIRS])


@cache
def replay():
    return Replay(RTDS)


def prepared(pair):
    """Return the octets of a command, and a device that would answer it."""
    octets = replay().message(pair["dir"], pair["command"])
    response = replay().message(pair["dir"], pair["response"])
    return octets, replay().bench(pair, parse(octets), parse(response))


def refused(bench, octets, *reasons):
    found = fed(bench, octets)
    assert not found["accepted"], found["reason"]
    assert found["reason"] in (reasons or LOGGED)
    assert found["response"] is None
    assert found["state_before"] == found["state_after"]
    assert found["log_entries"] == LOGGED[found["reason"]]


@needed
@each
def test_octets_flipped(pair):
    octets, bench = prepared(pair)
    rng = random.Random(pair["scenario"])
    places = range(len(octets)) if FULL else rng.sample(range(len(octets)), FLIPS)
    for at in places:
        damaged = bytearray(octets)
        damaged[at] ^= 0xFF if FULL else rng.choice((0xFF, 0x01, 0x80))
        refused(bench, bytes(damaged))


@needed
@each
def test_cut_off(pair):
    octets, bench = prepared(pair)
    rng = random.Random(pair["scenario"])
    lengths = range(len(octets)) if FULL else rng.sample(range(len(octets)), MESSAGE_CUTS)
    for length in lengths:
        refused(bench, octets[:length], "format")


@needed
@each
def test_for_another_device_and_under_another_key(pair):
    octets, bench = prepared(pair)
    message = parse(octets)
    whole = bytes(message.authenticated)
    if message.mac:
        refused(bench, encode_general_ciphering(whole, bytes(12)), "mac")
    message.target = OTHER_DEVICE
    moved = encode_general_signing(encode_signed_part(message), message.signature)
    refused(bench, HeadEnd(replay().keystore).authenticate(message, moved), "target")


@needed
@pytest.mark.parametrize("pair", CRITICAL, ids=[pair["scenario"] for pair in CRITICAL])
def test_signed_by_another(pair):
    octets, bench = prepared(pair)
    message = parse(octets)
    head_end = HeadEnd(replay().keystore)
    for party in (head_end.party("recovery"), head_end.party("network operator")):
        if party == message.originator:
            continue
        signature = head_end.sign(party, bytes(message.signed))
        whole = encode_general_signing(bytes(message.signed), signature)
        refused(bench, head_end.authenticate(message, whole), "signature")


@needed
@each
def test_sent_again(pair):
    octets, bench = prepared(pair)
    assert fed(bench, octets)["accepted"]
    again = fed(bench, octets)
    protected = use_case.find(parse(octets).code).is_protected()
    assert again["accepted"] is not protected
    if protected:
        # Of one that put its originator's credentials out of force these are wrong now.
        reasons = ("replay", "signature", "role") if "CS02" in pair["dir"] else ("replay",)
        assert again["reason"] in reasons
        assert again["state_before"] == again["state_after"]
