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


def answer(request, files):
    """Return what came of the message in a request, to a device that has these files."""

    def keys(data):
        return BenchKeys(data, request["secrets"], request["issued"])

    bench = MessageBench(request["kind"], request["letters"], request["now_s"], files, keys)
    for name, value in request["volatile"].items():
        setattr(bench.data, name, value)
    bench.front_end.power_w = request["volatile"].get("active_power_import_w", 0)
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


def serve(lines, write):
    """Answer each message until there is no more."""
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
            sys.print_exception(error, sys.stderr)
            found = {"error": "%s: %s" % (type(error).__name__, error)}
        write(json.dumps(found) + "\n")
        found = request = line = None
        files = {}
        gc.collect()


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout.write)
