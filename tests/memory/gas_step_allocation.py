"""Prints the octets that one-second steps of the gas meter allocate; runs on any MicroPython.

Each second brings a pulse of 10 litres, twenty times what a household burns at most.
"""

from host_tools.node.allocation import allocated
from host_tools.node.pins import SimPin
from host_tools.node.ram_memory import RamFiles
from protometer.drivers.meter.gas_pulse_meter import GasPulseMeter
from protometer.drivers.meter.interrupt_counter import InterruptCounter
from protometer.drivers.switch.load_switch import PinSwitch
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model import command
from protometer.roles.gsme import Gsme

_START_S = 380_332_860  # 2012-01-20T00:01:00Z
_STEPS = 600
_TARIFF = {
    "seasons": [[0xFFFF, 1, 1, 0]],
    "weeks": [[0] * 7],
    "days": [[[0, 0]]],
    "special_days": [],
    "prices": [28_530],
    "block_prices": [28_530, 14_950, 1, 1],
    "block_thresholds": [4_000_000_000],
    "standing_charge": 0,
}
_PREPAYMENT = {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True}


def _meter(cubic_metres):
    clock = VirtualClock(_START_S, lambda: 0)
    pin = SimPin(0)
    memory = RamFiles()
    # Writes to memory are apart from the step: nothing is committed in this run.
    gsme = Gsme(
        GasPulseMeter(InterruptCounter(pin, clock.ticks_ms, 10)),
        PinSwitch(SimPin(0)),
        memory,
        memory,
        clock,
        1 << 29,
        1 << 29,
    )
    gsme.execute("Set Tariff", {"tariff": _TARIFF}, command.SUPPLIER, _START_S)
    gsme.execute("Adjust Meter Balance", {"change_mp": 500_000_000}, command.SUPPLIER, _START_S)
    gsme.execute("Set Payment Mode", _PREPAYMENT, command.SUPPLIER, _START_S)
    while gsme.outbox.take():
        pass
    gsme.data.consumption_register.kwh[0] = cubic_metres
    gsme.data.consumption_register.mwh[0] = 990_000
    return clock, pin, gsme


def _run(cubic_metres, through_scheduler):
    clock, pin, gsme = _meter(cubic_metres)
    scheduler = Scheduler(clock)
    for name, step in (
        ("metering", gsme.account_for),
        ("calendar", gsme.keep_calendar),
        ("journal", gsme.settle),
    ):
        scheduler.each_second(name, step)
    scheduler.run_due()

    def steps(count):
        for _ in range(count):
            pin.drive(1)
            clock.advance(40)
            pin.drive(0)
            clock.advance(960)
            if through_scheduler:
                scheduler.run_due()
            else:
                gsme.step(clock.utc_s())

    # The HAN Interface goes off within the first minute.
    steps(70)
    octets = allocated(steps, _STEPS)
    return octets, gsme.data.consumption_register.wh(0)


for _cubic_metres in (0, 99_999):
    for _through_scheduler in (False, True):
        print(_cubic_metres, _through_scheduler, _run(_cubic_metres, _through_scheduler))
