"""Wear, sampled: a few days on littlefs and on a partition's rings. Ten years: `make wear`."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from host_tools.boards import wear as boards_wear
from host_tools.boards.board import find_board
from host_tools.boards.commands import wear as wear_command
from host_tools.boards.wear import (
    Wear,
    WearError,
    blocks_free,
    jobs,
    play,
    recorded,
    written_logs,
)
from host_tools.desk.devices import ROOT, micropython
from host_tools.node.wear import CHECKPOINT, STEP, run
from tests.boards.unix_board import needs_unix_port
from tests.samples import WEAR_DAYS

pytestmark = pytest.mark.untraced

RECORDED = 2


def played(name, board=None):
    told = []
    pairs = [(name, board or find_board(name))]
    regions = {
        region.region: region for region in play(pairs, WEAR_DAYS[name], told.append, RECORDED)
    }
    return regions, told


def count_of(day, kind):
    return sum(1 for at in range(0, len(day), 2) if day[at] == kind)


def test_what_a_mean_day_writes_is_recorded():
    days = recorded("file", 10, 900, RECORDED)
    assert len(days) == 2
    for day in days:
        # 10.4 kWh at 10 Wh a commit, and the clock's; a half-hour is 12 octets in log 0.
        assert 1050 < count_of(day, STEP) < 1200
        assert count_of(day, 0) == 48
        # Of midnight: Daily Read Log, Prepayment Daily Read Log, Daily Consumption Log.
        assert [count_of(day, kind) for kind in (23, 6, 11)] == [1, 1, 1]
        assert {day[at + 1] for at in range(0, len(day), 2) if day[at] == 0} == {12}
    # The week begins with a tariff, which is noted (log 25), and a top-up (log 9).
    assert [count_of(days[0], kind) for kind in (25, 9)] == [1, 1]
    assert [count_of(days[1], kind) for kind in (25, 9)] == [0, 0]
    assert count_of(days[0], CHECKPOINT) >= 2


def test_a_meter_of_active_import_writes_twelve_of_the_seventeen_logs():
    assert sorted(written_logs()) == [0, 6, 9, 10, 11, 12, 13, 14, 23, 24, 25, 26]
    assert sorted(written_logs(in_fram=True)) == [9, 10, 12, 13, 14]
    assert sorted(written_logs(in_fram=False)) == [0, 6, 11, 23, 24, 25, 26]
    days = recorded("file", 10, 900, RECORDED)
    kinds = {kind for day in days for kind in day[::2]} - {STEP, CHECKPOINT}
    assert kinds <= set(written_logs())


def test_the_rings_of_a_partition_are_worn_evenly():
    name = "esp32_devkitc_partition"
    (job, files_job) = jobs(find_board(name), WEAR_DAYS[name], RECORDED)
    assert {kind for day in files_job["days"] for kind in day[::2]} >= {0, 6, 11, 23}
    assert min(kind for day in files_job["days"] for kind in day[::2]) == 0
    told = []
    regions = run(job, told.append)["regions"]
    steps, checkpoints = regions["steps ring"], regions["checkpoints ring"]
    # 8 days of some 1,100 steps, a page each, 16 pages a block, 14 blocks.
    assert 8 * 1050 // 224 <= min(steps) <= max(steps) <= 8 * 1200 // 224 + 1
    assert max(steps) - min(steps) <= 1
    # Four new tariffs, two copies each, of 6 to 20 pages, 96 pages a stretch of six blocks.
    assert 6 <= sum(checkpoints) <= 18
    assert max(checkpoints) - min(checkpoints) <= 1
    assert told == list(range(1, 9))


def test_a_fram_is_written_in_turn():
    board = find_board("pico_fram")
    job = {**next(jobs(board, 10, 1)), "count": 1}
    regions = run(job, lambda day: None)["regions"]
    # 10.4 kWh at 1 Wh a commit, in four slots whose mark is written twice.
    assert len(regions["steps"]) == 4
    assert 2 * 10_000 // 4 < min(regions["steps"]) <= max(regions["steps"]) < 2 * 12_000 // 4
    assert max(regions["steps"]) - min(regions["steps"]) <= 2
    assert 2 <= max(regions["checkpoints"]) <= 20
    assert max(regions["short logs"]) > 0


@pytest.mark.runtime
@needs_unix_port
def test_littlefs_is_really_worn():
    regions, told = played("pico")
    littlefs = regions["littlefs"]
    assert len(littlefs.counts) == 352
    # A tenth of an erase for each of 1,100 steps, one for each of 50 entries, and checkpoints.
    assert 3 * 100 < sum(littlefs.counts) < 3 * 300
    assert sum(1 for count in littlefs.counts if count) > 100
    assert 0 < littlefs.mean < littlefs.hottest < 300
    # Neither 68 files of the firmware nor 83 segments, nor their folders.
    assert 150 < littlefs.free < 200
    assert list(littlefs.faults()) == []
    assert len(told) == 3
    assert told[-1].endswith("pico, files: day 3 of 3")


def on_unix(job, code):
    done = subprocess.run(
        [str(micropython()), "-X", "heapsize=16M", "-c", code],
        env={"MICROPYPATH": f"{ROOT}:{ROOT / 'firmware'}"},
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


_FILL = """
import json, sys
from host_tools.node.wear import Littlefs
job = json.load(sys.stdin)
littlefs = Littlefs(job)
littlefs.look()
free = littlefs.figures()["free"]
filled = 0
file = open("/wear/large", "wb")
try:
    while True:
        file.write(bytes(4096))
        filled += 1
