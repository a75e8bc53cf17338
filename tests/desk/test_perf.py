"""Device time by counted primitives: the slices of the meter stay within 10 ms on an RP2040."""

from hashlib import sha256

import pytest

from host_tools.perf import COST_US, count, estimates, slices_us
from protometer.crypto import ecdsa, p256
from protometer.kernel.slices import finish

SLICE_US = 10_000
# A picture is drawn in several slices, of much the same length.
SLICES = {"draw page now, 5 slices": 5, "draw page cost, 4 slices": 4}


@pytest.fixture(scope="module")
def made():
    return {estimate.name: estimate for estimate in estimates()}


# A Command is worked out and committed in one piece: rare, and bounded.
COMMANDS = ("Set Tariff", "Write Configuration Data")
COMMAND_US = 30_000


# From the radio to the cluster's handler; its slices are rows of their own.
RECEIVED = ("radio to ZCL handler, 3 slices", "... under a link key, 3 slices")
RECEIVED_US = 25_000


def test_a_frame_is_taken_in_time(made):
    first, second, third = (
        made[name].rp2040_us
        for name in (
            "its first slice: MAC and NWK",
            "its second: APS",
            "its third: the answer",
        )
    )
    for name in RECEIVED:
        assert made[name].rp2040_us < RECEIVED_US, name
    # The slices are those of the whole way.
    assert abs(made[RECEIVED[1]].rp2040_us - first - second - third) < 1_000


# P-256 comes in hundreds of slices, which are looked at one by one; what all of them take.
SLICED_US = {
    "P-256: verify, multiples kept": 500_000,
    "... under a new key": 1_000_000,
    "... sign": 300_000,
    "... agree on a key": 800_000,
    "GHASH, ten blocks": 20_000,
    # With the key that was agreed on before; with that 0.8 s more.
    "critical command to response": 1_500_000,
}


def test_cryptography_takes_no_longer_than_it_may(made):
    for name, longest_us in SLICED_US.items():
        assert made[name].rp2040_us < longest_us, name


@pytest.mark.parametrize("piece", ["verify", "sign", "agree"])
def test_no_slice_of_a_signature_is_long(piece):
    private = sha256(b"a supplier").digest()
    digest = sha256(b"a critical command").digest()
    public = finish(ecdsa.public_key(private))
    work = {
        "verify": lambda: ecdsa.verify(
            finish(ecdsa.multiples(*public)), digest, finish(ecdsa.sign(private, digest))
        ),
        "sign": lambda: ecdsa.sign(private, digest),
        "agree": lambda: p256.multiply(5 << 200, *public, 7),
    }[piece]()
    found = slices_us(work)
    assert max(found) < SLICE_US
    assert len(found) > 50


def test_every_slice_is_short(made):
    for name, estimate in made.items():
        if name in SLICED_US:
            continue
        if name in COMMANDS:
            assert SLICE_US < estimate.rp2040_us < COMMAND_US, name
            continue
        if name in RECEIVED:
            continue
        assert estimate.rp2040_us / SLICES.get(name, 1) < SLICE_US, name


def test_counting_counts():
    """By hand: one firmware call, whose bytecodes are few and known in kind."""
    from protometer.kernel.ticks import ticks_add

    counted = count(lambda: ticks_add(1, 2))
    assert counted["call"] == 1
    assert counted["small add"] == 2
    assert counted["attribute load"] == 1
    assert set(counted) <= set(COST_US)
