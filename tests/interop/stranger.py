"""A stranger's network in real time: zigbee-on-host on an RCP of ours, our devices beside it."""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from host_tools.desk.devices import ROOT

INTEROP = ROOT / "host_tools/interop"
PROTOMETER = Path(sys.executable).with_name("protometer")
CHANNEL = 20
PATIENCE_S = 20
FORMING_S = 60
NETWORK_KEY = "01030507090b0d0f00020406080a0c0d"
INSTALL_CODE = "83fed3407a939723a5c639b26916d505c3b5"
INSTALL_CODE_KEY = "66b6900981e1ee3ca4206b6b861c02bb"
WELL_KNOWN_KEY = "5a6967426565416c6c69616e63653039"


def missing():
    """Say why there is no stranger, or None."""
    if not shutil.which("node"):
        return "node.js is not installed"
    if not (INTEROP / "node_modules/zigbee-herdsman").exists():
        return "the independent stack is not installed: make interop"
    return None


class Process:
    """A child whose lines of output can be waited for."""

    def __init__(self, argv, environment=None):
        self.lines = []
        self._queue = queue.Queue()
        self._child = subprocess.Popen(
            [str(word) for word in argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def tell(self, order):
        self._child.stdin.write(json.dumps(order) + "\n")
        self._child.stdin.flush()

    def wait_for(self, wanted, patience_s=PATIENCE_S):
        """Return the next line for which wanted(line) is true; AssertionError if none comes."""
        until_s = time.monotonic() + patience_s
        while (left_s := until_s - time.monotonic()) > 0:
            try:
                line = self._queue.get(timeout=left_s)
            except queue.Empty:
                break
            self.lines.append(line)
            if wanted(line):
                return line
        raise AssertionError("it never came; heard: " + "\n".join(self.lines[-20:]))

    def end(self):
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)
            try:
                self._child.wait(5)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._child.stdin.close()
        self._child.stdout.close()

    def _read(self):
        for line in self._child.stdout:
            self._queue.put(line.rstrip("\n"))


class Stranger:
    """An air with a network that we did not write; `capture` is of all frames on it.

    program: coordinator.mjs, or gateway.mjs, which lets in with the well-known key alone.
    """

    def __init__(self, folder, tc_key=WELL_KNOWN_KEY, program="coordinator.mjs"):
        self._folder = folder
        self.capture = folder / "air.pcapng"
        self._rcp = Process(
            [PROTOMETER, "rcp", "--capture", self.capture], {"PYTHONUNBUFFERED": "1"}
        )
        self._devices = []
        self.port = int(self._rcp.wait_for(lambda line: "RCP on" in line).split(":")[1])
        settings = {"port": self.port, "channel": CHANNEL, "pan_id": 0x1A64}
        settings |= {"network_key": NETWORK_KEY, "tc_key": tc_key}
        self._coordinator = Process(["node", INTEROP / program, json.dumps(settings)])
        self.heard("formed", FORMING_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in [*self._devices, self._coordinator, self._rcp]:
            process.end()

    def device(self, role, *options):
        """Start a device of ours on MicroPython; returns its process."""
        command = [PROTOMETER, "node", role, "--radio", f"127.0.0.1:{self.port}"]
        command += ["--channel", CHANNEL, "--folder", self._folder, *options]
        self._devices.append(Process(command))
        return self._devices[-1]

    def end_devices(self):
        """Take the power from our devices."""
        while self._devices:
            self._devices.pop().end()

    def heard(self, event, patience_s=PATIENCE_S, **values):
        """Wait for an event of the network's with those values; return it."""

        def wanted(line):
            told = json.loads(line)
            return told["event"] == event and values.items() <= told.items()

        return json.loads(self._coordinator.wait_for(wanted, patience_s))

    def tell(self, order, **values):
        """Give the network an order."""
        self._coordinator.tell({"do": order, **values})

    def ask(self, address, cluster, payload, profile=0x0109):
        """Send a ZCL frame and return the payload of the answer."""
        order = {"do": "send", "to": address, "profile": profile, "cluster": cluster}
        self._coordinator.tell({**order, "endpoint": 1, "payload": payload.hex()})
        answer = self.heard("frame", **{"from": address}, cluster=cluster, profile=profile)
        return bytes.fromhex(answer["payload"])

    def ask_device(self, address, cluster, payload):
        """Send a ZDO request and return the answer's payload after its sequence number."""
        # The stack puts its own sequence number into the first octet.
        octets = (b"\0" + payload).hex()
        self._coordinator.tell({"do": "zdo", "to": address, "cluster": cluster, "payload": octets})
        answer = self.heard("frame", **{"from": address}, cluster=cluster | 0x8000, profile=0)
        return bytes.fromhex(answer["payload"])[1:]
