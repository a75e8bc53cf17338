"""A gas meter that lives by the hour, for its heap to be read in between; runs on any MicroPython.

hour() lets an hour pass, second by second: 500 litres in pulses of 10, a Command each hour, and
each day a tariff for the next midnight and a recording of network data.
"""

from host_tools.node.pins import SimPin
from host_tools.node.ram_memory import RamState
from protometer.drivers.meter.gas_pulse_meter import GasPulseMeter
from protometer.drivers.meter.interrupt_counter import InterruptCounter
from protometer.drivers.switch.load_switch import PinSwitch
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model import command
from protometer.roles.assembly import ROLES

_START_S = 380_332_800  # 2012-01-20T00:00:00Z
_PULSE_EACH_S = 72
_HOUR_S = 3600
_SETTINGS = {"displays": [], "meter": None, "loss_bound_mwh": 10_000, "commit_s": 900}
_TARIFF = {
    "seasons": [[0xFFFF, 1, 1, 0], [0xFFFF, 7, 1, 1]],
    "weeks": [[0, 0, 0, 0, 0, 1, 1], [2] * 7],
    "days": [[[0, 0]], [[0, 1]], [[0, 2]]],
    "special_days": [[0xFFFF, 12, 25, 0]],
    "prices": [7_410, 5_115, 3_020],
    "standing_charge": 27_350,
}
_PREPAYMENT = {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True}

_clock = VirtualClock(_START_S, lambda: 0)
_pin = SimPin(0)
_memory = RamState()
_scheduler = Scheduler(_clock)
_meter = ROLES["GSME"](
    _scheduler,
    {
        "meter": GasPulseMeter(InterruptCounter(_pin, _clock.ticks_ms, 10)),
        "switch": PinSwitch(SimPin(0)),
        "memory": _memory,
        "logs": _memory,
        "radio": None,
    },
    None,
    _SETTINGS,
    lambda code, at_s: None,
)


def _supplier(name, arguments, by=command.SUPPLIER):
    _meter.execute(name, arguments, by, _clock.utc_s())


def _second(pulse):
    if pulse:
        _pin.drive(1)
    _clock.advance(40)
    _pin.drive(0)
    _clock.advance(960)
    _scheduler.run_due()


def hour():
    """Let an hour pass."""
    hours = (_clock.utc_s() - _START_S) // _HOUR_S
    value = {"item": "Calorific Value", "value": 390 + hours % 10}
    _supplier("Write Configuration Data", value)
    if hours % 24 == 0:
        _supplier("Record Network Data", {}, command.ACCESS_CONTROL_BROKER)
        at_s = _clock.utc_s() + 24 * _HOUR_S
        _supplier("Set Tariff", {"tariff": _TARIFF, "at_s": at_s})
    for second in range(_HOUR_S):
        _second(second % _PULSE_EACH_S == 0)


_scheduler.run_due()
_supplier("Set Tariff", {"tariff": _TARIFF})
_supplier("Adjust Meter Balance", {"change_mp": 500_000_000})
_supplier("Set Payment Mode", _PREPAYMENT)
_meter.confirm(_clock.utc_s())
