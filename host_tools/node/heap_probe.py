"""Loads and runs one role the way a board does, for the heap to be read in between.

Runs where the role's compiled bundle is on the import path; what stands in for chips is kept
small, and is loaded before the first reading.
"""

import sys
from binascii import unhexlify

from host_tools.node.pins import SimPin

_START_S = 380_332_860  # 2012-01-20T00:01:00Z
_HUB, _OWN = "00db1234567890a1", "00db1234567890a0"
# 05-3474 annex C.6.1's install code and its check.
_INSTALL_CODE = "83fed3407a939723a5c639b26916d505c3b5"
# Of a test authority's suite 2: certificate, private key, the authority's public key.
_CERTIFICATE = (
    2,
    "0067c0c0a67f0d17f60d0854455354544553540000000000ffffffff00db1234567890a0"
    "080306e9c396e4693a518e67e1bac33a98d6e12fbb8d99930bd74f3337291c96266a2b73d211",
    "014f551324f11d39c7f87833be54677bcd320606c4d635cec18e3a4fc4a5a8b12443f7dc",
    "020052951cfd4ffa22f7ed83a70ac518eb226d09bd781510e785e9977da098e1379f0156a5",
)
_KEY = bytes(range(16))
_PAN_ID, _PLACE = 0x1A62, (0, 20)
# How a role is on its network, where it is no router.
_KINDS = {
    "GSME": {"sleepy": True},
    "IHD": {"end_device": True},
    "PPMID": {"end_device": True},
}
_MODULES = {
    "ESME": (
        "protometer.drivers.memory.file_memory",
        "protometer.drivers.meter.pulse_meter",
        "protometer.drivers.meter.pio_counter",
        "protometer.drivers.switch.load_switch",
        "protometer.roles.esme",
        "protometer.roles.esme_han",
    ),
    "GSME": (
        "protometer.drivers.memory.file_memory",
        "protometer.drivers.meter.gas_pulse_meter",
        "protometer.drivers.meter.pio_counter",
        "protometer.drivers.switch.load_switch",
        "protometer.roles.gsme",
        "protometer.roles.gsme_han",
    ),
    "IHD": (
        "protometer.drivers.memory.file_memory",
        "protometer.drivers.display.ssd1306",
        "protometer.roles.ihd",
    ),
    "PPMID": (
        "protometer.drivers.memory.file_memory",
        "protometer.drivers.display.ssd1306",
        "protometer.roles.ppmid",
        "protometer.roles.ppmid_ui",
    ),
    "CH": (
        "protometer.drivers.memory.file_memory",
        "protometer.roles.comms_hub",
    ),
}
_SETTINGS = {"displays": [], "meter": None, "loss_bound_mwh": 10_000, "commit_s": 900}


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
    """One role in three steps: load its code, assemble it, let it run.

    entry: the board entry's module, as a bundle has it.
    """

    def __init__(self, role, entry="protometer.main"):
        self._role = role
        self._entry = entry
        self._made = None

    def load(self):
        """Import what a board imports for the role: board entry, role and drivers."""
        # The board entry names these at import; nothing else of the chip is needed here.
        sys.modules["machine"] = Machine
        sys.modules["rp2"] = Rp2
        for module in (self._entry,) + _MODULES[self._role]:
            __import__(module)
        from protometer.drivers.memory import file_memory
        from protometer.han import network
        from protometer.kernel import clock, scheduler
        from protometer.roles import assembly

        self._made = (network, clock, scheduler, assembly, file_memory)

    def assemble(self):
        """Make drivers and role."""
        network, clock, scheduler, assembly, file_memory = self._made
        self.clock = clock.VirtualClock(_START_S, lambda: 0)
        self.scheduler = scheduler.Scheduler(self.clock)
        memory = file_memory.FileMemory("state")
        parts = {"radio": SilentRadio(), "memory": memory, "logs": memory}
        if self._role in ("ESME", "GSME"):
            self._add_meter(parts)
        elif self._role in ("IHD", "PPMID"):
            from protometer.drivers.display.ssd1306 import Ssd1306

            parts["display"] = Ssd1306(SilentBus())
        self.role = assembly.ROLES[self._role](
            self.scheduler,
            parts,
            self._joined(network.Network),
            _SETTINGS,
            lambda code, at_s: None,
        )

    def _joined(self, network_class):
        """Return the Network of a device that was on it before: joined, or formed by the hub."""
        from protometer.han.kept_network import packed, take_up

        is_hub = self._role == "CH"
        described = {"extended_address": _HUB if is_hub else _OWN, "certificates": [_CERTIFICATE]}
        if is_hub:
            described["admits"] = [[_OWN, _INSTALL_CODE]]
        else:
            described["install_code"] = _INSTALL_CODE
            described.update(_KINDS.get(self._role, {}))
        earlier = network_class(described)
        earlier.form(_PLACE, _PAN_ID, _KEY)
        if not is_hub:
            earlier.short_address = 1
            earlier.trust_centre = earlier.extended_pan_id = bytes(reversed(unhexlify(_HUB)))
            earlier.keep_link_key(_KEY, True)
        self.network = network = network_class(described)
        take_up(network, packed(earlier), earlier.devices.pack())
        return network

    def ask_for_key(self):
        """Have the device want its link key with the hub agreed anew."""
        self.network.keep_link_key(_KEY, False)

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
        """Let time pass, on a network that is heard but on which nobody says anything."""
        until_s = self.clock.utc_s() + seconds
        role = self.role
        stack = role.stack if hasattr(role, "stack") else role.han.stack
        while self.clock.utc_s() < until_s:
            # Who hears nobody would look for its network.
            stack.nwk.on_heard(0, 0, 200)
            self.clock.advance(self.scheduler.run_due() or 1000)
