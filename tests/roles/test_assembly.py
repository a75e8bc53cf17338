"""What assembly adds to the roles: time that never goes back, a display that trusts its meter."""

from host_tools.node.bench import Bench
from host_tools.node.home import SETTINGS, network_description
from host_tools.node.ram_memory import RamFiles
from protometer.han import price, zcl
from protometer.han.network import Network
from protometer.kernel.clock import TickClock
from protometer.kernel.scheduler import Scheduler
from protometer.model.command import ACCESS_CONTROL_BROKER
from protometer.roles.assembly import ROLES
from tests.roles.esme_stand import FrontEnd
from tests.roles.meter_stand import Switch

START_S = 380_332_860  # 2012-01-20T00:01:00Z
YEAR_2021_S = 662_688_000


def _meter(utc_s, memory, now, **settings):
    clock = TickClock(utc_s, lambda: now[0], lambda: 0, None)
    scheduler = Scheduler(clock)
    parts = {"meter": FrontEnd(), "switch": Switch(), "memory": memory, "logs": memory}
    parts["radio"] = None
    esme = ROLES["ESME"](scheduler, parts, None, {**SETTINGS, **settings}, lambda code, at_s: None)
    return clock, scheduler, esme


def test_a_clock_that_began_anew_goes_on_from_where_the_meter_was():
    memory, now = RamFiles(), [0]
    in_2026_s = YEAR_2021_S + 5 * 365 * 86_400
    _, scheduler, esme = _meter(in_2026_s, memory, now)
    now[0] += 5000
    scheduler.run_due()
    esme.commit()
    clock, scheduler, esme = _meter(YEAR_2021_S, memory, now)
    assert not clock.known
    before_s = esme.data.last_step_s
    assert before_s >= in_2026_s
    now[0] += 10_000
    scheduler.run_due()
    assert esme.data.last_step_s == before_s + 10


def test_a_meter_as_shipped_knows_whom_its_description_names_and_none_that_was_removed():
    display, interface = bytes(7) + b"\1", bytes(7) + b"\2"
    memory, named = RamFiles(), {display.hex(): 2, interface.hex(): 1}
    _, _, esme = _meter(START_S, memory, [0], device_log=named)
    assert (esme.devices.type_of(display), esme.devices.type_of(interface)) == (2, 1)
    removed = {"identifier": interface}
    esme.execute("Remove Device Security Credentials", removed, ACCESS_CONTROL_BROKER, START_S + 1)
    _, _, esme = _meter(START_S + 2, memory, [0], device_log=named)
    assert (esme.devices.type_of(display), esme.devices.type_of(interface)) == (2, 0)


def _bench():
    return Bench(START_S, ("ESME", "IHD", "CH"), lambda device, code, at_s: None, lambda: 0)


def test_a_display_believes_only_its_meter():
    bench = _bench()
    bench.run_until(START_S + 5)
    hub, display = bench.devices["CH"].role.stack, bench.devices["IHD"].role.data
    balance_mp, tariff_mp = display.meter_balance_mp, display.active_tariff_price_mp
    control = zcl.SERVER_TO_CLIENT | zcl.NO_DEFAULT_RESPONSE
    lie = bytes.fromhex("01002b40420f00")
    hub._send(2, 0x0705, zcl.frame(control, 1, zcl.REPORT_ATTRIBUTES, lie))
    published = price.encode(price.Price(77, 1, "Lie", 826, START_S), 1, START_S)
    hub.command(2, price.CLUSTER, price.PUBLISH_PRICE, published, True)
    bench.run_until(START_S + 8)
    assert display.meter_balance_mp == balance_mp
    assert display.active_tariff_price_mp == tariff_mp


def test_a_display_shows_nothing_as_the_meters_until_it_has_heard_all():
    bench = _bench()
    meter = bench.devices["ESME"].role.han.stack
    answer = meter._server.answer
    meter._server.answer = lambda cluster, payload, now_s, room: (
        b"" if cluster == 0x0705 else answer(cluster, payload, now_s, room)
    )
    meter.report = lambda displays, now_s: False
    bench.run_until(START_S + 60)
    display = bench.devices["IHD"].role
    assert display.watch.answers > 5
    assert not display.data.link_ok
    meter._server.answer = answer
    bench.run_until(START_S + 75)
    assert display.data.link_ok


def test_a_display_that_comes_back_shows_nothing_it_heard_before():
    bench = _bench()
    bench.run_until(START_S + 30)
    device = bench.devices["IHD"]
    assert device.role.data.link_ok
    assert device.role.commit()
    device.power_off()
    meter = bench.devices["ESME"].role.han.stack
    answer = meter._server.answer
    meter._server.answer = lambda cluster, payload, now_s, room: (
        b"" if cluster == 0x0705 else answer(cluster, payload, now_s, room)
    )
    meter.report = lambda displays, now_s: False
    device.power_on()
    bench.run_until(START_S + 90)
    assert device.role.watch.answers > 5
    assert not device.role.data.link_ok


def test_a_radio_that_fails_stops_no_metering():
    class DeadRadio:
        fills_fcs = True

        def configure(self, *what):
            pass

        def send(self, psdu):
            raise OSError(5)

    now = [0]
    clock = TickClock(START_S, lambda: now[0], lambda: 0, None)
    scheduler = Scheduler(clock)
    front_end = FrontEnd()
    memory = RamFiles()
    parts = {"meter": front_end, "switch": Switch(), "memory": memory, "logs": memory}
    parts["radio"] = DeadRadio()
    network = Network(network_description("ESME", "00" * 16))
    esme = ROLES["ESME"](scheduler, parts, network, SETTINGS, lambda code, at_s: None)
    for _ in range(100):
        front_end.give(1000)
        now[0] += 1000
        scheduler.run_due()
    assert esme.data.active_import_register.wh(0) == 100
    assert any(task.failures for task in scheduler.tasks)


def test_a_meter_that_is_gone_is_not_shown_for_long():
    bench = _bench()
    bench.run_until(START_S + 30)
    display = bench.devices["IHD"].role
    assert display.data.link_ok
    bench.devices["ESME"].power_off()
    bench.run_until(START_S + 80)
    assert not display.data.link_ok
