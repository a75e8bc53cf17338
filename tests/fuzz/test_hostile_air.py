"""Replayed, forged, cut, wrongly sealed and insiders' frames, thrown at running meters.

Nothing of them may be taken for genuine, change what a meter knows, stop it, or fill its memory.
"""

import os
from pathlib import Path

import pytest

from tests.fuzz.hostile_air import ATTACKS, HostileAir, attack, changes
from tests.on_runtimes import printed
from tests.samples import HOSTILE_FRAMES, HOSTILE_FRAMES_FULL

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
def test_what_is_genuine_is_taken_so_that_the_attacks_mean_something(role):
    air = HostileAir(role, 3)
    air.record(5)
    taken, before = air.taken, air.digest()
    thrown = 0
    # Until the hub happens to tell it to leave.
    while air.meter.network.is_joined and thrown < 500:
        air.throw(air.genuine(air.hub))
        thrown += 1
    # The last one came when it had left.
    assert air.taken == taken + thrown - 1 > taken + 10
    assert air.meter.network.is_joined is False
    air.meter.network.unpack(before[1][0], before[1][1])
    assert changes(before, air.digest())
