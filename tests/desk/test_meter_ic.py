"""The metering IC of the scenarios: exact energies, whatever the loads and the seconds."""

import random
from fractions import Fraction

import pytest

from host_tools.node.meter_ic import EXPORT, IMPORT, SECONDARY, Installation, MeterIc
from tests.samples import METER_IC_SAMPLES

PER_MWH = 3600


class Bench:
    """Virtual milliseconds, and a switch."""

    def __init__(self, letters="E"):
        self.now_ms = 0
        self.closed = True
        self.installation = Installation(letters, lambda: self.closed)
        self.ic = MeterIc(self.installation, lambda: self.now_ms)

    def pass_ms(self, ms):
        self.now_ms += ms
        self.ic.read()


def test_an_hour_of_a_watt_is_a_watt_hour():
    bench = Bench()
    bench.installation.connect(IMPORT, 1, 1)
    total_mwh = 0
    for _ in range(3600):
        bench.pass_ms(1000)
        total_mwh += bench.ic.import_mwh
    assert total_mwh == 1000
    assert bench.ic.power_w == 1
    assert bench.ic.export_mwh == 0


def test_any_loads_for_any_time_add_up():
    chance = random.Random(20)
    for _ in range(METER_IC_SAMPLES):
        bench = Bench("EPT")
        exact = {IMPORT: Fraction(0), EXPORT: Fraction(0), SECONDARY: Fraction(0)}
        measured = dict.fromkeys(exact, 0)
        loads = {kind: [0, 0, 0] for kind in exact}
        for _ in range(30):
            bench.ic.settle()
            kind, phase = chance.choice(list(exact)), chance.randrange(3)
            loads[kind][phase] = chance.choice([0, 1, 999, 3_600_000])
            bench.installation.connect(kind, phase + 1, loads[kind][phase])
            bench.installation.set_voltage(chance.randrange(3) + 1, chance.choice([0, 230_000]))
            bench.closed = chance.random() < 0.8
            passed_ms = chance.randrange(2000)
            for each in exact:
                if bench.closed:
                    live = zip(loads[each], bench.installation.voltages_mv, strict=True)
                    power = sum(load for load, voltage_mv in live if voltage_mv)
                    exact[each] += Fraction(power * passed_ms, PER_MWH)
            bench.pass_ms(passed_ms)
            for each in exact:
                measured[each] += getattr(bench.ic, each)
        for each, total in exact.items():
            assert measured[each] == int(total), each


def test_what_flowed_before_a_change_is_settled():
    bench = Bench()
    bench.installation.connect(IMPORT, 1, 3_600_000)
    bench.now_ms += 500
    bench.ic.settle()
    bench.closed = False
    bench.pass_ms(500)
    assert bench.ic.import_mwh == 500_000
    assert bench.ic.power_w == 0


def test_a_meter_has_no_other_phase_and_no_second_element():
    bench = Bench()
    assert bench.ic.live_phases == 1
    with pytest.raises(ValueError, match="no phase 2"):
        bench.installation.connect(IMPORT, 2, 5)
    with pytest.raises(ValueError, match="no secondary element"):
        bench.installation.connect(SECONDARY, 1, 5)
