"""Prints the octets that one-second steps of the largest electricity meters allocate.

Every measurement that a front end may have, block tariffs, load limiting, auxiliary loads and
boost; runs on any MicroPython.
"""

from host_tools.node.allocation import allocated
from host_tools.node.pins import SimPin
from host_tools.node.ram_memory import RamFiles
from protometer.drivers.switch.load_switch import PinSwitch
from protometer.kernel.clock import VirtualClock
from protometer.model import command
from protometer.roles.esme import Esme

_START_S = 380_332_860  # 2012-01-20T00:01:00Z
_STEPS = 600
_TARIFF = {
    "seasons": [[0xFFFF, 1, 1, 0]],
    "weeks": [[0] * 7],
    "days": [[[0, 48]]],
    "special_days": [],
    "prices": [1],
    "block_prices": [[28_530, 14_950, 1, 1]],
    "block_thresholds": [[40_000, 60_000, 4_000_000_000]],
    "price_scale": -5,
    "standing_charge": 0,
    "standing_charge_scale": -5,
}
_SECONDARY = {
    "seasons": [[0xFFFF, 1, 1, 0]],
    "weeks": [[0] * 7],
    "days": [[[0, 0]]],
    "special_days": [],
    "prices": [900],
    "price_scale": -4,
}


class _FrontEnd:
    """Measures the same each second, without making anything."""

    CHANNELS = (
        "import_mwh",
        "export_mwh",
        "reactive_import_mvarh",
        "reactive_export_mvarh",
        "voltages_mv",
    )

    def __init__(self, phases):
        self.import_mwh = 1_999
        self.secondary_import_mwh = 1_001
        self.export_mwh = self.reactive_import_mvarh = self.reactive_export_mvarh = 501
        self.power_w, self.secondary_power_w = 7_000, 3_600
        self.voltages_mv = [241_000] * phases
        self.live_phases = (1 << phases) - 1

    def read(self):
        """Everything is there."""


def _run(role):
    clock = VirtualClock(_START_S, lambda: 0)
    memory = RamFiles()
    # Writes to memory are apart from the step: nothing is committed in this run.
    esme = Esme(
        _FrontEnd(3 if "P" in role else 1),
        PinSwitch(SimPin(0)),
        memory,
        memory,
        clock,
        1 << 29,
        1 << 29,
        role=role,
        auxiliary=[PinSwitch(SimPin(0)) for _ in range(5)],
    )

    def supplier(name, arguments):
        esme.execute(name, arguments, command.SUPPLIER, _START_S)

    supplier("Set Tariff", {"tariff": _TARIFF})
    if "T" in role:
        supplier("Set Secondary Tariff", {"tariff": _SECONDARY})
    supplier("Write Configuration Data", {"item": "Load Limit Power Threshold", "value": 9_000})
    supplier("Write Configuration Data", {"item": "Load Limit Period", "value": 3_600})
    supplier("Adjust Meter Balance", {"change_mp": 500_000_000})
    prepayment = {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True}
    supplier("Set Payment Mode", prepayment)
    while esme.outbox.take():
        pass

    def steps(count):
        for _ in range(count):
            clock.advance(1000)
            esme.step(clock.utc_s())

    steps(10)
    octets = allocated(steps, _STEPS)
    data = esme.data
    return octets, data.active_import_register.wh(0), data.active_export_register.wh(0)


for _role in ("E", "ETLB", "EPLB"):
    print(_role, _run(_role))
