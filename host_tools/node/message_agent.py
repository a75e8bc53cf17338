"""Devices of the message bench, driven line by line: JSON in, JSON out.

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


def answer(request, files):
    """Return what came of the message in a request, to a device that has these files."""

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
    outcome = bench.handle(unhexlify(request["message"]))
    gc.collect()
    response = hexlify(outcome.response).decode() if outcome.response else None
    heap = gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0
    return {
        "reason": outcome.reason,
        "failed": outcome.failed,
        "response": response,
        "heap": heap,
    }


def _set(data, name, value):
    if isinstance(value, list):
        held = getattr(data, name)
        for index in range(len(held)):
            held[index] = value[index]
    else:
        setattr(data, name, value)


def serve(lines, write):
    """Answer each message until there is no more."""
    if hasattr(gc, "threshold"):
        # What stays lies together, as garbage goes before it spreads.
        gc.threshold(_COLLECTED_OCTETS)
    files = {}
    for line in lines:
        request = json.loads(line)
        if "file" in request:
            name = request["file"]
            files[name] = files.get(name, b"") + unhexlify(request["octets"])
            continue
        try:
            found = answer(request, files)
        except Exception as error:  # told to who asked, who goes on
            found = {"error": "%s: %s" % (type(error).__name__, error)}
        write(json.dumps(found))
        found = request = line = None
        files = {}
        gc.collect()


if __name__ == "__main__":
    serve(sys.stdin, print)
