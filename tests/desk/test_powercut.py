"""The power-cut bench, sampled; and that it finds what is wrong. All of it: `make powercut`."""

import pytest
from click.testing import CliRunner

from host_tools.cli import main
from host_tools.desk.devices import ROOT, micropython
from host_tools.node.cut_search import Search
from host_tools.node.flip_search import Flips
from host_tools.powercut import cut_jobs, flip_jobs, run
from protometer.prepayment.utrn import UtrnEntry
from protometer.roles.main_switch import MainSwitch
from protometer.store import journal, record
from tests.samples import CUT_EVERY, FLIP_STEP

pytestmark = pytest.mark.untraced

CSV = str(ROOT / "host_tools/data/household_2012.csv")


def quiet(line):
    pass


@pytest.mark.parametrize("medium", ["fram", "flash", "files"])
def test_no_cut_loses_doubles_or_mixes_anything(medium):
    if medium == "files" and micropython() is None:
        pytest.skip("MicroPython has no wheel for this machine")
    (outcome,) = run(cut_jobs([medium], 48 * 60, 1, every=CUT_EVERY[medium]), quiet)
    assert outcome.failures == []
    figures = outcome.figures
    assert figures["points"] > 500_000
    assert figures["tried"] > 500
    bound_mwh = 1_000 if medium == "fram" else 10_000
    assert 0 < figures["worst_loss_mwh"] <= bound_mwh
    assert 0 < figures["worst_loss_mp"] <= bound_mwh * 28_530 // 10**6 + 1


@pytest.mark.parametrize("medium", ["fram", "flash"])
def test_a_second_cut_in_the_recovery_costs_no_more(medium):
    search = Search(medium, CSV, 31, share=0, shares=4, depth=2)
    search.run()
    assert search.failures == []
    assert search.recoveries > 100


def test_the_script_has_what_it_says():
    search = Search("flash", CSV, 48 * 60, share=1, shares=1 << 30)
    search.run()
    # Low credit, credit added, Emergency Credit offered and taken; credit run out; the supply
    # Armed by Emergency Credit and by a top-up; Commands done.
    wanted = {0x810D, 0x810E, 0x8119, 0x81AB, 0x8F0F, 0x8168, 0x8F32, 0x8154, 0x8161}
    assert wanted <= search.codes


def failures_of(medium="fram", minutes=60, shares=7):
    search = Search(medium, CSV, minutes, share=0, shares=shares)
    search.run()
    return {text for _, text in search.failures}


def test_a_torn_record_that_passes_for_whole_is_found(monkeypatch):
    def unchecked(octets):
        head = record.head_of(octets)
        return head if head and head.size <= len(octets) else None

    monkeypatch.setattr(record, "opened", unchecked)
    monkeypatch.setattr("protometer.store.fram_slots._TORN", b"none")
    found = failures_of(minutes=8, shares=5)
    assert any("neither the old state nor the new" in text for text in found)


def test_a_credit_that_counts_twice_is_found(monkeypatch):
    monkeypatch.setattr(UtrnEntry, "use", lambda *what: None)
    assert any("twice" in text for text in failures_of(minutes=20, shares=1))


def test_a_switch_that_moves_by_itself_is_found(monkeypatch):
    monkeypatch.setattr(MainSwitch, "move", lambda self, closed, now_s: self._switch.set(True))
    assert any("switch" in text for text in failures_of())


def test_energy_that_waits_too_long_is_found(monkeypatch):
    monkeypatch.setattr("protometer.roles.transaction.Transaction.is_due", lambda *what: False)
    assert any("mWh were lost" in text for text in failures_of(minutes=90, shares=3))


def test_a_commit_that_is_not_written_is_found(monkeypatch):
    monkeypatch.setattr(journal.Journal, "_put", lambda self, *what: True)
    assert failures_of() == {"nothing was found: the meter started as shipped"}


def test_turned_bits_cost_one_generation_and_are_told():
    outcomes = run(flip_jobs(FLIP_STEP), quiet)
    assert [outcome.medium for outcome in outcomes] == ["contents", "flash", "fram"]
    for outcome in outcomes:
        assert outcome.failures == []
        assert outcome.figures["tried"] > 200
        assert outcome.figures["entries"] > 50


def test_a_fall_back_that_is_not_told_is_found(monkeypatch):
    flips = Flips("contents", CSV, 60, 5 * FLIP_STEP)
    monkeypatch.setattr("protometer.store.store.Store.fell_back", False, raising=False)
    monkeypatch.setattr(
        "protometer.store.journal.Journal.damaged",
        property(lambda self: 0, lambda self, count: None),
        raising=False,
    )
    flips.run()
    assert any("did not say so" in text for _, text in flips.failures)


def test_one_point_is_replayed_by_its_number():
    options = ["powercut", "--medium", "fram", "--hours", "1", "--point", "5000"]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    assert "tried                      1" in result.output
    result = CliRunner().invoke(main, ["powercut", "--point", "5000"])
    assert result.exit_code == 2
    assert "--point needs --medium" in result.output
