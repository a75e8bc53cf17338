"""Loads and runs one role the way a board does, for the heap to be read in between.

Runs where the role's compiled bundle is on the import path; what stands in for chips is kept
small, and is loaded before the first reading.
"""

import sys

from host_tools.node.pins import SimPin
from host_tools.node.ram_memory import RamFiles

_START_S = 380_332_860  # 2012-01-20T00:01:00Z
_NETWORK = {
    "short_address": "0001",
    "extended_address": "00db1234567890a0",
    "pan_id": "1a62",
    "channel": 20,
    "network_key": "00112233445566778899aabbccddeeff",
    "key_sequence": 0,
    "devices": {"0000": "00db1234567890a1", "0001": "00db1234567890a0"},
    "routes": {},
}
_MODULES = {
    "ESME": (
        "protometer.main",
        "protometer.drivers.memory.file_memory",
        "protometer.drivers.meter.pulse_meter",
        "protometer.drivers.meter.pio_counter",
        "protometer.drivers.switch.load_switch",
        "protometer.roles.esme",
        "protometer.roles.esme_han",
    ),
    "GSME": (
        "protometer.main",
        "protometer.drivers.memory.file_memory",
        "protometer.drivers.meter.gas_pulse_meter",
        "protometer.drivers.meter.pio_counter",
        "protometer.drivers.switch.load_switch",
        "protometer.roles.gsme",
        "protometer.roles.gsme_han",
    ),
    "IHD": (
        "protometer.main",
        "protometer.drivers.memory.file_memory",
        "protometer.drivers.display.ssd1306",
        "protometer.roles.ihd",
    ),
    "PPMID": (
        "protometer.main",
        "protometer.drivers.memory.file_memory",
        "protometer.drivers.display.ssd1306",
        "protometer.roles.ppmid",
        "protometer.roles.ppmid_ui",
    ),
    "CH": (
        "protometer.main",
        "protometer.drivers.memory.file_memory",
        "protometer.roles.comms_hub",
    ),
}
_SETTINGS = {"displays": ["0000"], "meter": "0000", "loss_bound_mwh": 10_000, "commit_s": 900}


class Machine:
    """What the board entry imports of MicroPython's machine module."""

    class Pin:
        """Only the names."""

        PULL_UP = 1
        PULL_DOWN = 2

    I2C = None


class Rp2:
    """What the pulse counter imports of MicroPython's rp2: a machine that counts nothing."""

    class PIO:
        """Only the name."""

        SHIFT_LEFT = 0

    class StateMachine:
        """Stands still."""

        def __init__(self, number, program, freq, jmp_pin):
            pass

        def active(self, on):
            """Take the start."""

        def rx_fifo(self):
            """Return that nothing waits."""
            return 0

        def get(self):
            """Return the count."""
            return 0

    @staticmethod
    def asm_pio(in_shiftdir):
        """Return an assembler that assembles nothing."""
        return lambda program: ()


class SilentRadio:
    """A radio that sends into the void."""

    fills_fcs = True

    def configure(self, page, channel, pan_id, short_address, extended_address):
        """Take the addresses."""

    def send(self, psdu):
        """Send at once."""
        self.on_sent(0)


class SilentBus:
    """A bus whose panel takes everything."""

    def writeto(self, address, octets):
        """Take a transfer."""

    def writevto(self, address, buffers):
        """Take a transfer of several buffers."""


class Probe:
    """One role in three steps: load its code, assemble it, let it run."""

    def __init__(self, role):
        self._role = role
        self._made = None

    def load(self):
        """Import what a board imports for the role: board entry, role and drivers."""
        # The board entry names these at import; nothing else of the chip is needed here.
        sys.modules["machine"] = Machine
        sys.modules["rp2"] = Rp2
        for module in _MODULES[self._role]:
            __import__(module)
        from protometer.han import network
        from protometer.kernel import clock, scheduler
        from protometer.roles import assembly

        self._made = (network, clock, scheduler, assembly)

    def assemble(self):
        """Make drivers and role."""
        network, clock, scheduler, assembly = self._made
        self.clock = clock.VirtualClock(_START_S, lambda: 0)
        self.scheduler = scheduler.Scheduler(self.clock)
        memory = RamFiles()
        parts = {"radio": SilentRadio(), "memory": memory, "logs": memory}
        if self._role in ("ESME", "GSME"):
            self._add_meter(parts)
        elif self._role in ("IHD", "PPMID"):
            from protometer.drivers.display.ssd1306 import Ssd1306

            parts["display"] = Ssd1306(SilentBus())
        self.role = assembly.ROLES[self._role](
            self.scheduler, parts, network.Network(_NETWORK), _SETTINGS, lambda code, at_s: None
        )

    def _add_meter(self, parts):
        from protometer.drivers.meter.pio_counter import PioCounter
        from protometer.drivers.switch.load_switch import PinSwitch

        if self._role == "ESME":
            from protometer.drivers.meter.pulse_meter import PulseMeter as Meter
        else:
            from protometer.drivers.meter.gas_pulse_meter import GasPulseMeter as Meter
        parts["meter"] = Meter(PioCounter(SimPin(0), self.clock.ticks_ms))
        parts["switch"] = PinSwitch(SimPin(0))

    def run(self, seconds):
        """Let time pass."""
        until_s = self.clock.utc_s() + seconds
        while self.clock.utc_s() < until_s:
            self.clock.advance(self.scheduler.run_due() or 1000)
