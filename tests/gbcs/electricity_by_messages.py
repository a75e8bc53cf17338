"""An electricity meter's story, and what is read of it, use case by use case.

Nothing is set from outside: every figure comes of what flowed and of messages that are signed,
authenticated and answered.
"""

from host_tools.node.cosem_requests import AT_ONCE, TARIFF_DATES, charge, item, protected
from protometer.gbcs.date_time import date_time
from protometer.model.calendar import DAY_S
from protometer.model.enumerations import (
    PREPAYMENT_MODE,
)
from protometer.model.firmware_version import version_octets
from protometer.records.event_settings import bits_of
from protometer.roles.cosem_prepayment import _configuration
from tests.gbcs.message_stand import STEP_S, ElectricityMeter

NEVER_S = 0xFFFF_FFFF
ALL = (0, NEVER_S)
LATER_S = 600_000_000
FEBRUARY_S = 476_064_000
HOUR_S = 3_600
SCRIPTS = bytes((0, 0, 10, 0, 100, 255))
RATES_MP = (12_000, 20_000)
STANDING_MP = 20
TOP_UP_MP = 1_234_000
MODE = "111 0-1:19.0.0.255 "
SUPPLY = "9 0-0:10.0.106.255 a1"
FIRST, SECOND, PAYMENT = [f"113 0-0:19.20.{number}.255 " for number in (1, 2, 3)]
TIME_DEBTS_MP, PAYMENT_DEBT_MP, RATE_MP = (700_000, 50_000), 900_000, 500


def tariff_items():
    """A tariff of two rates, the second from 7 o'clock on, and of blocks from 12 on."""
    day = [(bytes(4), SCRIPTS, 1), (b"\7\0\0\0", SCRIPTS, 2), (b"\x0c\0\0\0", SCRIPTS, 101)]
    prices = [(bytes((rate,)), rate) for rate in range(1, 49)]
    prices[:2] = [(b"\1", RATES_MP[0]), (b"\2", RATES_MP[1])]
    prices += [(bytes((0xA1 + 16 * block + rate,)), 1) for block in range(4) for rate in range(8)]
    every_year = b"\xff\xff\1\1\xff\0\0\0\0\x80\0\xff"
    items = [
        item("20 0-0:13.0.0.255 s7", [(b"a", every_year, b"1")]),
        item("20 0-0:13.0.0.255 s8", [[b"1"] + [1] * 7]),
        item("20 0-0:13.0.0.255 s9", [(1, day)]),
        item("11 0-1:11.0.0.255 s2", []),
    ]
    items += [item(f"21 0-0:16.1.{row}.255 s2", [1000 * row, 2000 * row]) for row in range(11, 19)]
    items += [
        item("9000 0-0:94.44.2.0 s4", True),
        item("113 0-0:19.20.4.255 s6", charge(STANDING_MP)),
        item("113 0-0:19.20.0.255 s6", ((3, -5), (3, b"\1\0\1\x08\0\xff", 2), prices)),
    ]
    return items + [item(key, AT_ONCE) for key in TARIFF_DATES]


def prepay_items():
    return [
        item(MODE + "s2", (2, 1)),
        item("9000 0-0:94.44.128.22 s4", 0),
        item(MODE + "s11", _configuration(PREPAYMENT_MODE, False, True, False)),
        item("9000 0-0:94.44.128.22 s6", AT_ONCE),
        item(MODE + "s13", AT_ONCE),
    ]


def debt_items():
    return [
        item(FIRST + "s6", charge(RATE_MP)),
        item(SECOND + "s6", charge(0)),
        item(PAYMENT + "s13", 1_000),
        item(FIRST + "s8", HOUR_S),
        item(SECOND + "s8", DAY_S),
        item(FIRST + "a2", 0),
        item(SECOND + "a2", 0),
        item(PAYMENT + "a4", PAYMENT_DEBT_MP),
        item(FIRST + "a4", TIME_DEBTS_MP[0]),
        item(SECOND + "a4", TIME_DEBTS_MP[1]),
    ]


