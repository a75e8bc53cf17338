"""A whole network in one process on one virtual clock: what scenarios drive.

The meter, and where asked for the display and the hub, are assembled as on a board; only pins,
memory, panel bus and air are stand-ins. Runs on CPython, MicroPython unix and wasm alike.
"""

from host_tools.node.device_clock import DeviceClock
from host_tools.node.firmware_platform import Platform
from host_tools.node.fram_double import FramBus, FramChip
from host_tools.node.gas_installation import Burner, GasFrontEnd, GasInstallation
from host_tools.node.home import DEVICES, SETTINGS, network_description, role_letters
from host_tools.node.house import House, seconds_with_pulses
from host_tools.node.local_ether import LocalEther, LocalRadio
from host_tools.node.meter_ic import Installation, MeterIc
from host_tools.node.pins import Contact, SimPin, WatchedPin
from host_tools.node.pulse_input import PulseInput
from host_tools.node.ram_memory import RamFiles
from host_tools.node.ssd1306_panel import Ssd1306Panel
from protometer.drivers.display.ssd1306 import Ssd1306
from protometer.drivers.memory.fram import Fram
from protometer.drivers.switch.load_switch import PinSwitch
from protometer.han.network import Network
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.roles.assembly import ROLES

_KEY = "00112233445566778899aabbccddeeff"
_FRAM_LOSS_BOUND_MWH = 1_000
_AUXILIARY_SWITCHES = 5


class Device:
    """One powered device: its scheduler and role, and what outlives a power cut.

    name: as a scenario has it, `ESME:twin`.
    """

    def __init__(self, name, bench):
        self.name = name
        self.role_name, _, variants = name.partition(":")
        self.variants = variants.split(",")
        self.letters = role_letters(name)
        self.memory = bench.make_memory()
        self._fram_bus = FramBus(FramChip()) if "fram" in self.variants else None
        self.clock = DeviceClock(bench.clock)
        self._bench = bench
        self.radio = None
        # Panel and auxiliary switches, of devices that have them.
        self.panel = None
        self.auxiliary_contacts = []
        self.platform = Platform()
        self.scheduler = None
        self.role = None

    def power_on(self):
        """Start the firmware, as after flashing or a power cut."""
        self.scheduler = Scheduler(self.clock)
        self.radio = self._bench.radio_of(self)
        parts = {"radio": self.radio, "memory": self.memory, "logs": self.memory}
        parts["install"], parts["intact"] = self.platform.install, self.platform.intact
        self.make_parts(parts, self.clock)
        network = self.make_network() if self.radio else None
        assemble = ROLES[self.role_name]
        settings = dict(SETTINGS)
        settings["variant"] = self.letters
        if self._fram_bus:
            parts["memory"] = Fram(self._fram_bus)
            settings["loss_bound_mwh"] = _FRAM_LOSS_BOUND_MWH
        self.role = assemble(self.scheduler, parts, network, settings, self._on_event)

    def _on_event(self, code, at_s):
        self._bench.on_event(self, code, at_s)

    def make_network(self):
        """Return the Network of a device with a radio."""
        return self._bench.network_of(self)

    def make_parts(self, parts, clock):
        """Add the drivers that this role needs beside radio and memory."""

    def settle(self):
        """Have measured all that flowed until now: call it before that changes."""

    def power_off(self):
        """Cut the power: everything but memory and wiring is gone."""
        self.scheduler = None
        self.role = None
        self.radio = None
        self._bench.powered_off(self)


class MeterDevice(Device):
    """The electricity meter with its load switch pin.

    It counts pulses, unless it is named with `ic` or has more than one element or phase: then it
    has an `installation`, else None.
    """

    def __init__(self, name, bench):
        super().__init__(name, bench)
        self.pulse_pin = SimPin(0)
        self.switch_pin = WatchedPin(self._on_switch)
        self.contact = Contact(self.switch_pin)
        self.installation = None
        self._ic = None
        if "T" in self.letters or "P" in self.letters or "ic" in self.variants:
            self.installation = Installation(self.letters, self.served)
        if "L" in self.letters:
            self._auxiliary_pins = [SimPin(0) for _ in range(_AUXILIARY_SWITCHES)]
            self.auxiliary_contacts = [Contact(pin) for pin in self._auxiliary_pins]
        if "display" in self.variants:
            self.panel = Ssd1306Panel()

    def make_parts(self, parts, clock):
        """Add what measures, and the load switch."""
        if self.installation:
            parts["meter"] = self._ic = MeterIc(self.installation, clock.ticks_ms)
        else:
            parts["meter"] = PulseInput(self.pulse_pin, clock.ticks_ms)
        parts["switch"] = PinSwitch(self.switch_pin, self.contact)
        if self.auxiliary_contacts:
            pairs = zip(self._auxiliary_pins, self.auxiliary_contacts)
            parts["auxiliary"] = [PinSwitch(pin, contact) for pin, contact in pairs]
        if self.panel:
            parts["display"] = Ssd1306(self.panel)

    def power_off(self):
        """Cut the power; what was measured and not read yet is lost."""
        super().power_off()
        self._ic = None

    def settle(self):
        """Have measured all that flowed until now: call it before that changes."""
        if self._ic:
            self._ic.settle()

    def _on_switch(self, level):
        self.settle()

    def served(self):
        """Tell whether the load is supplied: powered, and the switch closed."""
        return self.scheduler is not None and self.contact.value() == 1


