"""No slice of a reference message holds the scheduler for more than 10 ms of an RP2040."""

import os

import pytest

from host_tools.gbcs.replay import Replay
from host_tools.perf import slices_us
from protometer.gbcs.alerts import message_of
from protometer.gbcs.envelope import parse
from protometer.model import events
from tests.reference_data import RTDS, needed, pairs
from tests.samples import SLICED_FOLDERS

FULL = bool(os.environ.get("PROTOMETER_FULL"))
SLICE_US = 10_000
# What is long, whatever else is sampled: tariffs, calendars, credentials, snapshots.
LONG = ("1.1.1_ECS01a", "2.1_ECS08", "4.11.2_ECS24b", "4.4.3_GCS15c", "6.21_CS02bNOByNOHandover")


def chosen():
    """A pair of each folder and kind of device, as (folder, kind): pair; of all or of a sample."""
    found = {}
    for pair in pairs():
        found.setdefault((pair["dir"], pair["device"]), pair)
    if FULL:
        return found
    step = max(len(found) // SLICED_FOLDERS, 1)
    sampled = list(found)[::step]
    return {key: pair for key, pair in found.items() if key in sampled or key[0] in LONG}


CHOSEN = chosen()


@pytest.fixture(scope="module")
def replay():
    return Replay(RTDS)


@needed
@pytest.mark.parametrize("key", CHOSEN, ids="-".join)
def test_no_slice_of_a_message_is_long(replay, key):
    pair = CHOSEN[key]
    command = replay.message(pair["dir"], pair["command"])
    response = replay.message(pair["dir"], pair["response"])
    bench = replay.bench(pair, parse(command), parse(response))
    found = slices_us(bench.messages.handle(command, bench.clock.utc_s()))
    assert max(found) < SLICE_US, found.index(max(found))
    assert len(found) > 2


@pytest.mark.parametrize("code", [events.UNUSUAL_NUMBER_OF_COMMANDS, 0x8F0A, 0x8F8B], ids=hex)
def test_the_message_of_an_alert_is_found_in_a_fraction_of_a_slice(code):
    def look_up():
        yield message_of(code, "E")

    assert max(slices_us(look_up())) < SLICE_US / 5
