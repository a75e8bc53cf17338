"""Prints the octets that one-second steps of the meter allocate; runs on any MicroPython.

The heap is read with collection off, so that whatever is allocated shows.
"""

from host_tools.node.allocation import allocated
from host_tools.node.pins import SimPin
from host_tools.node.pulse_input import PulseInput
from host_tools.node.ram_memory import RamFiles
from protometer.drivers.switch.load_switch import PinSwitch
from protometer.kernel.clock import VirtualClock
from protometer.kernel.scheduler import Scheduler
from protometer.model import command
from protometer.roles.esme import Esme

_START_S = 380_332_800  # 2012-01-20T00:00:00Z
_STEPS = 600


def _meter(kwh):
    clock = VirtualClock(_START_S + 60, lambda: 0)
    pin = SimPin(0)
    memory = RamFiles()
    # Writes to memory are apart from the step: nothing is committed in this run.
    esme = Esme(
        PulseInput(pin, clock.ticks_ms),
        PinSwitch(SimPin(0)),
        memory,
        memory,
        clock,
        1 << 29,
        1 << 29,
    )
    esme.execute(
        "Write Configuration Data",
        {"item": "Emergency Credit Limit", "value": 500_000},
        command.SUPPLIER,
        _START_S + 60,
    )
    esme.execute(
        "Adjust Meter Balance", {"change_mp": 50_000_000}, command.SUPPLIER, _START_S + 60
    )
    esme.execute(
        "Set Payment Mode",
        {"mode": 1, "suspend_debt_disabled": False, "suspend_debt_emergency": True},
        command.SUPPLIER,
        _START_S + 60,
    )
    while esme.outbox.take():
        pass
    esme.data.active_import_register.kwh[0] = kwh
    esme.data.active_import_register.mwh[0] = 999_000
    esme.data.active_tariff_price_mp = 28_530
    return clock, pin, esme


def _run(kwh, through_scheduler):
    clock, pin, esme = _meter(kwh)
    scheduler = Scheduler(clock)
    scheduler.each_second("metering", esme.step)
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
                esme.step(clock.utc_s())

    steps(10)
    octets = allocated(steps, _STEPS)
    return octets, esme.data.active_import_register.wh(0)


for _kwh in (0, 99_999):
    for _through_scheduler in (False, True):
        print(_kwh, _through_scheduler, _run(_kwh, _through_scheduler))
