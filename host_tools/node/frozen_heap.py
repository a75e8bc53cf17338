"""What a role takes of the heap where the firmware is frozen: run by host_tools/boards/frozen.py.

    micropython frozen_heap.py ROLE    prints octets: imported, live, agreeing a key

What stands in for chips is in memory before the first reading.
"""

import gc
import sys

from host_tools.node.heap_probe import Probe

# An hour on the network, and the time in which a key is agreed there.
_SETTLED_S = 3_700
_AGREEING_S = 1_900


def _used():
    gc.collect()
    return gc.mem_alloc()


def measure(role):
    """Return the three figures of a role."""
    probe = Probe(role, "main")
    empty = _used()
    probe.load()
    imported = _used() - empty
    probe.assemble()
    probe.run(_SETTLED_S)
    live = _used() - empty
    probe.ask_for_key()
    probe.run(_AGREEING_S)
    return imported, live, _used() - empty


if __name__ == "__main__":
    print(*measure(sys.argv[1]))
