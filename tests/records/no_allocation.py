"""Prints the octets that a second's part of the logs allocates; runs on MicroPython."""

import gc

from host_tools.node.ram_memory import RamFiles
from protometer.model.dictionary import Data
from protometer.model.events import Outbox
from protometer.records.logbook import Logbook
from protometer.records.profile import Profile

_NOW_S = 1_000_000_000  # 2031
_files = RamFiles()
_data = Data("E")
_outbox = Outbox()
_profile = Profile(_data, Logbook(_data, _files, _files), (0,))
_profile.keep(_NOW_S)


def _second():
    _profile.add(0, 3)
    if _profile.due_s <= _NOW_S:
        _profile.keep(_NOW_S)
    _outbox.post(0x8F36, _NOW_S, _NOW_S)


for _ in range(2):
    _second()
gc.collect()
gc.disable()
_before = gc.mem_alloc()
for _ in range(1000):
    _second()
_after = gc.mem_alloc()
print(_after - _before, _data.half_hour_wh[0], len(_outbox), _outbox.discarded)
