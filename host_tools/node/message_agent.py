"""A device of the message bench, driven line by line: JSON in, JSON out.

Lines with `file` and `octets` lay a piece of a device's memory, as files; the line with a
`message` has the device start from them and take it. See host_tools/gbcs/runtime.py. Run by
MicroPython, or by whatever the firmware runs on.
"""

import gc
import json
import sys
from binascii import hexlify, unhexlify

from host_tools.node.bench_keys import BenchKeys
from host_tools.node.message_bench import MessageBench
from host_tools.node.ram_memory import RamFiles
from protometer.store.store import Store

_COLLECTED_OCTETS = 8_192


class Visit:
    """A device that has started from its files, and takes one message, slice by slice."""

    def __init__(self, request, files):
        def keys(data):
            return BenchKeys(data, request["secrets"], request["issued"])

        bench = MessageBench(request["kind"], request["letters"], request["now_s"], None, keys)
        device = bench.device
        held = RamFiles()
        for name, octets in files.items():
            memory = bench.memory if name.startswith("log") else held
            memory.files[name] = octets
        # As if it had gone on from there: no power was lost.
        Store(bench.data, held).restore()
        now_s, ahead_s = bench.clock.utc_s(), request["ahead_s"]
        if ahead_s is not None:
            device.clock.hear(now_s + ahead_s, now_s)
        for name, value in request["volatile"].items():
            _set(bench.data, name, value)
        for place, kind, value in request["mirrored"]:
            device.mirror._values[place] = (
                kind,
                unhexlify(value) if isinstance(value, str) else value,
            )
        bench.front_end.power_w, bench.front_end.secondary_power_w = request["power_w"]
        device.take_up(now_s)
        bench.messages.engine.fails_at = request["fails_at"]
        self._bench = bench
        self._work = bench.messages.handle(unhexlify(request["message"]), now_s)
        self._outcome = None

    def step(self):
        """Run a slice; tell whether there is another."""
        try:
            next(self._work)
        except StopIteration as stop:
            self._outcome = stop.value
            return False
        return True

    def found(self, heap):
        """Return as JSON what came of the message; heap: octets that were in use."""
        outcome = self._outcome
        return json.dumps(
            {
                "reason": outcome.reason,
                "failed": outcome.failed,
                "response": hexlify(outcome.response).decode() if outcome.response else None,
                "heap": heap,
            }
        )


def begin(lines):
    """Return the Visit that lines ask for; ValueError where none of them has a message."""
    files = {}
    for line in lines:
        request = json.loads(line)
        if "message" in request:
            return Visit(request, files)
        name = request["file"]
        files[name] = files.get(name, b"") + unhexlify(request["octets"])
    raise ValueError("no message")


def _set(data, name, value):
    if isinstance(value, list):
        held = getattr(data, name)
        for index in range(len(held)):
            held[index] = value[index]
    else:
        setattr(data, name, value)


def serve(lines, write):
    """Answer a message, with the heap in use thereafter."""
    if hasattr(gc, "threshold"):
        # What stays lies together, as garbage goes before it spreads.
        gc.threshold(_COLLECTED_OCTETS)
    visit = begin(lines)
    while visit.step():
        pass
    gc.collect()
    write(visit.found(gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0))


if __name__ == "__main__":
    serve(sys.stdin, print)
