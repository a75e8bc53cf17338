"""Voltage, outages and demand of a polyphase meter; every runtime prints its golden."""

from array import array

from protometer.metering.max_demand import MaximumDemand
from protometer.metering.outage import Outages
from protometer.metering.voltage_quality import VoltageQuality
from protometer.model.dictionary import Data
from protometer.model.events import Outbox

START_S = 787_924_800  # 2024-12-19T12:00:00Z

data, outbox = Data("EP"), Outbox()
quality = VoltageQuality(data, outbox, 3)
quality.configure(START_S, *quality.check_configure({"average_voltage_period_s": [600, 900, 0]}))
outages = Outages(data, outbox, 3)
demand = MaximumDemand(data)
outages.restored(START_S, START_S - 500)
volts = array("I", [230_000] * 3)
# (second, phase, millivolts from then on)
CHANGES = [
    (300, 0, 231_999),
    (700, 1, 290_001),
    (1_000, 1, 264_001),
    (1_800, 2, 120_000),
    (2_000, 2, 0),
    (2_100, 0, 0),
    (2_300, 0, 229_500),
    (2_500, 2, 216_000),
]
for second in range(3_700):
    now_s = START_S + second
    for at, phase, millivolts in CHANGES:
        if at == second:
            volts[phase] = millivolts
    live = sum(1 << phase for phase in range(3) if volts[phase] > 23_000)
    quality.step(volts, now_s)
    outages.step(live, now_s)
    if quality.ended:
        print("ended", quality.ended, second, *quality.average_v)
    while len(outbox):
        code, at_s, detail = outbox.take()
        print(f"event {code:04x} at {at_s - START_S}, {detail - START_S if detail else 0}")
    if second and second % 1800 == 0:
        demand.note(now_s, second, second // 7)
print(*data.maximum_demand_w, *data.maximum_demand_at_s)
print(*data.average_over_voltage_count, *data.average_under_voltage_count)