def sealed(number, *names, since=None, until=None):
    return item(*protected(f"30 0-0:43.2.{number}.255 a1", names, since, until))


def configure(meter):
    """Write what can be written: each of these use cases is read back."""
    now = [(name, AT_ONCE) for name in ("0.3", "128.7", "128.6", "128.8")]
    limits = [("0.3", True), ("128.7", 6900), ("128.6", 300), ("128.8", 30)]
    sets = [item(f"9000 0-0:94.44.{name} s4", value) for name, value in limits]
    meter.done(0x0043, *sets, *[item(f"9000 0-0:94.44.{name} s6", at) for name, at in now])
    levels = [(1, 280, 40), (2, 190, 41), (3, 215, 42), (4, 255, 43)]
    volts = [item(f"71 0-0:17.0.{one}.255 s4", value) for one, value, _ in levels]
    volts += [item(f"71 0-0:17.0.{one}.255 s6", period) for one, _, period in levels]
    volts += [item("1 1-0:32.35.0.4 s2", 250), item("1 1-0:32.31.0.4 s2", 210)]
    meter.done(0x0045, *volts, item("7 1-0:32.24.0.255 s4", 1800))
    meter.done(0x0047, item("21 0-0:16.0.0.255 s2", [1_000, 3_000]))
    meter.done(0x004B, item("1 0-0:94.44.0.1 s2", 600))
    meter.done(0x004C, item("1 0-0:94.44.34.11 s2", b"1234567890123"))
    meter.done(0x004D, item("1 1-0:0.0.2.255 s2", b"3210987654321"))
    dates = [(bytes(4), bytes((255, 255, 255, 2, 255)))]
    meter.done(0x00D7, item("22 0-0:15.0.0.255 s4", dates))
    mask = bytes(24) + bits_of((0x810D, 0x8154))[-8:]
    meter.done(0x00EB, item("1 0-30:97.98.13.255 s2", (512, mask + mask)))
    meter.done(0x00ED, item("1 0-33:97.98.14.255 s2", (512, bytes(31) + b"\x44" + bytes(32))))
    cap = "9000 0-0:94.44.128.12 "
    meter.done(0x00DE, item(cap + "s4", 50_000), item(cap + "s6", AT_ONCE))
    meter.done(0x0025, item("9000 0-0:96.13.1.255 s2", b"Supplier"))