except OSError:
    print(json.dumps([free, filled]))
"""


@pytest.mark.runtime
@needs_unix_port
@pytest.mark.parametrize("name", ["pico_w", "esp32_devkitc"])
def test_as_many_blocks_are_free_as_can_be_filled(name):
    (job,) = jobs(find_board(name), 1, RECORDED)
    free, filled = on_unix({**job, "days": []}, _FILL)
    assert free == blocks_free(find_board(name))
    assert free - 3 <= filled <= free
    assert filled > 20


_PLAY = """
import json, sys
from host_tools.node.wear import run
print(json.dumps(run(json.load(sys.stdin), lambda day: None)["regions"]["littlefs"]))
"""


@pytest.mark.runtime
@needs_unix_port
def test_reading_in_larger_pieces_changes_nothing_that_is_written():
    (job,) = jobs(find_board("pico"), 1, RECORDED)
    assert job["read_octets"] == 256
    wide, narrow = (on_unix({**job, "read_octets": octets}, _PLAY) for octets in (256, 32))
    assert sum(wide) > 100
    assert wide == narrow


@pytest.mark.runtime
@needs_unix_port
def test_a_file_system_that_fills_up_is_told_by_its_board():
    small = find_board("pico").model_copy(update={"file_system_blocks": 150})
    with pytest.raises(WearError, match="^pico: the file system is full$"):
        played("pico", small)


def test_without_littlefs_it_says_so(monkeypatch):
    monkeypatch.setattr(boards_wear, "micropython", lambda: None)
    with pytest.raises(WearError, match="no littlefs$"):
        blocks_free(find_board("pico"))


def ring(*counts, rated=100_000, region="steps ring", scale=1.0, free=None):
    return Wear("board", region, counts, rated, scale, free)


def test_bars():
    assert list(ring(100, 100, 100).faults()) == []
    # A turn more is as even as it gets; so is a tenth.
    assert list(ring(0, 1, 0).faults()) == []
    assert list(ring(100, 105, 110).faults()) == []
    assert list(ring(100, 100, 120).faults()) == [
        "board, steps ring: the hottest is more than 10 % above the mean"
    ]
    assert list(ring(100, 100, 120, region="littlefs").faults()) == []
    assert list(ring(50_000, 50_000).faults()) == []
    too_hot = ["board, littlefs: the hottest is above 50% of its rated cycles"]
    assert list(ring(50_001, 3, region="littlefs").faults()) == too_hot
    assert list(ring(5_001, 3, region="littlefs", scale=10.0).faults()) == too_hot


def test_a_file_system_with_little_room_is_warned_of():
    assert ring(1, free=14).warning() is None
    assert ring(1).warning() is None
    assert ring(1, free=13).warning() == (
        "board: could fill up, 13 blocks are free, 14 are wanted"
    )


def shown(monkeypatch, *regions):
    asked = []

    def pretend(boards, days, told):
        asked.append((list(boards), days))
        return iter(regions)

    monkeypatch.setattr(boards_wear, "play", pretend)
    return CliRunner().invoke(wear_command, ["pico"]), asked


def test_the_command_prints_a_row_a_region_and_fails_where_a_bar_is_missed(monkeypatch):
    done, asked = shown(monkeypatch, ring(40, 44), ring(300, 9, region="littlefs", free=9))
    assert done.exit_code == 0
    assert [name for name, _ in asked[0][0]] == ["pico"]
    assert asked[0][1] == 3653
    rows = done.output.splitlines()
    assert " ".join(rows[1].split()) == "board steps ring 2 44 42.0 100,000 0.044 % 1.048"
    assert " ".join(rows[2].split()) == "board littlefs 2 300 154.5 100,000 0.3 % 9"
    assert "could fill up, 9 blocks are free" in done.output
    done, _ = shown(monkeypatch, ring(40, 90))
    assert done.exit_code == 1
    assert "steps ring: the hottest is more than 10 % above the mean" in done.output
