"""Outages of one and three phases, of the meter itself, and of phases that were out before."""

import pytest

from protometer.metering.outage import Outages
from protometer.model.dictionary import Data
from protometer.model.events import Outbox

NOW_S = 788_000_000


class Stand:
    def __init__(self, phases):
        self.phases = phases
        self.data = Data("EP" if phases == 3 else "E")
        self.start()

    def start(self):
        """As after a power cut: what was not told is lost, the data is not."""
        self.outbox = Outbox()
        self.outages = Outages(self.data, self.outbox, self.phases)

    def step(self, live, after_s):
        self.outages.step(live, NOW_S + after_s)
        return self.told()

    def restored(self, after_s, last_step_s):
        self.start()
        self.outages.restored(NOW_S + after_s, NOW_S + last_step_s)
        return self.told()

    def told(self):
        """Return (code, instant, detail), times from NOW_S."""
        return [
            (code, at_s - NOW_S, detail - NOW_S if detail else None)
            for code, at_s, detail in iter(self.outbox.take, None)
        ]


# (seconds without supply, code)
SINGLE = [(0, 0x8F35), (1, 0x8F35), (179, 0x8F35), (180, 0x8F36), (86_400, 0x8F36)]


@pytest.mark.req("ESME-VQ-08")
@pytest.mark.parametrize(("seconds", "code"), SINGLE)
def test_a_single_phase_meter_tells_of_its_outage_at_power_up(seconds, code):
    stand = Stand(1)
    assert stand.step(1, 0) == []
    assert stand.restored(seconds, 0) == [(0x8F57, 0, None), (code, seconds, 0)]
    assert stand.data.phases_out == 0
    assert stand.step(1, seconds + 1) == []


def test_a_clock_that_was_lost_makes_a_short_outage():
    assert Stand(1).restored(0, 500) == [(0x8F57, 500, None), (0x8F35, 0, 500)]


# (phase, code as it is interrupted, restored, restored after 3 minutes or more)
PHASES = [(0, 0x8F58, 0x8F37, 0x8F38), (1, 0x8F59, 0x8F39, 0x8F3A), (2, 0x8F5A, 0x8F3B, 0x8F3C)]


@pytest.mark.req("POLY-POL-08", "POLY-POL-10")
@pytest.mark.parametrize(("phase", "interrupted", "short", "long"), PHASES)
def test_each_phase_is_told_of_while_another_lives(phase, interrupted, short, long):
    stand = Stand(3)
    others = 7 & ~(1 << phase)
    assert stand.step(7, 0) == []
    assert stand.step(others, 10) == [(interrupted, 10, None)]
    assert stand.data.phases_out == 1 << phase
    assert stand.step(others, 11) == []
    assert stand.step(7, 189) == [(short, 189, 10)]
    assert stand.step(others, 200) == [(interrupted, 200, None)]
    assert stand.step(7, 380) == [(long, 380, 200)]
    assert stand.data.phases_out == 0


@pytest.mark.req("POLY-POL-08", "POLY-POL-10")
def test_phases_come_and_go_together():
    stand = Stand(3)
    assert stand.step(1, 10) == [(0x8F59, 10, None), (0x8F5A, 10, None)]
    # Another takes over.
    assert stand.step(2, 50) == [(0x8F58, 50, None), (0x8F39, 50, 10)]
    assert stand.step(7, 240) == [(0x8F38, 240, 50), (0x8F3C, 240, 10)]


@pytest.mark.req("ESME-VQ-08", "POLY-POL-08")
def test_a_polyphase_meters_own_outage_is_told_of_each_phase_that_is_back():
    stand = Stand(3)
    stand.step(7, 0)
    # The last of the supply is no matter of phases.
    assert stand.step(0, 1) == []
    assert stand.restored(100, 1) == [(0x8F58, 1, None), (0x8F59, 1, None), (0x8F5A, 1, None)]
    assert stand.step(3, 100) == [(0x8F37, 100, 1), (0x8F39, 100, 1)]
    assert stand.data.phases_out == 4
    assert stand.step(7, 400) == [(0x8F3C, 400, 1)]


@pytest.mark.req("ESME-VQ-08", "POLY-POL-08")
def test_a_phase_that_was_out_before_has_been_since_then():
    stand = Stand(3)
    assert stand.step(5, 10) == [(0x8F59, 10, None)]
    assert stand.restored(160, 30) == [(0x8F58, 30, None), (0x8F5A, 30, None)]
    assert stand.step(7, 161) == [(0x8F37, 161, 30), (0x8F39, 161, 10), (0x8F3B, 161, 30)]
    # Cut again before it was told which are back: nothing begins twice.
    assert stand.step(5, 200) == [(0x8F59, 200, None)]
    stand.restored(300, 250)
    assert stand.restored(400, 300) == []
    assert stand.step(7, 401) == [(0x8F37, 401, 250), (0x8F3A, 401, 200), (0x8F3B, 401, 250)]
