"""Replayed, forged, cut, wrongly sealed and insiders' frames, thrown at running meters.

Nothing of them may be taken for genuine, change what a meter knows, stop it, or fill its memory.
"""

import os
from pathlib import Path

import pytest

from protometer.han.kept_network import take_up
from tests.fuzz.hostile_air import ATTACKS, HostileAir, attack, changes
from tests.on_runtimes import printed
from tests.samples import HOSTILE_FRAMES, HOSTILE_FRAMES_FULL

pytestmark = pytest.mark.untraced

FULL = os.environ.get("PROTOMETER_FULL")
COUNT = (HOSTILE_FRAMES_FULL if FULL else HOSTILE_FRAMES) // len(ATTACKS) + 1


@pytest.mark.parametrize(("name", "stops_at_nwk"), ATTACKS)
@pytest.mark.parametrize("role", ["ESME", "GSME"])
def test_a_meter_takes_nothing_that_is_not_genuine(role, name, stops_at_nwk):
    assert attack(role, name, stops_at_nwk, COUNT, 1) == []


def test_on_micropython_and_the_heap_stays_level():
    lines = printed("unix", Path(__file__).with_name("hostile_workload.py"))
    assert len(lines) == 2 * len(ATTACKS)
    assert [line for line in lines if not line.endswith(" []")] == []


@pytest.mark.parametrize("role", ["ESME", "GSME"])
@pytest.mark.parametrize("attack_name", ["outsider_changes", "outsider_seals", "insider_changes"])
def test_forgeries_are_logged_but_seldom(role, attack_name):
    """0x8F53, once an hour at most, however many there are."""
    air = HostileAir(role, 5)
    air.record(5)
    assert 0x8F53 not in air.events
    for _ in range(500):
        air.throw(getattr(air, attack_name)())
    assert air.meter.stack.forged() > 20
    air.run(3_000)
    air.run()
    assert air.events.count(0x8F53) == 1
    air.run(3_600_000)
    for _ in range(10):
        air.run(1_000)
    assert air.events.count(0x8F53) == 2
    air.run(3_600_000)
    for _ in range(10):
        air.run(1_000)
    assert air.events.count(0x8F53) == 2


@pytest.mark.parametrize("role", ["ESME", "GSME"])
def test_replays_and_noise_are_no_forgeries(role):
    air = HostileAir(role, 6)
    air.record(5)
    for name in ("outsider_replays", "stale", "mac"):
        for _ in range(50):
            air.throw(getattr(air, name)())
    air.run(3_000)
    air.run()
    assert (air.meter.stack.forged(), air.events.count(0x8F53)) == (0, 0)


@pytest.mark.parametrize("role", ["ESME", "GSME"])
def test_what_is_genuine_is_taken_so_that_the_attacks_mean_something(role):
    air = HostileAir(role, 3)
    air.record(5)
    taken, before = air.taken, air.digest()
    thrown = 0
    # Until the hub happens to tell it to leave.
    while air.meter.network.is_joined and thrown < 500:
        air.throw(air.genuine(air.hub))
        thrown += 1
    assert air.taken == taken + thrown > taken + 10
    assert air.meter.network.is_joined is False
    take_up(air.meter.network, before[1][0], b"")
    assert changes(before, air.digest())
