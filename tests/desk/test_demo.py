"""The demonstration as a user runs it: agrees with the oracle, repeats itself, decodes cleanly."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from host_tools import scenarios
from host_tools.cli import main
from host_tools.desk import demo as demo_module
from host_tools.desk import devices
from host_tools.desk.demo import Demo, Options
from host_tools.desk.devices import micropython
from host_tools.desk.show import event_names
from host_tools.desk.story import STORIES, StoryError, load_story
from host_tools.scenarios import missing

pytestmark = pytest.mark.untraced

needs_micropython = pytest.mark.skipif(micropython() is None, reason=str(missing("unix")))


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """One run of the default story through the command, as `make demo` does it."""
    if micropython() is None:
        pytest.skip(str(missing("unix")))
    folder = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(main, ["demo", "--folder", str(folder)])
    return result, folder


def test_the_day_agrees_with_the_oracle_and_says_so(day):
    result, folder = day
    assert result.exit_code == 0, result.output
    assert "agrees with the oracle" in result.output
    for told in ("Emergency Credit at the meter", "Emergency credit exhausted", "top-up of 10"):
        assert told in result.output
    figures = json.loads((folder / "summary.json").read_text())
    assert figures["from_utc"] == "2012-01-20T00:00:00Z"
    assert figures["to_utc"] == "2012-01-21T00:00:00Z"
    # The household used 15.289 kWh on that day.
    assert figures["energy_wh"] + figures["unserved_wh"] == 15_289
    assert figures["unserved_wh"] > 0
    assert figures["cost_mp"]["standing_charge"] == 50_120
    assert figures["switch_operations"] == 3
    assert figures["frames"]["losses"] > 0
    assert figures["frames"]["retried"] > 0
    # About every 10 s for power, and the rest.
    assert 8_640 < figures["frames"]["asked_by_display"] < 13_000


def test_the_pictures_are_pictures(day):
    _, folder = day
    pictures = sorted(folder.glob("ihd-*.png"))
    assert len(pictures) >= 12
    sizes = {Image.open(picture).size for picture in pictures}
    assert len(sizes) == 1
    assert Image.open(folder / "plot.png").width > 800


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_decodes_every_frame(day):
    _, folder = day
    done = subprocess.run(
        [
            "tshark",
            "-r",
            folder / "han.pcapng",
            "-T",
            "fields",
            "-e",
            "frame.protocols",
            "-e",
            "wpan.fcs_ok",
            "-e",
            "_ws.malformed",
            "-e",
            "_ws.expert",
            "-e",
            "data.len",
        ],
        env={**os.environ, "WIRESHARK_CONFIG_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = set(done.stdout.splitlines())
    figures = json.loads((folder / "summary.json").read_text())["frames"]
    assert done.stdout.count("\n") == figures["transmissions"] + figures["acks"]
    # Acknowledgements, ZCL, and ZCL with a Smart Energy command; nothing else, nothing wrong.
    assert rows == {
        "wpan\t1\t\t\t",
        "wpan:zbee_nwk:zbee_aps:zbee_zcl\t1\t\t\t",
        "wpan:zbee_nwk:zbee_aps:zbee_zcl:zbee_zcl_se.price\t1\t\t\t",
    }


def _short(monkeypatch, folder, seed, hours=1):
    told = load_story(STORIES / "winter.json")
    start = told.start_utc
    monkeypatch.setattr(type(told), "end_utc", lambda self, days: start + hours * _HOUR)
    monkeypatch.setattr(demo_module, "_HALF_HOUR", _HOUR / 2)
    run = Demo(told, Options(seed=seed, folder=folder), lambda *_: None, lambda *_: None)
    run.run()
    return (folder / "han.pcapng").read_bytes()


_HOUR = datetime(2012, 1, 1, 1, tzinfo=UTC) - datetime(2012, 1, 1, tzinfo=UTC)


@needs_micropython
def test_the_same_seed_gives_the_same_capture(monkeypatch, tmp_path):
    first = _short(monkeypatch, tmp_path / "first", 7)
    assert _short(monkeypatch, tmp_path / "again", 7) == first
    assert _short(monkeypatch, tmp_path / "other", 8) != first


@needs_micropython
def test_a_meter_that_differs_is_found_out(monkeypatch, tmp_path):
    """A watt-hour too many in the expectation must end the command with 1."""
    real_walk = demo_module.Oracle.walk

    def off_by_one(self):
        expected = real_walk(self)
        expected.energy_wh += 1
        return expected

    monkeypatch.setattr(demo_module.Oracle, "walk", off_by_one)
    told = load_story(STORIES / "winter.json")
    start = told.start_utc
    monkeypatch.setattr(type(told), "end_utc", lambda self, days: start + _HOUR)
    result = CliRunner().invoke(main, ["demo", "--folder", str(tmp_path)])
    assert result.exit_code == 1
    assert "Active Import Register: meter" in result.output


def _agreeing(folder):
    """A run that never was, all of whose figures are the oracle's."""
    run = Demo(load_story(STORIES / "winter.json"), Options(folder=folder), _ignore, _ignore)
    outcome = run._outcome
    expected = outcome.expected
    registers = [expected.rates_wh[rate] for rate in range(48)]
    outcome.readings = {
        "Active Import Register": expected.energy_wh,
        "Energy Charged": expected.energy_mp,
        "Standing Charged": expected.standing_mp,
        "Meter Balance": expected.meter_balance_mp,
        "Emergency Credit Balance": expected.emergency_balance_mp,
        "Emergency Credit Used": expected.emergency_used_mp,
        "Accumulated Debt Register": expected.accumulated_debt_mp,
        "Active Tariff Price": expected.active_price_mp,
        "Supply State": ("Disabled", "Enabled", "Armed").index(expected.supply_state),
        "Tariff TOU Register Matrix": registers,
    }
    for period in ("Days", "Weeks", "Months"):
        outcome.readings[f"Cumulative {period} Energy"] = [expected.periods_wh[period], 0]
        outcome.readings[f"Cumulative {period} Cost"] = [expected.periods_mp[period], 0]
    outcome.figures["ESME"] = {"unserved_wh": expected.unserved_wh}
    outcome.switch_operations = [(0, True), *expected.switch_operations]
    # Another event, and one of the set-up, don't count.
    outcome.events = [(1, 0x810D), *expected.events, (expected.events[0][0], 0x8161)]
    return run


