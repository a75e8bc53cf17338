"""Voltage quality: averages against exact arithmetic, every condition's timing, phases, cuts."""

import random
from array import array
from pathlib import Path

import pytest

from host_tools.scenarios import RUNTIMES
from protometer.metering.voltage_average import VoltageAverage
from protometer.metering.voltage_quality import VoltageError, VoltageQuality
from protometer.model.command import CommandRefused
from protometer.model.dictionary import Data, find, items, read, write
from protometer.model.events import Outbox
from tests.on_runtimes import OTHER_RUNTIMES, check_golden, printed
from tests.samples import VOLTAGE_SAMPLES

# 2024-12-19T12:00:00Z, a multiple of all periods here.
NOON_S = 787_881_600 + 43_200
NORMAL_MV = 230_000


class Stand:
    """Voltage quality played second by second, the same voltage on every phase unless told."""

    def __init__(self, phases=1, **settings):
        self.data = Data("EP" if phases == 3 else "E")
        self.phases = phases
        self.now_s = NOON_S
        # What ended, as (phase, end, whole volts), and what was posted, as (code, instant); times
        # in seconds since noon.
        self.log = []
        self.events = []
        self.start()
        self.quality.configure(self.now_s, settings)

    def start(self):
        self.outbox = Outbox()
        self.quality = VoltageQuality(self.data, self.outbox, self.phases)

    def play(self, millivolts, seconds=1):
        """Step with a voltage, or one for each phase, for some seconds."""
        if isinstance(millivolts, int):
            millivolts = [millivolts] * self.phases
        quality = self.quality
        for _ in range(seconds):
            quality.step(array("I", millivolts), self.now_s)
            self.now_s += 1
            for phase in range(self.phases):
                if quality.ended >> phase & 1:
                    end_s = quality.ended_s[phase] - NOON_S
                    self.log.append((phase, end_s, quality.average_v[phase]))
            while len(self.outbox):
                code, at_s, _ = self.outbox.take()
                self.events.append((code, at_s - NOON_S))

    def told(self, *codes):
        """Return when each of some codes was posted, in order."""
        return [event for event in self.events if event[0] in codes]


@pytest.mark.req("ESME-VQ-01", "ESME-VQ-07")
@pytest.mark.parametrize("seed", range(VOLTAGE_SAMPLES))
def test_an_average_is_exact(seed):
    rng = random.Random(seed)
    period_s = rng.choice((1, 7, 60, 600, 3600))
    greatest_mv = rng.choice((231_000, 300_000))
    average = VoltageAverage()
    average.set_period(period_s)
    begin_s = 100_000 * period_s
    voltages_mv = [rng.randint(23_000, greatest_mv) for _ in range(period_s)]
    for second, voltage_mv in enumerate(voltages_mv):
        assert not average.add(voltage_mv, 1, begin_s + second)
    assert average.add(1, 1, begin_s + period_s)
    assert average.mean_mv == sum(voltages_mv) // period_s
    assert average.ended_s == begin_s + period_s


def test_the_longest_period_sums_in_small_integers():
    average = VoltageAverage()
    average.set_period(2_592_000)
    average.add(400_000, 0, 0)
    average._count, average._sum_v, average._sum_mv = 2_591_999, 2_591_999 * 400, 999
    average._left_s = 1
    average.add(400_000, 0, 0)
    assert average._sum_v < 1 << 30
    assert average.add(0, 1, 0)
    assert average.mean_mv == 400_000


@pytest.mark.req("ESME-VQ-01", "ESME-VQ-07", "ESME-CFG-04", "ESME-OPS-03")
def test_each_whole_period_is_handed_on_with_its_end():
    stand = Stand(average_voltage_period_s=[600])
    stand.now_s = NOON_S + 1
    # Begun a second late: no average of it. Then 240.4995 V, which is 240 in whole volts.
    stand.play(241_000, 599)
    stand.play(240_499, 300)
    stand.play(240_500, 300)
    stand.play(240_500, 600)
    assert stand.log == [(0, 1200, 240)]
    stand.play(250_000)
    assert stand.log[1:] == [(0, 1800, 241)]
    # None without a period.
    stand.quality.configure(stand.now_s, {"average_voltage_period_s": [0]})
    stand.play(250_000, 4000)
    assert len(stand.log) == 2


@pytest.mark.req("ESME-VQ-01")
def test_an_average_cut_short_by_power_loss_is_dropped():
    stand = Stand()
    stand.play(290_000, 1000)
    stand.now_s += 300
    stand.start()
    stand.play(290_000, 501)
    assert stand.log == []
    assert stand.told(0x8002) == []
    stand.play(290_000, 1800)
    assert stand.log == [(0, 3600, 290)]
    assert stand.told(0x8002) == [(0x8002, 3600)]


