"""Every scenario prints its golden transcript, to the byte, on every runtime.

A transcript is written anew by `python -m tests.scenarios.test_scenarios --write [FILE ...]`, to
be read before it is committed.
"""

import sys
from pathlib import Path

import pytest

from host_tools import scenarios
from host_tools.scenarios import RUNTIMES, Player, ScenarioFailure, missing, transcript

FOLDER = Path(__file__).parent
SCENARIOS = sorted(FOLDER.glob("*.txt"))
# A scenario that can't be carried out, and the one line that says why.
FAULTS = {
    "device ESME XYZ": "XYZ is none of CH, ESME, GSME, HCALCS, IHD, PPMID",
    "start 2012-01-20T10:00:00Z": "start before device",
    "device ESME\nstart 2012-02-30T10:00:00Z": "time: there is no 2012-02-30T10:00:00Z",
    "device ESME\nstart yesterday": "time: yesterday is not YYYY-MM-DDTHH:MM:SSZ",
    "device ESME\nwait 1 s": "wait before start",
    "device ESME\nstart 2012-01-20T10:00:00Z\njump": "unknown word jump",
    "device ESME\nstart 2012-01-20T10:00:00Z\nwait 5 parsecs": (
        "a duration is a number and s, min, h or d"
    ),
    "device ESME\nstart 2012-01-20T10:00:00Z\nuse -5 Wh in 1 h": "-5 is below zero",
    'device ESME\nstart 2012-01-20T10:00:00Z\nread "Meter Balance': (
        "a double quote is not closed"
    ),
    "device ESME\nstart 2012-01-20T10:00:00Z\nkey IHD next": "there is no IHD in this scenario",
    "device ESME\nstart 2012-01-20T10:00:00Z\npower ESME off\nkey ESME confirm": (
        "ESME has no power"
    ),
    "device ESME\nstart 2012-01-20T10:00:00Z\nwait until 2012-01-20T09:00:00Z": (
        "wait: 2012-01-20T09:00:00Z is past"
    ),
    'device ESME\nstart 2012-01-20T10:00:00Z\ncommand "Add Credit" 5': (
        "command: 5 is not argument=value"
    ),
    "device ESME\nstart 2012-01-20T10:00:00Z\nframe xyz": "xyz is not hexadecimal",
    "device ESME\nstart 2100-01-01T00:00:00Z": "time: 2100-01-01T00:00:00Z is after 2099",
    "device ESME\nstart 2012-01-20T10:00:00Z\ntariff nofile.json": "there is no nofile.json",
    "device ESME\nstart 2012-01-20T10:00:00Z\ntariff latin.json": "latin.json: not UTF-8 text",
    "device ESME\nstart 2012-01-20T10:00:00Z\nload 5 W": (
        "this meter counts pulses; name it with ic"
    ),
    "device ESME:ic\nstart 2012-01-20T10:00:00Z\nload 5 W phase 2": "this meter has no phase 2",
    "device ESME\nstart 2012-01-20T10:00:00Z\npage": (
        "page: this meter has no display; name it with display"
    ),
    "device ESME\nstart 2012-01-20T10:00:00Z\nuse 25 Wh in 2 s": (
        "use: 25 Wh in 2 s is more than 12 Wh a second"
    ),
    "device ESME\nstart 2012-01-20T10:00:00Z\npower ESME on": "power: ESME is on already",
    "device ESME\nstart 2012-01-20T10:00:00Z\npower ESME off\npower ESME off": (
        "power: ESME is off already"
    ),
    "device ESME:big": "ESME has no variant big",
    "device ESME\ndevice IHD": "device: a second one",
    "device ESME\nstart 2012-01-20T10:00:00Z\ndevice IHD": "device: a second one",
    "device ESME\nstart 2012-01-20T10:00:00Z\nstart 2012-01-21T10:00:00Z": ("start: a second one"),
    "device GSME\nstart 2012-01-20T10:00:00Z\nburn 5 Wh in 1 h": (
        "expected: burn VOLUME ml|l|m3 in DURATION"
    ),
    "device GSME\nstart 2012-01-20T10:00:00Z\nburn 5 l in 0 s": "burn: takes some time",
    "device ESME\nstart 2012-01-20T10:00:00Z\nburn 5 l in 1 s": (
        "there is no GSME in this scenario"
    ),
    "device GSME\nstart 2012-01-20T10:00:00Z\nflow windy": (
        "flow: windy is neither normal nor one of above-capacity, air, reverse"
    ),
    "device GSME\nstart 2012-01-20T10:00:00Z\nbattery flat": (
        "expected: battery DAYS d, battery failing, battery well"
    ),
    "device GSME\nstart 2012-01-20T10:00:00Z\nfirmware new": (
        "firmware: installs, stuck or damaged, not new"
    ),
    "device GSME:twin": "GSME has no variant twin",
    "device GSME\nstart 2012-01-20T10:00:00Z\npage": (
        "page: this meter has no display; name it with display"
    ),
}


@pytest.fixture(scope="module", params=RUNTIMES)
def player(request):
    """An interpreter that plays one scenario after another."""
    reason = missing(request.param)
    if reason:
        pytest.skip(reason)
    with Player(request.param) as playing:
        yield playing


def test_there_are_scenarios_enough():
    assert len(SCENARIOS) >= 8


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_transcript_is_the_golden_one(scenario, player):
    golden = scenario.with_suffix(".golden").read_text()
    assert player.transcript(scenario) == golden


def test_a_fault_is_one_clear_line(player, tmp_path):
    (tmp_path / "latin.json").write_bytes(b'{"\xa3": 1}')
    for text, fault in FAULTS.items():
        file = tmp_path / "bad.txt"
        file.write_text(text + "\n")
        with pytest.raises(ScenarioFailure) as caught:
            player.transcript(file)
        line = text.count("\n") + 1
        assert str(caught.value) == f"bad.txt:{line}: {fault}"


def test_a_file_that_is_not_utf_8(player, tmp_path):
    file = tmp_path / "bad.txt"
    file.write_bytes(b"device ESME  # \xa310\n")
    with pytest.raises(ScenarioFailure) as caught:
        player.transcript(file)
    assert str(caught.value) == "bad.txt: not UTF-8 text"


def test_an_interpreter_that_ends_takes_no_other_scenario_with_it():
    file = FOLDER / "credit_mode.txt"
    golden = file.with_suffix(".golden").read_text()
    with Player("cpython") as player:
        assert player.transcript(file) == golden
        player._child.kill()
        player._child.wait()
        with pytest.raises(ScenarioFailure, match=r"^exit code -9$"):
            player.transcript(file)
        assert player.transcript(file) == golden


def test_a_scenario_that_takes_too_long_is_ended(monkeypatch, tmp_path):
    monkeypatch.setattr(scenarios, "_TIMEOUT_S", 1)
    file = tmp_path / "years.txt"
    file.write_text("device ESME\nstart 2012-01-20T10:00:00Z\nwait 3000 d\n")
    with pytest.raises(ScenarioFailure, match=r"^took more than 1 s$"):
        transcript(file, "cpython")


if __name__ == "__main__" and sys.argv[1:2] == ["--write"]:
    for path in map(Path, sys.argv[2:]) if sys.argv[2:] else SCENARIOS:
        path.with_suffix(".golden").write_text(transcript(path, "cpython"))
