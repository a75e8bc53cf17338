"""Prints the octets that seconds of voltage and outages allocate, ends of periods aside."""

import gc
from array import array

from protometer.metering.outage import Outages
from protometer.metering.voltage_quality import VoltageQuality
from protometer.model.dictionary import Data
from protometer.model.events import Outbox

_NOW_S = 788_000_000


def _measured(phases):
    data = Data("EP")
    for phase in range(3):
        data.average_voltage_period_s[phase] = 1_000_000
    data.average_over_voltage_v[0] = 0xFFFF_FFFF
    quality = VoltageQuality(data, Outbox(), phases)
    outages = Outages(data, Outbox(), phases)
    volts = (array("I", [299_999] * phases), array("I", [10_000] + [200_500] * (phases - 1)))
    for second in range(10):
        quality.step(volts[0], _NOW_S + second)
    # As large as the sums of a month become.
    for average in quality._averages:
        average._sum_v = 700_000_000
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for second in range(10, 400):
        quality.step(volts[second // 25 % 2], _NOW_S + second)
        outages.step((1 << phases) - 1, _NOW_S + second)
    after = gc.mem_alloc()
    gc.enable()
    return after - before


for _phases in (1, 3):
    print(f"{_phases} phases: {_measured(_phases)} octets")
