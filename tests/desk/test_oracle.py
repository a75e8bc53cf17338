"""The oracle itself: by hand on a small story, and apart from the firmware by its imports."""

import ast
import json
from pathlib import Path

from host_tools.desk import oracle, story
from host_tools.desk.oracle import Oracle
from host_tools.desk.story import Story

TARIFF = {
    "price_scale": -4,
    "prices": [1000, 2000],
    "standing_charge_scale": -4,
    "standing_charge": 5000,
    "days": [[["00:00", 0], ["12:00", 1]]],
    "weeks": [[0] * 7],
    "seasons": [["*-01-01", 0]],
    "special_days": [],
}


def _story(tmp_path, monkeypatch, rows, steps, balance_mp):
    monkeypatch.setattr(story, "DATA", tmp_path)
    monkeypatch.setattr(story, "STORIES", tmp_path)
    (tmp_path / "tariff.json").write_text(json.dumps(TARIFF))
    lines = "".join(f"2012-03-05T{start}:00Z,{wh}\n" for start, wh in rows)
    (tmp_path / "rows.csv").write_text("# comment\nstart_utc,import_wh\n" + lines)
    return Story.model_validate(
        {
            "title": "by hand",
            "start_utc": "2012-03-05T00:00:00Z",
            "most_days": 1,
            "half_hours": "rows.csv",
            "tariff": "tariff.json",
            "items": {
                "Emergency Credit Limit": 3_000,
                "Emergency Credit Threshold": 1_000,
                "Low Credit Threshold": 0,
            },
            "meter_balance_mp": balance_mp,
            "steps": steps,
        }
    )


def test_two_rates_and_the_standing_charge(tmp_path, monkeypatch):
    told = _story(tmp_path, monkeypatch, [("01:00", 300), ("12:00", 200)], [], 1_000_000)
    expected = Oracle(told, 1).walk()
    # 0.3 kWh at 10 p, 0.2 kWh at 20 p, 50 p a day; 1 p is 1,000 mp.
    assert expected.rates_wh == {0: 300, 1: 200}
    assert expected.energy_mp == 3_000 + 4_000
    assert expected.standing_mp == 50_000
    assert expected.meter_balance_mp == 1_000_000 - 57_000
    assert expected.switch_operations == []


def test_credit_runs_out_to_the_watt_hour_and_comes_back(tmp_path, monkeypatch):
    steps = [
        {
            "at": "2012-03-05T02:00:00Z",
            "to": "ESME",
            "command": "Add Credit",
            "by": "user",
            "arguments": {"value_mp": 5_000},
            "tells": "",
        },
        {"at": "2012-03-05T02:05:00Z", "to": "ESME", "key": "confirm", "tells": ""},
    ]
    # After the Standing Charge 1,000 mp are left: a hundred watt-hours at 10 mp each.
    told = _story(tmp_path, monkeypatch, [("01:00", 300), ("02:30", 100)], steps, 51_000)
    expected = Oracle(told, 1).walk()
    assert (expected.energy_wh, expected.unserved_wh) == (200, 200)
    assert expected.meter_balance_mp == 5_000 - 1_000
    assert [closed for _, closed in expected.switch_operations] == [False, True]
    opened_s, closed_s = (at_s % 86_400 for at_s, _ in expected.switch_operations)
    assert opened_s == 3600 + 1800 * 100 // 301
    assert closed_s == 2 * 3600 + 5 * 60


def test_emergency_credit_is_used_and_repaid(tmp_path, monkeypatch):
    steps = [
        {"at": "2012-03-05T00:30:00Z", "to": "ESME", "key": "confirm", "tells": ""},
        {
            "at": "2012-03-05T03:00:00Z",
            "to": "ESME",
            "command": "Add Credit",
            "by": "user",
            "arguments": {"value_mp": 4_000},
            "tells": "",
        },
    ]
    told = _story(tmp_path, monkeypatch, [("01:00", 200)], steps, 50_500)
    expected = Oracle(told, 1).walk()
    # 500 mp of balance and 1,500 of the 3,000 mp lent; 4,000 repay them and leave 2,500.
    assert expected.energy_wh == 200
    assert expected.emergency_used_mp == 0
    assert not expected.emergency_active
    assert expected.meter_balance_mp == 2_500
    assert expected.emergency_balance_mp == 3_000
    # At the end, after noon, the second rate: 20 p.
    assert expected.active_price_mp == 20_000
    # 2012-03-05 was a Monday, the 5th.
    assert expected.periods_wh == {"Days": 200, "Weeks": 200, "Months": 200}
    assert expected.periods_mp == {"Days": 52_000, "Weeks": 52_000, "Months": 52_000}
    midnight_s = 384_220_800
    # Offered at midnight's 500 mp, taken at 00:30, credit added at 03:00.
    assert expected.events == [
        (midnight_s, 0x8119),
        (midnight_s + 1_800, 0x81AB),
        (midnight_s + 10_800, 0x810E),
    ]


def test_the_events_of_running_out_and_coming_back(tmp_path, monkeypatch):
    steps = [
        {"at": "2012-03-05T03:00:00Z", "to": "ESME", "key": "confirm", "tells": ""},
        {"at": "2012-03-05T03:01:00Z", "to": "ESME", "key": "confirm", "tells": ""},
        {
            "at": "2012-03-05T05:00:00Z",
            "to": "ESME",
            "command": "Add Credit",
            "by": "user",
            "arguments": {"value_mp": 9_000},
            "tells": "",
        },
    ]
    # 50,010 mp: the first watt-hour after the Standing Charge spends all; 300 more the 3,000 lent.
    told = _story(tmp_path, monkeypatch, [("01:00", 1), ("04:00", 400)], steps, 50_010)
    expected = Oracle(told, 1).walk()
    midnight_s = 384_220_800
    spent_s = midnight_s + 14_400 + 1800 * 300 // 401
    assert expected.energy_wh == 301
    assert expected.events == [
        (midnight_s, 0x8119),
        (midnight_s + 3_600 + 900, 0x8F0F),
        (midnight_s + 10_800, 0x81AB),
        (midnight_s + 10_800, 0x8168),
        (spent_s, 0x81AA),
        (spent_s, 0x8F0F),
        (midnight_s + 18_000, 0x810E),
        (midnight_s + 18_000, 0x8F32),
    ]


def test_the_oracle_imports_nothing_of_the_firmware():
    for module in (oracle, story):
        tree = ast.parse(Path(module.__file__).read_text())
        names = [
            name
            for node in ast.walk(tree)
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        ]
        allowed = {"host_tools.desk.story"}
        ours = {n for n in names if n.split(".")[0] in ("host_tools", "protometer")}
        assert ours <= allowed