# Averages of half-hours, by what the supply was, and what the end of each tells; 264 V and 200 V.
AVERAGES = [
    (264_000, []),
    (264_001, [0x8002]),
    (300_000, []),
    (264_000, [0x8085]),
    (264_001, [0x8002]),
    (199_999, [0x8085, 0x8006]),
    (180_000, []),
    (200_000, [0x8089]),
    (199_999, [0x8006]),
]


@pytest.mark.req("ESME-VQ-02")
@pytest.mark.parametrize("cut", [False, True])
def test_an_average_is_told_and_counted_as_it_crosses(cut):
    stand = Stand()
    expected = []
    for number, (voltage_mv, codes) in enumerate(AVERAGES):
        stand.play(voltage_mv, 1800)
        expected += [(code, 1800 * (number + 1)) for code in codes]
        if cut:
            # What was the case before the cut is not told again.
            stand.play(voltage_mv)
            stand.now_s -= 1
            stand.start()
    stand.play(NORMAL_MV)
    assert stand.told(0x8002, 0x8085, 0x8006, 0x8089) == expected
    assert read(stand.data, "Average RMS Over Voltage Counter")[0] == 2
    assert read(stand.data, "Average RMS Under Voltage Counter")[0] == 2


@pytest.mark.req("ESME-VQ-01", "ESME-VQ-02")
def test_within_a_period_nothing_is_compared_with_the_average_thresholds():
    stand = Stand()
    stand.play(280_000, 1000)
    stand.play(NORMAL_MV, 800)
    stand.play(NORMAL_MV)
    assert stand.told(0x8002) == []
    assert stand.log == [(0, 1800, 258)]


# (threshold, its period, at it, beyond it, code, code of its end)
CONDITIONS = [
    ("extreme_over_voltage_v", "extreme_over_voltage_period_s", 287_000, 287_001, 0x8020, 0x808D),
    ("voltage_swell_v", "voltage_swell_period_s", 253_000, 253_001, 0x8024, 0x8091),
    (
        "extreme_under_voltage_v",
        "extreme_under_voltage_period_s",
        180_000,
        179_999,
        0x8028,
        0x8095,
    ),
    ("voltage_sag_v", "voltage_sag_period_s", 216_000, 215_999, 0x802C, 0x8099),
]


