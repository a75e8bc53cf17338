"""Network Data Log: 41 samples, 6 minutes apart, in the place of what was recorded before."""

import pytest

from protometer.model.command import ACCESS_CONTROL_BROKER
from tests.roles.gsme_stand import Stand

NAME = "Network Data Log"


def recording(volume_ml=0):
    stand = Stand()
    if volume_ml:
        stand.step(1, volume_ml)
    stand.execute("Record Network Data", ACCESS_CONTROL_BROKER)
    return stand, stand.now_s


@pytest.mark.req("GSME-REC-09", "GSME-HIC-15", "GSME-OPS-08")
def test_samples_every_six_minutes_for_four_hours():
    stand, start_s = recording(volume_ml=7_999)
    assert stand.log(NAME) == [(start_s, 0)]
    for second in range(1, 5 * 3600):
        # 10 litres in each minute, as its first second begins.
        stand.step(1, 10_000 if second % 60 == 1 else 0)
    expected = [(start_s + 360 * k, 60 if k else 0) for k in range(41)]
    assert stand.log(NAME) == expected
    assert expected[-1][0] - start_s == 4 * 3600
    assert stand.meter.network_data.due_s == 0xFFFF_FFFF


@pytest.mark.req("GSME-REC-09")
def test_another_recording_takes_the_place_of_the_first():
    stand, _ = recording()
    for _ in range(20):
        stand.step(360, 1_000)
    stand.execute("Record Network Data", ACCESS_CONTROL_BROKER)
    again_s = stand.now_s
    assert stand.log(NAME) == [(again_s, 0)]
    for _ in range(60):
        stand.step(360, 1_000)
    assert stand.log(NAME) == [(again_s + 360 * k, min(k, 1)) for k in range(41)]


def test_a_power_cut_in_between_leaves_no_gap():
    stand, start_s = recording()
    for _ in range(3):
        stand.step(360, 1_000)
    stand.meter.commit()
    stand.power_on(1_000)
    stand.step(1)
    assert stand.log(NAME) == [(start_s + 360 * k, 1 <= k <= 3) for k in range(6)]
    stand.step(30 * 3600, 5_000)
    assert stand.log(NAME)[5:] == [(start_s + 360 * k, 5 if k == 6 else 0) for k in range(5, 41)]


def test_a_log_that_fails_is_asked_again_and_a_start_it_can_not_keep_is_refused():
    stand, start_s = recording()
    stand.memory.broken = True
    stand.step(360, 1_000)
    assert stand.events()[-1] == 0x81AE
    stand.memory.broken = False
    stand.step(61)
    assert stand.log(NAME) == [(start_s, 0), (start_s + 360, 1)]
    stand.memory.broken = True
    with pytest.raises(ValueError, match="Record Network Data: the memory can't keep it"):
        stand.execute("Record Network Data", ACCESS_CONTROL_BROKER)
    stand.memory.broken = False
    assert stand.log(NAME) == [(start_s, 0), (start_s + 360, 1)]
    stand.step(360)
    assert [stamp for stamp, _ in stand.log(NAME)] == [start_s + 360 * k for k in range(3)]


def test_a_meter_that_never_recorded_has_nothing_due():
    stand = Stand()
    stand.step(86_400, 1_000)
    assert stand.log(NAME) == []
