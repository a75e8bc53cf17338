"""A device in real time on an RCP: `micropython -m host_tools.node.realtime DESCRIPTION.json H:P`.

The description is that of host_tools.node.device; its clock begins at `start_utc` and keeps the
wall clock's pace. The radio is a SpinelRadio over TCP. Prints what happens, a line each.
"""

import gc
import sys

if hasattr(gc, "threshold"):
    gc.threshold(32_768)

from host_tools.node.device import DeskDevice, load_description
from host_tools.node.frame_counts import frame_counts
from host_tools.node.socket_port import SocketPort
from host_tools.node.utc_text import format_utc, parse_utc
from host_tools.node.wall_clock import ticks_us, wall_clock
from protometer.drivers.radio.spinel_radio import SpinelRadio

# Every so many seconds the frame counters are printed.
_FIGURES_S = 5


class RealTimeDevice:
    """A DeskDevice, its RCP at host:port, and the lines about both; say(text) prints one."""

    def __init__(self, description, host, port, say):
        self._say = say
        self._name = description["role"]
        self._port = SocketPort(host, port)
        self._finding = ""
        self._was_joined = False
        self._failures = {}
        self._clock = wall_clock(parse_utc(description["start_utc"]), self._port.wait_ms)
        self.device = DeskDevice(description, ticks_us, self._clock, self._radio_on, self._line)
        self.device.scheduler.each_second("radio watch", self._watch)

    def run(self):
        """Run forever."""
        self.device.scheduler.run()

    def _radio_on(self, scheduler):
        radio = SpinelRadio(self._port, scheduler)
        self._port.on_readable = radio.wake
        return radio

    def _line(self, text):
        self._say("%s %s %s" % (format_utc(self._clock.utc_s()), self._name, text))

    def _watch(self, now_s):
        finding = self.device.radio.finding
        if finding != self._finding:
            self._finding = finding
            self._line(finding or "radio: ready")
        if self.device.network.is_joined != self._was_joined:
            self._was_joined = not self._was_joined
            self._line("network: joined" if self._was_joined else "network: none")
        for task in self.device.scheduler.tasks:
            if task.failures > self._failures.get(task.name, 0):
                self._failures[task.name] = task.failures
                self._line("task %s failed: %r" % (task.name, task.last_failure))
        if now_s % _FIGURES_S == 0:
            figures = frame_counts(self.device.stack)
            self._line(
                "sent %(sent)d, received %(received)d, lost %(lost)d, dropped %(dropped)d, "
                "malformed %(malformed)d" % figures
            )


if __name__ == "__main__":
    _host, _, _port = sys.argv[2].rpartition(":")
    RealTimeDevice(load_description(sys.argv[1]), _host, int(_port), print).run()
