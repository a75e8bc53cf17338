"""Prints the octets that a second of load limiting, and of sensing switches, allocates."""

import gc

from protometer.model.dictionary import Data
from protometer.model.enumerations import INHIBIT_LOAD_LIMIT
from protometer.model.events import Outbox
from protometer.supply.auxiliary_load import AuxiliaryLoads
from protometer.supply.hcalcs import Hcalcs
from protometer.supply.load_limit import RESTORE, TRIP, LoadLimit

_data = Data("EL")
_loads = AuxiliaryLoads(_data, Outbox(), None)
_loads.follow(788_000_000)
_loads.moves = 0
_hcalcs = Hcalcs(Data("S"), Outbox(), None)
_hcalcs.moves = False
_data.load_limit_supply_state = 1
_limit = LoadLimit(_data, Outbox())
_now_s = 788_000_000
_trips = 0
_restored = 0


def _run(power_w, count):
    global _now_s, _trips, _restored
    for _ in range(count):
        _now_s += 1
        asked = _limit.step(power_w, _data.supply_inhibits == INHIBIT_LOAD_LIMIT, _now_s)
        if asked == TRIP:
            _data.supply_inhibits = INHIBIT_LOAD_LIMIT
            _trips += 1
        elif asked == RESTORE:
            _data.supply_inhibits = 0
            _restored += 1
        for switch in range(1, 6):
            _loads.sense(switch, False, _now_s)
        _hcalcs.sense(False, _now_s)


def _measured(power_w, count):
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    _run(power_w, count)
    after = gc.mem_alloc()
    gc.enable()
    return after - before


_run(1000, 10)
_octets = _measured(1000, 400)
_data.load_limit_power_threshold_w = 5000
_data.load_limit_restoration_period_s = 900
_limit.refresh(_now_s)
_octets += _measured(6000, 60)
_run(6000, 10)
_octets += _measured(0, 740)
_run(0, 200)
print(f"{_octets} octets in 1200 steps, {_trips} tripped, {_restored} restored")