def electricity_meter(keystore, head_end):
    """An electricity meter that has been through all of the story."""
    meter = ElectricityMeter(keystore, head_end)
    configure(meter)
    meter.done(0x0019, *tariff_items())
    # Rates are switched as late as the randomised offset says.
    meter.run(HOUR_S)
    meter.run(8 * HOUR_S, import_mwh=3_000_000, export_mwh=700_000, reactive_import_mvarh=90_000)
    meter.run(HOUR_S, import_mwh=2_000_000, reactive_export_mvarh=40_000)
    meter.credit_mp = meter.do(0x0069, item("112 0-0:19.10.0.255 g2"))
    meter.done(0x001B, *prepay_items())
    meter.digits = meter.utrn(77, TOP_UP_MP // 1000).encode()
    meter.done(0x0007, item("115 0-0:19.40.0.255 a1", meter.digits))
    meter.topped_up_mp = meter.data.meter_balance_mp
    meter.done(0x001E, *debt_items())
    meter.done(0x0007, item("115 0-0:19.40.0.255 a1", meter.utrn(78, 500).encode()))
    meter.run(3 * HOUR_S)
    meter.run(15 * HOUR_S, import_mwh=1_000_000)
    meter.states = []
    for code, script in ((0x0050, 52), (0x0051, 54), (0x004F, 51)):
        meter.done(code, item(SUPPLY, script))
        meter.states += meter.do(0x0052, item("70 0-0:96.3.10.255 g3"))
    meter.run(40 * DAY_S, import_mwh=250_000, export_mwh=300_000)
    # A minute of too much voltage, and a message that is none.
    meter.bench.front_end.power_w = 1_500
    for voltage_mv, seconds in ((290_000, 60), (230_000, 3 * STEP_S)):
        meter.bench.front_end.voltages_mv = [voltage_mv] * 3
        for _ in range(seconds):
            meter.run(1)
    assert meter.bench.handle(b"\xdd").reason == "format"
    return meter


def stamped(entries):
    return [entry[:2] for entry in entries]


def first_wh(reading):
    """Return the first register of a reading: kWh, then the rest in Wh."""
    return int.from_bytes(reading[:4], "little") * 1000 + int.from_bytes(reading[4:6], "little")


def each(values, unit=None):
    """Values with what goes behind each."""
    return [[value, *([] if unit is None else [[0, unit]])] for value in values]


def data_of(names):
    return lambda meter: [getattr(meter.data, name) for name in names.split()]


def log_of(name, until=None):
    return lambda meter: [entry[:until] for entry in meter.log(name)]


# Use case: message code, what is asked, what the meter holds of it; with a fourth: what of the
# answer is compared.
ELECTRICITY = {
    "ECS17a": (
        0x0026,
        [item("3 1-0:2.8.0.255 g2"), item("3 1-0:4.8.0.255 g2")],
        lambda meter: meter.wh("active_export_register") + meter.wh("reactive_export_register"),
    ),
    "ECS17b": (
        0x0027,
        [sealed(8, "1 0-0:94.44.34.10 p2")],
        lambda m: (
            each(m.wh("active_import_register"), 30) + each(m.wh("reactive_import_register"), 32)
        ),
    ),
    "ECS17c": (
        0x0028,
        [item("1 0-0:94.44.34.20 g2")],
        lambda m: [m.data.active_power_import_w, 0, 27, m.data.active_power_import_w],
    ),
    "ECS17d": (0x0029, [sealed(9, "1 0-0:94.44.34.1 p2")], lambda m: m.wh("tariff_tou_registers")),
    "ECS17e": (
        0x002A,
        [sealed(10, "1 0-0:94.44.34.2 p2")],
        lambda m: m.wh("tariff_block_registers") + m.wh("tariff_block_counters"),
    ),
    "ECS18a": (0x002B, [item("4 1-0:2.6.0.255 g2")], lambda m: [m.data.maximum_demand_w[2]]),
    "ECS18b": (
        0x002C,
        [item("4 1-0:1.6.0.255 g2"), item("4 1-0:1.6.0.255 g5")],
        lambda m: [m.data.maximum_demand_w[0], date_time(m.data.maximum_demand_at_s[0])],
    ),
    "ECS19": (
        0x002D,
        [sealed(1, "1 0-0:94.44.34.30 p2")],
        data_of(
            "meter_balance_mp emergency_credit_balance_mp accumulated_debt_mp time_debt_1_mp "
            "time_debt_2_mp payment_debt_mp"
        ),
    ),
    "ECS20a": (
        0x002E,
        [item("7 0-0:98.1.4.255 r2", ALL)],
        log_of("Billing Data Log Payment Based Debt Payments"),
    ),
    "ECS20b": (
        0x002F,
        [sealed(3, "7 0-0:98.1.2.255 p2", since=0, until=LATER_S)],
        lambda m: [
            (entry[0], first_wh(entry[1]))
            for entry in m.log("Billing Data Log Mode Or Tariff Change")
        ],
        stamped,
    ),
    "ECS20c": (
        0x0030,
        [sealed(2, "7 0-0:98.1.0.255 p2", "7 0-0:98.1.1.255 p2", since=0, until=LATER_S)],
        log_of("Billing Data Log Billing Calendar Balances"),
        lambda rows: rows,
        1,
    ),
    "ECS20d": (
        0x00C9,
        [item("7 0-0:98.1.5.255 r2", ALL)],
        log_of("Billing Data Log Prepayment Credits"),
    ),
    "ECS21a": (
        0x0033,
        [sealed(5, "7 0-0:98.1.9.255 p2", since=FEBRUARY_S, until=LATER_S)],
        lambda m: [
            (entry[0], first_wh(entry[1]))
            for entry in m.log("Daily Read Log")
            if entry[0] >= FEBRUARY_S
        ],
        stamped,
    ),
    "ECS21b": (
        0x0034,
        [sealed(6, "7 0-0:98.1.8.255 p2", since=0, until=LATER_S)],
        log_of("Prepayment Daily Read Log"),
    ),
    "ECS21c": (
        0x0035,
        [item("7 0-0:98.1.10.255 r2", ALL)],
        lambda m: [(at, kwh * 1000 + wh) for at, kwh, wh in m.log("Daily Read Log Export")],
    ),
    "ECS22a": (
        0x0036,
        [item("7 0-0:99.1.1.255 r2", (473_385_600, 473_400_000))],
        lambda m: [
            (at, wh, m.log("Profile Data Log Reactive Export")[place][1])
            for place, (at, wh) in enumerate(m.log("Profile Data Log Active Export"))
            if at <= 473_400_000
        ],
    ),
    "ECS22b": (
        0x0037,
        [sealed(7, "7 0-0:99.1.0.255 p2", since=473_385_600, until=473_472_000)],
        lambda m: [e for e in m.log("Profile Data Log Active Import") if e[0] <= 473_472_000],
    ),
    "ECS22c": (
        0x0038,
        [item("7 0-0:99.1.2.255 r2", (473_385_600, 473_400_000))],
        lambda m: [e for e in m.log("Profile Data Log Reactive Import") if e[0] <= 473_400_000],
    ),
    "ECS23": (
        0x0039,
        [
            item("7 1-0:32.24.0.255 g4"),
            item("3 1-0:32.32.0.4 g2"),
            item("7 1-0:32.24.0.255 r2", ALL),
        ],
        lambda m: [
            1800,
            m.data.average_under_voltage_count[0],
            m.log("Average RMS Voltage Profile Data Log"),
        ],
    ),
    "ECS24": (
        0x003A,
        [
            item("20 0-0:13.0.0.255 g3"),
            item("20 0-0:13.0.0.255 g5"),
            item("21 0-0:16.0.12.255 g2"),
            item("113 0-0:19.20.4.255 g5"),
            item("3 0-0:94.44.1.7 g2"),
        ],
        lambda m: [
            [b"a", b"\xff\xff\1\1\xff\0\0\0\0\x80\0\xff", b"1"],
            [
                1,
                [[bytes(4), SCRIPTS, 1], [b"\7\0\0\0", SCRIPTS, 2], [b"\x0c\0\0\0", SCRIPTS, 101]],
            ],
            [12_000, 24_000, NEVER_S],
            charge(STANDING_MP),
            m.data.active_tariff_price_mp,
        ],
    ),
    "ECS26a": (
        0x003B,
        [
            item(FIRST + "g5"),
            item(FIRST + "g8"),
            item(PAYMENT + "g13"),
            item("21 0-0:16.0.1.255 g2"),
            item("111 0-0:19.0.0.255 g11"),
        ],
        lambda m: [
            charge(RATE_MP),
            HOUR_S,
            m.data.debt_recovery_per_payment,
            m.data.disablement_threshold_mp,
            _configuration(PREPAYMENT_MODE, False, True, False),
        ],
    ),
    "ECS26b": (
        0x003C,
        [item(f"71 0-0:17.0.{one}.255 g{at}") for one in (1, 2, 3, 4) for at in (4, 6)],
        data_of(
            "extreme_over_voltage_v extreme_over_voltage_period_s extreme_under_voltage_v "
            "extreme_under_voltage_period_s voltage_sag_v voltage_sag_period_s voltage_swell_v "
            "voltage_swell_period_s"
        ),
    ),
    "ECS26c": (
        0x003D,
        [item(f"1 0-0:94.44.0.{one} g2") for one in (0, 2, 1)],
        data_of("randomised_offset_s randomised_offset_number randomised_offset_limit_s"),
    ),
    "ECS26d": (
        0x003E,
        [item("22 0-0:15.0.0.255 g4")],
        lambda m: [bytes(4), bytes((255, 255, 255, 2, 255))],
    ),
    "ECS26e": (
        0x003F,
        [item("1 0-0:96.1.1.255 g2"), item("1 0-0:94.44.0.4 g2")],
        lambda m: [m.identifier, m.data.supply_tamper_state],
    ),
    "ECS26f": (
        0x0040,
        [item("21 0-0:16.0.0.255 g2")],
        data_of("low_medium_power_threshold_w medium_high_power_threshold_w"),
    ),
    "ECS26j": (0x00BE, [item("111 0-0:19.0.0.255 g2")], lambda m: [m.data.payment_mode + 1, 2]),
    "ECS26k": (
        0x00C6,
        [item("1 1-0:32.35.0.4 g2"), item("1 1-0:32.31.0.4 g2")],
        lambda m: [m.data.average_over_voltage_v[0], m.data.average_under_voltage_v[0]],
    ),
    "ECS26l": (
        0x00D9,
        [item("22 0-0:15.0.0.255 g4")],
        lambda m: [bytes(4), bytes((255, 255, 255, 2, 255))],
    ),
    "ECS26m": (
        0x00F9,
        [item("1 0-0:96.1.4.255 g2"), item("1 0-0:94.44.0.4 g2")],
        lambda m: [m.data.model_type.encode(), m.data.supply_tamper_state],
    ),
    "ECS27": (
        0x0042,
        [item("9000 0-0:94.44.0.3 g2")]
        + [item(f"71 0-0:17.0.0.255 g{at}") for at in (4, 6, 7)]
        + [item("3 0-0:94.44.42.255 g2")],
        data_of(
            "load_limit_supply_state load_limit_power_threshold_w load_limit_period_s "
            "load_limit_restoration_period_s load_limit_counter"
        ),
    ),
    "ECS35a": (
        0x0048,
        [item("7 0-0:99.98.0.255 r2", ALL)],
        lambda m: [(e[0], e[1], e[2].to_bytes(8, "big")) for e in m.log("Event Log")],
    ),
    "ECS35b": (0x0049, [item("7 0-0:99.98.1.255 r2", ALL)], log_of("Security Log")),
    "ECS35e": (0x00B9, [item("7 0-0:99.98.4.255 r2", ALL)], log_of("Power Event Log")),
    "ECS40": (
        0x004E,
        [item("1 0-0:94.44.34.11 g2"), item("1 1-0:0.0.2.255 g2")],
        lambda m: [m.data.mpan_import_primary.encode(), m.data.mpan_export.encode()],
    ),
    "ECS45": (0x0052, [item("70 0-0:96.3.10.255 g3")], data_of("supply_state")),
    "ECS52": (
        0x0059,
        [item("1 0-0:0.2.1.255 g2")],
        lambda m: [version_octets(m.data.firmware_version)],
    ),
    "ECS66": (
        0x0060,
        [sealed(4, "7 0-0:99.1.3.255 p2", since=0, until=LATER_S)],
        log_of("Daily Consumption Log"),
    ),
    "ECS82": (0x0069, [item("112 0-0:19.10.0.255 g2")], data_of("meter_balance_mp")),
    "ECS25r1": (
        0x00EE,
        [item("1 0-30:97.98.17.255 g2")],
        lambda m: [256, bytes(reversed(m.data.event_alarms))],
    ),
    "ECS25r2": (
        0x00EF,
        [item("1 0-33:97.98.18.255 g2")],
        lambda m: [256, bytes(reversed(m.data.event_logging_network_operator))],
    ),
}
