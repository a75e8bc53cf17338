"""The demonstration as a user runs it: agrees with the oracle, repeats itself, decodes cleanly."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from PIL import Image

from host_tools.cli import main
from host_tools.desk import demo as demo_module
from host_tools.desk.demo import Demo, Options
from host_tools.desk.devices import micropython
from host_tools.desk.story import STORIES, StoryError, load_story
from host_tools.scenarios import missing

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


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"start_utc": "soon"}, "start_utc: Input should be a valid datetime"),
        ({"steps": [{"at": "2012-01-20T10:00:00Z", "to": "ESME", "tells": "x"}]}, "steps.0"),
        ({"most_days": 0}, "most_days"),
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
