"""The expected life of the memories: what is counted, what is measured, and the sum."""

import pytest
from click.testing import CliRunner

from host_tools.boards import life as lives
from host_tools.boards.board import find_board
from host_tools.boards.commands import life as life_command
from host_tools.boards.life import (
    LifeError,
    Writes,
    day_of_writes,
    day_wh,
    household,
    life_of,
    littlefs_erases,
    loss_pence,
)
from tests.boards.unix_board import needs_unix_port

pytestmark = pytest.mark.untraced


def test_the_days_are_whole_days_of_the_household():
    days = household()
    assert (len(days.mean), len(days.heavy)) == (48, 48)
    assert 10_000 <= day_wh(days.mean) <= 11_500
    # 2013-02-28, the heaviest of 14 months.
    assert day_wh(days.heavy) == 29_136


# Medium, bound in Wh, and the commits that the bound alone asks for, of the mean and heavy day.
BOUNDS = (("file", 10), ("partition", 10), ("fram", 1))


@pytest.mark.parametrize(("medium", "bound_wh"), BOUNDS)
@pytest.mark.parametrize("heavy", [False, True])
def test_a_meter_commits_as_often_as_its_bound_asks_and_little_more(medium, bound_wh, heavy):
    days = household()
    asked = day_wh(days.heavy if heavy else days.mean) // bound_wh
    writes = day_of_writes(medium, bound_wh, 900, heavy)
    # At the heaviest two Wh may come in a second; 48 half-hours and 96 quarters of an hour at
    # most come on top.
    assert asked * 98 // 100 <= writes.commits <= asked + 48 + 96 + 10
    # A log entry each half-hour.
    assert 40 <= writes.files["entry"] <= 60
    if medium == "file":
        assert writes.commits <= sum(writes.files.values()) <= writes.commits + 60
        assert writes.hottest == 0
    else:
        assert writes.files["step"] + writes.files["checkpoint"] < 20
        assert writes.hottest > 0


def test_a_shorter_wait_commits_more_often():
    assert (
        day_of_writes("file", 10, 60, False).commits
        > day_of_writes("file", 10, 900, False).commits
    )


@pytest.mark.runtime
@needs_unix_port
@pytest.mark.parametrize("program_octets", [32, 256])
def test_what_littlefs_erases_is_measured(program_octets):
    erases = littlefs_erases(program_octets)
    # A small file lies in the folder's own block, a long one takes a block for itself; a segment
    # is copied when it grows.
    assert 0.02 < erases["step"] < 0.3
    assert 0.8 < erases["entry"] < 1.2
    assert 1.0 <= erases["checkpoint"] < 1.4


def with_writes(monkeypatch, **files):
    writes = Writes(commits=7, files=files, hottest=5)
    monkeypatch.setattr(lives, "day_of_writes", lambda *_: writes)
    monkeypatch.setattr(
        lives, "littlefs_erases", lambda _: {"step": 0.1, "entry": 1.0, "checkpoint": 2.0}
    )


def test_the_sum(monkeypatch):
    with_writes(monkeypatch, step=1000, entry=50, checkpoint=10)
    life = life_of(find_board("pico"), 100, False)
    # 100 + 50 + 20 erases a day, 100 blocks of 100,000: 58,824 days.
    assert (life.commits, life.file_erases, life.state_years) == (7, 170.0, None)
    assert round(life.files_years, 2) == 161.05
    # 100,000 erases at 5 a day, and 10**12 writes at 5 a day.
    partition = life_of(find_board("esp32_devkitc_partition"), 100, False)
    assert round(partition.state_years, 2) == 54.76
    assert life_of(find_board("pico_fram"), 100, False).state_years > 500_000_000


def test_a_file_system_that_is_full_has_no_life(monkeypatch):
    with_writes(monkeypatch, step=1)
    with pytest.raises(LifeError, match="^Raspberry Pi Pico: the file system is full$"):
        life_of(find_board("pico"), 0, False)


def test_without_littlefs_it_says_so(monkeypatch):
    monkeypatch.setattr(lives, "micropython", lambda: None)
    littlefs_erases.cache_clear()
    with pytest.raises(LifeError, match="no littlefs$"):
        littlefs_erases(256)


@pytest.mark.parametrize(("board", "pence"), [("pico", 0.3), ("pico_fram", 0.03)])
def test_what_may_be_lost_is_worth_pence(board, pence):
    assert loss_pence(find_board(board)) == pytest.approx(pence)


@pytest.mark.runtime
@needs_unix_port
def test_the_command_prints_a_row_a_board(monkeypatch):
    done = CliRunner().invoke(life_command, ["pico_fram"])
    assert done.exit_code == 0, done.output
    row = next(line for line in done.output.splitlines() if line.startswith("pico_fram"))
    assert row.split()[1:5] == ["fram", "1", "Wh", "0.03"]
    assert ">1000/>1000" in row
    assert 150 < int(row.split()[-1]) < 220