@pytest.mark.req(
    "ESME-VQ-03", "ESME-VQ-04", "ESME-VQ-05", "ESME-VQ-06", "ESME-VQ-07", "ESME-CFG-16"
)
@pytest.mark.parametrize(("limit", "period", "at_mv", "beyond_mv", "began", "ended"), CONDITIONS)
def test_a_condition_has_to_last_its_period(limit, period, at_mv, beyond_mv, began, ended):
    stand = Stand(**{limit: at_mv // 1000, period: 30})
    stand.play(at_mv, 100)
    stand.play(beyond_mv, 30)
    stand.play(at_mv)
    stand.play(beyond_mv, 30)
    assert stand.told(began) == []
    # 30 s after it was first beyond.
    stand.play(beyond_mv)
    assert stand.told(began) == [(began, 161)]
    stand.play(beyond_mv, 1000)
    stand.play(at_mv, 30)
    stand.play(beyond_mv)
    stand.play(at_mv, 30)
    assert stand.told(began, ended) == [(began, 161)]
    stand.play(at_mv)
    assert stand.told(began, ended)[1:] == [(ended, 1223)]
    # At once, without a period.
    stand.quality.configure(stand.now_s, {period: 0})
    stand.play(beyond_mv)
    stand.play(at_mv)
    assert stand.told(began, ended)[2:] == [(began, 1224), (ended, 1225)]


@pytest.mark.req("ESME-VQ-03", "ESME-VQ-05")
def test_a_condition_in_force_outlives_a_power_cut():
    stand = Stand()
    stand.play(290_000, 40)
    stand.play(NORMAL_MV, 20)
    stand.now_s += 7200
    stand.start()
    stand.play(290_000, 100)
    stand.play(NORMAL_MV, 31)
    assert stand.told(0x8020, 0x808D) == [(0x8020, 30), (0x808D, 60 + 7200 + 130)]


def test_an_interruption_is_no_sag_and_spoils_the_average():
    stand = Stand(phases=3)
    stand.play([NORMAL_MV, 22_999, NORMAL_MV], 100)
    stand.play([NORMAL_MV, 23_000, NORMAL_MV], 20)
    stand.play([NORMAL_MV, 0, NORMAL_MV], 100)
    stand.play([NORMAL_MV, 23_000, NORMAL_MV], 30)
    assert stand.events == []
    stand.play([NORMAL_MV, 23_000, NORMAL_MV])
    assert stand.events == [(0x802A, 250), (0x802E, 250)]
    stand.play(NORMAL_MV, 1600)
    assert stand.log == [(0, 1800, 230), (2, 1800, 230)]


# Of phases 1 to 3: begins and ends.
PHASE_CODES = [
    (260_000, (0x8025, 0x8026, 0x8027), (0x8092, 0x8093, 0x8094)),
    (290_000, (0x8021, 0x8022, 0x8023), (0x808E, 0x808F, 0x8090)),
    (200_000, (0x802D, 0x802E, 0x802F), (0x809A, 0x809B, 0x809C)),
    (170_000, (0x8029, 0x802A, 0x802B), (0x8096, 0x8097, 0x8098)),
]


@pytest.mark.req("POLY-POL-06", "POLY-POL-07")
@pytest.mark.parametrize(("voltage_mv", "began", "ended"), PHASE_CODES)
@pytest.mark.parametrize("phase", range(3))
def test_each_phase_has_its_codes(phase, voltage_mv, began, ended):
    stand = Stand(phases=3)
    voltages = [NORMAL_MV] * 3
    voltages[phase] = voltage_mv
    stand.play(voltages, 31)
    stand.play(NORMAL_MV, 31)
    assert stand.told(*began, *ended) == [(began[phase], 30), (ended[phase], 61)]


@pytest.mark.req("POLY-POL-05", "POLY-POL-06", "POLY-POL-12", "POLY-POL-13")
def test_each_phase_has_its_averages_thresholds_periods_and_counters():
    stand = Stand(
        phases=3,
        average_voltage_period_s=[600, 900, 1200],
        average_over_voltage_v=[240, 245, 250],
        average_under_voltage_v=[200, 210, 241],
    )
    stand.play([240_500, 246_400, 240_900], 1801)
    assert stand.log == [
        (0, 600, 241),
        (1, 900, 246),
        (0, 1200, 241),
        (2, 1200, 241),
        (0, 1800, 241),
        (1, 1800, 246),
    ]
    assert stand.events == [(0x8003, 600), (0x8004, 900), (0x8009, 1200)]
    stand.play([230_000, 209_000, 251_000], 1800)
    assert stand.events[3:] == [
        # Below the common threshold of sags besides.
        (0x802E, 1831),
        (0x8086, 2400),
        (0x808C, 2400),
        (0x8087, 2700),
        (0x8008, 2700),
        (0x8005, 3600),
    ]
    assert list(stand.data.average_over_voltage_count) == [1, 1, 1]
    assert list(stand.data.average_under_voltage_count) == [0, 1, 1]


@pytest.mark.req("ESME-HIC-13", "POLY-POL-11")
def test_counters_are_reset_by_phase():
    stand = Stand(phases=3)
    over, under = stand.data.average_over_voltage_count, stand.data.average_under_voltage_count
    for phase in range(3):
        over[phase] = under[phase] = phase + 7
    quality = stand.quality
    quality.reset_over_counter(NOON_S, *quality.check_reset_over_counter(2))
    assert (list(over), list(under)) == ([7, 0, 9], [7, 8, 9])
    quality.reset_under_counter(NOON_S, *quality.check_reset_under_counter(3))
    assert (list(over), list(under)) == ([7, 0, 9], [7, 8, 0])
    for phase in (0, 4):
        with pytest.raises(VoltageError, match=f"voltage counter: no phase {phase}"):
            quality.check_reset_under_counter(phase)
    single = Stand()
    single.data.average_over_voltage_count[0] = 5
    single.quality.reset_over_counter(NOON_S, *single.quality.check_reset_over_counter(None))
    assert single.data.average_over_voltage_count[0] == 0
    with pytest.raises(VoltageError):
        single.quality.check_reset_over_counter(2)


def test_a_counter_stops_at_its_limit():
    stand = Stand(average_voltage_period_s=[1])
    stand.data.average_over_voltage_count[0] = 0xFFFF_FFFE
    for _ in range(3):
        stand.play(270_000)
        stand.play(NORMAL_MV)
    assert stand.data.average_over_voltage_count[0] == 0xFFFF_FFFF


# (settings, complaint)
REFUSED = [
    ({"voltage": 1}, "voltage: no such voltage setting"),
    ({"voltage_sag_v": -1}, "voltage_sag_v: -1 is outside 0..4294967295"),
    ({"voltage_sag_v": [216]}, "voltage_sag_v: [216] is outside 0..4294967295"),
    ({"average_over_voltage_v": 264}, "average_over_voltage_v: takes 3 values"),
    ({"average_over_voltage_v": [264]}, "average_over_voltage_v: takes 3 values"),
    (
        {"average_under_voltage_v": [1, 2, 1 << 32]},
        "average_under_voltage_v: 4294967296 is outside 0..4294967295",
    ),
    (
        {"voltage_swell_v": 250, "average_voltage_period_s": [1, 1, 2_592_001]},
        "average_voltage_period_s: 2592001 is outside 0..2592000",
    ),
]


@pytest.mark.req("ESME-CFG-04", "ESME-CFG-16", "POLY-POL-12")
@pytest.mark.parametrize(("settings", "complaint"), REFUSED)
def test_a_refused_setting_changes_nothing(settings, complaint):
    stand = Stand(phases=3)
    readable = [item.name for item in items("EP") if "S" not in item.marks]
    before = {name: read(stand.data, name) for name in readable}
    with pytest.raises(VoltageError) as refusal:
        stand.quality.check_configure(settings)
    assert str(refusal.value) == complaint
    assert isinstance(refusal.value, CommandRefused)
    assert {name: read(stand.data, name) for name in readable} == before


@pytest.mark.req("ESME-CFG-16")
def test_common_settings_may_be_written_one_by_one_by_the_network_operator():
    stand = Stand()
    for limit, period, *_ in CONDITIONS:
        for attribute in (limit, period):
            (name,) = (item.name for item in items("E") if item.attribute == attribute)
            assert "V" in find("E", name).marks
    write(stand.data, "RMS Voltage Swell Threshold", 240)
    write(stand.data, "RMS Voltage Swell Measurement Period", 5)
    stand.quality.refresh(stand.now_s)
    stand.play(240_001, 6)
    assert stand.events == [(0x8024, 5)]


def test_settings_of_32_bits_mean_never():
    stand = Stand(
        average_over_voltage_v=[0xFFFF_FFFF],
        voltage_swell_v=0xFFFF_FFFF,
        extreme_over_voltage_period_s=0xFFFF_FFFF,
    )
    stand.play(400_000, 3601)
    assert stand.events == []
    assert stand.log == [(0, 1800, 400), (0, 3600, 400)]


def test_a_setting_that_stays_lets_the_period_run_on():
    stand = Stand()
    stand.play(NORMAL_MV, 900)
    stand.quality.configure(stand.now_s, {"average_voltage_period_s": [1800]})
    stand.play(NORMAL_MV, 901)
    assert stand.log == [(0, 1800, 230)]
    stand.quality.configure(stand.now_s, {"average_voltage_period_s": [600]})
    stand.play(NORMAL_MV, 1200)
    assert stand.log[1:] == [(0, 3000, 230)]


def test_a_corrected_clock_keeps_the_period_and_one_set_far_does_not():
    for correction_s in (-10, 10):
        stand = Stand()
        stand.play(NORMAL_MV, 1000)
        stand.now_s += correction_s
        stand.play(NORMAL_MV, 801 - correction_s)
        assert stand.log == [(0, 1800, 230)]
    # Set back over the end of a period: it has one entry, and the next its own.
    stand = Stand()
    stand.play(NORMAL_MV, 1803)
    stand.now_s -= 10
    stand.play(NORMAL_MV, 1808)
    assert stand.log == [(0, 1800, 230), (0, 3600, 230)]
    for set_s in (-4000, 3600, 86_400):
        stand = Stand()
        stand.play(NORMAL_MV, 1000)
        stand.now_s += set_s
        stand.play(NORMAL_MV, 1800)
        assert stand.log == []
        stand.play(NORMAL_MV, 1801)
        assert len(stand.log) == 1


@pytest.mark.req("ESME-VQ-09", "POLY-POL-09")
def test_what_else_the_front_end_tells_is_logged():
    stand = Stand()
    codes = [0x8010, 0x8011, 0x8016, 0x8013, 0x8014, 0x8015, 0x81B7, 0x81B8, 0x81BB]
    for code in codes:
        stand.quality.note_condition(code, stand.now_s)
    stand.play(NORMAL_MV)
    assert stand.events == [(code, 0) for code in codes]
    with pytest.raises(ValueError, match="no condition has the code 8f01"):
        stand.quality.note_condition(0x8F01, stand.now_s)


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", OTHER_RUNTIMES)
def test_a_second_allocates_nothing(runtime):
    lines = printed(runtime, Path(__file__).parent / "voltage_heap.py")
    assert lines == ["1 phases: 0 octets", "3 phases: 0 octets"]


@pytest.mark.runtime
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_power_quality_is_the_same_on_every_runtime(runtime):
    check_golden(runtime, Path(__file__).parent / "quality_workload.py")