def _ignore(*_):
    """Show nothing."""


def _double_today(outcome):
    outcome.readings["Cumulative Days Energy"][0] *= 2


def _a_month_too_dear(outcome):
    outcome.readings["Cumulative Months Cost"][0] += 1


def _lose_an_event(outcome):
    outcome.events.pop(3)


def _delay_an_event(outcome):
    at_s, code = outcome.events[3]
    outcome.events[3] = (at_s + 1, code)


def _another_item(name):
    def change(outcome):
        outcome.readings[name] += 1

    return change


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (_double_today, "energy today"),
        (_a_month_too_dear, "cost this month"),
        (_lose_an_event, "credit events"),
        (_delay_an_event, "credit events"),
        (_another_item("Emergency Credit Balance"), "Emergency Credit Balance"),
        (_another_item("Active Tariff Price"), "Active Tariff Price"),
    ],
)
def test_what_is_compared(tmp_path, change, name):
    run = _agreeing(tmp_path)
    run._compare()
    assert run._outcome.differences == []
    change(run._outcome)
    run._compare()
    (difference,) = run._outcome.differences
    assert difference.startswith(f"{name}: meter ")


def test_the_demo_runs_in_a_folder_beside_the_caller(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    told = load_story(STORIES / "winter.json")
    start = told.start_utc
    monkeypatch.setattr(type(told), "end_utc", lambda self, days: start + _HOUR / 2)
    run = Demo(told, Options(runtime="cpython", folder=Path("out")), _ignore, _ignore)
    run.run()
    assert (tmp_path / "out/han.pcapng").exists()
    assert run._outcome.figures["ESME"]["frames"]


def test_a_node_that_dies_is_one_line(monkeypatch, tmp_path):
    def broken(*_, **__):
        command = [sys.executable, "-c", "raise SystemExit('first\\nsecond')"]
        return devices.Program(command, {})

    monkeypatch.setattr(devices, "program_of", broken)
    result = CliRunner().invoke(main, ["demo", "--runtime", "cpython", "--folder", str(tmp_path)])
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if line.startswith("Error: ")]
    assert "exit code 1" in line
    assert line.endswith(".log")
    assert "second" not in result.output


def test_a_folder_that_is_a_file_is_one_line(tmp_path):
    (tmp_path / "out").touch()
    result = CliRunner().invoke(
        main, ["demo", "--runtime", "cpython", "--folder", str(tmp_path / "out")]
    )
    assert result.exit_code == 1
    assert "Error: [Errno" in result.output


@pytest.mark.parametrize(
    "words", [["size"], ["demo", "--runtime", "wasm"], ["demo", "--runtime", "unix"]]
)
def test_a_runtime_that_is_missing_is_one_line(monkeypatch, words):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(scenarios, "micropython", lambda: None)
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1
    assert f"Error: {missing(words[-1] if words[1:] else 'wasm')}\n" in result.output


def test_events_are_named_in_english():
    names = event_names()
    assert names[0x8161] == "UI command done"
    assert names[0x810D] == "Low credit"


_KEY = {"to": "ESME", "key": "confirm", "tells": "x"}
_TOP_UP = {
    "at": "2012-01-20T10:00:00Z",
    "to": "ESME",
    "command": "Add Credit",
    "arguments": {"value_mp": 1},
    "tells": "x",
}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"start_utc": "soon"}, "start_utc: Input should be a valid datetime"),
        ({"steps": [{"at": "2012-01-20T10:00:00Z", "to": "ESME", "tells": "x"}]}, "steps.0"),
        ({"most_days": 0}, "most_days"),
        ({"start_utc": "2012-01-20T00:00:00"}, "start_utc: Input should have timezone info"),
        ({"steps": [{**_KEY, "at": "2012-01-20T10:00:00"}]}, "steps.0.at: Input should have time"),
        ({"steps": [{**_TOP_UP, "command": "Reset Meter Balance"}]}, "should be 'Add Credit'"),
        ({"steps": [{**_TOP_UP, "arguments": {}}]}, "steps.0: Add Credit goes to ESME with"),
        ({"half_hours": "no.csv"}, "no.csv"),
        ({"tariff": "no.json"}, "no.json"),
        (
            {"items": {"Emergency Credit Limit": 1}},
            "items: no Emergency Credit Threshold, Low Credit Threshold",
        ),
    ],
)
def test_a_bad_story_is_named_in_one_line(tmp_path, change, fault):
    told = json.loads((STORIES / "winter.json").read_text())
    file = tmp_path / "story.json"
    file.write_text(json.dumps({**told, **change}))
    with pytest.raises(StoryError) as caught:
        load_story(file)
    assert str(caught.value).startswith("story.json: ")
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_story_that_is_not_json(tmp_path):
    file = tmp_path / "story.json"
    file.write_text("{")
    with pytest.raises(StoryError, match=r"^story.json: "):
        load_story(file)


def test_days_beyond_the_story_are_refused():
    result = CliRunner().invoke(main, ["demo", "--days", "8"])
    assert result.exit_code == 2
    assert "1 to 7 days" in result.output
