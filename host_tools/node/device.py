"""Builds one device of the desk from its description, for virtual time or the wall clock's."""

import gc
import json

from host_tools.node import link
from host_tools.node.device_clock import DeviceClock
from host_tools.node.ether_radio import EtherRadio
from host_tools.node.frame_counts import frame_counts
from host_tools.node.own_network import introduce
from host_tools.node.pins import SimPin, WatchedPin
from host_tools.node.utc_text import parse_utc
from protometer.drivers.memory.file_memory import FileMemory
from protometer.han.network import Network
from protometer.kernel.clock import VirtualClock
from protometer.kernel.collector import Collector
from protometer.kernel.scheduler import Scheduler
from protometer.roles.assembly import ROLES

_FOR_EVER = 0xFF


class DeskDevice:
    """A device and its stand-ins for pins, panel and memory.

    description: {"role", "start_utc", "network", "settings", "state" (a folder)} and, for a
    meter, "house":
    {"half_hours" (path), "from_utc", "to_utc"}. Events and moves of the load switch become TRACE
    items beside the radio's. In real time, clock and radio_on(scheduler), which makes the radio,
    take the place of those of the conductor, and say(text) gets the lines.
    """

    def __init__(self, description, stopwatch_us, clock=None, radio_on=None, say=None):
        self.name = description["role"]
        self.clock = clock or VirtualClock(parse_utc(description["start_utc"]), stopwatch_us)
        # The device may set its own clock; the conductor's goes on undisturbed.
        self.scheduler = Scheduler(clock or DeviceClock(self.clock))
        self.radio = radio_on(self.scheduler) if radio_on else EtherRadio()
        self._say = say or self._say_to_conductor
        self.panel = None
        self._display = None
        self._seen = 0
        self.house = None
        self.switch_operations = 0
        memory = FileMemory(description["state"], self.scheduler.stall)
        parts = {"radio": self.radio, "memory": memory, "logs": memory}
        makers = {
            "ESME": self._meter_parts,
            "GSME": self._gas_parts,
            "HCALCS": self._switch_parts,
            "IHD": self._display_parts,
            "PPMID": self._display_parts,
        }
        if self.name in makers:
            makers[self.name](parts, description)
        self.network = Network(description["network"])
        self.role = ROLES[self.name](
            self.scheduler,
            parts,
            self.network,
            description["settings"],
            self._on_event,
        )
        if hasattr(gc, "mem_free"):
            collector = Collector(self.scheduler.metrics, stopwatch_us)
            self.scheduler.add("collector", collector.poll, is_slice=False)
        self.keys = {}
        if self.name in ("ESME", "GSME"):
            self.keys["confirm"] = self.role.confirm
        self.stack = self.role.stack if hasattr(self.role, "stack") else self.role.han.stack
        if self.name == "IHD":
            self.keys["next"] = self.role.press
        if self.name == "PPMID":
            self._add_face_keys(self.role.face)
        if not self.stack.network.is_commissioned:
            self._begin_on_network(description.get("introductions", ()))

    def _add_face_keys(self, face):
        """Have the keys of a display, each pushed short or held."""
        for name in face.KEYS:
            short, long = face.KEYS[name]
            self.keys[name] = lambda now_s, key=short: face.press(key, now_s)
            self.keys["hold " + name] = lambda now_s, key=long: face.press(key, now_s)

    def figures(self):
        """Return the kernel's and the radio's figures, and what the house did."""
        report = self.scheduler.report()
        report["frames"] = frame_counts(self.stack)
        if self.house:
            report["pulses"] = self.house.pulses
            report["unserved_wh"] = self.house.unserved_wh
            report["switch_operations"] = self.switch_operations
        if self.name == "CH" and self.role.gas:
            report["mirrored"] = self.role.gas.mirror.count()
        if self.panel:
            report["requests"] = self.role.watch.requests
            report["answers"] = self.role.watch.answers
        return report

    # What a role does not have is not imported for it, as on a board.

    def _meter_parts(self, parts, description):
        from host_tools.node.house import House, half_hours, seconds_with_pulses
        from host_tools.node.pulse_input import PulseInput
        from protometer.drivers.switch.load_switch import PinSwitch

        pulse_pin = SimPin(0)
        switch_pin = WatchedPin(self._switch_moved)
        behind = description["house"]
        rows = half_hours(
            behind["half_hours"], parse_utc(behind["from_utc"]), parse_utc(behind["to_utc"])
        )
        # First of the tasks: an edge comes before what reads it in the same millisecond.
        self.house = House(
            seconds_with_pulses(rows), pulse_pin, self.clock, lambda: switch_pin.value() == 1
        )
        self.scheduler.add("house", self.house.poll)
        parts["meter"] = PulseInput(pulse_pin, self.clock.ticks_ms)
        parts["switch"] = PinSwitch(switch_pin)

    def _gas_parts(self, parts, description):
        from host_tools.node.gas_installation import GasFrontEnd, GasInstallation
        from protometer.drivers.switch.load_switch import PinSwitch

        installation = GasInstallation()
        parts["meter"] = GasFrontEnd(installation)
        parts["switch"] = PinSwitch(installation.valve_pin, installation.contact)

    def _switch_parts(self, parts, description):
        from protometer.drivers.switch.load_switch import PinSwitch

        parts["switch"] = PinSwitch(WatchedPin(self._switch_moved))

    def _begin_on_network(self, introductions):
        """Have the hub let devices in; and, as shipped, tell a device of the others."""
        if self.name == "CH":
            self.role.permit(_FOR_EVER)
        elif not self.role.data.han_network:
            introduce(self.role, introductions, self.clock.utc_s())

    def _display_parts(self, parts, description):
        from host_tools.node.ssd1306_panel import Ssd1306Panel
        from protometer.drivers.display.ssd1306 import Ssd1306

        self.panel = Ssd1306Panel()
        parts["display"] = self._display = Ssd1306(self.panel)

    def new_picture(self):
        """Return the panel's pixels if a whole new picture stands on it, else None."""
        panel = self.panel
        if panel is None or panel.transfers == self._seen or not self._display.settled():
            return None
        self._seen = panel.transfers
        return panel.visible_pixels()

    def trace(self, text):
        """Send a line of text to who watches."""
        self._say(text)

    def _say_to_conductor(self, text):
        self.radio.outputs.append((link.TRACE, text.encode()))

    def _switch_moved(self, level):
        self.switch_operations += 1
        self.trace("switch %s" % ("closed" if level else "open"))

    def _on_event(self, code, at_s):
        self.trace("event 0x%04x %d" % (code, at_s))


def load_description(path):
    """Return the description in a JSON file."""
    with open(path) as file:
        return json.load(file)
