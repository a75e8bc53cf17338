"""The industry's reference messages, replayed whole: authentic, executed, equal to the octet."""

import json
import re
from functools import cache

import pytest
from click.testing import CliRunner

from host_tools.cli import main
from host_tools.gbcs.replay import Replay, report
from tests.reference_data import RTDS, needed, pairs

PAIRS = pairs()


@cache
def replay():
    return Replay(RTDS)


@needed
@pytest.mark.parametrize("pair", PAIRS, ids=[pair["scenario"] for pair in PAIRS])
def test_a_pair_is_equal(pair):
    result = replay().run(pair)
    assert result.equal, result.line


@needed
def test_the_command_tells_what_came_of_it(tmp_path):
    out = tmp_path / "rtds.json"
    done = CliRunner().invoke(main, ["rtds", str(RTDS), "--json", str(out), "--only", "CS04AC"])
    assert done.exit_code == 0, done.output
    told = json.loads(out.read_text())
    assert done.output.splitlines()[-1] == f"{told['equal']} of {told['pairs_total']} pairs equal"
    assert told["equal"] == told["pairs_total"] == 3
    assert set(told["device_public_keys"]) == {"00db1234567890a0", "00db1234567890a4"}
    fields = {"use_case", "scenario", "parsed", "authenticated", "executed", "equal"}
    assert fields < set(told["pairs"][0])


@needed
def test_a_difference_is_found():
    pair = next(pair for pair in PAIRS if pair["scenario"] == "ECS04a_1.5_SUCCESS")
    error = next(pair for pair in PAIRS if pair["scenario"] == "ECS04a_1.5_ERROR")
    mixed = {**pair, "response": error["response"]}
    result = replay().run(mixed)
    assert not result.equal
    assert result.first_difference is not None
    assert report(replay(), [result])["equal"] == 0


@needed
@pytest.mark.parametrize("runtime", ["unix", "wasm32"])
def test_on_micropython_too(runtime):
    done = CliRunner().invoke(main, ["rtds", str(RTDS), "--runtime", runtime, "--only", "CS04AC"])
    assert done.exit_code == 0, done.output
    heap, _, pairs_equal = done.output.splitlines()[-3:]
    assert pairs_equal == "3 of 3 pairs equal"
    assert re.fullmatch(r"most heap in use after a collection: \d{3},\d{3} octets \(.*", heap)
    assert ("budget, held: " in heap) == (runtime == "wasm32")