class GasMeterDevice(Device):
    """The gas meter, and what it is connected to as `gas`."""

    def __init__(self, name, bench):
        super().__init__(name, bench)
        self.gas = GasInstallation()
        self.switch_pin = self.gas.valve_pin
        self.contact = self.gas.contact
        # Nothing electric is connected to it.
        self.installation = None
        if "display" in self.variants:
            self.panel = Ssd1306Panel()

    def make_parts(self, parts, clock):
        """Add what measures, the valve and a display."""
        parts["meter"] = GasFrontEnd(self.gas)
        parts["switch"] = PinSwitch(self.switch_pin, self.contact)
        if self.panel:
            parts["display"] = Ssd1306(self.panel)


class SwitchDevice(Device):
    """The HCALCS with its switch."""

    def __init__(self, name, bench):
        super().__init__(name, bench)
        self.switch_pin = SimPin(0)
        self.contact = Contact(self.switch_pin)

    def make_parts(self, parts, clock):
        """Add the switch."""
        parts["switch"] = PinSwitch(self.switch_pin, self.contact)


class DisplayDevice(Device):
    """The in-home display, or the prepayment interface, with a simulated panel on its bus."""

    def __init__(self, name, bench):
        super().__init__(name, bench)
        self.panel = Ssd1306Panel()

    def make_parts(self, parts, clock):
        """Add the panel's driver."""
        parts["display"] = Ssd1306(self.panel)


# What is special about the parts of a role, by its name.
MAKERS = {
    "ESME": MeterDevice,
    "GSME": GasMeterDevice,
    "HCALCS": SwitchDevice,
    "IHD": DisplayDevice,
    "PPMID": DisplayDevice,
}


class Bench:
    """The devices of a scenario and the time they share.

    names: as role_letters() takes them, of each role one. on_event(device, code, at_s) hears of
    the devices' events; make_memory() gives each device its own.

    The network is commissioned; gas meter and HCALCS are not on it: what they say is carried by
    hand (see the word instruct).
    """

    def __init__(self, start_s, names, on_event, stopwatch_us, make_memory=RamFiles):
        self.make_memory = make_memory
        self.clock = VirtualClock(start_s, stopwatch_us)
        self.on_event = on_event
        self._world = Scheduler(self.clock)
        self.ether = LocalEther(self._world)
        self.devices = {}
        # MicroPython's dictionaries have no order, and the devices' order must be the same.
        self._in_order = []
        for name in names:
            device = MAKERS.get(name.split(":")[0], Device)(name, self)
            self.devices[device.role_name] = device
            self._in_order.append(device)
            device.power_on()

    def radio_of(self, device):
        """Return a device's radio, which outlives a power cut; None for one without."""
        if device.radio is None and device.role_name in DEVICES:
            return LocalRadio(self.ether)
        return device.radio

    def network_of(self, device):
        """Return the network that was commissioned in a device."""
        return Network(network_description(device.role_name, _KEY))

    def powered_off(self, device):
        """Have a device's radio be deaf."""
        if device.radio:
            device.radio.short_address = None

    def run_until(self, until_s):
        """Let time pass up to and including an instant."""
        while True:
            wait_ms = self._run_due()
            left_ms = (until_s - self.clock.utc_s()) * 1000 - self.clock.ms_of_second()
            if wait_ms is None or wait_ms > left_ms:
                self.clock.advance(max(left_ms, 0))
                return
            self.clock.advance(wait_ms)

    def consume(self, energy_wh, for_s):
        """Let the household use energy_wh, evenly, while for_s seconds pass."""
        meter = self.devices["ESME"]
        start_s = self.clock.utc_s()
        pulses = seconds_with_pulses([(start_s, energy_wh)], for_s)
        house = House(pulses, meter.pulse_pin, self.clock, meter.served)
        self._world.add("house", house.poll)
        self.run_until(start_s + for_s)
        return house

    def burn(self, volume_ml, for_s):
        """Let the household burn a volume of gas, evenly, while for_s seconds pass."""
        meter = self.devices["GSME"]
        burner = Burner(meter.gas, volume_ml, for_s, self.clock, lambda: meter.role is not None)
        self._world.add("burner", burner.poll)
        self.run_until(self.clock.utc_s() + for_s)
        return burner

    def _run_due(self):
        """Run the world, then each device; return the least wait."""
        least_ms = self._world.run_due()
        for device in self._in_order:
            if device.scheduler:
                wait_ms = device.scheduler.run_due()
                if wait_ms is not None and (least_ms is None or wait_ms < least_ms):
                    least_ms = wait_ms
        # A device may have put a frame on the air.
        wait_ms = self._world.run_due()
        if wait_ms is not None and (least_ms is None or wait_ms < least_ms):
            least_ms = wait_ms
        return least_ms
